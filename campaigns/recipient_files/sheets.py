"""Worksheets, read by ``sheet_process`` beside us; the rows arrive as they do from text.

Opening a workbook takes seconds. It is done once for each sheet that is read: what the process says is kept
in a file beside the workbook, and whoever reads that sheet again reads it from there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Final

from campaigns.recipient_files.archives import on_disk
from campaigns.recipient_files.headers import Numbered, sample
from campaigns.recipient_files.tables import Reading, Rows, Unreadable, hold_to_width

_PROCESS: Final = Path(__file__).with_name("sheet_process.py")
_HAS_A_PASSWORD: Final = 3
_MOST_BYTES: Final = 2 * 2**30
_END: Final = b"null\n"  # what the process says last

_LOCKED: Final = "The workbook asks for a password. Save it without one, and upload that."
_DAMAGED: Final = (
    "The workbook cannot be read: it is damaged, far too large, or of a kind Excel no longer writes. Open it "
    "in a spreadsheet program, save it as XLSX or CSV, and upload that."
)
_NUL: Final = "There are NUL characters in the workbook, which no text has. Save it as CSV, and upload that."


def kept_beside(path: Path) -> Path:
    """Where the rows of the sheet of this workbook that was opened last are kept."""
    return path.with_name(f"{path.name}.rows")


def detect(path: Path, archive: str) -> tuple[Reading, list[Numbered]]:
    """Which sheets there are, the one to read, and its first rows. Raises ``Unreadable``."""
    with _told(_open_workbook(path, archive, "")) as (about, rows):
        reading = Reading("sheet", archive, sheet=about["sheet"], sheets=tuple(about["sheets"]))
        return reading, sample(enumerate(_limited(rows), start=1))


def batches(path: Path, reading: Reading, size: int) -> Iterator[Rows]:
    """All rows after the header. Raises ``Unreadable``."""
    kept = _open_kept(path, reading.sheet)
    with _told(kept or _open_workbook(path, reading.archive, reading.sheet)) as (about, lines):
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


def _open_kept(path: Path, sheet: str) -> IO[bytes] | None:
    """What was kept of the workbook, when it is this sheet and is whole."""
    try:
        file = kept_beside(path).open("rb")
    except FileNotFoundError:
        return None
    if not _ends_well(file) or json.loads(file.readline())["sheet"] != sheet:
        file.close()
        return None
    file.seek(0)
    return file


def _ends_well(file: IO[bytes]) -> bool:
    """Whether nothing is missing at the end; leaves it at its beginning."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - len(_END)))
    is_whole = file.read() == _END
    file.seek(0)
    return is_whole


def _open_workbook(path: Path, archive: str, sheet: str) -> IO[bytes]:
    """The sheet as the process says it, kept for whoever reads it next. Raises ``Unreadable``."""
    draft = path.with_name(f"{path.name}.rows-{uuid.uuid4().hex}")  # several may be at it
    try:
        with on_disk(path, archive) as workbook, draft.open("xb") as file:
            _write_rows(workbook, sheet, file)
            file.flush()
            os.fsync(file.fileno())
        rows = draft.open("rb")
        draft.replace(kept_beside(path))
        return rows
    finally:
        draft.unlink(missing_ok=True)


def _write_rows(workbook: Path, sheet: str, file: IO[bytes]) -> None:
    """Write down what the process says. Raises ``Unreadable`` when it does not come to a good end."""
    command = [sys.executable, "-I", "-X", "utf8", str(_PROCESS), str(workbook), sheet]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        assert process.stdout is not None  # noqa: S101 - it was given a pipe
        try:
            while block := process.stdout.read(2**20):
                file.write(block)
                if file.tell() > _MOST_BYTES:
                    raise Unreadable(_DAMAGED)
            code = process.wait()
        finally:
            process.kill()
    if code:
        raise Unreadable(_LOCKED if code == _HAS_A_PASSWORD else _DAMAGED)


@contextmanager
def _told(file: IO[bytes]) -> Iterator[tuple[dict[str, Any], Iterator[list[str]]]]:
    """What the file says about the workbook, and the rows of the sheet; it is closed at the end."""
    with file:
        lines = map(_read_line, file)
        yield next(lines), chain.from_iterable(iter(lines.__next__, None))


def _read_line(line: bytes) -> Any:
    if rb"\u0000" in line:
        raise Unreadable(_NUL)
    return json.loads(line)
