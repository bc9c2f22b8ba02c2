"""What `check --deploy` of Django does not see, as errors: each names the setting and what would be right.

Registered when the portal's app is ready; run before every start in production (deploy/).
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from urllib.parse import urlsplit

from django.core.checks import Error, Tags, register

from lynnsupport.settings.embedded_key import EMBEDDED_SECRET_KEY

DATABASE_TIMEOUTS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
CACHES_OF_ONE_PROCESS = ("locmem.LocMemCache", "dummy.DummyCache")


def _hosts(settings) -> Iterator[str]:
    if not settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS is empty."
    for host in settings.ALLOWED_HOSTS:
        if "*" in host or host.startswith("."):
            yield f"ALLOWED_HOSTS holds the wildcard «{host}»; write exact names."
    if settings.USE_X_FORWARDED_HOST:
        yield "USE_X_FORWARDED_HOST believes a header that anyone can send."


def _debug(settings) -> Iterator[str]:
    if settings.DEBUG:
        yield "DEBUG is on."


def _key(settings) -> Iterator[str]:
    if EMBEDDED_SECRET_KEY in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        yield "SECRET_KEY is the published key of the embedded settings."


def _database(settings) -> Iterator[str]:
    database = settings.DATABASES["default"]
    if database["ENGINE"] != "django.db.backends.postgresql":
        yield "DATABASES: the portal runs on PostgreSQL."
        return
    options = database.get("OPTIONS", {})
    for timeout in DATABASE_TIMEOUTS:
        if f"{timeout}=" not in options.get("options", ""):
            yield f"DATABASES sets no {timeout}."
    if not options.get("connect_timeout"):
        yield "DATABASES sets no connect_timeout."
    if not database.get("CONN_HEALTH_CHECKS"):
        yield "DATABASES: CONN_HEALTH_CHECKS is off; a restart of the server would fail requests."


def _broker(settings) -> Iterator[str]:
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    for timeout in ("socket_timeout", "socket_connect_timeout"):
        if not options.get(timeout):
            yield f"CELERY_BROKER_TRANSPORT_OPTIONS sets no {timeout}; a frozen broker would hold requests."


def _work_limits(settings) -> Iterator[str]:
    steps = {
        "CELERY_TASK_SOFT_TIME_LIMIT": settings.CELERY_TASK_SOFT_TIME_LIMIT,
        "CELERY_TASK_TIME_LIMIT": settings.CELERY_TASK_TIME_LIMIT,
        "OUTBOX_LEASE_SECONDS": settings.OUTBOX_LEASE_SECONDS,
        "visibility_timeout": settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("visibility_timeout", 0),
    }
    if not all(shorter < longer for shorter, longer in pairwise(steps.values())):
        shown = " < ".join(f"{name} ({value})" for name, value in steps.items())
        yield f"These must grow in this order, or work is done twice: {shown}."


def _mail(settings) -> Iterator[str]:
    options = settings.MAILERS["default"].get("OPTIONS", {})
    if not 10 <= (options.get("timeout") or 0) <= 20:
        yield "MAILERS: timeout must be from 10 to 20 seconds; without one a silent server holds a worker."
    if not (options.get("use_tls") or options.get("use_ssl")):
        yield "MAILERS: mail would leave unencrypted."


def _people(settings) -> Iterator[str]:
    if not settings.STAFF_MFA_REQUIRED:
        yield "STAFF_MFA_REQUIRED is off; the desk would open with a password alone."
    if getattr(settings, "ACCOUNT_RATE_LIMITS", None) is False:
        yield "ACCOUNT_RATE_LIMITS is off; passwords could be tried without end."
    if settings.ALLOW_SAMPLE_DATA:
        yield "ALLOW_SAMPLE_DATA is on; sample people log in with a published password."


def _shared_counts(settings) -> Iterator[str]:
    backend = settings.CACHES["default"]["BACKEND"]
    if backend.endswith(CACHES_OF_ONE_PROCESS):
        yield f"CACHES: {backend} is not shared by web's processes; each would count failed logins by itself."


def _address(settings) -> Iterator[str]:
    base = urlsplit(settings.PORTAL_BASE_URL)
    if base.scheme != "https":
        yield "PORTAL_BASE_URL: links in mails must begin with https://."
    if base.hostname not in settings.ALLOWED_HOSTS:
        yield f"PORTAL_BASE_URL: {base.hostname} is not among ALLOWED_HOSTS."


def _proxies(settings) -> Iterator[str]:
    if settings.SECURE_PROXY_SSL_HEADER and not settings.TRUSTED_PROXY_HOPS:
        yield "SECURE_PROXY_SSL_HEADER is believed, but TRUSTED_PROXY_HOPS counts no proxy."
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT != settings.TRUSTED_PROXY_HOPS:
        yield "ALLAUTH_TRUSTED_PROXY_COUNT differs from TRUSTED_PROXY_HOPS."


def _files(settings) -> Iterator[str]:
    if settings.MEDIA_URL not in ("", "/"):
        yield "MEDIA_URL is set; files leave only through a permission check."
    if not 0 < settings.ATTACHMENT_MAX_BYTES <= 100 * 1024 * 1024:
        yield "ATTACHMENT_MAX_BYTES must be from 1 byte to 100 MiB."


def _watching(settings) -> Iterator[str]:
    if len(settings.METRICS_TOKEN) < 32:
        yield "METRICS_TOKEN has fewer than 32 characters."


CHECKS: dict[str, Callable[..., Iterator[str]]] = {
    "portal.E001": _hosts,
    "portal.E002": _debug,
    "portal.E003": _key,
    "portal.E004": _database,
    "portal.E005": _broker,
    "portal.E006": _work_limits,
    "portal.E007": _mail,
    "portal.E008": _people,
    "portal.E009": _shared_counts,
    "portal.E010": _address,
    "portal.E011": _proxies,
    "portal.E012": _files,
    "portal.E013": _watching,
}


def problems(settings) -> list[Error]:
    """Everything wrong with `settings` for an installation that others can reach."""
    return [Error(text, id=number) for number, check in CHECKS.items() for text in check(settings)]


@register(Tags.security, deploy=True)
def check_deployment(app_configs, **kwargs) -> list[Error]:
    from django.conf import settings

    return problems(settings)
