"""People as somebody typed or pasted them: one on a line, the number first, attributes after it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from callfire_api import Recipient
from campaigns.services import numbers
from campaigns.services.numbers import Number

# Our own attribute on everybody who is added by hand, by which a lost answer is looked up at CallFire.
CLIENT_REF: Final = "client_ref"

_SEPARATORS: Final = ("\t", ";", ",")
# What people call the column of numbers when it is the only one, singular.
_NUMBER_COLUMNS: Final = frozenset({"number", "phone", "phone number", "telephone", "mobile", "cell"})
_LONGEST_NAME: Final = 64
_NO_COLUMNS: Final = (
    "It has more than a number. Name the columns in a first line, like: number, name, street."
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to hand to CallFire: eleven digits, and what the message may say about them."""

    number: str
    attributes: dict[str, str] = field(default_factory=dict)

    def to_recipient(self, **more: str) -> Recipient:
        """What CallFire is sent; ``more`` are further attributes."""
        return Recipient(phone_number=self.number, attributes={**self.attributes, **more} or None)


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank: somebody to add, the names of the columns, or why it is neither.

    ``note`` says what was done about it without being asked: repaired, or merged with an earlier line.
    A line that ``is_repeated`` has the number of an earlier one.
    """

    position: int
    text: str
    person: Person | None = None
    problem: str = ""
    note: str = ""
    is_header: bool = False
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Pasted:
    """Everything that was pasted, line by line. Nobody is in ``people`` twice."""

    lines: Sequence[Line]

    @property
    def people(self) -> list[Person]:
        """Everybody who can be added, in the order of the lines."""
        return [line.person for line in self.lines if line.person is not None]

    @property
    def bad(self) -> list[Line]:
        """The lines that need fixing."""
        return [line for line in self.lines if line.problem]


def read(text: str) -> Pasted:
    """Read what was pasted; no text makes this raise.

    Columns are told apart by tab, semicolon or comma, whichever is on the most lines. A first line without a
    number names them. Without names, several numbers on a line are several people.
    """
    raw = [(position, line) for position, line in enumerate(text.splitlines(), 1) if line.strip()]
    separator = max(_SEPARATORS, key=lambda mark: sum(mark in line for _, line in raw))
    split = [(position, line, _cells(line, separator)) for position, line in raw]
    lines: list[Line] = []
    columns: Sequence[str] = ()
    if split and _is_header(split[0][2]):
        position, line, cells = split.pop(0)
        columns = cells[1:]
        lines.append(Line(position, line, is_header=True, problem=_bad_columns(columns)))
    for position, line, cells in split:
        if columns or len(cells) == 1:
            lines.append(_line(position, line, cells, columns))
        elif all(_looks_like_a_number(cell) for cell in cells):
            lines += [_line(position, cell, [cell], ()) for cell in cells]
        else:
            lines.append(Line(position, line, problem=_NO_COLUMNS))
    return Pasted(_merged(lines))


def _cells(line: str, separator: str) -> list[str]:
    """The columns of one line without blanks around them and without empty ones at its end."""
    try:
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]
    except csv.Error:
        return [line]
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    return cells


def _is_header(cells: Sequence[str]) -> bool:
    first = cells[0]
    has_words = any(letter.isalpha() for letter in first) and not any(letter.isdecimal() for letter in first)
    return has_words and (len(cells) > 1 or first.casefold().removesuffix("s") in _NUMBER_COLUMNS)


def _bad_columns(columns: Sequence[str]) -> str:
    for name in columns:
        if not name:
            return "Every column needs a name."
        if len(name) > _LONGEST_NAME:
            return f"“{name[:20]}…” is too long for the name of a column."
        if name.casefold() == CLIENT_REF:
            return f"Callboard uses {CLIENT_REF} itself. Name that column differently."
        if columns.count(name) > 1:
            return f"Two columns are named “{name}”."
    return ""


def _looks_like_a_number(cell: str) -> bool:
    return sum(letter.isdecimal() for letter in cell) >= 7 and not any(map(str.isalpha, cell))


def _line(position: int, text: str, cells: Sequence[str], columns: Sequence[str]) -> Line:
    if len(cells) > len(columns) + 1:
        problem = f"It has {len(cells)} columns, and the first line names {len(columns) + 1}."
        return Line(position, text, problem=problem)
    read = numbers.parse(cells[0])
    if not isinstance(read, Number):
        return Line(position, text, problem=read.sentence)
    attributes = {name: value for name, value in zip(columns, cells[1:], strict=False) if value}
    return Line(position, text, person=Person(read.digits, attributes), note=read.note)


def _merged(lines: Sequence[Line]) -> list[Line]:
    """The lines, where a number that was on an earlier line already is that line's person."""
    first: dict[str, int] = {}
    merged: list[Line] = []
    for line in lines:
        number = line.person.number if line.person is not None else ""
        if number in first:
            note = f"The same number as on line {first[number]}. Added once."
            line = Line(line.position, line.text, note=note, is_repeated=True)
        elif number:
            first[number] = line.position
        merged.append(line)
    return merged
