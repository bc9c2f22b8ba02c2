"""Public test messages of other projects, where they lie: each ends one way, is kept as it came, and once."""

import os
from collections import Counter
from pathlib import Path

import pytest

from tickets.inbound.domain.outcomes import Kind
from tickets.inbound.models import InboundMail
from tickets.inbound.operations import ingest
from tickets.models import Ticket

from .conftest import NOW

MAILS = Path(os.environ.get("PORTAL_PUBLIC_MAILS", Path(__file__).resolve().parents[3] / "shared" / "mails"))
FILES = sorted(path for path in MAILS.glob("*/*") if path.name != "LICENSE.note")

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not FILES, reason=f"needs the public test messages beside the checkout ({MAILS.name})"
    ),
]


def test_every_public_mail_ends_one_way_and_a_second_run_adds_nothing(agreement):
    raws = [path.read_bytes() for path in FILES]
    first = [ingest(raw, now=NOW) for raw in raws]
    different = set(raws)
    stored = {bytes(mail.raw): mail for mail in InboundMail.objects.defer(None)}
    assert set(stored) == different
    assert all(mail.outcome in list(Kind) and mail.why for mail in stored.values())
    assert Counter(each.why for each in stored.values())["failed"] == 0
    assert {outcome.kind for outcome in first} <= {Kind.BOUNCE, Kind.IGNORED, Kind.QUARANTINED}
    assert [ingest(raw, now=NOW) for raw in raws] == first
    assert InboundMail.objects.count() == len(different)
    assert sum(InboundMail.objects.values_list("copies", flat=True)) == 2 * len(raws) - len(different)
    assert not Ticket.objects.exists()
