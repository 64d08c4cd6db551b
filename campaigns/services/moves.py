"""Every change of state of an upload or a chunk: along the tables in ``states``, and only from where it was.

Whoever finds it somewhere else by now has lost it and keeps its hands off.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F

from campaigns.models import Chunk, Upload
from campaigns.states import CHUNK_TRANSITIONS, UPLOAD_TRANSITIONS, ChunkState, UploadState


def move_upload(upload: Upload, *, was: UploadState, to: UploadState, **changes: Any) -> bool:
    """Move the upload on and bring this copy of it up to date; False when it is not where it ``was``."""
    if to not in UPLOAD_TRANSITIONS[was]:
        raise ValueError(f"An upload never goes from {was} to {to}.")
    moved = Upload.objects.filter(pk=upload.pk, state=was).update(state=to, **changes)
    if moved:
        _keep(upload, state=to, **changes)
    return bool(moved)


def move_chunk(chunk: Chunk, to: ChunkState, **changes: Any) -> bool:
    """Move the chunk on from where this copy has it, under the next fencing number.

    False when anybody changed it since the copy was read; nothing is changed then, not the copy either.
    """
    was = ChunkState(chunk.state)
    if to not in CHUNK_TRANSITIONS[was]:
        raise ValueError(f"A chunk never goes from {was} to {to}.")
    unchanged = Chunk.objects.filter(pk=chunk.pk, state=was, fence=chunk.fence)
    moved = unchanged.update(state=to, fence=F("fence") + 1, **changes)
    if moved:
        _keep(chunk, state=to, fence=chunk.fence + 1, **changes)
    return bool(moved)


def _keep(row: Upload | Chunk, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
