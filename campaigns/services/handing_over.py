"""Handing an upload over, and every button beside it; what is impossible now is refused with a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from campaigns.models import AuditEvent, Chunk, Upload, User
from campaigns.services import audit, chunks, claims, disabling, following, reconciling, sending, upload_files
from campaigns.services.moves import move_chunk, move_upload
from campaigns.states import ChunkState, UploadState

HAND_OVER: Final = "hand over"
RESUME: Final = "resume upload"
CANCEL: Final = "cancel upload"
RETRY: Final = "send refused chunk again"
LOOK: Final = "look for chunk"
SEND_AGAIN: Final = "send chunk again"
LEAVE_OUT: Final = "leave chunk out"

_BEFORE: Final = (UploadState.CHECKING, UploadState.UNREADABLE, UploadState.CHECKED)
_UNDER_WAY: Final = (UploadState.HANDING_OVER, UploadState.PAUSED)
# Where a chunk can be taken up again: nothing is, once the upload is cancelled.
_LIVING: Final = (UploadState.FOLLOWING, UploadState.DONE)


class NotPossible(Exception):  # noqa: N818 - the name is the fact
    """Why the button does nothing now, as a sentence for the person who pressed it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def begin(*, upload: Upload, by: User) -> None:
    """Cut what was checked into chunks and let them be sent; pressed twice it is done once.

    Raises:
        NotPossible: it is not checked, it was checked anew since this copy was read, nobody was accepted, or
            the file of accepted people is not whole.
    """
    if upload.state != UploadState.CHECKED:
        upload.refresh_from_db()
    if upload.confirmed_at is not None:
        return
    if upload.state != UploadState.CHECKED:
        raise NotPossible("It is not checked yet. Nobody was handed over.")
    parts = _parts(upload)
    now = timezone.now()
    with transaction.atomic():
        if _confirm(upload, by, now):
            Chunk.objects.bulk_create(parts, batch_size=500)
            _note(upload, HAND_OVER, by, f"{upload.accepted:,} people of “{upload.name}”.")
        elif Upload.objects.filter(pk=upload.pk, confirmed_at=None).exists():
            raise NotPossible("It was checked anew meanwhile. Nobody was handed over: look at it once more.")


def send_next() -> bool:
    """Send one chunk, of whichever upload's turn it is; False when there is nothing to send now."""
    claim = claims.take()
    if claim is None:
        return False
    sending.send(claim)
    return True


def pause(*, upload: Upload, by: User) -> None:
    """Send nothing more until it is resumed; what is on its way is still settled."""
    if not move_upload(upload, was=UploadState.HANDING_OVER, to=UploadState.PAUSED, problem=""):
        raise NotPossible("It is not being handed over now, so there is nothing to pause.")
    _note(upload, sending.PAUSE, by)


def resume(*, upload: Upload, by: User) -> None:
    """Go on sending."""
    if not move_upload(upload, was=UploadState.PAUSED, to=UploadState.HANDING_OVER, problem=""):
        raise NotPossible("It is not paused, so there is nothing to resume.")
    upload.chunks.filter(state=ChunkState.WAITING).update(not_before=None)
    _note(upload, RESUME, by)


def cancel(*, upload: Upload, by: User) -> None:
    """Send nothing more, ever. What is on its way is still settled; what CallFire has stays there."""
    now = timezone.now()
    with transaction.atomic():
        cancelled = any(
            move_upload(upload, was=state, to=UploadState.CANCELLED, ended_at=now, problem="")
            for state in (*_BEFORE, *_UNDER_WAY)
        )
        if cancelled:
            _note(upload, CANCEL, by)
    if not cancelled:
        raise NotPossible("Everybody in it was handed over already, so there is nothing to cancel.")
    sending.drop_cancelled(upload.pk)


def retry(*, chunk: Chunk, by: User) -> None:
    """Send a refused chunk again, after a look whether CallFire took it all the same."""
    now = timezone.now()
    with transaction.atomic():
        if not _wake(chunk.upload):
            raise NotPossible("The upload was cancelled, so nothing of it is sent any more.")
        if chunk.state != ChunkState.REFUSED or not move_chunk(
            chunk, ChunkState.UNCERTAIN, settled_at=None, looks=reconciling.LOOKS - 1, not_before=now
        ):
            raise NotPossible("CallFire did not refuse this chunk, or somebody decided about it already.")
    _note(chunk.upload, RETRY, by, chunk=chunk)


def look_now(*, upload: Upload, by: User) -> None:
    """Say that somebody wants the uncertain chunks looked for at once; the caller enqueues the look.

    Finding one settles it. Not finding it counts only when the chunk has rested long enough.
    """
    if not upload.chunks.filter(state=ChunkState.UNCERTAIN).exists():
        raise NotPossible("Nothing of it is uncertain any more.")
    _note(upload, LOOK, by)


def send_again(*, chunk: Chunk, by: User) -> None:
    """Send an uncertain chunk again without waiting for further looks, because somebody says so."""
    _check_uncertain(chunk)
    if not chunk.looks:
        raise NotPossible("It was not looked for yet. Sending it now might call these people twice.")
    if chunk.upload.state == UploadState.CANCELLED:
        raise NotPossible("The upload was cancelled, so nothing of it is sent any more.")
    if not reconciling.send_again(chunk):
        raise NotPossible("It is not uncertain any more.")
    _note(chunk.upload, SEND_AGAIN, by, chunk=chunk)


def leave_out(*, chunk: Chunk, by: User) -> None:
    """Give an uncertain or refused chunk up; should its batch turn up all the same, it is switched off."""
    if chunk.state != ChunkState.REFUSED:
        _check_uncertain(chunk)
    if not move_chunk(chunk, ChunkState.LEFT_OUT, not_before=None, settled_at=timezone.now()):
        raise NotPossible("Somebody decided about this chunk already.")
    _note(chunk.upload, LEAVE_OUT, by, chunk=chunk)
    following.advance(chunk.upload_id)


def disable_batches(*, upload: Upload, by: User) -> AuditEvent:
    """Have everything that CallFire has of this upload switched off, in the background, batch by batch."""
    if upload.state not in {UploadState.CANCELLED, *_LIVING}:
        raise NotPossible("It is still being handed over. Cancel it first.")
    if not disabling.left(upload).exists():
        raise NotPossible("CallFire has nothing of this upload that is on.")
    return disabling.intend(upload, by=by)


def _parts(upload: Upload) -> list[Chunk]:
    """The chunks of the upload, not yet saved."""
    if not upload.accepted and upload.source != Upload.Source.CONTACT_LIST:
        raise NotPossible("Nobody in it can be called, so there is nobody to hand over.")
    try:
        parts = list(_cut(upload))
    except OSError as error:
        raise NotPossible(
            "The file of checked people cannot be read. Nobody was handed over: upload it again."
        ) from error
    if sum(part.rows for part in parts) != upload.accepted:
        raise NotPossible("The file of checked people is not whole. Nobody was handed over: check it again.")
    return [
        Chunk(
            upload=upload,
            number=number,
            offset=part.offset,
            length=part.length,
            rows=part.rows,
            digest=part.digest,
            token=chunks.new_token(),
        )
        for number, part in enumerate(parts, start=1)
    ]


def _cut(upload: Upload) -> Iterable[chunks.Part]:
    if upload.source == Upload.Source.CONTACT_LIST:
        return [chunks.Part(0, 0, upload.accepted, "")]
    return chunks.cut(upload_files.accepted(upload), rows=settings.UPLOAD_CHUNK_ROWS)


def _confirm(upload: Upload, by: User, now: datetime) -> bool:
    """Claim the hand-over of exactly the check that was cut."""
    as_cut = Upload.objects.select_for_update().filter(pk=upload.pk, check_number=upload.check_number)
    return bool(as_cut.values_list("pk")) and move_upload(
        upload, was=UploadState.CHECKED, to=UploadState.HANDING_OVER, confirmed_by=by, confirmed_at=now
    )


def _wake(upload: Upload) -> bool:
    """Let the upload send what is going to wait, or once it is resumed; False when it is cancelled."""
    for state in _LIVING:
        move_upload(upload, was=state, to=UploadState.HANDING_OVER, ended_at=None, told_at=None, problem="")
    upload.refresh_from_db()
    if upload.files_removed_at is not None and upload.source != Upload.Source.CONTACT_LIST:
        raise NotPossible(
            "Its people are no longer kept, so nobody of it can be sent. Upload the file again."
        )
    return upload.state in _UNDER_WAY


def _check_uncertain(chunk: Chunk) -> None:
    if chunk.state != ChunkState.UNCERTAIN:
        raise NotPossible("It is not uncertain any more.")


def _note(upload: Upload, action: str, by: User, sentence: str = "", *, chunk: Chunk | None = None) -> None:
    audit.note(
        action=action,
        by=by,
        sentence=sentence or (f"Chunk {chunk.number} of “{upload.name}”." if chunk else f"“{upload.name}”."),
        object_kind=audit.BROADCAST,
        object_id=upload.broadcast_id,
        object_name=upload.broadcast_name,
        detail={"upload": upload.pk} | ({"chunk": chunk.number} if chunk else {}),
    )
