"""Makes ``.venv``, installs the locked dependencies into it, and becomes the command it was given.

Usage: python3 tools/bootstrap.py run|test ARGUMENTS...

``run`` and ``test`` name the lock (``requirements/run.txt`` or ``test.txt``); the arguments go to the
Python of ``.venv``. Nothing is installed while the lock is the one that was installed last.

This file is read by whatever Python is called ``python3`` here, so it has to parse on old ones, too:
that is why its annotations are quoted.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3.14")

# How pip words that the package index could not be reached.
NETWORK_TROUBLE = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|name resolution"
    r"|Name or service not known|Connection (?:refused|reset|broken)|Network is unreachable|Max retries"
)


class SetupError(Exception):
    """A reason to give up, as the sentence the person at the keyboard reads."""


def main() -> None:
    """Install what is missing, then run the command in this process's place."""
    name, arguments = sys.argv[1], sys.argv[2:]
    try:
        use_a_new_enough_python()
        python = installed(ROOT / ".venv", name)
    except SetupError as error:
        sys.exit(str(error))
    os.chdir(str(ROOT))
    _become(str(python), arguments)


def use_a_new_enough_python() -> None:
    """Return when this Python will do; otherwise start again with one that does."""
    if os.name == "nt":
        raise SetupError("Callboard runs on Linux and macOS. On Windows, use it inside WSL.")
    if sys.version_info >= OLDEST:
        return
    for name in NEWER_PYTHONS:
        newer = shutil.which(name)
        if newer and _runs(newer):
            _become(newer, sys.argv)
    raise SetupError(
        "Callboard needs Python {}.{} or newer; this is {}.{}. Install it (on Debian and Ubuntu: "
        "apt-get install python3 python3-venv) and run the command again.".format(
            *OLDEST, *sys.version_info[:2]
        )
    )


def _runs(python: "str") -> "bool":
    """Whether it is a Python that starts and is new enough; a name on the path may be an empty promise."""
    asked = "import sys; sys.exit(sys.version_info < ({}, {}))".format(*OLDEST)
    return subprocess.call([python, "-c", asked], stderr=subprocess.DEVNULL) == 0


def installed(environment: "Path", name: "str") -> "Path":
    """The Python of an environment that holds exactly what the lock of that name says."""
    locks = {lock: _hash(ROOT / "requirements" / f"{lock}.txt") for lock in ("run", "test")}
    stamp = environment / ".installed"
    python = environment / "bin" / "python"
    if python.exists() and _read(stamp).get(name) == locks[name]:
        return python
    make_environment(environment)
    stamp.unlink(missing_ok=True)
    pip_install(python, "--require-hashes", "--requirement", str(ROOT / "requirements" / f"{name}.txt"))
    # The test lock holds everything of the run lock, pinned alike.
    done = locks if name == "test" else {"run": locks["run"]}
    stamp.write_text(json.dumps(done), encoding="ascii")
    return python


def make_environment(environment: "Path") -> None:
    """A virtual environment with pip; one that is there and works is kept."""
    if (environment / "bin" / "python").exists() and (environment / "bin" / "pip").exists():
        return
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            "Python cannot make virtual environments here: its venv package is missing. "
            "On Debian and Ubuntu: apt-get install python3-venv"
        )
    print(f"Making a virtual environment in {environment.name} ...", flush=True)
    outcome = _quietly([sys.executable, "-m", "venv", "--clear", str(environment)])
    if outcome.returncode == 0:
        return
    if not os.access(str(environment.parent), os.W_OK) or "Permission denied" in outcome.stdout:
        raise SetupError(f"{environment.parent} cannot be written. Copy Callboard to a folder of yours.")
    raise SetupError(f"The virtual environment could not be made:\n{_ending(outcome.stdout)}")


def pip_install(python: "Path", *arguments: "str") -> None:
    """Install into the environment of that Python; pip is heard only when it fails."""
    print("Installing the locked dependencies (once; some 10 to 60 seconds) ...", flush=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    outcome = _quietly([*pip, "--retries", "2", *arguments])
    if outcome.returncode == 0:
        return
    if NETWORK_TROUBLE.search(outcome.stdout):
        raise SetupError(
            "The package index could not be reached. Check the network (behind a proxy, set HTTPS_PROXY; "
            "for a mirror, PIP_INDEX_URL) and run the command again."
        )
    if "No space left on device" in outcome.stdout:
        raise SetupError("The disk is full: Callboard's dependencies need some 150 MB, for tests 500 MB.")
    raise SetupError(f"pip could not install the dependencies:\n{_ending(outcome.stdout)}")


def _become(python: "str", arguments: "list[str]") -> None:
    sys.stdout.flush()
    os.execv(python, [python, *arguments])  # noqa: S606 - the arguments are those of the Makefile


def _quietly(command: "list[str]") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _ending(output: "str") -> "str":
    return "\n".join(output.strip().splitlines()[-12:])


def _hash(path: "Path") -> "str":
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(stamp: "Path") -> "dict[str, str]":
    try:
        content = json.loads(stamp.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


if __name__ == "__main__":
    main()
