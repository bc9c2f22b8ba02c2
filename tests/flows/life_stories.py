"""Random lives of one ticket, played through the operations and written down as they were done."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from lynnsupport.common.refusal import Refused
from tests.flows.naive_clocks import Log, severity_of
from tests.incidents.stories import summarise
from tests.tickets.stories import Cast, raise_ticket
from tickets.domain.lifecycle import CloseReason, IllegalTransition
from tickets.models import Message, Ticket
from tickets.operations import (
    accept_solution,
    answer_customer,
    ask_customer,
    close_ticket,
    correct_content,
    decide_severity,
    dispute_severity,
    escalate,
    exclude,
    merge_ticket,
    plan_patch,
    propose_solution,
    provider_answered,
    record_call,
    record_reached,
    record_resolution,
    record_restoration,
    record_unreachable,
    reject_solution,
    reply_as_customer,
    revert_exclusion,
    split_ticket,
    sweep_clocks,
    wait_for_provider,
    withdraw_question,
    write_note,
)

IMPACTS = (95, 40, 5)
GROUNDS = ("third_party", "preview", "custom_development")
GAPS = (2, 4, 8, 14, 30, 56, 120, 240, 480, 960, 1500)  # even: what is entered late falls on odd minutes
LATE = (1, 3, 9, 25, 61, 301)


class Life:
    """One ticket and what was done to it. Every act tries; what the product refuses did not happen."""

    def __init__(self, cast: Cast, origin: datetime, *, impact: int, by_colleague: bool, is_preview: bool):
        self.cast, self.origin, self.minute = cast, origin.astimezone(UTC), 0
        self.log = Log(self.origin)
        self.decided, self.impact = False, impact
        self.flags = {"preview": is_preview, "custom_development": False}
        reporter = cast.colleague if by_colleague else cast.designated
        self.ticket: Ticket = raise_ticket(
            cast, origin, reporter=reporter, impact_percent=Decimal(impact), is_preview=is_preview
        )
        self.log.severities.append((0, severity_of(impact)))
        if not by_colleague:
            self._escalated(0)

    @property
    def now(self) -> datetime:
        return self.at(self.minute)

    def at(self, minute: int) -> datetime:
        return self.origin + timedelta(minutes=minute)

    def play(self, gap: int, act: str, choice: int) -> bool:
        """Let `gap` minutes pass, then do it; whether it was possible."""
        self.minute += gap
        self.ticket.refresh_from_db()
        try:
            ACTS[act](self, choice)
        except (Refused, IllegalTransition):
            return False
        return True

    # --- what each act is, and what it means for the clocks ---

    def _escalated(self, minute: int) -> None:
        self.log.escalated = minute
        self.log.goal_due = self.log.severity_at(minute) == 1
        for ground, is_stated in self.flags.items():
            if is_stated:
                self.log.exclusions.append([ground, minute, None])

    def escalate(self, _choice: int) -> None:
        escalate(self.ticket, by=self.cast.designated.user, now=self.now)
        self._escalated(self.minute)

    def reply(self, choice: int) -> None:
        contact = self.cast.colleague if choice % 3 == 0 else self.cast.designated
        was_closed, why = self.ticket.is_closed, self.ticket.close_reason
        message = reply_as_customer(self.ticket, by=contact.user, body="Sigue igual.", now=self.now)
        if message.ticket_id != self.ticket.pk:
            return  # too late to reopen it: another ticket has the words (CRP-3)
        if was_closed:
            self._reopened(was_solved=why == CloseReason.ACCEPTED)
        self.log.words.append(self.minute)
        self.log.release(self.minute, "waiting_customer")
        if contact == self.cast.designated:
            self.log.release(self.minute, "contact_unreachable")

    def _reopened(self, *, was_solved: bool) -> None:
        """CRP-3: the case goes on; the time it was closed does not count."""
        self.log.release(self.minute)
        if was_solved:
            self.log.stops.append((self.minute, "reopen"))
        else:
            self.log.closings.append(["closed", self.log.closed, self.minute])
            self.log.closed = None

    def answer(self, _choice: int) -> None:
        answer_customer(self.ticket, by=self.cast.engineer, body="Lo vemos.", now=self.now)
        self.log.answers.append(self.minute)

    def note(self, _choice: int) -> None:
        write_note(self.ticket, by=self.cast.engineer, body="Es el conector", now=self.now)

    def ask(self, _choice: int) -> None:
        ask_customer(self.ticket, by=self.cast.engineer, question="¿Qué sesión?", now=self.now)
        self.log.answers.append(self.minute)
        self.log.hold("waiting_customer", self.minute)

    def withdraw(self, _choice: int) -> None:
        withdraw_question(self.ticket, by=self.cast.engineer, reason="Ya", now=self.now)
        self.log.release(self.minute, "waiting_customer")

    def wait(self, _choice: int) -> None:
        wait_for_provider(self.ticket, by=self.cast.engineer, reason="Revisan", now=self.now)
        self.log.hold("third_party", self.minute)

    def provider(self, _choice: int) -> None:
        provider_answered(self.ticket, by=self.cast.engineer, reason="Listo", now=self.now)
        self.log.release(self.minute, "third_party")

    def call(self, choice: int) -> None:
        called = self.minute - LATE[choice % len(LATE)]
        since = self.ticket.contact_unreachable_since
        record_call(
            self.ticket, by=self.cast.engineer, contact=self.cast.designated, called_at=self.at(called),
            summary="Hablamos.", now=self.now,
        )  # fmt: skip
        if self.log.escalated is not None and called >= self.log.escalated:
            self.log.answers.append(called)
        if since is not None and self.at(called) >= since:
            self.log.release(called, "contact_unreachable")

    def decide(self, choice: int) -> None:
        severity = choice % 3 + 1
        decide_severity(
            self.ticket, by=self.cast.engineer, severity=severity, reason="Lo medimos", now=self.now
        )
        self.decided = True
        self._severity(severity)
        if severity != 1:
            self.log.release(self.minute, "contact_unreachable")

    def correct(self, choice: int) -> None:
        impact = IMPACTS[choice % 3]
        correct_content(
            self.ticket, by=self.cast.engineer, changes={"impact_percent": Decimal(impact)},
            seen={"impact_percent": self.ticket.impact_percent}, reason="Era otro", now=self.now,
        )  # fmt: skip
        self.impact = impact
        if not self.decided:
            before = self.log.severities[-1][1]
            self._severity(severity_of(impact))
            if before == 1 != severity_of(impact):
                self.log.release(self.minute, "contact_unreachable")

    def _severity(self, severity: int) -> None:
        if severity == self.log.severities[-1][1]:
            return
        self.log.severities.append((self.minute, severity))
        owed = not self.log.stops or self.log.stops[-1][1] == "reopen"
        if severity == 1 and owed and self.log.escalated is not None:
            self.log.goal_due = True

    def dispute(self, choice: int) -> None:
        dispute_severity(
            self.ticket, by=self.cast.designated.user, wanted=choice % 3 + 1, reason="Es más", now=self.now
        )

    def exclude(self, choice: int) -> None:
        ground = GROUNDS[choice % 3]
        exclude(
            self.ticket, by=self.cast.engineer, ground=ground, provider="Nube", finding="Suyo", now=self.now
        )
        self.log.exclusions.append([ground, self.minute, None])

    def revert(self, choice: int) -> None:
        in_force = list(self.ticket.exclusions.filter(reverted_at__isnull=True))
        if not in_force:
            raise Refused("nothing to revert")
        exclusion = in_force[choice % len(in_force)]
        revert_exclusion(exclusion, by=self.cast.engineer, reason="No", now=self.now)
        for known in self.log.exclusions:
            if known[0] == exclusion.ground and known[2] is None:
                known[2] = self.minute

    def unreachable(self, _choice: int) -> None:
        record_unreachable(self.ticket, by=self.cast.engineer, words="No contestan", now=self.now)
        self.log.hold("contact_unreachable", self.minute)

    def reached(self, _choice: int) -> None:
        record_reached(self.ticket, by=self.cast.engineer, words="Ana", now=self.now)
        self.log.release(self.minute, "contact_unreachable")

    def patch(self, choice: int) -> None:
        day = self.now.date() + timedelta(days=choice % 5)
        plan_patch(self.ticket, by=self.cast.engineer, details="Parche", planned_on=day, now=self.now)

    def restore(self, choice: int) -> None:
        at = self.minute - (LATE[choice % len(LATE)] if choice % 2 else 0)
        record_restoration(self.ticket, by=self.cast.engineer, now=self.now, at=self.at(at))
        self.log.stops.append((at, "stop"))
        self.log.release(self.minute, "contact_unreachable")

    def resolve(self, _choice: int) -> None:
        record_resolution(self.ticket, by=self.cast.engineer, now=self.now)

    def propose(self, _choice: int) -> None:
        restored = self.ticket.restored_at
        summarise(self.ticket, by=self.cast.engineer, now=self.now)
        propose_solution(self.ticket, by=self.cast.engineer, body="Listo", now=self.now)
        self.log.answers.append(self.minute)
        self.log.release(self.minute)
        if restored is None:
            self.log.stops.append((self.minute, "stop"))

    def accept(self, _choice: int) -> None:
        accept_solution(self.ticket, by=self.cast.designated.user, now=self.now)
        # Nothing is owed any more: the solution was an answer, and restoration had stopped.

    def reject(self, _choice: int) -> None:
        reject_solution(self.ticket, by=self.cast.designated.user, reason="Sigue", now=self.now)
        self.log.words.append(self.minute)
        self.log.stops.append((self.minute, "reopen"))

    def close(self, _choice: int) -> None:
        if self.ticket.is_closed:
            raise Refused("closed")
        close_ticket(
            self.ticket, by=self.cast.engineer, reason=CloseReason.DUPLICATE, words="El mismo", now=self.now
        )
        self.log.closed = self.minute

    def split(self, choice: int) -> None:
        """An answer goes to another ticket; what is promised here stays, and is promised there as well."""
        said = list(self.ticket.messages.filter(side=Message.Side.SUPPORT))
        moved = said[choice % len(said)].pk if said else 0
        part = split_ticket(
            self.ticket, by=self.cast.engineer, messages=[moved], subject="Otro", reason="Son dos",
            now=self.now,
        )  # fmt: skip
        sweep_clocks(
            now=self.now
        )  # the part is read as it is made; what passed here meanwhile is noticed now
        assert _promises(part) == _promises(self.ticket)

    def merge(self, _choice: int) -> None:
        """Somebody reports the same again: an answer is owed here, as if they had written here."""
        duplicate = raise_ticket(self.cast, self.now, impact_percent=Decimal(5))
        merge_ticket(duplicate, into=self.ticket, by=self.cast.engineer, reason="El mismo", now=self.now)
        self.log.words.append(self.minute)

    def sweep(self, _choice: int) -> None:
        sweep_clocks(now=self.now)


def _promises(ticket: Ticket) -> list[tuple]:
    """What its clocks show that were promised for the whole of what it says."""
    clocks = ticket.clocks.exclude(kind="next_response").order_by("kind", "pk")
    return list(clocks.values_list("kind", "state", "started_at", "due_at", "stopped_at", "breached_at"))


ACTS: dict[str, Callable[[Life, int], None]] = {
    name: getattr(Life, name)
    for name in (
        "escalate reply answer note ask withdraw wait provider call decide correct dispute exclude revert "
        "unreachable reached patch restore resolve propose accept reject split merge close sweep"
    ).split()
}
# What happens often in life happens often here.
COMMON = ("reply", "answer", "ask", "call", "decide", "exclude", "revert", "restore", "propose", "sweep")


def random_plan(dice: random.Random, acts: int) -> list[tuple[int, str, int]]:
    """Some are closed on the way, and answered then: most of what could come afterwards is refused."""
    names = [*(name for name in ACTS if name != "close"), *COMMON]
    plan = [(dice.choice(GAPS), dice.choice(names), dice.randrange(60)) for _ in range(acts)]
    if dice.random() < 0.3:
        closed_and_answered = [(dice.choice(GAPS), name, dice.randrange(60)) for name in ("close", "reply")]
        where = dice.randrange(acts + 1)
        plan[where:where] = closed_and_answered[: dice.choice((1, 2, 2))]
    return plan
