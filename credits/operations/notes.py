"""Credit notes and the ledger (CRD-5): issued once, settled, taken back only by a counter-entry."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from credits import notifications
from credits.domain.claims import SETTLEMENTS, WITH_NOTE, Act, State
from credits.domain.statement import instant_text
from credits.domain.tiers import written_amount
from credits.models import Claim, LedgerEntry, NoteSequence
from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from sla.domain.calendar_definition import digest

from .deciding import require_decider
from .record import locked, moved

CREDIT_SERIES, COUNTER_SERIES = "NC", "RV"


@transaction.atomic
def issue_note(claim: Claim, *, by: User, now: datetime) -> LedgerEntry:
    """The credit note of a granted claim: its number, its calculation, an entry in the ledger. Once."""
    require_decider(claim, by)
    claim = locked(claim)
    if State(claim.state) in WITH_NOTE:
        return standing_note(claim)
    event = moved(claim, Act.ISSUE, at=now, by=by)
    entry = _enter(claim, kind=LedgerEntry.Kind.CREDIT, by=by, now=now)
    event.data = {"number": entry.number, "amount": written_amount(entry.amount, entry.currency)}
    claim.save()
    event.save()
    people = notifications.people_of([claim.cycle.contract.tenant.customer.partner_id])
    enqueue(notifications.issued(claim, entry, people=people), now=now)
    return entry


@transaction.atomic
def settle_claim(claim: Claim, *, act: Act, by: User, reason: str = "", now: datetime) -> Claim:
    """Where the credit went: the next invoice, or of an annual contract the prepaid balance or a refund."""
    require_decider(claim, by)
    claim = locked(claim)
    allowed = SETTLEMENTS[claim.cycle.contract.billing]
    if act not in allowed:
        raise Refused(
            _("A contract that is billed by the month is credited on its next invoice.")
            if claim.cycle.contract.billing == "monthly"
            else _("A contract that is billed by the year is credited to its balance, or refunded."),
            rule="CRD-3",
        )
    done = {Act.APPLY: State.APPLIED, Act.CREDIT_BALANCE: State.PREPAID, Act.REFUND: State.REFUNDED}
    if claim.state == done[act]:
        return claim
    event = moved(claim, act, at=now, by=by, reason=reason.strip())
    claim.save()
    event.save()
    return claim


@transaction.atomic
def reverse_note(claim: Claim, *, by: User, reason: str, now: datetime) -> LedgerEntry:
    """A counter-entry takes the note back, and the claim is decided again, never below what was granted."""
    require_decider(claim, by)
    if not reason.strip():
        raise Refused(_("Say why the credit note is taken back."), rule="CRD-5")
    claim = locked(claim)
    event = moved(claim, Act.REVERSE, at=now, by=by, reason=reason.strip())
    note = standing_note(claim)
    entry = _enter(claim, kind=LedgerEntry.Kind.COUNTER, by=by, now=now, reverses=note, reason=reason.strip())
    event.data = {"number": entry.number, "takes_back": note.number}
    claim.save()
    event.save()
    return entry


def standing_note(claim: Claim) -> LedgerEntry:
    """The credit note that holds: the one that no counter-entry took back."""
    return claim.ledger_entries.get(kind=LedgerEntry.Kind.CREDIT, reversed_by__isnull=True)


def _enter(
    claim: Claim,
    *,
    kind: LedgerEntry.Kind,
    by: User,
    now: datetime,
    reverses: LedgerEntry | None = None,
    reason: str = "",
) -> LedgerEntry:
    contract = claim.cycle.contract
    is_credit = reverses is None
    amount = claim.decided_amount if is_credit else -reverses.amount
    number = _next_number(CREDIT_SERIES if is_credit else COUNTER_SERIES, now)
    data = _note_data(claim, number=number, amount=amount, reverses=reverses, reason=reason, at=now)
    return LedgerEntry.objects.create(
        claim=claim,
        tenant=contract.tenant,
        contract_number=contract.number,
        month=claim.cycle.month,
        round=claim.ledger_entries.filter(kind=kind).count() + 1,
        kind=kind,
        reverses=reverses,
        number=number,
        amount=amount,
        currency=claim.currency,
        at=now,
        by=by,
        reason=reason,
        data=data,
        digest=digest(data),
    )


def _next_number(series: str, now: datetime) -> str:
    """Consecutive in the year, over both series; the row is held until the transaction ends."""
    year = now.astimezone(ZoneInfo(settings.TIME_ZONE)).year
    NoteSequence.objects.bulk_create([NoteSequence(year=year)], ignore_conflicts=True)
    sequence = NoteSequence.objects.select_for_update().get(year=year)
    sequence.last += 1
    sequence.save(update_fields=["last"])
    return f"{series}-{year}-{sequence.last:06}"


def _note_data(claim: Claim, *, number, amount, reverses, reason, at: datetime) -> dict:
    """All that the note says, as it was known when it was written."""
    contract = claim.cycle.contract
    tenant = contract.tenant
    statement = claim.statement
    return {
        "number": number,
        "at": instant_text(at),
        "takes_back": reverses.number if reverses else None,
        "reason": reason or claim.decision_reason,
        "partner": tenant.customer.partner.name,
        "customer": tenant.customer.name,
        "tenant": {"id": tenant.code, "name": tenant.name},
        "contract": contract.number,
        "billing": str(contract.billing),
        "cycle": claim.cycle.month,
        "first_day": claim.cycle.first_day.isoformat(),
        "day_after": claim.cycle.day_after.isoformat(),
        "statement": None
        if statement is None
        else {
            "version": statement.version,
            "digest": statement.digest,
            "percentage": statement.percentage,
            "counted_seconds": statement.counted_seconds,
            "period_seconds": statement.data["result"]["period_seconds"],
            "base": statement.data["result"]["base"],
        },
        "percent": claim.percent,
        "machine_amount": None if claim.amount is None else written_amount(claim.amount, claim.currency),
        "amount": written_amount(amount, claim.currency),
        "currency": claim.currency,
        "filed_at": instant_text(claim.filed_at),
        "is_late": claim.is_late,
        "decided_by": claim.decided_by.name,
        "decided_at": instant_text(claim.decided_at),
    }
