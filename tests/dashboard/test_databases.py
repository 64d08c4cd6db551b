"""From DATABASE_URL to Django's settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from dashboard import databases

DATA_DIR = Path("/data")


class TestDatabaseUrl:
    def test_without_one_it_is_sqlite_under_the_data_folder(self) -> None:
        assert databases.configuration("", DATA_DIR)["NAME"] == "/data/callboard.sqlite3"

    @pytest.mark.parametrize("url", ["", "sqlite:////elsewhere/db.sqlite3"])
    def test_sqlite_lets_readers_read_while_somebody_writes(self, url: str) -> None:
        options = databases.configuration(url, DATA_DIR)["OPTIONS"]
        assert "journal_mode=WAL" in options["init_command"]
        assert options["transaction_mode"] == "IMMEDIATE"

    def test_postgresql_is_given_up_after_seconds(self) -> None:
        database = databases.configuration("postgres://u:p@db.internal:5433/callboard", DATA_DIR)
        assert database["ENGINE"] == "django.db.backends.postgresql"
        assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.internal", 5433, "callboard")
        assert database["OPTIONS"]["connect_timeout"] == 5

    @pytest.mark.parametrize("url", ["db.internal:5432", "mysql://u:swordfish@h/db", "nonsense://x/y", "://"])
    def test_anything_else_is_refused_without_repeating_the_password(self, url: str) -> None:
        with pytest.raises(ImproperlyConfigured, match="DATABASE_URL names no database") as refusal:
            databases.configuration(url, DATA_DIR)
        assert "swordfish" not in str(refusal.value)
