"""The settings of an installation: what is missing or wrong stops the start with its name."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import global_settings
from django.core.checks.registry import registry
from django.core.exceptions import ImproperlyConfigured

from lynnsupport.checks import CHECKS, problems
from lynnsupport.settings import embedded, reader
from lynnsupport.settings.embedded_key import EMBEDDED_SECRET_KEY

ROOT = Path(__file__).resolve().parents[2]
GOOD_SECRET = "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.fixture
def good(tmp_path):
    """An environment that starts: the example file with its blanks filled in."""
    lines = (ROOT / "deploy" / "portal.env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    files = tmp_path / "files"
    files.mkdir()
    return example | {
        "SECRET_KEY": GOOD_SECRET,
        "SMTP_PASSWORD": "una clave inventada",
        "METRICS_TOKEN": "un-testigo-inventado-de-mas-de-32-letras",
        "FILES_DIR": str(files),
    }


@pytest.fixture
def production(monkeypatch):
    """Loads the production settings under an environment, with Django's defaults below them."""

    def load(environment):
        for name in environment:
            monkeypatch.setenv(name, environment[name])
        names = runpy.run_module("lynnsupport.settings.production")
        own = {name: value for name, value in names.items() if name.isupper()}
        return SimpleNamespace(**{**vars(global_settings), **own})

    return load


def test_production_starts_with_the_example_filled_in(good, production):
    settings = production(good)

    assert settings.ALLOWED_HOSTS == ["soporte.example.com"]
    assert settings.CSRF_TRUSTED_ORIGINS == ["https://soporte.example.com"]
    assert settings.DATABASES["default"]["HOST"] == "127.0.0.1"
    assert settings.MAILERS["default"]["OPTIONS"]["timeout"] == 15
    assert settings.SECURE_PROXY_SSL_HEADER == ("HTTP_X_FORWARDED_PROTO", "https")
    assert problems(settings) == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", []),
        ("*", ["*"]),
        ("https://a.example, https://b.example:8443/", ["https://a.example", "https://b.example:8443"]),
    ],
)
def test_production_reads_who_may_read_the_notices(good, production, written, read):
    assert read == production(good | {"NOTICES_CORS_ORIGINS": written}).NOTICES_CORS_ORIGINS


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "PORTAL_BASE_URL",
        "DATABASE_URL",
        "BROKER_URL",
        "SMTP_SECURITY",
        "SMTP_HOST",
        "SMTP_USER",
        "SMTP_PASSWORD",
        "FILES_DIR",
        "METRICS_TOKEN",
    ],
)
@pytest.mark.parametrize("left_out", ["absent", "empty"])
def test_production_names_what_is_missing(good, production, monkeypatch, name, left_out):
    environment = {key: value for key, value in good.items() if key != name}
    monkeypatch.delenv(name, raising=False)
    if left_out == "empty":
        environment[name] = ""

    with pytest.raises(ImproperlyConfigured, match=f"^{name} is not set"):
        production(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "ab" * 40),
        ("SECRET_KEY", EMBEDDED_SECRET_KEY),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "soporte.example.com,.example.com"),
        ("ALLOWED_HOSTS", "*.example.com"),
        ("ALLOWED_HOSTS", "https://soporte.example.com"),
        ("ALLOWED_HOSTS", "soporte.example.com:443"),
        ("ALLOWED_HOSTS", ","),
        ("PORTAL_BASE_URL", "http://soporte.example.com"),
        ("PORTAL_BASE_URL", "soporte.example.com"),
        ("PORTAL_BASE_URL", "https://soporte.example.com/portal"),
        ("NOTICES_CORS_ORIGINS", "http://admin.example.com"),
        ("NOTICES_CORS_ORIGINS", "https://admin.example.com,*"),
        ("NOTICES_CORS_ORIGINS", "https://admin.example.com/feed"),
        ("TRUSTED_PROXY_HOPS", "one"),
        ("TRUSTED_PROXY_HOPS", "-1"),
        ("TRUSTED_PROXY_HOPS", "9"),
        ("DATABASE_URL", "sqlite:///portal.sqlite3"),
        ("DATABASE_URL", "postgres://portal@127.0.0.1:port/portal"),
        ("DATABASE_URL", "postgres://127.0.0.1/"),
        ("DATABASE_STATEMENT_TIMEOUT_SECONDS", "0"),
        ("BROKER_URL", "amqp://127.0.0.1"),
        ("BROKER_URL", "redis://"),
        ("BROKER_URL", "redis://127.0.0.1:6379"),
        ("SMTP_SECURITY", "none"),
        ("SMTP_PORT", "mail"),
        ("SMTP_PORT", "70000"),
        ("SMTP_TIMEOUT_SECONDS", "60"),
        ("FILES_DIR", "files"),
        ("FILES_DIR", "/nowhere/that/exists"),
        ("METRICS_TOKEN", "short"),
        ("HSTS_SECONDS", "0"),
        ("STAFF_MFA_REQUIRED", "perhaps"),
    ],
)
def test_production_names_what_is_wrong(good, production, name, value):
    with pytest.raises(ImproperlyConfigured, match=f"^{name}\\b") as refusal:
        production(good | {name: value})

    if name in {"SECRET_KEY", "METRICS_TOKEN"}:
        assert value not in str(refusal.value)


def test_secret_that_begins_with_a_dollar_is_taken_as_it_stands(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "$" + GOOD_SECRET)

    assert reader.secret("SECRET_KEY", minimum=50) == "$" + GOOD_SECRET


def test_every_variable_of_production_is_in_the_example_and_in_the_readme():
    settings = (ROOT / "lynnsupport/settings/production.py").read_text()
    read = set(re.findall(r"""\(\s*(?:env\.\w+, )?"([A-Z_]+)"[,)]""", settings)) - {"HTTP_X_FORWARDED_PROTO"}
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / "deploy/portal.env.example").read_text(), re.M))
    readme = set(re.findall(r"`([A-Z_]+)`", (ROOT / "README.md").read_text()))

    assert example - {"DJANGO_SETTINGS_MODULE"} == read
    assert read - readme == set()


# --- our own deploy checks: each turns red when its guard is taken away ---


def _with(settings, **changes):
    return SimpleNamespace(**{**vars(settings), **changes})


def _database_without(settings, option):
    database = dict(settings.DATABASES["default"])
    options = dict(database["OPTIONS"])
    options.pop(option, None)
    options["options"] = re.sub(rf"-c {option}=\S+", "", options["options"])
    return _with(settings, DATABASES={"default": database | {"OPTIONS": options}})


def _mail_with(settings, **options):
    mailer = settings.MAILERS["default"]
    return _with(settings, MAILERS={"default": mailer | {"OPTIONS": mailer["OPTIONS"] | options}})


def _broker_with(settings, **options):
    return _with(settings, CELERY_BROKER_TRANSPORT_OPTIONS=settings.CELERY_BROKER_TRANSPORT_OPTIONS | options)


BROKEN = [
    ("portal.E001", lambda s: _with(s, ALLOWED_HOSTS=["*", "soporte.example.com"])),
    ("portal.E001", lambda s: _with(s, ALLOWED_HOSTS=[".example.com", "soporte.example.com"])),
    ("portal.E001", lambda s: _with(s, USE_X_FORWARDED_HOST=True)),
    ("portal.E002", lambda s: _with(s, DEBUG=True)),
    ("portal.E003", lambda s: _with(s, SECRET_KEY=EMBEDDED_SECRET_KEY)),
    ("portal.E003", lambda s: _with(s, SECRET_KEY_FALLBACKS=[EMBEDDED_SECRET_KEY])),
    ("portal.E004", lambda s: _with(s, DATABASES=embedded.DATABASES)),
    ("portal.E004", lambda s: _database_without(s, "statement_timeout")),
    ("portal.E004", lambda s: _database_without(s, "lock_timeout")),
    ("portal.E004", lambda s: _database_without(s, "idle_in_transaction_session_timeout")),
    ("portal.E004", lambda s: _database_without(s, "connect_timeout")),
    (
        "portal.E004",
        lambda s: _with(s, DATABASES={"default": s.DATABASES["default"] | {"CONN_HEALTH_CHECKS": False}}),
    ),
    ("portal.E005", lambda s: _broker_with(s, socket_timeout=None)),
    ("portal.E005", lambda s: _broker_with(s, socket_connect_timeout=None)),
    ("portal.E006", lambda s: _with(s, CELERY_TASK_SOFT_TIME_LIMIT=s.CELERY_TASK_TIME_LIMIT)),
    ("portal.E006", lambda s: _with(s, CELERY_TASK_TIME_LIMIT=10_000)),
    ("portal.E006", lambda s: _broker_with(s, visibility_timeout=200)),
    ("portal.E007", lambda s: _mail_with(s, timeout=None)),
    ("portal.E007", lambda s: _mail_with(s, timeout=300)),
    ("portal.E007", lambda s: _mail_with(s, use_tls=False, use_ssl=False)),
    ("portal.E008", lambda s: _with(s, STAFF_MFA_REQUIRED=False)),
    ("portal.E008", lambda s: _with(s, ACCOUNT_RATE_LIMITS=False)),
    ("portal.E008", lambda s: _with(s, ALLOW_SAMPLE_DATA=True)),
    (
        "portal.E009",
        lambda s: _with(s, CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}),
    ),
    ("portal.E010", lambda s: _with(s, PORTAL_BASE_URL="http://soporte.example.com")),
    ("portal.E010", lambda s: _with(s, PORTAL_BASE_URL="https://elsewhere.example.com")),
    ("portal.E011", lambda s: _with(s, TRUSTED_PROXY_HOPS=0, ALLAUTH_TRUSTED_PROXY_COUNT=0)),
    ("portal.E011", lambda s: _with(s, ALLAUTH_TRUSTED_PROXY_COUNT=3)),
    ("portal.E012", lambda s: _with(s, MEDIA_URL="/media/")),
    ("portal.E012", lambda s: _with(s, ATTACHMENT_MAX_BYTES=0)),
    ("portal.E013", lambda s: _with(s, METRICS_TOKEN="")),
]


@pytest.mark.parametrize(("number", "break_it"), BROKEN)
def test_deploy_check_sees_what_is_broken(good, production, number, break_it):
    settings = break_it(production(good))

    assert {problem.id for problem in problems(settings)} == {number}


def test_every_deploy_check_has_a_negative_control():
    assert {number for number, _ in BROKEN} == set(CHECKS)


def _manage(*arguments, environment):
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.database
def test_check_deploy_finds_nothing_in_production(good):
    server = os.environ.get("DATABASE_URL")
    # a model's generated column makes the checks of models ask the server for its version
    asked = registry.tags_available(deployment_checks=True) - (set() if server else {"models"})
    tags = [word for tag in sorted(asked) for word in ("--tag", tag)]
    environment = good | ({"DATABASE_URL": server} if server else {})

    result = _manage("check", "--deploy", *tags, "--fail-level", "DEBUG", environment=environment)

    assert (result.returncode, result.stderr) == (0, "")


def test_start_is_refused_with_the_embedded_key(good):
    result = _manage("check", environment=good | {"SECRET_KEY": EMBEDDED_SECRET_KEY})

    assert result.returncode != 0
    assert "SECRET_KEY is the key of the embedded settings" in result.stderr


# --- the embedded settings ---


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("127.0.0.1", 200), ("soporte.example.com", 400), ("192.0.2.7", 400)],
)
@pytest.mark.django_db
def test_embedded_settings_answer_this_machine_only(client, settings, host, status):
    settings.ALLOWED_HOSTS = embedded.ALLOWED_HOSTS

    assert client.get("/health/live", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("[::1]", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("192.168.1.2", False),
        ("localhost.example.com", False),
    ],
)
def test_loopback_is_this_machine_and_nothing_else(host, expected):
    assert reader.is_loopback(host) is expected


# --- the guard that keeps the tests on this machine ---


def test_a_test_that_leaves_this_machine_fails():
    import socket

    with pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(RuntimeError, match=r"example\.com"):
        socket.getaddrinfo("example.com", 80)
