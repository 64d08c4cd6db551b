"""The parts that ``manage.py up`` runs: how each is started, and when it may be called ready."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from dashboard import keys, ports, valkey
from dashboard.celery import WORKER_READY

SCENARIO = "demo"


@dataclass(frozen=True, slots=True)
class Part:
    """One process to keep alive.

    ``answers`` asks whether it does its work yet; ``ready_line`` is what it writes once it does. A part
    has one of the two. Parts with ``serves_others`` are stopped after all others are gone.
    """

    name: str
    command: list[str]
    answers: Callable[[], bool] | None = None
    ready_line: str = ""
    remark: str = ""
    serves_others: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    # What the part says at every start and nobody needs to read.
    noise: tuple[str, ...] = ()
    keeps_open: tuple[int, ...] = ()


def embedded_valkey(data_dir: Path, *, lock: int) -> Part:
    """Broker, cache and locks; its address goes to the file from which settings read it.

    It holds the lock on ``data_dir`` open, too: should the supervisor be killed, nobody else gets at the
    append-only file before this server has let go of it.
    """
    embedded = valkey.prepare(data_dir / "valkey")
    keys.write_private(data_dir / keys.EMBEDDED_REDIS_URL_FILE, embedded.url)
    return Part(
        "valkey",
        embedded.command,
        answers=lambda: redis_answers(embedded.url),
        serves_others=True,
        noise=("overcommit_memory", "Received SIGTERM", "ready to exit"),
        keeps_open=(lock,),
    )


def practice_callfire(data_dir: Path) -> Part:
    """The practice CallFire; its address and credentials go to the file from which settings read them."""
    port = ports.free_port()
    login, password = "practice", keys.lasting_secret(data_dir / "practice_password")
    keys.write_private(data_dir / keys.PRACTICE_URL_FILE, f"http://{login}:{password}@127.0.0.1:{port}/v2")
    return Part(
        "sandbox",
        [sys.executable, "-m", "callfire_api.sandbox", "--port", str(port), "--scenario", SCENARIO],
        answers=lambda: http_answers("127.0.0.1", port, "/_sandbox/health"),
        remark=f"the practice CallFire, http://127.0.0.1:{port}/v2",
        serves_others=True,
        environment={"SANDBOX_LOGIN": login, "SANDBOX_PASSWORD": password},
        noise=("The practice CallFire",),
    )


def worker(name: str, *, queue: str) -> Part:
    """Background work of one queue, and a scheduler."""
    return Part(
        name,
        [*_manage("worker"), "--queue", queue, "--verbosity", "0"],
        ready_line=WORKER_READY,
        # All parts run as the user who called ``up``, root in many containers: no news, five lines long.
        environment={"PYTHONWARNINGS": "ignore:You're running the worker"},
        noise=("Warm shutdown",),
    )


def web(port: int) -> Part:
    """The pages."""
    return Part(
        "web",
        [*_manage("web"), "--verbosity", "0"],
        answers=lambda: http_answers(settings.HOST, port, "/healthz"),
        environment={"PORT": str(port)},
        noise=("Configuration allows spawning", "refused to gracefully stop"),
    )


def _manage(command: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), command]


def redis_answers(url: str) -> bool:
    """Whether a Redis answers a PING there within two seconds."""
    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


def http_answers(host: str, port: int, path: str) -> bool:
    """Whether somebody answers HTTP there within two seconds, whatever the answer."""
    connection = HTTPConnection(_reachable(host), port, timeout=2)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        connection.getresponse().read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def _reachable(host: str) -> str:
    """A server that listens on all addresses is asked on this machine's own."""
    return "localhost" if host in {"0", "::"} or host.strip("0.") == "" else host
