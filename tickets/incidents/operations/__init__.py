"""What may be done with incidents: one function per act, each one transaction."""

from .affected import add_tenants, join_new_tenants, withdraw_tenant
from .impact import decide, revise_impact
from .links import link_ticket
from .opening import open_incident
from .restoring import Restored, close, relapse, restore
from .summaries import require_summary, write_summary
from .updates import tell_update

__all__ = [
    "Restored",
    "add_tenants",
    "close",
    "decide",
    "join_new_tenants",
    "link_ticket",
    "open_incident",
    "relapse",
    "require_summary",
    "restore",
    "revise_impact",
    "tell_update",
    "withdraw_tenant",
    "write_summary",
]
