"""Numbers that follow one another, as made-up lists have them and real people's hardly ever."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import islice
from operator import sub
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


def find(numbers: array[int]) -> Runs:
    """The runs in these numbers, which are sorted and each there once."""
    reach = SHORTEST - 1
    found: list[tuple[int, int]] = []
    for first in _beginnings(numbers, reach):
        if found and first < found[-1][0] + found[-1][1]:
            begun = found[-1][0]
            found[-1] = (begun, first + SHORTEST - begun)
        else:
            found.append((first, SHORTEST))
    longest = sorted(found, key=lambda run: -run[1])[:_SHOWN]
    return Runs(len(found), sum(length for _, length in found), tuple(longest))


def _beginnings(numbers: array[int], reach: int) -> list[int]:
    """The numbers from which the next ``reach`` follow without a gap."""
    ahead = islice(numbers, reach, None)
    gaps = map(sub, ahead, numbers)
    return [numbers[place] for place, gap in enumerate(gaps) if gap == reach and numbers[place] > 0]
