"""How a person came to CallFire, when one of our uploads brought them: the file, its row, and the batch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Chunk, Upload
from campaigns.services import chunks


@dataclass(frozen=True, slots=True)
class Arrival:
    """The upload and the chunk by which somebody was handed over.

    Attributes:
        row: where the person stands in the file; None when the file is not kept any more, or has no rows.
    """

    upload: Upload
    chunk: Chunk
    row: int | None

    @property
    def at(self) -> datetime | None:
        """When the chunk was sent."""
        return self.chunk.sent_at


def of(batch_id: int | None, number: str | None) -> Arrival | None:
    """How the person with this number came into this batch; None when it is none of our uploads'."""
    if batch_id is None:
        return None
    chunk = Chunk.objects.select_related("upload").filter(batch_id=batch_id).first()
    return Arrival(chunk.upload, chunk, _row(chunk, number or "")) if chunk is not None else None


def _row(chunk: Chunk, number: str) -> int | None:
    """The row is the number before the tab; a stretch whose bytes are gone or others has none."""
    try:
        lines = chunks.lines(chunk)
    except chunks.Damaged:
        return None
    for line in lines:
        row, _, person = line.partition(b"\t")
        if number and number.encode() in person and json.loads(person).get("phoneNumber") == number:
            return int(row)
    return None
