"""Worksheets, read by ``sheet_process`` beside us; the rows arrive as they do from text."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from campaigns.recipient_files.archives import on_disk
from campaigns.recipient_files.headers import Numbered, sample
from campaigns.recipient_files.tables import Reading, Rows, Unreadable, hold_to_width

_PROCESS: Final = Path(__file__).with_name("sheet_process.py")
_HAS_A_PASSWORD: Final = 3

_LOCKED: Final = "The workbook asks for a password. Save it without one, and upload that."
_DAMAGED: Final = (
    "The workbook cannot be read: it is damaged, far too large, or of a kind Excel no longer writes. Open it "
    "in a spreadsheet program, save it as XLSX or CSV, and upload that."
)
_NUL: Final = "There are NUL characters in the workbook, which no text has. Save it as CSV, and upload that."


def detect(path: Path, archive: str) -> tuple[Reading, list[Numbered]]:
    """Which sheets there are, the one to read, and its first rows. Raises ``Unreadable``."""
    with _opened(path, archive, "") as (about, rows):
        reading = Reading("sheet", archive, sheet=about["sheet"], sheets=tuple(about["sheets"]))
        return reading, sample(enumerate(_limited(rows), start=1))


def batches(path: Path, reading: Reading, size: int) -> Iterator[Rows]:
    """All rows after the header. Raises ``Unreadable``."""
    with _opened(path, reading.archive, reading.sheet) as (about, lines):
        lines = _limited(lines)
        taken = len(list(islice(lines, reading.header_row)))
        while rows := list(islice(lines, size)):
            position = path.stat().st_size * (taken + len(rows)) // about["last_row"]
            yield Rows(first=taken + 1, rows=rows, position=position)
            taken += len(rows)


def _limited(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows up to one with too many columns, which raises ``Unreadable``."""
    for number, row in enumerate(rows, start=1):
        hold_to_width([row], after=number - 1)
        yield row


@contextmanager
def _opened(path: Path, archive: str, sheet: str) -> Iterator[tuple[dict[str, Any], Iterator[list[str]]]]:
    """What the process says about the workbook, and the rows of the sheet."""
    with on_disk(path, archive) as workbook:
        command = [sys.executable, "-I", "-X", "utf8", str(_PROCESS), str(workbook), sheet]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603
            try:
                said = _said(process)
                yield next(said), chain.from_iterable(said)
            finally:
                process.kill()


def _said(process: subprocess.Popen[bytes]) -> Iterator[Any]:
    """What the process wrote, line by line. Raises ``Unreadable`` when it did not come to a good end."""
    assert process.stdout is not None  # noqa: S101 - it was given a pipe
    for line in process.stdout:
        if rb"\u0000" in line:
            raise Unreadable(_NUL)
        yield json.loads(line)
    if code := process.wait():
        raise Unreadable(_LOCKED if code == _HAS_A_PASSWORD else _DAMAGED)
