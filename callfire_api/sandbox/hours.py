"""Wall clocks: schedules in a named zone, calling hours in the zone of the number's area code."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from .exchange import Json


def _codes(text: str) -> frozenset[int]:
    return frozenset(int(code) for code in text.split())


# Area codes outside the Eastern zone, as far as the sandbox's own numbers go.
_PACIFIC = _codes(
    """
    206 209 213 253 310 323 360 408 415 424 425 458 503 509 510 530 541 559 562 619 626 650 657 661 702
    707 714 747 760
    """
)
_MOUNTAIN = _codes(
    """
    208 303 307 385 406 435 480 505 520 575 602 623 719 720
    """
)
_CENTRAL = _codes(
    """
    205 210 214 217 218 224 225 228 251 254 256 262 281 308 309 312 314 316 318 319 320 325 331 334 337
    361 402 405 409 414 417 430 432 469 479 501 504 507 512 515 531 534 563 573 580 601 605 608 612 615
    618 620 630 636 641 651 660 662 682 701 708 712 713 715 731 737 763
    """
)


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_time_zone(name: str) -> bool:
    return name in _time_zones()


def zone_of(number: str) -> ZoneInfo:
    """The zone CallFire would take a number to be in; Eastern unless its area code says otherwise."""
    area = int(number[1:4]) if number[1:4].isdigit() else 0
    if area in _PACIFIC:
        return ZoneInfo("America/Los_Angeles")
    if area in _MOUNTAIN:
        return ZoneInfo("America/Denver")
    return ZoneInfo("America/Chicago" if area in _CENTRAL else "America/New_York")


def next_opening(restriction: Json, number: str, at: float) -> float:
    """The first moment from ``at`` on, in seconds, at which ``number`` may be called."""
    local = datetime.fromtimestamp(at, zone_of(number))
    begin = local.replace(
        hour=restriction.get("beginHour", 8),
        minute=restriction.get("beginMinute", 0),
        second=0,
        microsecond=0,
    )
    end = local.replace(
        hour=restriction.get("endHour", 21), minute=restriction.get("endMinute", 0), second=0, microsecond=0
    )
    if begin <= local < end:
        return at
    return (begin if local < begin else begin + timedelta(days=1)).timestamp()


def schedule_start(schedule: Json) -> float | None:
    """When a schedule first begins, or None when it gives no start date."""
    return _moment(schedule, "startDate", "startTimeOfDay")


def schedule_stop(schedule: Json) -> float | None:
    """When a schedule is over, or None when it is open-ended."""
    return _moment(schedule, "stopDate", "stopTimeOfDay")


def _moment(schedule: Json, date_key: str, time_key: str) -> float | None:
    date = schedule.get(date_key)
    if not date:
        return None
    time = schedule.get(time_key) or {}
    zone = ZoneInfo(schedule["timeZone"]) if schedule.get("timeZone") else UTC
    moment = datetime(
        date["year"], date["month"], date["day"],
        time.get("hour", 0), time.get("minute", 0), time.get("second", 0), tzinfo=zone,
    )  # fmt: skip
    return moment.timestamp()
