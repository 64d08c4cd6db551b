"""The database of the tests as other processes reach it, and what it is like when somebody else holds it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

# Whoever waits for a lock longer than this is refused.
LOCK_SECONDS = 3


def url() -> str:
    """The DATABASE_URL of the database that this test looks at."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}?timeout={LOCK_SECONDS}"
    return f"{_postgresql()}?{_refused_after(LOCK_SECONDS)}"


@contextmanager
def held() -> Iterator[None]:
    """Nobody else can write while this lasts; reading goes on."""
    if connection.vendor == "sqlite":
        path = str(connection.settings_dict["NAME"])
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
    else:
        with psycopg.connect(_postgresql()) as other:
            other.execute("LOCK TABLE campaigns_upload, campaigns_chunk IN EXCLUSIVE MODE")
            yield
            other.rollback()


def outwait() -> None:
    """Return once everybody who waits for what is held has been refused."""
    if connection.vendor == "sqlite":
        path = str(connection.settings_dict["NAME"])
        with (
            closing(sqlite3.connect(path, timeout=2 * LOCK_SECONDS)) as other,
            pytest.raises(sqlite3.OperationalError),
        ):
            other.execute("BEGIN IMMEDIATE")
    else:
        with (
            psycopg.connect(f"{_postgresql()}?{_refused_after(2 * LOCK_SECONDS)}") as other,
            pytest.raises(psycopg.errors.LockNotAvailable),
        ):
            other.execute("LOCK TABLE campaigns_chunk IN EXCLUSIVE MODE")


def _refused_after(seconds: int) -> str:
    return f"options={quote(f'-c lock_timeout={seconds}s')}"


def _postgresql() -> str:
    settings = connection.settings_dict
    return (
        f"postgres://{settings['USER']}:{settings['PASSWORD']}"
        f"@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    )
