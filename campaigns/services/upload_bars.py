"""The two bars of an upload: how far its check is, and what CallFire has of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from campaigns.states import ChunkState

# Which part of the bar a chunk's people belong to, from the left; those who wait leave it empty.
_KINDS: Final[dict[str, tuple[ChunkState, ...]]] = {
    "sure": (ChunkState.CONFIRMED, ChunkState.ACTIVE),
    "moving": (ChunkState.SENDING,),
    "unsure": (ChunkState.UNCERTAIN,),
    "lost": (ChunkState.FAULTY, ChunkState.REFUSED),
    "out": (ChunkState.LEFT_OUT, ChunkState.CANCELLED),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a bar; ``start`` and ``width`` in percent, ``kind`` names its colour."""

    kind: str
    start: float
    width: float


def handed_over(people: Mapping[str, int]) -> tuple[Part, ...]:
    """The bar of the hand-over, from how many people are in chunks of each state."""
    counts = {kind: sum(people.get(state, 0) for state in states) for kind, states in _KINDS.items()}
    return _parts(counts, sum(people.values()))


def checked(*, accepted: int, rejected: int, done: float) -> tuple[Part, ...]:
    """The bar of a check of which the share ``done`` (0 to 1) is behind it; the rest is left empty."""
    rows = accepted + rejected
    return _parts({"sure": accepted, "out": rejected}, rows / done if rows and done else 0)


def _parts(counts: Mapping[str, int], whole: float) -> tuple[Part, ...]:
    parts: list[Part] = []
    start = 0.0
    for kind, count in counts.items():
        if count and whole:
            width = 100 * count / whole
            parts.append(Part(kind, start, width))
            start += width
    return tuple(parts)
