"""The call log a page at a time, what is newer than it, and the calls beside one of its calls.

How many calls did not fit is said. Calls are kept for seconds, the order of a list for as long as somebody
may walk through it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.utils import timezone

from callfire_api import Call, CallFire, CallFireError, Page
from campaigns import shared
from campaigns.services import health
from campaigns.services.call_log import CallQuery, matches
from campaigns.services.call_rows import CallRow, rows_of
from campaigns.services.masking import Numbers

_MOST_NEWER: Final = 25
_FRESH_SECONDS: Final = 5
_ORDER_SECONDS: Final = 3600
_PATIENCE: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """One page of the call log.

    Attributes:
        query: what was asked, with the upper time now frozen.
        about_total: CallFire's count, where it gives one; it has been seen to be wrong.
        dropped: how many calls CallFire sent on this page that do not fit the filters.
        as_of: when CallFire was asked.
    """

    query: CallQuery
    rows: tuple[CallRow, ...]
    has_next: bool
    about_total: int | None
    dropped: int
    as_of: datetime

    @property
    def last(self) -> int:
        """The place of the last call of this page among all that CallFire sent."""
        return self.query.offset + len(self.rows) + self.dropped

    @property
    def is_of_several(self) -> bool:
        """Whether the calls may belong to several broadcasts."""
        return self.query.broadcast is None


def page(query: CallQuery, numbers: Numbers) -> CallPage:
    """The page of calls that fit, newest first as far as CallFire sorts them; read anew after five seconds.

    Raises:
        CallFireError: CallFire did not answer, or refused a filter.
    """
    return _shown(_kept("calls", query) or _read_log(query), numbers)


def page_of_broadcast(query: CallQuery, numbers: Numbers) -> CallPage:
    """The page of a broadcast's own list, which knows no filter but its batch and is not frozen.

    Raises:
        CallFireError: CallFire did not answer.
    """
    broadcast = query.broadcast or 0

    def fetch(callfire: CallFire, limit: int, offset: int) -> Page[Call]:
        return callfire.broadcasts.find_calls(broadcast, batch_id=query.batch, limit=limit, offset=offset)

    found = _kept("own-calls", query) or _read("own-calls", query, fetch, query)
    return _shown(found, numbers)


def newer(query: CallQuery) -> str:
    """How many calls that fit are new or changed since the upper time, as "3" or "more than 25".

    Empty when there are none, when there is no upper time, and when CallFire does not say: a page can do
    without it.
    """
    if query.until is None:
        return ""
    since = replace(query, begin=query.until, period="", until=None, offset=0, size=_MOST_NEWER)

    def fetch(callfire: CallFire, limit: int, offset: int) -> Page[Call]:
        brief = callfire.with_options(read_timeout=_PATIENCE, read_attempts=1)
        return brief.calls.find(**since.filters(), limit=limit, offset=offset)

    if since.end is not None and since.end <= query.until:
        return ""
    try:
        found = _kept("newer-calls", since) or _read("newer-calls", since, fetch, since)
    except CallFireError:
        return ""
    count = sum(matches(since, call) for call in found.calls)
    return f"more than {_MOST_NEWER}" if count > _MOST_NEWER else str(count or "")


@dataclass(frozen=True, slots=True)
class Step:
    """A call, and the part after the ``?`` of the address of the list that it stands in."""

    call_id: int
    query: str


@dataclass(frozen=True, slots=True)
class Beside:
    """The list that somebody came from, and the calls before and after one of its calls, where known."""

    query: str
    before: Step | None
    after: Step | None


def beside(query: CallQuery, call_id: int) -> Beside:
    """The calls before and after this one on the page of the log, as it was when somebody looked at it.

    The order is remembered from then, and read again after an hour. A call that is not on the page has none
    beside it, and so has one when CallFire does not answer.
    """
    order = _order(query)
    if call_id not in order.ids:
        return Beside(query.to_querystring(), None, None)
    at = order.ids.index(call_id)
    older = replace(query, offset=query.offset + query.size)
    after = Step(order.beyond, older.to_querystring()) if order.beyond is not None else None
    if at + 1 < len(order.ids):
        after = Step(order.ids[at + 1], query.to_querystring())
    return Beside(query.to_querystring(), _before(query, order, at), after)


def _before(query: CallQuery, order: _Order, at: int) -> Step | None:
    if at:
        return Step(order.ids[at - 1], query.to_querystring())
    if not query.offset:
        return None
    newer_page = replace(query, offset=max(0, query.offset - query.size))
    ids = _order(newer_page).ids
    return Step(ids[-1], newer_page.to_querystring()) if ids else None


@dataclass(frozen=True, slots=True)
class _Order:
    """The ids of a page from the top, and the first of the page after it."""

    ids: tuple[int, ...] = ()
    beyond: int | None = None


def _order(query: CallQuery) -> _Order:
    kept = shared.recall(_key("order", query))
    if isinstance(kept, _Order):
        return kept
    try:
        return _order_of(_read_log(query))
    except CallFireError:
        return _Order()


def _order_of(found: _Found) -> _Order:
    size = found.query.size
    fitting = [call.id if matches(found.query, call) else None for call in found.calls]
    return _Order(tuple(filter(None, fitting[:size])), next(iter(fitting[size:]), None))


@dataclass(frozen=True, slots=True)
class _Found:
    """What CallFire sent for a page, with one call more than it shows if there is one."""

    query: CallQuery
    calls: tuple[Call, ...]
    about_total: int | None
    as_of: datetime


def _key(kind: str, query: CallQuery) -> str:
    """Numbers and names in a filter stay out of the keys of Redis."""
    return f"{kind}:{hashlib.sha256(query.to_querystring().encode()).hexdigest()}"


def _kept(kind: str, query: CallQuery) -> _Found | None:
    kept = shared.recall(_key(kind, query))
    return kept if isinstance(kept, _Found) else None


def _read_log(query: CallQuery) -> _Found:
    frozen = replace(query, until=query.until or timezone.now())

    def fetch(callfire: CallFire, limit: int, offset: int) -> Page[Call]:
        return callfire.calls.find(**frozen.filters(), limit=limit, offset=offset)

    found = _read("calls", query, fetch, frozen)
    shared.remember(_key("order", frozen), _order_of(found), _ORDER_SECONDS)
    return found


def _read(
    kind: str, query: CallQuery, fetch: Callable[[CallFire, int, int], Page[Call]], frozen: CallQuery
) -> _Found:
    """One call more than the page shows tells whether another page follows, whatever the total claims."""
    now = timezone.now()
    calls: list[Call] = []
    about = None
    while len(calls) <= query.size:
        asked = query.size + 1 - len(calls)
        with health.quickly() as callfire:
            found = fetch(callfire, asked, query.offset + len(calls))
        calls += found.items
        about = found.total_count
        if not found.items or len(found.items) < min(asked, found.limit or asked):
            break
    fresh = _Found(frozen, tuple(calls), about, now)
    shared.remember(_key(kind, query), fresh, _FRESH_SECONDS)
    return fresh


def _shown(found: _Found, numbers: Numbers) -> CallPage:
    query = found.query
    sent = found.calls[: query.size]
    fitting = [call for call in sent if matches(query, call)]
    return CallPage(
        query=query,
        rows=rows_of(fitting, numbers),
        has_next=len(found.calls) > query.size,
        about_total=found.about_total,
        dropped=len(sent) - len(fitting),
        as_of=found.as_of,
    )
