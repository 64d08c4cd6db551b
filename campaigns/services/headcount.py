"""How many people a start would call: CallFire's counters, its batches, and where they disagree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from callfire_api import Batch, BatchStatus
from campaigns.labels import in_a_row
from campaigns.services.outcomes import Outcomes

_BROKEN: Final = frozenset({BatchStatus.ERRORS, BatchStatus.SOURCE_ERROR})
_BEING_CHECKED: Final = frozenset({BatchStatus.NEW, BatchStatus.VALIDATING})
_MOST_NAMES: Final = 3
_Kind = Literal["ready", "coming", "off", "broken"]


@dataclass(frozen=True, slots=True)
class Headcount:
    """People who would be called, of all there are; None where CallFire did not say.

    ``off`` and ``broken`` say in words who is left out; ``being_checked`` people are among ``to_call``.
    """

    to_call: int | None
    people: int | None
    off: str
    broken: str
    being_checked: int
    contradictions: tuple[str, ...]


def count(figures: Outcomes, batches: Sequence[Batch] | None) -> Headcount:
    """The people who would be called; ``batches`` is None when CallFire did not say.

    Where CallFire leaves room for two answers it is the larger, so that never more people are called than
    were shown.
    """
    groups: defaultdict[_Kind, list[Batch]] = defaultdict(list)
    for batch in batches or ():
        groups[_kind(batch)].append(batch)
    ready, being_checked = _waiting(groups["ready"]), _waiting(groups["coming"])
    contradictions = list(figures.contradictions)
    if figures.left is not None and figures.left < ready:
        contradictions.append(
            f"CallFire counts {figures.left:,} people left to call, but its batches hold {ready:,} "
            "who can be called. The larger figure is shown."
        )
    held = _waiting(groups["off"]) + _waiting(groups["broken"])
    return Headcount(
        to_call=_to_call(figures.left, batches, ready, held, being_checked),
        people=figures.people,
        off=_left_out(groups["off"], "that is off", "that are off"),
        broken=_left_out(groups["broken"], "with errors", "with errors"),
        being_checked=being_checked,
        contradictions=tuple(contradictions),
    )


def _kind(batch: Batch) -> _Kind:
    if batch.status in _BROKEN:
        return "broken"
    if batch.enabled is False:
        return "off"
    return "coming" if batch.status in _BEING_CHECKED else "ready"


def _to_call(
    left: int | None, batches: Sequence[Batch] | None, ready: int, held: int, being_checked: int
) -> int | None:
    """Whether those left include people held back, or still being checked, is not documented."""
    if left is None:
        return ready + being_checked if batches else None
    certain = max(ready, left - held if left >= ready + held else left)
    are_counted = left >= ready + held + being_checked
    return certain if are_counted else certain + being_checked


def _waiting(batches: Sequence[Batch]) -> int:
    """The people of these batches who were not called yet."""
    return sum(max(0, batch.size or 0 if batch.remaining is None else batch.remaining) for batch in batches)


def _left_out(batches: Sequence[Batch], one: str, several: str) -> str:
    """1,000 in a batch that is off: North"""
    if not batches:
        return ""
    people = sum(batch.remaining or batch.size or 0 for batch in batches)
    names = [batch.name or f"Batch {batch.id}" for batch in batches[:_MOST_NAMES]]
    if len(batches) > _MOST_NAMES:
        names.append(f"{len(batches) - _MOST_NAMES:,} more")
    where = f"a batch {one}" if len(batches) == 1 else f"{len(batches):,} batches {several}"
    return f"{people:,} in {where}: {in_a_row(names, 'and')}"
