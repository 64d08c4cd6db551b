"""Debian's own Redis and PostgreSQL, each for the length of one test; without them the test is skipped."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from redis.exceptions import RedisError

from dashboard import ports
from tests.dashboard.processes import wait_until


@contextmanager
def redis() -> Iterator[str]:
    """The address of an empty ``redis-server`` behind a password."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("redis-server is not installed (apt-get install redis-server)")
    port = ports.free_port()
    url = f"redis://:secret@127.0.0.1:{port}/0"
    with tempfile.TemporaryDirectory() as folder:
        command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--requirepass", "secret"]
        with _running([*command, "--save", "", "--dir", folder]):
            wait_until(lambda: _redis_answers(url), 60, "redis-server")
            yield url


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of an empty database in a PostgreSQL made for the purpose."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    port = ports.free_port()
    folder = tempfile.mkdtemp(prefix="callboard-postgresql-")
    try:
        as_somebody = _not_as_root(folder)
        data = f"{folder}/data"
        subprocess.run(
            [*as_somebody, f"{binaries}/initdb", "-D", data, "-U", "callboard", "-A", "trust", "-E", "UTF8"],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        server = [*as_somebody, f"{binaries}/postgres", "-D", data, "-k", folder, "-h", "127.0.0.1"]
        with _running([*server, "-p", str(port), "-c", "fsync=off"], cwd=folder):
            url = f"postgres://callboard:unused@127.0.0.1:{port}"
            wait_until(lambda: _database_made(f"{url}/postgres"), 60, "PostgreSQL")
            yield f"{url}/callboard"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(command: list[str], cwd: str | None = None) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        # SIGINT is PostgreSQL's fast way to stop; Redis takes it as well.
        process.send_signal(2)
        process.wait(60)


def _not_as_root(folder: str) -> list[str]:
    """PostgreSQL refuses to run as root; the account of Debian's package is there for it."""
    if os.geteuid() != 0:
        return []
    account = pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]


def _redis_answers(url: str) -> bool:
    try:
        with Redis.from_url(url) as client:
            return bool(client.ping())
    except RedisError:
        return False


def _database_made(url: str) -> bool:
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE callboard")
    except psycopg.OperationalError:
        return False
    return True
