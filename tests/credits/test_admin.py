"""The desk publishes the credit policy and records announced downtimes through the same operations."""

import pytest
import time_machine

from credits.models import AnnouncedDowntime, CreditPolicyVersion
from tests.tickets.pages import signed_in, text_of

from .stories import chile, outage, swept

pytestmark = pytest.mark.django_db
NOW = chile("2026-01-11 10:00")


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def announced(story, **changes):
    return {
        "tenant": story.tenant.pk,
        "starts_at_0": "2026-01-12",
        "starts_at_1": "18:00",
        "ends_at_0": "2026-01-12",
        "ends_at_1": "20:00",
        "announced_at_0": "2026-01-10",
        "announced_at_1": "10:00",
        "proof": "Correo 4711",
    } | changes


@pytest.mark.rule("AVL-4", "EXC-3")
def test_an_engineer_records_and_reverts_an_announced_downtime(story):
    client = signed_in(story.engineer)
    add = "/admin/credits/announceddowntime/add/"
    wrong = client.post(add, announced(story, announced_at_0="2026-01-12", announced_at_1="18:00"))
    assert "Announced at its start or later, a downtime excludes nothing." in text_of(wrong)
    assert client.post(add, announced(story)).status_code == 302
    row = AnnouncedDowntime.objects.get()
    assert (row.starts_at, row.recorded_by, row.recorded_at) == (
        chile("2026-01-12 18:00"),
        story.engineer,
        NOW,
    )
    page = f"/admin/credits/announceddowntime/{row.pk}/change/"
    assert "Say why it is reverted." in text_of(client.post(page, {"revert_reason": " "}))
    client.post(page, {"revert_reason": "No salió", "proof": "otra"})
    row.refresh_from_db()
    assert (row.revert_reason, row.reverted_by, row.proof) == ("No salió", story.engineer, "Correo 4711")
    assert client.post(page, {"revert_reason": "Otra vez"}).status_code == 403


@pytest.mark.rule("CRD-1")
def test_an_administrator_publishes_a_policy(story):
    client = signed_in(story.administrator)
    asked = {
        "tiers": "99.95=5 99=25",
        "binding_reading": "period",
        "claim_days": "30",
        "reminder_days": "7 1",
        "effective_at_0": "2026-02-01",
        "effective_at_1": "00:00",
    }
    add = "/admin/credits/creditpolicyversion/add/"
    for wrong, sentence in (
        ({"tiers": "99=5 99.95=20"}, "Write each tier as border=credit"),
        ({"reminder_days": "1 7"}, "in descending order"),
        ({"effective_at_0": "2026-01-01"}, "cannot take effect in the past"),
    ):
        assert sentence in text_of(client.post(add, asked | wrong))
    assert client.post(add, asked).status_code == 302
    version = CreditPolicyVersion.objects.get(number=2)
    assert (version.tiers, version.published_by) == ("99.95=5 99=25", story.administrator)
    assert client.get(f"/admin/credits/creditpolicyversion/{version.pk}/change/").status_code == 200
    assert signed_in(story.engineer).get(add).status_code == 403


def test_what_was_frozen_and_issued_is_only_read(story, recorded):
    recorded(story.tenant, outage("2025-12-10 10:00", "2025-12-10 11:00"))
    swept("2026-02-01 00:10")
    client = signed_in(story.engineer)
    for model in ("statement", "ledgerentry"):
        assert client.get(f"/admin/credits/{model}/").status_code == 200
        assert client.get(f"/admin/credits/{model}/add/").status_code == 403
