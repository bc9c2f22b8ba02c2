"""Where partners work: PostgreSQL, Redis, SMTP, HTTPS. Everything that differs between installations is read
from the environment, and a missing or wrong variable stops the start with its name. README lists them all.
"""

from .base import *
from .embedded_key import EMBEDDED_SECRET_KEY
from .logs import logging_config
from .reader import (
    database,
    env,
    exact_hosts,
    https_origin,
    one_of,
    other_origins,
    read,
    redis_url,
    secret,
    text,
    whole_number,
    writable_folder,
    yes_or_no,
)

DEBUG = False

# --- keys ---
SECRET_KEY = secret("SECRET_KEY", minimum=50, refused=(EMBEDDED_SECRET_KEY,))
SECRET_KEY_FALLBACKS = read(env.list, "SECRET_KEY_FALLBACKS", default=[])

# --- address ---
ALLOWED_HOSTS = exact_hosts("ALLOWED_HOSTS")
PORTAL_BASE_URL = https_origin("PORTAL_BASE_URL")
CSRF_TRUSTED_ORIGINS = [PORTAL_BASE_URL]
NOTICES_CORS_ORIGINS = other_origins("NOTICES_CORS_ORIGINS")
TRUSTED_PROXY_HOPS = whole_number("TRUSTED_PROXY_HOPS", default=0, most=5)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_HOPS
if TRUSTED_PROXY_HOPS:
    # the proxy must overwrite this header, see deploy/nginx.conf
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- transport ---
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # asked from within, past the proxy
SECURE_HSTS_SECONDS = whole_number("HSTS_SECONDS", default=31_536_000, least=1)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_HTTPONLY = True

# --- people ---
STAFF_MFA_REQUIRED = yes_or_no("STAFF_MFA_REQUIRED", default=True)

# --- database, and the counts that web's processes share ---
DATABASES = {
    "default": database(
        "DATABASE_URL",
        statement_timeout=whole_number("DATABASE_STATEMENT_TIMEOUT_SECONDS", default=30, least=1),
    )
}
CACHES = {
    # in the database, so that logging in works while Redis is down
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"}
}

# --- broker ---
CELERY_BROKER_URL = redis_url("BROKER_URL")
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
}

# --- mail ---
_SMTP_SECURITY = one_of("SMTP_SECURITY", "starttls", "tls")
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": text("SMTP_HOST"),
            "port": whole_number("SMTP_PORT", default=465 if _SMTP_SECURITY == "tls" else 587, most=65_535),
            "username": text("SMTP_USER"),
            "password": text("SMTP_PASSWORD"),
            "use_tls": _SMTP_SECURITY == "starttls",
            "use_ssl": _SMTP_SECURITY == "tls",
            "timeout": whole_number("SMTP_TIMEOUT_SECONDS", default=15, least=10, most=20),
        },
    }
}

# support_lynn+anything@ must reach the support mailbox; switch it off where the mail server refuses that
MAIL_PLUS_ADDRESSING = yes_or_no("MAIL_PLUS_ADDRESSING", default=True)

# --- incoming mail ---
MAIL_AUTHSERV_ID = read(env.str, "MAIL_AUTHSERV_ID", default="")
# a server that judges senders is believed; where none does, known contacts are
MAIL_ACCEPT_UNVERIFIED = yes_or_no("MAIL_ACCEPT_UNVERIFIED", default=not MAIL_AUTHSERV_ID)
MAIL_RETENTION_DAYS = whole_number("MAIL_RETENTION_DAYS", default=0)
IMAP_HOST = read(env.str, "IMAP_HOST", default="")
if IMAP_HOST:
    IMAP_SECURITY = one_of("IMAP_SECURITY", "tls", "starttls")
    IMAP_PORT = whole_number("IMAP_PORT", default=993 if IMAP_SECURITY == "tls" else 143, most=65_535)
    IMAP_USER = text("IMAP_USER")
    IMAP_PASSWORD = text("IMAP_PASSWORD")
    IMAP_FOLDER = read(env.str, "IMAP_FOLDER", default="INBOX")
    IMAP_ARCHIVE = read(env.str, "IMAP_ARCHIVE", default="")
    IMAP_TIMEOUT_SECONDS = whole_number("IMAP_TIMEOUT_SECONDS", default=20, least=5, most=60)

# --- files ---
MEDIA_ROOT = writable_folder("FILES_DIR")  # has no address: files leave through a permission check
FILE_UPLOAD_PERMISSIONS = 0o640
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- watching ---
METRICS_TOKEN = secret("METRICS_TOKEN", minimum=32)
LOGGING = logging_config(as_json=True)
HEALTH_PROBE = yes_or_no("HEALTH_PROBE", default=False)
