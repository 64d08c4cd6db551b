"""Formats and repairs what a tool can (``make fix``).

Usage: python -m tools.fix, with the Python of ``.venv``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def main() -> None:
    """Run the repairing tools; exit with 1 when one left something for a person."""
    codes = [
        _run("ruff", "check", "--fix", "."),
        _run("ruff", "format", "."),
        _run("djlint", "templates", "--reformat", "--quiet"),
    ]
    # djlint answers 1 when it reformatted something, which is what it was asked to do.
    sys.exit(max(codes[:2]))


def _run(tool: str, *arguments: str) -> int:
    return subprocess.run([str(BIN / tool), *arguments], check=False, cwd=ROOT).returncode


if __name__ == "__main__":
    main()
