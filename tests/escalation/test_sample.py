"""The sample's escalations: told by the operations, once."""

import pytest
from django.core.management import call_command

from lynnsupport.common import clock
from tickets.escalation.models import Escalation, PriorityRequest
from tickets.escalation.sample import tell_escalations


@pytest.mark.django_db
def test_the_sample_shows_every_stage_and_is_told_once(settings):
    settings.ALLOW_SAMPLE_DATA = True
    call_command("sample_data", tickets=16, verbosity=0)
    assert [tell_escalations(now=clock.now()) for _ in range(2)] == [4, 0]
    assert sorted(Escalation.objects.values_list("level", "stage")) == [
        (1, "waiting"), (1, "waiting"), (1, "waiting"), (2, "acknowledged"), (2, "waiting"),
    ]  # fmt: skip
    assert PriorityRequest.objects.count() == 1
