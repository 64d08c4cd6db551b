"""Numbers that follow one another, as made-up lists have them and real people's hardly ever."""

from __future__ import annotations

from collections.abc import Sequence, Set
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


def likely(people: Sequence[int]) -> list[int]:
    """Those of these people by whom a run would be found: every run has a number that ends in 0."""
    return [person for person in people if not person % SHORTEST and person > 0]


def find(numbers: Set[int], among: Sequence[int]) -> Runs:
    """The runs among these numbers; ``among`` are those that are ``likely``."""
    found: list[tuple[int, int]] = []
    end = 0
    for inside in sorted(number for number in among if number - 1 in numbers or number + 1 in numbers):
        if inside < end:
            continue
        first, end = inside, inside + 1
        while first - 1 in numbers:
            first -= 1
        while end in numbers:
            end += 1
        if end - first >= SHORTEST:
            found.append((first, end - first))
    longest = sorted(found, key=lambda run: -run[1])[:_SHOWN]
    return Runs(len(found), sum(length for _, length in found), tuple(longest))
