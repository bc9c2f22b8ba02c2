"""Writing, approving, sending, correcting and withdrawing: each step once, by whoever may, never undone."""

import pytest
from django.db import IntegrityError, transaction

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.common.refusal import Refused
from lynnsupport.notices.domain.audience import Audience
from lynnsupport.notices.models import Delivery, Dispatch, NoticeVersion, Product
from lynnsupport.notices.operations import (
    Faulty,
    approve,
    ask_approval,
    correct,
    discard,
    draft_notice,
    plan_publication,
    publish_due,
    publish_now,
    save_draft,
    unschedule,
    withdraw,
)
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import UserFactory

from .stories import HOUR, NOW, content, corrected, drafted, engineer, published, sent, told, withdrawn

pytestmark = [pytest.mark.django_db, pytest.mark.rule("NOT-3", "NOT-5")]


@pytest.fixture
def some(cast):
    """An audience that needs no approval."""
    return {"audience": Audience(customers=frozenset({cast.customer.pk})), "is_public": False}


def test_a_draft_is_sent_once_and_stays(some):
    version = drafted(**some)
    assert publish_now(version, by=version.edited_by, now=NOW).published_at == NOW
    assert publish_now(version, by=version.edited_by, now=NOW + HOUR).published_at == NOW
    version.refresh_from_db()
    assert (version.state, version.notice.current, Dispatch.objects.count()) == ("published", version, 1)
    with pytest.raises(Refused, match="NOT-5"):
        save_draft(version, by=version.edited_by, now=NOW, content={"title_es": "Otro"})
    with pytest.raises(Refused, match="NOT-5"):
        unschedule(version, by=version.edited_by, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeVersion.objects.filter(pk=version.pk).update(title_es="Otro")
    with pytest.raises(IntegrityError), transaction.atomic():
        version.products.add(Product.objects.create(name="WhatsApp", slug="whatsapp"))


def test_a_draft_may_change_what_a_published_one_may_not(some):
    """The negative control of the database's guards."""
    version = drafted(**some)
    NoticeVersion.objects.filter(pk=version.pk).update(title_es="Otro")
    version.products.add(Product.objects.create(name="WhatsApp", slug="whatsapp"))


def test_a_form_can_set_no_state(some):
    with pytest.raises(ValueError, match="approved_at, state"):
        drafted(state="published", approved_at=NOW, **some)


@pytest.mark.parametrize("role", [Role.PARTNER, Role.DESK, Role.EXECUTIVE])
def test_others_write_nothing(role, some):
    stranger, version = UserFactory(role=role), drafted(**some)
    for act in (
        lambda: draft_notice(by=stranger, kind="change", now=NOW, content=content()),
        lambda: save_draft(version, by=stranger, now=NOW, content={}),
        lambda: publish_now(version, by=stranger, now=NOW),
        lambda: approve(version, by=stranger, now=NOW, seen=version.edited_at),
        lambda: correct(version.notice, by=stranger, now=NOW),
        lambda: discard(version, by=stranger, now=NOW),
    ):
        with pytest.raises(Refused, match="role"):
            act()


# ---------- a second person ----------


def test_NOT_3_what_goes_to_everyone_is_approved_by_another(cast):
    version = drafted(by=cast.engineer)
    with pytest.raises(Refused, match="NOT-3"):
        publish_now(version, by=cast.engineer, now=NOW)
    ask_approval(version, by=cast.engineer, now=NOW)
    ask_approval(version, by=cast.engineer, now=NOW + HOUR)
    asked = OutboxMessage.objects.filter(kind="notice_approval")
    assert [row.to_address for row in asked] == [cast.desk_lead.email]
    approve(version, by=cast.desk_lead, now=NOW, seen=version.edited_at)
    assert publish_now(version, by=cast.engineer, now=NOW).is_published


def test_nobody_approves_their_own_nor_what_they_have_not_read(cast):
    version = drafted(by=cast.desk_lead)
    with pytest.raises(Refused, match="NOT-3"):
        approve(version, by=cast.desk_lead, now=NOW, seen=version.edited_at)
    another = UserFactory(role=Role.DESK_LEAD)
    with pytest.raises(Refused, match="edited"):
        approve(version, by=another, now=NOW, seen=version.edited_at - HOUR)
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeVersion.objects.filter(pk=version.pk).update(approved_by=cast.desk_lead, approved_at=NOW)


def test_an_edit_ends_the_approval(cast):
    version = drafted(by=cast.engineer)
    approve(version, by=cast.desk_lead, now=NOW, seen=version.edited_at)
    version = save_draft(version, by=cast.engineer, now=NOW + HOUR, content={"title_es": "Otro"})
    assert version.approved_at is None
    with pytest.raises(Refused, match="NOT-3"):
        publish_now(version, by=cast.engineer, now=NOW)


# ---------- bad input ----------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_at": NOW - HOUR, "ends_at": NOW + HOUR}, "starts_at"),
        ({"audience": Audience()}, "audience"),
        ({"audience": Audience(countries=frozenset({"ES"})), "is_public": False}, "audience"),
        ({"body_es": "Desde {hora}"}, "body_es"),
        ({"by_mail": False}, "announces_downtime"),
    ],
)
def test_what_is_not_in_order_is_not_sent(cast, changes, field):
    version = drafted(**changes)
    with pytest.raises(Faulty) as refused:
        publish_now(version, by=version.edited_by, now=NOW)
    assert refused.value.field == field


def test_an_end_before_the_start_is_refused_by_the_database_too():
    with pytest.raises(IntegrityError), transaction.atomic():
        drafted(ends_at=NOW)


# ---------- scheduled ----------


def test_a_scheduled_notice_goes_out_when_it_is_due(some):
    version = drafted(**some)
    with pytest.raises(Faulty, match="passed"):
        plan_publication(version, by=version.edited_by, now=NOW, at=NOW)
    with pytest.raises(Faulty, match="AVL-4"):
        plan_publication(version, by=version.edited_by, now=NOW, at=NOW + 20 * HOUR)
    plan_publication(version, by=version.edited_by, now=NOW, at=NOW + HOUR)
    with pytest.raises(Refused, match="scheduled"):
        save_draft(version, by=version.edited_by, now=NOW, content={})
    assert publish_due(now=NOW) == 0
    assert publish_due(now=NOW + HOUR) == 1
    assert publish_due(now=NOW + HOUR) == 0
    version.refresh_from_db()
    assert version.published_at == NOW + HOUR


def test_taken_back_it_does_not_go_out(some):
    version = drafted(**some)
    plan_publication(version, by=version.edited_by, now=NOW, at=NOW + HOUR)
    unschedule(version, by=version.edited_by, now=NOW)
    unschedule(version, by=version.edited_by, now=NOW)
    assert publish_due(now=NOW + 2 * HOUR) == 0


def test_after_an_outage_a_maintenance_that_has_begun_is_held_back(some, cast):
    version = drafted(by=cast.engineer, **some)
    plan_publication(version, by=cast.engineer, now=NOW, at=NOW + HOUR)
    assert publish_due(now=NOW + 15 * HOUR) == 0
    version.refresh_from_db()
    assert (version.state, "AVL-4" in version.held_back) == ("draft", True)
    mails = OutboxMessage.objects.filter(kind="notice_held_back")
    assert [row.to_address for row in mails] == [cast.engineer.email]


# ---------- corrected and withdrawn ----------


def test_NOT_5_a_correction_is_a_version_of_the_same_notice(some):
    first = published(**some)
    second = corrected(first, now=NOW + HOUR, starts_at=NOW + 15 * HOUR)
    assert (second.notice_id, second.number, second.sequence) == (first.notice_id, 2, 1)
    assert (second.title_es, second.audience) == (first.title_es, first.audience)
    assert Dispatch.objects.get(version=first).next_run_at is None


def test_a_correction_has_to_say_what_changed(some):
    first = published(**some)
    draft = correct(first.notice, by=first.edited_by, now=NOW)
    assert correct(first.notice, by=first.edited_by, now=NOW) == draft
    with pytest.raises(Faulty, match="NOT-5"):
        publish_now(draft, by=first.edited_by, now=NOW)
    with pytest.raises(Refused, match="Another version"):
        withdraw(first.notice, by=first.edited_by, now=NOW, reason_es="No")
    discard(draft, by=first.edited_by, now=NOW)
    discard(draft, by=first.edited_by, now=NOW)
    assert withdraw(first.notice, by=first.edited_by, now=NOW, reason_es="No").number == 3


def test_a_withdrawn_notice_is_not_sent_again(some):
    first = published(**some)
    last = withdrawn(first, now=NOW + HOUR)
    assert (last.step, last.notice.is_withdrawn) == ("withdrawn", True)
    for act in (
        lambda: correct(last.notice, by=first.edited_by, now=NOW),
        lambda: withdraw(last.notice, by=first.edited_by, now=NOW, reason_es="No"),
    ):
        with pytest.raises(Refused, match="NOT-5"):
            act()


def test_a_maintenance_that_has_begun_is_not_withdrawn(some):
    first = published(**some)
    with pytest.raises(Refused, match="AVL-4"):
        withdraw(first.notice, by=first.edited_by, now=NOW + 14 * HOUR, reason_es="No")
    with pytest.raises(Refused, match="NOT-5"):
        withdraw(first.notice, by=first.edited_by, now=NOW, reason_es="  ")


def test_who_was_told_stays_on_record(some):
    published(**some)
    told(now=NOW)
    delivery = Delivery.objects.filter(way="mail").first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(address="otra@example.com")


def test_the_sample_shows_three_notices(cast):
    from lynnsupport.notices.sample import make_sample_notices

    assert (make_sample_notices(now=NOW), make_sample_notices(now=NOW)) == (3, 0)
    kinds = NoticeVersion.objects.filter(state="published").values_list("notice__kind", flat=True)
    assert sorted(kinds) == ["deprecation", "incident", "incident", "maintenance"]


def test_sent_by_somebody_who_is_known(some):
    someone = engineer()
    assert sent(drafted(by=someone, **some)).sent_by == someone
