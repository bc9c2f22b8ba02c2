"""The portal's own probe reaches nothing inside, however the address is written (SSRF)."""

import pytest

from tickets.incidents.domain.addresses import NotAsked
from tickets.incidents.monitors.probe import addresses_of, is_up

pytestmark = pytest.mark.rule("AVL-5")

# What resolvers make of these; some do, some do not.
OTHER_WAYS = {"2130706433": "127.0.0.1", "0x7f000001": "127.0.0.1", "127.1": "127.0.0.1", "0": "0.0.0.0"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", *OTHER_WAYS])
def test_no_way_of_writing_it_reaches_this_machine(listener, host):
    port, connected = listener

    def resolve(name, asked):
        return [OTHER_WAYS[name]] if name in OTHER_WAYS else addresses_of(name, asked)

    with pytest.raises(NotAsked):
        is_up(f"https://{host}:{port}/salud", resolve=resolve)
    assert connected == []


def test_the_address_that_was_judged_is_the_one_connected_to():
    """A name that leads elsewhere the second time it is looked up (rebinding) is looked up once."""
    looked_up, connected = [], []

    def resolve(name, port):
        looked_up.append(name)
        return ["93.184.216.34"] if len(looked_up) == 1 else ["127.0.0.1"]

    def connect(address, port, host, seconds):
        connected.append((address, port, host))
        raise ConnectionRefusedError

    assert is_up("https://salud.example/", resolve=resolve, connect=connect) is False
    assert (looked_up, connected) == (["salud.example"], [("93.184.216.34", 443, "salud.example")])


@pytest.mark.parametrize("port", ["99999", "x"])
def test_port_that_is_none_is_not_asked(port):
    with pytest.raises(NotAsked):
        is_up(f"https://salud.example:{port}/", resolve=lambda *_: ["93.184.216.34"], connect=None)
