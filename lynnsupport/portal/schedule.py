"""The periodic jobs as CELERY_BEAT_SCHEDULE names them, and how long each may stay silent."""

from datetime import timedelta

from django.conf import settings

RUNS_MISSED = 10
LEAST_SILENCE = timedelta(minutes=2)


def periods() -> dict[str, timedelta]:
    """Each scheduled task's name with the time between two runs."""
    return {
        str(entry["task"]): timedelta(seconds=float(str(entry["schedule"])))
        for entry in settings.CELERY_BEAT_SCHEDULE.values()
    }


def allowed_silence(name: str) -> timedelta:
    """Ten missed runs, at least two minutes so that a restart alarms nobody. KeyError if not scheduled."""
    return max(RUNS_MISSED * periods()[name], LEAST_SILENCE)
