"""Telling: each person once by each way, in batches that a killed worker neither loses nor repeats.

A batch is one transaction: the mails in the outbox, the record of who was told, and how far it has come. A
version in force is gone through again every hour until it is over, so whoever joins later is told too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from lynnsupport.notices.domain.kinds import ALWAYS_SENT, Kind, Way
from lynnsupport.notices.mails import Announcements, digest
from lynnsupport.notices.models import Delivery, Dispatch, MailChoice, NoticeVersion
from lynnsupport.notices.reach import Recipient, executives_with_partners, recipients_after
from lynnsupport.outbox.models import OutboxMessage
from lynnsupport.outbox.operations import Mail, enqueue

BATCH = 500
AGAIN_AFTER = timedelta(hours=1)
# How long somebody who joins is still told of what has no end.
OPEN_ENDED = timedelta(days=30)


@dataclass(frozen=True)
class Told:
    """What a run wrote: new deliveries, and whether more is due at once."""

    deliveries: int = 0
    is_more_due: bool = False


def dispatch_due(*, now: datetime, batches: int = 4) -> Told:
    """Tells up to `batches` batches of people of what is due; safe to run twice at once and to kill."""
    deliveries = 0
    for _batch in range(batches):
        with transaction.atomic():
            dispatch = (
                Dispatch.objects.select_for_update(skip_locked=True)
                .filter(next_run_at__lte=now)
                .order_by("next_run_at", "pk")
                .first()
            )
            if dispatch is None:
                return Told(deliveries)
            deliveries += _tell_batch(dispatch, now=now)
    return Told(deliveries, Dispatch.objects.filter(next_run_at__lte=now).exists())


def _tell_batch(dispatch: Dispatch, *, now: datetime) -> int:
    version = NoticeVersion.objects.select_related("notice").get(pk=dispatch.version_id)
    told = 0
    if not dispatch.cursor and version.to_executives:
        told += _tell_executives(version, now=now)
    people: list[Recipient] = []
    if version.by_mail or version.in_portal:
        people = recipients_after(version, dispatch.cursor, BATCH)
        told += _tell(version, people, now=now)
    if len(people) == BATCH:
        dispatch.cursor = people[-1].address
    else:
        dispatch.cursor, dispatch.completed_at = "", dispatch.completed_at or now
        dispatch.next_run_at = now + AGAIN_AFTER if _still_concerns(version, now) else None
    dispatch.save()
    return told


def _still_concerns(version: NoticeVersion, now: datetime) -> bool:
    if version.is_withdrawal or version.progress == NoticeVersion.Progress.RESOLVED:
        return False
    ends = [at for at in (version.ends_at, version.action_by) if at is not None]
    until = max(ends) if ends else (version.starts_at or version.published_at) + OPEN_ENDED
    return now + AGAIN_AFTER < until


def _tell(version: NoticeVersion, people: list[Recipient], *, now: datetime) -> int:
    told = 0
    known = _told_already(version, people)
    if version.by_mail:
        fresh = [person for person in people if (Way.MAIL, person.address) not in known]
        declining = _declining(version, fresh)
        wanting = [person for person in fresh if person.address not in declining]
        letters = Announcements(version)
        mails = {person.address: letters.to(person) for person in wanting}
        messages = _stored(mails.values(), now=now)
        told += _record(
            [
                _delivery(version, Way.MAIL, person, now, message=messages[mails[person.address].key])
                for person in wanting
            ]
            + [
                _delivery(version, Way.MAIL, person, now, is_declined=True)
                for person in fresh
                if person.address in declining
            ]
        )
    if version.in_portal:
        told += _record(
            _delivery(version, Way.BANNER, person, now)
            for person in people
            if person.user is not None and (Way.BANNER, person.address) not in known
        )
    return told


def _tell_executives(version: NoticeVersion, *, now: datetime) -> int:
    found = [(user, partners) for user, partners in executives_with_partners(version)]
    known = set(version.deliveries.filter(way=Way.EXECUTIVE).values_list("address", flat=True))
    mails = {user.pk: digest(version, user, partners) for user, partners in found if user.email not in known}
    messages = _stored(mails.values(), now=now)
    return _record(
        Delivery(
            version=version,
            way=Way.EXECUTIVE,
            address=user.email,
            name=user.name,
            user=user,
            message=messages[mails[user.pk].key],
            at=now,
        )
        for user, _partners in found
        if user.pk in mails
    )


def _told_already(version: NoticeVersion, people: list[Recipient]) -> set[tuple[str, str]]:
    addresses = [person.address for person in people]
    return set(version.deliveries.filter(address__in=addresses).values_list("way", "address"))


def _declining(version: NoticeVersion, people: list[Recipient]) -> set[str]:
    """Who has chosen not to get this kind by mail; not where NOT-4 has it sent anyway."""
    kind = Kind(version.notice.kind)
    optional = [person.address for person in people if not (kind in ALWAYS_SENT and person.is_own)]
    return set(MailChoice.objects.filter(kind=kind, address__in=optional).values_list("address", flat=True))


def _stored(mails: Iterable[Mail], *, now: datetime) -> dict[str, OutboxMessage]:
    """The outbox's rows of the mails by their keys, those that a run before had stored among them."""
    wanted = list(mails)
    enqueue(wanted, now=now)
    rows = OutboxMessage.objects.filter(key__in=[mail.key for mail in wanted]).only("pk", "key")
    return {row.key: row for row in rows}


def _delivery(
    version: NoticeVersion,
    way: Way,
    person: Recipient,
    now: datetime,
    *,
    message: OutboxMessage | None = None,
    is_declined: bool = False,
) -> Delivery:
    return Delivery(
        version=version,
        way=way,
        address=person.address,
        name=person.name,
        user_id=person.user,
        partner_id=person.partner,
        customer_id=person.customer,
        message=message,
        is_declined=is_declined,
        at=now,
    )


def _record(deliveries: Iterable[Delivery]) -> int:
    """Plain INSERTs: should two runs ever meet, the second fails and its whole batch is undone with it."""
    return len(Delivery.objects.bulk_create(deliveries))
