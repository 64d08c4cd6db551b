"""Secrets this machine makes for itself."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from dashboard import keys


class TestALastingSecret:
    def test_it_is_made_once_and_stays(self, tmp_path: Path) -> None:
        made = keys.lasting_secret(tmp_path / "new" / "key")
        assert len(made) >= 50
        assert keys.lasting_secret(tmp_path / "new" / "key") == made

    def test_only_its_owner_may_read_it(self, tmp_path: Path) -> None:
        keys.lasting_secret(tmp_path / "key")
        assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600

    def test_nothing_else_is_left_in_the_folder(self, tmp_path: Path) -> None:
        keys.lasting_secret(tmp_path / "key")
        assert [path.name for path in tmp_path.iterdir()] == ["key"]

    def test_a_folder_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("not a folder", encoding="ascii")
        with pytest.raises(
            ImproperlyConfigured, match="Set DATA_DIR to a folder that this user may write to"
        ):
            keys.lasting_secret(tmp_path / "file" / "key")

    def test_processes_that_start_together_agree(self, tmp_path: Path) -> None:
        script = (
            "import sys, pathlib; from dashboard import keys;"
            "sys.stdin.readline(); print(keys.lasting_secret(pathlib.Path(sys.argv[1])))"
        )
        racers = [
            subprocess.Popen(
                [sys.executable, "-c", script, str(tmp_path / "key")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(4)
        ]
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        agreed = {racer.communicate(timeout=120)[0].strip() for racer in racers}
        assert agreed == {(tmp_path / "key").read_text(encoding="ascii")}


class TestTheEmbeddedParts:
    def test_their_addresses_are_where_up_wrote_them(self, tmp_path: Path) -> None:
        keys.write_private(tmp_path / keys.EMBEDDED_REDIS_URL_FILE, "redis://:pw@127.0.0.1:4000/0")
        keys.write_private(tmp_path / keys.PRACTICE_URL_FILE, "http://practice:pw@127.0.0.1:4001/v2")
        assert keys.embedded_redis_url(tmp_path) == "redis://:pw@127.0.0.1:4000/0"
        assert keys.practice_access(tmp_path) == ("http://127.0.0.1:4001/v2", "practice", "pw")

    def test_without_up_the_addresses_lead_nowhere(self, tmp_path: Path) -> None:
        assert keys.embedded_redis_url(tmp_path) == "redis://127.0.0.1:9/0"
        address, login, password = keys.practice_access(tmp_path)
        assert address == "http://127.0.0.1:9/v2"
        assert login
        assert password

    def test_a_private_file_is_replaced_as_a_whole(self, tmp_path: Path) -> None:
        keys.write_private(tmp_path / "file", "first, and longer")
        keys.write_private(tmp_path / "file", "second")
        assert (tmp_path / "file").read_text(encoding="ascii") == "second"
        assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600
        assert [path.name for path in tmp_path.iterdir()] == ["file"]
