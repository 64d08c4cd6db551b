"""Every check of ``make check``: a line each, and the output of those that failed. Changes nothing.

Usage: python -m tools.check, with the Python of ``.venv``.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
OURS = (
    "CALLFIRE_",
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "HTTPS_ONLY",
    "DEBUG",
    "HOST",
)


@dataclass(frozen=True)
class Check:
    """A command that succeeds when all is well."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a check."""

    check: Check
    passed: bool
    output: str
    seconds: float


def main() -> None:
    """Run all checks, two at a time; exit with 1 when any of them failed."""
    with tempfile.TemporaryDirectory() as data_dir, ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = list(map(_tell, pool.map(_run, _checks(data_dir))))
    if not all(outcome.passed for outcome in outcomes):
        sys.exit(1)


def _checks(data_dir: str) -> list[Check]:
    manage = (sys.executable, str(ROOT / "manage.py"))
    fresh = {"DATA_DIR": data_dir}
    production = fresh | {
        "ALLOWED_HOSTS": "callboard.example.com",
        "CALLFIRE_LOGIN": "login",
        "CALLFIRE_PASSWORD": "password",
        "HTTPS_ONLY": "on",
        "SECRET_KEY": secrets.token_urlsafe(50),
    }
    return [
        Check("types", _tool("mypy")),
        Check("formatting", _tool("ruff", "format", "--check", ".")),
        Check("lint", _tool("ruff", "check", ".")),
        Check("templates: formatting", _tool("djlint", "templates", "--check")),
        Check("templates: lint", _tool("djlint", "templates", "--lint", "--quiet")),
        Check("import contracts", _tool("lint-imports")),
        Check("migrations", (*manage, "makemigrations", "--check", "--dry-run"), fresh),
        Check("deployment", (*manage, "check", "--deploy", "--fail-level", "WARNING"), production),
    ]


def _tool(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(BIN / name), *arguments)


def _run(check: Check) -> Outcome:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    started = time.monotonic()
    done = subprocess.run(
        check.command,
        check=False,
        cwd=ROOT,
        env=environment | check.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Outcome(check, done.returncode == 0, done.stdout, time.monotonic() - started)


def _tell(outcome: Outcome) -> Outcome:
    word = "ok    " if outcome.passed else "FAILED"
    print(f"{word}  {outcome.check.name:24} {outcome.seconds:5.1f} s", flush=True)
    if not outcome.passed:
        print(outcome.output.rstrip(), flush=True)
    return outcome


if __name__ == "__main__":
    main()
