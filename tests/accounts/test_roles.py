"""Roles and permissions are data: each explained, each used, none invented beside the table."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from lynnsupport.accounts.domain.roles import (
    LYNN_ROLES,
    PARTNER_ROLES,
    PERMISSIONS,
    ROLES,
    STAFF_ROLES,
    Role,
    permissions_of,
)
from lynnsupport.accounts.models import User

CODE = ("lynnsupport", "sla", "tickets", "credits")
ASKED = (
    re.compile(r"""\bhas_perms?\(\s*[\[(]?\s*["']([^"']+)["']"""),
    re.compile(r"""\b\w*permission(?:_required)?\s*(?::\s*[\w| ]+)?[=(]\s*["']([^"']+)["']"""),
    re.compile(r"""\b_?require\w*\([^)]*?["']([a-z_]+\.[a-z_]+)["']"""),
)
ASKED_IN_TEMPLATES = (re.compile(r"\bperms\.([a-z_]+\.[a-z_]+)"),)

# Declared, and not asked for yet by the code that is to. This list only ever shrinks.
NOT_ASKED_YET: set[str] = set()


def asked_in(text, patterns=ASKED):
    return {name for pattern in patterns for name in pattern.findall(text)}


def asked_in_the_code():
    """Each permission that code or a template asks for, with the files that do."""
    found: dict[str, set[str]] = {}
    sources = [(path, ASKED) for folder in CODE for path in (settings.BASE_DIR / folder).rglob("*.py")]
    sources += [(path, ASKED_IN_TEMPLATES) for path in (settings.BASE_DIR / "templates").rglob("*.html")]
    for path, patterns in sources:
        for name in asked_in(Path(path).read_text(), patterns):
            found.setdefault(name, set()).add(str(path.relative_to(settings.BASE_DIR)))
    return found


def test_no_code_asks_for_a_permission_that_nobody_declares():
    assert {name: files for name, files in asked_in_the_code().items() if name not in PERMISSIONS} == {}


def test_every_declared_permission_is_asked_for():
    assert set(PERMISSIONS) - set(asked_in_the_code()) == NOT_ASKED_YET


@pytest.mark.parametrize(
    "source",
    [
        'user.has_perm("tickets.fly")',
        "user.has_perm(\n    'tickets.fly'\n)",
        'user.has_perms(["tickets.fly"])',
        'view_permission = "tickets.fly"',
        'change_permission: str | None = "tickets.fly"',
        '@permission_required("tickets.fly")',
        'PermissionRequiredMixin; permission_required = "tickets.fly"',
    ],
)
def test_the_search_finds_a_planted_permission(source):
    assert asked_in(source) == {"tickets.fly"}


def test_every_role_and_permission_is_explained_in_a_sentence():
    sentences = [rules.sentence for rules in ROLES.values()] + list(PERMISSIONS.values())
    assert [s for s in sentences if not re.fullmatch(r"[A-Z][^.]{15,}\.", s)] == []
    assert len(set(sentences)) == len(sentences)


def test_every_role_has_rules_and_a_name():
    assert set(ROLES) == set(Role)
    assert [value for value, _ in User.ROLE_LABELS] == [role.value for role in Role]


def test_every_role_is_of_one_side():
    assert set(Role) == PARTNER_ROLES | LYNN_ROLES
    assert set() == PARTNER_ROLES & LYNN_ROLES
    assert {Role.EXECUTIVE} == LYNN_ROLES - STAFF_ROLES


def test_roles_carry_declared_permissions_only():
    assert set().union(*(rules.permissions for rules in ROLES.values())) == set(PERMISSIONS)


def test_the_administrator_may_everything_and_an_unknown_role_nothing():
    assert permissions_of(Role.ADMINISTRATOR) == set(PERMISSIONS)
    assert permissions_of("root") == permissions_of("") == set()


# who may, beside the administrator
MAY = {
    "accounts.approve_partner": set(),
    "accounts.change_user": set(),
    "accounts.manage_colleagues": {Role.PARTNER_ADMIN},
    "accounts.change_directory": {Role.DESK_LEAD},
    "accounts.view_directory": {Role.DESK, Role.ENGINEER, Role.DESK_LEAD},
    "tickets.decide_severity": {Role.ENGINEER, Role.DESK_LEAD},  # SEV-4
    "incidents.view_incident": {Role.DESK, Role.ENGINEER, Role.DESK_LEAD},
    "incidents.decide_incident": {Role.ENGINEER, Role.DESK_LEAD},  # AVL-3
    "incidents.write_rca": {Role.ENGINEER, Role.DESK_LEAD},  # RCA-1
    "incidents.manage_monitors": set(),
    "tickets.escalate_ticket": {Role.PARTNER, Role.PARTNER_ADMIN},  # CON-2
    "tickets.answer_ticket": {Role.DESK, Role.ENGINEER, Role.DESK_LEAD},
}


@pytest.mark.parametrize(("permission", "roles"), MAY.items())
def test_who_may(permission, roles):
    carriers = {role for role in Role if permission in permissions_of(role)}
    assert carriers == roles | {Role.ADMINISTRATOR}


@pytest.mark.parametrize("role", sorted(Role))
def test_a_login_may_what_its_role_says_while_it_has_access(role):
    user = User(role=role)
    assert {name for name in PERMISSIONS if user.has_perm(name)} == permissions_of(role)
    assert user.has_perms(permissions_of(role))
    assert not user.has_perms([*permissions_of(role), "tickets.fly"])
    apps = {name.partition(".")[0] for name in permissions_of(role)}
    known = {name.partition(".")[0] for name in PERMISSIONS}
    assert {app for app in known if user.has_module_perms(app)} == apps
    user.is_active = False
    assert [name for name in PERMISSIONS if user.has_perm(name)] == []
    assert not user.has_module_perms("accounts")
