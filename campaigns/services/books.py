"""The books of an upload: where everybody who is in the file has gone, and whether it adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, F, Max, Q, Sum
from django.utils import timezone

from campaigns.models import Upload
from campaigns.states import ChunkState

# Chunks whose people CallFire has.
TAKEN: Final = (ChunkState.CONFIRMED, ChunkState.ACTIVE, ChunkState.FAULTY)
# Those of them whose sizes are final, and can be held against what was sent.
_CHECKED: Final = (ChunkState.ACTIVE, ChunkState.FAULTY)
_LATELY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Books:
    """Counts of people, unless they say otherwise.

    ``people`` and ``chunks`` are by state of the chunk. ``batch_total`` is the sum of the sizes that CallFire
    tells, None while one is not known; ``unsized`` is how many batches are checked without one. ``short`` and
    ``surplus`` are how much too small and too large checked batches are, compared one by one. Of a contact
    list (``is_list``) only CallFire knows who is in it, so nothing can differ.
    Rates are people a minute; ``time_left`` is the least and the most that is to be expected.
    """

    rows: int
    accepted: int
    rejected: Mapping[str, int]
    people: Mapping[str, int]
    chunks: Mapping[str, int]
    batch_total: int | None
    unsized: int
    short: int
    surplus: int
    is_list: bool
    may_be_scrubbed: bool
    is_handed_over: bool
    rate_now: float
    rate_overall: float
    time_left: tuple[timedelta, timedelta] | None

    @property
    def rejected_total(self) -> int:
        """Rows that were left out, whatever the reason."""
        return sum(self.rejected.values())

    @property
    def confirmed(self) -> int:
        """People whom CallFire has."""
        return self._in(*TAKEN)

    @property
    def faulty(self) -> int:
        """People whom CallFire has, in batches with errors."""
        return self._in(ChunkState.FAULTY)

    @property
    def in_flight(self) -> int:
        return self._in(ChunkState.SENDING)

    @property
    def uncertain(self) -> int:
        return self._in(ChunkState.UNCERTAIN)

    @property
    def waiting(self) -> int:
        return self._in(ChunkState.WAITING)

    @property
    def refused(self) -> int:
        return self._in(ChunkState.REFUSED)

    @property
    def left_out(self) -> int:
        return self._in(ChunkState.LEFT_OUT)

    @property
    def cancelled(self) -> int:
        return self._in(ChunkState.CANCELLED)

    @property
    def row_difference(self) -> int:
        """Rows in the file that are neither accepted nor rejected."""
        return self.rows - self.accepted - self.rejected_total

    @property
    def hand_over_difference(self) -> int:
        """People who were accepted and are in no chunk."""
        return self.accepted - sum(self.people.values()) if self.is_handed_over else 0

    @property
    def scrubbed(self) -> int:
        """People CallFire may have left out as duplicates, as it was asked to; there ought to be none."""
        return self.short if self.may_be_scrubbed else 0

    @property
    def missing(self) -> int:
        """People who are in none of CallFire's batches, for no reason we know."""
        return self.short - self.scrubbed

    @property
    def balances(self) -> bool:
        """Whether everybody is accounted for."""
        return not (
            self.row_difference or self.hand_over_difference or self.short or self.surplus or self.unsized
        )

    def _in(self, *states: ChunkState) -> int:
        return sum(self.people.get(state, 0) for state in states)


def of(upload: Upload) -> Books:
    """The books of this upload as its row says, with one query for its chunks."""
    now = timezone.now()
    rows = (
        upload.chunks.order_by()
        .values("state")
        .annotate(
            people=Sum("rows"),
            count=Count("pk"),
            size=Sum("batch_size"),
            sized=Count("batch_size"),
            short=Sum(F("rows") - F("batch_size"), filter=Q(batch_size__lt=F("rows"))),
            surplus=Sum(F("batch_size") - F("rows"), filter=Q(batch_size__gt=F("rows"))),
            lately=Sum("rows", filter=Q(settled_at__gt=now - _LATELY)),
            latest=Max("settled_at"),
        )
    )
    by_state = {row["state"]: row for row in rows}
    taken = [by_state[state] for state in TAKEN if state in by_state]
    checked = [by_state[state] for state in _CHECKED if state in by_state]
    is_list = upload.source == Upload.Source.CONTACT_LIST
    is_sized = all(row["sized"] == row["count"] for row in taken)
    people: Mapping[str, int] = Counter({state: row["people"] for state, row in by_state.items()})
    rate_now, rate_overall = _rates(upload, taken, now)
    to_send = sum(people[state] for state in (ChunkState.WAITING, ChunkState.SENDING, ChunkState.UNCERTAIN))
    return Books(
        rows=upload.rows,
        accepted=upload.accepted,
        rejected=upload.rejected,
        people=people,
        chunks=Counter({state: row["count"] for state, row in by_state.items()}),
        batch_total=sum(row["size"] or 0 for row in taken) if taken and is_sized else None,
        unsized=sum(row["count"] - row["sized"] for row in checked),
        short=0 if is_list else sum(row["short"] or 0 for row in checked),
        surplus=0 if is_list else sum(row["surplus"] or 0 for row in checked),
        is_list=is_list,
        may_be_scrubbed=upload.scrub_duplicates,
        is_handed_over=bool(by_state),
        rate_now=rate_now,
        rate_overall=rate_overall,
        time_left=_time_left(to_send, rate_now, rate_overall),
    )


def _rates(upload: Upload, taken: Sequence[Mapping[str, Any]], now: datetime) -> tuple[float, float]:
    """People a minute whom CallFire took within the last minute, and since the hand-over began."""
    if upload.confirmed_at is None or not taken:
        return 0.0, 0.0
    begun: datetime = upload.confirmed_at
    latest: datetime = max(row["latest"] for row in taken)
    lately = sum(row["lately"] or 0 for row in taken)
    since_begun = max((now - begun).total_seconds(), 1.0)
    until_latest = max((latest - begun).total_seconds(), 1.0)
    now_rate = 60 * lately / min(since_begun, _LATELY.total_seconds())
    return now_rate, 60 * sum(row["people"] for row in taken) / until_latest


def _time_left(people: int, *rates: float) -> tuple[timedelta, timedelta] | None:
    known = [rate for rate in rates if rate]
    if not people or not known:
        return None
    return timedelta(minutes=people / max(known)), timedelta(minutes=people / min(known))
