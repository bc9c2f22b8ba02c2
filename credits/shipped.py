"""The credit policy as the product ships it: loaded once, never over what an administrator made of it."""

import tomllib
from datetime import datetime
from pathlib import Path

from django.db import transaction

from credits.models import CreditPolicyVersion

POLICY = Path(__file__).parent / "data" / "credit_policy.toml"


@transaction.atomic
def load_credit_policy(*, now: datetime) -> CreditPolicyVersion | None:
    """Ships version 1 where there is no version yet, and returns it."""
    if CreditPolicyVersion.objects.exists():
        return None
    shipped = tomllib.loads(POLICY.read_text(encoding="utf-8"))
    return CreditPolicyVersion.objects.create(number=1, published_at=now, **shipped)
