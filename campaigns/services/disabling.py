"""Switching off what CallFire has of an upload. The audit event is the intent, settled when all are off."""

from __future__ import annotations

import logging
from typing import Final

from django.db.models import F, QuerySet

from callfire_api import CallFireError
from campaigns import shared
from campaigns.gateway import get_callfire
from campaigns.models import AuditEvent, Chunk, Upload, User
from campaigns.services import audit, following

logger = logging.getLogger(__name__)

DISABLE: Final = "disable batches"
# A round ends well before the next look at what is not settled would repeat it.
_A_ROUND: Final = 20
_ROUND_SECONDS: Final = 60


def intend(upload: Upload, *, by: User) -> AuditEvent:
    """Write down that every batch of the upload is to go off; ``follow_up`` does it, a round at a time."""
    event, _ = audit.intend(
        action=DISABLE,
        by=by,
        object_kind=audit.BROADCAST,
        object_id=upload.broadcast_id,
        object_name=upload.broadcast_name,
        detail={"upload": upload.pk},
    )
    return event


def left(upload: Upload) -> QuerySet[Chunk]:
    """The chunks whose batches are not known to be off."""
    return upload.chunks.exclude(batch_id=None).exclude(batch_enabled=False)


def follow_up(event: AuditEvent) -> AuditEvent:
    """Switch the next batches off; the event is done when none is left and none can come any more."""
    key = f"disabling:{event.pk}"
    if event.settled_at is not None or not shared.claim(key, _ROUND_SECONDS):
        return event
    try:
        return _round(event)
    finally:
        shared.forget(key)


def _round(event: AuditEvent) -> AuditEvent:
    upload = Upload.objects.get(pk=event.detail["upload"])
    try:
        for chunk in left(upload)[:_A_ROUND]:
            _switch_off(chunk)
    except CallFireError as error:
        logger.warning("The batches of upload %d are not all off: %s", upload.pk, error)
        return event
    if left(upload).exists() or upload.chunks.filter(state__in=following.OPEN).exists():
        return event
    people = sum(upload.chunks.filter(batch_enabled=False).values_list("rows", flat=True))
    sentence = f"Everything of “{upload.name}” is off: {people:,} people. None of them is called any more."
    return audit.settle(event, AuditEvent.Outcome.DONE, sentence)


def _switch_off(chunk: Chunk) -> None:
    """One batch, and the proof that it is off; a look that began before may not write otherwise any more."""
    batches = get_callfire().batches
    assert chunk.batch_id is not None  # noqa: S101 - ``left`` leaves the others out
    batches.update(chunk.batch_id, enabled=False)
    is_enabled = batches.get(chunk.batch_id).enabled
    Chunk.objects.filter(pk=chunk.pk).update(batch_enabled=is_enabled, fence=F("fence") + 1)
