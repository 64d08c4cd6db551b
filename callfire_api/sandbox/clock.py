"""Where the sandbox takes its time from."""

import threading
import time
from datetime import UTC, datetime
from typing import Protocol

DEFAULT_START = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


class Clock(Protocol):
    """Seconds since 1970, and a way to move them forward."""

    def now(self) -> float: ...

    def advance(self, seconds: float) -> None: ...


class ManualClock:
    """Stands still until a test advances it."""

    def __init__(self, start: datetime = DEFAULT_START) -> None:
        self._now = start.timestamp()
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Moves forward by ``seconds``; raises ValueError for a negative number."""
        if seconds < 0:
            raise ValueError("the sandbox's clock only moves forward")
        with self._lock:
            self._now += seconds


class SystemClock:
    """The machine's time, plus whatever it was advanced by."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Jumps forward by ``seconds``; raises ValueError for a negative number."""
        if seconds < 0:
            raise ValueError("the sandbox's clock only moves forward")
        with self._lock:
            self._ahead += seconds
