"""Each run of a scheduled job leaves its trace, so that silence can be seen (/health/ready, the desk).

Celery calls these in the process that runs the job; connected when the portal's app is ready.
"""

from celery.signals import task_failure, task_prerun, task_success

from lynnsupport.common.clock import now

from .operations import note_failure, note_start, note_success
from .schedule import periods


@task_prerun.connect
def started(sender, **_kwargs) -> None:
    if sender.name in periods():
        note_start(sender.name, now=now())


@task_success.connect
def succeeded(sender, **_kwargs) -> None:
    if sender.name in periods():
        note_success(sender.name, now=now())


@task_failure.connect
def failed(sender, exception, **_kwargs) -> None:
    if sender.name in periods():
        note_failure(sender.name, error=exception, now=now())
