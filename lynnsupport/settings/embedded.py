"""The first two minutes: SQLite, no broker to install, mails in a folder. The default.

Serves this machine only: the key below stands in the repository, so no other host name is ever answered.
"""

import logging

from kombu.transport import TRANSPORT_ALIASES

from .base import *
from .base import VAR_DIR
from .embedded_key import EMBEDDED_SECRET_KEY
from .logs import logging_config

DEBUG = True
SECRET_KEY = EMBEDDED_SECRET_KEY
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

VAR_DIR.mkdir(parents=True, exist_ok=True)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR_DIR / "portal.sqlite3",
        "OPTIONS": {
            # without these, two processes of four threads lost a third of their transactions to locks
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
CACHES = {
    "default": {  # web's processes must share it: it counts failed logins
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
    }
}

_QUEUE_DIR = VAR_DIR / "broker" / "queue"
_CONTROL_DIR = VAR_DIR / "broker" / "control"
for _folder in (_QUEUE_DIR, _CONTROL_DIR):
    _folder.mkdir(parents=True, exist_ok=True)
TRANSPORT_ALIASES["folder"] = "lynnsupport.folder_broker:Transport"
CELERY_BROKER_URL = "folder://localhost//"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "data_folder_in": str(_QUEUE_DIR),
    "data_folder_out": str(_QUEUE_DIR),
    "control_folder": str(_CONTROL_DIR),
    "polling_interval": 0.1,
}

MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "OPTIONS": {"file_path": VAR_DIR / "mail"},
    }
}
MEDIA_ROOT = VAR_DIR / "files"

# static files straight from where they are written: nothing to collect
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

LOGGING = logging_config(as_json=False, level=logging.INFO)

ALLOW_SAMPLE_DATA = True
