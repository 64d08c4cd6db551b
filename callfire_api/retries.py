"""When a request may be sent again, and after how long. Pure: nothing here waits or sends.

We do not let `urllib3.Retry` repeat requests inside the connection pool. It would wait while holding a
place in the pace, send attempts the pace never counted, and could not see a rate limit that arrives as a
400 with a sentence.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from callfire_api.errors import CallFireError, NotSent

LONGEST_WAIT_SECONDS = 300.0
LONGEST_BACKOFF_SECONDS = 8.0
WHOLE_NUMBER = re.compile(r"\d{1,12}")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often one request is tried in all, and the first pause between two tries, in seconds.

    A read is repeated after anything transient. A write is repeated only when it never left us; whatever
    happened to it afterwards is for the caller to look up.
    """

    attempts: int = 4
    backoff: float = 0.25

    def allows(self, error: CallFireError, *, is_read: bool, attempt: int) -> bool:
        """Whether to send again after try number `attempt` (from 1) ended with `error`."""
        worth_it = error.is_transient if is_read else isinstance(error, NotSent)
        return worth_it and attempt < self.attempts

    def delay(self, error: CallFireError, *, attempt: int) -> float:
        """Seconds to wait: what CallFire asked for, otherwise exponentially longer with jitter."""
        if error.retry_after is not None:
            return error.retry_after
        ceiling = min(self.backoff * 2**attempt, LONGEST_BACKOFF_SECONDS)
        return random.uniform(ceiling / 2, ceiling)


def stated_wait(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Seconds CallFire asks us to wait, capped; None when it does not say, or says nonsense.

    Reads `Retry-After` in seconds and as a date, and the `X-Rate-Limit-Retry-After-Milliseconds` that
    CallFire's sister product documents.
    """
    milliseconds = headers.get("X-Rate-Limit-Retry-After-Milliseconds", "").strip()
    if WHOLE_NUMBER.fullmatch(milliseconds):
        return min(int(milliseconds) / 1000, LONGEST_WAIT_SECONDS)
    stated = headers.get("Retry-After", "").strip()
    if WHOLE_NUMBER.fullmatch(stated):
        return min(float(stated), LONGEST_WAIT_SECONDS)
    try:
        until = parsedate_to_datetime(stated)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    wait = (until - (now or datetime.now(UTC))).total_seconds()
    return min(max(wait, 0.0), LONGEST_WAIT_SECONDS)
