"""Which row of a table holds the names of its columns, and what the columns are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from campaigns.recipient_files.tables import DELIMITERS, Rows

_PHONE: Final = re.compile(r"['+]*\(?[\d.\-()/ ]{10,25}|\d[.,]\d+E\+\d+", re.IGNORECASE)
_DATA: Final = re.compile(r"\d{5,}|[^@\s]+@[^@\s]+\.[^@\s]+")

_ENOUGH: Final = 200

# A row of a table with its number, as a spreadsheet counts.
Numbered = tuple[int, list[str]]


def numbered(batches: Iterable[Rows]) -> Iterator[Numbered]:
    """The rows one by one."""
    return chain.from_iterable(enumerate(batch.rows, start=batch.first) for batch in batches)


def sample(rows: Iterable[Numbered]) -> list[Numbered]:
    """The first rows with something in them."""
    return list(islice(((number, row) for number, row in rows if any(map(str.strip, row))), _ENOUGH))


def is_phone(cell: str) -> bool:
    """Whether a cell holds what somebody meant as a whole phone number; dates are too short for one."""
    cell = cell.strip()
    return _PHONE.fullmatch(cell) is not None and (sum(map(str.isdecimal, cell)) >= 10 or "+" in cell[1:])


def header_row(rows: Sequence[Numbered]) -> int:
    """The number of the first row that reads like names and is about as full as those below; 0 for none."""
    filled = [(number, [cell.strip() for cell in row if cell.strip()]) for number, row in rows]
    usual = Counter(len(cells) for _, cells in filled if cells)
    typical = max(usual, key=lambda width: (usual[width], width), default=0)
    for number, cells in filled:
        if any(map(_is_data, cells)):
            return 0
        if len(cells) * 2 >= typical and len(cells) >= min(2, typical) and not _is_declaration(cells):
            return number if any(map(str.isalpha, "".join(cells))) else 0
    return 0


def names(header: Sequence[str], width: int) -> tuple[str, ...]:
    """What the columns are called; those without a name are numbered."""
    spelled = [" ".join(cell.split()) for cell in header]
    spelled += [""] * (width - len(spelled))
    return tuple(name or f"Column {number}" for number, name in enumerate(spelled, start=1))


def _is_data(cell: str) -> bool:
    return is_phone(cell) or _DATA.fullmatch(cell) is not None


def _is_declaration(cells: Sequence[str]) -> bool:
    """Whether it is the line by which Excel is told the delimiter."""
    return len(cells) == 1 and cells[0].lower().removeprefix("sep=") in ("", *DELIMITERS)
