"""The form of a new ticket as far as it was typed, kept for its author alone."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from lynnsupport.accounts.models import Contact, User
from tickets.models import CallDraft, Draft, Ticket

LONGEST_ANSWER = 50_000


def keep_draft(
    *, by: User, answers: Mapping[str, str], now: datetime, submission_key: UUID | None = None
) -> Draft | None:
    """Store what was typed in place of what was kept before; nothing typed keeps nothing.

    `answers` holds fields as they stand in the form, right or wrong. A form that has become a ticket
    meanwhile (`submission_key`) is no draft any more.
    """
    if submission_key and Ticket.objects.filter(reporter__user=by, submission_key=submission_key).exists():
        return None
    typed = _typed(answers)
    if not typed:
        discard_draft(by=by)
        return None
    draft, _created = Draft.objects.update_or_create(user=by, defaults={"answers": typed, "updated_at": now})
    return draft


def discard_draft(*, by: User) -> None:
    Draft.objects.filter(user=by).delete()


def keep_call(
    *,
    by: User,
    caller: Contact,
    answers: Mapping[str, str],
    now: datetime,
    submission_key: UUID | None = None,
) -> CallDraft | None:
    """The same for a call that the desk is typing: one for each caller, so that two calls do not mix."""
    if submission_key and Ticket.objects.filter(reporter=caller, submission_key=submission_key).exists():
        return None
    typed = _typed(answers)
    if not typed:
        discard_call(by=by, caller=caller)
        return None
    draft, _created = CallDraft.objects.update_or_create(
        user=by, caller=caller, defaults={"answers": typed, "updated_at": now}
    )
    return draft


def discard_call(*, by: User, caller: Contact) -> None:
    CallDraft.objects.filter(user=by, caller=caller).delete()


def _typed(answers: Mapping[str, str]) -> dict[str, str]:
    return {name: _storable(text) for name, text in answers.items() if text.strip()}


def _storable(text: str) -> str:
    """PostgreSQL refuses the null character in JSON."""
    return text.replace("\0", "")[:LONGEST_ANSWER]
