"""How fast we may ask CallFire: requests per second, and how many at once.

CallFire documents no limit, so the pace is ours to keep. `LocalPacer` keeps it for the threads of one
process; `shared_pacing` has one for every process that reaches the same Redis.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from callfire_api.errors import NotSent

DEFAULT_REQUESTS_PER_SECOND = 5.0
DEFAULT_MAX_IN_FLIGHT = 4
IN_FLIGHT_POLL_SECONDS = 0.05
USAGE_MINUTES = 60


@dataclass(frozen=True, slots=True)
class PaceUsage:
    """How much of the pace is used.

    Attributes:
        requests_last_hour: requests sent in the last 60 minutes, to the minute.
        in_flight: requests under way now.
        paused_seconds: how much longer CallFire wants us to hold back, 0.0 when it does not.
        is_shared: whether the numbers cover all processes; False when only this one is counted.
    """

    requests_last_hour: int
    in_flight: int
    paused_seconds: float
    is_shared: bool


class Pacer(Protocol):
    """Who decides when a request may go out. Safe to use from many threads."""

    def slot(self, *, urgent: bool = False, max_wait: float | None = None) -> AbstractContextManager[None]:
        """A place for one request, held while it is under way.

        Args:
            urgent: go at once, whatever the pace says; the request is still counted.
            max_wait: seconds to wait for a place; None waits as long as it takes.

        Raises:
            NotSent: on entering, no place came free in time; `retry_after` says when one may.
        """

    def pause(self, seconds: float) -> None:
        """Let nobody but the urgent start a request for so long: CallFire asked us to slow down."""

    def usage(self) -> PaceUsage:
        """What has been used."""


def pace_is_full(wait: float) -> NotSent:
    """What a caller is told who would have to wait too long for a place."""
    return NotSent(
        "Too many requests to CallFire are waiting. Nothing was sent.",
        retry_after=wait,
        detail=f"the pace is full for {wait:.1f} s",
    )


def check_rates(requests_per_second: float, max_in_flight: int) -> None:
    """Raises ValueError for a pace that lets nobody through."""
    if requests_per_second <= 0 or max_in_flight < 1:
        raise ValueError("A pace needs more than 0 requests per second and room for at least 1 at once.")


@dataclass(slots=True)
class _Pace:
    """The arithmetic of a pace in one process: no waiting, no locking, and the time is told.

    A token bucket that holds `max_in_flight` tokens, kept as the moment at which it is full again.
    """

    requests_per_second: float
    max_in_flight: int
    full_at: float = 0.0
    paused_until: float = 0.0
    in_flight: int = 0
    sent: Counter[int] = field(default_factory=Counter)

    def wait(self, now: float) -> float:
        """Seconds until a request may start; 0.0 when it may now."""
        room_at = self.full_at - (self.max_in_flight - 1) / self.requests_per_second
        wait = max(room_at, self.paused_until) - now
        return max(wait, IN_FLIGHT_POLL_SECONDS if self.in_flight >= self.max_in_flight else 0.0)

    def start(self, now: float) -> None:
        """Count a request that starts."""
        self.full_at = max(self.full_at, now) + 1 / self.requests_per_second
        self.in_flight += 1
        self.sent[int(now // 60)] += 1
        self._forget(now)

    def usage(self, now: float) -> PaceUsage:
        self._forget(now)
        return PaceUsage(
            requests_last_hour=self.sent.total(),
            in_flight=self.in_flight,
            paused_seconds=max(self.paused_until - now, 0.0),
            is_shared=False,
        )

    def _forget(self, now: float) -> None:
        for minute in [minute for minute in self.sent if minute <= now // 60 - USAGE_MINUTES]:
            del self.sent[minute]


class LocalPacer:
    """A pace for the threads of this process. A burst of `max_in_flight` requests may follow a quiet time.

    Args:
        requests_per_second: how many requests may start each second on average.
        max_in_flight: how many may be under way at once.
        clock: seconds on any scale that only goes forward.
    """

    def __init__(
        self,
        requests_per_second: float = DEFAULT_REQUESTS_PER_SECOND,
        max_in_flight: int = DEFAULT_MAX_IN_FLIGHT,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        check_rates(requests_per_second, max_in_flight)
        self._pace = _Pace(requests_per_second, max_in_flight)
        self._changed = threading.Condition()
        self._clock = clock

    @contextmanager
    def slot(self, *, urgent: bool = False, max_wait: float | None = None) -> Iterator[None]:
        """See `Pacer.slot`."""
        with self._changed:
            if not urgent:
                self._wait_for_room(max_wait)
            self._pace.start(self._clock())
        try:
            yield
        finally:
            with self._changed:
                self._pace.in_flight -= 1
                self._changed.notify()

    def _wait_for_room(self, max_wait: float | None) -> None:
        give_up_at = None if max_wait is None else self._clock() + max_wait
        while wait := self._pace.wait(self._clock()):
            if give_up_at is not None and self._clock() + wait > give_up_at:
                raise pace_is_full(wait)
            self._changed.wait(wait)

    def pause(self, seconds: float) -> None:
        """See `Pacer.pause`."""
        with self._changed:
            self._pace.paused_until = max(self._pace.paused_until, self._clock() + seconds)

    def usage(self) -> PaceUsage:
        """See `Pacer.usage`: this process only."""
        with self._changed:
            return self._pace.usage(self._clock())
