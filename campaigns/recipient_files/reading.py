"""Reads a recipient file of any usual kind: what it is, a glimpse of it, and all its rows as a stream.

Whatever the bytes are, these functions answer or raise ``Unreadable`` with a sentence for the screen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

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
    "header_signature",
    "preview",
]


def detect(path: Path, *, name: str) -> Reading:
    """How the file is best read; ``name`` is what it was called where it came from.

    Raises ``Unreadable`` for what is no table of text and for a table without a row.
    """
    raise NotImplementedError


def preview(path: Path, reading: Reading, *, rows: int = 12) -> Preview:
    """The columns and the first rows with something in them. Raises ``Unreadable``."""
    raise NotImplementedError


def batches(path: Path, reading: Reading, *, size: int = 5000) -> Iterator[Rows]:
    """All rows after the header, in the file's order, at most ``size`` at a time. Raises ``Unreadable``."""
    raise NotImplementedError


def header_signature(columns: Sequence[str]) -> str:
    """The same for every file with these columns in this order, whatever their capitals and blanks."""
    names = [" ".join(column.casefold().split()) for column in columns]
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()
