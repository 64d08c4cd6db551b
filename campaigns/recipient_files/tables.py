"""What a recipient file is to whoever reads it: how it is read, a glimpse of it, its rows, or why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

# Which there are, and what people call them.
ENCODINGS: Final[Mapping[str, str]] = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a mark (BOM)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 without a mark (BOM)",
    "cp1252": "Windows-1252",
}
DELIMITERS: Final[Mapping[str, str]] = {",": "Comma", "\t": "Tab", ";": "Semicolon", "|": "Pipe"}


WIDEST: Final = 1000


class Unreadable(Exception):  # noqa: N818 - it is an answer, not a fault
    """The file cannot be read this way; ``sentence`` says what is wrong and what to do about it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read. What does not apply to its kind is empty.

    ``header_row`` is the number of the row with the column names, as a spreadsheet counts; 0 means that
    there is none and the columns are called “Column 1” and so on.
    """

    kind: str  # "text" or "sheet"
    archive: str = ""  # "", "gzip" or "zip"
    encoding: str = ""  # one of ENCODINGS
    delimiter: str = ""  # one of DELIMITERS
    sheet: str = ""  # the worksheet that is read
    sheets: tuple[str, ...] = ()  # the worksheets there are
    header_row: int = 0

    def to_json(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """What ``to_json`` gave."""
        return cls(**{**kept, "sheets": tuple(kept["sheets"])})


@dataclass(frozen=True, slots=True)
class Preview:
    """The names of the columns, and the first rows with their numbers, all as wide as the names."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows in a run, as wide as they are in the file; a blank line is an empty list.

    ``first`` is the number of the first one as a spreadsheet counts (a line break inside a quoted cell does
    not begin a row); ``position`` is how many bytes of the file on disk have been consumed.
    """

    first: int
    rows: list[list[str]]
    position: int


def hold_to_width(rows: list[list[str]], *, after: int) -> None:
    """Raise ``Unreadable`` when a row has too many columns; ``after`` is the number of the row before."""
    if max(map(len, rows), default=0) > WIDEST:
        number, width = next((n, len(row)) for n, row in enumerate(rows, after + 1) if len(row) > WIDEST)
        raise Unreadable(
            f"Row {number:,} has {width:,} columns; {WIDEST:,} is the most that can be read. Keep the "
            "columns you need, and upload the file again."
        )
