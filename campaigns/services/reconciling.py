"""What CallFire really has of an upload: its batches, read once, held against every chunk.

An uncertain chunk is looked for by the token in its batch's name. Its absence counts only in a list that was
read to its end and shows everything it showed before, and only after several looks at growing distances; then
it is sent again under the next generation. A batch that turns up beside the one we know is switched off.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from callfire_api import Batch, CallFireError
from campaigns.gateway import get_callfire, get_callfire_for_panels
from campaigns.models import Chunk, Upload
from campaigns.services import audit, chunks, following, sending
from campaigns.services.moves import move_chunk
from campaigns.states import ChunkState, UploadState

logger = logging.getLogger(__name__)

# How many times a chunk has to be absent before it is sent again.
LOOKS: Final = 3
DISABLE_TWIN: Final = "disable twin batch"
_PAGE_SIZE: Final = 1000
_MOST_PAGES: Final = 200
_SENT: Final = (ChunkState.CONFIRMED, ChunkState.ACTIVE, ChunkState.FAULTY)
_UNDECIDED: Final = (ChunkState.UNCERTAIN, ChunkState.WAITING, ChunkState.REFUSED)


class Incomplete(Exception):  # noqa: N818 - the name is the fact
    """CallFire's list of batches did not come to an end: what is not in it may still be there."""


def look(upload_id: int) -> None:
    """Hold every chunk that was ever sent against CallFire's batches, and move the upload on.

    Two looks at once do nothing twice. Without a list from CallFire nothing changes.
    """
    upload = Upload.objects.get(pk=upload_id)
    began = timezone.now()
    Upload.objects.filter(pk=upload_id).update(looked_at=began)
    sent = list(upload.chunks.filter(attempts__gt=0))
    try:
        batches = _batches(upload.broadcast_id)
    except (CallFireError, Incomplete) as error:
        logger.warning("The batches of upload %d were not read: %s", upload_id, error)
        return
    is_whole = _shows_what_it_showed(batches, sent)
    for chunk in sent:
        chunk.upload = upload
        _settle(chunk, batches.get(chunk.token, []), began if is_whole else None)
    sending.drop_cancelled(upload_id)
    following.advance(upload_id)


def _batches(broadcast_id: int) -> dict[str, list[Batch]]:
    """The batches that uploads made, by token, oldest first.

    Read until a page is empty: a page may be shorter than CallFire was asked for and not be the last.
    """
    callfire = get_callfire_for_panels()
    found: dict[int, tuple[str, Batch]] = {}
    offset = 0
    for _ in range(_MOST_PAGES):
        page = callfire.broadcasts.find_batches(broadcast_id, limit=_PAGE_SIZE, offset=offset)
        if not page.items:
            break
        offset += len(page.items)
        for batch in page.items:
            mark = chunks.mark_of(batch.name)
            if mark is not None and batch.id is not None:
                found[batch.id] = (mark.token, batch)
    else:
        raise Incomplete(f"CallFire's list of batches goes on after {offset}")
    by_token: dict[str, list[Batch]] = defaultdict(list)
    for _, (token, batch) in sorted(found.items()):
        by_token[token].append(batch)
    return by_token


def _shows_what_it_showed(batches: Mapping[str, Sequence[Batch]], sent: Iterable[Chunk]) -> bool:
    """Whether every batch of ours that CallFire has listed before is in the list again."""
    ids = {batch.id for several in batches.values() for batch in several}
    missing = sum(chunk.batch_id not in ids for chunk in sent if chunk.batch_status)
    if missing:
        logger.warning("CallFire's list lacks %d batches that it showed before", missing)
    return not missing


def _settle(chunk: Chunk, batches: Sequence[Batch], as_of: datetime | None) -> None:
    """What the list says of this chunk; ``as_of`` is None when its absence says nothing."""
    if chunk.state in _UNDECIDED and batches:
        move_chunk(
            chunk,
            ChunkState.CONFIRMED,
            batch_id=batches[0].id,
            settled_at=timezone.now(),
            not_before=None,
            problem="",
        )
    elif chunk.state == ChunkState.UNCERTAIN and as_of and _has_rested(chunk, as_of):
        _absent(chunk, as_of)
    if chunk.state in _SENT:
        for batch in batches:
            if batch.id == chunk.batch_id:
                following.record(chunk, batch)
    if chunk.state not in {*_UNDECIDED, ChunkState.SENDING}:
        _switch_off(chunk, [batch for batch in batches if batch.id != chunk.batch_id])


def _has_rested(chunk: Chunk, now: datetime) -> bool:
    return chunk.not_before is not None and chunk.not_before <= now


def _absent(chunk: Chunk, began: datetime) -> None:
    looks = chunk.looks + 1
    if looks < LOOKS:
        rest = timedelta(seconds=settings.UPLOAD_SETTLE_SECONDS) * 2**looks
        unchanged = Chunk.objects.filter(pk=chunk.pk, fence=chunk.fence, looks=chunk.looks)
        unchanged.update(looks=looks, not_before=began + rest)
    else:
        send_again(chunk)


def send_again(chunk: Chunk) -> bool:
    """Let an uncertain chunk be sent under the next generation; not when its upload is cancelled."""
    is_cancelled = chunk.upload.state == UploadState.CANCELLED
    return move_chunk(
        chunk,
        ChunkState.CANCELLED if is_cancelled else ChunkState.WAITING,
        generation=chunk.generation + 1,
        looks=0,
        not_before=None,
        problem="",
    )


def _switch_off(chunk: Chunk, twins: Sequence[Batch]) -> None:
    """Nobody may be called twice: batches beside the confirmed one, or of people left out, go off."""
    known = {twin["id"]: twin["disabled"] for twin in chunk.twins}
    for twin in twins:
        if twin.id is None or known.get(twin.id):
            continue
        known[twin.id] = twin.enabled is False or _is_off(twin.id)
        if known[twin.id]:
            _tell(chunk, twin.id)
    listed = [{"id": batch_id, "disabled": is_off} for batch_id, is_off in known.items()]
    if listed != chunk.twins:
        Chunk.objects.filter(pk=chunk.pk, fence=chunk.fence).update(twins=listed)


def _is_off(batch_id: int) -> bool:
    """Switch the batch off; whether CallFire shows it as off then."""
    callfire = get_callfire()
    try:
        callfire.batches.update(batch_id, enabled=False)
        return callfire.batches.get(batch_id).enabled is False
    except CallFireError as error:
        logger.warning("Batch %d was not switched off: %s", batch_id, error)
        return False


def _tell(chunk: Chunk, batch_id: int) -> None:
    upload = chunk.upload
    audit.note(
        action=DISABLE_TWIN,
        by=None,
        sentence=f"Batch {batch_id} held {chunk.rows:,} people who are not to be called by it. It is off.",
        object_kind=audit.BROADCAST,
        object_id=upload.broadcast_id,
        object_name=upload.broadcast_name,
        detail={"upload": upload.pk, "chunk": chunk.number, "batch": batch_id},
    )
