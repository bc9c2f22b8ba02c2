"""AVL-5: the portal's own probe asks public addresses over https, once each, and no further."""

import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from lynnsupport.accounts.domain.roles import Role
from tests.factories import TenantFactory, UserFactory
from tickets.incidents import tasks
from tickets.incidents.domain.public_addresses import is_public
from tickets.incidents.models import HealthAddress, MonitorSource, Proposal
from tickets.incidents.monitors import asking
from tickets.incidents.monitors.asking import Answer, NotAsked, addresses_of, ask
from tickets.incidents.operations.monitors import set_health_address
from tickets.incidents.operations.probing import addresses_to_ask

pytestmark = pytest.mark.rule("AVL-5")

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_may_be_asked(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
        *("169.254.169.254", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        *("2001:0:4136:e378:8000:63bf:80ff:fffe", "2130706433", "0x7f000001", "127.1", "localhost", ""),
    ],
)
def test_every_other_address_may_not(address):
    assert not is_public(address)


class _Listener:
    """Counts who connects to a port of this machine."""

    def __init__(self):
        self.connections = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self):
        while True:
            try:
                self._server.accept()[0].close()
            except OSError:
                return
            self.connections += 1

    def close(self):
        self._server.close()


@pytest.fixture
def listener():
    listener = _Listener()
    yield listener
    listener.close()


@pytest.mark.parametrize(
    "host",
    [*("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "127.1", "0")],
)
def test_no_way_of_writing_it_reaches_this_machine(listener, host, monkeypatch):
    """PAST_FAILURES 21. What the resolver makes of the name is judged, not how it is written."""
    known = {
        "2130706433": ["127.0.0.1"],
        "0x7f000001": ["127.0.0.1"],
        "127.1": ["127.0.0.1"],
        "0": ["0.0.0.0"],
    }

    def resolve(name, port):
        return known.get(name) or addresses_of(name, port)

    with pytest.raises(NotAsked):
        ask(f"https://{host}:{listener.port}/health", resolve=resolve)
    assert listener.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/", "ftp://example.com/", "file:///etc/passwd", "https://", "https:///x", ""),
        *("https://user:secret@example.com/", "https://example.com:99999/", "https://exa mple.com/"),
        *("https://example.com/\r\nX: y", "https://éxample.com/", "//example.com/", "gopher://example.com"),
    ],
)
def test_what_is_no_plain_https_address_is_not_asked(url):
    def never(*_args):
        raise AssertionError("asked")

    with pytest.raises(NotAsked):
        ask(url, resolve=never, connect=never)


def test_one_private_address_among_public_ones_is_enough_to_refuse():
    with pytest.raises(NotAsked):
        ask("https://example.com/", resolve=lambda *_: ["8.8.8.8", "10.0.0.1"], connect=None)


def test_the_address_that_was_judged_is_the_one_connected_to():
    """A name that leads elsewhere the second time it is looked up (rebinding) is looked up once."""
    looked_up, connected = [], []

    def resolve(name, port):
        looked_up.append(name)
        return ["8.8.8.8"] if len(looked_up) == 1 else ["127.0.0.1"]

    def connect(address, port):
        connected.append((address, port))
        raise ConnectionRefusedError

    answer = ask("https://example.com/health", resolve=resolve, connect=connect)
    assert answer == Answer(False, "no answer (ConnectionRefusedError)")
    assert (looked_up, connected) == (["example.com"], [("8.8.8.8", 443)])


def test_name_that_nobody_knows_is_down():
    def resolve(name, port):
        raise socket.gaierror

    assert ask("https://example.com/", resolve=resolve) == Answer(False, "the name is not known")


# --- a real server over TLS ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", "/CN=health.example", "-keyout", key, "-out", cert),
            *("-addext", "subjectAltName=DNS:health.example"),
        ],
        check=True,
        capture_output=True,
    )
    return key, cert


@contextmanager
def served(certificate, reply):
    """A server on this machine that answers every connection by `reply(socket, request)`."""
    key, cert = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = socket.create_server(("127.0.0.1", 0))
    requests = []

    def run():
        while True:
            try:
                bare, _address = server.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(bare, server_side=True) as held:
                    requests.append(held.recv(4096).decode())
                    reply(held)
            except OSError:
                continue

    threading.Thread(target=run, daemon=True).start()
    trusting = ssl.create_default_context(cafile=str(cert))

    def question(url="https://health.example/estado?x=1", **options):
        return ask(
            url,
            resolve=lambda *_: ["8.8.8.8"],
            connect=lambda _address, _port: socket.create_connection(server.getsockname(), timeout=2),
            **{"context": trusting} | options,
        )

    try:
        yield question, requests
    finally:
        server.close()


def saying(text):
    return lambda held: held.sendall(text.encode())


@pytest.mark.parametrize(
    ("line", "is_up"),
    [
        ("200 OK", True),
        ("204 No Content", True),
        ("301 Moved", False),
        ("404 No", False),
        ("503 Down", False),
    ],
)
def test_only_an_answer_of_two_hundred_and_some_is_up(certificate, line, is_up):
    reply = saying(f"HTTP/1.1 {line}\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n")
    with served(certificate, reply) as (question, requests):
        assert question() == Answer(is_up, f"HTTP {line.split()[0]}")

    assert len(requests) == 1  # no redirect was followed
    assert requests[0].splitlines()[:2] == ["GET /estado?x=1 HTTP/1.1", "Host: health.example"]


def test_certificate_of_another_is_not_up(certificate):
    with served(certificate, saying("HTTP/1.1 200 OK\r\n\r\n")) as (question, requests):
        assert question(context=ssl.create_default_context()) == Answer(False, "the certificate is not valid")
        assert question("https://other.example/") == Answer(False, "the certificate is not valid")
    assert requests == []


def test_endless_answer_is_read_no_further_than_allowed(certificate):
    sent = []

    def reply(held):
        held.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _piece in range(400):
            sent.append(held.send(b"x" * 16_384))

    with served(certificate, reply) as (question, _requests):
        assert question() == Answer(True, "HTTP 200")
    assert len(sent) < 400


def test_answer_that_drips_is_cut_off(certificate, monkeypatch):
    monkeypatch.setattr(asking, "WHOLE_SECONDS", 0.3)
    stop = threading.Event()

    def reply(held):
        held.sendall(b"HTTP/1.1 200 OK\r\n")
        while not stop.wait(0.05):
            held.sendall(b"X-Drip: x\r\n")

    with served(certificate, reply) as (question, _requests):
        answer = question()
        stop.set()
    assert answer == Answer(False, "no answer in time")


@pytest.mark.parametrize("reply", ["", "nonsense\r\n\r\n", "HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_answer_is_not_up(certificate, reply):
    with served(certificate, saying(reply)) as (question, _requests):
        assert not question().is_up


# --- what it comes to ---


@pytest.fixture
def watched(db, settings, monkeypatch):
    """`see(is_up, minute)`: the probe asks once and is answered so."""
    settings.PROBE_ENABLED = True
    tenant = TenantFactory()
    administrator = UserFactory(role=Role.ADMINISTRATOR)
    address = set_health_address(
        tenant, by=administrator, url="https://health.example/", is_active=True, now=NOW
    )
    asked = []

    def see(*answers, minute):
        left = [Answer(each, "HTTP 200" if each else "HTTP 503") for each in answers]
        monkeypatch.setattr(tasks, "ask", lambda url: asked.append(url) or left.pop(0))
        tasks.ask_and_note(address, now=NOW + timedelta(minutes=minute))
        return asked

    return see


def test_two_refusals_in_a_row_propose_an_outage_until_it_answers(watched):
    watched(True, minute=1)
    watched(False, True, minute=2)  # one lost packet
    assert Proposal.objects.count() == 0
    for minute in (3, 4, 5):
        watched(False, False, minute=minute)
    watched(True, minute=6)
    watched(True, minute=7)

    minutes = [NOW + timedelta(minutes=minute) for minute in (3, 6)]
    assert list(Proposal.objects.values_list("start", "end", "state")) == [(*minutes, "pending")]
    source = MonitorSource.objects.get()
    assert (source.kind, source.turns.count()) == ("probe", 2)
    assert source.last_heard_at == NOW + timedelta(minutes=7)


def test_address_that_may_not_be_asked_says_nothing_of_the_tenant(watched, monkeypatch):
    def refuse(url):
        raise NotAsked("private")

    monkeypatch.setattr(tasks, "ask", refuse)
    tasks.ask_and_note(HealthAddress.objects.get(), now=NOW + timedelta(minutes=9))

    assert (Proposal.objects.count(), MonitorSource.objects.get().last_heard_at) == (0, NOW)


@pytest.mark.django_db
def test_probe_is_off_unless_installation_and_address_have_it_on(settings):
    tenant, administrator = TenantFactory(), UserFactory(role=Role.ADMINISTRATOR)
    address = set_health_address(tenant, by=administrator, url="https://a.example/", is_active=True, now=NOW)
    assert list(addresses_to_ask()) == []
    settings.PROBE_ENABLED = True
    assert list(addresses_to_ask()) == [address]
    set_health_address(tenant, by=administrator, url="https://a.example/", is_active=False, now=NOW)
    assert list(addresses_to_ask()) == []
    assert MonitorSource.objects.get().is_active is False
