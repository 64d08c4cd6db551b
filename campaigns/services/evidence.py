"""What an event of the activity keeps besides its outcome: what was shown, agreed to, and asked for again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from campaigns.labels import nice_number
from campaigns.models import AuditEvent

# Of a question before a start, in the order of its page; people and caller ID are put into words.
_SHOWN: Final = {
    "hours": "Hours",
    "ends": "Ends",
    "tries": "Tries",
    "estimate": "Cost, in credits",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure or sentence that is kept, and what it is."""

    term: str
    text: str


@dataclass(frozen=True, slots=True)
class Again:
    """Somebody who asked for the same while it was under way."""

    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything kept with one event that a reader of the activity may want to see.

    ``looked_at`` is when the figures that were shown were read; None where none were shown.
    """

    looked_at: datetime | None
    facts: Sequence[Fact]
    warnings: Sequence[str]
    again: Sequence[Again]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not (self.facts or self.warnings or self.again)


def of(event: AuditEvent) -> Evidence:
    """What is kept with this event."""
    detail = event.detail
    shown: Mapping[str, Any] = detail.get("shown") or {}
    return Evidence(
        looked_at=_moment(shown.get("at")),
        facts=[fact for fact in (*_of_start(shown), *_of_others(detail)) if fact.text],
        warnings=[str(warning) for warning in shown.get("warnings", ())],
        again=[Again(str(each.get("by", "")), _moment(each.get("at"))) for each in detail.get("again", ())],
    )


def _of_start(shown: Mapping[str, Any]) -> Iterator[Fact]:
    if not shown:
        return
    people = shown.get("people")
    yield Fact(
        "People", f"{people:,} to call" if isinstance(people, int) else "CallFire did not say how many"
    )
    yield Fact("Caller ID", nice_number(str(shown.get("caller_id") or "")) or "Not chosen")
    for key, term in _SHOWN.items():
        yield Fact(term, str(shown.get(key) or ""))
    yield Fact("Balance, in credits", _amount(shown.get("balance")))
    for term, *lines in shown.get("heard", ()):
        yield Fact(term, "; ".join(lines))
    yield Fact("Who can be called when", "; ".join(shown.get("zones", ())))


def _of_others(detail: Mapping[str, Any]) -> Iterator[Fact]:
    yield Fact("Agreed to", str(detail.get("agreed") or ""))
    yield Fact("Why these hours", str(detail.get("reason_for_hours") or ""))
    yield Fact("When people are called", str(detail.get("said_when") or ""))


def _amount(text: Any) -> str:
    """9,412.35; empty when it is no amount."""
    try:
        return f"{Decimal(str(text)):,.2f}"
    except InvalidOperation:
        return ""


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
