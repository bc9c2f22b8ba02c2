"""The test suite: SQLite unless DATABASE_URL names another, nothing leaves the process."""

from .embedded import *
from .reader import env, read

DEBUG = False
if read(env.str, "DATABASE_URL", default=""):
    DATABASES = {"default": read(env.db_url, "DATABASE_URL")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
