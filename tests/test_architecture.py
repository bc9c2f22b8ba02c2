"""Who may look at whom, read from the imports. Each rule is shown to fail on a planted violation."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("lynnsupport", "tickets", "sla", "credits")

# Left to right, or top to bottom: an app may import those after its own group, never its neighbours in it.
TOP = "the top of lynnsupport"
LAYERS: list[set[str]] = [
    {TOP},  # lynnsupport's own files and the portal
    {"credits"},
    {"tickets.escalation", "tickets.incidents", "tickets.cooperation", "tickets.inbound"},
    {"tickets"},
    {"sla"},
    {"lynnsupport.notices"},
    {"lynnsupport.outbox"},
    {"lynnsupport.accounts"},
    {"lynnsupport.common", "lynnsupport.settings"},
]
RANK = {app: rank for rank, apps in enumerate(LAYERS) for app in apps}

# Inside an app: interfaces → operations → queries → models → domain. A module of another name is what uses it
# makes it: a helper, bound like operations, where one of these four loads it; else an interface.
INTERFACES = {
    "admin",
    "apps",
    "context",
    "filters",
    "forms",
    "management",
    "middleware",
    "tasks",
    "templatetags",
    "urls",
    "views",
}
MAY_NOT_IMPORT = {
    "domain": {*INTERFACES, "operations", "queries", "models", "helper"},
    "models": {*INTERFACES, "operations", "queries"},
    "queries": {*INTERFACES, "operations"},
    "operations": INTERFACES,
    "helper": INTERFACES,
}

# The domain is pure: no framework, no clock, no input or output.
IMPURE = {
    *("allauth", "asyncio", "celery", "crispy_forms", "django", "django_filters", "http", "kombu", "os"),
    *("psycopg", "random", "redis", "secrets", "simple_history", "socket", "structlog", "subprocess", "time"),
}
CLOCK = "lynnsupport.common.clock"
CLOCK_CALLS = {"now", "utcnow", "today"}


@dataclass(frozen=True)
class Import:
    """One import as it stands: in which module, of which, and whether when that module is loaded."""

    importer: str
    imported: str
    line: int
    at_load: bool


def modules(root: Path) -> dict[str, Path]:
    """Every module of the product's packages by its dotted name; migrations left out."""
    found = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            if "migrations" not in parts:
                found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imports(root: Path) -> Iterator[Import]:
    known = modules(root)
    for name, path in known.items():
        tree = ast.parse(path.read_text())
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        at_load = {id(node) for node in _outside_functions(tree)}
        for node in ast.walk(tree):
            for imported in _imported(node, package, known):
                yield Import(name, imported, node.lineno, id(node) in at_load)


def _outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _outside_functions(child)


def _imported(node: ast.AST, package: str, known: dict[str, Path]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*above, node.module] if node.module else above)
        for alias in node.names:
            deeper = f"{base}.{alias.name}"
            yield deeper if deeper in known or base in {"lynnsupport", "django.db.models"} else base


def app_of(module: str) -> str | None:
    """The app that a module belongs to; None for what is not ours."""
    if module.split(".")[0] not in PACKAGES:
        return None
    fitting = [app for app in RANK if f"{module}.".startswith(f"{app}.")]
    return max(fitting, key=len, default=TOP)


def kind_of(module: str, app: str) -> str:
    if app in {TOP, "lynnsupport.settings", "lynnsupport.common"}:
        return "portal"
    inner = module.removeprefix(app).lstrip(".").split(".")[0]
    return inner if inner in MAY_NOT_IMPORT or inner in INTERFACES else "helper"


def helpers(found: list[Import]) -> set[str]:
    """The modules that domain, models, queries or operations load, directly or through one another."""
    loads: dict[str, set[str]] = {}
    for one in found:
        if one.at_load and app_of(one.importer) == app_of(one.imported):
            loads.setdefault(one.importer, set()).add(one.imported)
    reached: set[str] = set()
    ahead = [name for name in loads if kind_of(name, app_of(name)) in MAY_NOT_IMPORT.keys() - {"helper"}]
    while ahead:
        for name in loads.get(ahead.pop(), set()) - reached:
            if kind_of(name, app_of(name)) not in INTERFACES:
                reached.add(name)
                ahead.append(name)
    return reached


def violations(root: Path) -> list[str]:
    """Each broken rule as `module:line why`, sorted."""
    all_imports = list(imports(root))
    helping = helpers(all_imports)
    found = {problem for one in all_imports for problem in _wrong(one, helping)}
    for name, path in modules(root).items():
        found.update(_clock_calls(name, ast.parse(path.read_text())))
    return sorted(found)


def _wrong(one: Import, helping: set[str]) -> Iterator[str]:
    where = f"{one.importer}:{one.line}"
    importer, imported = app_of(one.importer), app_of(one.imported)
    inner = kind_of(one.importer, importer)
    if inner == "helper" and one.importer not in helping:
        inner = "interface"
    if one.imported.startswith(("django.db.models.signals", "django.dispatch")):
        yield f"{where} uses signals; one app calls another, or sweeps its rows"
    if inner == "domain" and one.imported.split(".")[0] in IMPURE:
        yield f"{where} is domain and imports {one.imported}"
    if one.imported == CLOCK and inner in MAY_NOT_IMPORT:
        yield f"{where} reads the clock; `now` comes in as an argument"
    if imported is None:
        return
    if importer == imported:
        wanted = kind_of(one.imported, imported)
        if one.at_load and wanted in MAY_NOT_IMPORT.get(inner, ()):
            yield f"{where} is {inner} and imports {wanted} ({one.imported})"
    elif RANK[imported] <= RANK[importer]:
        yield f"{where} belongs to {importer} and imports {one.imported} of {imported}"


def _clock_calls(name: str, tree: ast.AST) -> Iterator[str]:
    if name == CLOCK:
        return
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in CLOCK_CALLS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in {"datetime", "date", "timezone"}
        ):
            yield f"{name}:{node.lineno} reads the clock; only {CLOCK} does"


def test_nobody_looks_the_wrong_way():
    assert violations(ROOT) == []


def test_the_whole_product_is_read():
    names = modules(ROOT)

    assert {app_of(name) for name in names} <= RANK.keys()
    assert {
        "lynnsupport.common.clock",
        "lynnsupport.accounts.models",
        "sla.domain.business_time",
    } <= names.keys()
    assert len(list(imports(ROOT))) > 200


@pytest.mark.parametrize(
    ("path", "line", "complaint"),
    [
        (
            "sla/queries.py",
            "from tickets.models import Ticket",
            "sla.queries:1 belongs to sla and imports tickets.models of tickets",
        ),
        (
            "sla/queries.py",
            "def late():\n    from tickets.models import Ticket",
            "sla.queries:2 belongs to sla and imports tickets.models of tickets",
        ),
        (
            "lynnsupport/common/dates.py",
            "import lynnsupport.accounts.models",
            "lynnsupport.common.dates:1 belongs to lynnsupport.common and imports lynnsupport.accounts.models"
            " of lynnsupport.accounts",
        ),
        (
            "lynnsupport/accounts/models.py",
            "from lynnsupport import celery",
            "lynnsupport.accounts.models:1 belongs to lynnsupport.accounts and imports lynnsupport.celery"
            f" of {TOP}",
        ),
        (
            "lynnsupport/accounts/models.py",
            "from ..portal import queries",
            "lynnsupport.accounts.models:1 belongs to lynnsupport.accounts and imports lynnsupport.portal"
            f" of {TOP}",
        ),
        (
            "tickets/inbound/operations.py",
            "from tickets.escalation.models import Escalation",
            "tickets.inbound.operations:1 belongs to tickets.inbound and imports tickets.escalation.models"
            " of tickets.escalation",
        ),
        (
            "tickets/models.py",
            "from tickets.inbound.models import RawMail",
            "tickets.models:1 belongs to tickets and imports tickets.inbound.models of tickets.inbound",
        ),
        (
            "sla/domain/targets.py",
            "from django.utils import timezone",
            "sla.domain.targets:1 is domain and imports django.utils",
        ),
        (
            "sla/domain/targets.py",
            "from ..models import SlaPolicy",
            "sla.domain.targets:1 is domain and imports models (sla.models)",
        ),
        (
            "sla/domain/targets.py",
            "from lynnsupport.common.clock import now",
            "sla.domain.targets:1 reads the clock; `now` comes in as an argument",
        ),
        (
            "sla/operations.py",
            "from lynnsupport.common.clock import now",
            "sla.operations:1 reads the clock; `now` comes in as an argument",
        ),
        (
            "sla/views.py",
            "from datetime import datetime, UTC\nat = datetime.now(UTC)",
            f"sla.views:2 reads the clock; only {CLOCK} does",
        ),
        (
            "tickets/models.py",
            "from .operations import open_ticket",
            "tickets.models:1 is models and imports operations (tickets.operations)",
        ),
        (
            "tickets/queries.py",
            "from .operations import open_ticket",
            "tickets.queries:1 is queries and imports operations (tickets.operations)",
        ),
        (
            "tickets/operations/intake.py",
            "from ..views import detail",
            "tickets.operations.intake:1 is operations and imports views (tickets.views)",
        ),
        (
            "tickets/notifications.py",  # operations load it
            "from .forms import TicketForm",
            "tickets.notifications:1 is helper and imports forms (tickets.forms)",
        ),
        (
            "tickets/notifications.py",
            "from lynnsupport.common.clock import now",
            "tickets.notifications:1 reads the clock; `now` comes in as an argument",
        ),
        (
            "tickets/apps.py",
            "from django.db.models.signals import post_save",
            "tickets.apps:1 uses signals; one app calls another, or sweeps its rows",
        ),
        (
            "tickets/apps.py",
            "from django.db.models import signals",
            "tickets.apps:1 uses signals; one app calls another, or sweeps its rows",
        ),
    ],
)
def test_a_planted_violation_is_seen(tmp_path, path, line, complaint):
    _write(tmp_path / "tickets/operations/__init__.py", "from tickets import notifications")
    for module in ("tickets/notifications.py", "tickets/views.py", "tickets/forms.py", "sla/models.py"):
        _write(tmp_path / module, "")
    _write(tmp_path / path, line)

    assert violations(tmp_path) == [complaint]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("tickets/views.py", "from lynnsupport.common.clock import now\nfrom .operations import open_ticket"),
        ("tickets/operations.py", "from sla.queries import agreement_for\nfrom . import queries, models"),
        ("tickets/inbound/operations.py", "from tickets.operations import open_ticket"),
        ("tickets/desk_forms.py", "from .forms import TicketForm\nfrom lynnsupport.common.clock import now"),
        ("lynnsupport/urls.py", "import tickets.views, sla.models, lynnsupport.portal.health"),
        (
            "lynnsupport/portal/home.py",
            "from tickets.queries import visible_to\nfrom lynnsupport import checks",
        ),
        ("lynnsupport/outbox/nudge.py", "def ring():\n    from .tasks import deliver"),
        (
            "sla/domain/targets.py",
            "from lynnsupport.common.intervals import Interval\nfrom .business_time import add",
        ),
    ],
)
def test_what_is_allowed_passes(tmp_path, path, line):
    _write(tmp_path / path, line)

    assert violations(tmp_path) == []


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
