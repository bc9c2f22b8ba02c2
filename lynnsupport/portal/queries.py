"""Whether the installation is fit for work, and what is wrong if it is not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from lynnsupport.outbox.queries import oldest_pending_age

from .models import PeriodicJob
from .schedule import allowed_silence, periods

OUTBOX_MAY_WAIT = timedelta(minutes=10)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: its area, and a sentence for whoever is on call (English, no secrets)."""

    area: str
    text: str


def late_jobs(now: datetime) -> list[PeriodicJob]:
    """Scheduled jobs without a good run for too long; those that never ran come as unsaved rows."""
    known = {job.name: job for job in PeriodicJob.objects.filter(name__in=periods())}
    scheduled = [
        known.get(name) or PeriodicJob(name=name, allowed_silence=allowed_silence(name)) for name in periods()
    ]
    return sorted((job for job in scheduled if job.is_late(now)), key=lambda job: job.name)


def readiness_problems(now: datetime) -> list[Problem]:
    """Everything that keeps the portal from keeping its promises; empty when it is ready."""
    try:
        connection.ensure_connection()
        unapplied = _unapplied_migrations()
    except Error as error:
        return [Problem("database", f"No answer: {type(error).__name__}.")]
    if unapplied:
        return [Problem("migrations", f"{len(unapplied)} not applied, first {unapplied[0]}.")]
    return [*_silent_jobs(now), *_waiting_mail(now)]


def _unapplied_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _backwards in plan]


def _silent_jobs(now: datetime) -> list[Problem]:
    return [Problem("periodic jobs", _told(job)) for job in late_jobs(now)]


def _told(job: PeriodicJob) -> str:
    allowed = f"{job.allowed_silence.total_seconds():.0f} s are allowed"
    if job.last_succeeded_at is None:
        return f"{job.name} has never run well; {allowed}. Are worker and beat running?"
    return f"{job.name} last ran well at {job.last_succeeded_at.isoformat()}; {allowed}."


def _waiting_mail(now: datetime) -> list[Problem]:
    waiting = oldest_pending_age(now)
    if waiting is None or waiting <= OUTBOX_MAY_WAIT:
        return []
    return [Problem("outbox", f"A mail has been due for {waiting.total_seconds():.0f} s.")]
