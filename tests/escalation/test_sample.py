"""The sample's escalations: told by the operations, once."""

import pytest

from tickets.escalation.models import Escalation, PriorityRequest
from tickets.escalation.sample import tell_escalations

from .stories import MINUTE, NOW, raise_ticket


@pytest.mark.django_db
def test_the_sample_shows_every_stage_and_is_told_once(cast):
    for _ in range(5):
        raise_ticket(cast, NOW)
    assert [tell_escalations(now=NOW + MINUTE) for _ in range(2)] == [4, 0]
    assert sorted(Escalation.objects.values_list("level", "stage")) == [
        (1, "waiting"), (1, "waiting"), (1, "waiting"), (2, "acknowledged"), (2, "waiting"),
    ]  # fmt: skip
    assert PriorityRequest.objects.count() == 1
