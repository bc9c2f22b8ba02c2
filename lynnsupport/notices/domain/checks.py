"""What is wrong with a notice before it goes out: each fault with the field it belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .audience import Audience
from .kinds import Kind, Step


class Fault(StrEnum):
    NO_TEXT = "no_text"
    HALF_ENGLISH = "half_english"
    GAPS = "gaps"
    NO_START = "no_start"
    NO_END = "no_end"
    END_BEFORE_START = "end_before_start"
    IN_THE_PAST = "in_the_past"
    ACTION_WITHOUT_DAY = "action_without_day"
    DAY_WITHOUT_ACTION = "day_without_action"
    ACTION_IN_THE_PAST = "action_in_the_past"
    NOBODY = "nobody"
    EVERYONE_AND_SOME = "everyone_and_some"
    NO_WAY = "no_way"
    PUBLIC_AND_CONFIDENTIAL = "public_and_confidential"
    DOWNTIME_OF_NO_MAINTENANCE = "downtime_of_no_maintenance"
    DOWNTIME_WITHOUT_MAIL = "downtime_without_mail"
    WHAT_CHANGED = "what_changed"


@dataclass(frozen=True)
class Told:
    """What a version says, as far as it can be wrong. Instants are aware."""

    kind: Kind
    step: Step
    title_es: str
    body_es: str
    title_en: str
    body_en: str
    what_changed_es: str
    starts_at: datetime | None
    ends_at: datetime | None
    action_es: str
    action_by: datetime | None
    audience: Audience
    names_tenants: bool  # affected tenants are listed
    announces_downtime: bool
    by_mail: bool
    in_portal: bool
    in_feed: bool
    to_executives: bool
    is_public: bool
    has_gaps: bool  # a prefilled text still holds something like {what fails}


def faults_of(told: Told) -> Iterator[tuple[str, Fault]]:
    """What is wrong at any time, as (field, fault), in the order of the form."""
    if not (told.title_es.strip() and told.body_es.strip()):
        yield "title_es" if not told.title_es.strip() else "body_es", Fault.NO_TEXT
    if bool(told.title_en.strip()) != bool(told.body_en.strip()):
        yield "title_en" if not told.title_en.strip() else "body_en", Fault.HALF_ENGLISH
    if told.has_gaps:
        yield "body_es", Fault.GAPS
    if told.step is not Step.ANNOUNCED and not told.what_changed_es.strip():
        yield "what_changed_es", Fault.WHAT_CHANGED
    if told.kind is Kind.MAINTENANCE:
        if told.starts_at is None:
            yield "starts_at", Fault.NO_START
        if told.ends_at is None:
            yield "ends_at", Fault.NO_END
    if told.starts_at and told.ends_at and told.ends_at <= told.starts_at:
        yield "ends_at", Fault.END_BEFORE_START
    if told.action_es.strip() and told.action_by is None:
        yield "action_by", Fault.ACTION_WITHOUT_DAY
    if told.action_by is not None and not told.action_es.strip():
        yield "action_es", Fault.DAY_WITHOUT_ACTION
    yield from _faults_of_scope(told)


def _faults_of_scope(told: Told) -> Iterator[tuple[str, Fault]]:
    if told.audience.is_nobody:
        yield "audience", Fault.NOBODY
    if told.audience.is_contradictory:
        yield "audience", Fault.EVERYONE_AND_SOME
    if not any((told.by_mail, told.in_portal, told.in_feed, told.to_executives, told.is_public)):
        yield "ways", Fault.NO_WAY
    if told.is_public and (told.audience.is_confidential or told.names_tenants):
        yield "is_public", Fault.PUBLIC_AND_CONFIDENTIAL
    if told.announces_downtime and told.kind is not Kind.MAINTENANCE:
        yield "announces_downtime", Fault.DOWNTIME_OF_NO_MAINTENANCE
    elif told.announces_downtime and not told.by_mail:
        yield "announces_downtime", Fault.DOWNTIME_WITHOUT_MAIL  # AVL-4: the delivery log is the proof


def faults_when_sent(
    told: Told, *, at: datetime, window_before: tuple[datetime, datetime | None] | None
) -> Iterator[tuple[str, Fault]]:
    """What is wrong with sending it at `at`; `window_before` is what the version before it announced.

    A maintenance that has begun may still be corrected, but nothing is announced into the past.
    """
    yield from faults_of(told)
    if told.step is Step.WITHDRAWN:
        return
    begins = told.starts_at
    moved = window_before is None or window_before[0] != begins
    if told.kind is Kind.MAINTENANCE and begins and begins <= at and moved:
        yield "starts_at", Fault.IN_THE_PAST
    if told.action_by is not None and told.action_by <= at:
        yield "action_by", Fault.ACTION_IN_THE_PAST
