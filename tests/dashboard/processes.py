"""Real processes for tests: start one, read what it says, and be sure that nothing of it stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent


class Talking:
    """A command under way, in a session of its own; what it writes is collected line by line."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._seen: dict[int, psutil.Process] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Talking:
        return self

    def __exit__(self, *_: object) -> None:
        self.clean_up()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def says(self, text: str, *, seconds: float = 120, after: int = 0) -> str:
        """Wait for a line with that text (from line number ``after`` on) and return it."""

        def found() -> str | None:
            return next((line for line in self.lines[after:] if text in line), None)

        wait_until(lambda: found() is not None or self.has_ended, seconds, f"{text!r} in\n{self.output}")
        line = found()
        assert line is not None, f"ended without saying {text!r}:\n{self.output}"
        return line

    def descendants(self) -> list[psutil.Process]:
        """Every process it started and every process those started, also those it has lost since."""
        try:
            for process in psutil.Process(self._process.pid).children(recursive=True):
                self._seen[process.pid] = process
        except psutil.NoSuchProcess:
            pass
        return [process for process in self._seen.values() if _lives(process)]

    def child(self, words: str) -> psutil.Process:
        """Its direct child whose command line has these words."""
        for process in psutil.Process(self._process.pid).children():
            if words in " ".join(process.cmdline()):
                return process
        raise AssertionError(f"no child was started with {words}")

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def is_frozen(self) -> bool:
        """Whether a SIGSTOP has reached every thread of it."""
        threads = psutil.Process(self._process.pid).threads()
        try:
            return all(psutil.Process(thread.id).status() == psutil.STATUS_STOPPED for thread in threads)
        except psutil.NoSuchProcess:  # a thread that ended since
            return False

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def ends(self, *, seconds: float = 120) -> int:
        """Wait for the end and return the exit code."""
        code = self._process.wait(seconds)
        self._reader.join(5)
        return code

    def clean_up(self) -> None:
        """Kill what is left."""
        for process in self.descendants():
            process.kill()
        self._process.kill()
        self._process.wait()
        self._reader.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Return once the condition holds; fail when it does not within these seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.05)


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """The environment of a fresh machine: none of our variables but these."""
    keep = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in keep if name in os.environ} | {
        "DATA_DIR": str(data_dir),
        **more,
    }


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
