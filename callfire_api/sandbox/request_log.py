"""What the sandbox was asked; credentials never get this far."""

import json
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

KEPT_REQUESTS = 20_000
KEPT_BODY_BYTES = 512 * 1024


@dataclass(frozen=True)
class RequestLog:
    """One request. ``at`` is the sandbox clock in seconds; ``status`` is None when no answer was sent."""

    number: int
    method: str
    path: str
    query: dict[str, list[str]]
    raw_body: bytes
    status: int | None
    applied: bool
    at: float

    @property
    def body(self) -> Any:
        """The parsed JSON body; None without one, or when it was not JSON or too large to keep."""
        try:
            return json.loads(self.raw_body) if self.raw_body else None
        except ValueError:
            return None

    def to_json(self) -> dict[str, Any]:
        names = ("number", "method", "path", "query", "body", "status", "applied", "at")
        return {name: getattr(self, name) for name in names}


class Journal:
    """The latest requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[RequestLog] = deque(maxlen=KEPT_REQUESTS)
        self._count = 0
        self._lock = threading.Lock()

    def add(
        self,
        *,
        method: str,
        path: str,
        query: dict[str, list[str]],
        raw_body: bytes,
        status: int | None,
        applied: bool,
        at: float,
    ) -> RequestLog:
        kept = raw_body if len(raw_body) <= KEPT_BODY_BYTES else b""
        with self._lock:
            self._count += 1
            entry = RequestLog(self._count, method, path, query, kept, status, applied, at)
            self._entries.append(entry)
        return entry

    def entries(self, since: int = 0) -> list[RequestLog]:
        """Those numbered above ``since``."""
        with self._lock:
            return [entry for entry in self._entries if entry.number > since]

    def clear(self) -> None:
        """Empties the journal; numbering continues."""
        with self._lock:
            self._entries.clear()
