"""What may be done with incidents: one function per act, each one transaction."""

from .affected import add_tenants, join_new_tenants, withdraw_tenant
from .deadlines import match_deadlines
from .impact import decide, revise_impact
from .links import link_ticket
from .opening import open_incident
from .rca import (
    ActionSaid,
    approve_rca,
    complete_action,
    publish_rca,
    save_rca,
    send_back_rca,
    start_rca,
    submit_rca,
)
from .restoring import Restored, close, relapse, restore
from .summaries import require_summary, write_summary
from .sweep import sweep_incidents
from .terms import read_term, sweep_rca_terms
from .updates import tell_update

__all__ = [
    "ActionSaid",
    "Restored",
    "add_tenants",
    "approve_rca",
    "close",
    "complete_action",
    "decide",
    "join_new_tenants",
    "link_ticket",
    "match_deadlines",
    "open_incident",
    "publish_rca",
    "read_term",
    "relapse",
    "require_summary",
    "restore",
    "revise_impact",
    "save_rca",
    "send_back_rca",
    "start_rca",
    "submit_rca",
    "sweep_incidents",
    "sweep_rca_terms",
    "tell_update",
    "withdraw_tenant",
    "write_summary",
]
