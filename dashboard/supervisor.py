"""Keeps parts running: starts them, says when each is ready, restarts what dies, and stops all together.

One thread, one loop: what parts write, deaths, readiness, due restarts, and signals. Each part leads a
process group of its own, so that nothing it started outlives it; and each is told by the kernel when the
supervisor is gone (Linux), so that not even ``kill -9`` leaves a part behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from types import FrameType
from typing import IO, TextIO

from dashboard.parts import Part

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# A part that ran this long has recovered: the next pause is short again.
STEADY_SECONDS = 60.0
SECONDS_TO_STOP = 8.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_COLOURS = {"valkey": 35, "sandbox": 33, "worker": 36, "uploads": 34, "web": 32}
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Console:
    """Writes lines with the name of the part in front; in colour on a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._coloured = stream.isatty()

    def say(self, name: str, text: str) -> None:
        """One line of a part, or about it."""
        label = f"{name:8}"
        if self._coloured:
            label = f"\x1b[{_COLOURS.get(name, 37)}m{label}\x1b[0m"
        self.write(f"{label} {text}")

    def write(self, text: str = "") -> None:
        """One line as it is. A console that has gone away is no reason to stop."""
        with contextlib.suppress(OSError, ValueError):
            print(text, file=self._stream, flush=True)


class RunningPart:
    """A part, its present process, and what became of it so far."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.process: subprocess.Popen[bytes] | None = None
        self.is_ready = False
        self.started_at = 0.0
        self.restart_at: float | None = None
        self._pause = FIRST_PAUSE_SECONDS
        self._unfinished_line = b""

    def start(self) -> IO[bytes]:
        """Start the process; returns the pipe with what it writes."""
        self.process = subprocess.Popen(  # noqa: S603 - the command is one of ours
            self.part.command,
            env={**os.environ, **self.part.environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_the_supervisor,  # noqa: PLW1509 - there is only one thread
            pass_fds=self.part.keeps_open,
        )
        self.started_at = time.monotonic()
        self.restart_at = None
        self.is_ready = False
        assert self.process.stdout is not None  # noqa: S101 - a pipe was asked for
        os.set_blocking(self.process.stdout.fileno(), False)
        return self.process.stdout

    def lines(self, chunk: bytes) -> list[str]:
        """The lines that this chunk completes, without the part's usual noise."""
        *complete, self._unfinished_line = (self._unfinished_line + chunk).split(b"\n")
        lines = [line.decode(errors="replace").rstrip() for line in complete]
        return [line for line in lines if line and not any(noise in line for noise in self.part.noise)]

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def plan_restart(self) -> float:
        """Seconds until the next start: growing while the part keeps dying."""
        if time.monotonic() - self.started_at > STEADY_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        self.restart_at = time.monotonic() + pause
        return pause

    def signal(self, number: signal.Signals) -> None:
        """To the process alone: it stops what it started itself."""
        if self.process is not None and self.is_running():
            self.process.send_signal(number)

    def sweep(self) -> None:
        """Kill whatever is left of the process and its group."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Supervisor:
    """Runs parts until a signal asks to stop. Use as a context manager: leaving it stops everything."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.stop_requests = 0
        self._running: list[RunningPart] = []
        self._selector = selectors.DefaultSelector()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._former_handlers: dict[
            signal.Signals, Callable[[int, FrameType | None], object] | int | None
        ] = {}

    def __enter__(self) -> Supervisor:
        # A signal writes a byte there, which ends the wait in select() at once.
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._selector.register(self._wake_reader, selectors.EVENT_READ)
        signal.set_wakeup_fd(self._wake_writer.fileno())
        for number in STOP_SIGNALS:
            self._former_handlers[number] = signal.signal(number, self._request_stop)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for number, handler in self._former_handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        self._selector.close()
        self._wake_reader.close()
        self._wake_writer.close()

    def start(self, part: Part) -> None:
        """Start a part and keep it running from now on."""
        running = RunningPart(part)
        self._running.append(running)
        self._launch(running)

    def wait_until_ready(self) -> bool:
        """Wait for all parts; False when a signal asked to stop before."""
        while not self.stop_requests and not all(running.is_ready for running in self._running):
            self._turn(wait_seconds=0.05)
        return not self.stop_requests

    def run(self) -> None:
        """Keep everything running until a signal asks to stop."""
        while not self.stop_requests:
            self._turn(wait_seconds=0.5)

    def stop(self) -> None:
        """Stop the parts: first those that use the others, then the others. A second signal kills."""
        requests = max(self.stop_requests, 1)
        for serves_others in (False, True):
            group = [running for running in self._running if running.part.serves_others is serves_others]
            for running in group:
                running.signal(signal.SIGTERM)
            deadline = time.monotonic() + SECONDS_TO_STOP
            while any(running.is_running() for running in group) and time.monotonic() < deadline:
                if self.stop_requests > requests:
                    break
                self._pass_on(wait_seconds=0.05)
            for running in group:
                if running.is_running():
                    self.console.say(running.part.name, "did not stop in time and was killed")
                running.sweep()
        self._running.clear()

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_requests += 1

    def _turn(self, *, wait_seconds: float) -> None:
        self._pass_on(wait_seconds=wait_seconds)
        for running in self._running:
            if running.restart_at is not None:
                if time.monotonic() >= running.restart_at and not self.stop_requests:
                    self._launch(running)
            elif not running.is_running():
                self._mourn(running)
            elif not running.is_ready and running.part.answers is not None and running.part.answers():
                self._greet(running)

    def _launch(self, running: RunningPart) -> None:
        pipe = running.start()
        self._selector.register(pipe, selectors.EVENT_READ, (running, pipe))

    def _mourn(self, running: RunningPart) -> None:
        code = running.process.returncode if running.process else 0
        running.sweep()
        pause = running.plan_restart()
        self.console.say(running.part.name, f"{_ending(code)}; starting again in {pause:g} s")

    def _greet(self, running: RunningPart) -> None:
        running.is_ready = True
        self.console.say(
            running.part.name, f"ready: {running.part.remark}" if running.part.remark else "ready"
        )

    def _pass_on(self, *, wait_seconds: float) -> None:
        """Write what the parts wrote."""
        for key, _ in self._selector.select(wait_seconds):
            if key.fileobj is self._wake_reader:
                with contextlib.suppress(BlockingIOError):
                    self._wake_reader.recv(64)
                continue
            running, pipe = key.data
            chunk = os.read(key.fd, 65536)
            if not chunk:
                self._selector.unregister(pipe)
                pipe.close()
            self._say(running, running.lines(chunk))

    def _say(self, running: RunningPart, lines: Iterable[str]) -> None:
        for line in lines:
            if running.part.ready_line and line.endswith(running.part.ready_line):
                self._greet(running)
            else:
                self.console.say(running.part.name, line)


def _ending(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"


def _end_with_the_supervisor() -> None:
    """Runs in the new process before it becomes the part."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
