"""Hostile text in every field that the desk shows: nothing of it becomes markup."""

from datetime import timedelta
from html.parser import HTMLParser

import pytest
import time_machine
from django.core.files.base import ContentFile

from lynnsupport.accounts.models import Contact, Customer, Partner, Tenant, User
from tickets.evidence import Upload
from tickets.models import Ticket
from tickets.operations import assign, correct_content, decide_severity, reply_as_customer, write_note
from tickets.operations.content import CORRECTABLE

from .desk_pages import address, do, page_of
from .pages import signed_in
from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
HOSTILE = (
    """<script src=//evil.example/x></script><img src=x onerror=alert(1)>'"><svg/onload=alert(1)>"""
    "{{7*7}}{% now %}"
)
LINK = (
    'javascript:alert(1) data:text/html,<script>alert(1)</script> https://evil.example/"onmouseover=alert(1)'
)


class Scripts(HTMLParser):
    """Collects everything by which a page could run or fetch something of somebody else's."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            text = (value or "").strip().lower()
            if name.startswith("on") or text.startswith(("javascript:", "data:text")):
                self.found.append((tag, name, value))
            if tag in ("script", "img", "iframe", "link", "object", "embed") and "evil" in text:
                self.found.append((tag, name, value))
        if tag in ("iframe", "object", "embed", "base", "meta") and not self._ours(tag, dict(attributes)):
            self.found.append((tag, attributes))

    @staticmethod
    def _ours(tag, attributes):
        return tag == "meta" and attributes.get("name") in {None, "viewport", "color-scheme", "htmx-config"}


def dangers(response):
    parser = Scripts()
    parser.feed(response.content.decode())
    return parser.found


def test_the_collector_sees_what_it_looks_for():
    parser = Scripts()
    parser.feed(HOSTILE)
    assert {tag for tag, *_rest in parser.found} == {"script", "img", "svg"}


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        yield


@pytest.fixture
def ticket(cast):
    User.objects.update(name=HOSTILE[:150])
    Partner.objects.update(name=HOSTILE[:150])
    Customer.objects.update(name=HOSTILE[:150])
    Tenant.objects.update(name=HOSTILE[:150])
    Contact.objects.update(name=HOSTILE[:150], phone='"><script>')
    for thing in (cast.engineer, cast.desk_lead, cast.designated, cast.customer, cast.tenant):
        thing.refresh_from_db()
    said = dict.fromkeys(
        [
            "subject",
            "workaround",
            "urgency",
            "impact_description",
            "test_data",
            "session_reference",
            "products",
        ],
        HOSTILE,
    )
    ticket = raise_ticket(cast, NOW, description=f"{HOSTILE} {LINK}", **said, lccd_name=HOSTILE[:150])
    upload = Upload(f"{HOSTILE}.png", ContentFile(b"\x89PNG", name="x"))
    reply_as_customer(ticket, by=cast.designated.user, body=LINK, now=NOW, evidence=[upload])
    write_note(ticket, by=cast.engineer, body=HOSTILE, now=NOW)
    assign(ticket, by=cast.desk_lead, owner=cast.engineer, reason=HOSTILE, now=NOW)
    decide_severity(ticket, by=cast.engineer, severity=1, reason=HOSTILE, now=NOW)
    correct_content(
        ticket, by=cast.engineer, changes={"urgency": LINK},
        seen={name: getattr(ticket, name) for name in CORRECTABLE}, reason=HOSTILE, now=NOW,
    )  # fmt: skip
    return ticket


@pytest.fixture
def engineer(cast, ticket):
    return signed_in(cast.engineer)


@pytest.mark.parametrize("name", ["change", "history", "correct"])
def test_on_the_pages_of_a_ticket(ticket, engineer, name):
    response = engineer.get(address(name, ticket.pk))
    assert (response.status_code, dangers(response)) == (200, [])


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/tickets/ticket/",
        "/admin/tickets/ticket/?q=%22%3E%3Cscript%3E&customer=%3Cimg%20onerror%3D1%3E",
        "/admin/tickets/ticket/telephone/?q=script",
        "/admin/tickets/ticket/telephone/?q=%22onfocus%3Dalert(1)%20",
    ],
)
def test_on_the_lists(ticket, engineer, path):
    response = engineer.get(path)
    assert (response.status_code, dangers(response)) == (200, [])


def test_on_the_telephone_form(cast, ticket, engineer):
    assert dangers(engineer.get(address("telephone_form", cast.designated.pk))) == []


def test_in_what_comes_back_after_a_refusal(cast, ticket, engineer):
    for act, data in [
        ("write", {"way": "shout", "body": HOSTILE}),
        ("close", {"because": "no_answer", "words": HOSTILE}),
        ("severity", {"severity": "1", "reason": HOSTILE}),
        ("restored", {"at": HOSTILE}),
        ("assign", {"owner": HOSTILE, "reason": HOSTILE}),
    ]:
        response = do(engineer, ticket, act, seen=0, **data)
        assert (act, response.status_code in (409, 422), dangers(response)) == (act, True, [])


def test_in_what_is_told_afterwards(cast, ticket, engineer):
    response = do(engineer, ticket, "wait-for-provider", seen=0, reason=HOSTILE)
    assert dangers(engineer.get(response.url)) == []


@pytest.mark.parametrize("path", ["/admin/", "/admin/tickets/ticket/", "page", "/admin/accounts/tenant/"])
def test_no_page_allows_inline_scripts_or_styles(ticket, engineer, path):
    response = engineer.get(page_of(ticket) if path == "page" else path)
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_the_subject_reaches_the_reader_as_it_was_written(ticket, engineer):
    page = engineer.get(page_of(ticket)).content.decode()
    assert "&lt;script src=//evil.example/x&gt;" in page
    assert "{{7*7}}" in page
    assert Ticket.objects.get().subject == HOSTILE
