"""What every way of running the portal shares."""

import os
from pathlib import Path

from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent.parent
# what the embedded portal writes: database, broker, mails, files, logs
VAR_DIR = Path(os.environ.get("PORTAL_VAR_DIR", BASE_DIR / "var"))

INSTALLED_APPS = [
    "lynnsupport.portal.apps.PortalConfig",
    "tickets.inbound.apps.InboundConfig",
    "tickets.cooperation.apps.CooperationConfig",
    "credits.apps.CreditsConfig",
    "tickets.incidents.apps.IncidentsConfig",
    "tickets.apps.TicketsConfig",
    "tickets.escalation.apps.EscalationConfig",
    "sla.apps.SlaConfig",
    "lynnsupport.notices.apps.NoticesConfig",
    "lynnsupport.outbox.apps.OutboxConfig",
    "lynnsupport.accounts.apps.AccountsConfig",
    "lynnsupport.portal.apps.DeskConfig",  # django.contrib.admin with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",  # its widgets' templates, which FORM_RENDERER looks for among the apps'
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "simple_history",
    "django_structlog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lynnsupport.accounts.middleware.ReaderPreferencesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "lynnsupport.accounts.sessions.SessionLimitsMiddleware",
    "lynnsupport.accounts.sessions.StaffMfaMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "lynnsupport.portal.middleware.RequestLogMiddleware",
]

ROOT_URLCONF = "lynnsupport.urls"
WSGI_APPLICATION = "lynnsupport.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lynnsupport.portal.context.portal",
            ],
            "libraries": {
                "components": "lynnsupport.common.templatetags.components",
                "moments": "lynnsupport.common.templatetags.moments",
                "widgets": "lynnsupport.common.templatetags.widgets",
            },
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
CSRF_FAILURE_VIEW = "tickets.views.kept.csrf_failure"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "lynnsupport.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # the portal writes to nobody it does not know
ACCOUNT_EMAIL_NOTIFICATIONS = True  # password or second factor changed: the owner hears of it
# Django's own: the link dies with the address, the password or the next login; allauth's would fill a table
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "10/15m/key,50/15m/ip",  # locked after ten failures, known address or not
    "reset_password": "30/h/ip,5/h/key",
    "reset_password_from_key": "30/h/ip",
    "change_password": "10/15m/user",
    "reauthenticate": "10/15m/user",
}
ACCOUNT_FORMS = {
    "login": "lynnsupport.accounts.login_forms.LoginForm",
    "reset_password": "lynnsupport.accounts.login_forms.ResetPasswordForm",
    "reset_password_from_key": "lynnsupport.accounts.login_forms.ResetPasswordKeyForm",
    "change_password": "lynnsupport.accounts.login_forms.ChangePasswordForm",
    "reauthenticate": "lynnsupport.accounts.login_forms.ReauthenticateForm",
}
PASSWORD_RESET_TIMEOUT = 60 * 60
MFA_FORMS = {
    "authenticate": "lynnsupport.accounts.login_forms.AuthenticateForm",
    "reauthenticate": "lynnsupport.accounts.login_forms.ReauthenticateCodeForm",
    "activate_totp": "lynnsupport.accounts.login_forms.ActivateTotpForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Lynn"
MFA_TOTP_TOLERANCE = 1  # a telephone's clock may be half a minute off

LANGUAGE_CODE = "es"
LANGUAGES = [("es", _("Spanish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "America/Santiago"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 24 * 60 * 60  # at the longest; accounts.sessions ends idle ones before
SESSION_SAVE_EVERY_REQUEST = False

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SIMPLE_HISTORY_HISTORY_ID_USE_UUID = False
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True  # a person's reason may exceed 100 characters
SIMPLE_HISTORY_REVERT_DISABLED = True  # putting an old version back would pass by the operations' guards

# The broker is a bell: what is due stands in the database, and every job may run twice.
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False  # a request never waits for the broker; beat rings again
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# soft < hard < the outbox's lease < visibility: a check refuses any other order
CELERY_TASK_SOFT_TIME_LIMIT = 120
CELERY_TASK_TIME_LIMIT = 150
OUTBOX_LEASE_SECONDS = 300
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # intervals only, nothing worth keeping in a file
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
# seconds between two runs; each job asks «what is due now», never «which run is this»
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "sweep-clocks": {"task": "tickets.tasks.sweep_clocks", "schedule": 15.0},
    "close-cycles": {"task": "credits.tasks.sweep_cycles", "schedule": 30.0},
    "remind-of-credits": {"task": "credits.tasks.send_reminders", "schedule": 30.0},
    "sweep-notices": {"task": "notices.tasks.sweep_notices", "schedule": 15.0},
    "sweep-escalations": {"task": "escalation.sweep", "schedule": 30.0},
    "process-mail": {"task": "inbound.process", "schedule": 30.0},
    "poll-mailbox": {"task": "inbound.poll", "schedule": 30.0},
    "sweep-closings": {"task": "cooperation.sweep_closings", "schedule": 30.0},
    "sweep-remote-access": {"task": "cooperation.sweep_remote_access", "schedule": 30.0},
    "sweep-reminders": {"task": "cooperation.sweep_reminders", "schedule": 30.0},
    "sweep-incidents": {"task": "incidents.sweep", "schedule": 30.0},
    "probe-health": {"task": "incidents.probe", "schedule": 30.0},
    "deliver-outbox": {"task": "outbox.deliver", "schedule": 10.0},
}

DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # it would believe any forwarding header

# How many proxies of ours stand in front; only what they add to X-Forwarded-For is believed.
TRUSTED_PROXY_HOPS = 0
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_HOPS
# Required of everyone at the desk where the portal can be reached from outside.
STAFF_MFA_REQUIRED = False
# Bearer token for /metrics; without one only this machine may read it.
METRICS_TOKEN = ""
# Links in mails begin with this, never with what a request claims.
PORTAL_BASE_URL = "http://localhost:8000"

# What the agreement's pages print; an administrator of the installation may change them.
SUPPORT_EMAIL = "support_lynn@lynn.cx"
DEFAULT_FROM_EMAIL = SUPPORT_EMAIL
OUTBOX_MESSAGE_ID_DOMAIN = "lynn.cx"
# Whether support_lynn+anything@ reaches the support mailbox: replies and bounces then name what they concern.
MAIL_PLUS_ADDRESSING = True

# Mail that comes in. The name under which our own mail server writes Authentication-Results (RFC 8601);
# without one no sender is verified. What it calls forged is quarantined in any case; what it does not verify
# is taken from known contacts if the second says so, else quarantined.
MAIL_AUTHSERV_ID = ""
MAIL_ACCEPT_UNVERIFIED = True
# After how many days the bytes of what was set aside or rejected are erased; 0 keeps them for ever.
MAIL_RETENTION_DAYS = 0
# The support mailbox; without a host nothing is polled. What is stored is moved to the archive, or, where
# that is empty, marked and left.
IMAP_HOST = ""
IMAP_PORT = 993
IMAP_SECURITY = "tls"
IMAP_USER = ""
IMAP_PASSWORD = ""
IMAP_FOLDER = "INBOX"
IMAP_ARCHIVE = ""
IMAP_TIMEOUT_SECONDS = 20

# Evidence. What arrives by mail is kept whatever its ending; these bind what people choose in a form.
ATTACHMENT_MAX_BYTES = 25 * 1024 * 1024
ATTACHMENTS_PER_MESSAGE = 10
ATTACHMENTS_PER_TICKET_BYTES = 250 * 1024 * 1024
ATTACHMENT_ENDINGS = frozenset(
    "png jpg jpeg gif webp bmp heic pdf txt log csv json xml har yaml yml md eml msg doc docx xls xlsx ppt"
    " pptx odt ods odp rtf zip gz 7z tar mp3 mp4 mov webm wav pcap pcapng".split()
)
# RSP-5; a country without a number says whom to ask instead. Telephone support is in Spanish.
SUPPORT_PHONES = [
    {"country": _("Chile"), "number": "(56) 2 2790 9529", "note": ""},
    {"country": _("Peru"), "number": "(51) 1 635 8614", "note": _("option 2")},
    {"country": _("Ecuador"), "number": "(59) 318 0000 0423", "note": _("toll free")},
    {"country": _("Other countries"), "number": "", "note": _("your commercial executive")},
]

# Other origins whose pages may read the notices' feeds in a browser, such as Lynn's own administration
# interface ("https://admin.example"); "*" for any. What they may read is public anyway.
NOTICES_CORS_ORIGINS: list[str] = []
# ESC-8: business minutes that a commercial executive has to acknowledge an escalation, by severity.
ESCALATION_ACKNOWLEDGE_MINUTES = {1: 30, 2: 120, 3: 240}
# The hour of Monday, on each executive's clock, from which the digest of the week goes out.
ESCALATION_DIGEST_HOUR = 8
# Whether the portal itself asks the health addresses that tenants' pages name (AVL-5).
HEALTH_PROBE = False

# Sample people log in with a published password: only the embedded default and the tests allow them.
ALLOW_SAMPLE_DATA = False
