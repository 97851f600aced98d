"""Settings, read from the environment; `.env.example` lists every variable."""

import os
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(str(BASE_DIR / ".env"))

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")
PRODUCTION = env.bool("PRODUCTION", default=False)
if PRODUCTION and (DEBUG or len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10):  # noqa: PLR2004
    raise ImproperlyConfigured("Production needs DEBUG off and a SECRET_KEY of 50 characters.")
# For tests: webhooks may be sent to a receiver on this machine, and without TLS.
WEBHOOKS_MAY_REACH_LOOPBACK = env.bool("WEBHOOKS_MAY_REACH_LOOPBACK", default=False)
if PRODUCTION and WEBHOOKS_MAY_REACH_LOOPBACK:
    raise ImproperlyConfigured("Production must not set WEBHOOKS_MAY_REACH_LOOPBACK.")

INSTALLED_APPS = [
    "billing_site",
    "portal",
    "api",
    "reports",
    "dunning",
    "payments",
    "invoices",
    "ledger",
    "customers",
    "messaging",
    "core",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_tables2",
    "django_filters",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "billing_site.watch.middleware.WatchMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.middleware.PersonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "core.middleware.LastSeenMiddleware",
]

ROOT_URLCONF = "billing_site.urls"
WSGI_APPLICATION = "billing_site.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context_processors.shell",
            ],
            "builtins": ["core.templatetags.house"],
        },
    }
]

# Web and worker connect as duebook_app, which owns nothing; migrations as duebook_owner.
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"] |= {
    "ATOMIC_REQUESTS": True,
    "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
    "CONN_HEALTH_CHECKS": True,
    "DISABLE_SERVER_SIDE_CURSORS": env.bool("DISABLE_SERVER_SIDE_CURSORS", default=False),
}
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c lock_timeout=10s"
DATABASE_OWNER = env.db("DATABASE_OWNER_URL", default="postgres://")
DATABASE_APP_ROLE = "duebook_app"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if test_db := env.str("DUEBOOK_TEST_DB", default=""):
    DATABASES["default"]["TEST"] = {"NAME": test_db}

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")


def cache_location(broker_url: str) -> str:
    """Return the cache's address in the form redis-py takes: at a socket the database after."""
    if broker_url.startswith("redis+socket://"):
        path, _, number = broker_url.removeprefix("redis+socket://").partition("?virtual_host=")
        return f"unix://{path}?db={int(number or 0) + 1}"
    return broker_url


CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": cache_location(REDIS_URL),
        "KEY_PREFIX": "duebook",
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 1500
CELERY_TASK_SOFT_TIME_LIMIT = 1440
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Other programs may be slow to answer: telling them has a worker of its own, so that mails, PDFs
# and jobs do not wait for them.
CELERY_TASK_ROUTES = {"messaging.tell_webhooks": {"queue": "webhooks"}}
# Beat only wakes; each task finds in the database, per tenant and local time, what is due. Their
# queue is asked in turn with the other, so that long work does not leave them behind; whoever was
# not taken after so many seconds is dropped: another has come meanwhile.
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": when, "options": {"queue": "sweeps", "expires": seconds}}
    for name, task, when, seconds in (
        ("messages", "messaging.sweep", 15.0, 60),
        ("webhooks", "messaging.sweep_webhooks", 5.0, 60),
        ("webhook_log", "messaging.forget_webhooks", crontab(minute="41"), 3600),
        ("jobs", "core.sweep_jobs", 30.0, 60),
        ("results", "core.drop_results", crontab(minute="17"), 3600),
        ("sign_ups", "core.forget_sign_ups", crontab(minute="41"), 3600),
        ("documents", "invoices.sweep_documents", 60.0, 60),
        ("schedules", "invoices.run_schedules", crontab(minute="*/15"), 900),
        ("reminders", "collections.run_reminders", crontab(minute="*/10"), 600),
        ("api", "api.forget_answers", crontab(hour="3", minute="17"), 86_400),
    )
}

# E-mail: SMTP by default; any Django backend (django-anymail among them) by EMAIL_BACKEND.
vars().update(env.email("EMAIL_URL", default="smtp://127.0.0.1:1025"))
if env.str("EMAIL_BACKEND", default=""):
    EMAIL_BACKEND = env.str("EMAIL_BACKEND")
elif "smtp" in vars()["EMAIL_BACKEND"]:
    EMAIL_BACKEND = "messaging.smtp.FencedBackend"
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=30)
# How long a sender may hold a message; more than two SMTP timeouts.
MESSAGE_LEASE_SECONDS = env.int("MESSAGE_LEASE_SECONDS", default=120)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="billing@duebook.localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "core.hashers.Argon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "companies"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "core.accounts.ClosedSignup"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
# May anybody make a company of their own? Else an operator makes them.
SIGN_UP_OPEN = env.bool("SIGN_UP_OPEN", default=not PRODUCTION)
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "login_failed_everywhere": env.str("SIGN_IN_FAILURES", default="300/m/key"),
    "reset_password": "20/m/ip,5/m/key",
}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # that mail invites to sign up, which nobody can
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds a sign-in counts as fresh

MFA_ADAPTER = "core.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Duebook"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds before and after
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RECOVERY_CODE_DIGITS = 10
MFA_FORMS = {
    "authenticate": "core.pages.second_factor_forms.SignInForm",
    "reauthenticate": "core.pages.second_factor_forms.FreshForm",
    "activate_totp": "core.pages.second_factor_forms.ActivateForm",
    "add_webauthn": "core.pages.second_factor_forms.PasskeyForm",
    "edit_webauthn": "core.pages.second_factor_forms.PasskeyNameForm",
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(VAR_DIR / "static"))
VENDOR_ROOT = Path(env.str("VENDOR_ROOT", default=str(VAR_DIR / "vendor")))
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", VENDOR_ROOT)]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
# A function that is given the bytes of what is attached and says why it is refused, or "".
FILE_SCANNER = env.str("FILE_SCANNER", default="")
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(VAR_DIR / "media"))
PDF_FONT_ROOT = Path(env.str("PDF_FONT_ROOT", default=str(VAR_DIR / "fonts")))
PDF_SECONDS = 60
PDF_MEMORY_MIB = 1536

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}
X_FRAME_OPTIONS = "SAMEORIGIN"  # the PDF preview pane frames our own document
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = PRODUCTION and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Who asks is read from the right end of X-Forwarded-For: limits are per client, not per proxy.
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrftoken"
KNOWN_BROWSER_COOKIE_NAME = "__Host-browser" if PRODUCTION else "browser"
SESSION_COOKIE_AGE = 60 * 60 * 12
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# The machine's face. Who calls, what is read and how a refusal looks is api.views.base's own.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["api.parsing.Body"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.parsing.AlwaysJson",
    "DEFAULT_SCHEMA_CLASS": "api.spectacular.Described",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Duebook",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["api.spectacular.with_problems"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
FORMAT_MODULE_PATH = "core.formats"

# What the operator watches (docs/operations.md).
LOG_FORMAT = env.str("LOG_FORMAT", default="json" if PRODUCTION else "text")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
SENTRY_DSN = env.str("SENTRY_DSN", default="")
SENTRY_ENVIRONMENT = env.str("SENTRY_ENVIRONMENT", default="production")
# prometheus_client reads it from the environment, where .env has put it by now.
PROMETHEUS_MULTIPROC_DIR = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
if PROMETHEUS_MULTIPROC_DIR:
    Path(PROMETHEUS_MULTIPROC_DIR).mkdir(parents=True, exist_ok=True)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "billing_site.watch.logs.formatter", "as_json": LOG_FORMAT == "json"}
    },
    "filters": {"work": {"()": "billing_site.watch.logs.WorkFilter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["work"]}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        # Requests and tasks have a line of ours, with their company and without what they carried.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        # Every few seconds, whether or not there is something to do.
        "celery.beat": {"level": "WARNING"},
    },
}
if SENTRY_DSN:
    from billing_site.watch.errors import report_to

    report_to(SENTRY_DSN, environment=SENTRY_ENVIRONMENT)
