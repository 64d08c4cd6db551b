"""Voice broadcasts, their batches, their calls and their figures: `/calls/broadcasts`."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TypedDict, Unpack

from callfire_api.drafts import BatchDraft, BroadcastDraft, Recipient
from callfire_api.models import Batch, Broadcast, BroadcastStats, Call
from callfire_api.pagination import (
    DEFAULT_LIMIT,
    DEFAULT_MAX_PAGES,
    Page,
    check_limit,
    read_items,
    read_page,
    walk,
)
from callfire_api.resources.base import Resource
from callfire_api.wire import query, read


class BroadcastFilters(TypedDict, total=False):
    """What `Broadcasts.find` and `Broadcasts.iterate` can narrow a list by."""

    label: str | None
    name: str | None
    running: bool | None
    scheduled: bool | None
    interval_begin: datetime | None
    interval_end: datetime | None
    fields: str | None


class Broadcasts(Resource):
    """Operations on voice broadcasts. A broadcast's id is the `campaign_id` of its calls."""

    def find(
        self,
        *,
        label: str | None = None,
        name: str | None = None,
        running: bool | None = None,
        scheduled: bool | None = None,
        interval_begin: datetime | None = None,
        interval_end: datetime | None = None,
        fields: str | None = None,
        limit: int = DEFAULT_LIMIT,
        offset: int = 0,
    ) -> Page[Broadcast]:
        """One page of broadcasts, in no documented order and without archived ones (per the OpenAPI).

        Args:
            label: carries this label.
            name: has this in its name (a partial match, it appears).
            running: is running now, or is not.
            scheduled: has a schedule, or has not.
            interval_begin: the start of a time interval; by which of a broadcast's times is not documented.
            interval_end: the end of that interval.
            fields: which properties to send, e.g. `limit,offset,totalCount,items(id,name,status)`.
            limit: how many, from 1 to 1000.
            offset: how many to skip.
        """
        parameters = query(
            label=label,
            name=name,
            running=running,
            scheduled=scheduled,
            interval_begin=interval_begin,
            interval_end=interval_end,
            fields=fields,
            limit=check_limit(limit),
            offset=offset,
        )
        return read_page(Broadcast, self._transport.read("/calls/broadcasts", parameters))

    def iterate(
        self,
        *,
        page_size: int = DEFAULT_LIMIT,
        max_pages: int = DEFAULT_MAX_PAGES,
        **filters: Unpack[BroadcastFilters],
    ) -> Iterator[Broadcast]:
        """Every broadcast that `find` can reach, once."""
        fetch = partial(self.find, **filters)
        return walk(
            lambda limit, offset: fetch(limit=limit, offset=offset), page_size=page_size, max_pages=max_pages
        )

    def get(self, id: int, *, fields: str | None = None) -> Broadcast:
        """One broadcast, archived or not. Its recipients are not part of it (SDK's tests)."""
        return read(Broadcast, self._transport.read(_path(id), query(fields=fields)))

    def create(
        self, draft: BroadcastDraft, *, start: bool | None = None, strict_validation: bool | None = None
    ) -> int:
        """Create a broadcast and return its id. Without `start` it is STOPPED (SDK's tests).

        Args:
            draft: what it is to be; CallFire's guides ask for no more than a name.
            start: start it at once. Creating and starting apart is safer: whether the broadcast survives a
                start that is refused is not documented.
            strict_validation: refuse everything when one recipient is bad, instead of marking that one
                INVALID.

        Raises:
            OutcomeUnknown: it may exist; look for its name before creating it again.
        """
        parameters = query(start=start, strict_validation=strict_validation)
        return self._transport.create("/calls/broadcasts", parameters, draft.to_wire())

    def update(self, id: int, draft: BroadcastDraft, *, strict_validation: bool | None = None) -> None:
        """Change a broadcast to `draft`, best made by `BroadcastDraft.from_broadcast`.

        What a broadcast takes over while it runs is not documented: read it again and compare.
        """
        parameters = query(strict_validation=strict_validation)
        self._transport.write("PUT", _path(id), parameters, draft.to_wire())

    def start(self, id: int) -> None:
        """Start dialling. Read the status afterwards: the OpenAPI has VALIDATING_START and START_PENDING."""
        self._transport.write("POST", _path(id, "/start"))

    def stop(self, id: int) -> None:
        """Stop dialling, ahead of everything that waits for the pace.

        Calls under way are not cut (help centre).
        """
        self._transport.write("POST", _path(id, "/stop"), urgent=True)

    def archive(self, id: int) -> None:
        """Put a broadcast away for good: the OpenAPI has no way back. Stop it first, like the SDK's tests."""
        self._transport.write("POST", _path(id, "/archive"))

    def stats(
        self,
        id: int,
        *,
        begin: datetime | None = None,
        end: datetime | None = None,
        fields: str | None = None,
    ) -> BroadcastStats:
        """A broadcast's counters, of the interval from `begin` to `end` or of all time."""
        parameters = query(begin=begin, end=end, fields=fields)
        return read(BroadcastStats, self._transport.read(_path(id, "/stats"), parameters))

    def find_batches(
        self, id: int, *, fields: str | None = None, limit: int = DEFAULT_LIMIT, offset: int = 0
    ) -> Page[Batch]:
        """One page of a broadcast's batches."""
        parameters = query(fields=fields, limit=check_limit(limit), offset=offset)
        return read_page(Batch, self._transport.read(_path(id, "/batches"), parameters))

    def iterate_batches(
        self,
        id: int,
        *,
        fields: str | None = None,
        page_size: int = DEFAULT_LIMIT,
        max_pages: int = DEFAULT_MAX_PAGES,
    ) -> Iterator[Batch]:
        """Every batch of a broadcast, once."""
        return walk(
            lambda limit, offset: self.find_batches(id, fields=fields, limit=limit, offset=offset),
            page_size=page_size,
            max_pages=max_pages,
        )

    def add_batch(self, id: int, draft: BatchDraft, *, strict_validation: bool | None = None) -> int:
        """Add people who are validated first (per the OpenAPI), and return the batch's id.

        Raises:
            OutcomeUnknown: the batch may exist; look for its name among the broadcast's batches before
                sending again.
        """
        parameters = query(strict_validation=strict_validation)
        return self._transport.create(_path(id, "/batches"), parameters, draft.to_wire())

    def find_calls(
        self,
        id: int,
        *,
        batch_id: int | None = None,
        fields: str | None = None,
        limit: int = DEFAULT_LIMIT,
        offset: int = 0,
    ) -> Page[Call]:
        """One page of a broadcast's calls, of one batch if given. `Calls.find` filters by more."""
        parameters = query(batch_id=batch_id, fields=fields, limit=check_limit(limit), offset=offset)
        return read_page(Call, self._transport.read(_path(id, "/calls"), parameters))

    def iterate_calls(
        self,
        id: int,
        *,
        batch_id: int | None = None,
        fields: str | None = None,
        page_size: int = DEFAULT_LIMIT,
        max_pages: int = DEFAULT_MAX_PAGES,
    ) -> Iterator[Call]:
        """Every call of a broadcast, once."""
        return walk(
            lambda limit, offset: self.find_calls(
                id, batch_id=batch_id, fields=fields, limit=limit, offset=offset
            ),
            page_size=page_size,
            max_pages=max_pages,
        )

    def add_recipients(
        self,
        id: int,
        recipients: Sequence[Recipient],
        *,
        fields: str | None = None,
        strict_validation: bool | None = None,
    ) -> list[Call]:
        """Add people without validation and return their calls.

        A running broadcast dials them at once (per the OpenAPI).

        Raises:
            OutcomeUnknown: they may have been added; look among the broadcast's calls before sending again.
        """
        parameters = query(fields=fields, strict_validation=strict_validation)
        body = [recipient.to_wire() for recipient in recipients]
        answer = self._transport.write_and_read("POST", _path(id, "/recipients"), parameters, body)
        return list(read_items(Call, answer))

    def toggle_recipients(self, id: int, recipients: Sequence[Recipient], *, enable: bool) -> None:
        """Hold people back who were not dialled yet, or let them be dialled again (per the OpenAPI)."""
        body = [recipient.to_wire() for recipient in recipients]
        self._transport.write("POST", _path(id, "/toggleRecipientsStatus"), query(enable=enable), body)


def _path(broadcast_id: int, rest: str = "") -> str:
    return f"/calls/broadcasts/{broadcast_id:d}{rest}"
