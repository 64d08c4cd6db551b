"""``manage.py up``: the whole product on this machine."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.db import connection

from dashboard import env, parts, ports, preparation
from dashboard.supervisor import Console, Supervisor


class Command(BaseCommand):
    help = "Runs the whole product on this machine until Ctrl-C: web, worker, and the embedded parts."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        preparation.keep_private()
        console = Console(sys.stdout)
        with _sole_owner(settings.DATA_DIR) as lock:
            port = _port_to_listen_on()
            with Supervisor(console) as supervisor:
                _run(supervisor, console, port, lock)
        console.write("Stopped.")


def _run(supervisor: Supervisor, console: Console, port: int, lock: int) -> None:
    console.write(f"Callboard is starting. Its data is in {settings.DATA_DIR}")
    _start_embedded(supervisor, lock)
    preparation.check_database()
    preparation.migrate()
    preparation.collect_static()
    people = _people(console)
    connection.close()
    if supervisor.stop_requests:
        return
    supervisor.start(parts.worker("worker", queue="live"))
    supervisor.start(parts.worker("uploads", queue="uploads"))
    supervisor.start(parts.web(port))
    if not supervisor.wait_until_ready():
        return
    console.write(f"\nCallboard is up:  http://{_shown_host()}:{port}/\n")
    if people:
        console.write("Practice mode: no CALLFIRE_LOGIN is set, so nobody is really called. Sign in as")
        for name, password in people:
            console.write(f"  {name:10} {password}")
        console.write()
    console.write("Ctrl-C stops everything.")
    supervisor.run()
    console.write("\nStopping ...")


def _start_embedded(supervisor: Supervisor, lock: int) -> None:
    if settings.PRACTICE_MODE:
        supervisor.start(parts.practice_callfire(settings.DATA_DIR))
    if settings.REDIS_IS_EMBEDDED:
        supervisor.start(parts.embedded_valkey(settings.DATA_DIR, lock=lock))
    elif not parts.redis_answers(settings.REDIS_URL):
        where = urlsplit(settings.REDIS_URL)
        raise ImproperlyConfigured(
            f"The Redis of REDIS_URL does not answer at {where.hostname}:{where.port or 6379}. "
            "Start it, correct the address or its password, or unset REDIS_URL for the embedded one."
        )


def _people(console: Console) -> list[tuple[str, str]]:
    """The practice people in practice mode; otherwise nobody, and any that are left are switched off."""
    if settings.PRACTICE_MODE:
        return preparation.practice_people()
    switched_off = preparation.switch_practice_people_off()
    if switched_off:
        console.write(f"Switched off the practice people: {', '.join(switched_off)}.")
    return []


def _port_to_listen_on() -> int:
    """``PORT``, or a free one for 0."""
    if settings.PORT == 0:
        return ports.free_port()
    reason = ports.why_not_ours(settings.HOST, settings.PORT)
    if reason:
        raise ImproperlyConfigured(
            f"Port {settings.PORT} on {settings.HOST} cannot be had ({reason}). "
            f"Choose another: PORT={8080 if settings.PORT != 8080 else 8090} make run"
        )
    return int(settings.PORT)


def _shown_host() -> str:
    return "localhost" if env.is_loopback(settings.HOST) else str(settings.HOST)


@contextmanager
def _sole_owner(data_dir: Path) -> Iterator[int]:
    """Hold the lock on the folder; yields its descriptor."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(data_dir / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR {data_dir} cannot be written ({error.strerror}). "
            "Set DATA_DIR to a folder that this user may write to."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise ImproperlyConfigured(
            f"Callboard is already running from {data_dir}. Stop it there (Ctrl-C), "
            "or set DATA_DIR to another folder for a second one."
        ) from None
    try:
        yield lock
    finally:
        os.close(lock)
