"""Tells of each row who can be handed over, and of every other one why not."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from itertools import count
from typing import Final, NamedTuple

from campaigns.recipient_files import phones
from campaigns.recipient_files.mapping import Mapping
from campaigns.recipient_files.phones import Number
from campaigns.recipient_files.reasons import Reason
from campaigns.recipient_files.tables import Rows

_CONTACT_ID: Final = re.compile(r"[1-9]\d{0,17}", re.ASCII)  # CallFire's ids are 64 bits wide
_AGAIN: Final = {
    Reason.DUPLICATE: "An earlier row of this file is the same person, and that one is kept.",
    Reason.EARLIER: "An earlier upload to this broadcast has this person already.",
}


class Fault(NamedTuple):
    """Why a row is left out, the text in question, and what to do about it."""

    reason: Reason
    text: str
    suggestion: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that is left out: its number, all its cells, and why."""

    row: int
    cells: Sequence[str]
    fault: Fault


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Every row of a batch that is not blank. The first three lists belong together, person by person."""

    rows: Sequence[int]
    people: Sequence[int]
    cells: Sequence[list[str]]
    repaired: int
    rejections: Sequence[Rejection]


@dataclass(slots=True)
class Judge:
    """Judges one batch after the other, and remembers everybody it let through in ``seen``.

    A person is a phone number of eleven digits, or the id of a contact as a number below zero.
    ``earlier`` are people who were sent before; ``width`` is how many columns there are, None if unknown.
    """

    mapping: Mapping
    earlier: Set[int]
    width: int | None
    seen: set[int] = field(default_factory=set)

    def judge(self, batch: Rows) -> Verdicts:
        """The verdict on each row."""
        rows, people, cells, rejections = list[int](), list[int](), list[list[str]](), list[Rejection]()
        repaired = 0
        is_wide = self.width is not None and max(map(len, batch.rows), default=0) > self.width
        for row, line, person in zip(count(batch.first), batch.rows, self._plain(batch.rows), strict=False):
            if not line:
                continue
            is_repaired = False
            if not person or is_wide:
                read = self._look_closer(line)
                if isinstance(read, Fault):
                    rejections.append(Rejection(row, line, read))
                    continue
                person, is_repaired = read
            if person in self.seen or person in self.earlier:
                rejections.append(Rejection(row, line, self._again(person, line)))
                continue
            self.seen.add(person)
            repaired += is_repaired
            rows.append(row)
            people.append(person)
            cells.append(line)
        return Verdicts(rows, people, cells, repaired, rejections)

    def _plain(self, rows: Sequence[Sequence[str]]) -> Sequence[int]:
        """The numbers that need no closer look; 0 for the other rows."""
        if not self.mapping.phones:
            return [0] * len(rows)
        first = self.mapping.phones[0]
        return phones.plain([cells[first] if first < len(cells) else "" for cells in rows])

    def _look_closer(self, cells: Sequence[str]) -> tuple[int, bool] | Fault:
        """The person of this row, and whether the number was repaired."""
        if self.width is not None and any(cell.strip() for cell in cells[self.width :]):
            return Fault(
                Reason.TOO_WIDE,
                next(cell for cell in cells[self.width :] if cell.strip()),
                f"It has {len(cells)} columns, and the header names {self.width}. Put quotation marks around "
                "a cell that has the separator in it.",
            )
        fault = None
        for text in (cells[place] for place in self.mapping.phones if place < len(cells)):
            read = phones.parse(text)
            if isinstance(read, Number):
                return int(read.digits), bool(read.note)
            if fault is None and read.reason != Reason.EMPTY:
                fault = Fault(read.reason, text, read.sentence)
        return fault or self._contact(cells)

    def _contact(self, cells: Sequence[str]) -> tuple[int, bool] | Fault:
        """The contact of this row, which has no number."""
        place = self.mapping.contact_id
        text = cells[place].strip() if place is not None and place < len(cells) else ""
        if not text:
            needed = phones.ENTER if self.mapping.phones else "Enter the id of a contact."
            return Fault(Reason.EMPTY, "", f"There is no number here. {needed}")
        if not _CONTACT_ID.fullmatch(text):
            return Fault(Reason.INVALID, text, "The id of a contact is a number from 1 on.")
        return -int(text), False

    def _again(self, person: int, cells: Sequence[str]) -> Fault:
        """Why somebody is left out who is there already."""
        reason = Reason.EARLIER if person in self.earlier else Reason.DUPLICATE
        places = (*self.mapping.phones, self.mapping.contact_id)
        told = (cells[place] for place in places if place is not None and place < len(cells))
        return Fault(reason, next(filter(str.strip, told), ""), _AGAIN[reason])
