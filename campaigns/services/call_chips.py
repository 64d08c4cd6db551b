"""The filters of the call log that are on, in words, each with the address of the log without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from campaigns.labels import CALL_RESULTS, CALL_STATES, call_result, call_state_badge, in_a_row
from campaigns.models import BroadcastSnapshot
from campaigns.services.call_log import PERIODS, QUICK_CALLS, CallQuery
from campaigns.services.masking import Numbers

_MOST_OFFERED: Final = 200
_IDS_TOLD: Final = 5


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in words, and the part of an address after the ``?`` that takes it off, or puts it on."""

    name: str
    value: str
    query: str


def chips(query: CallQuery, numbers: Numbers) -> list[Chip]:
    """The filters of the query that are on, in the order of the form."""
    return list(_chips(query, numbers))


def broadcast_name(broadcast_id: int) -> str:
    """What a broadcast is called: its name with its id, or the id alone when we never saw it."""
    if broadcast_id == QUICK_CALLS:
        return "Quick calls"
    seen = BroadcastSnapshot.objects.filter(pk=broadcast_id).first()
    return f"{seen.name} (ID {broadcast_id})" if seen is not None and seen.name else str(broadcast_id)


def newest_broadcasts() -> list[str]:
    """The names, with ids, of the broadcasts that changed last, to choose from."""
    newest = BroadcastSnapshot.objects.filter(gone_at=None).order_by("-last_modified", "-id")
    return ["Quick calls", *(f"{seen.name} (ID {seen.pk})" for seen in newest[:_MOST_OFFERED] if seen.name)]


def of_broadcast(broadcast_id: int) -> list[Chip]:
    """One filter for each result and state a call of the broadcast can have."""
    of_it = CallQuery(broadcast=broadcast_id)
    results = [
        Chip("Result", told.label, replace(of_it, results=(str(result),)).to_querystring())
        for result, told in CALL_RESULTS.items()
        if told.key not in {"other", "left"}
    ]
    states = [
        Chip("State", told.label, replace(of_it, states=(str(state),)).to_querystring())
        for state, told in CALL_STATES.items()
    ]
    return results + states


def _chips(query: CallQuery, numbers: Numbers) -> Iterator[Chip]:
    first_page = replace(query, until=None, offset=0)

    def chip(name: str, value: str, **off: Any) -> Chip:
        return Chip(name, value, replace(first_page, **off).to_querystring())

    if query.to_number:
        yield chip("To", numbers.show(query.to_number), to_number="")
    if query.broadcast is not None:
        yield chip("Broadcast", broadcast_name(query.broadcast), broadcast=None)
    if query.results:
        words = [call_result(result).label for result in query.results]
        yield chip("Result", in_a_row(words, "or"), results=())
    if query.states:
        words = [call_state_badge(state).label for state in query.states]
        yield chip("State", in_a_row(words, "or"), states=())
    if query.period:
        yield chip("Period", PERIODS[query.period], period="")
    if query.begin is not None:
        yield chip("From", _moment(query.begin, query.zone), begin=None)
    if query.end is not None:
        yield chip("Until", _moment(query.end, query.zone), end=None)
    if query.batch is not None:
        yield chip("Batch", str(query.batch), batch=None)
    if query.from_number:
        yield chip("Caller", numbers.show(query.from_number), from_number="")
    if query.inbound is not None:
        yield chip("Direction", "Inbound" if query.inbound else "Outbound", inbound=None)
    if query.label:
        yield chip("Label", query.label, label="")
    if query.ids:
        yield chip("IDs" if len(query.ids) > 1 else "ID", _some(query.ids), ids=())


def _some(ids: Sequence[int]) -> str:
    """The first of them, and how many more there are."""
    told = ", ".join(map(str, ids[:_IDS_TOLD]))
    return f"{told} and {len(ids) - _IDS_TOLD} more" if len(ids) > _IDS_TOLD else told


def _moment(moment: datetime, zone: str) -> str:
    """Nov 23, 09:00 in the zone in which it was written, which is named when it is not the reader's.

    Seconds are told where there are some, and the year when it is another one.
    """
    local = moment.astimezone(ZoneInfo(zone))
    foreign = f" {local:%Z}" if zone != timezone.get_current_timezone_name() else ""
    year = "" if local.year == timezone.localdate().year else f", {local.year}"
    time = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{local:%b} {local.day}{year}, {time}{foreign}"
