"""The pages of availability and credits: what they show, to whom, and what their buttons do."""

import json
from datetime import date
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from credits import urls
from credits.domain.statement import recompute
from credits.models import Claim, LedgerEntry
from credits.operations import approve_claim, file_claim, issue_note
from lynnsupport.accounts.domain.roles import Role
from tests.factories import ContactFactory, TenantFactory, UserFactory
from tests.incidents.stories import begin
from tests.pdf_text import text_of_pdf
from tests.tickets.pages import signed_in
from tests.tickets.pages import text_of as escaped_text_of

from .stories import chile, claim, make_story, outage, statement, swept

pytestmark = pytest.mark.django_db
NOW = chile("2026-02-10 12:00")


def text_of(page) -> str:
    return unescape(escaped_text_of(page))


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def january(story, recorded):
    recorded(story.tenant, outage("2026-01-10 10:00", "2026-01-10 11:00"))
    recorded(
        story.tenant,
        outage("2026-01-12 10:00", "2026-01-12 12:00", cause="third_party", incident="INC-2026-0002"),
    )
    swept("2026-02-01 00:10")
    return claim(story.contract, "2026-01")


@pytest.fixture
def note(story, january):
    file_claim(january.cycle, by=story.contact.user, now=NOW)
    approve_claim(january, by=story.executive, now=NOW)
    return issue_note(january, by=story.executive, now=NOW)


def cycle_url(story, month="2026-01", name="cycle"):
    return reverse(f"credits:{name}", args=[story.tenant.code, month])


# --- reading ---


@pytest.mark.rule("AVL-6")
def test_the_year_at_a_glance_says_in_words_what_the_bars_show(story, january):
    page = signed_in(story.contact.user).get("/disponibilidad/")
    shown = text_of(page)

    assert page.status_code == 200
    assert "99.8655 %" in shown  # 3,600 of 2,678,400 s: cut, never rounded
    assert "1 h / 22 min 19 s" in shown
    body = page.content.decode()
    assert "1 day: downtime that counts (Sat 10 Jan 2026); 1 day: trouble that does not count" in body
    assert "29 days: available" in body


@pytest.mark.rule("AVL-4", "AVL-6", "AVL-7")
def test_a_cycle_shows_what_counted_and_what_did_not_and_why(story, january):
    shown = text_of(signed_in(story.contact.user).get(cycle_url(story)))

    assert "Counted: 10:00:00–11:00:00 (1 h)" in shown
    assert "Not counted: 10:00:00–12:00:00, its cause is not Lynn's (AVL-4)" in shown
    assert "Decided by Inés Ingeniera" in shown
    assert statement(story.contract, "2026-01").digest in shown
    assert "5 % of the base value: CLP 60,000" in shown
    assert "Last day to claim: Mon 2 Mar 2026" in shown


@pytest.mark.rule("AVL-6")
def test_a_running_cycle_is_provisional_and_says_what_is_left(story, recorded):
    recorded(story.tenant, outage("2026-02-10 11:30", None))
    swept("2026-02-01 00:10")
    shown = text_of(signed_in(story.contact.user).get(cycle_url(story, "2026-02")))

    assert "This cycle is running" in shown
    assert "lost already: this tier is certain" in shown  # 1,800 of 1,209 s allowed in February
    assert "6 h 13 min 12 s" in shown  # 24,192 s allowed before 20 %, 1,800 of them lost... the rest is left
    assert "not restored yet" in shown


def test_an_incident_that_the_reader_may_open_is_a_link(story, january):
    client = signed_in(story.contact.user)
    link = reverse("incidents:detail", args=["INC-2026-0001"])
    assert link not in client.get(cycle_url(story)).content.decode()  # named, but none of theirs
    begin(story, now=chile("2026-01-10 10:00"))
    assert link in client.get(cycle_url(story)).content.decode()


def test_pages_work_before_the_first_sweep(story):
    client = signed_in(story.contact.user)
    assert "100.0000 %" in text_of(client.get("/disponibilidad/"))
    assert client.get(cycle_url(story, "2026-02")).status_code == 200
    assert client.get(cycle_url(story, "2026-03")).status_code == 404  # not begun
    assert client.get(cycle_url(story, "2024-03")).status_code == 404  # before the contract


@pytest.mark.rule("AVL-6")
def test_the_json_recomputes_to_what_it_says(story, january):
    client = signed_in(story.contact.user)
    told = json.loads(client.get(cycle_url(story, name="cycle_json")).content)

    assert told["digest"] == statement(story.contract, "2026-01").digest
    assert recompute(told["statement"]) == told["statement"]["result"]
    rows = client.get(cycle_url(story, name="cycle_csv")).content.decode("utf-8-sig").splitlines()
    assert len(rows) == 32
    assert rows[10].split(",")[-5:] == ["86400", "3600", "0", "0", "counted"]


@pytest.mark.parametrize("tenants", [1, 3])
def test_queries_of_the_year_do_not_grow_with_tenants(
    story, january, recorded, django_assert_num_queries, tenants
):
    for _ in range(tenants - 1):
        other = make_story().contract
        other.tenant.customer = story.customer
        other.tenant.save()
    swept("2026-02-01 00:20")
    client = signed_in(story.contact.user)
    client.get("/disponibilidad/")
    with django_assert_num_queries(16):
        assert len(client.get("/disponibilidad/").context["years"]) == tenants


# --- access ---

# address → what a stranger of another partner gets
GUARDED = {
    "cycle": lambda s, c, n: cycle_url(s),
    "cycle_json": lambda s, c, n: cycle_url(s, name="cycle_json"),
    "cycle_csv": lambda s, c, n: cycle_url(s, name="cycle_csv"),
    "file": lambda s, c, n: cycle_url(s, name="file"),
    "claim": lambda s, c, n: reverse("credits:claim", args=[c.pk]),
    "decide": lambda s, c, n: reverse("credits:decide", args=[c.pk]),
    "issue": lambda s, c, n: reverse("credits:issue", args=[c.pk]),
    "settle": lambda s, c, n: reverse("credits:settle", args=[c.pk]),
    "reverse": lambda s, c, n: reverse("credits:reverse", args=[c.pk]),
    "withdraw": lambda s, c, n: reverse("credits:withdraw", args=[c.pk]),
    "measure": lambda s, c, n: reverse("credits:measure", args=[c.pk]),
    "note": lambda s, c, n: reverse("credits:note", args=[n.number]),
    "note_pdf": lambda s, c, n: reverse("credits:note_pdf", args=[n.number]),
}
POSTED = {"file", "decide", "issue", "settle", "reverse", "withdraw", "measure"}
LISTS = {"overview", "claims", "ledger_csv", "ledger_json", "plan"}


def test_every_address_is_declared():
    assert {pattern.name for pattern in urls.urlpatterns} == GUARDED.keys() | LISTS


@pytest.mark.parametrize("name", sorted(GUARDED))
def test_a_foreign_object_answers_like_an_absent_one(story, january, note, name):
    url = GUARDED[name](story, january, note)
    for stranger in (ContactFactory().user, UserFactory(role=Role.EXECUTIVE)):
        client = signed_in(stranger)
        answer = (client.post if name in POSTED else client.get)(url)
        assert answer.status_code == 404
    anonymous = signed_in(stranger)
    anonymous.logout()
    answer = (anonymous.post if name in POSTED else anonymous.get)(url)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/entrar/")
    january.refresh_from_db()
    assert (january.state, january.events.count()) == ("issued", 5)


def test_lists_hold_nothing_of_others(story, january, note):
    make_story()
    stranger = make_story()
    for user in (stranger.contact.user, stranger.executive):
        client = signed_in(user)
        for url in ("/disponibilidad/", "/creditos/"):
            assert story.tenant.code not in client.get(url).content.decode()
        assert note.number not in client.get("/creditos/libro.csv").content.decode()
        assert json.loads(client.get("/creditos/libro.json").content) == {"entries": []}


def test_on_premise_tenants_are_not_measured(story):
    TenantFactory(customer=story.customer, code="EN-CASA", deployment="on_premise")
    client = signed_in(story.contact.user)
    assert "EN-CASA" not in client.get("/disponibilidad/").content.decode()
    assert client.get("/disponibilidad/EN-CASA/2026-01/").status_code == 404


# --- acts ---


@pytest.mark.rule("CRD-2")
def test_a_partner_claims_with_one_button(story, january):
    client = signed_in(story.contact.user)
    claims = text_of(client.get("/creditos/"))
    assert "What can be claimed" in claims
    assert "CLP 60,000" in claims
    assert "20 days left" in claims
    answer = client.post(cycle_url(story, name="file"), {"words": "Perdimos ventas"}, follow=True)

    assert answer.redirect_chain[-1][0] == reverse("credits:claim", args=[january.pk])
    january.refresh_from_db()
    assert (january.state, january.filed_by, january.filed_at) == ("evaluated", story.contact.user, NOW)
    again = client.post(cycle_url(story, name="file"), {"words": "Perdimos ventas"}, follow=True)
    assert again.status_code == 200
    assert Claim.objects.count() == 1


@pytest.mark.rule("CRD-2")
def test_a_running_cycle_is_claimed_before_the_first_sweep(story):
    client = signed_in(story.contact.user)
    client.post(cycle_url(story, "2026-02", name="file"), {"words": ""})

    assert Claim.objects.get().state == "submitted"


@pytest.mark.rule("CRD-3")
def test_the_executive_decides_issues_and_settles(story, january):
    file_claim(january.cycle, by=story.contact.user, now=NOW)
    client = signed_in(story.executive)
    queue = text_of(client.get("/creditos/"))
    assert "99.8655 %" in queue
    deciding = reverse("credits:decide", args=[january.pk])
    wrong = client.post(deciding, {"decision": "adjust", "amount": "70000"})
    assert "Say why: the customer reads it (CRD-3)." in text_of(wrong)
    assert 'value="70000"' in wrong.content.decode()  # nothing typed is lost
    client.post(deciding, {"decision": "approve"})
    for _ in range(2):
        client.post(reverse("credits:issue", args=[january.pk]))
        client.post(reverse("credits:settle", args=[january.pk]), {"act": "apply"})
    january.refresh_from_db()

    assert (january.state, LedgerEntry.objects.count()) == ("applied", 1)
    assert "Applied to the next invoice" in text_of(client.get(reverse("credits:claim", args=[january.pk])))


@pytest.mark.rule("CRD-3")
def test_who_decides_second_is_told_who_was_first(story, january):
    file_claim(january.cycle, by=story.contact.user, now=NOW)
    approve_claim(january, by=story.executive, now=NOW)
    deciding = reverse("credits:decide", args=[january.pk])
    second = signed_in(story.administrator)
    same = text_of(second.post(deciding, {"decision": "approve"}, follow=True))
    assert f"{story.executive.name} decided the same before you." in same
    other = text_of(second.post(deciding, {"decision": "reject", "reason": "Fue del proveedor"}, follow=True))
    assert "That is not possible while the claim is «Approved»" in other
    assert "Fue del proveedor" in other  # nothing typed is lost
    january.refresh_from_db()
    assert (january.state, january.decided_by) == ("approved", story.executive)


@pytest.mark.rule("CRD-3")
def test_a_partner_cannot_decide_and_reads_the_outcome(story, january):
    file_claim(january.cycle, by=story.contact.user, now=NOW)
    client = signed_in(story.contact.user)
    for name, data in (
        ("decide", {"decision": "approve"}),
        ("issue", {}),
        ("measure", {}),
        ("settle", {"act": "x"}),
    ):
        client.post(reverse(f"credits:{name}", args=[january.pk]), data)
    january.refresh_from_db()
    assert january.state == "evaluated"
    assert "Decide the claim" not in text_of(client.get(reverse("credits:claim", args=[january.pk])))


@pytest.mark.rule("CRD-5")
def test_the_note_is_a_page_and_a_pdf_or_says_why_not(story, note, monkeypatch):
    client = signed_in(story.contact.user)
    page = text_of(client.get(reverse("credits:note", args=[note.number])))
    assert "NC-2026-000001" in page
    assert "CLP 1,200,000 × 5 % = CLP 60,000" in page
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)
    fallback = text_of(client.get(reverse("credits:note_pdf", args=[note.number])))
    assert "No PDF can be made on this installation" in fallback


@pytest.mark.pdf
@pytest.mark.rule("CRD-5")
def test_the_note_is_a_real_pdf_with_what_it_rests_on(story, note):
    answer = signed_in(story.contact.user).get(reverse("credits:note_pdf", args=[note.number]))
    told = text_of_pdf(answer.content)

    assert answer["Content-Type"] == "application/pdf"
    assert "NC-2026-000001" in told
    assert "(2,678,400 s − 3,600 s) / 2,678,400 s = 99.8655 %" in told
    assert "CLP 1,200,000 × 5 % = CLP 60,000" in told
    assert statement(story.contract, "2026-01").digest in told.replace(" ", "")


@pytest.mark.rule("CRD-5")
def test_the_ledger_is_exported_safe_against_formulas(story, january):
    story.customer.name = "=cmd|' /C calc'!A0"
    story.customer.save()
    file_claim(january.cycle, by=story.contact.user, now=NOW)
    approve_claim(january, by=story.executive, now=NOW)
    issue_note(january, by=story.executive, now=NOW)
    client = signed_in(story.executive)
    header, row = client.get("/creditos/libro.csv").content.decode("utf-8-sig").splitlines()

    assert header.startswith("number,kind,takes_back,date,partner,customer,")
    assert ",'=cmd|' /C calc'!A0," in row
    assert row.endswith(f",CLP,60000,5,{january.statement.digest}")
    told = json.loads(client.get("/creditos/libro.json").content)["entries"]
    assert [(entry["number"], entry["amount"]) for entry in told] == [("NC-2026-000001", "60000")]


# --- planning ---


@pytest.mark.rule("AVL-4")
def test_a_downtime_is_priced_before_it_is_planned(story, january):
    client = signed_in(story.engineer)
    ask = {"starts_local": "2026-02-13T17:00", "ends_local": "2026-02-13T19:00", "is_announced": "on"}
    shown = text_of(client.get("/disponibilidad/simular/", ask))
    assert "1 h → 1 h" not in shown
    # Friday 17 to 19: one productive hour counts; with no announcement both do
    assert client.get("/disponibilidad/simular/", ask).context["costs"][0].added_seconds == 3600
    unannounced = client.get("/disponibilidad/simular/", ask | {"is_announced": ""})
    cost = unannounced.context["costs"][0]
    assert (cost.added_seconds, cost.credit_before, cost.credit_after) == (7200, 0, 5)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ends_local": "2026-02-13T16:00"}, "It ends before it begins."),
        ({"starts_local": "2026-02-01T16:00"}, "A downtime is planned for the future."),
        ({"tenants": "999999"}, "Select a valid choice"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(story, wrong, sentence):
    ask = {"starts_local": "2026-02-13T17:00", "ends_local": "2026-02-13T19:00"} | wrong
    assert sentence in text_of(signed_in(story.engineer).get("/disponibilidad/simular/", ask))


def test_partners_do_not_plan(story):
    assert signed_in(story.contact.user).get("/disponibilidad/simular/").status_code == 403


def test_a_statement_of_another_version_is_shown_when_asked_for(story, january, recorded):
    recorded(story.tenant, outage("2026-01-20 00:00", "2026-01-20 01:00", incident="INC-2026-0003"))
    swept("2026-02-03 00:10")
    client = signed_in(story.contact.user)
    assert "99.7311 %" in text_of(client.get(cycle_url(story)))
    assert "99.8655 %" in text_of(client.get(cycle_url(story) + "?version=1"))
    for wrong in ("?version=9", "?version=x", "?contrato=CT-AJENO"):
        assert client.get(cycle_url(story) + wrong).status_code == 404
    assert date(2026, 3, 2) == claim(story.contract, "2026-01").last_day_on
