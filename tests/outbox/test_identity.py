"""Names that lead back: nobody can make one up, and a changed one leads nowhere."""

import pytest

from lynnsupport.outbox.identity import (
    message_of_address,
    reply_address,
    return_path,
    thread_id,
    thread_of,
    thread_of_address,
)

NUMBER = "LYN-2026-000123"


def test_each_name_leads_back_to_what_it_names():
    assert thread_of(thread_id(NUMBER)) == NUMBER
    assert thread_of_address(reply_address(NUMBER)) == NUMBER
    assert message_of_address(return_path(4711)) == 4711


def test_addresses_say_where_they_lead_and_bear_a_signature():
    local, domain = reply_address(NUMBER).split("@")
    assert (domain, local.partition(".")[0]) == ("lynn.cx", f"support_lynn+{NUMBER}")
    assert len(local.partition(".")[2]) == 20


@pytest.mark.parametrize("change", [str.upper, str.lower, str.title])
def test_mail_servers_may_change_the_case_of_an_address(change):
    assert thread_of_address(change(reply_address(NUMBER))).upper() == NUMBER
    assert message_of_address(change(return_path(4711))) == 4711


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "<>",
        NUMBER,
        f"<{NUMBER}@lynn.cx>",
        f"<{NUMBER}.{'0' * 20}@lynn.cx>",
        thread_id("LYN-2026-000124").replace("000124", "000123"),
        thread_id(NUMBER).replace("lynn.cx", "example.com"),
        thread_id(NUMBER)[:-10] + "@lynn.cx>",
    ],
)
def test_made_up_thread_leads_nowhere(forged):
    assert thread_of(forged) is None


@pytest.mark.parametrize(
    "address",
    ["", "@", "support_lynn@lynn.cx", f"support_lynn+{NUMBER}@lynn.cx", "otro+b-1@lynn.cx", "+@"],
)
def test_made_up_address_leads_nowhere(address):
    assert (thread_of_address(address), message_of_address(address)) == (None, None)


def test_one_signature_does_not_serve_for_another_purpose():
    assert thread_of_address(return_path(4711)) is None
    assert message_of_address(reply_address(NUMBER)) is None
    assert message_of_address(reply_address("b-4711")) is None


def test_without_plus_addressing_everything_goes_to_the_support_address(settings):
    settings.MAIL_PLUS_ADDRESSING = False
    assert reply_address(NUMBER) == return_path(1) == "support_lynn@lynn.cx"


def test_other_key_other_names(settings):
    before = thread_id(NUMBER)
    settings.SECRET_KEY = "otra clave inventada"
    assert thread_of(before) is None


def test_what_no_header_can_hold_is_refused():
    with pytest.raises(ValueError, match="headers"):
        thread_id("LYN 2026\r\nBcc: x")
