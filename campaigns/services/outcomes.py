"""From CallFire's counters to figures that may be shown: people by outcome, shares, and whether it adds up.

Only the counters that held up in the published samples are used. ``callsLiveAnswer``,
``responseRatePercent``, ``callsRemaining`` and ``callsDuration`` contradict the others there and are
never shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from campaigns.labels import OUTCOMES

# Outcome (as in labels.OUTCOMES) -> the counter of people who ended there. Groups are disjoint.
COUNTERS: Final[dict[str, str]] = {
    "live": "liveCount",
    "xfer": "transferCount",
    "am": "answeringMachineCount",
    "noans": "noAnswerCount",
    "busy": "busyCount",
    "fail": "errorCount",
    "dnc": "doNotCallCount",
    "other": "miscCount",
}
# What the columns of a sample hold; more than that cannot be true.
MOST_PEOPLE: Final = 2**31 - 1
MOST_CREDITS: Final = 10**10
KEPT: Final = (
    *COUNTERS.values(),
    "totalCount",
    "dialedCount",
    "totalOutboundCount",
    "remainingOutboundCount",
    "callsAttempted",
    "callsPlaced",
    "callsAwaitingRedial",
    "billedAmount",
)


@dataclass(frozen=True, slots=True)
class Share:
    """One segment of the outcome bar, in percent of all people."""

    key: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """One line of the outcome table; ``share`` is of the people dialled."""

    key: str
    label: str
    meaning: str
    count: int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The counters of one broadcast, as people. ``None`` means CallFire did not say."""

    counts: Mapping[str, int | None]
    people: int | None
    done: int | None
    left: int | None
    dialed: int | None
    reached: int | None
    attempted: int | None
    awaiting_retry: int | None
    billed: Decimal | None
    contradictions: tuple[str, ...]

    @property
    def done_share(self) -> float | None:
        """Done, as a share of all people; between 0 and 1."""
        return ratio(self.done, self.people)

    @property
    def reached_share(self) -> float | None:
        """Answered or transferred, as a share of the people dialled; between 0 and 1."""
        return ratio(self.reached, self.dialed)

    @property
    def in_words(self) -> str:
        """The outcome bar for people who cannot see it."""
        if self.done_share is None:
            return "Nobody called yet"
        parts = [
            f"{outcome.label.lower()} {count:,}"
            for outcome in OUTCOMES
            if (count := self.left if outcome.key == "left" else self.counts.get(outcome.key))
        ]
        return f"{100 * self.done_share:.1f}% done: {', '.join(parts) or 'nobody yet'}"

    @property
    def lines(self) -> tuple[OutcomeLine, ...]:
        """The outcome table. People on do-not-call lists and people left have no share of the dialled."""
        return tuple(
            OutcomeLine(
                outcome.key,
                outcome.label,
                outcome.meaning,
                count := self.left if outcome.key == "left" else self.counts.get(outcome.key),
                None if outcome.key in {"dnc", "left"} else ratio(count, self.dialed),
            )
            for outcome in OUTCOMES
        )

    @property
    def shares(self) -> tuple[Share, ...]:
        """The segments of the outcome bar; what they leave free is still to come."""
        total = max(self.people or 0, sum(count or 0 for count in self.counts.values()))
        segments, start = [], 0.0
        for key, count in self.counts.items():
            if count and total:
                width = 100 * count / total
                segments.append(Share(key, round(start, 2), round(width, 2)))
                start += width
        return tuple(segments)


def kept_counters(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a CallFire answer that is worth keeping, fit for a JSON column."""
    return {
        key: str(raw[key]) if isinstance(raw[key], Decimal) else raw[key]
        for key in KEPT
        if raw.get(key) is not None
    }


def read(counters: Mapping[str, Any]) -> Outcomes:
    """The figures behind kept counters; an empty mapping gives figures that are all unknown."""
    counts = {key: _whole(counters.get(name)) for key, name in COUNTERS.items()}
    done = _whole(counters.get("totalCount"))
    people = _whole(counters.get("totalOutboundCount"))
    left = _whole(counters.get("remainingOutboundCount"))
    dialed = _whole(counters.get("dialedCount"))
    live, transferred = counts["live"], counts["xfer"]
    return Outcomes(
        counts=counts,
        people=people,
        done=done,
        left=left,
        dialed=dialed,
        reached=None if live is None and transferred is None else (live or 0) + (transferred or 0),
        attempted=_whole(counters.get("callsAttempted")),
        awaiting_retry=_whole(counters.get("callsAwaitingRedial")),
        billed=_amount(counters.get("billedAmount")),
        contradictions=_contradictions(counts, done=done, dialed=dialed, people=people),
    )


def ratio(part: int | None, whole: int | None) -> float | None:
    """Part of whole, or None when either is unknown or the whole is nobody."""
    return part / whole if part is not None and whole else None


def _contradictions(
    counts: Mapping[str, int | None], *, done: int | None, dialed: int | None, people: int | None
) -> tuple[str, ...]:
    """Each relation that held in every published sample and does not hold here, as a sentence."""
    found = []
    known = [count for count in counts.values() if count is not None]
    if done is not None and len(known) == len(counts) and sum(known) != done:
        found.append(f"The outcomes sum to {sum(known):,}, but CallFire counts {done:,} people done.")
    opted_out = counts["dnc"]
    if done is not None and dialed is not None and opted_out is not None and dialed != done - opted_out:
        found.append(
            f"CallFire counts {dialed:,} people dialled, but {done:,} done less "
            f"{opted_out:,} do-not-call make {done - opted_out:,}."
        )
    if not found and done is not None and people is not None and done > people:
        found.append(f"CallFire counts {done:,} people done of {people:,}.")
    called = sum(known) - (opted_out or 0)
    if not found and dialed is not None and called > dialed:
        found.append(f"The outcomes of people dialled sum to {called:,}, but CallFire counts {dialed:,}.")
    return tuple(found)


def _whole(value: Any) -> int | None:
    """A count of people, however CallFire writes the number; None for what cannot be one."""
    amount = _amount(value)
    if amount is None or amount != amount.to_integral_value() or not 0 <= amount <= MOST_PEOPLE:
        return None
    return int(amount)


def _amount(value: Any) -> Decimal | None:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < MOST_CREDITS else None
