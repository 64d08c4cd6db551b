"""campaigns/services/ledger.py: the books in words, green, open or red"""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaigns.services import ledger
from campaigns.services.books import Books
from campaigns.states import ChunkState

DONE = Books(
    rows=110,
    accepted=100,
    rejected={"duplicate": 10},
    people={ChunkState.ACTIVE: 100},
    chunks={ChunkState.ACTIVE: 10},
    batch_total=100,
    unsized=0,
    short=0,
    surplus=0,
    is_list=False,
    may_be_scrubbed=False,
    is_handed_over=True,
    rate_now=0.0,
    rate_overall=100.0,
    time_left=None,
)


def told(books: Books) -> list[tuple[str, str]]:
    """Each line's tone and figures."""
    return [(line.tone, line.figures) for line in ledger.of(books).lines]


def test_when_everybody_is_at_callfire_they_balance() -> None:
    assert ledger.of(DONE).badge.label == "Yes"
    assert told(DONE) == [("good", "110 = 100 + 10"), ("good", "100 = 100"), ("good", "100 = 100")]


def test_before_the_hand_over_only_the_rows_are_counted() -> None:
    checked = replace(DONE, people={}, chunks={}, batch_total=None, is_handed_over=False)
    assert told(checked) == [("good", "110 = 100 + 10")]


@pytest.mark.parametrize(
    "state", [ChunkState.WAITING, ChunkState.SENDING, ChunkState.UNCERTAIN, ChunkState.REFUSED]
)
def test_whoever_is_not_decided_about_keeps_them_open(state: ChunkState) -> None:
    books = replace(DONE, people={ChunkState.ACTIVE: 90, state: 10}, batch_total=90)
    assert ledger.of(books).badge.label == "Not yet"
    assert told(books)[1] == ("warn", "100 = 90 + 10")


@pytest.mark.parametrize("state", [ChunkState.LEFT_OUT, ChunkState.CANCELLED])
def test_whoever_was_decided_about_is_accounted_for(state: ChunkState) -> None:
    books = replace(DONE, people={ChunkState.ACTIVE: 90, state: 10}, batch_total=90)
    assert ledger.of(books).badge.label == "Yes"


def test_sizes_callfire_has_not_told_keep_them_open() -> None:
    assert told(replace(DONE, batch_total=None))[2] == ("warn", "100 = –")


@pytest.mark.parametrize(
    ("books", "line", "sentence"),
    [
        (replace(DONE, rows=113), 0, "3 missing"),
        (replace(DONE, rows=108), 0, "2 too many"),
        (replace(DONE, people={ChunkState.ACTIVE: 96}, batch_total=96), 1, "4 missing"),
        (replace(DONE, batch_total=95, short=5), 2, "5 missing"),
        (replace(DONE, batch_total=106, surplus=6), 2, "6 too many"),
        (replace(DONE, short=5, surplus=5), 2, "5 missing. 5 too many"),
        (replace(DONE, batch_total=None, short=5, unsized=1), 2, "5 missing"),
    ],
)
def test_a_difference_is_red_and_counted(books: Books, line: int, sentence: str) -> None:
    assert ledger.of(books).badge.label == "No"
    assert ledger.of(books).lines[line].tone == "bad"
    assert ledger.of(books).lines[line].words.endswith(sentence)


def test_whom_callfire_left_out_as_it_may_is_told_all_the_same() -> None:
    books = replace(DONE, batch_total=95, short=5, may_be_scrubbed=True)
    assert told(books)[2] == ("warn", "100 = 95 + 5")
    assert ledger.of(books).badge.label == "Not yet"
    assert ledger.of(books).lines[2].words.endswith("CallFire left out 5, and we know of no reason")


def test_a_size_that_callfire_never_tells_keeps_them_open() -> None:
    books = replace(DONE, batch_total=None, unsized=1)
    assert told(books)[2] == ("warn", "100 = –")
    assert ledger.of(books).lines[2].words.endswith("CallFire does not tell the size of 1 batch")


def test_a_contact_list_is_what_callfire_says_it_is() -> None:
    books = replace(DONE, rows=0, accepted=0, rejected={}, people={ChunkState.ACTIVE: 0}, is_list=True)
    assert told(books) == [("good", "100")]
    assert ledger.of(replace(books, batch_total=None)).badge.label == "Not yet"
