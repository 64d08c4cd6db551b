"""campaigns/services/estimates.py"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from callfire_api import Broadcast, CallResult, RetryConfig
from campaigns.models import BroadcastSnapshot
from campaigns.services import estimates
from campaigns.services.estimates import PastBroadcast, Tries

ONCE = Tries(1, 1)
RATES = st.decimals(0, 50, places=4)
PAST = st.lists(st.builds(PastBroadcast, RATES, RATES, st.integers(1, 10)), max_size=30)
TRIES = st.builds(Tries, st.integers(1, 20), st.integers(1, 20))


def past(*per_person: str, most_tries: int = 1) -> list[PastBroadcast]:
    return [PastBroadcast(Decimal(rate), Decimal(rate), most_tries) for rate in per_person]


def finished(number: int, *, billed: str = "50", dialed: int = 100, **more: Any) -> BroadcastSnapshot:
    """A broadcast that ended yesterday, with figures that add up."""
    counters = {
        "totalCount": dialed,
        "dialedCount": dialed,
        "totalOutboundCount": dialed,
        "callsAttempted": dialed,
        "billedAmount": billed,
    }
    about = {"status": "FINISHED", "counters": counters, "last_modified": timezone.now() - timedelta(days=1)}
    now = timezone.now()
    return BroadcastSnapshot.objects.create(id=number, seen_at=now, **({"counters_at": now} | about | more))


class TestTries:
    def test_nobody_is_tried_again_unless_some_result_says_so(self) -> None:
        assert Tries.of(Broadcast()) == ONCE
        assert Tries.of(Broadcast(retry_config=RetryConfig(max_attempts=3))) == ONCE

    def test_the_first_call_may_come_on_top_of_those_counted(self) -> None:
        retry = RetryConfig(max_attempts=2, retry_results=(CallResult.BUSY,))
        assert Tries.of(Broadcast(retry_config=retry)) == Tries(3, 1)

    def test_people_who_answered_may_cost_each_time(self) -> None:
        retry = RetryConfig(max_attempts=2, retry_results=(CallResult.LA,))
        assert Tries.of(Broadcast(retry_config=retry)) == Tries(3, 3)


class TestTheInterval:
    def test_without_history_it_is_wide_and_rests_on_the_price_of_a_minute(self) -> None:
        found = estimates.from_history(100, ONCE, [], credits_per_minute=0.5)
        assert (float(found.low), float(found.high), found.is_wide) == (10, 90, True)

    def test_little_history_narrows_nothing(self) -> None:
        found = estimates.from_history(100, ONCE, past("0.5", "0.6"), credits_per_minute=1)
        assert (found.is_wide, found.broadcasts) == (True, 2)
        assert found.low <= 20
        assert found.high >= 180

    def test_one_dear_broadcast_widens_it(self) -> None:
        assert estimates.from_history(100, ONCE, past("4"), credits_per_minute=1).high == 400

    def test_much_history_narrows_it_to_the_middle_four_fifths(self) -> None:
        rates = [f"0.{tenth}" for tenth in range(1, 10)] * 3
        found = estimates.from_history(1000, ONCE, past(*rates), credits_per_minute=100)
        assert (float(found.low), float(found.high), found.is_wide) == (100, 900, False)

    def test_one_odd_broadcast_among_many_does_not_move_it(self) -> None:
        found = estimates.from_history(1000, ONCE, past(*["0.5"] * 20, "40"), credits_per_minute=1)
        assert (float(found.low), float(found.high)) == (500, 500)

    def test_more_tries_than_there_used_to_be_raise_the_upper_end_only(self) -> None:
        once = estimates.from_history(1000, ONCE, past(*["0.5"] * 20), credits_per_minute=1)
        thrice = estimates.from_history(1000, Tries(3, 1), past(*["0.5"] * 20), credits_per_minute=1)
        assert thrice.low == once.low
        assert thrice.high == 3 * once.high

    def test_as_many_tries_as_there_used_to_be_are_in_the_history_already(self) -> None:
        history = past(*["0.5"] * 20, most_tries=3)
        assert estimates.from_history(1000, Tries(3, 1), history, credits_per_minute=1).high == 500

    @pytest.mark.parametrize(
        ("people", "words"),
        [(0, "0"), (1, "0.2 –\N{WORD JOINER} 1.8"), (31_770, "6,300 –\N{WORD JOINER} 58,000")],
    )
    def test_it_is_rounded_outwards_to_what_it_knows(self, people: int, words: str) -> None:
        assert estimates.from_history(people, ONCE, [], credits_per_minute=1).in_words == words

    @given(st.integers(0, 2**31), TRIES, PAST, st.floats(0.0001, 1000))
    def test_it_is_never_negative_and_its_ends_are_in_order(
        self, people: int, tries: Tries, history: list[PastBroadcast], price: float
    ) -> None:
        found = estimates.from_history(people, tries, history, credits_per_minute=price)
        assert 0 <= found.low <= found.high

    @given(st.integers(1, 10**6), TRIES, PAST)
    def test_more_people_never_cost_less(
        self, people: int, tries: Tries, history: list[PastBroadcast]
    ) -> None:
        few = estimates.from_history(people, tries, history, credits_per_minute=1)
        many = estimates.from_history(2 * people, tries, history, credits_per_minute=1)
        assert many.low >= few.low
        assert many.high >= few.high


@pytest.mark.django_db
class TestOurOwnHistory:
    def test_finished_broadcasts_are_what_it_rests_on(self) -> None:
        for number in range(1, 8):
            finished(number)
        found = estimates.cost(1000, ONCE)
        assert (float(found.low), float(found.high), found.broadcasts, found.is_wide) == (500, 500, 7, False)

    def test_the_price_of_a_minute_is_a_setting(self, settings: Settings) -> None:
        settings.CREDITS_PER_MINUTE = 3.0
        assert estimates.cost(100, ONCE).high == 540

    @pytest.mark.parametrize(
        "odd",
        [
            {"status": "RUNNING"},
            {"status": "STOPPED"},
            {"last_modified": timezone.now() - timedelta(days=100)},
            {"counters_at": None},
            {"counters": {}},
            {"dialed": 5},
            {"billed": "-3"},
            {"billed": "1000000"},
            {"counters": {"dialedCount": 100, "callsAttempted": 100, "billedAmount": "50", "totalCount": 200,
                          "doNotCallCount": 0}},
        ],
    )  # fmt: skip
    def test_what_is_unfinished_old_small_or_contradictory_is_left_out(self, odd: dict[str, Any]) -> None:
        finished(1, **odd)
        assert estimates.cost(100, ONCE).broadcasts == 0
