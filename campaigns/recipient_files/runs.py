"""Numbers that follow one another, as made-up lists have them and real people's hardly ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SHORTEST: Final = 10
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Runs:
    """Every run of at least ``SHORTEST`` numbers: how many, of how many people, and the longest ones.

    ``longest`` are first numbers, each with how many follow from it on, itself included.
    """

    count: int = 0
    people: int = 0
    longest: tuple[tuple[int, int], ...] = ()


def find(numbers: set[int]) -> Runs:
    """The runs among these numbers; those below zero are no phone numbers."""
    reach = SHORTEST - 1
    likely = numbers.intersection(map(reach.__add__, numbers))
    ends = sorted(end for end in likely if all(end - step in numbers for step in range(1, reach)) and end > 0)
    found: list[tuple[int, int]] = []
    for end in ends:
        if found and end == sum(found[-1]):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((end - reach, SHORTEST))
    longest = sorted(found, key=lambda run: -run[1])[:_SHOWN]
    return Runs(len(found), sum(length for _, length in found), tuple(longest))
