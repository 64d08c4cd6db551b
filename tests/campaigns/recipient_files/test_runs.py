"""Numbers that follow one another."""

from __future__ import annotations

import pytest

from campaigns.recipient_files import runs
from campaigns.recipient_files.runs import Runs

FIRST = 12135550100


def found_in(numbers: set[int]) -> Runs:
    """The runs among these numbers."""
    return runs.find(numbers, runs.likely(list(numbers)))


def test_ten_numbers_in_a_row_are_a_run_and_nine_are_none() -> None:
    assert found_in(set(range(FIRST, FIRST + 9))) == Runs()
    assert found_in(set(range(FIRST, FIRST + 10))) == Runs(1, 10, ((FIRST, 10),))


@pytest.mark.parametrize("length", [11, 19, 20, 57])
def test_a_run_is_told_once_and_as_a_whole(length: int) -> None:
    assert found_in({1, *range(FIRST, FIRST + length)}) == Runs(1, length, ((FIRST, length),))


def test_a_gap_parts_two_runs() -> None:
    numbers = {*range(FIRST, FIRST + 12), *range(FIRST + 13, FIRST + 33)}
    assert found_in(numbers) == Runs(2, 32, ((FIRST + 13, 20), (FIRST, 12)))


def test_the_longest_five_are_shown_and_all_are_counted() -> None:
    numbers = {first + step for first in range(0, 8000, 1000) for step in range(1, 11 + first // 1000)}
    found = found_in(numbers)
    assert (found.count, found.people) == (8, sum(range(10, 18)))
    assert [length for _, length in found.longest] == [17, 16, 15, 14, 13]


def test_ids_of_contacts_may_follow_one_another() -> None:
    assert found_in(set(range(-40, 0))) == Runs()


def test_numbers_with_every_second_one_missing_are_no_run() -> None:
    assert found_in(set(range(FIRST, FIRST + 80, 2))) == Runs()
