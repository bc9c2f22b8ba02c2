"""What every test stands on: no network beyond this machine, a fresh cache, browsers only where asked."""

import os
import shutil
import socket
import threading
from contextlib import ExitStack

import hypothesis
import pytest
from django.core.cache import cache

from lynnsupport.settings.reader import is_loopback
from tests.schema import kept_schema

# a machine that is busy with something else is no counter-example
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
DATABASE_FIXTURES = {"db", "transactional_db"}
MUST_NOT_SKIP = os.environ.get("CI") == "true"


class NetworkForbidden(RuntimeError):
    """A test tried to reach another machine."""


def _allow_only_loopback(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name not in (None, "") and not is_loopback(str(name)):
        raise NetworkForbidden(f"A test tried to reach {name}; only this machine is allowed.")


def _guarded(method):
    def guard(self, address, *rest):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _allow_only_loopback(address[0])
        return method(self, address, *rest)

    return guard


def _guarded_lookup(host, *args, **kwargs):
    _allow_only_loopback(host)
    return _lookup(host, *args, **kwargs)


_lookup = socket.getaddrinfo


def chromium_path() -> str | None:
    """Where the installed browser is, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def pytest_configure(config):
    socket.socket.connect = _guarded(socket.socket.connect)
    socket.socket.connect_ex = _guarded(socket.socket.connect_ex)
    socket.getaddrinfo = _guarded_lookup


def pytest_itemcollected(item):
    if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(item.fixturenames):
        item.add_marker("database")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    _require_or_skip(items, "browser", chromium_path(), "Chromium (apt-get install chromium)")
    _require_or_skip(items, "pdf", *_renders_pdf(items))
    _require_or_skip(items, "redis", shutil.which("redis-server"), "Redis (apt-get install redis-server)")
    # Playwright leaves its event loop in the process: what it drives comes last.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def _renders_pdf(items):
    """Whether WeasyPrint can be loaded, which takes a second; and what it takes where it cannot."""
    what = "WeasyPrint (the extra «pdf»; apt-get install libpangoft2-1.0-0 libharfbuzz-subset0)"
    if not any(item.get_closest_marker("pdf") for item in items):
        return True, what
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):  # OSError: pango is missing
        return False, what
    return True, what


def _require_or_skip(items, marker, found, what):
    marked = [item for item in items if item.get_closest_marker(marker)]
    if found or not marked:
        return
    if MUST_NOT_SKIP:
        raise pytest.UsageError(f"{len(marked)} tests need {what}, and CI may not skip them.")
    for item in marked:
        item.add_marker(pytest.mark.skip(reason=f"needs {what}"))


@pytest.fixture(autouse=True)
def _fresh_cache():
    """Failed logins counted in one test must not lock out the next."""
    cache.clear()


@pytest.fixture(scope="session")
def _schema_is_kept(pytestconfig, tmp_path_factory):
    """Open while the database is made: restored if it was made before, else kept for the next run."""
    cache_of_runs = getattr(pytestconfig, "cache", None)  # absent with -p no:cacheprovider
    folder = cache_of_runs.mkdir("schema") if cache_of_runs else tmp_path_factory.mktemp("schema")
    with ExitStack() as making:
        making.enter_context(kept_schema(folder))
        yield making


@pytest.fixture(scope="session")
def django_db_setup(_schema_is_kept, django_db_setup):
    _schema_is_kept.close()


@pytest.fixture(scope="session", autouse=True)
def _database_before_the_browser(request):
    """Made before Playwright starts its loop, also where only browser tests are run."""
    if any(item.get_closest_marker("browser") for item in request.session.items):
        request.getfixturevalue("django_db_setup")


@pytest.fixture(autouse=True)
def _database_beside_the_browser(request):
    if request.node.get_closest_marker("browser"):
        # Playwright's loop stays in this thread to the end; Django would take us for an async caller
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {
        "executable_path": chromium_path(),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture
def listener():
    """A port of this machine, and how many connected to it; each is hung up on."""
    server = socket.create_server(("127.0.0.1", 0))
    connected = []

    def count():
        while True:
            try:
                caller, address = server.accept()
            except OSError:
                return
            connected.append(address)
            caller.close()

    threading.Thread(target=count, daemon=True).start()
    yield server.getsockname()[1], connected
    server.close()
