"""The books of one upload in words: whether everybody who came in is accounted for, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from campaigns.labels import Badge, Tone
from campaigns.services.books import Books

BALANCED: Final = Badge("Yes", "good", "ok", "Everybody is accounted for.")
OPEN: Final = Badge("Not yet", "warn", "q", "It is not known of everybody yet what became of them.")
BROKEN: Final = Badge("No", "bad", "error", "Somebody is missing from the books, or is in them twice.")
UNKNOWN: Final = "–"
_GLYPHS: Final[dict[Tone, str]] = {"good": "ok", "warn": "q", "bad": "error"}


@dataclass(frozen=True, slots=True)
class Line:
    """One equation: in figures, in words, and whether it holds."""

    tone: Tone
    figures: str
    words: str

    @property
    def glyph(self) -> str:
        """The drawing beside it."""
        return _GLYPHS[self.tone]


@dataclass(frozen=True, slots=True)
class Ledger:
    """All equations, and what they come to together."""

    badge: Badge
    lines: Sequence[Line]


def of(books: Books) -> Ledger:
    """The books, to be read by people."""
    lines = [_list(books)] if books.is_list else _of_a_file(books)
    tones = {line.tone for line in lines}
    return Ledger(BROKEN if "bad" in tones else OPEN if "warn" in tones else BALANCED, lines)


def _of_a_file(books: Books) -> list[Line]:
    lines = [_rows(books)]
    if books.is_handed_over:
        lines.append(_accepted(books))
    if books.confirmed:
        lines.append(_batches(books))
    return lines


def _list(books: Books) -> Line:
    if books.batch_total is None:
        return Line("warn", UNKNOWN, "People in CallFire’s batch of this list. CallFire has not said it yet")
    return Line(
        "good", f"{books.batch_total:,}", "People in CallFire’s batch of this list, as CallFire counts"
    )


def _rows(books: Books) -> Line:
    terms = [("accepted", books.accepted), ("left out", books.rejected_total)]
    return _equation(("Rows", books.rows), terms, missing=books.row_difference)


def _accepted(books: Books) -> Line:
    rest = [
        ("on their way", books.in_flight),
        ("uncertain", books.uncertain),
        ("to go", books.waiting),
        ("refused", books.refused),
        ("left out by hand", books.left_out),
        ("not sent", books.cancelled),
    ]
    return _equation(
        ("Accepted", books.accepted),
        [("confirmed", books.confirmed), *((word, people) for word, people in rest if people)],
        missing=books.hand_over_difference,
        is_open=bool(books.in_flight or books.uncertain or books.waiting or books.refused),
    )


def _batches(books: Books) -> Line:
    terms = [("in CallFire’s batches", books.batch_total)]
    notes = []
    if books.scrubbed:
        terms.append(("left out by CallFire", books.scrubbed))
        notes.append(f"CallFire left out {books.scrubbed:,}, and we know of no reason")
    if books.unsized:
        batches = "1 batch" if books.unsized == 1 else f"{books.unsized:,} batches"
        notes.append(f"CallFire does not tell the size of {batches}")
    elif books.batch_total is None:
        notes.append("CallFire has not said it of every batch yet")
    known = (books.batch_total or 0) + books.scrubbed
    return _equation(
        ("Confirmed", books.confirmed),
        terms,
        missing=books.missing,
        surplus=books.surplus,
        is_open=bool(notes) or known != books.confirmed,
        notes=notes,
    )


def _equation(
    whole: tuple[str, int],
    terms: Sequence[tuple[str, int | None]],
    *,
    missing: int,
    surplus: int = 0,
    is_open: bool = False,
    notes: Sequence[str] = (),
) -> Line:
    """The line in figures and words. ``missing`` from the sum of the terms below zero is what is too many."""
    surplus += max(-missing, 0)
    differences = []
    if missing > 0:
        differences.append(f"{missing:,} missing")
    if surplus:
        differences.append(f"{surplus:,} too many")
    sign = "≠" if differences else "="
    parts = [UNKNOWN if count is None else f"{count:,}" for _, count in terms]
    sentences = [f"{whole[0]} = {' + '.join(word for word, _ in terms)}", *notes, *differences]
    tone: Tone = "bad" if differences else "warn" if is_open else "good"
    return Line(tone, f"{whole[1]:,} {sign} {' + '.join(parts)}", ". ".join(sentences))
