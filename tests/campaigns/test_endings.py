"""campaigns/services/endings.py: about when the calling would end, and when nobody can say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from callfire_api import Broadcast, CallResult, LocalTimeRestriction, RetryConfig, Schedule
from campaigns.models import BroadcastSnapshot, StatsSample
from campaigns.services import endings, windows
from campaigns.services.endings import Ending
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import words
from tests.conftest import SignedIn

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # in New York
NEW_YORK = ("America/New_York",)
NINE_TO_FIVE = LocalTimeRestriction(enabled=True, begin_hour=9, begin_minute=0, end_hour=17, end_minute=0)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    """It is noon in New York."""
    with time_machine.travel(NOON, tick=True) as traveller:
        yield traveller


def watched(number: int, *, calls: int, minutes: float, at_once: int | None = 10, **more: Any) -> None:
    """A broadcast that ended yesterday after so many calls, watched for so many minutes."""
    yesterday = NOON - timedelta(days=1)
    about = {"status": "FINISHED", "last_modified": yesterday, "settings": {"maxActive": at_once}, **more}
    snapshot = BroadcastSnapshot.objects.create(id=number, seen_at=yesterday, **about)
    for share in (0, 0.5, 1):
        StatsSample.objects.create(
            snapshot=snapshot,
            at=yesterday - timedelta(minutes=minutes * (1 - share)),
            attempted=int(calls * share),
        )


def five_watched(**more: Any) -> None:
    """Five broadcasts that made two to four calls a minute for each at once."""
    for number, calls in enumerate((2_000, 2_500, 3_000, 3_500, 4_000), 1):
        watched(number, calls=calls, minutes=100, **more)


def ending(broadcast: Broadcast, people: int | None = 600) -> Ending | None:
    """The ending of this broadcast, begun now, for people in New York."""
    hours = windows.Hours.of(broadcast.local_time_restriction)
    return endings.of(broadcast, people, windows.for_zones(NEW_YORK, hours, now=NOON), now=NOON)


def known(broadcast: Broadcast, people: int = 600) -> Ending:
    """The ending, which has to be known."""
    found = ending(broadcast, people)
    assert found is not None
    return found


@pytest.mark.django_db
class TestTheInterval:
    def test_it_rests_on_how_fast_others_called_for_each_call_at_once(self) -> None:
        five_watched()
        found = known(Broadcast(max_active=10))
        assert found.broadcasts == 5
        # 60 people for each call at once, at two to four calls a minute
        assert timedelta(minutes=10) < found.soonest < timedelta(minutes=20)
        assert timedelta(minutes=30) < found.latest <= timedelta(minutes=60)

    def test_twice_as_many_at_once_take_half_as_long(self) -> None:
        five_watched()
        assert known(Broadcast(max_active=20)).latest == known(Broadcast(max_active=10)).latest / 2

    def test_tries_and_the_wait_between_them_make_it_longer_at_worst(self) -> None:
        five_watched()
        retry = RetryConfig(max_attempts=2, minutes_between_attempts=30, retry_results=(CallResult.BUSY,))
        once, thrice = known(Broadcast(max_active=10)), known(Broadcast(max_active=10, retry_config=retry))
        assert thrice.soonest == once.soonest
        assert thrice.latest == 3 * once.latest + timedelta(minutes=60)

    @pytest.mark.parametrize(
        ("soonest", "latest", "in_words"),
        [
            (90, 150, "1 –\N{WORD JOINER} 3 minutes"),
            (20, 90, "up to 2 minutes"),
            (3_599, 10_799, "59 –\N{WORD JOINER} 180 minutes"),
            (7_300, 36_001, "2 –\N{WORD JOINER} 11 hours"),
        ],
    )
    def test_in_words_it_is_rounded_outwards(self, soonest: int, latest: int, in_words: str) -> None:
        span = timedelta(seconds=soonest), timedelta(seconds=latest)
        assert Ending(NOON, *span, broadcasts=5, is_interrupted=False).in_words == in_words

    @given(st.lists(st.floats(0.001, 1_000), min_size=5, max_size=20))
    def test_no_paces_make_it_end_before_it_began(self, paces: list[float]) -> None:
        slow, fast = endings.slow_and_fast(paces)
        assert 0 < slow <= fast


@pytest.mark.django_db
class TestWhenNobodyCanSay:
    def test_four_others_are_too_few(self) -> None:
        for number in range(1, 5):
            watched(number, calls=2_000, minutes=100)
        assert ending(Broadcast(max_active=10)) is None

    @pytest.mark.parametrize(
        "more",
        [
            {"minutes": 1},
            {"calls": 19},
            {"at_once": None},
            {"status": "STOPPED"},
            {"last_modified": NOON - timedelta(days=91)},
        ],
        ids=["hardly watched", "hardly any calls", "no limit known", "not ended", "long ago"],
    )
    def test_others_that_tell_nothing_do_not_count(self, more: dict[str, Any]) -> None:
        for number in range(1, 9):
            watched(number, **({"calls": 2_000, "minutes": 100} | more))
        assert ending(Broadcast(max_active=10)) is None

    def test_without_a_limit_of_calls_at_once_or_a_number_of_people(self) -> None:
        five_watched()
        assert ending(Broadcast()) is None
        assert ending(Broadcast(max_active=10), None) is None
        assert ending(Broadcast(max_active=10), 0) is None


@pytest.mark.django_db
class TestTheTimeOfDay:
    def test_hours_that_last_leave_it_known(self) -> None:
        five_watched()
        found = known(Broadcast(max_active=10, local_time_restriction=NINE_TO_FIVE))
        assert not found.is_interrupted
        assert found.is_today

    def test_hours_that_close_before_the_end_do_not(self) -> None:
        five_watched()
        found = known(Broadcast(max_active=10, local_time_restriction=NINE_TO_FIVE), people=6_000)
        assert found.is_interrupted

    def test_nor_do_people_who_have_to_wait(self) -> None:
        five_watched()
        evening = LocalTimeRestriction(enabled=True, begin_hour=18, end_hour=20)
        assert known(Broadcast(max_active=10, local_time_restriction=evening)).is_interrupted

    def test_nor_does_a_schedule(self) -> None:
        five_watched()
        assert known(Broadcast(max_active=10, schedules=(Schedule(),))).is_interrupted


class TestTheConfirmation:
    def test_it_says_when_it_ends(self, operator: SignedIn, seen: Seen) -> None:
        five_watched()
        page = words(operator.get(f"/broadcasts/{seen(recipients=600, maxActive=10).pk}/start/"))
        assert "today, after" in page
        assert "estimate, 4 in 5 chance, from 5 broadcasts of the last 90 days" in page

    def test_or_that_this_is_not_known(self, operator: SignedIn, seen: Seen) -> None:
        page = words(operator.get(f"/broadcasts/{seen().pk}/start/"))
        assert "Ends Not known: Callboard watched too few comparable broadcasts" in page

    def test_it_quotes_what_people_will_hear(self, operator: SignedIn, seen: Seen) -> None:
        spoken = seen(sounds={"liveSoundText": "The power is out.", "liveSoundTextVoice": "FEMALE1"})
        page = words(operator.get(f"/broadcasts/{spoken.pk}/start/"))
        assert "Live message “The power is out.” Text, Female 1" in page
