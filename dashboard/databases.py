"""From ``DATABASE_URL`` to what Django wants to know about the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

_SQLITE_OPTIONS = {
    # Writers take the lock at BEGIN and wait for it: two processes never deadlock on an upgrade.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def configuration(url: str, data_dir: Path) -> dict[str, Any]:
    """Django's ``DATABASES["default"]``: the database of the URL, or SQLite under ``data_dir`` without one.

    Raises:
        ImproperlyConfigured: the URL is not one of a database we know.
    """
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(data_dir / "callboard.sqlite3"),
            "OPTIONS": dict(_SQLITE_OPTIONS),
        }
    try:
        # Connections are kept for a minute; 60 s is well under what firewalls and poolers cut.
        database: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    except ValueError:
        database = {}
    engine = str(database.get("ENGINE", ""))
    if engine.endswith("sqlite3"):
        database["OPTIONS"] = {**_SQLITE_OPTIONS, **database.get("OPTIONS", {})}
    elif engine.endswith("postgresql"):
        database["OPTIONS"] = {"connect_timeout": 5, **database.get("OPTIONS", {})}
    else:
        raise ImproperlyConfigured(
            "DATABASE_URL names no database that Callboard knows. "
            "Write postgres://USER:PASSWORD@HOST:5432/NAME or sqlite:////absolute/path, or unset it."
        )
    return database
