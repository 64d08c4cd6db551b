"""Misbehaviour on demand: answers that are errors, late, garbled or missing."""

import random
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypedDict


class Harm(TypedDict, total=False):
    """What becomes of a request that a fault befalls; see Fault."""

    status: int | None
    headers: Mapping[str, str]
    body: str | bytes | None
    content_type: str | None
    message: str | None
    delay_seconds: float
    drop: Literal["before", "after"] | None
    applied: bool | None


@dataclass
class Fault:
    """What goes wrong with the requests it matches.

    A request matches when its method is ``method`` (empty: any) and its path, without ``/v2``, ends in
    ``path`` (empty: any). With a ``status`` of 300 or more, or ``drop="before"``, the request has no effect;
    otherwise it is carried out first and only the answer suffers. ``applied`` overrules that.
    """

    method: str = ""
    path: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | bytes | None = None
    content_type: str | None = None
    message: str | None = None  # the message of the ErrorResponse, when there is no body
    delay_seconds: float = 0.0  # really waited, before the answer
    drop: Literal["before", "after"] | None = None
    applied: bool | None = None
    times: int | None = 1  # None: until cleared
    share: float = 1.0  # of the matching requests, drawn from a seeded generator

    def matches(self, method: str, path: str) -> bool:
        return self.method in ("", method) and path.endswith(self.path)

    @property
    def lets_it_happen(self) -> bool:
        """Whether the request takes effect in spite of the fault."""
        if self.applied is not None:
            return self.applied
        return self.drop != "before" and (self.status is None or self.status < 300)

    @property
    def replaces_the_answer(self) -> bool:
        return self.status is not None or self.body is not None


class FaultBook:
    """The faults in force; the oldest match wins."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._faults: list[Fault] = []
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forgets all faults and rewinds the generator behind shares."""
        with self._lock:
            self._faults.clear()
            self._random = random.Random(self._seed)

    def pick(self, method: str, path: str) -> Fault | None:
        """The fault that befalls this request, used up once if it is counted."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(method, path) or self._random.random() >= fault.share:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return None

    def describe(self) -> list[dict[str, Any]]:
        with self._lock:
            return [{key: _plain(value) for key, value in asdict(fault).items()} for fault in self._faults]


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
