"""When a request is sent again, and after how long."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callfire_api import (
    BadRequest,
    CallFireError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    ServerTrouble,
    UnreadableAnswer,
)
from callfire_api.retries import LONGEST_WAIT_SECONDS, RetryPolicy, stated_wait

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


class TestThePolicy:
    @pytest.mark.parametrize(
        "error", [NotSent(), OutcomeUnknown(), UnreadableAnswer(), RateLimited(), ServerTrouble()]
    )
    def test_a_read_is_repeated_after_what_may_pass(self, error: CallFireError) -> None:
        assert RetryPolicy(attempts=4).allows(error, is_read=True, attempt=3)
        assert not RetryPolicy(attempts=4).allows(error, is_read=True, attempt=4)

    def test_a_read_is_not_repeated_after_what_will_not(self) -> None:
        assert not RetryPolicy().allows(BadRequest(), is_read=True, attempt=1)

    @pytest.mark.parametrize("error", [OutcomeUnknown(), UnreadableAnswer(), RateLimited(), ServerTrouble()])
    def test_a_write_that_left_us_is_never_repeated(self, error: CallFireError) -> None:
        assert not RetryPolicy().allows(error, is_read=False, attempt=1)

    def test_a_write_that_did_not_leave_us_is(self) -> None:
        assert RetryPolicy().allows(NotSent(), is_read=False, attempt=1)

    def test_it_waits_as_long_as_callfire_asks(self) -> None:
        assert RetryPolicy().delay(RateLimited(retry_after=7), attempt=1) == 7

    @given(st.integers(min_value=1, max_value=60))
    def test_otherwise_it_waits_longer_each_time_with_jitter_and_not_for_ever(self, attempt: int) -> None:
        delay = RetryPolicy(backoff=0.25).delay(ServerTrouble(), attempt=attempt)
        assert min(0.25 * 2**attempt, 8) / 2 <= delay <= min(0.25 * 2**attempt, 8)


class TestWhatCallFireAsksFor:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"Retry-After": "3"}, 3.0),
            ({"Retry-After": " 12 "}, 12.0),
            ({"Retry-After": "Mon, 05 Jan 2026 10:00:30 GMT"}, 30.0),
            ({"Retry-After": "Mon, 05 Jan 2026 09:00:00 GMT"}, 0.0),
            ({"Retry-After": "Mon, 05 Jan 2026 10:00:30 -0000"}, 30.0),
            ({"X-Rate-Limit-Retry-After-Milliseconds": "1500"}, 1.5),
            ({"X-Rate-Limit-Retry-After-Milliseconds": "1500", "Retry-After": "9"}, 1.5),
            ({"X-Rate-Limit-Retry-After-Milliseconds": "soon", "Retry-After": "9"}, 9.0),
            ({"Retry-After": "99999999"}, LONGEST_WAIT_SECONDS),
            ({"Retry-After": "Mon, 05 Jan 2099 10:00:30 GMT"}, LONGEST_WAIT_SECONDS),
            ({"X-Rate-Limit-Retry-After-Milliseconds": "999999999999"}, LONGEST_WAIT_SECONDS),
            ({"Retry-After": "-5"}, None),
            ({"Retry-After": "1.5e3"}, None),
            ({"Retry-After": "whenever"}, None),
            ({"Retry-After": ""}, None),
            ({}, None),
        ],
    )
    def test_every_spelling_and_no_nonsense(self, headers: dict[str, str], seconds: float | None) -> None:
        assert stated_wait(headers, now=NOW) == seconds

    @given(st.text())
    def test_no_header_is_too_strange(self, text: str) -> None:
        wait = stated_wait({"Retry-After": text, "X-Rate-Limit-Retry-After-Milliseconds": text}, now=NOW)
        assert wait is None or 0 <= wait <= LONGEST_WAIT_SECONDS
