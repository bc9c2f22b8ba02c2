"""Settings of the processes that the outbox's tests start and kill: their own database and mail server."""

import os

from lynnsupport.settings.test import *  # noqa: F403
from lynnsupport.settings.test import BASE_DIR, DATABASES, TEMPLATES

if "OUTBOX_TEST_SQLITE" in os.environ:
    DATABASES["default"]["NAME"] = os.environ["OUTBOX_TEST_SQLITE"]
INSTALLED_APPS = [  # no more than the outbox needs: these processes are started by the dozen
    "lynnsupport.outbox.apps.OutboxConfig",
    "lynnsupport.accounts.apps.AccountsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "simple_history",
]
MAILERS = {
    "default": {"OPTIONS": {"host": "127.0.0.1", "port": int(os.environ["OUTBOX_TEST_PORT"]), "timeout": 10}}
}
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], BASE_DIR / "tests" / "outbox" / "templates"]
# What a killed process held is taken up soon, so that a run ends soon.
OUTBOX_LEASE_SECONDS = int(os.environ["OUTBOX_TEST_LEASE"])
