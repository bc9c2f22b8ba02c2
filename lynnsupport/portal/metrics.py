"""Figures for Prometheus, read from the database: the same from whichever process answers."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from lynnsupport.outbox.queries import oldest_pending_age, unfinished_by_state

from .models import PeriodicJob
from .queries import late_jobs
from .schedule import periods


def exposition(now: datetime) -> bytes:
    """All figures as they stand at `now`, in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(now))
    return generate_latest(registry)


class _Figures:
    """What the registry asks for, once for each scrape."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield from _job_figures(self.now)
        yield from _outbox_figures(self.now)


def _job_figures(now: datetime) -> Iterator[Metric]:
    last_run = GaugeMetricFamily(
        "lynnsupport_periodic_job_last_success_timestamp_seconds",
        "When a periodic job last ran well.",
        labels=["job"],
    )
    for job in PeriodicJob.objects.filter(last_succeeded_at__isnull=False):
        last_run.add_metric([job.name], job.last_succeeded_at.timestamp())  # type: ignore[union-attr]
    yield last_run
    late = GaugeMetricFamily(
        "lynnsupport_periodic_job_late", "1 where a job has been silent for too long.", labels=["job"]
    )
    late_names = {job.name for job in late_jobs(now)}
    for name in sorted(periods()):
        late.add_metric([name], name in late_names)
    yield late


def _outbox_figures(now: datetime) -> Iterator[Metric]:
    messages = GaugeMetricFamily(
        "lynnsupport_outbox_messages", "Mails that are not sent, by state.", labels=["state"]
    )
    for state, count in sorted(unfinished_by_state().items()):
        messages.add_metric([state], count)
    yield messages
    waiting = oldest_pending_age(now)
    yield GaugeMetricFamily(
        "lynnsupport_outbox_oldest_due_seconds",
        "For how long the oldest due mail has waited.",
        value=waiting.total_seconds() if waiting else 0,
    )
