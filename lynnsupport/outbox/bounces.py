"""Mails that came back: kept on the mail that left, and no more sent to an address that is gone."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.accounts.queries import desk_leads
from lynnsupport.common.refusal import Refused

from .domain.headers import one_line
from .models import OutboxMessage, Suspension
from .operations import Mail, enqueue

WORDS_LIMIT = 1000


@transaction.atomic
def record_bounce(message: OutboxMessage, *, is_final: bool, words: str, now: datetime) -> Suspension | None:
    """Keep that `message` came back, in the other server's `words`; the first time counts.

    A final refusal suspends the address it was sent to, and the desk leads are told once. Returns the
    suspension, if one is in force for that reason.
    """
    message = OutboxMessage.objects.select_for_update().get(pk=message.pk)
    words = one_line(words, limit=WORDS_LIMIT)
    if message.bounced_at is None:
        message.bounced_at, message.bounce = now, words
        message.save(update_fields=["bounced_at", "bounce"])
    return _suspend(message, words=words, now=now) if is_final else None


@transaction.atomic
def lift_suspension(suspension: Suspension, *, by: User, now: datetime) -> Suspension:
    """Mails go to the address again; what was given up can be replayed. Twice is once."""
    if not by.has_perm("outbox.replay_message"):
        raise Refused(_("Your role does not include this."), instead=_("Ask a desk lead."))
    suspension = Suspension.objects.select_for_update().get(pk=suspension.pk)
    if suspension.lifted_at is None:
        suspension.lifted_by, suspension.lifted_at = by, now
        suspension.save(update_fields=["lifted_by", "lifted_at"])
    return suspension


def _suspend(message: OutboxMessage, *, words: str, now: datetime) -> Suspension:
    suspension, is_new = Suspension.objects.get_or_create(
        address=message.to_address.lower(),
        lifted_at=None,
        defaults={"since": now, "message": message, "words": words},
    )
    if is_new:
        enqueue((_notice(suspension, lead, message) for lead in desk_leads()), now=now)
    return suspension


def _notice(suspension: Suspension, lead: User, message: OutboxMessage) -> Mail:
    return Mail.for_person(
        lead,
        key=f"address_suspended:{suspension.pk}:{lead.email.lower()}",
        kind="address_suspended",
        context={
            "address": suspension.address,
            "person": message.to_name,
            "words": suspension.words,
            "subject_of_mail": message.subject,
            "at": suspension.since.isoformat(),
        },
        about=message.about,
    )
