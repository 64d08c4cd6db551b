"""Reads a recipient file of any usual kind: what it is, a glimpse of it, and all its rows as a stream.

Text is streamed and takes the same little memory whatever its size. A workbook is opened once, in a process
of its own, and the rows of the sheet are kept in a file beside it; from there they are streamed like text.
Whatever the bytes are, these functions answer or raise ``Unreadable`` with a sentence for the screen; what
the disk does to them is an ``OSError``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from campaigns.recipient_files import headers, sheets, text
from campaigns.recipient_files.kinds import recognise
from campaigns.recipient_files.tables import DELIMITERS, ENCODINGS, Preview, Reading, Rows, Unreadable

__all__ = [
    "DELIMITERS",
    "ENCODINGS",
    "Preview",
    "Reading",
    "Rows",
    "Unreadable",
    "batches",
    "detect",
    "forget_kept",
    "header_signature",
    "move",
    "preview",
]


def detect(path: Path, *, name: str) -> Reading:
    """How the file is best read; ``name`` is what it was called where it came from.

    Raises ``Unreadable`` for what is no table of text and for a table without a row of data.
    """
    archive, kind = recognise(path)
    reading, sample = sheets.detect(path, archive) if kind == "sheet" else text.detect(path, archive)
    reading = replace(reading, header_row=headers.header_row(sample))
    if not sample:
        raise Unreadable(f"There is not a single row in “{name}”. Upload the file with the people.")
    if sample[-1][0] <= reading.header_row:
        raise Unreadable(_only_a_header(reading.header_row))
    return reading


def preview(path: Path, reading: Reading, *, rows: int = 12) -> Preview:
    """The columns, and the first rows with something in them. Raises ``Unreadable``.

    There are as many columns as the widest of the first 200 rows has, named or numbered.
    """
    from_header = replace(reading, header_row=max(0, reading.header_row - 1))
    numbered = headers.numbered(batches(path, from_header, size=200))
    _, header = next(numbered, (0, None)) if reading.header_row else (0, [])
    if header is None:
        raise Unreadable(f"The file has no row {reading.header_row:,}. Choose the row with the column names.")
    sample = headers.sample(numbered)
    if not sample:
        raise Unreadable(_only_a_header(reading.header_row))
    width = max(len(header), *(len(row) for _, row in sample))
    shown = ((number, tuple(row + [""] * (width - len(row)))) for number, row in sample[:rows])
    return Preview(columns=headers.names(header, width), rows=tuple(shown))


def batches(path: Path, reading: Reading, *, size: int = 5000) -> Iterator[Rows]:
    """All rows after the header, in the file's order, at most ``size`` at a time. Raises ``Unreadable``."""
    if reading.kind == "sheet":
        return sheets.batches(path, reading, size)
    return text.batches(path, reading, size)


def move(path: Path, to: Path) -> None:
    """Put the file elsewhere on its volume, and what is kept beside it first."""
    with suppress(FileNotFoundError):  # only a workbook has it
        sheets.kept_beside(path).replace(sheets.kept_beside(to))
    path.replace(to)


def forget_kept(path: Path) -> None:
    """Remove what is kept beside a file that nobody took in."""
    sheets.kept_beside(path).unlink(missing_ok=True)


def header_signature(columns: Sequence[str]) -> str:
    """The same for every file with these columns in this order, whatever their capitals and blanks."""
    names = [" ".join(column.casefold().split()) for column in columns]
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def _only_a_header(row: int) -> str:
    return (
        f"There is nothing below the column names in row {row:,}. Add the people, and upload the file again."
    )
