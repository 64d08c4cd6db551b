"""Charts as numbers a template can draw: points become SVG paths on the server, no script needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from campaigns.services.outcomes import ratio

WIDTH: Final = 300
HEIGHT: Final = 100
POINTS: Final = 90


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters of one moment, as far as charts need them."""

    at: datetime
    attempted: int | None
    dialed: int | None
    reached: int | None


@dataclass(frozen=True, slots=True)
class Chart:
    """One line over time. Paths fit a box of 300 x 100; ``axis`` is labelled from the top."""

    line: str
    area: str
    dot: str
    axis: tuple[str, str, str]
    last_words: str
    in_words: str


@dataclass(frozen=True, slots=True)
class History:
    """A broadcast over time: calls a minute, and the share of the dialled that were reached."""

    pace: Chart
    reached: Chart
    since: datetime
    until: datetime
    ticks: tuple[datetime, ...]
    point_seconds: int


def history(readings: Sequence[Reading]) -> History | None:
    """The charts of these readings, oldest first; None while there are too few to draw a line."""
    readings = [reading for reading in readings if reading.attempted is not None]
    picked = _spread(readings)
    if len(picked) < 3:
        return None
    since, until = picked[1].at, picked[-1].at
    span = until - since
    rates = [(after.at, _per_minute(before, after)) for before, after in pairwise(picked)]
    shares = [(reading.at, 100 * (ratio(reading.reached, reading.dialed) or 0.0)) for reading in picked[1:]]
    return History(
        pace=_chart(rates, since, until, unit=""),
        reached=_chart(shares, since, until, unit="%"),
        since=since,
        until=until,
        ticks=tuple(since + span * step / 4 for step in range(5)),
        point_seconds=max(1, round(span.total_seconds() / (len(picked) - 2))),
    )


def pace(readings: Sequence[Reading], *, within: timedelta) -> float | None:
    """Calls a minute over the last stretch of the readings, oldest first; None when nothing was measured.

    Counters that fell and stayed below count from there: what was read before belongs to another run.
    """
    readings = [reading for reading in readings if reading.attempted is not None]
    if len(readings) < 2:
        return None
    last = readings[-1]
    above = [place for place, each in enumerate(readings) if (each.attempted or 0) > (last.attempted or 0)]
    same_run = readings[above[-1] + 1 :] if above else readings
    recent = [reading for reading in same_run if last.at - reading.at <= within]
    first = recent[0] if len(recent) > 1 else readings[-2]
    return _per_minute(first, last)


def _per_minute(before: Reading, after: Reading) -> float:
    seconds = (after.at - before.at).total_seconds()
    calls = (after.attempted or 0) - (before.attempted or 0)
    return max(0.0, 60 * calls / seconds) if seconds > 0 else 0.0


def _spread(readings: Sequence[Reading]) -> list[Reading]:
    """About POINTS readings, evenly spread over time and none at the same moment, the last one included."""
    if not readings:
        return []
    step = max((readings[-1].at - readings[0].at) / POINTS, timedelta(seconds=1))
    picked = [readings[-1]]
    for reading in reversed(readings):
        if picked[-1].at - reading.at >= step:
            picked.append(reading)
    return picked[::-1]


def _chart(points: Sequence[tuple[datetime, float]], since: datetime, until: datetime, *, unit: str) -> Chart:
    values = [value for _, value in points]
    top = _round_up(max(values))
    span = (until - since).total_seconds()
    spots = [
        (WIDTH * (at - since).total_seconds() / span, HEIGHT * (1 - min(value, top) / top))
        for at, value in points
    ]
    line = "M" + " ".join(f"{x:.1f} {y:.1f}" for x, y in spots)
    x_last, y_last = spots[-1]
    return Chart(
        line=line,
        area=f"{line} L{x_last:.1f} {HEIGHT} {spots[0][0]:.1f} {HEIGHT}z",
        dot=f"M{x_last:.1f} {y_last:.1f}h0",
        axis=(f"{top:,.0f}{unit}", f"{top / 2:,.0f}{unit}", "0"),
        last_words=f"{values[-1]:,.0f}{unit}",
        in_words=f"between {min(values):,.0f}{unit} and {max(values):,.0f}{unit}, "
        f"{values[-1]:,.0f}{unit} at last",
    )


def _round_up(value: float) -> float:
    """The next number above the value that reads well on an axis and halves well."""
    if value <= 2:
        return 2
    power = 10 ** (len(str(int(value))) - 1)
    return float(next(step * power for step in (2, 4, 6, 8, 10, 20) if step * power >= value))
