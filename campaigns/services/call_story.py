"""One call from the beginning: how its person came in, every try, what was said, and why it stands so.

Read from CallFire for each look and kept nowhere. Numbers come out as the reader may see them. Times that
cannot be true are left out, and no length is reckoned from two of them: CallFire's clocks disagree.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from callfire_api import (
    Call,
    CallFireError,
    CallRecord,
    CallResult,
    CallState,
    Note,
    Recording,
    UnreadableAnswer,
    is_plausible,
)
from campaigns.labels import Badge, Outcome, call_result, call_state_badge, call_why, shown_labels
from campaigns.models import BroadcastSnapshot
from campaigns.services import arrival, health, windows
from campaigns.services.arrival import Arrival
from campaigns.services.call_rows import given, person_name, result_of, tries_of
from campaigns.services.masking import Numbers, own_number, person_number
from campaigns.services.pasted import CLIENT_REF
from campaigns.services.recordings import Playable, playable
from campaigns.services.windows import Window

REVEAL: Final = "reveal number"
# Addresses of CallFire's stay with us: whoever has one may need no password for it.
_KEPT_BACK: Final = frozenset({"mp3Url"})
_PHONES: Final = {
    "home_phone": "Home",
    "work_phone": "Work",
    "mobile_phone": "Mobile",
    "extra_phone1": "Another",
    "extra_phone2": "Another",
    "extra_phone3": "Another",
}
# What stands below these is about people, whatever its type; other numbers are ids, times and amounts.
_OF_PEOPLE: Final = frozenset(
    {"fromNumber", "toNumber", "attributes", "properties", "homePhone", "workPhone", "mobilePhone"}
    | {f"extraPhone{place}" for place in (1, 2, 3)}
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One term and what it is."""

    term: str
    text: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A note somebody wrote; ``at`` is None where CallFire tells no believable time."""

    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person pressed or said when a script asked."""

    question: str
    response: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One attempt, or the second leg of a transfer, which has no ``number``.

    Attributes:
        result: None while CallFire has not said how it went.
        seconds: as CallFire counts them; never reckoned here.
        to: whom this leg rang, when that is not the person of the call.
    """

    number: int | None
    result: Outcome | None
    started: datetime | None
    answered: datetime | None
    finished: datetime | None
    seconds: int | None
    credits: Decimal | None
    to: str
    caller_name: str
    labels: tuple[str, ...]
    notes: tuple[Written, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStory:
    """One call as a page tells it; texts and numbers are already as the reader may see them.

    Attributes:
        own_number: the account's own number, which everybody sees.
        why: what state and result together mean for this person.
        arrival: how the person was handed over, when one of our uploads did it.
        window: the clock of the person, as far as the area code tells it.
        gaps: what CallFire did not tell, a sentence each.
        has_broadcast_page: whether Callboard knows the broadcast and CallFire still has it.
        raw: CallFire's answer as indented JSON, without its addresses.
    """

    id: int
    number: str
    own_number: str | None
    inbound: bool
    is_agent: bool
    name: str
    state: Badge
    result: Outcome | None
    why: str
    is_over: bool
    created: datetime | None
    modified: datetime | None
    broadcast_id: int | None
    broadcast_name: str
    has_broadcast_page: bool
    batch_id: int | None
    arrival: Arrival | None
    tries: tuple[Try, ...]
    attempts: int
    credits: Decimal | None
    recordings: tuple[Playable, ...]
    person: tuple[Fact, ...]
    window: Window | None
    attributes: tuple[Fact, ...]
    labels: tuple[str, ...]
    notes: tuple[Written, ...]
    gaps: tuple[str, ...]
    at_callfire: tuple[Fact, ...]
    raw: str
    as_of: datetime


def read(call_id: int, numbers: Numbers, *, reveal: bool = False) -> CallStory:
    """The call as CallFire tells it now.

    Args:
        numbers: how the reader sees numbers of people.
        reveal: show the person's number whole, once, to a reader who does not see numbers.

    Raises:
        NotFound: CallFire does not know the call.
        CallFireError: CallFire did not say.
    """
    with health.quickly() as callfire:
        call = callfire.calls.get(call_id)
    if call.id != call_id:
        raise UnreadableAnswer(detail=f"asked for call {call_id}, got {call.id}")
    recordings, gaps = _recordings(call)
    number = person_number(call)
    state, result = call_state_badge(call.state), result_of(call)
    billed = [record.billed_amount for record in call.records if record.billed_amount is not None]
    broadcast = BroadcastSnapshot.objects.filter(pk=call.campaign_id or 0).first()
    return CallStory(
        id=call_id,
        number=(Numbers.of(whole=True) if reveal else numbers).show(number),
        own_number=own_number(call),
        inbound=bool(call.inbound),
        is_agent=bool(call.agent_call),
        name=numbers.text(person_name(call)),
        state=state,
        result=call_result(result) if result else None,
        why=call_why(call.state, result),
        is_over=call.state not in {CallState.READY, CallState.SELECTED, CallState.CALLBACK},
        created=_believed(call.created),
        modified=_believed(call.modified),
        broadcast_id=call.campaign_id or None,
        broadcast_name=broadcast.name if broadcast is not None else "",
        has_broadcast_page=broadcast is not None and broadcast.gone_at is None,
        batch_id=call.batch_id,
        arrival=arrival.of(call.batch_id, number),
        tries=_tries(call, numbers),
        attempts=len(tries_of(call)),
        credits=sum(billed, Decimal(0)) if billed else None,
        recordings=tuple(replace(each, name=numbers.text(each.name)) for each in map(playable, recordings)),
        person=_person(call, numbers),
        window=_window(number),
        attributes=tuple(
            Fact(numbers.text(name), numbers.text(given(value)), is_code=name == CLIENT_REF)
            for name, value in call.attributes.items()
        ),
        labels=tuple(map(numbers.text, shown_labels(call.labels))),
        notes=_notes(call.notes, numbers),
        gaps=(*gaps, *_gaps(call)),
        at_callfire=_at_callfire(call, recordings),
        raw=json.dumps(_shown(call.raw, numbers), indent=2, ensure_ascii=False, default=str),
        as_of=timezone.now(),
    )


def _recordings(call: Call) -> tuple[tuple[Recording, ...], list[str]]:
    """What was recorded; asked for by itself where the call came without the tries that would tell."""
    told = [each for record in call.records for each in record.recordings]
    if told or call.records or not call.final_call_result:
        return tuple(told), []
    try:
        with health.quickly() as callfire:
            return tuple(callfire.calls.recordings(call.id or 0)), []
    except CallFireError as error:
        return (), [f"Whether this call was recorded is not known. {error.user_message}"]


def _tries(call: Call, numbers: Numbers) -> tuple[Try, ...]:
    tries, count = [], 0
    for record in call.records:
        is_leg = record.result == CallResult.XFER_LEG
        count += not is_leg
        tries.append(_try(record, None if is_leg else count, call, numbers))
    return tuple(tries)


def _try(record: CallRecord, number: int | None, call: Call, numbers: Numbers) -> Try:
    rang = record.to_number
    return Try(
        number=number,
        result=call_result(record.result) if record.result else None,
        started=_believed(record.originate_time),
        answered=_believed(record.answer_time),
        finished=_believed(record.finish_time),
        seconds=max(record.duration, 0) if record.duration is not None else None,
        credits=record.billed_amount,
        to=numbers.show(rang) if rang and rang != call.to_number else "",
        caller_name=numbers.text(record.caller_name),
        labels=tuple(map(numbers.text, record.labels)),
        notes=_notes(record.notes, numbers),
        answers=tuple(
            Answer(numbers.text(said.question), numbers.text(said.response))
            for said in record.question_responses
        ),
    )


def _notes(notes: Sequence[Note], numbers: Numbers) -> tuple[Written, ...]:
    return tuple(Written(numbers.text(note.text), _believed(note.created)) for note in notes if note.text)


def _person(call: Call, numbers: Numbers) -> tuple[Fact, ...]:
    contact = call.contact
    if contact is None:
        return ()
    phones = [
        Fact(word, numbers.show(getattr(contact, name)))
        for name, word in _PHONES.items()
        if getattr(contact, name)
    ]
    others = [
        ("ZIP code", contact.zipcode),
        ("External ID", contact.external_id),
        ("From", contact.external_system),
        *contact.properties.items(),
    ]
    facts = [Fact(numbers.text(term), numbers.text(given(text))) for term, text in others if text]
    return (*phones, *facts)


def _window(number: str | None) -> Window | None:
    reach = windows.for_people([number or ""], None, now=timezone.now())
    return next((window for window in reach.windows if window.zones), None)


def _gaps(call: Call) -> Iterable[str]:
    times = [call.created, call.modified]
    for record in call.records:
        times += [record.originate_time, record.answer_time, record.finish_time]
    if any(time is not None and not is_plausible(time) for time in times):
        yield "CallFire sent times that cannot be true. They are shown as unknown."
    if call.final_call_result and not call.records:
        yield "CallFire told how the call went, but none of its tries."


def _at_callfire(call: Call, recordings: Sequence[Recording]) -> tuple[Fact, ...]:
    facts = [
        ("Call", call.id),
        ("Broadcast", call.campaign_id),
        ("Batch", call.batch_id),
        *(("Recording", recording.id) for recording in recordings),
        ("State", call.state),
        ("Result", call.final_call_result),
    ]
    return tuple(Fact(term, str(value), is_code=True) for term, value in facts if value is not None)


def _believed(moment: datetime | None) -> datetime | None:
    return moment if is_plausible(moment) else None


def _shown(answer: Any, numbers: Numbers, *, of_people: bool = False) -> Any:
    """The answer without addresses of CallFire's, and with numbers of people as the reader may see them."""
    match answer:
        case Mapping():
            return {
                numbers.text(key): _shown(part, numbers, of_people=of_people or key in _OF_PEOPLE)
                for key, part in answer.items()
                if key not in _KEPT_BACK
            }
        case list() | tuple():
            return [_shown(part, numbers, of_people=of_people) for part in answer]
        case str():
            return numbers.text(answer)
        case _:
            masked = numbers.text(str(answer))
            return masked if of_people and masked != str(answer) else answer
