"""Calls as rows of a list: of each the last try, what came of it, and numbers as the reader may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from callfire_api import Call, CallRecord, CallResult, Recording, is_plausible
from campaigns.labels import Badge, Outcome, call_result, call_state_badge, recording_badge
from campaigns.models import BroadcastSnapshot
from campaigns.services.masking import Numbers, own_number, person_number


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One call as a row of a list; numbers are already as the reader may see them, lengths in seconds.

    ``has_broadcast_page`` tells whether Callboard knows the broadcast and CallFire still has it.
    """

    id: int | None
    at: datetime | None
    number: str
    own_number: str | None
    inbound: bool
    name: str
    state: Badge
    result: Outcome | None
    tries: int
    length: int | None
    credits: Decimal | None
    keys: tuple[str, ...]
    recording: Recording | None
    recording_badge: Badge | None
    broadcast_id: int | None
    broadcast_name: str
    has_broadcast_page: bool
    batch_id: int | None


def rows_of(calls: Sequence[Call], numbers: Numbers) -> tuple[CallRow, ...]:
    """The calls as rows of a list, in their order, for a reader who sees numbers like this."""
    seen = BroadcastSnapshot.objects.in_bulk({call.campaign_id for call in calls if call.campaign_id})
    return tuple(_row_of(call, numbers, seen.get(call.campaign_id or 0)) for call in calls)


def result_of(call: Call) -> str | None:
    """How the call went: its final result, or that of the last try."""
    last = last_try(call)
    return call.final_call_result or (last.result if last is not None else None)


def last_try(call: Call) -> CallRecord | None:
    """The last attempt; the second leg of a transfer is none."""
    return next((record for record in reversed(tries_of(call))), None)


def tries_of(call: Call) -> list[CallRecord]:
    """The attempts to reach the person, without the second legs of transfers."""
    return [record for record in call.records if record.result != CallResult.XFER_LEG]


def tried_at(call: Call) -> datetime | None:
    """When the person was last tried."""
    last = last_try(call)
    return (last.originate_time or last.answer_time or last.finish_time) if last is not None else None


def person_name(call: Call) -> str:
    """First and last name of the person, as far as the account knows."""
    contact = call.contact
    names = (contact.first_name, contact.last_name) if contact is not None else ()
    return " ".join(filter(None, map(given, names))).strip()


def given(text: str | None) -> str:
    """What CallFire tells; empty where it writes UNDEFINED because there is nothing."""
    return "" if text == "UNDEFINED" else text or ""


def _row_of(call: Call, numbers: Numbers, broadcast: BroadcastSnapshot | None) -> CallRow:
    last, result = last_try(call), result_of(call)
    billed = [record.billed_amount for record in call.records if record.billed_amount is not None]
    times = (tried_at(call), call.modified, call.created)
    recording = next((each for record in reversed(call.records) for each in record.recordings), None)
    return CallRow(
        id=call.id,
        at=next((time for time in times if is_plausible(time)), None),
        number=numbers.show(person_number(call)),
        own_number=own_number(call),
        inbound=bool(call.inbound),
        name=numbers.text(person_name(call)),
        state=call_state_badge(call.state),
        result=call_result(result) if result else None,
        tries=len(tries_of(call)),
        length=last.duration if last is not None else None,
        credits=sum(billed, Decimal(0)) if billed else None,
        keys=tuple(
            numbers.text(said.response)
            for record in call.records
            for said in record.question_responses
            if said.response
        ),
        recording=recording,
        recording_badge=recording_badge(recording.state) if recording is not None else None,
        broadcast_id=call.campaign_id,
        broadcast_name=broadcast.name if broadcast is not None else "",
        has_broadcast_page=broadcast is not None and broadcast.gone_at is None,
        batch_id=call.batch_id,
    )
