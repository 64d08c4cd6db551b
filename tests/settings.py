"""Settings of the test suite: the product's own, on throw-away parts.

One embedded Valkey serves the whole run; the process that starts it stops it. Each test process has its
own database number there, its own ``DATA_DIR``, and its own SQLite file.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from dashboard import valkey

PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "main")


def _folder_of_this_run() -> Path:
    """The folder of the run; child processes find it, and the Valkey in it, through the environment."""
    if "CALLBOARD_TEST_FOLDER" not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="callboard-tests-"))
        embedded = valkey.prepare(folder / "valkey")
        server = subprocess.Popen(embedded.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.environ["CALLBOARD_TEST_FOLDER"] = str(folder)
        os.environ["CALLBOARD_TEST_REDIS"] = embedded.url.removesuffix("/0")

        def clean_up() -> None:
            server.kill()
            server.wait()
            shutil.rmtree(folder, ignore_errors=True)

        atexit.register(clean_up)
    return Path(os.environ["CALLBOARD_TEST_FOLDER"])


def _redis_url_of_this_process() -> str:
    number = 0 if PROCESS == "main" else int(PROCESS.removeprefix("gw")) % 15 + 1
    return f"{os.environ['CALLBOARD_TEST_REDIS']}/{number}"


FOLDER = _folder_of_this_run() / PROCESS
(FOLDER / "practice").mkdir(parents=True, exist_ok=True)
for name in ("ALLOWED_HOSTS", "DEBUG", "HOST", "HTTPS_ONLY", "METRICS_TOKEN", "PORT"):
    os.environ.pop(name, None)
os.environ.update(
    DATA_DIR=str(FOLDER),
    REDIS_URL=_redis_url_of_this_process(),
    SECRET_KEY="a key that only tests use, long enough for every check there is",
    DJANGO_ALLOW_ASYNC_UNSAFE="true",  # Playwright's synchronous API runs an event loop in the test's thread
)

from dashboard.settings import *  # noqa: E402, F403 - the environment must be in place first
from dashboard.settings import DATABASES, STORAGES  # noqa: E402

# Nothing listens there; the ``sandbox`` fixture names a practice CallFire.
CALLFIRE_BASE_URL = "http://127.0.0.1:9/v2"
CALLFIRE_LOGIN = CALLFIRE_PASSWORD = "practice"
PRACTICE_MODE = False
CALLFIRE_MAX_REQUESTS_PER_SECOND = 10_000.0
CALLFIRE_MAX_IN_FLIGHT = 64

# A file, so that a worker in another process can open the same database.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(FOLDER / "test.sqlite3")}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
