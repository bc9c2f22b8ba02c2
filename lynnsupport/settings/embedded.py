"""The first two minutes: SQLite, no broker to install, mails in a folder. The default."""

from .base import *
from .base import BASE_DIR, VAR_DIR
from .reader import env, read

DEBUG = read(env.bool, "DEBUG", default=True)
SECRET_KEY = "embedded-development-key-never-for-a-reachable-host"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

VAR_DIR.mkdir(exist_ok=True)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR_DIR / "portal.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "OPTIONS": {"file_path": VAR_DIR / "mail"},
    }
}
MEDIA_ROOT = VAR_DIR / "files"
