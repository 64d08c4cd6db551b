"""Where the files of exports lie, and the one in which rows are kept until all are there.

The files carry the fencing number of the worker that wrote them: one that wakes up late writes into a file
nobody reads any more.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from django.conf import settings

from campaigns.models import Export
from campaigns.services.export_rows import Row

_BLOCK: Final = 1 << 20


def folder(export_id: int) -> Path:
    """The folder of one export; on several machines DATA_DIR is shared by all of them."""
    return Path(settings.DATA_DIR) / "exports" / str(export_id)


def ready(export: Export) -> Path:
    """The finished file."""
    return folder(export.pk) / f"calls-{export.fence}.{export.format}"


def remove(export: Export) -> None:
    """Remove all its files."""
    shutil.rmtree(folder(export.pk), ignore_errors=True)


def remove_all_but(kept: Path) -> None:
    """Remove the other files of a finished export."""
    for path in kept.parent.iterdir():
        if path != kept:
            path.unlink(missing_ok=True)


class KeptRows:
    """The rows that were read so far, one JSON list a line, and which calls they are; for a ``with`` block.

    Takes over what the worker before wrote up to ``export.written_bytes``; ``is_whole`` tells whether that
    was still there. The ids are in a temporary database of SQLite: a million of them need no memory.
    """

    def __init__(self, export: Export, before: int) -> None:
        self._path = _kept(export.pk, export.fence)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._ids = sqlite3.connect("", isolation_level=None)
        self._ids.execute("CREATE TABLE seen (id INTEGER PRIMARY KEY)")
        self._ids.execute("BEGIN")
        self.is_whole = _take_over(_kept(export.pk, before), self._path, export.written_bytes)
        for row in self.rows():
            self.is_new(int(row[0]) if row[0] else None)
        self._file = self._path.open("ab")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._ids.close()

    def is_new(self, call_id: int | None) -> bool:
        """Whether this call was not asked about before; one without an id cannot be told apart and is new."""
        if call_id is None:
            return True
        added = self._ids.execute("INSERT OR IGNORE INTO seen VALUES (?)", [call_id])
        return added.rowcount == 1

    def add(self, rows: Iterable[Row]) -> int:
        """Add rows; the length of the file, in bytes, once they are on the disk."""
        self._file.writelines(json.dumps(row).encode() + b"\n" for row in rows)
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def rows(self) -> Iterator[Sequence[str | int | float]]:
        """Every row, in the order in which they came."""
        with self._path.open("rb") as file:
            yield from map(json.loads, file)


def _kept(export_id: int, fence: int) -> Path:
    return folder(export_id) / f"rows-{fence}.jsonl"


def _take_over(before: Path, path: Path, length: int) -> bool:
    """Copy the first bytes; False, and an empty file, when they are not all there any more."""
    with path.open("wb") as target:
        if not length:
            return True
        try:
            with before.open("rb") as source:
                while target.tell() < length and (block := source.read(min(_BLOCK, length - target.tell()))):
                    target.write(block)
        except FileNotFoundError:
            return False
        if target.tell() < length:
            target.truncate(0)
            return False
    before.unlink(missing_ok=True)
    return True
