"""Single calls, wherever they came from: `/calls`."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TypedDict, Unpack

from callfire_api.audio import AudioStream
from callfire_api.drafts import CallRecipient
from callfire_api.models import Call, Recording
from callfire_api.pagination import (
    DEFAULT_LIMIT,
    DEFAULT_MAX_PAGES,
    Page,
    check_limit,
    read_items,
    read_page,
    walk,
)
from callfire_api.resources.base import Resource, path_segment
from callfire_api.wire import comma_separated, query, read

MOST_RECIPIENTS_TO_SEND = 10


class CallFilters(TypedDict, total=False):
    """What `Calls.find` and `Calls.iterate` can narrow a list by."""

    ids: Sequence[int]
    campaign_id: int | None
    batch_id: int | None
    from_number: str | None
    to_number: str | None
    label: str | None
    states: Sequence[str]
    results: Sequence[str]
    inbound: bool | None
    interval_begin: datetime | None
    interval_end: datetime | None
    fields: str | None


class Calls(Resource):
    """Operations on calls."""

    def find(
        self,
        *,
        ids: Sequence[int] = (),
        campaign_id: int | None = None,
        batch_id: int | None = None,
        from_number: str | None = None,
        to_number: str | None = None,
        label: str | None = None,
        states: Sequence[str] = (),
        results: Sequence[str] = (),
        inbound: bool | None = None,
        interval_begin: datetime | None = None,
        interval_end: datetime | None = None,
        fields: str | None = None,
        limit: int = DEFAULT_LIMIT,
        offset: int = 0,
    ) -> Page[Call]:
        """One page of calls, newest first as far as samples show.

        Args:
            ids: these calls; CallFire may then ignore the other filters.
            campaign_id: of this broadcast; 0 means calls sent by `send` without one (per the OpenAPI).
            batch_id: of this batch.
            from_number: from this number, 11 digits.
            to_number: to this number, 11 digits.
            label: carries this label.
            states: is in one of these states.
            results: had one of these results. CallFire's documents disagree on the words: check what comes
                back.
            inbound: somebody called us, or we called somebody.
            interval_begin: the start of a time interval; by which of a call's times is not documented.
            interval_end: the end of that interval. Freeze it for a long walk: new calls shift the pages.
            fields: which properties to send, e.g. `limit,offset,totalCount,items(id,state)`.
            limit: how many, from 1 to 1000.
            offset: how many to skip.
        """
        parameters = query(
            id=list(ids),
            campaign_id=campaign_id,
            batch_id=batch_id,
            from_number=from_number,
            to_number=to_number,
            label=label,
            states=comma_separated(states),
            results=comma_separated(results),
            inbound=inbound,
            interval_begin=interval_begin,
            interval_end=interval_end,
            fields=fields,
            limit=check_limit(limit),
            offset=offset,
        )
        return read_page(Call, self._transport.read("/calls", parameters))

    def iterate(
        self,
        *,
        page_size: int = DEFAULT_LIMIT,
        max_pages: int = DEFAULT_MAX_PAGES,
        **filters: Unpack[CallFilters],
    ) -> Iterator[Call]:
        """Every call that `find` can reach, once."""
        fetch = partial(self.find, **filters)
        return walk(
            lambda limit, offset: fetch(limit=limit, offset=offset), page_size=page_size, max_pages=max_pages
        )

    def send(
        self,
        recipients: Sequence[CallRecipient],
        *,
        campaign_id: int | None = None,
        default_live_message: str | None = None,
        default_machine_message: str | None = None,
        default_live_message_sound_id: int | None = None,
        default_machine_message_sound_id: int | None = None,
        default_voice: str | None = None,
        fields: str | None = None,
        strict_validation: bool | None = None,
    ) -> list[Call]:
        """Call up to ten people (per the OpenAPI) at once and return their calls.

        Args:
            recipients: whom to call, and what each is to hear.
            campaign_id: the broadcast whose settings to use and under which to file the calls.
            default_live_message: text for people whose recipient has none of their own.
            default_machine_message: text for answering machines, likewise.
            default_live_message_sound_id: a sound instead of the text for people.
            default_machine_message_sound_id: a sound instead of the text for machines.
            default_voice: who reads the texts; see `Voice`.
            fields: which properties to send back, e.g. `items(id,state)`.
            strict_validation: refuse everything when one recipient is bad, instead of marking that one
                INVALID.

        Raises:
            ValueError: there is nobody to call, or more than ten.
            OutcomeUnknown: people may have been called; look for their calls before calling again.
        """
        if not 1 <= len(recipients) <= MOST_RECIPIENTS_TO_SEND:
            raise ValueError(
                f"CallFire calls 1 to {MOST_RECIPIENTS_TO_SEND} people at a time, not {len(recipients)}."
            )
        parameters = query(
            campaign_id=campaign_id,
            default_live_message=default_live_message,
            default_machine_message=default_machine_message,
            default_live_message_sound_id=default_live_message_sound_id,
            default_machine_message_sound_id=default_machine_message_sound_id,
            default_voice=default_voice,
            fields=fields,
            strict_validation=strict_validation,
        )
        body = [recipient.to_wire() for recipient in recipients]
        answer = self._transport.write_and_read("POST", "/calls", parameters, body)
        return list(read_items(Call, answer))

    def get(self, id: int, *, fields: str | None = None) -> Call:
        """One call."""
        return read(Call, self._transport.read(f"/calls/{id:d}", query(fields=fields)))

    def recordings(self, call_id: int, *, fields: str | None = None) -> list[Recording]:
        """What was recorded of a call; most calls have nothing."""
        answer = self._transport.read(f"/calls/{call_id:d}/recordings", query(fields=fields))
        return list(read_items(Recording, answer))

    def recording_by_name(self, call_id: int, name: str, *, fields: str | None = None) -> Recording:
        """The recording that a script gave this name during a call."""
        return read(Recording, self._transport.read(_recording_path(call_id, name), query(fields=fields)))

    def open_recording_by_name(self, call_id: int, name: str) -> AudioStream:
        """The audio of that recording, to be used in a `with` block."""
        return self._transport.open_audio(_recording_path(call_id, name) + ".mp3")


def _recording_path(call_id: int, name: str) -> str:
    return f"/calls/{call_id:d}/recordings/{path_segment(name)}"
