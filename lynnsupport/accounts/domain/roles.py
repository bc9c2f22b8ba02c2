"""Who may do what: roles and permissions as data, each with a sentence in plain words.

A permission is a string `app.action`. Those of Django's admin keep Django's form
(`tickets.view_ticket`); the acts of the product have names of their own (`tickets.decide_severity`).
Which *objects* a person sees is not decided here but in `accounts.access`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for the catalogue; it is translated where it is shown."""
    return sentence


class Role(StrEnum):
    PARTNER = "partner"
    PARTNER_ADMIN = "partner_admin"
    DESK = "desk"
    ENGINEER = "engineer"
    DESK_LEAD = "desk_lead"
    EXECUTIVE = "executive"
    ADMINISTRATOR = "administrator"


STAFF_ROLES = frozenset({Role.DESK, Role.ENGINEER, Role.DESK_LEAD, Role.ADMINISTRATOR})
PARTNER_ROLES = frozenset({Role.PARTNER, Role.PARTNER_ADMIN})
LYNN_ROLES = frozenset(Role) - PARTNER_ROLES

PERMISSIONS: Mapping[str, str] = {
    "tickets.open_ticket": "Open a ticket for one of their organisation's tenants.",
    "tickets.reply_as_customer": "Write on a ticket on the customer's side and add evidence.",
    "tickets.escalate_ticket": "Escalate a registered ticket, while designated for its customer.",
    "tickets.view_ticket": "Read tickets at the desk, internal notes included.",
    "tickets.change_ticket": "Correct what a ticket says.",
    "tickets.register_call": "Enter a telephone call, and a ticket that came by telephone.",
    "tickets.answer_ticket": "Answer the customer in the name of support.",
    "tickets.write_internal_note": "Write a note that only Lynn's people read.",
    "tickets.assign_ticket": "Decide who owns a ticket.",
    "tickets.decide_severity": "Decide the severity; the final word (SEV-4).",
    "tickets.decide_exclusion": "Decide and revert that no deadline applies (EXC-1 to EXC-3).",
    "tickets.change_state": "Ask the customer, wait for a provider, restore, propose, close, reopen.",
    "escalation.raise_escalation": "Escalate a ticket to the desk or to their executive (ESC-1, ESC-2).",
    "escalation.ask_priority": "Ask for a change of a ticket's priority (ESC-5).",
    "escalation.handle": "Acknowledge, comment, resolve or return what was escalated to them (ESC-8).",
    "escalation.answer": "Record and answer escalations at the desk (ESC-1, ESC-3).",
    "escalation.decide_priority": "Accept or decline a change of priority on their own cases (ESC-6).",
    "escalation.view_escalation": "Read every escalation and its course at the desk.",
    "tickets.view_reports": "Read how the promises were kept, by month, partner and customer.",
    "inbound.view_mail": "Read the mails that came in, those in quarantine included.",
    "inbound.decide_mail": "Release a mail from quarantine, link it to a contact, or reject it.",
    "credits.view_statements": "Read the availability of the tenants they see, and its statements.",
    "credits.claim_credit": "Claim a credit for a tenant of their organisation (CRD-2).",
    "credits.decide_claim": "Decide the credit claims of their partners and issue the notes (CRD-3).",
    "credits.record_evidence": "Record an announced downtime with its proof, and plan one (AVL-4).",
    "incidents.view_incident": "Read platform incidents and what monitors propose.",
    "incidents.change_incident": "Open incidents, correct their impact, link tickets, tell news, restore.",
    "incidents.decide_incident": "Decide whether the platform as a whole is down, and why (AVL-3).",
    "incidents.write_summary": "Write the summary of a case (RCA-2).",
    "incidents.write_rca": "Draft, approve and publish root cause analyses, each step by another (RCA-1).",
    "incidents.manage_monitors": "Register monitors and the addresses that the portal's own probe asks.",
    "sla.view_policy": "Read the policies, their versions and the calendars.",
    "sla.change_policy": "Write and publish policies and calendars.",
    "accounts.view_directory": "Read partners, customers, tenants, contracts and contacts.",
    "accounts.change_directory": "Change partners, customers, tenants, contracts and contacts.",
    "accounts.approve_partner": "Grant or withdraw a partner's commercial approval (SUP-4).",
    "accounts.change_user": "Give people access and take it away.",
    "accounts.manage_colleagues": "Give the people of their own organisation access and take it away.",
    "notices.view_notice": "Read every notice at the desk, drafts and deliveries included.",
    "notices.write_notice": "Write, send, correct and withdraw notices.",
    "notices.approve_notice": "Approve another person's notice to everyone (NOT-3).",
    "outbox.view_message": "See what was sent to whom and how it fared.",
    "outbox.replay_message": "Send a message again that was given up.",
}


@dataclass(frozen=True)
class RoleRules:
    """What a role is, in one sentence, and the permissions it carries."""

    sentence: str
    permissions: frozenset[str]


_CUSTOMER_SIDE = frozenset(
    {
        "tickets.open_ticket",
        "tickets.reply_as_customer",
        "tickets.escalate_ticket",
        "escalation.raise_escalation",
        "escalation.ask_priority",
        "credits.view_statements",
        "credits.claim_credit",
    }
)
_DESK = frozenset(
    {
        "tickets.view_ticket",
        "tickets.change_ticket",
        "tickets.register_call",
        "tickets.answer_ticket",
        "tickets.write_internal_note",
        "tickets.assign_ticket",
        "escalation.answer",
        "escalation.decide_priority",
        "escalation.view_escalation",
        "accounts.view_directory",
        "inbound.view_mail",
        "inbound.decide_mail",
        "credits.view_statements",
        "incidents.view_incident",
        "sla.view_policy",
        "notices.view_notice",
        "outbox.view_message",
    }
)
_INCIDENTS = {
    "incidents.change_incident",
    "incidents.decide_incident",
    "incidents.write_summary",
    "incidents.write_rca",
}
_ENGINEER = (
    _DESK
    | _INCIDENTS
    | {"tickets.decide_severity", "tickets.decide_exclusion", "tickets.change_state"}
    | {"notices.write_notice"}
    | {"credits.record_evidence"}
)
_DESK_LEAD = (
    _ENGINEER
    | {"accounts.change_directory", "outbox.replay_message", "tickets.view_reports"}
    | {"notices.approve_notice"}
)

ROLES: Mapping[Role, RoleRules] = {
    Role.PARTNER: RoleRules(
        gettext_noop("Raises and follows the tickets of their organisation."),
        _CUSTOMER_SIDE,
    ),
    Role.PARTNER_ADMIN: RoleRules(
        gettext_noop("Does the same and looks after their colleagues' access."),
        _CUSTOMER_SIDE | {"accounts.manage_colleagues"},
    ),
    Role.DESK: RoleRules(
        gettext_noop("First line: registers, numbers, triages and answers."),
        _DESK,
    ),
    Role.ENGINEER: RoleRules(
        gettext_noop("Owns cases; final authority on severity."),
        _ENGINEER,
    ),
    Role.DESK_LEAD: RoleRules(
        gettext_noop("Leads the desk; hears of every breach."),
        _DESK_LEAD,
    ),
    Role.EXECUTIVE: RoleRules(
        gettext_noop("Owns the relation with their partners and follows their tickets in the portal."),
        frozenset(
            {
                "tickets.view_reports",
                "escalation.handle",
                "credits.view_statements",
                "credits.decide_claim",
            }
        ),
    ),
    Role.ADMINISTRATOR: RoleRules(
        gettext_noop("Runs the installation: policies, calendars, people."),
        frozenset(PERMISSIONS),
    ),
}


def permissions_of(role: str) -> frozenset[str]:
    """The permissions that `role` carries; none for a role that is not declared."""
    rules = ROLES.get(role)  # type: ignore[call-overload]
    return rules.permissions if rules else frozenset()
