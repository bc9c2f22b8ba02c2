"""What becomes of incidents with time, all in one go."""

from datetime import datetime

from .affected import join_new_tenants
from .deadlines import match_deadlines
from .terms import sweep_rca_terms


def sweep_incidents(*, now: datetime) -> int:
    """New tenants join the incidents that touch them, analyses that became owed get their deadline, and what
    has become true of a deadline is kept and told. Returns how many tenants joined.
    """
    joined = join_new_tenants(now=now)  # first: the deadline depends on whose agreement promises an analysis
    match_deadlines(now=now)
    sweep_rca_terms(now=now)
    return joined
