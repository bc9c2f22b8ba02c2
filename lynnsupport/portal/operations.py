"""Keeping the record of periodic jobs. Called for each run, by whatever process runs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from lynnsupport.common.clock import now as read_clock

from .models import PeriodicJob
from .schedule import allowed_silence

LONGEST_ERROR = 1_000


def note_start(name: str, *, now: datetime) -> None:
    _note(name, last_started_at=now)


def note_success(name: str, *, now: datetime) -> None:
    _note(name, last_succeeded_at=now)


def note_failure(name: str, *, error: BaseException, now: datetime) -> None:
    """Keeps kind and text of the error; the last good run stays as it was."""
    _note(name, last_failed_at=now, last_error=f"{type(error).__name__}: {error}"[:LONGEST_ERROR])


@contextmanager
def noted(name: str) -> Iterator[None]:
    """Keeps the record around a run made by hand; the error, if any, goes on to the caller."""
    note_start(name, now=read_clock())
    try:
        yield
    except Exception as error:
        note_failure(name, error=error, now=read_clock())
        raise
    note_success(name, now=read_clock())


def _note(name: str, **fields: object) -> None:
    row = PeriodicJob(name=name, allowed_silence=allowed_silence(name), **fields)
    # one statement, so that two workers never collide over the first row
    PeriodicJob.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["allowed_silence", *fields],
    )
