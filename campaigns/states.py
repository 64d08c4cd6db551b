"""What an upload and a chunk may become, as data; a test holds the drawing in ARCHITECTURE.md against it.

An upload is one file, contact list or list of contact ids on its way to one broadcast. A chunk is the part
of it that becomes one batch at CallFire.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db import models


class UploadState(models.TextChoices):
    """Where an upload stands; the words on screen are in ``labels``."""

    CHECKING = "checking"
    UNREADABLE = "unreadable"
    CHECKED = "checked"
    HANDING_OVER = "handing_over"
    PAUSED = "paused"
    FOLLOWING = "following"
    DONE = "done"
    CANCELLED = "cancelled"


class ChunkState(models.TextChoices):
    """Where a chunk stands; the words on screen are in ``labels``."""

    WAITING = "waiting"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    CONFIRMED = "confirmed"
    ACTIVE = "active"
    FAULTY = "faulty"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    LEFT_OUT = "left_out"


UPLOAD_TRANSITIONS: Final[Mapping[UploadState, frozenset[UploadState]]] = {
    UploadState.CHECKING: frozenset({UploadState.CHECKED, UploadState.UNREADABLE, UploadState.CANCELLED}),
    UploadState.UNREADABLE: frozenset({UploadState.CHECKING, UploadState.CANCELLED}),
    UploadState.CHECKED: frozenset({UploadState.CHECKING, UploadState.HANDING_OVER, UploadState.CANCELLED}),
    UploadState.HANDING_OVER: frozenset({UploadState.PAUSED, UploadState.FOLLOWING, UploadState.CANCELLED}),
    UploadState.PAUSED: frozenset({UploadState.HANDING_OVER, UploadState.FOLLOWING, UploadState.CANCELLED}),
    UploadState.FOLLOWING: frozenset({UploadState.DONE, UploadState.HANDING_OVER}),
    UploadState.DONE: frozenset({UploadState.HANDING_OVER}),
    UploadState.CANCELLED: frozenset(),
}

CHUNK_TRANSITIONS: Final[Mapping[ChunkState, frozenset[ChunkState]]] = {
    # A batch of an earlier generation may still turn up.
    ChunkState.WAITING: frozenset({ChunkState.SENDING, ChunkState.CONFIRMED, ChunkState.CANCELLED}),
    ChunkState.SENDING: frozenset(
        {ChunkState.CONFIRMED, ChunkState.UNCERTAIN, ChunkState.REFUSED, ChunkState.WAITING}
    ),
    ChunkState.UNCERTAIN: frozenset(
        {ChunkState.CONFIRMED, ChunkState.WAITING, ChunkState.LEFT_OUT, ChunkState.CANCELLED}
    ),
    ChunkState.CONFIRMED: frozenset({ChunkState.ACTIVE, ChunkState.FAULTY}),
    ChunkState.ACTIVE: frozenset(),
    ChunkState.FAULTY: frozenset(),
    # It is looked for before it is sent again: nobody has shown that a refusal adds nobody.
    ChunkState.REFUSED: frozenset({ChunkState.UNCERTAIN, ChunkState.CONFIRMED, ChunkState.LEFT_OUT}),
    ChunkState.CANCELLED: frozenset(),
    ChunkState.LEFT_OUT: frozenset(),
}
