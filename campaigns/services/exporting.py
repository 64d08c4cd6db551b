"""Reading a filtered call log to its end, page by page, into a file: by one worker at a time, and resumable.

What was written is told page by page (``offset``, ``rows``, ``written_bytes``), each time only as long as the
export is still held under the same fencing number. Whoever takes it over goes on from there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q, QuerySet
from django.utils import timezone

from callfire_api import BadRequest, Call, CallFireError, Page
from callfire_api.resources.calls import CallFilters
from campaigns.gateway import get_callfire_for_exports, longest_page
from campaigns.models import Export
from campaigns.services import call_log, export_files, export_rows, health
from campaigns.services.call_log import CallQuery
from campaigns.services.export_files import KeptRows
from campaigns.services.masking import Numbers

logger = logging.getLogger(__name__)

# More does not fit into a workbook.
MOST_ROWS: Final = 1_000_000
_PAGE: Final = 1000
# One row in so many is read again with the next page.
_OVERLAP: Final = 20
_UNFINISHED: Final = (Export.State.WAITING, Export.State.RUNNING)
_PAUSE_SECONDS: Final = 10.0
# Between two signs of life of a worker lies one page, or a few thousand rows of the finished file.
_SPARE_SECONDS: Final = 5.0
_FIELDS: Final = (
    "limit,offset,totalCount,items(id,fromNumber,toNumber,state,finalCallResult,campaignId,batchId,"
    "contact(firstName,lastName),inbound,created,modified,labels,attributes,notes,"
    "records(id,result,callResult,originateTime,answerTime,finishTime,duration,billedAmount,"
    "recordings(id),questionResponses))"
)
_DISK: Final = "The file could not be written to the disk ({reason}). Tell whoever runs Callboard."


class _Lost(Exception):  # noqa: N818 - the name is the fact
    """The export was cancelled, or another worker took it over."""


def due() -> list[int]:
    """Exports that ought to go on and that nobody works on."""
    return list(_free().order_by("pk").values_list("pk", flat=True))


def run(export_id: int, *, should_stop: Callable[[], bool] = lambda: False) -> bool:
    """Go on with the export, unless somebody does; safe to run twice at once.

    Args:
        should_stop: asked between two pages; when it says so, the export is let go where it is.

    Returns:
        whether there is more to do at once.
    """
    held = _take(export_id)
    if held is None:
        return False
    try:
        return _go_on(held, should_stop)
    except _Lost:
        logger.info("Export %d: cancelled, or taken over", export_id)
    return False


@dataclass(slots=True)
class _Held:
    """The export as it stands, and the fencing number under which it may be changed."""

    export: Export
    before: int

    def change(self, **changes: Any) -> None:
        """Change the export as long as it is held. Raises ``_Lost``."""
        held = Export.objects.filter(pk=self.export.pk, fence=self.export.fence, state=Export.State.RUNNING)
        if not held.update(**changes):
            raise _Lost
        for name, value in changes.items():
            setattr(self.export, name, value)

    def hold(self, **changes: Any) -> None:
        """Tell how far it is, and hold it for another page. Raises ``_Lost``."""
        self.change(lease_until=_lease(), **changes)

    def fail(self, sentence: str) -> None:
        """End it for good, and keep nothing of it. Raises ``_Lost``."""
        self.change(state=Export.State.FAILED, problem=sentence, lease_until=None, ended_at=timezone.now())
        export_files.remove(self.export)


def _free() -> QuerySet[Export]:
    now = timezone.now()
    unheld = Q(lease_until=None) | Q(lease_until__lt=now)
    rested = Q(not_before=None) | Q(not_before__lte=now)
    return Export.objects.filter(unheld & rested, state__in=_UNFINISHED)


def _take(export_id: int) -> _Held | None:
    export = Export.objects.filter(pk=export_id).select_related("by").first()
    if export is None:
        return None
    before, fence = export.fence, export.fence + 1
    free = _free().filter(pk=export_id, fence=before)
    if not free.update(state=Export.State.RUNNING, fence=fence, lease_until=_lease(), not_before=None):
        return None
    export.state, export.fence = Export.State.RUNNING, fence
    return _Held(export, before)


def _go_on(held: _Held, should_stop: Callable[[], bool]) -> bool:
    try:
        with KeptRows(held.export, held.before) as kept:
            if not kept.is_whole:
                held.hold(offset=0, rows=0, written_bytes=0)
            if _read_to_the_end(held, kept, should_stop):
                _finish(held, kept)
                return False
        held.change(lease_until=None)
        return True
    except CallFireError as error:
        _rest_or_fail(held, error)
    except OSError as error:
        logger.warning("Export %d was not written: %s", held.export.pk, error)
        held.fail(_DISK.format(reason=error.strerror))
    except (_Lost, DatabaseError):
        raise  # after a trouble of the database it is taken up again when the lease has ended
    except Exception:
        held.fail("Callboard failed on these calls. Its log says why; ask whoever runs it.")
        raise
    return False


def _read_to_the_end(held: _Held, kept: KeptRows, should_stop: Callable[[], bool]) -> bool:
    """Whether every page is kept now; not, when it was told to stop."""
    export = held.export
    query = replace(CallQuery.from_querystring(export.query), until=export.until)
    numbers = Numbers.of(whole=not export.masked)
    while export.rows < MOST_ROWS:
        if should_stop():
            return False
        page = _page(query, export.offset)
        # Rows shift while one reads: a call that slid onto the next page is not written twice, and one that
        # slid onto the page before is found because pages overlap.
        fresh = [call for call in page.items if kept.is_new(call.id)]
        is_last = not fresh or len(page.items) < min(_PAGE, page.limit or _PAGE)
        overlap = 0 if is_last else len(page.items) // _OVERLAP
        fitting = [call for call in fresh if call_log.matches(query, call)][: MOST_ROWS - export.rows]
        held.hold(
            written_bytes=kept.add(export_rows.rows(fitting, numbers)),
            rows=export.rows + len(fitting),
            offset=export.offset + len(page.items) - overlap,
            expected=page.total_count or export.expected,
            problem="",
        )
        if is_last:
            return True
    held.hold(problem=f"Only the first {MOST_ROWS:,} calls are in it. Narrow the filters for the others.")
    return True


def _page(query: CallQuery, offset: int) -> Page[Call]:
    """Whether CallFire refuses a property it does not know is not documented: then it sends everything."""
    find = get_callfire_for_exports().calls.find
    less: CallFilters = {**query.filters(), "fields": _FIELDS}
    with health.watching():
        try:
            return find(**less, limit=_PAGE, offset=offset)
        except BadRequest:
            return find(**query.filters(), limit=_PAGE, offset=offset)


def _finish(held: _Held, kept: KeptRows) -> None:
    export = held.export
    path = export_files.ready(export)
    export_rows.write(path, export.format, kept.rows(), heartbeat=held.hold)
    now = timezone.now()
    held.change(
        state=Export.State.DONE,
        lease_until=None,
        ended_at=now,
        expires_at=now + timedelta(days=settings.EXPORT_RETENTION_DAYS),
    )
    export_files.remove_all_but(path)


def _rest_or_fail(held: _Held, error: CallFireError) -> None:
    """What may pass is waited for, as long as it takes; somebody can always cancel."""
    if not error.is_transient:
        held.fail(error.user_message)
        return
    wait = timedelta(seconds=error.retry_after or _PAUSE_SECONDS)
    held.change(not_before=timezone.now() + wait, lease_until=None, problem=error.user_message)


def _lease() -> datetime:
    return timezone.now() + timedelta(seconds=longest_page() + _SPARE_SECONDS)
