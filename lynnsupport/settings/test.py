"""The test suite: SQLite and a broker in memory, unless DATABASE_URL and BROKER_URL name real ones."""

import logging
import os

from .embedded import *
from .logs import logging_config
from .reader import database, redis_url

DEBUG = False
if os.environ.get("DATABASE_URL"):
    DATABASES = {"default": database("DATABASE_URL")}

if os.environ.get("BROKER_URL"):
    # each of pytest's processes has a Redis database of its own
    _process = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    CELERY_BROKER_URL = redis_url("BROKER_URL").rpartition("/")[0] + f"/{_process}"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 900,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
    }
else:
    CELERY_BROKER_URL = "memory://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.01}

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}

LOGGING = logging_config(as_json=False, level=logging.WARNING)
