"""Exports of the call log: begun, looked at, fetched, cancelled and forgotten.

``exporting`` does the work.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import BinaryIO, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.utils import timezone

from callfire_api import Call, CallFireError
from campaigns.labels import Badge, export_badge
from campaigns.models import Export, User
from campaigns.permissions import Permission, may
from campaigns.services import audit, call_chips, call_log, call_pages, export_files, export_rows, health
from campaigns.services.call_log import CallQuery
from campaigns.services.export_rows import Row
from campaigns.services.masking import Numbers
from campaigns.services.upload_bars import Part

MOST_AT_ONCE: Final = 1000
_UNFINISHED: Final = (Export.State.WAITING, Export.State.RUNNING)
_PER_PAGE: Final = 25
_EVERY: Final = 2.0
_LONGEST_QUERY: Final = Export._meta.get_field("query").max_length or 0


class Gone(Exception):  # noqa: N818 - the name is the fact
    """The file is not there: not yet, or no longer; ``sentence`` says which."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One export as a list or its page shows it. ``parts`` is its bar, ``in_words`` what that shows."""

    export: Export
    badge: Badge
    filters: str
    is_moving: bool
    parts: Sequence[Part]
    in_words: str

    @property
    def every(self) -> float | None:
        """After how many seconds it is worth looking again; None when nothing changes by itself."""
        return _EVERY if self.is_moving else None


@dataclass(frozen=True, slots=True)
class ExportPage:
    """One page of exports, newest first. ``every`` is None when nothing on it changes by itself."""

    rows: Sequence[ExportRow]
    total: int
    page: int
    pages: int
    first: int
    last: int
    every: float | None


@dataclass(frozen=True, slots=True)
class Question:
    """What an export would hold, for the page that asks for its format. ``total`` is None when unknown."""

    query: CallQuery
    filters: str
    total: int | None
    masked: bool
    refusal: str

    @property
    def may_be_few(self) -> bool:
        """Whether ``few`` may have them all at once."""
        return self.total is None or self.total <= MOST_AT_ONCE


def ask(query: CallQuery, *, by: User) -> Question:
    """What an export of these calls would hold; CallFire is asked how many they are."""
    numbers = Numbers(by)
    try:
        total = call_pages.page(query, numbers).about_total
    except CallFireError:
        total = None
    return Question(query, in_words(query, numbers), total, not numbers.whole, refusal(query))


def refusal(query: CallQuery) -> str:
    """Why these calls cannot be exported in the background; empty when they can."""
    is_long = len(_stored(query)) > _LONGEST_QUERY
    return "These are more filters than an export takes. Take some away." if is_long else ""


def begin(query: CallQuery, *, kind: str, token: uuid.UUID, by: User, request_id: str) -> Export:
    """Write down that these calls are to be exported; the same token twice is one export.

    Numbers are masked from here on if they are to this person now. Calls after this moment are left out, or
    after ``query.until`` where it is frozen already.
    """
    export, is_new = Export.objects.get_or_create(
        token=token,
        defaults={
            "by": by,
            "query": _stored(query),
            "format": kind,
            "until": query.until or timezone.now(),
            "masked": not Numbers(by).whole,
        },
    )
    check_theirs(export, by)
    if is_new:
        _note("export calls", f"As {export.get_format_display()}: {_told(export)}.", export, by, request_id)
    return export


def get_for(person: User, export_id: int) -> Export:
    """The export, for the person who began it or an admin.

    Raises:
        Http404: there is none with this number.
        PermissionDenied: it is somebody else's.
    """
    export = Export.objects.select_related("by").filter(pk=export_id).first()
    if export is None:
        raise Http404
    check_theirs(export, person)
    return export


def check_theirs(export: Export, person: User) -> None:
    """Raises:
    PermissionDenied: the export is somebody else's, and the person is no admin.
    """
    if export.by_id != person.pk and not may(person, Permission.MANAGE):
        raise PermissionDenied("This export is somebody else’s. Make one of your own.")


def find(*, reader: User, page: int) -> ExportPage:
    """A page of the reader's exports, for an admin of everybody's; a page past the end gives the last one."""
    exports = Export.objects.select_related("by")
    if not may(reader, Permission.MANAGE):
        exports = exports.filter(by=reader)
    paginator = Paginator(exports, _PER_PAGE)
    found = paginator.get_page(page)
    rows = [row_of(export, reader=reader) for export in found.object_list]
    return ExportPage(
        rows=rows,
        total=paginator.count,
        page=found.number,
        pages=paginator.num_pages,
        first=found.start_index(),
        last=found.end_index(),
        every=_EVERY if any(row.is_moving for row in rows) else None,
    )


def row_of(export: Export, *, reader: User) -> ExportRow:
    """The export as this reader may see it."""
    is_moving = export.state in _UNFINISHED
    known = max(export.expected or 0, export.rows)
    share = 100 * export.rows / known if known and is_moving else 100 if export.state == "done" else 0
    return ExportRow(
        export=export,
        badge=export_badge(export.state),
        filters=in_words(CallQuery.from_querystring(export.query), Numbers(reader)),
        is_moving=is_moving,
        parts=[Part("sure", 0.0, share)] if share else [],
        in_words=_how_far(export, known) if is_moving else _counted(export),
    )


def open_file(export: Export, *, by: User, request_id: str) -> BinaryIO:
    """The finished file, for its download, which is written down.

    Raises:
        PermissionDenied: it has whole numbers, and the person may not see them any more.
        Gone: there is no file.
    """
    if not export.masked and not may(by, Permission.SEE_NUMBERS):
        raise PermissionDenied("This file has whole phone numbers, which you may not see. Make a new export.")
    is_over = export.expires_at is not None and export.expires_at <= timezone.now()
    if export.state == Export.State.EXPIRED or is_over:
        raise Gone("Its file was removed after a while. Make a new export.")
    if export.state != Export.State.DONE:
        raise Gone("Its file is not finished.")
    try:
        file = export_files.ready(export).open("rb")
    except FileNotFoundError:
        raise Gone("Its file is not there any more. Make a new export.") from None
    _note("download export", f"{_told(export)}, {export.rows:,} rows.", export, by, request_id)
    return file


def few(query: CallQuery, *, by: User, request_id: str) -> list[Row] | None:
    """All these calls as rows, read while a page waits; None when they are more than ``MOST_AT_ONCE``.

    Raises:
        CallFireError: CallFire did not answer, or refused a filter.
    """
    frozen = replace(query, until=query.until or timezone.now())
    with health.quickly() as callfire:
        walk = callfire.calls.iterate(page_size=MOST_AT_ONCE, **frozen.filters())
        calls: list[Call] = list(islice(walk, MOST_AT_ONCE + 1))
    if len(calls) > MOST_AT_ONCE:
        return None
    numbers = Numbers(by)
    rows = export_rows.rows([call for call in calls if call_log.matches(frozen, call)], numbers)
    audit.note(
        action="export calls",
        by=by,
        request_id=request_id,
        sentence=f"As CSV at once: {in_words(query, Numbers(None))}, {len(rows):,} rows.",
    )
    return rows


def cancel(export: Export, *, by: User, request_id: str) -> bool:
    """End an export that is not finished, and keep nothing of it; False when it had ended before."""
    unfinished = Export.objects.filter(pk=export.pk, state__in=_UNFINISHED)
    if not unfinished.update(state=Export.State.CANCELLED, ended_at=timezone.now(), lease_until=None):
        return False
    export_files.remove(export)
    _note("cancel export", f"{_told(export)}.", export, by, request_id)
    return True


def expire() -> int:
    """Remove the files of exports whose time is over, and give up what never ended; how many those were."""
    now = timezone.now()
    long_ago = now - timedelta(days=settings.EXPORT_RETENTION_DAYS)
    over = Export.objects.filter(state=Export.State.DONE, expires_at__lte=now)
    stuck = Export.objects.filter(state__in=_UNFINISHED, at__lt=long_ago)
    ended = [*over, *stuck]
    over.update(state=Export.State.EXPIRED)
    stuck.update(state=Export.State.FAILED, ended_at=now, problem="CallFire did not let it end in time.")
    for export in ended:
        export_files.remove(export)
    return len(ended)


def in_words(query: CallQuery, numbers: Numbers) -> str:
    """The filters as one line, with numbers as this reader may see them."""
    chips = call_chips.chips(query, numbers)
    return ", ".join(f"{chip.name}: {chip.value}" for chip in chips) or "All calls"


def _how_far(export: Export, known: int) -> str:
    return f"{_counted(export)} of about {known:,}" if export.expected else f"{_counted(export)} so far"


def _counted(export: Export) -> str:
    return "1 call" if export.rows == 1 else f"{export.rows:,} calls"


def _stored(query: CallQuery) -> str:
    """The filters alone: an export has no page, and its upper time is kept beside them."""
    return replace(query, until=None, offset=0, size=call_log.SIZES[0]).to_querystring()


def _told(export: Export) -> str:
    """The filters as the activity tells them, to whoever reads it."""
    return in_words(CallQuery.from_querystring(export.query), Numbers(None))


def _note(action: str, sentence: str, export: Export, by: User, request_id: str) -> None:
    audit.note(action=action, by=by, request_id=request_id, sentence=sentence, detail={"export": export.pk})
