"""Where a number stands in the files people brought: the line, whether it was accepted, and its chunk."""

from __future__ import annotations

import csv
import json
import mmap
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Final

from campaigns.labels import Badge, chunk_badge
from campaigns.models import Chunk, Upload
from campaigns.recipient_files.rejects import unguarded
from campaigns.services import upload_files
from campaigns.services.masking import Numbers

_MOST_UPLOADS: Final = 200
_MOST_LINES: Final = 20
_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """One line of a file; what people wrote is already as the reader may see it.

    Attributes:
        row: its number in the file, as a spreadsheet counts.
        reason: why it was left out; empty when it was accepted.
        chunk: the chunk it belongs to, None while nothing was handed over.
    """

    upload_id: int
    upload_name: str
    broadcast_id: int
    broadcast_name: str
    at: datetime
    row: str
    reason: str
    details: tuple[tuple[str, str], ...]
    chunk: Chunk | None
    chunk_badge: Badge | None


@dataclass(frozen=True, slots=True)
class FoundLines:
    """The lines, newest file first; ``searched_all`` is False when time or room ended before the files."""

    lines: tuple[FileLine, ...]
    searched_all: bool


def find(digits: str, numbers: Numbers) -> FoundLines:
    """Every line with this number, eleven digits, in the files that are still kept; takes seconds at most."""
    kept = list(Upload.objects.filter(files_removed_at=None).order_by("-id")[: _MOST_UPLOADS + 1])
    ends, lines = monotonic() + _SECONDS, list[FileLine]()
    for upload in kept[:_MOST_UPLOADS]:
        if monotonic() > ends or len(lines) >= _MOST_LINES:
            return FoundLines(tuple(lines[:_MOST_LINES]), searched_all=False)
        lines += _accepted(upload, digits, numbers)
        lines += _rejected(upload, digits, numbers)
    return FoundLines(tuple(lines[:_MOST_LINES]), searched_all=len(kept) <= _MOST_UPLOADS)


def _accepted(upload: Upload, digits: str, numbers: Numbers) -> Iterator[FileLine]:
    needle = f'"{digits}"'.encode()
    with _opened(upload_files.accepted(upload)) as content:
        position = content.find(needle) if content is not None else -1
        while content is not None and position >= 0:
            begin, line = _line_at(content, position)
            row, _, person = line.decode("ascii", "replace").partition("\t")
            wire = json.loads(person)
            if wire.get("phoneNumber") == digits:
                chunk = upload.chunks.filter(offset__lte=begin).order_by("-offset").first()
                details = list((wire.get("attributes") or {}).items())
                yield _told(upload, numbers, row=row, details=details, chunk=chunk)
            position = content.find(needle, begin + len(line))


def _rejected(upload: Upload, digits: str, numbers: Numbers) -> Iterator[FileLine]:
    """Rows that were left out are kept as they came, so the number is looked for in any spelling."""
    spelled = r"\D{0,3}".join(digits[-10:])
    wanted = re.compile(rf"(?<!\d)(?:1\D{{0,3}})?{spelled}(?!\d)".encode())
    with _opened(upload_files.rejects(upload)) as content:
        if content is None:
            return
        columns = next(csv.reader([_line_at(content, 0)[1].decode("utf-8-sig", "replace")]), [])
        seen = -1
        for found in wanted.finditer(content):
            begin, line = _line_at(content, found.start())
            if begin <= seen or begin == 0:
                continue
            seen = begin
            cells = list(map(unguarded, next(csv.reader([line.decode(errors="replace")]), [])))
            told = dict(zip(columns, cells, strict=False)) if len(cells) >= len(columns) else {}
            row, reason = told.pop("_row", ""), told.pop("_reason", "") or "It was left out."
            told.pop("_suggestion", None)
            yield _told(upload, numbers, row=row, reason=reason, details=list(told.items()))


def _told(
    upload: Upload,
    numbers: Numbers,
    *,
    row: str,
    reason: str = "",
    details: Sequence[tuple[str, str]],
    chunk: Chunk | None = None,
) -> FileLine:
    return FileLine(
        upload_id=upload.pk,
        upload_name=numbers.text(upload.name),
        broadcast_id=upload.broadcast_id,
        broadcast_name=upload.broadcast_name or str(upload.broadcast_id),
        at=upload.at,
        row=row,
        reason=reason,
        details=tuple((numbers.text(name), numbers.text(str(value))) for name, value in details if value),
        chunk=chunk,
        chunk_badge=chunk_badge(chunk.state, enabled=chunk.batch_enabled) if chunk is not None else None,
    )


@contextmanager
def _opened(path: Path) -> Iterator[mmap.mmap | None]:
    """The file as bytes that are read as they are looked at; None when there is none, or nothing in it."""
    if not path.exists() or not path.stat().st_size:
        yield None
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield content


def _line_at(content: mmap.mmap, position: int) -> tuple[int, bytes]:
    """Where the line around the position begins, and the line."""
    begin = content.rfind(b"\n", 0, position) + 1
    end = content.find(b"\n", position)
    return begin, content[begin : end if end >= 0 else len(content)]
