"""The batches of one broadcast, a page at a time, straight from CallFire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone

from callfire_api import Batch, BatchStatus, CallFireError
from campaigns import shared
from campaigns.services import health

PER_PAGE: Final = 10
_FRESH_SECONDS: Final = 5
_KEPT_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One page of batches with its age. ``about`` is CallFire's total, where it gives one."""

    batches: Sequence[Batch]
    page: int
    has_next: bool
    about: int | None
    as_of: datetime
    trouble: str
    every: float | None


def find(broadcast_id: int, *, page: int) -> BatchPage:
    """The page of batches; a kept one, with its age and the reason, when CallFire does not answer.

    Raises:
        CallFireError: CallFire did not answer, and this page was never read before.
    """
    key = f"batches:{broadcast_id}:{page}"
    kept = shared.recall(key)
    if isinstance(kept, BatchPage) and (timezone.now() - kept.as_of).total_seconds() < _FRESH_SECONDS:
        return kept
    try:
        fresh = _read(broadcast_id, page)
    except CallFireError as error:
        if not isinstance(kept, BatchPage):
            raise
        return BatchPage(
            kept.batches,
            kept.page,
            kept.has_next,
            kept.about,
            kept.as_of,
            error.user_message,
            kept.every or 30.0,
        )
    shared.remember(key, fresh, _KEPT_SECONDS)
    return fresh


def _read(broadcast_id: int, page: int) -> BatchPage:
    """One row more than the page shows tells whether another page follows, whatever the total claims."""
    now = timezone.now()
    rows: list[Batch] = []
    about = None
    while len(rows) <= PER_PAGE:
        asked = PER_PAGE + 1 - len(rows)
        with health.quickly() as callfire:
            found = callfire.broadcasts.find_batches(
                broadcast_id, limit=asked, offset=(page - 1) * PER_PAGE + len(rows)
            )
        rows += found.items
        about = found.total_count
        if not found.items or len(found.items) < min(asked, found.limit or asked):
            break
    shown = rows[:PER_PAGE]
    being_checked = any(batch.status in {BatchStatus.NEW, BatchStatus.VALIDATING} for batch in shown)
    return BatchPage(shown, page, len(rows) > PER_PAGE, about, now, "", 5.0 if being_checked else None)
