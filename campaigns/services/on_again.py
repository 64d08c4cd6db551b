"""Batches that were switched off and are on again, which CallFire's own site can do at any time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Sum

from callfire_api import Batch
from campaigns.models import AuditEvent, Chunk
from campaigns.services import audit, disabling, health

_PAGE_SIZE: Final = 1000
_MOST_PAGES: Final = 10


@dataclass(frozen=True, slots=True)
class OnAgain:
    """What of an upload is on although somebody here switched all of it off."""

    name: str
    batches: int
    people: int


def look(broadcast_id: int) -> None:
    """Ask CallFire whether what we hold for off still is, and write down what is not.

    Raises:
        CallFireError: CallFire did not say.
    """
    chunks = believed_off(broadcast_id)
    with health.quickly() as callfire:
        note(
            chunks,
            callfire.broadcasts.iterate_batches(broadcast_id, page_size=_PAGE_SIZE, max_pages=_MOST_PAGES),
        )


def believed_off(broadcast_id: int) -> list[Chunk]:
    """The chunks whose batches are off as far as we know; to be read before CallFire is asked."""
    return list(Chunk.objects.filter(batch_enabled=False, upload__broadcast_id=broadcast_id))


def note(chunks: Iterable[Chunk], batches: Iterable[Batch]) -> None:
    """Write down which of these CallFire has on; nothing where somebody switched them off meanwhile."""
    on = {batch.id for batch in batches if batch.enabled}
    for chunk in chunks:
        if chunk.batch_id in on:
            Chunk.objects.filter(pk=chunk.pk, fence=chunk.fence).update(batch_enabled=True)


def of(broadcast_id: int) -> list[OnAgain]:
    """What is on again, by upload, as far as it is written down."""
    switched_off = AuditEvent.objects.filter(
        action=disabling.DISABLE,
        object_kind=audit.BROADCAST,
        object_id=broadcast_id,
        outcome=AuditEvent.Outcome.DONE,
    )
    uploads = {event.detail["upload"] for event in switched_off}
    found = Chunk.objects.filter(upload__in=uploads, batch_enabled=True)
    by_upload = found.values_list("upload_id", "upload__name").annotate(Count("pk"), Sum("rows"))
    return [OnAgain(name, batches, people) for _, name, batches, people in by_upload.order_by("upload_id")]
