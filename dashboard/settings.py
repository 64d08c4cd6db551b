"""Django's settings. Everything a host may change comes from the environment, through ``env``.

The sections follow the order of the table in the README.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from dashboard import databases, env, keys, logs

BASE_DIR = Path(__file__).resolve().parent.parent

# --- CallFire ---------------------------------------------------------------------------------------------
CALLFIRE_BASE_URL = env.address("CALLFIRE_BASE_URL", "https://api.callfire.com/v2")
CALLFIRE_LOGIN = env.secret("CALLFIRE_LOGIN", shown_default="unset: practice mode")
CALLFIRE_PASSWORD = env.secret("CALLFIRE_PASSWORD")
if bool(CALLFIRE_LOGIN) != bool(CALLFIRE_PASSWORD):
    raise ImproperlyConfigured(
        "CALLFIRE_LOGIN and CALLFIRE_PASSWORD belong together. Set both, or neither to practise."
    )
PRACTICE_MODE = not CALLFIRE_LOGIN
# Well known on purpose: practice is reached from this machine alone, and calls nobody.
PRACTICE_LOGINS = {role: f"practice-{role}" for role in ("viewer", "operator", "admin")}
# What a call would say to prove a number of one's own: in practice no phone rings, so it is told on the page.
PRACTICE_CODE = "1234"
CALLFIRE_MAX_REQUESTS_PER_SECOND = env.number("CALLFIRE_MAX_REQUESTS_PER_SECOND", 5)
CALLFIRE_MAX_IN_FLIGHT = env.whole("CALLFIRE_MAX_IN_FLIGHT", 6)
CALLFIRE_CONNECT_TIMEOUT = env.number("CALLFIRE_CONNECT_TIMEOUT", 5)
CALLFIRE_READ_TIMEOUT = env.number("CALLFIRE_READ_TIMEOUT", 30)
STATS_INTERVAL_SECONDS = env.number("STATS_INTERVAL_SECONDS", 3)
SNAPSHOT_INTERVAL_SECONDS = env.number("SNAPSHOT_INTERVAL_SECONDS", 120)
TEST_CALLS_PER_HOUR = env.whole("TEST_CALLS_PER_HOUR", 5)
START_TYPED_ABOVE = env.whole("START_TYPED_ABOVE", 10_000, least=0)
CREDITS_PER_MINUTE = env.number("CREDITS_PER_MINUTE", 1)

# --- Uploads ----------------------------------------------------------------------------------------------
UPLOAD_CHUNK_ROWS = env.whole("UPLOAD_CHUNK_ROWS", 1000)
UPLOAD_CONCURRENCY = env.whole("UPLOAD_CONCURRENCY", 4)
UPLOAD_MAX_MB = env.whole("UPLOAD_MAX_MB", 512)
UPLOAD_SETTLE_SECONDS = env.number("UPLOAD_SETTLE_SECONDS", 30)
UPLOAD_RETENTION_DAYS = env.whole("UPLOAD_RETENTION_DAYS", 30)
EXPORT_RETENTION_DAYS = env.whole("EXPORT_RETENTION_DAYS", 7)

# --- Where things are kept --------------------------------------------------------------------------------
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var", shown_default="var/")
if PRACTICE_MODE:
    # A room of its own: no practice person, broadcast, recording or audit line ever appears among real ones.
    DATA_DIR = DATA_DIR / "practice"
    CALLFIRE_BASE_URL, CALLFIRE_LOGIN, CALLFIRE_PASSWORD = keys.practice_access(DATA_DIR)
# Files arrive on the volume where they stay. A form names two fields for each of up to 1,000 columns.
FILE_UPLOAD_HANDLERS = ["campaigns.receiving.ToDisk"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_500
AUDIO_CACHE_MAX_MB = env.whole("AUDIO_CACHE_MAX_MB", 512)
AUDIO_RETENTION_DAYS = env.whole("AUDIO_RETENTION_DAYS", 30)
DATABASE_URL = env.text("DATABASE_URL", shown_default="SQLite under DATA_DIR")
REDIS_URL = env.redis("REDIS_URL", shown_default="embedded Valkey")
REDIS_IS_EMBEDDED = not REDIS_URL
if REDIS_IS_EMBEDDED:
    REDIS_URL = keys.embedded_redis_url(DATA_DIR)

DATABASES: dict[str, Any] = {"default": databases.configuration(DATABASE_URL, DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "practice" if PRACTICE_MODE else "callboard",
        # A cache that does not answer must cost a page a second at most.
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": None},
    }
}

# --- Web --------------------------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG")
HOST = env.text("HOST", "127.0.0.1")
if PRACTICE_MODE and not env.is_loopback(HOST):
    raise ImproperlyConfigured(
        f"Practice mode has well-known passwords and listens on this machine only, but HOST is {HOST}. "
        "Unset HOST, or set CALLFIRE_LOGIN and CALLFIRE_PASSWORD."
    )
PORT = env.port("PORT", 8000)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]", shown_default="loopback")
HTTPS_ONLY = env.flag("HTTPS_ONLY")
SECRET_KEY = env.secret("SECRET_KEY", shown_default="generated once under DATA_DIR")
if not SECRET_KEY:
    if not DEBUG and any(host not in {"127.0.0.1", "localhost", "[::1]"} for host in ALLOWED_HOSTS):
        raise ImproperlyConfigured(
            "SECRET_KEY is not set, and ALLOWED_HOSTS names more than this machine. "
            "Set SECRET_KEY to 50 random characters, the same on every machine."
        )
    SECRET_KEY = keys.lasting_secret(DATA_DIR / "secret_key")
CSRF_TRUSTED_ORIGINS = [
    f"{'https' if HTTPS_ONLY else 'http'}://{host.replace('.', '*.', 1) if host.startswith('.') else host}"
    for host in ALLOWED_HOSTS
    if host != "*"
]

ROOT_URLCONF = "dashboard.urls"
WSGI_APPLICATION = "dashboard.wsgi.application"
APPEND_SLASH = True

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "template_partials",
    "axes",
    "campaigns",
    "dashboard",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "campaigns.middleware.RequestIdMiddleware",
    "campaigns.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "campaigns.middleware.SignInMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "campaigns.middleware.ReaderMiddleware",
    "campaigns.middleware.HtmxAnswersMiddleware",
    "campaigns.middleware.TroubleMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "campaigns.context_processors.shell",
            ],
            "builtins": ["template_partials.templatetags.partials", "campaigns.templatetags.campaigns"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- People -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "campaigns.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "login"

# Five wrong passwords for one person from one address close that door for fifteen minutes.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "dashboard.proxies.client_address"
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

# --- Language and time ------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"  # also what child processes get as TZ
DISPLAY_TIME_ZONE = env.time_zone("DISPLAY_TIME_ZONE", "America/Los_Angeles")

# --- Security ---------------------------------------------------------------------------------------------
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "dashboard.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_SECURE = HTTPS_ONLY
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_PRELOAD = HTTPS_ONLY

# --- E-mail -----------------------------------------------------------------------------------------------
EMAIL_HOST = env.text("EMAIL_HOST", shown_default="unset: written to the console")
EMAIL_PORT = env.port("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_LOGIN", shown_default="unset")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_PASSWORD")
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "callboard@localhost")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
if PRACTICE_MODE or not EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_TIMEOUT = 10

# --- Watching over it -------------------------------------------------------------------------------------
METRICS_TOKEN = env.secret("METRICS_TOKEN", shown_default="unset: loopback only")
LOGGING = logs.configuration(secrets=[CALLFIRE_PASSWORD, SECRET_KEY, METRICS_TOKEN, EMAIL_HOST_PASSWORD])

# --- Background work --------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
if REDIS_URL.startswith("rediss://"):
    CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
# Live figures and uploads have workers of their own, so that neither waits for the other.
CELERY_TASK_DEFAULT_QUEUE = "live"
CELERY_TASK_ROUTES = {
    f"campaigns.tasks.{name}": {"queue": "uploads"}
    for name in ("check_upload", "hand_over", "settle_upload", "look_after_uploads", "run_export")
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_throttle": 1,  # otherwise a lost worker's tasks come back after 100 s at the earliest
    "socket_timeout": 30,
    "socket_connect_timeout": 2,
    "max_retries": 1,  # a page that cannot enqueue says so at once
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULER = "dashboard.beat:OncePerBeat"
CELERY_BEAT_SCHEDULE = {
    name: {"task": f"campaigns.tasks.{name}", "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in {
        "refresh_snapshots": SNAPSHOT_INTERVAL_SECONDS,
        "refresh_running": 5.0,
        "heartbeat": 5.0,
        "follow_up_open_actions": 5.0,
        "look_after_uploads": 2.0,
        "check_callfire": 60.0,
        "prune": 3600.0,
        "forget_files": 3600.0,
    }.items()
}
