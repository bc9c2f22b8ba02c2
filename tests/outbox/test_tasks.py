"""The worker's part: registered, scheduled, and ringing for more while there is more."""

import pytest
from celery import current_app
from django.conf import settings

from lynnsupport.common.clock import now
from lynnsupport.outbox import tasks
from lynnsupport.outbox.models import OutboxMessage
from lynnsupport.outbox.operations import enqueue

from .support import mail


def test_the_schedule_names_the_task_that_is_registered():
    [entry] = [entry for entry in settings.CELERY_BEAT_SCHEDULE.values() if "outbox" in entry["task"]]
    assert entry == {"task": tasks.deliver.name, "schedule": 10.0}
    assert tasks.deliver.name in current_app.tasks


@pytest.mark.django_db
@pytest.mark.parametrize(("asked", "rung"), [(0, 0), (2, 0), (3, 1), (4, 1)])
def test_a_full_run_rings_for_the_next(mailoutbox, rings, monkeypatch, asked, rung):
    monkeypatch.setattr(tasks, "PER_RUN", 3)
    enqueue([mail(number) for number in range(asked)], now=now())
    tasks.deliver(argument_of_a_later_version=1)
    assert (len(mailoutbox), len(rings)) == (min(asked, 3), rung)
    assert OutboxMessage.objects.filter(state="pending").count() == max(0, asked - 3)
