"""campaigns/services/charts.py"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.services.charts import HEIGHT, POINTS, WIDTH, Chart, Reading, history, pace

NOON = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
TWO_MINUTES = timedelta(minutes=2)
_counters = st.none() | st.integers(0, 10**9)


def at(
    seconds: float, attempted: int | None, dialed: int | None = None, reached: int | None = None
) -> Reading:
    return Reading(NOON + timedelta(seconds=seconds), attempted, dialed, reached)


def steady(count: int, *, every: float = 10, calls: int = 5) -> list[Reading]:
    """Readings of a broadcast that places the same number of calls between each two."""
    return [at(n * every, n * calls, n * calls, n) for n in range(count)]


def spots(chart: Chart) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", chart.line)]


class TestPace:
    def test_it_is_calls_a_minute(self) -> None:
        assert pace([at(0, 100), at(30, 130)], within=TWO_MINUTES) == pytest.approx(60)

    def test_only_the_last_stretch_counts(self) -> None:
        readings = [at(0, 0), at(600, 6000), at(660, 6010), at(720, 6020)]
        assert pace(readings, within=TWO_MINUTES) == pytest.approx(10)

    def test_a_gap_longer_than_the_stretch_still_has_a_pace(self) -> None:
        assert pace([at(0, 0), at(600, 100)], within=TWO_MINUTES) == pytest.approx(10)

    def test_it_is_unknown_after_one_reading(self) -> None:
        assert pace([], within=TWO_MINUTES) is None
        assert pace([at(0, 5)], within=TWO_MINUTES) is None

    def test_readings_without_a_count_are_passed_over(self) -> None:
        assert pace([at(0, 0), at(10, None), at(60, 30)], within=TWO_MINUTES) == pytest.approx(30)

    def test_counters_that_fall_never_make_it_negative(self) -> None:
        assert pace([at(0, 50), at(60, 10)], within=TWO_MINUTES) == 0

    def test_counters_that_began_anew_count_from_there(self) -> None:
        assert pace([at(0, 500), at(60, 400), at(90, 410)], within=TWO_MINUTES) == pytest.approx(20)

    def test_one_reading_that_lags_does_not_shorten_the_stretch(self) -> None:
        assert pace([at(0, 400), at(30, 390), at(60, 430)], within=TWO_MINUTES) == pytest.approx(30)

    def test_two_readings_of_the_same_moment_do_not_divide_by_nothing(self) -> None:
        assert pace([at(0, 1), at(0, 2)], within=TWO_MINUTES) == 0


class TestHistory:
    @pytest.mark.parametrize("count", [0, 1, 2])
    def test_there_is_none_while_there_are_too_few_readings(self, count: int) -> None:
        assert history(steady(count)) is None

    def test_a_steady_pace_is_a_level_line(self) -> None:
        drawn = history(steady(30))
        assert drawn is not None
        heights = {y for _, y in spots(drawn.pace)}
        assert len(heights) == 1
        assert drawn.pace.last_words == "30"

    def test_it_begins_and_ends_where_the_readings_do(self) -> None:
        drawn = history(steady(30))
        assert drawn is not None
        assert (drawn.since, drawn.until) == (NOON + timedelta(seconds=10), NOON + timedelta(seconds=290))
        assert (drawn.ticks[0], drawn.ticks[-1]) == (drawn.since, drawn.until)

    def test_the_line_fills_the_width(self) -> None:
        drawn = history(steady(30))
        assert drawn is not None
        assert [spots(drawn.pace)[n][0] for n in (0, -1)] == [0, WIDTH]

    def test_a_long_run_is_drawn_with_few_points(self) -> None:
        drawn = history(steady(5_000))
        assert drawn is not None
        assert POINTS / 2 <= len(spots(drawn.pace)) <= POINTS + 1

    def test_it_says_how_far_apart_the_points_are(self) -> None:
        drawn = history(steady(30))
        assert drawn is not None
        assert drawn.point_seconds == 10

    def test_reached_is_a_share_of_the_dialled(self) -> None:
        drawn = history([at(0, 0, 0, 0), at(60, 10, 10, 4), at(120, 20, 20, 5)])
        assert drawn is not None
        assert drawn.reached.last_words == "25%"
        assert drawn.reached.in_words == "between 25% and 40%, 25% at last"

    def test_a_pause_is_drawn_as_no_calls(self) -> None:
        drawn = history([at(0, 0), at(60, 60), at(120, 60), at(180, 60)])
        assert drawn is not None
        assert [y for _, y in spots(drawn.pace)][1:] == [HEIGHT, HEIGHT]

    def test_the_axis_reads_well(self) -> None:
        drawn = history([at(0, 0), at(60, 37), at(120, 70)])
        assert drawn is not None
        assert drawn.pace.axis == ("40", "20", "0")

    def test_nobody_called_has_an_axis_too(self) -> None:
        drawn = history([at(n, 0, 0, 0) for n in (0, 60, 120)])
        assert drawn is not None
        assert drawn.pace.axis == ("2", "1", "0")

    @given(st.lists(st.tuples(st.integers(0, 10**6), _counters, _counters, _counters), max_size=60))
    def test_any_readings_stay_inside_the_box(
        self, rows: list[tuple[int, int | None, int | None, int | None]]
    ) -> None:
        readings = [at(seconds, *counters) for seconds, *counters in sorted(rows, key=lambda row: row[0])]
        drawn = history(readings)
        for chart in (drawn.pace, drawn.reached) if drawn is not None else ():
            assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in spots(chart))
            assert len(spots(chart)) >= 2
