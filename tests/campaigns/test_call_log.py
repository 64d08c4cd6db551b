"""What is asked of CallFire about calls, and what of its answer fits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callfire_api import Call, CallRecord, CallResult, CallState
from campaigns.services.call_log import CallQuery, matches

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CALL = Call(
    id=7,
    from_number="12135550111",
    to_number="12135550142",
    state=CallState.FINISHED,
    final_call_result=CallResult.LA,
    campaign_id=42,
    batch_id=9,
    inbound=False,
    created=NOON - HOUR,
    modified=NOON,
    labels=("vip",),
)
ids = st.integers(1, 2**63 - 1)
moments = st.integers(1_200_000_000, 3_600_000_000).map(
    lambda second: datetime.fromtimestamp(second, ZoneInfo("America/Denver")).replace(fold=0)
)


class TestAddresses:
    @given(
        st.builds(
            CallQuery,
            broadcast=st.none() | st.just(0) | ids,
            batch=st.none() | ids,
            to_number=st.sampled_from(["", "12135550142"]),
            ids=st.lists(ids, max_size=3, unique=True).map(tuple),
            inbound=st.none() | st.booleans(),
            begin=st.none() | moments,
            zone=st.just("America/Denver"),
            label=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
            results=st.sampled_from([(), ("LA",), ("LA", "AM")]),
            until=st.none()
            | st.integers(0, 4_000_000_000_000).map(lambda ms: datetime.fromtimestamp(ms // 1000, UTC)),
            offset=st.integers(0, 10_000),
            size=st.sampled_from([25, 50, 100]),
        )
    )
    def test_an_address_keeps_the_whole_query(self, query: CallQuery) -> None:
        again = CallQuery.from_querystring(query.to_querystring())
        assert again.to_querystring() == query.to_querystring()
        assert {**again.filters()} == {**query.filters()}
        assert (again.offset, again.size, again.until) == (query.offset, query.size, query.until)

    def test_an_unfiltered_log_has_none(self) -> None:
        assert CallQuery(zone="America/Denver").to_querystring() == ""


class TestWhatFits:
    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"ids": (7, 8)},
            {"broadcast": 42},
            {"batch": 9},
            {"from_number": "12135550111"},
            {"to_number": "12135550142"},
            {"inbound": False},
            {"label": "vip"},
            {"states": ("FINISHED", "READY")},
            {"results": ("LA",)},
            {"begin": NOON},
            {"end": NOON - HOUR},
            {"begin": NOON - 2 * HOUR, "end": NOON + HOUR},
        ],
    )
    def test_a_call_fits_its_own_properties(self, query: dict[str, Any]) -> None:
        assert matches(CallQuery(**query), CALL)

    @pytest.mark.parametrize(
        "query",
        [
            {"ids": (8,)},
            {"broadcast": 43},
            {"batch": 8},
            {"from_number": "12135550112"},
            {"to_number": "12135550143"},
            {"inbound": True},
            {"label": "VIP"},
            {"states": ("READY",)},
            {"results": ("AM", "BUSY")},
            {"begin": NOON + HOUR},
            {"end": NOON - 2 * HOUR},
            {"until": NOON - 2 * HOUR},
            {"until": NOON + 26 * HOUR, "period": "24h"},
        ],
    )
    def test_it_fits_no_others(self, query: dict[str, Any]) -> None:
        assert not matches(CallQuery(**query), CALL)

    @pytest.mark.parametrize("call", [Call(id=1), CALL])
    def test_only_callfire_knows_which_calls_are_quick_ones(self, call: Call) -> None:
        assert matches(CallQuery(broadcast=0), call)

    def test_the_last_try_tells_the_result_when_callfire_names_none(self) -> None:
        call = Call(records=(CallRecord(result=CallResult.BUSY), CallRecord(result=CallResult.AM)))
        assert matches(CallQuery(results=("AM",)), call)
        assert not matches(CallQuery(results=("BUSY",)), call)

    def test_times_that_cannot_be_true_rule_nothing_out(self) -> None:
        odd = Call(created=datetime(1970, 1, 1, 0, 3, tzinfo=UTC), modified=datetime(1970, 1, 1, tzinfo=UTC))
        assert matches(CallQuery(begin=NOON, end=NOON + HOUR), odd)
