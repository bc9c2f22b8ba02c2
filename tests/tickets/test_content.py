"""Correcting what a ticket says (INT-3): a reason, no silent overwrite, a new suggestion where it matters."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.common.refusal import Refused
from tests.factories import UserFactory
from tickets.models import SeverityAssessment, TicketEvent
from tickets.operations import correct_content, decide_severity, unless_overtaken
from tickets.operations.content import CORRECTABLE

from .stories import chile, raise_ticket

pytestmark = pytest.mark.django_db
NOW = chile("2026-11-23 10:00")
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW)


def correct(ticket, cast, *, seen=None, reason="La cifra era otra", by=None, **changes):
    seen = {name: getattr(ticket, name) for name in CORRECTABLE} | (seen or {})
    return correct_content(
        ticket, by=by or cast.engineer, changes=changes, seen=seen, reason=reason, now=LATER
    )


def test_INT_3_a_correction_is_stored_with_actor_reason_and_both_values(cast, ticket):
    corrected = correct(ticket, cast, subject="El bot responde en inglés", urgency="Campaña hoy")

    assert (corrected.subject, corrected.urgency) == ("El bot responde en inglés", "Campaña hoy")
    event = ticket.events.get(kind=TicketEvent.Kind.CONTENT_CHANGED)
    assert (event.by, event.at, event.reason) == (cast.engineer, LATER, "La cifra era otra")
    assert event.data == {
        "changed": {
            "subject": ["El bot no responde", "El bot responde en inglés"],
            "urgency": ["", "Campaña hoy"],
        }
    }
    version = corrected.history.first()
    assert (version.history_user, version.history_change_reason) == (cast.engineer, "La cifra era otra")


def test_a_correction_is_found_by_its_new_words(cast, ticket):
    corrected = correct(ticket, cast, subject="Caída en Ñuñoa")
    corrected.refresh_from_db()
    assert "caida en nunoa" in corrected.search_text
    assert "no responde" not in corrected.search_text.partition("desde")[0]


@pytest.mark.rule("SEV-3", "SEV-4", "SEV-5")
def test_another_impact_suggests_again_and_the_clocks_follow(cast, ticket):
    before = {clock.kind: clock.due_at for clock in ticket.clocks.all()}
    corrected = correct(ticket, cast, impact_percent=Decimal("95"), has_workaround=False)

    assert (corrected.suggested_severity, corrected.severity) == (1, 1)
    suggestions = ticket.assessments.filter(step=SeverityAssessment.Step.SUGGESTED)
    assert list(suggestions.values_list("severity", "impact_percent", "at")) == [
        (2, Decimal("40"), NOW),
        (1, Decimal("95"), LATER),
    ]
    after = {clock.kind: clock.due_at for clock in ticket.clocks.all()}
    assert after.keys() - before.keys() == {"restoration_goal"}
    assert after["first_response"] < before["first_response"]


def test_SEV_4_a_decided_severity_stays_whatever_the_new_suggestion_says(cast, ticket):
    decided = decide_severity(ticket, by=cast.engineer, severity=3, reason="Solo un usuario", now=NOW)
    deadlines = list(ticket.clocks.values_list("kind", "due_at"))
    corrected = correct(decided, cast, impact_percent=Decimal("95"))
    assert (corrected.suggested_severity, corrected.severity) == (1, 3)
    assert list(ticket.clocks.values_list("kind", "due_at")) == deadlines


def test_what_is_not_weighed_suggests_nothing(cast, ticket):
    correct(ticket, cast, subject="Otro asunto")
    assert ticket.assessments.count() == 1


def test_correcting_nothing_changes_nothing(cast, ticket):
    versions = ticket.history.count()
    correct(ticket, cast, subject=ticket.subject)
    assert (ticket.history.count(), ticket.events.filter(kind="content_changed").count()) == (versions, 0)


def test_no_correction_overwrites_another_unseen(cast, ticket):
    seen = {name: getattr(ticket, name) for name in CORRECTABLE}
    correct(ticket, cast, subject="La corrección de otra persona")
    with pytest.raises(Refused, match=r"asunto|subject"):
        correct(ticket, cast, seen=seen, subject="La mía")
    ticket.refresh_from_db()
    assert ticket.subject == "La corrección de otra persona"
    # Another field of the same page is no collision, nor is the same correction made twice.
    correct(ticket, cast, seen=seen, urgency="Campaña hoy")
    correct(ticket, cast, seen=seen, subject="La corrección de otra persona")
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.urgency) == ("La corrección de otra persona", "Campaña hoy")


@pytest.mark.parametrize("role", [Role.PARTNER_ADMIN, Role.EXECUTIVE])
def test_only_support_corrects(cast, ticket, role):
    by = cast.designated.user if role == Role.PARTNER_ADMIN else UserFactory(role=role)
    with pytest.raises(Refused) as refused:
        correct(ticket, cast, by=by, subject="Otro")
    assert refused.value.rule == "INT-3"


def test_a_correction_needs_a_reason(cast, ticket):
    with pytest.raises(Refused):
        correct(ticket, cast, reason="  ", subject="Otro")


@pytest.mark.parametrize("name", ["is_preview", "is_custom_development"])
def test_EXC_3_what_decides_the_coverage_stays_once_the_clocks_have_started(cast, ticket, name):
    with pytest.raises(Refused) as refused:
        correct(ticket, cast, **{name: True})
    assert refused.value.rule == "EXC-3"


def test_EXC_2_a_preview_mark_can_be_taken_away_before_the_clocks_start(cast):
    ticket = raise_ticket(cast, NOW, reporter=cast.colleague, subject="[Funcionalidad en Preview] Voz")
    corrected = correct(ticket, cast, is_preview=False, reason="La función está en producción")
    assert corrected.is_preview is False


def test_what_is_not_content_is_not_corrected(cast, ticket):
    with pytest.raises(KeyError, match="state"):
        correct(ticket, cast, state="closed")


def test_an_act_is_done_unless_somebody_else_was_faster(cast, ticket):
    seen = ticket.events.latest("pk").pk
    decided = TicketEvent.Kind.SEVERITY_DECIDED
    done = []

    def attempt(by, kinds=(decided,)):
        return unless_overtaken(lambda: done.append(by), ticket=ticket, by=by, seen=seen, kinds=kinds)

    attempt(cast.engineer)
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Todo caído", now=LATER)
    attempt(cast.engineer)  # one's own act is no surprise
    attempt(cast.desk_lead, kinds=(TicketEvent.Kind.ASSIGNED,))
    with pytest.raises(Refused, match=cast.engineer.name):
        attempt(cast.desk_lead)
    assert done == [cast.engineer, cast.engineer, cast.desk_lead]
