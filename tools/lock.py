"""Writes ``requirements/run.txt`` and ``test.txt`` anew, with hashes, for every platform.

Usage: python3 -m tools.lock (``make lock``). uv does the work, from a throw-away environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.bootstrap import ROOT, SetupError, make_environment, pip_install

RUN, TEST = "requirements/run.txt", "requirements/test.txt"


def main() -> None:
    """Compile both locks; the test lock takes every version that the run lock names."""
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "uv"
        try:
            make_environment(environment)
            pip_install(environment / "bin" / "python", "uv")
        except SetupError as error:
            sys.exit(str(error))
        uv = str(environment / "bin" / "uv")
        _compile(uv, RUN)
        _compile(uv, TEST, "--extra", "test", "--constraint", RUN)


def _compile(uv: str, lock: str, *extra: str) -> None:
    print(f"Writing {lock} ...", flush=True)
    command = [uv, "pip", "compile", "--quiet", "--upgrade", "--universal", "--generate-hashes"]
    command += ["--python-version", "3.11", "--output-file", lock, *extra, "pyproject.toml"]
    environment = {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "make lock"}
    if subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode:
        sys.exit(f"uv could not write {lock}.")


if __name__ == "__main__":
    main()
