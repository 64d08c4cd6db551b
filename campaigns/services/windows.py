"""Who may be called at this moment, and when everybody else may: hours local to people, and schedules.

A prediction, never a permission: CallFire itself holds people back, by the area code of their number. What
is not known counts as not callable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import PhoneNumber
from phonenumbers.timezone import time_zones_for_geographical_number

from callfire_api import DayOfWeek, LocalTimeRestriction, Schedule
from campaigns.labels import zone_name

USUAL_ZONES: Final = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
# Before 08:00 and from 21:00 on, wherever somebody lives, nobody expects a call.
DAY: Final = range(8 * 60, 21 * 60)
_WHOLE_DAY: Final = 24 * 60
# A number whose area code says no more than the country is in one of dozens of zones.
_MOST_ZONES: Final = 4
_WEEK: Final = DayOfWeek.known()  # Monday first, like date.weekday()
_WEEK_AND_A_BIT: Final = 9  # from yesterday, whose run may go on past midnight, to this day next week


@dataclass(frozen=True, slots=True)
class Hours:
    """The permitted part of each person's day, in minutes since midnight; ``end`` itself is outside.

    An end before the begin lies on the next day. A begin that is also the end permits nothing.
    """

    begin: int
    end: int

    @classmethod
    def of(cls, restriction: LocalTimeRestriction | None) -> Self | None:
        """The hours that are enforced; None when none are. Hours outside a day permit nothing."""
        if restriction is None or not restriction.enabled or restriction.begin_hour is None:
            return None
        begin = 60 * restriction.begin_hour + (restriction.begin_minute or 0)
        end = 60 * (restriction.end_hour or 0) + (restriction.end_minute or 0)
        is_sane = 0 <= begin < _WHOLE_DAY and 0 <= end <= _WHOLE_DAY
        return cls(begin, end) if is_sane else cls(0, 0)

    def permit(self, minute: int) -> bool:
        """Whether somebody whose clock shows this minute of the day may be called."""
        if self.begin <= self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end


@dataclass(frozen=True, slots=True)
class Window:
    """People who share a clock: what it shows, whether they may be called, and when that changes.

    ``zones`` are the zones an area code spans, all of which have to permit a call; empty when nobody knows.
    ``people`` is None where nobody was counted. ``opens_at`` is None when they may be called now or never.
    ``is_night`` means that a call now would come before 08:00 or after 21:00.
    """

    zones: tuple[str, ...]
    people: int | None
    local: datetime | None
    is_open: bool
    opens_at: datetime | None
    is_night: bool

    @property
    def name(self) -> str:
        """Eastern (EST), or each of several."""
        return " or ".join(zone_name(zone) for zone in self.zones) or "Zone not known"

    @property
    def clock(self) -> str:
        """14:02, on their clock; empty when nobody knows."""
        return f"{self.local:%H:%M}" if self.local else ""

    @property
    def opens_there(self) -> str:
        """09:00, on their clock; empty when they may be called now or never."""
        if self.opens_at is None or self.local is None:
            return ""
        return f"{self.opens_at.astimezone(self.local.tzinfo):%H:%M}"

    @property
    def in_words(self) -> str:
        """Eastern (EST), 08:30 there, 12 people: from Wed 09:00 there"""
        there = [self.name, f"{self.clock} there" if self.clock else ""]
        there.append(
            "" if self.people is None else f"{self.people:,} people" if self.people > 1 else "1 person"
        )
        return f"{', '.join(filter(None, there))}: {self._calls}"

    @property
    def _calls(self) -> str:
        if self.is_open:
            return "now, at night" if self.is_night else "now"
        if self.opens_at is None or self.local is None:
            return "never, as far as we know"
        return f"from {self.opens_at.astimezone(self.local.tzinfo):%a %H:%M} there"


@dataclass(frozen=True, slots=True)
class Reach:
    """Everybody's windows. ``looked_at`` is how many people's numbers they rest on, 0 when only zones do."""

    windows: Sequence[Window]
    looked_at: int

    @property
    def in_words(self) -> str:
        """12 of 30 can be called now"""
        closed = [window for window in self.windows if not window.is_open]
        if not closed:
            return "all can be called now"
        if len(closed) == len(self.windows):
            return "nobody can be called now"
        if not self.looked_at:
            return (
                f"people in {len(self.windows) - len(closed)} of {len(self.windows)} zones can be called now"
            )
        waiting = sum(window.people or 0 for window in closed)
        return f"{self.looked_at - waiting:,} of {self.looked_at:,} can be called now"

    @property
    def is_closed(self) -> bool:
        """Whether nobody at all can be called now."""
        return not any(window.is_open for window in self.windows)

    @property
    def next_at(self) -> datetime | None:
        """When the first of those who have to wait can be called."""
        return min((window.opens_at for window in self.windows if window.opens_at), default=None)

    @property
    def at_night(self) -> list[Window]:
        """Those who would be called now although it is night where they live, or may be."""
        return [window for window in self.windows if window.is_open and window.is_night]


@dataclass(frozen=True, slots=True)
class NextStart:
    """When a schedule begins next; None when it never does, or when its zone is not known."""

    at: datetime | None
    is_running: bool


def zones_of(number: str) -> tuple[str, ...]:
    """The time zones an 11-digit number of the US or Canada may be in; empty when that is not known.

    The area code tells where a number was given out, not where its owner is.
    """
    if len(number) != 11 or not (number.isascii() and number.isdigit()) or number[0] != "1":
        return ()
    found = time_zones_for_geographical_number(PhoneNumber(country_code=1, national_number=int(number[1:])))
    zones = tuple(zone for zone in found if _zone(zone) is not None)
    return zones if 0 < len(zones) <= _MOST_ZONES else ()


def for_people(numbers: Iterable[str], hours: Hours | None, *, now: datetime) -> Reach:
    """A window for each group of people who share their zones, the largest first."""
    groups = Counter(zones_of(number) for number in numbers)
    windows = [_window(zones, people, hours, now) for zones, people in groups.most_common()]
    return Reach(windows, looked_at=groups.total())


def for_zones(zones: Iterable[str], hours: Hours | None, *, now: datetime) -> Reach:
    """A window for each of these zones, in their order; names nobody knows are left out."""
    known = [zone for zone in dict.fromkeys(zones) if _zone(zone) is not None]
    return Reach([_window((zone,), None, hours, now) for zone in known], looked_at=0)


def next_start(schedule: Schedule, *, now: datetime) -> NextStart:
    """When this schedule begins next, and whether it is under way."""
    zone = _zone(schedule.time_zone or "")
    if zone is None:
        return NextStart(None, is_running=False)
    moment = now.astimezone(UTC)
    yesterday = moment.astimezone(zone).date() - timedelta(days=1)
    first = max(yesterday, schedule.start_date or yesterday)
    runs = [_run(schedule, first + timedelta(days=days), zone) for days in range(_WEEK_AND_A_BIT)]
    planned = [run for run in runs if run is not None]
    return NextStart(
        at=next((start for start, _ in planned if start >= moment), None),
        is_running=any(start <= moment < stop for start, stop in planned),
    )


def _run(schedule: Schedule, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """From when to when the schedule runs on that day; None when it does not."""
    if schedule.stop_date is not None and day > schedule.stop_date:
        return None
    if schedule.days_of_week and _WEEK[day.weekday()] not in schedule.days_of_week:
        return None
    start, stop = schedule.start_time_of_day or time.min, schedule.stop_time_of_day or time.min
    last = day if stop > start else day + timedelta(days=1)
    return (
        datetime.combine(day, start, zone).astimezone(UTC),
        datetime.combine(last, stop, zone).astimezone(UTC),
    )


def _window(zones: Collection[str], people: int | None, hours: Hours | None, now: datetime) -> Window:
    names = tuple(zones)
    clocks = [ZoneInfo(name) for name in names]
    is_open = _permitted(clocks, hours, now)
    return Window(
        zones=names,
        people=people,
        local=now.astimezone(clocks[0]) if clocks else None,
        is_open=is_open,
        opens_at=None if is_open else _opening(clocks, hours, now),
        is_night=not all(_minute(now, clock) in DAY for clock in clocks) or not clocks,
    )


def _permitted(clocks: Sequence[ZoneInfo], hours: Hours | None, moment: datetime) -> bool:
    """Whether every clock permits a call; with no clock to look at, only where no hours are enforced."""
    if hours is None:
        return True
    return bool(clocks) and all(hours.permit(_minute(moment, clock)) for clock in clocks)


def _opening(clocks: Sequence[ZoneInfo], hours: Hours | None, now: datetime) -> datetime | None:
    """The first moment that is permitted.

    Looked for minute by minute: hours begin on a minute and clocks are changed on a minute, so nothing about
    summer time has to be known here.
    """
    if not clocks:
        return None
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    ahead = (minute + timedelta(minutes=step) for step in range(1, 2 * _WHOLE_DAY + 1))
    return next((moment for moment in ahead if _permitted(clocks, hours, moment)), None)


def _minute(moment: datetime, clock: ZoneInfo) -> int:
    local = moment.astimezone(clock)
    return 60 * local.hour + local.minute


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
