"""For processes of their own: a database in a file, made without migrations, and the mailbox of the test."""

import os

from lynnsupport.settings.test import *  # noqa: F403
from lynnsupport.settings.test import VAR_DIR

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR_DIR / "mails.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;",
        },
    }
}


class WithoutMigrations(dict):
    def __contains__(self, app: object) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


MIGRATION_MODULES = WithoutMigrations()
IMAP_HOST = "127.0.0.1"
IMAP_PORT = int(os.environ["TEST_IMAP_PORT"])
IMAP_SECURITY = "none"
IMAP_USER = os.environ["TEST_IMAP_USER"]
IMAP_PASSWORD = os.environ["TEST_IMAP_PASSWORD"]
IMAP_ARCHIVE = os.environ["TEST_IMAP_ARCHIVE"]
