"""Every address of the URL map, asked by strangers, by people of another partner and by its own.

An address that is not declared here fails the first test. What names an object answers a foreign one exactly
like an absent one; a foreign id in an address never writes. The world is the sample data: two partners, each
with tickets, incidents, statements and claims, and one escalated.
"""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from credits.models import Claim, CreditNote
from lynnsupport.accounts.models import User
from lynnsupport.notices.models import Notice
from tickets.cooperation.models import RemoteAccess
from tickets.escalation.models import Escalation
from tickets.incidents.models import Incident
from tickets.models import Ticket

# Whoever knows the address may ask: nothing there is about anybody.
PUBLIC = {
    *("account_login", "account_inactive", "account_logout", "account_reset_password"),
    *("account_reset_password_done", "account_reset_password_from_key"),
    *("account_reset_password_from_key_done", "mfa_authenticate"),
    *("health_live", "health_ready", "metrics", "gallery"),
    *("notices:archive", "notices:atom", "notices:calendar", "notices:feed", "notices:summary"),
    "notices:detail",
    *("notices:decline", "notices:tenant_calendar", "notices:tenant_feed"),  # by a signed or secret address
    *("monitors:alertmanager", "monitors:uptime_kuma"),  # by a monitor's token
    *("test_mail:list", "test_mail:mail", "test_mail:html"),  # only in the embedded portal
    "invitation",  # by its own secret
}
# A login is needed; what is shown is the reader's own.
OWN = {
    *("home", "account_profile", "account_change_password", "account_reauthenticate", "mfa_reauthenticate"),
    *("mfa_index", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes"),
    *("mfa_generate_recovery_codes", "mfa_download_recovery_codes"),
    *("tickets:list", "tickets:new", "tickets:draft", "tickets:advice"),
    *("escalation:queue", "escalation:deputies", "cooperation:contacts"),
    *("credits:overview", "credits:plan", "credits:claims", "credits:ledger_csv", "credits:ledger_json"),
    *("incidents:list", "reports:month", "reports:csv"),
    *("notices:choices", "notices:new_address"),
    *("colleagues", "invite"),
}
# It names an object: which of its arguments, and how one of them reads for an object of somebody.
ABOUT_A_TICKET = {
    *("tickets:detail", "tickets:reply", "tickets:escalate", "tickets:accept", "tickets:dispute"),
    *("tickets:receipt", "tickets:receipt_json", "tickets:attachment"),
    *("escalation:ways", "escalation:desk", "escalation:executive", "escalation:priority"),
    *("cooperation:answer", "cooperation:access", "cooperation:decide_access", "cooperation:revoke_access"),
}
