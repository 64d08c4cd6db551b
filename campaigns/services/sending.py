"""One chunk on its way to CallFire, and what its answer means.

The claim is committed before the request. Whatever is not a clear yes or a clear no leaves the chunk
uncertain: it is looked for at CallFire (``reconciling``) before anything is sent again, and then under the
next generation, so that no batch name ever reaches CallFire twice.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from callfire_api import BadCredentials, CallFireError, Forbidden, NotSent, RateLimited
from campaigns.gateway import get_callfire_for_batches
from campaigns.models import Chunk, Upload
from campaigns.services import audit, chunks, following, numbers
from campaigns.services.claims import Claim
from campaigns.services.moves import move_chunk, move_upload
from campaigns.states import ChunkState, UploadState

logger = logging.getLogger(__name__)

PAUSE: Final = "pause upload"
MOST_REFUSALS: Final = 3
# While CallFire cannot be reached it is tried again after 2, 4, 8 ... seconds, and every minute from then on.
LONGEST_BACKOFF: Final = timedelta(minutes=1)
_UNSTATED_WAIT_SECONDS: Final = 30.0


def send(claim: Claim) -> None:
    """Send what was claimed, once, and write down what CallFire said."""
    chunk = claim.chunk
    try:
        draft = chunks.draft(chunk)
        if not claim.is_in_time:
            raise NotSent("Callboard was too busy to send it. Nothing was sent.")
        batch_id = get_callfire_for_batches().broadcasts.add_batch(
            chunk.upload.broadcast_id, draft, strict_validation=chunk.upload.strict_validation
        )
    except chunks.Damaged as damage:
        _refused(chunk, damage.sentence)
    except CallFireError as error:
        logger.info("Chunk %s was not confirmed: %s", chunk.token, error.__class__.__name__)
        _after_trouble(chunk, error)
    else:
        _confirmed(chunk, batch_id)
    following.advance(chunk.upload_id)


def lost(chunk: Chunk, sentence: str) -> bool:
    """The chunk may have been sent and nobody knows: it rests, and is then looked for.

    False when somebody else has decided about it by now.
    """
    rest = timedelta(seconds=settings.UPLOAD_SETTLE_SECONDS)
    return move_chunk(
        chunk,
        ChunkState.UNCERTAIN,
        lease_until=None,
        looks=0,
        not_before=timezone.now() + rest,
        problem=sentence,
    )


def _confirmed(chunk: Chunk, batch_id: int) -> None:
    if not move_chunk(
        chunk,
        ChunkState.CONFIRMED,
        lease_until=None,
        settled_at=timezone.now(),
        batch_id=batch_id,
        problem="",
    ):
        _sent_late(chunk)
    if chunk.upload.problem:
        Upload.objects.filter(pk=chunk.upload_id, state=UploadState.HANDING_OVER).update(problem="")


def _sent_late(chunk: Chunk) -> None:
    """A request left us long after its claim, and somebody else may have sent the chunk again meanwhile.

    From now on the chunk is watched like one that was sent just now, however its upload has ended.
    """
    Chunk.objects.filter(pk=chunk.pk).update(sent_at=timezone.now())
    Upload.objects.filter(pk=chunk.upload_id).update(looked_at=None)


def _after_trouble(chunk: Chunk, error: CallFireError) -> None:
    said = numbers.masked(error.user_message)
    if isinstance(error, NotSent):
        _waits(chunk, said, generation=chunk.generation, seconds=error.retry_after or _backoff(chunk))
    elif isinstance(error, RateLimited):
        _waits(
            chunk, said, generation=chunk.generation + 1, seconds=error.retry_after or _UNSTATED_WAIT_SECONDS
        )
    elif isinstance(error, BadCredentials | Forbidden):
        _waits(chunk, said, generation=chunk.generation + 1, seconds=0)
        pause(chunk.upload, said)
    elif error.may_have_applied:
        if not lost(chunk, said):
            _sent_late(chunk)
    else:
        _refused(chunk, said)


def _waits(chunk: Chunk, sentence: str, *, generation: int, seconds: float) -> None:
    """It certainly was not taken. What holds for one batch holds for all: they wait together."""
    until = timezone.now() + timedelta(seconds=seconds)
    if not move_chunk(
        chunk, ChunkState.WAITING, lease_until=None, not_before=until, generation=generation, problem=sentence
    ):
        return
    waiting = Chunk.objects.filter(
        Q(not_before=None) | Q(not_before__lt=until),
        state=ChunkState.WAITING,
        upload__state=UploadState.HANDING_OVER,
    )
    waiting.update(not_before=until)
    Upload.objects.filter(pk=chunk.upload_id, state=UploadState.HANDING_OVER).update(problem=sentence)
    drop_cancelled(chunk.upload_id)


def drop_cancelled(upload_id: int) -> None:
    """Chunks that came back after their upload was cancelled are not sent any more."""
    left = Chunk.objects.filter(
        upload_id=upload_id, upload__state=UploadState.CANCELLED, state=ChunkState.WAITING
    )
    left.update(state=ChunkState.CANCELLED, fence=F("fence") + 1, not_before=None)


def _refused(chunk: Chunk, sentence: str) -> None:
    move_chunk(chunk, ChunkState.REFUSED, lease_until=None, settled_at=timezone.now(), problem=sentence)
    latest = Chunk.objects.filter(upload_id=chunk.upload_id).exclude(settled_at=None).order_by("-settled_at")
    reasons = list(latest.values_list("state", "problem")[:MOST_REFUSALS])
    if reasons == [(ChunkState.REFUSED, sentence)] * MOST_REFUSALS:
        pause(chunk.upload, sentence)


def pause(upload: Upload, sentence: str) -> None:
    """Stop sending by ourselves, for a reason somebody has to look at."""
    if move_upload(upload, was=UploadState.HANDING_OVER, to=UploadState.PAUSED, problem=sentence):
        audit.note(
            action=PAUSE,
            by=None,
            sentence=sentence,
            object_kind=audit.BROADCAST,
            object_id=upload.broadcast_id,
            object_name=upload.broadcast_name,
            detail={"upload": upload.pk},
        )


def _backoff(chunk: Chunk) -> float:
    return min(2.0 ** min(chunk.attempts, 10), LONGEST_BACKOFF.total_seconds())
