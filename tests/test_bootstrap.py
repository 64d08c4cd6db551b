"""``tools/bootstrap.py``: what happens between a fresh clone and the first command."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Stands in for the Python of .venv: notes how it was called, and succeeds.
FAKE_PYTHON = '#!/bin/sh\necho "$@" >> "$(dirname "$0")/../called"\n'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what the bootstrap needs of the project, and nothing installed."""
    for folder in ("tools", "requirements"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.fixture
def environment(clone: Path) -> Path:
    """A virtual environment with the run lock installed, as far as the bootstrap can tell."""
    (clone / ".venv" / "bin").mkdir(parents=True)
    for name in ("python", "pip"):
        (clone / ".venv" / "bin" / name).write_text(FAKE_PYTHON, encoding="ascii")
        (clone / ".venv" / "bin" / name).chmod(0o755)
    stamp(clone, run=hash_of(clone, "run"))
    return clone / ".venv"


def stamp(clone: Path, **locks: str) -> None:
    (clone / ".venv" / ".installed").write_text(json.dumps(locks), encoding="ascii")


def stamped(clone: Path) -> object:
    return json.loads((clone / ".venv" / ".installed").read_text(encoding="ascii"))


def hash_of(clone: Path, lock: str) -> str:
    return sha256((clone / "requirements" / f"{lock}.txt").read_bytes()).hexdigest()


def calls(environment: Path) -> list[str]:
    return (environment / "called").read_text(encoding="ascii").splitlines()


def bootstrap(clone: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(clone / "tools" / "bootstrap.py"), *arguments],
        check=False,
        env={"PATH": os.environ["PATH"], **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


class TestSecondStart:
    def test_nothing_is_installed_and_the_command_runs(self, clone: Path, environment: Path) -> None:
        done = bootstrap(clone, "run", "manage.py", "up")
        assert (done.returncode, done.stdout) == (0, "")
        assert calls(environment) == ["manage.py up"]

    def test_a_lock_that_changed_is_installed_with_its_hashes_checked(
        self, clone: Path, environment: Path
    ) -> None:
        with (clone / "requirements" / "run.txt").open("a", encoding="ascii") as lock:
            lock.write("# changed\n")
        bootstrap(clone, "run", "manage.py", "up")
        install, command = calls(environment)
        assert install.startswith("-m pip install")
        assert "--require-hashes --requirement" in install
        assert install.endswith("requirements/run.txt")
        assert command == "manage.py up"
        assert stamped(clone) == {"run": hash_of(clone, "run")}

    def test_the_test_lock_serves_running_too(self, clone: Path, environment: Path) -> None:
        bootstrap(clone, "test", "-m", "pytest")
        bootstrap(clone, "run", "manage.py", "up")
        install, tests, run = calls(environment)
        assert install.endswith("requirements/test.txt")
        assert (tests, run) == ("-m pytest", "manage.py up")

    def test_a_stamp_that_cannot_be_read_means_installing_again(self, clone: Path, environment: Path) -> None:
        (clone / ".venv" / ".installed").write_text("half a li", encoding="ascii")
        bootstrap(clone, "run", "manage.py", "up")
        assert len(calls(environment)) == 2

    def test_the_test_lock_holds_the_run_lock_pinned_alike(self) -> None:
        pins = {
            lock: set(
                re.findall(r"^([\w.-]+==\S+)", (ROOT / "requirements" / f"{lock}.txt").read_text(), re.M)
            )
            for lock in ("run", "test")
        }
        assert len(pins["run"]) > 20
        assert pins["run"] <= pins["test"]


@pytest.mark.process
class TestTrouble:
    def test_an_index_that_cannot_be_reached_is_one_sentence(self, clone: Path) -> None:
        nowhere = {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
            "PIP_RETRIES": "0",
        }
        done = bootstrap(clone, "run", "manage.py", "up", **nowhere)
        assert done.returncode == 1
        assert "The package index could not be reached." in done.stdout
        assert "Traceback" not in done.stdout
        assert not (clone / ".venv" / ".installed").exists()

    def test_a_folder_in_which_no_environment_can_be_made_is_said(self, clone: Path) -> None:
        (clone / ".venv").write_text("a file", encoding="ascii")
        done = bootstrap(clone, "run", "manage.py", "up")
        assert done.returncode == 1
        assert "The virtual environment could not be made" in done.stdout
        assert "Traceback" not in done.stdout

    def test_a_python_that_is_too_old_can_still_read_it(self) -> None:
        """It has to, in order to say what is wrong: nothing newer than Python 3.6 in its grammar."""
        source = (ROOT / "tools" / "bootstrap.py").read_text(encoding="utf-8")
        compile(source, "bootstrap.py", "exec", dont_inherit=True)
        assert not re.search(r"^from __future__|:=|^\s*match |\) -> (?!\"|None)", source, re.M)
