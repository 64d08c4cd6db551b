"""Who may send which chunk: one worker at a time, by turns among the uploads, never too many at once.

A claim is the intent to send, written down and committed before anything leaves us. It ends by itself; what
was claimed and not settled by then may have been sent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from campaigns import gateway
from campaigns.models import Chunk, Upload
from campaigns.services.moves import move_chunk
from campaigns.states import ChunkState, UploadState

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
# The lanes of one process line up here, which is quicker than to poll for SQLite's lock.
_TURN: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Claim:
    """A chunk that only the holder may send, if the sending begins in time (by ``time.monotonic``)."""

    chunk: Chunk
    begin_before: float

    @property
    def is_in_time(self) -> bool:
        """Whether a request that begins now is over before the lease ends, whatever happens to it."""
        return time.monotonic() < self.begin_before


def take() -> Claim | None:
    """Claim the next chunk of the upload that was served longest ago; None when there is nothing to send now.

    On PostgreSQL the rows of the uploads are locked meanwhile; SQLite lets one writer in at a time.
    """
    with _TURN:
        begun, now = time.monotonic(), timezone.now()
        with transaction.atomic():
            under_way = Upload.objects.filter(state=UploadState.HANDING_OVER).order_by("pk")
            uploads = list(under_way.select_for_update())
            chunk = _next(uploads, now) if free_places(now) else None
            if chunk is None or not _claim(chunk, now):
                return None
            Upload.objects.filter(pk=chunk.upload_id).update(last_served_at=now)
    return Claim(chunk, begun + gateway.batch_head_start())


def free_places(now: datetime) -> int:
    """How many more batches may be on their way at once, all uploads and processes together."""
    under_way = Chunk.objects.filter(state=ChunkState.SENDING, lease_until__gt=now).count()
    return max(settings.UPLOAD_CONCURRENCY - under_way, 0)


def due(now: datetime) -> QuerySet[Chunk]:
    """The chunks that may be sent now, whoever's they are."""
    return Chunk.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now),
        state=ChunkState.WAITING,
        upload__state=UploadState.HANDING_OVER,
    )


def _next(uploads: Iterable[Upload], now: datetime) -> Chunk | None:
    """The first chunk of the upload whose turn it is."""
    for upload in sorted(uploads, key=lambda upload: (upload.last_served_at or _NEVER, upload.pk)):
        chunk = due(now).filter(upload=upload).order_by("number").first()
        if chunk is not None:
            chunk.upload = upload
            return chunk
    return None


def _claim(chunk: Chunk, now: datetime) -> bool:
    return move_chunk(
        chunk,
        ChunkState.SENDING,
        attempts=chunk.attempts + 1,
        lease_until=now + timedelta(seconds=gateway.longest_batch_claim()),
        sent_at=now,
        not_before=None,
        problem="",
    )
