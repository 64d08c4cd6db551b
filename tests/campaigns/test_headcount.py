"""campaigns/services/headcount.py"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callfire_api import Batch, BatchStatus
from campaigns.services import headcount, outcomes
from campaigns.services.headcount import Headcount

BATCHES = st.lists(
    st.builds(
        Batch,
        id=st.integers(1, 10**9),
        name=st.none() | st.text(max_size=5),
        status=st.sampled_from([*BatchStatus.known(), BatchStatus("NOVEL"), None]),
        size=st.none() | st.integers(-5, 10**6),
        remaining=st.none() | st.integers(-5, 10**6),
        enabled=st.none() | st.booleans(),
    ),
    max_size=8,
)


def batch(remaining: int, status: str = "ACTIVE", *, enabled: bool = True, name: str = "North") -> Batch:
    return Batch(
        id=7, name=name, status=BatchStatus(status), size=remaining, remaining=remaining, enabled=enabled
    )


def count(left: int | None, *batches: Batch, **counters: Any) -> Headcount:
    figures = outcomes.read({"remainingOutboundCount": left, "totalOutboundCount": 5000} | counters)
    return headcount.count(figures, batches)


class TestWhoIsCalled:
    def test_everybody_left_when_all_batches_are_on(self) -> None:
        assert count(300, batch(200), batch(100)).to_call == 300

    def test_people_in_no_batch_are_called_too(self) -> None:
        assert count(310, batch(200), batch(100)).to_call == 310

    @pytest.mark.parametrize("left", [200, 300], ids=["CallFire counts them not", "CallFire counts them"])
    def test_people_in_a_batch_that_is_off_are_not(self, left: int) -> None:
        found = count(left, batch(200), batch(100, enabled=False))
        assert (found.to_call, found.off) == (200, "100 in a batch that is off: North")
        assert not found.contradictions

    def test_nor_people_in_a_batch_with_errors(self) -> None:
        found = count(200, batch(200), batch(40, "ERRORS"), batch(60, "SOURCE_ERROR", name="South"))
        assert found.to_call == 200
        assert found.broken == "100 in 2 batches with errors: North and South"

    @pytest.mark.parametrize("left", [200, 300], ids=["CallFire counts them not", "CallFire counts them"])
    def test_people_being_checked_will_be(self, left: int) -> None:
        found = count(left, batch(200), batch(100, "VALIDATING"))
        assert (found.to_call, found.being_checked) == (300, 100)

    def test_where_batches_hold_more_than_are_left_the_larger_figure_is_shown_and_said(self) -> None:
        found = count(150, batch(200))
        assert found.to_call == 200
        (sentence,) = found.contradictions
        assert sentence.startswith("CallFire counts 150 people left to call, but its batches hold 200")

    def test_counters_that_contradict_each_other_are_passed_on(self) -> None:
        assert count(5, totalCount=9000).contradictions == ("CallFire counts 9,000 people done of 5,000.",)

    def test_without_counters_the_batches_tell(self) -> None:
        assert count(None, batch(200)).to_call == 200

    def test_without_either_nobody_knows(self) -> None:
        assert headcount.count(outcomes.read({}), None).to_call is None

    def test_without_batches_the_counters_tell(self) -> None:
        figures = outcomes.read({"remainingOutboundCount": 12})
        assert headcount.count(figures, None).to_call == 12

    def test_many_batches_are_not_all_named(self) -> None:
        off = [batch(1, enabled=False, name=f"Part {number}") for number in range(1, 6)]
        assert count(5, *off).off == "5 in 5 batches that are off: Part 1, Part 2, Part 3 and 2 more"

    @given(left=st.none() | st.integers(0, 10**6), batches=BATCHES)
    def test_never_fewer_than_the_batches_that_are_ready_and_never_negative(
        self, left: int | None, batches: list[Batch]
    ) -> None:
        found = count(left, *batches)
        waiting = sum(
            max(0, (each.size or 0) if each.remaining is None else each.remaining)
            for each in batches
            if each.status == BatchStatus.ACTIVE and each.enabled is not False
        )
        assert found.to_call is None or found.to_call >= waiting >= 0
