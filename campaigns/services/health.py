"""How Callboard itself is doing: what CallFire last answered, whether the worker lives, what is left.

Background work records what it meets here; pages only read it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from django.utils import timezone

from callfire_api import (
    BadCredentials,
    BadRequest,
    CallFire,
    CallFireError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    PlanUsage,
    Refused,
)
from campaigns import shared
from campaigns.gateway import get_callfire_for_panels, get_callfire_quickly, get_pacer

State = Literal["good", "warn", "bad"]

LIVE: Final = "live"
UPLOADS: Final = "uploads"
WORKER_KEY: Final = "worker:seen-at"
WORKER_SILENT: Final = timedelta(seconds=20)
_ANSWER: Final = "health:answer"
_TROUBLE: Final = "health:trouble"
_CREDITS: Final = "health:credits"
_LOCKED_OUT: Final = "health:locked-out"
_SILENT: Final = "health:silent"
_SILENT_SECONDS: Final = 6
_WAITING: Final = threading.BoundedSemaphore(4)


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One fact, and when it was seen."""

    text: str
    at: datetime | None
    state: State = "good"


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The worst state of all lines, in a few words, and the lines."""

    state: State
    headline: str
    lines: tuple[HealthLine, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why CallFire does not answer as it should, and since when."""

    sentence: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Credits:
    """What is left to spend, as CallFire last said (it rounds)."""

    amount: Decimal
    as_of: datetime


def report() -> HealthReport:
    """How everything is doing, from what was recorded; asks nobody."""
    if not shared.is_up():
        line = HealthLine("Redis does not answer: live figures stand still. Stop still works.", None, "bad")
        return HealthReport("bad", "Redis not answering", (line,))
    lines = (_callfire_line(), _worker_line(), _usage_line())
    bad = next((line for line in lines if line.state == "bad"), None)
    if bad is None:
        return HealthReport("good", "All systems working", lines)
    return HealthReport("bad", "CallFire not answering" if bad is lines[0] else "Worker not running", lines)


def trouble() -> Trouble | None:
    """What is wrong between us and CallFire; None while it answers."""
    found = shared.recall(_TROUBLE)
    return found if isinstance(found, Trouble) else None


def worker_seen_at(queue: str = LIVE) -> datetime | None:
    """When the worker of the queue last showed a sign of life; None when it has not for a while."""
    seen = shared.recall(_worker_key(queue))
    return seen if isinstance(seen, datetime) else None


def no_worker(queue: str = LIVE) -> str:
    """Why nobody does the work of the queue right now, in a sentence; empty while somebody does."""
    if worker_seen_at(queue) is not None:
        return ""
    return f"No worker for {queue} is running." if shared.is_up() else "Callboard’s Redis does not answer."


def beat(queue: str = LIVE) -> None:
    """The sign of life of the queue's worker; forgotten by itself when it stops coming."""
    shared.remember(_worker_key(queue), timezone.now(), WORKER_SILENT.total_seconds())


def credits() -> Credits | None:
    """What is left to spend, as last read; None before the first reading."""
    held = shared.recall(_CREDITS)
    return held if isinstance(held, Credits) else None


def check_callfire() -> None:
    """Ask CallFire for the balance: the cheapest proof that it answers and that our key works.

    Raises:
        CallFireError: it does not answer, or does not accept our key.
    """
    if background_may_read():
        with watching():
            keep_credits(get_callfire_for_panels().account.plan_usage())


def keep_credits(usage: PlanUsage | None) -> None:
    """Keep what CallFire just said is left to spend, if it did."""
    if usage is not None and usage.total_remaining_credits is not None:
        shared.remember(_CREDITS, Credits(usage.total_remaining_credits, timezone.now()), None)


@contextmanager
def watching() -> Iterator[None]:
    """Record how CallFire answers what is asked inside; any answer ends its silence for everybody.

    Wrong credentials stop background reading for five minutes: asking again cannot help.
    """
    started = time.monotonic()
    try:
        yield
    except (BadRequest, NotFound):
        _answered(started)
        raise
    except CallFireError as error:
        before = trouble()
        since = before.since if before is not None else timezone.now()
        shared.remember(_TROUBLE, Trouble(error.user_message, since), 3600)
        if isinstance(error, BadCredentials):
            shared.remember(_LOCKED_OUT, True, 300)
        if isinstance(error, OutcomeUnknown):
            shared.remember(_SILENT, True, _SILENT_SECONDS)
        elif isinstance(error, Refused):
            shared.forget(_SILENT)
        raise
    _answered(started)


@contextmanager
def quickly() -> Iterator[CallFire]:
    """The client for what a page waits for, for a ``with`` block; what CallFire answers in it is recorded.

    Refuses at once while CallFire was silent a moment ago, and while half of this process's threads wait for
    it already: the others belong to those who press Stop.

    Raises:
        NotSent: nobody is let wait right now.
    """
    if shared.recall(_SILENT):
        raise NotSent("CallFire did not answer a moment ago.", retry_after=_SILENT_SECONDS)
    if not _WAITING.acquire(timeout=0.5):
        raise NotSent("CallFire is slow to answer.", retry_after=_SILENT_SECONDS)
    try:
        with watching():
            yield get_callfire_quickly()
    finally:
        _WAITING.release()


def background_may_read() -> bool:
    """Whether background reading makes sense: not while CallFire rejects our credentials."""
    return not shared.recall(_LOCKED_OUT)


def _answered(started: float) -> None:
    milliseconds = round(1000 * (time.monotonic() - started))
    shared.remember(_ANSWER, (milliseconds, timezone.now()), 3600)
    shared.forget(_TROUBLE)
    shared.forget(_SILENT)


def _callfire_line() -> HealthLine:
    found = trouble()
    if found is not None:
        return HealthLine(found.sentence, found.since, "bad")
    milliseconds, at = shared.recall(_ANSWER) or (None, None)
    if at is None:
        return HealthLine("CallFire was not asked yet", None)
    return HealthLine(f"CallFire answered in {milliseconds:,} ms", at)


def _worker_key(queue: str) -> str:
    return WORKER_KEY if queue == LIVE else f"{WORKER_KEY}:{queue}"


def _worker_line() -> HealthLine:
    seen = worker_seen_at()
    if seen is None:
        return HealthLine("The background worker is not running: live figures stand still", None, "bad")
    return HealthLine("The background worker is running", seen)


def _usage_line() -> HealthLine:
    return HealthLine(f"This hour: {get_pacer().usage().requests_last_hour:,} requests to CallFire", None)
