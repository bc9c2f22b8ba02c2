"""Typed reading of environment variables: a missing or bad value stops the start with its name.

Every kind raises `ImproperlyConfigured` whose text begins with, or holds, the variable's name and says what
would be right. Secrets are never repeated in it.
"""

import os
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def read[T](kind: Callable[..., T], name: str, **options: object) -> T:
    """The variable `name` read by `kind` (a method of `env`), or ImproperlyConfigured naming it."""
    try:
        return kind(name, **options)
    except ImproperlyConfigured:
        raise
    except Exception as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


def text(name: str) -> str:
    """The variable as it stands, not empty. (`env.str` would follow a leading «$» to another variable.)"""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set.")
    return value


def secret(name: str, *, minimum: int, refused: tuple[str, ...] = ()) -> str:
    """A secret of at least `minimum` characters that is none of the published ones in `refused`."""
    value = text(name)
    if value in refused:
        raise ImproperlyConfigured(f"{name} is the key of the embedded settings, which everybody can read.")
    if len(value) < minimum:
        raise ImproperlyConfigured(f"{name} has {len(value)} characters; it needs at least {minimum}.")
    if len(set(value)) < 5:
        raise ImproperlyConfigured(f"{name} repeats the same few characters; use a random one.")
    return value


def whole_number(name: str, *, default: int, least: int = 0, most: int | None = None) -> int:
    """An integer from `least` to `most`, both included."""
    value: int = read(env.int, name, default=default)
    if value < least or (most is not None and value > most):
        upper = "" if most is None else f" to {most}"
        raise ImproperlyConfigured(f"{name} is {value}; it may be from {least}{upper}.")
    return value


def yes_or_no(name: str, *, default: bool) -> bool:
    """A boolean; a word that is neither is refused rather than taken for «no»."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is neither true nor false.")


def one_of(name: str, *choices: str) -> str:
    """One of the named choices."""
    value = text(name)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of: {', '.join(choices)}.")
    return value


def exact_hosts(name: str) -> list[str]:
    """Host names separated by commas, each written out: no wildcard, no leading dot, no scheme or port."""
    hosts = [host.strip().lower() for host in text(name).split(",") if host.strip()]
    for host in hosts:
        if "*" in host or host.startswith(".") or "/" in host or _has_port(host):
            raise ImproperlyConfigured(f"{name}: write exact host names, not «{host}».")
    if not hosts:
        raise ImproperlyConfigured(f"{name} names no host.")
    return hosts


def _has_port(host: str) -> bool:
    return ":" in host and not host.startswith("[")


def https_origin(name: str) -> str:
    """`https://host[:port]` without a path, as the links in mails begin."""
    value = text(name).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or parts.path or parts.query or parts.username:
        raise ImproperlyConfigured(f"{name} must look like https://soporte.example.com, without a path.")
    return value


def other_origins(name: str) -> list[str]:
    """`https://host[:port]` origins separated by commas, or `*` alone for any; none where it is not set."""
    found = [
        origin.strip().rstrip("/") for origin in read(env.str, name, default="").split(",") if origin.strip()
    ]
    if found == ["*"]:
        return found
    for origin in found:
        parts = urlsplit(origin)
        if parts.scheme != "https" or not parts.hostname or parts.path or parts.query or parts.username:
            raise ImproperlyConfigured(
                f"{name}: write origins such as https://admin.example.com, or * alone."
            )
    return found


def redis_url(name: str) -> str:
    """`redis://` or `rediss://` with a host and a database number."""
    value = text(name)
    parts = urlsplit(value)
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname or not parts.path[1:].isdigit():
        raise ImproperlyConfigured(f"{name} must look like redis://host:6379/0.")
    return value


def database(name: str, *, statement_timeout: int = 30) -> dict[str, object]:
    """A PostgreSQL connection from its URL, with every wait bounded (seconds).

    Connections stay open and are probed before they are used again, so that a restart of the server costs
    nothing but the statements that were running.
    """
    text(name)
    config = dict(read(env.db_url, name))
    if config.get("ENGINE") != "django.db.backends.postgresql" or not config.get("NAME"):
        raise ImproperlyConfigured(f"{name} must look like postgres://user:password@host:5432/database.")
    options = dict(config.get("OPTIONS", {}))
    options.setdefault("connect_timeout", 5)
    # What is asked again and again is planned once for each connection (docs/adr/0015).
    options |= {"server_side_binding": True, "prepare_threshold": 5}
    options["options"] = " ".join(
        [
            f"-c statement_timeout={statement_timeout}s",
            "-c lock_timeout=5s",
            "-c idle_in_transaction_session_timeout=60s",
        ]
    )
    return config | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


def writable_folder(name: str) -> Path:
    """An existing folder, written out in full, in which the process may write."""
    folder = Path(text(name))
    if not folder.is_absolute():
        raise ImproperlyConfigured(f"{name} must be an absolute path.")
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise ImproperlyConfigured(f"{name}: {folder} is not a folder in which this process may write.")
    return folder


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address as in a Host header) can only mean this machine."""
    bare = host.strip("[]").lower()
    if bare == "localhost":
        return True
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return False
