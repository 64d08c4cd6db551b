"""About when a broadcast would end, as an interval: from how fast our own broadcasts called people.

CallFire says nothing about it. What is known is how many calls a minute finished broadcasts made for each
call they were allowed at once, as far as Callboard watched them; with too few of those nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor
from statistics import quantiles
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Max, Min
from django.utils import timezone

from callfire_api import Broadcast, BroadcastStatus
from callfire_api.wire import read
from campaigns.models import BroadcastSnapshot
from campaigns.services.estimates import ENOUGH_BROADCASTS, LEAST_PEOPLE, LOOK_BACK, Tries
from campaigns.services.windows import Hours, Reach

MOST_BROADCASTS: Final = 100
# Over less than this, a pace is chance.
LEAST_WATCHED: Final = timedelta(minutes=2)
# Whoever is tried again waits so long when CallFire does not say how long.
_USUAL_WAIT_MINUTES: Final = 60
_IN_HOURS_FROM: Final = 180
_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Ending:
    """How long the calling takes, from ``soonest`` to ``latest``, resting on so many past broadcasts.

    ``is_interrupted`` means that hours or a schedule may hold people back meanwhile, so that the time of day
    is not known.
    """

    begins: datetime
    soonest: timedelta
    latest: timedelta
    broadcasts: int
    is_interrupted: bool

    @property
    def first_at(self) -> datetime:
        """When it ends at the soonest, if nothing interrupts it."""
        return self.begins + self.soonest

    @property
    def last_at(self) -> datetime:
        """When it ends at the latest, if nothing interrupts it."""
        return self.begins + self.latest

    @property
    def is_today(self) -> bool:
        """Whether it ends on the day it begins on the reader's calendar, at the latest."""
        return timezone.localdate(self.last_at) == timezone.localdate(self.begins)

    @property
    def in_words(self) -> str:
        """40 – 95 minutes, rounded outwards"""
        unit, seconds = (
            ("minutes", 60) if self.latest < timedelta(minutes=_IN_HOURS_FROM) else ("hours", 3600)
        )
        low, high = floor(self.soonest.total_seconds() / seconds), ceil(self.latest.total_seconds() / seconds)
        return f"up to {high} {unit}" if not low else f"{low} –\N{WORD JOINER} {high} {unit}"


def of(broadcast: Broadcast, people: int | None, reach: Reach, *, now: datetime) -> Ending | None:
    """When calling these people would end if it began now; None when that is not known."""
    paces = _paces() if people and broadcast.max_active else []
    if not people or not broadcast.max_active or len(paces) < ENOUGH_BROADCASTS:
        return None
    slow, fast = slow_and_fast(paces)
    tries, retry = Tries.of(broadcast).most, broadcast.retry_config
    wait = (retry.minutes_between_attempts if retry else None) or _USUAL_WAIT_MINUTES
    minutes_of_calling = people / broadcast.max_active
    latest = timedelta(minutes=tries * minutes_of_calling / slow + (tries - 1) * wait)
    hours = Hours.of(broadcast.local_time_restriction)
    return Ending(
        begins=now,
        soonest=timedelta(minutes=minutes_of_calling / fast),
        latest=latest,
        broadcasts=len(paces),
        is_interrupted=bool(broadcast.schedules) or _closes_within(latest, hours, reach, now),
    )


def slow_and_fast(paces: Sequence[float]) -> tuple[float, float]:
    """The bounds that leave a tenth of the paces on either side; beyond the outermost where those are few."""
    tenths = quantiles(paces, n=10, method="exclusive")
    return max(tenths[0], min(paces) / 2), tenths[-1]


def _closes_within(span: timedelta, hours: Hours | None, reach: Reach, now: datetime) -> bool:
    """Whether somebody cannot be called now, or not until the end of the span."""
    if hours is None:
        return False
    if not all(window.is_open for window in reach.windows):
        return True
    clocks = {now.astimezone(ZoneInfo(zone)) for window in reach.windows for zone in window.zones}
    left = [(hours.end - 60 * clock.hour - clock.minute) % _DAY for clock in clocks]
    return span > timedelta(minutes=min(left, default=0))


def _paces() -> list[float]:
    """Calls a minute for each call allowed at once, of the newest broadcasts that ended and were watched."""
    ended = BroadcastSnapshot.objects.filter(
        status__in=[BroadcastStatus.FINISHED, BroadcastStatus.ARCHIVED],
        last_modified__gte=timezone.now() - LOOK_BACK,
    )
    newest = list(ended.order_by("-last_modified").values_list("pk", flat=True)[:MOST_BROADCASTS])
    watched = BroadcastSnapshot.objects.filter(pk__in=newest).annotate(
        calls=Max("samples__attempted") - Min("samples__attempted"),
        since=Min("samples__at"),
        until=Max("samples__at"),
    )
    paces = []
    for snapshot in watched.filter(calls__gte=LEAST_PEOPLE):
        at_once, span = read(Broadcast, snapshot.settings).max_active, snapshot.until - snapshot.since
        if at_once and span >= LEAST_WATCHED:
            paces.append(snapshot.calls / (span.total_seconds() / 60) / at_once)
    return paces
