"""campaigns/services/outcomes.py"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.labels import OUTCOMES
from campaigns.services.outcomes import COUNTERS, KEPT, Outcomes, kept_counters, ratio, read

# A run in progress: the eight outcomes sum to 600 people done; 40 of them were never dialled.
CONSISTENT: dict[str, Any] = {
    "liveCount": 200,
    "transferCount": 20,
    "answeringMachineCount": 180,
    "noAnswerCount": 90,
    "busyCount": 30,
    "errorCount": 25,
    "doNotCallCount": 40,
    "miscCount": 15,
    "totalCount": 600,
    "dialedCount": 560,
    "totalOutboundCount": 1000,
    "remainingOutboundCount": 400,
    "callsAttempted": 640,
    "callsPlaced": 620,
    "callsAwaitingRedial": 33,
    "billedAmount": "412.5000",
    "billedDuration": 37_200,
    "callsLiveAnswer": 560,
    "responseRatePercent": 90,
    "callsRemaining": 440,
    "callsDuration": 9_000,
}
# CallFire's own sample: everybody failed, and yet a hundred per cent "live answers".
SDK_SAMPLE: dict[str, Any] = {
    "totalOutboundCount": 3,
    "remainingOutboundCount": 0,
    "callsAttempted": 3,
    "callsPlaced": 3,
    "callsLiveAnswer": 3,
    "responseRatePercent": 100,
    "totalCount": 3,
    "dialedCount": 3,
    "errorCount": 3,
    "liveCount": 0,
    "transferCount": 0,
    "answeringMachineCount": 0,
    "noAnswerCount": 0,
    "busyCount": 0,
    "doNotCallCount": 0,
    "miscCount": 0,
}

json_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(max_size=20)
    | st.sampled_from(["12", "-1", "1e400", "NaN", "Infinity", "²", ""])
)
json_values = st.recursive(
    json_scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)
any_counters = st.dictionaries(st.sampled_from([*KEPT, "callsLiveAnswer"]), json_values, max_size=len(KEPT))
whole_counters = st.dictionaries(
    st.sampled_from(KEPT), st.integers(-5, 2**63) | st.integers(0, 50), max_size=len(KEPT)
)


class TestReadingConsistentCounters:
    figures = read(CONSISTENT)

    def test_people_are_counted_by_what_came_of_them(self) -> None:
        assert dict(self.figures.counts) == {
            "live": 200,
            "xfer": 20,
            "am": 180,
            "noans": 90,
            "busy": 30,
            "fail": 25,
            "dnc": 40,
            "other": 15,
        }

    def test_reached_are_those_who_answered_and_those_transferred(self) -> None:
        assert self.figures.reached == 220

    def test_reached_is_a_share_of_the_people_dialled(self) -> None:
        assert self.figures.reached_share == pytest.approx(220 / 560)

    def test_done_is_a_share_of_all_people(self) -> None:
        assert self.figures.done_share == pytest.approx(0.6)

    def test_what_they_cost_is_exact(self) -> None:
        assert self.figures.billed == Decimal("412.5000")

    def test_they_add_up(self) -> None:
        assert self.figures.contradictions == ()

    def test_the_bar_is_filled_as_far_as_people_are_done(self) -> None:
        last = self.figures.shares[-1]
        assert last.start + last.width == pytest.approx(60)

    def test_the_bar_has_no_gaps(self) -> None:
        starts = [share.start for share in self.figures.shares]
        ends = [share.start + share.width for share in self.figures.shares]
        assert starts[0] == 0
        assert starts[1:] == pytest.approx(ends[:-1], abs=0.01)

    def test_the_bar_is_told_in_words_too(self) -> None:
        assert self.figures.in_words.startswith("60.0% done: answered 200, transferred 20, voicemail 180")
        assert self.figures.in_words.endswith("left to call 400")


class TestTheTable:
    lines = {line.key: line for line in read(CONSISTENT).lines}

    def test_it_has_every_outcome_in_its_order(self) -> None:
        assert list(self.lines) == [outcome.key for outcome in OUTCOMES]

    def test_a_share_is_of_the_people_dialled(self) -> None:
        assert self.lines["am"].share == pytest.approx(180 / 560)

    @pytest.mark.parametrize("key", ["dnc", "left"])
    def test_people_who_were_not_dialled_have_no_share_of_the_dialled(self, key: str) -> None:
        assert self.lines[key].count is not None
        assert self.lines[key].share is None

    def test_every_counter_of_people_has_its_line(self) -> None:
        assert set(COUNTERS) | {"left"} == set(self.lines)


class TestWhatCallFireDoesNotSay:
    def test_nothing_read_is_unknown_and_not_zero(self) -> None:
        figures = read({})
        assert figures.people is None
        assert figures.reached is None
        assert figures.done_share is None
        assert figures.billed is None
        assert all(line.count is None for line in figures.lines)

    def test_nothing_read_draws_no_bar(self) -> None:
        assert read({}).shares == ()
        assert read({}).in_words == "Nobody called yet"

    def test_one_half_of_reached_is_enough_to_know_it(self) -> None:
        assert read({"liveCount": 7}).reached == 7

    @pytest.mark.parametrize("nonsense", [-1, "many", None, [], {}, float("inf"), float("nan")])
    def test_a_count_that_is_none_is_unknown(self, nonsense: object) -> None:
        assert read({"liveCount": nonsense}).counts["live"] is None

    @pytest.mark.parametrize("nonsense", ["a lot", "NaN", "Infinity", None, [], {}])
    def test_an_amount_that_is_none_is_unknown(self, nonsense: object) -> None:
        assert read({"billedAmount": nonsense}).billed is None

    def test_a_share_of_nobody_is_unknown(self) -> None:
        assert ratio(0, 0) is None
        assert ratio(None, 5) is None
        assert ratio(5, None) is None
        assert ratio(0, 5) == 0


class TestContradictions:
    def test_outcomes_that_do_not_sum_to_those_done_are_named(self) -> None:
        (found,) = read(CONSISTENT | {"liveCount": 201}).contradictions
        assert found == "The outcomes sum to 601, but CallFire counts 600 people done."

    def test_dialled_people_who_are_not_done_less_do_not_call_are_named(self) -> None:
        (found,) = read(CONSISTENT | {"dialedCount": 559}).contradictions
        assert "CallFire counts 559 people dialled" in found

    def test_both_can_be_wrong(self) -> None:
        assert len(read(CONSISTENT | {"liveCount": 0, "dialedCount": 0}).contradictions) == 2

    def test_what_is_missing_contradicts_nothing(self) -> None:
        assert read({key: CONSISTENT[key] for key in ("totalCount", "liveCount")}).contradictions == ()

    def test_the_sample_with_nobody_reached_adds_up_because_its_bad_counters_are_ignored(self) -> None:
        figures = read(SDK_SAMPLE)
        assert figures.contradictions == ()
        assert figures.reached_share == 0


class TestWhatIsKept:
    def test_counters_that_cannot_be_trusted_are_not_even_kept(self) -> None:
        untrusted = {"callsLiveAnswer", "responseRatePercent", "callsRemaining", "callsDuration"}
        assert not untrusted & set(kept_counters(CONSISTENT))

    def test_counters_that_are_missing_stay_missing(self) -> None:
        assert kept_counters({"totalCount": 3, "liveCount": None}) == {"totalCount": 3}

    def test_money_keeps_every_digit_on_its_way_through_the_database(self) -> None:
        kept = kept_counters({"billedAmount": Decimal("0.1000")})
        assert read(json.loads(json.dumps(kept))).billed == Decimal("0.1000")


def assert_sane(figures: Outcomes) -> None:
    assert figures.in_words
    assert len(figures.lines) == len(OUTCOMES)
    assert all(share.width >= 0 for share in figures.shares)
    assert sum(share.width for share in figures.shares) <= 100.1
    assert all(share.start + share.width <= 100.1 for share in figures.shares)


class TestWhateverComes:
    @given(any_counters)
    def test_any_json_can_be_read_and_the_bar_never_overflows(self, counters: dict[str, Any]) -> None:
        assert_sane(read(counters))

    @given(whole_counters)
    def test_any_numbers_can_be_read_and_the_bar_never_overflows(self, counters: dict[str, Any]) -> None:
        assert_sane(read(counters))

    @given(whole_counters)
    def test_a_share_on_the_page_is_never_above_one_hundred_per_cent_without_a_note(
        self, counters: dict[str, Any]
    ) -> None:
        figures = read(counters)
        shown = [figures.done_share, figures.reached_share, *(line.share for line in figures.lines)]
        over = [share for share in shown if share is not None and share > 1]
        assert not over or figures.contradictions

    @given(st.dictionaries(st.sampled_from(KEPT), st.integers(0, 10**9), min_size=1), st.booleans())
    def test_a_whole_number_survives_the_database_however_it_was_written(
        self, counters: dict[str, Any], with_a_point: bool
    ) -> None:
        sent = {key: Decimal(f"{value}.0") if with_a_point else value for key, value in counters.items()}
        assert read(json.loads(json.dumps(kept_counters(sent)))).counts == read(counters).counts
