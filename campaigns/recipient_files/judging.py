"""Tells of each row who can be handed over, and of every other one why not."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from itertools import compress, count
from operator import itemgetter
from typing import Final, NamedTuple

from campaigns.recipient_files import phones
from campaigns.recipient_files.mapping import Mapping
from campaigns.recipient_files.phones import Number
from campaigns.recipient_files.reasons import Reason
from campaigns.recipient_files.tables import Rows

_CONTACT_ID: Final = re.compile(r"[1-9]\d{0,17}", re.ASCII)  # CallFire's ids are 64 bits wide
_AGAIN: Final = {
    Reason.DUPLICATE: "An earlier row of this file is the same person, and that one is kept.",
    Reason.EARLIER: "This broadcast has this person already, from an earlier upload or added by hand.",
    Reason.MAYBE_CALLED: "CallFire may have called this person before the batch they were in was off.",
}


class Fault(NamedTuple):
    """Why a row is left out, the text in question, and what to do about it."""

    reason: Reason
    text: str
    suggestion: str


class _Read(NamedTuple):
    person: int
    is_repaired: bool = False


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


def column(rows: Sequence[Sequence[str]], place: int) -> Sequence[str]:
    """The cells at this place, empty where a row ends before it."""
    try:
        return list(map(itemgetter(place), rows))
    except IndexError:
        return [cells[place] if place < len(cells) else "" for cells in rows]


@dataclass(slots=True)
class Judge:
    """Judges one batch after the other, and remembers everybody it let through in ``seen``.

    A person is a phone number of eleven digits, or the id of a contact as a number below zero.
    ``earlier`` are people who were sent before; ``maybe_called`` are others whom nobody calls any more, and
    whoever of them it comes across is in ``met``. ``width`` is how many columns there are, None if unknown.
    """

    mapping: Mapping
    earlier: Set[int]
    maybe_called: Set[int]
    width: int | None
    seen: set[int] = field(default_factory=set)
    met: set[int] = field(default_factory=set)

    def judge(self, batch: Rows) -> Verdicts:
        """The verdict on each row."""
        people, faults, repaired = self._plain(batch.rows), dict[int, Fault](), set[int]()
        for place in [place for place, person in enumerate(people) if not person and batch.rows[place]]:
            read = self._look_closer(batch.rows[place])
            if isinstance(read, Fault):
                faults[place] = read
            else:
                people[place] = read.person
                repaired |= {place} if read.is_repaired else set()
        for place in self._repeated(people):
            faults[place] = self._again(people[place], batch.rows[place])
            people[place] = 0
        return Verdicts(
            rows=list(compress(count(batch.first), people)),
            people=list(filter(None, people)),
            cells=list(compress(batch.rows, people)),
            repaired=len(repaired - faults.keys()),
            rejections=[
                Rejection(batch.first + place, batch.rows[place], faults[place]) for place in sorted(faults)
            ],
        )

    def _repeated(self, people: Sequence[int]) -> list[int]:
        """The places of everybody who is there already; everybody else is there from now on."""
        new = set(people)
        new.discard(0)
        earlier, maybe_called = new & self.earlier, new & self.maybe_called
        self.met |= maybe_called - earlier
        known = (new & self.seen) | earlier | maybe_called
        self.seen |= new - known
        if len(new) == len(people) - people.count(0):  # nobody is in this batch twice
            return [place for place, person in enumerate(people) if person in known] if known else []
        places = []
        for place, person in enumerate(people):
            if person in known:
                places.append(place)
            elif person:
                known.add(person)
        return places

    def _plain(self, rows: Sequence[Sequence[str]]) -> list[int]:
        """The numbers that need no closer look; 0 for the other rows."""
        is_wide = self.width is not None and max(map(len, rows), default=0) > self.width
        if is_wide or not self.mapping.phones:
            return [0] * len(rows)
        return phones.plain(column(rows, self.mapping.phones[0]))

    def _look_closer(self, cells: Sequence[str]) -> _Read | Fault:
        """The person of this row."""
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
                return _Read(int(read.digits), is_repaired=bool(read.note))
            if fault is None and read.reason != Reason.EMPTY:
                fault = Fault(read.reason, text, read.sentence)
        return fault or self._contact(cells)

    def _contact(self, cells: Sequence[str]) -> _Read | Fault:
        """The contact of this row, which has no number."""
        place = self.mapping.contact_id
        text = cells[place].strip() if place is not None and place < len(cells) else ""
        if not text:
            needed = phones.ENTER if self.mapping.phones else "Enter the id of a contact."
            return Fault(Reason.EMPTY, "", f"There is no number here. {needed}")
        if not _CONTACT_ID.fullmatch(text):
            return Fault(Reason.INVALID, text, "The id of a contact is a number from 1 on.")
        return _Read(-int(text))

    def _again(self, person: int, cells: Sequence[str]) -> Fault:
        """Why somebody is left out who is there already."""
        reason = Reason.MAYBE_CALLED if person in self.met else Reason.DUPLICATE
        reason = Reason.EARLIER if person in self.earlier else reason
        places = (*self.mapping.phones, self.mapping.contact_id)
        told = (cells[place] for place in places if place is not None and place < len(cells))
        return Fault(reason, next(filter(str.strip, told), ""), _AGAIN[reason])
