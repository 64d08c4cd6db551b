"""What becomes of batches that CallFire has, until it has checked them all and the upload ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from callfire_api import Batch, BatchStatus
from campaigns.models import Chunk, Upload
from campaigns.services import telling
from campaigns.services.moves import move_chunk, move_upload
from campaigns.states import ChunkState, UploadState

OPEN: Final = (ChunkState.WAITING, ChunkState.SENDING, ChunkState.UNCERTAIN)
# Something that was sent again is watched for so many rests: the first sending may turn up late.
WATCHED_RESTS: Final = 10
# CallFire does not say how long its checks of a batch take; later than this nothing waits for them.
CHECKS_TAKE: Final = timedelta(minutes=15)
_ENDINGS: Final = {
    BatchStatus.ACTIVE: (ChunkState.ACTIVE, ""),
    BatchStatus.ERRORS: (ChunkState.FAULTY, "CallFire found errors in this batch and may call nobody of it."),
    BatchStatus.SOURCE_ERROR: (ChunkState.FAULTY, "CallFire could not read the people of this batch."),
}


def record(chunk: Chunk, batch: Batch) -> None:
    """Write down what CallFire says of the batch that this chunk became."""
    facts = {
        "batch_status": str(batch.status or ""),
        "batch_size": batch.size,
        "batch_enabled": batch.enabled,
    }
    ending = _ENDINGS.get(batch.status) if batch.status is not None else None
    if chunk.state == ChunkState.CONFIRMED and ending is not None:
        state, problem = ending
        move_chunk(chunk, state, problem=problem, **facts)
    elif any(getattr(chunk, name) != value for name, value in facts.items()):
        Chunk.objects.filter(pk=chunk.pk, fence=chunk.fence).update(**facts)


def advance(upload_id: int) -> None:
    """Move the upload on when nothing is left to send, and end it when nothing is left to follow."""
    if Chunk.objects.filter(upload_id=upload_id, state__in=OPEN).exists():
        return
    upload = Upload.objects.get(pk=upload_id)
    for state in (UploadState.HANDING_OVER, UploadState.PAUSED):
        move_upload(upload, was=state, to=UploadState.FOLLOWING)
    if upload.state == UploadState.FOLLOWING and not _is_followed(upload):
        move_upload(upload, was=UploadState.FOLLOWING, to=UploadState.DONE, ended_at=timezone.now())
        telling.tell(upload)


def unsettled(broadcast_id: int) -> list[Upload]:
    """The uploads to this broadcast of which nobody knows yet whom it would call."""
    handed_over = Upload.objects.filter(broadcast_id=broadcast_id).exclude(confirmed_at=None)
    return [upload for upload in handed_over if is_unsettled(upload)]


def is_unsettled(upload: Upload) -> bool:
    """Whether nobody knows yet whom of this upload, once it was confirmed, its broadcast would call."""
    in_doubt = Q(state__in=[ChunkState.SENDING, ChunkState.UNCERTAIN])
    in_check = Q(state=ChunkState.CONFIRMED, settled_at__gt=timezone.now() - CHECKS_TAKE)
    # Whoever started now would call without the refused, and might send them again while it calls.
    undecided = Q(state=ChunkState.REFUSED) & ~Q(upload__state=UploadState.CANCELLED)
    return (
        upload.state in {UploadState.HANDING_OVER, UploadState.PAUSED}
        or upload.chunks.filter(in_doubt | in_check | undecided | watched()).exists()
        or _has_loose_twins(upload)
    )


def watched() -> Q:
    """The chunks whose people may be at CallFire, or there a second time, without our knowing it yet."""
    since = timezone.now() - WATCHED_RESTS * timedelta(seconds=settings.UPLOAD_SETTLE_SECONDS)
    return Q(generation__gt=1, sent_at__gt=since) | Q(state=ChunkState.LEFT_OUT, sent_at__gt=since)


def _is_followed(upload: Upload) -> bool:
    is_open = Q(state=ChunkState.CONFIRMED) | watched()
    return upload.chunks.filter(is_open).exists() or _has_loose_twins(upload)


def _has_loose_twins(upload: Upload) -> bool:
    """Whether a batch that should be off is not."""
    twins = upload.chunks.exclude(twins=[]).values_list("twins", flat=True)
    return any(not twin["disabled"] for several in twins for twin in several)
