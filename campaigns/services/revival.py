"""What of the uploads needs doing now, from the database alone: whatever crashed or was forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from campaigns.models import Chunk, Upload
from campaigns.services import checks, claims, following, sending, telling
from campaigns.states import ChunkState, UploadState

_GONE: Final = "The worker that sent it went away before CallFire’s answer was written down."
_SOONEST: Final = timedelta(seconds=2)
_LATEST: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Due:
    """Ids of uploads to check and of those to look for at CallFire, and how many lanes may send."""

    checks: list[int]
    looks: list[int]
    lanes: int


def look_after() -> Due:
    """Take back what nobody holds any more, and say what is to be enqueued."""
    now = timezone.now()
    for chunk in Chunk.objects.filter(state=ChunkState.SENDING, lease_until__lte=now):
        sending.lost(chunk, _GONE)
    for upload in _finished_unnoticed():
        following.advance(upload.pk)
    for upload in Upload.objects.filter(state=UploadState.DONE, told_at=None):
        telling.tell(upload)
    waiting = claims.due(now).count()
    return Due(checks.stalled(), _looks(now), min(claims.free_places(now), waiting))


def _finished_unnoticed() -> QuerySet[Upload]:
    """Uploads that crashed between their last chunk and their next state, and those only watched by now."""
    busy = Exists(_chunks(state__in=[*following.OPEN, ChunkState.CONFIRMED]))
    states = [UploadState.HANDING_OVER, UploadState.PAUSED, UploadState.FOLLOWING]
    return Upload.objects.filter(~busy, state__in=states)


def _looks(now: datetime) -> list[int]:
    """Uploads of which CallFire's list is due to be read."""
    is_uncertain = Exists(_chunks(state=ChunkState.UNCERTAIN, not_before__lte=now))
    is_open = Q(state=ChunkState.CONFIRMED) | following.watched()
    is_followed = Exists(Chunk.objects.filter(is_open, upload=OuterRef("pk")))
    uploads = Upload.objects.filter(is_uncertain | is_followed | Q(state=UploadState.FOLLOWING))
    again = max(_SOONEST, timedelta(seconds=settings.UPLOAD_SETTLE_SECONDS) / 3)
    dated = uploads.annotate(uncertain=is_uncertain, settled=Max("chunks__settled_at"))
    return [
        pk
        for pk, looked_at, state, uncertain, settled in dated.values_list(
            "pk", "looked_at", "state", "uncertain", "settled"
        )
        if looked_at is None or now - looked_at >= (again if uncertain else _pause(state, settled, looked_at))
    ]


def _pause(state: str, settled: datetime | None, looked_at: datetime) -> timedelta:
    """Look often at first, then ever more rarely; rarely, too, while the pace is needed for sending."""
    if settled is None or state == UploadState.HANDING_OVER:
        return _LATEST
    return min(max((looked_at - settled) / 5, _SOONEST), _LATEST)


def _chunks(**conditions: object) -> QuerySet[Chunk]:
    return Chunk.objects.filter(upload=OuterRef("pk"), **conditions)
