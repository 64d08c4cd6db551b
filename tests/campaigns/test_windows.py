"""campaigns/services/windows.py"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callfire_api import DayOfWeek, LocalTimeRestriction, Schedule
from campaigns.services import windows
from campaigns.services.windows import Hours, Window

NINE_TO_EIGHT = Hours(9 * 60, 20 * 60)
NEW_YORK = "America/New_York"
NOON_IN_NEW_YORK = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
# Around both changes of the clock in 2026, and ordinary days.
MOMENTS = st.builds(
    lambda first, since: first + since,
    st.sampled_from([datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 7), (6, 1), (10, 31))]),
    st.timedeltas(timedelta(), timedelta(days=3)),
)
ZONES = st.sampled_from(
    [NEW_YORK, "America/Los_Angeles", "America/Phoenix", "America/St_Johns", "Pacific/Guam"]
)
HOURS = st.builds(Hours, st.integers(0, 1439), st.integers(0, 1440))


def window(zone: str, hours: Hours | None, now: datetime) -> Window:
    (only,) = windows.for_zones([zone], hours, now=now).windows
    return only


def clock(moment: datetime, zone: str) -> int:
    """The minute of the day a clock there shows."""
    local = moment.astimezone(ZoneInfo(zone))
    return 60 * local.hour + local.minute


class TestHours:
    def test_hours_that_are_not_enforced_are_none(self) -> None:
        assert Hours.of(None) is None
        assert Hours.of(LocalTimeRestriction(enabled=False, begin_hour=8, end_hour=21)) is None

    def test_hours_are_read_to_the_minute(self) -> None:
        restriction = LocalTimeRestriction(
            enabled=True, begin_hour=9, begin_minute=15, end_hour=20, end_minute=30
        )
        assert Hours.of(restriction) == Hours(555, 1230)

    @pytest.mark.parametrize("begin", [-1, 24, 99])
    def test_hours_no_clock_shows_permit_nothing(self, begin: int) -> None:
        hours = Hours.of(LocalTimeRestriction(enabled=True, begin_hour=begin, end_hour=20))
        assert hours is not None
        assert not any(hours.permit(minute) for minute in range(1440))

    def test_an_end_before_the_begin_lies_on_the_next_day(self) -> None:
        night = Hours(22 * 60, 6 * 60)
        assert [night.permit(60 * hour) for hour in (21, 22, 23, 0, 5, 6)] == [
            False, True, True, True, True, False,
        ]  # fmt: skip

    def test_a_begin_that_is_the_end_permits_nothing(self) -> None:
        assert not any(Hours(540, 540).permit(minute) for minute in range(1440))


class TestZonesOfANumber:
    @pytest.mark.parametrize(
        ("number", "zones"),
        [
            ("12125550100", (NEW_YORK,)),
            ("13065550100", ("America/Regina",)),
            ("12085550100", ("America/Boise", "America/Los_Angeles")),
        ],
    )
    def test_the_area_code_tells(self, number: str, zones: tuple[str, ...]) -> None:
        assert windows.zones_of(number) == zones

    @pytest.mark.parametrize(
        "number", ["18005550100", "15005550100", "", "2125550100", "1212555010x", "442071838750"]
    )
    def test_what_it_does_not_tell_is_not_guessed(self, number: str) -> None:
        assert windows.zones_of(number) == ()

    @given(st.text(max_size=15))
    def test_no_text_breaks_it(self, number: str) -> None:
        assert all(ZoneInfo(zone) for zone in windows.zones_of(number))

    @given(st.integers(10**10, 2 * 10**10 - 1))
    def test_no_number_is_in_dozens_of_zones(self, number: int) -> None:
        assert len(windows.zones_of(str(number))) <= 4


class TestWindows:
    def test_before_the_hours_it_says_when_they_begin(self) -> None:
        early = window("America/Los_Angeles", NINE_TO_EIGHT, NOON_IN_NEW_YORK - timedelta(hours=1))
        assert (early.is_open, early.clock, early.opens_there) == (False, "08:00", "09:00")
        assert early.opens_at == NOON_IN_NEW_YORK

    def test_after_the_hours_it_is_the_next_morning(self) -> None:
        late = window(NEW_YORK, NINE_TO_EIGHT, NOON_IN_NEW_YORK + timedelta(hours=9))
        assert late.opens_at == NOON_IN_NEW_YORK + timedelta(hours=21)

    def test_an_area_code_in_two_zones_waits_for_both(self) -> None:
        nine_in_boise = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
        reach = windows.for_people(["12085550100"], NINE_TO_EIGHT, now=nine_in_boise)
        (both,) = reach.windows
        assert not both.is_open
        assert both.opens_at == nine_in_boise + timedelta(hours=1)

    def test_an_unknown_zone_is_never_callable_while_hours_are_enforced(self) -> None:
        (unknown,) = windows.for_people(["18005550100"], NINE_TO_EIGHT, now=NOON_IN_NEW_YORK).windows
        assert (unknown.is_open, unknown.opens_at, unknown.name) == (False, None, "Zone not known")

    def test_without_hours_everybody_is_called_and_the_night_is_told(self) -> None:
        reach = windows.for_people(
            ["12125550100", "18085550100"], None, now=NOON_IN_NEW_YORK - timedelta(hours=2)
        )
        assert reach.in_words == "all can be called now"
        assert [each.name for each in reach.at_night] == ["Hawaii (HST)"]

    def test_people_who_share_a_clock_share_a_line_and_the_largest_group_comes_first(self) -> None:
        reach = windows.for_people(
            ["13125550100", "12125550100", "12125550101"], NINE_TO_EIGHT, now=NOON_IN_NEW_YORK
        )
        assert [(each.zones, each.people) for each in reach.windows] == [
            ((NEW_YORK,), 2),
            (("America/Chicago",), 1),
        ]

    def test_in_words_it_counts_people_or_zones(self) -> None:
        at_nine_thirty = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
        people = windows.for_people(["12125550100", "13125550100"], NINE_TO_EIGHT, now=at_nine_thirty)
        zones = windows.for_zones(windows.USUAL_ZONES, NINE_TO_EIGHT, now=at_nine_thirty)
        nobody = windows.for_zones(["Pacific/Honolulu"], NINE_TO_EIGHT, now=at_nine_thirty)
        assert people.in_words == "1 of 2 can be called now"
        assert zones.in_words == "people in 1 of 4 zones can be called now"
        assert nobody.in_words == "nobody can be called now"
        assert nobody.is_closed
        assert not people.is_closed

    def test_names_nobody_knows_are_left_out(self) -> None:
        reach = windows.for_zones(
            ["", "Mars/Olympus", "../etc", NEW_YORK, NEW_YORK], None, now=NOON_IN_NEW_YORK
        )
        assert [each.zones for each in reach.windows] == [(NEW_YORK,)]

    @given(zone=ZONES, hours=HOURS, now=MOMENTS)
    def test_it_is_open_exactly_while_the_clock_there_is_within_the_hours(
        self, zone: str, hours: Hours, now: datetime
    ) -> None:
        assert window(zone, hours, now).is_open == hours.permit(clock(now, zone))

    @given(zone=ZONES, hours=HOURS, now=MOMENTS, share=st.floats(0, 1))
    def test_it_opens_at_a_permitted_minute_and_never_before_even_when_clocks_change(
        self, zone: str, hours: Hours, now: datetime, share: float
    ) -> None:
        found = window(zone, hours, now)
        if found.is_open or hours.begin == hours.end:
            assert found.opens_at is None
            return
        assert found.opens_at is not None
        assert now < found.opens_at
        assert hours.permit(clock(found.opens_at, zone))
        between = now + share * (found.opens_at - now - timedelta(microseconds=1))
        assert not hours.permit(clock(between, zone))


class TestSchedules:
    def test_it_begins_on_the_next_day_it_names(self) -> None:
        schedule = Schedule(
            start_time_of_day=time(9),
            stop_time_of_day=time(17),
            days_of_week=(DayOfWeek.THURSDAY,),
            time_zone=NEW_YORK,
        )
        found = windows.next_start(schedule, now=NOON_IN_NEW_YORK)
        assert (found.at, found.is_running) == (datetime(2026, 11, 26, 14, 0, tzinfo=UTC), False)

    def test_it_runs_between_its_hours_and_begins_again_tomorrow(self) -> None:
        schedule = Schedule(start_time_of_day=time(9), stop_time_of_day=time(17), time_zone=NEW_YORK)
        found = windows.next_start(schedule, now=NOON_IN_NEW_YORK)
        assert (found.at, found.is_running) == (datetime(2026, 11, 25, 14, 0, tzinfo=UTC), True)

    def test_one_that_crosses_midnight_still_runs_in_the_morning(self) -> None:
        schedule = Schedule(start_time_of_day=time(22), stop_time_of_day=time(2), time_zone=NEW_YORK)
        assert windows.next_start(schedule, now=datetime(2026, 11, 24, 6, 0, tzinfo=UTC)).is_running

    def test_one_that_is_over_never_begins(self) -> None:
        schedule = Schedule(
            start_date=date(2026, 11, 1),
            stop_date=date(2026, 11, 20),
            start_time_of_day=time(9),
            time_zone=NEW_YORK,
        )
        assert windows.next_start(schedule, now=NOON_IN_NEW_YORK) == windows.NextStart(None, is_running=False)

    def test_one_far_ahead_begins_on_its_first_day(self) -> None:
        schedule = Schedule(start_date=date(2027, 7, 1), start_time_of_day=time(9), time_zone=NEW_YORK)
        found = windows.next_start(schedule, now=NOON_IN_NEW_YORK)
        assert found.at == datetime(2027, 7, 1, 13, 0, tzinfo=UTC)

    @pytest.mark.parametrize("zone", [None, "", "Mars/Olympus"])
    def test_without_a_zone_nothing_is_known(self, zone: str | None) -> None:
        schedule = Schedule(start_time_of_day=time(9), time_zone=zone)
        assert windows.next_start(schedule, now=NOON_IN_NEW_YORK).at is None

    @given(now=MOMENTS, start=st.times(), stop=st.times(), days=st.sets(st.sampled_from(DayOfWeek.known())))
    def test_the_next_start_is_never_in_the_past_nor_more_than_a_week_away(
        self, now: datetime, start: time, stop: time, days: set[DayOfWeek]
    ) -> None:
        schedule = Schedule(
            start_time_of_day=start, stop_time_of_day=stop, days_of_week=tuple(days), time_zone=NEW_YORK
        )
        found = windows.next_start(schedule, now=now)
        assert found.at is not None
        assert now <= found.at <= now + timedelta(days=7, hours=1)
