"""A few people, added to a broadcast by hand.

The intent is written down before anything is sent, the list is sent once, and an answer that is lost is
looked up: everybody carries an attribute that names the intent. What we keep are digests and counts, never
numbers.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.shortcuts import get_object_or_404
from django.utils import timezone

from callfire_api import BadRequest, Call, CallFire, CallFireError, CallState, NotSent
from campaigns.gateway import get_callfire, get_callfire_for_sending, get_callfire_quickly
from campaigns.labels import call_state_badge, in_a_row, not_sent
from campaigns.models import AuditEvent, User
from campaigns.services import audit, handed_over, numbers
from campaigns.services.pasted import CLIENT_REF, Person
from campaigns.services.people import ADD, SWITCH, Standing

Outcome = AuditEvent.Outcome

# How long an uncertain list is looked up before its absence at CallFire counts as proof.
LOOK_UP: Final = timedelta(minutes=2)
# Whether CallFire's interval is about creation or change is not documented, and its clock is not ours.
MARGIN: Final = timedelta(minutes=30)
# A list that nobody sent in time is given up: its numbers are not kept, so nobody else can send it.
STALE_INTENT: Final = timedelta(seconds=60)

_PAGE_WAITS_SECONDS: Final = 5.0
_WORKER_WAITS_SECONDS: Final = 60.0
# CallFire documents no largest page, and may cut a large one without saying so: whoever is found there is
# found, but whoever is not is looked for once more in usual pages before that counts as proof.
_LARGE_PAGE: Final = 1000
_USUAL_PAGE: Final = 100
_LEFT_OUT: Final = frozenset(
    {
        CallState.INVALID,
        CallState.DUP,
        CallState.DNC,
        CallState.PERIOD_LIMIT,
        CallState.RESTRICTED_NUMBER,
        CallState.SKIPPED,
    }
)


@dataclass(frozen=True, slots=True)
class Added:
    """What came of sending a list; ``error`` is why nobody was added, in CallFire's own words."""

    event: AuditEvent
    error: CallFireError | None = None


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One person of the list at CallFire: the state when it was added, and the call as it is now, if read."""

    position: int
    state: str
    call: Call | None


def add(
    people: Sequence[Person],
    *,
    to: Standing,
    strict: bool,
    by: User,
    token: uuid.UUID,
    request_id: str,
) -> Added:
    """Hand these people to CallFire, once; the same token again sends nothing.

    Args:
        to: the broadcast as it was read for this request.
        strict: let CallFire refuse the whole list when it finds one number bad.

    Outcomes: done; pending (CallFire took the list and has yet to show everybody); unknown (sent, no answer);
    refused (CallFire said no); failed (nothing was sent).
    """
    event, is_new = audit.intend(
        action=ADD,
        by=by,
        object_kind=audit.BROADCAST,
        object_id=to.snapshot.pk,
        object_name=to.snapshot.name,
        token=token,
        request_id=request_id,
        detail={
            "people": len(people),
            "digests": list(handed_over.digests(int(person.number) for person in people)),
            "strict": strict,
            "status_before": to.snapshot.status,
            "said_when": to.when,
        },
    )
    if not is_new or not audit.claim_try(event):
        return Added(event)
    return _send_once(event, people, strict=strict)


def get(broadcast_id: int, token: uuid.UUID) -> AuditEvent:
    """The event by which people were added or switched under this token.

    Raises:
        Http404: there is none.
    """
    return get_object_or_404(AuditEvent, token=token, action__in=(ADD, SWITCH), object_id=broadcast_id)


def follow_up(event: AuditEvent) -> AuditEvent:
    """Look up what became of a list that is not settled; never sends anything."""
    if event.tried_at is None:
        if timezone.now() - event.at <= STALE_INTENT:
            return event
        return audit.settle(event, Outcome.FAILED, "Callboard did not get to it in time. Nothing was sent.")
    if not _is_due(event):
        return event
    is_last = timezone.now() - event.tried_at > LOOK_UP
    look_up = partial(_look_up, event, get_callfire(), within_seconds=_WORKER_WAITS_SECONDS)
    try:
        found, is_whole = look_up()
        if is_last and is_whole and len(found) < _count(event):
            found, is_whole = look_up(page_size=_USUAL_PAGE)
    except CallFireError:
        return event
    if len(found) == _count(event):
        return _done(event, found)
    if not is_whole or not is_last:
        outcome = Outcome(event.outcome)
        return audit.settle(event, outcome, event.sentence, looked_at=timezone.now().isoformat())
    if found:
        return _done(event, found)
    return audit.settle(
        event,
        Outcome.FAILED,
        f"It did not arrive: {_none_of(_count(event))} at CallFire. Add them again if you still want to.",
    )


def result(event: AuditEvent) -> Sequence[ResultRow]:
    """Everybody of the list whom CallFire showed us, as they are now if CallFire says."""
    kept: list[tuple[int, int, str]] = event.detail.get("calls", [])
    try:
        now = calls_by_id([call_id for _, call_id, _ in kept])
    except CallFireError:
        now = {}
    return [ResultRow(position, state, now.get(call_id)) for position, call_id, state in kept]


def calls_by_id(ids: Sequence[int]) -> dict[int, Call]:
    """These calls as CallFire says now.

    Raises:
        CallFireError: CallFire did not say.
    """
    if not ids:
        return {}
    page = get_callfire_quickly().calls.find(ids=ids, limit=len(ids))
    return {call.id: call for call in page.items if call.id is not None and call.id in ids}


def _send_once(event: AuditEvent, people: Sequence[Person], *, strict: bool) -> Added:
    reference = _reference(event)
    recipients = [
        person.to_recipient(**{CLIENT_REF: f"{reference}-{position}"})
        for position, person in enumerate(people, 1)
    ]
    try:
        calls = get_callfire_for_sending().broadcasts.add_recipients(
            _broadcast_id(event), recipients, strict_validation=strict
        )
    except NotSent as error:
        return Added(audit.settle(event, Outcome.FAILED, not_sent(error)), error)
    except CallFireError as error:
        return _after_trouble(event, error)
    return Added(_answered(event, calls, people))


def _answered(event: AuditEvent, calls: Sequence[Call], people: Sequence[Person]) -> AuditEvent:
    """CallFire took the list: settled when it shows everybody, else the others are looked up."""
    found = _mine(event, calls)
    by_number = {person.number: position for position, person in enumerate(people, 1)}
    for call in calls:
        position = by_number.get(call.to_number or "")
        if call.id is not None and position is not None:
            found.setdefault(position, call)
    if len(found) == len(people):
        return _done(event, found)
    shown = f"has shown {len(found)} of {len(people)} people. We look for the others."
    if len(people) == 1:
        shown = "has yet to show the person. We look again."
    return audit.settle(event, Outcome.PENDING, f"CallFire took the list and {shown}")


def _after_trouble(event: AuditEvent, error: CallFireError) -> Added:
    """CallFire refused the list, or the answer was lost: look whether anybody arrived all the same.

    That a refusal adds nobody is implied by CallFire's documents and shown by nobody.
    """
    try:
        found, _ = _look_up(event, get_callfire_quickly(), within_seconds=_PAGE_WAITS_SECONDS)
    except CallFireError:
        found = {}
    if len(found) == _count(event):
        return Added(_done(event, found))
    said = numbers.masked(error.user_message)
    if error.may_have_applied or (found and isinstance(error, BadRequest)):
        sentence = (
            f"{said} {_everybody_of(_count(event))} may have been added. Nothing is sent twice: "
            "we look for them and say here what became of it."
        )
        return Added(audit.settle(event, Outcome.UNKNOWN, sentence))
    return Added(audit.settle(event, Outcome.REFUSED, said), error)


def _look_up(
    event: AuditEvent, callfire: CallFire, *, within_seconds: float, page_size: int = _LARGE_PAGE
) -> tuple[dict[int, Call], bool]:
    """The people of the list who are at CallFire, by position, and whether everything was looked through.

    Not by their numbers, which would be part of an address and so of the logs of whatever lies between.
    """
    tried_at: datetime = event.tried_at or event.at
    deadline = time.monotonic() + within_seconds
    found: dict[int, Call] = {}
    calls = callfire.calls.iterate(
        campaign_id=_broadcast_id(event), interval_begin=tried_at - MARGIN, page_size=page_size
    )
    for call in calls:
        found |= _mine(event, [call])
        if len(found) == _count(event):
            return found, True
        if time.monotonic() > deadline:
            return found, False
    return found, True


def _mine(event: AuditEvent, calls: Iterable[Call]) -> dict[int, Call]:
    """Those of the calls that carry the reference of this list, by their position in it."""
    found = {}
    for call in calls:
        reference, _, position = str(call.attributes.get(CLIENT_REF, "")).rpartition("-")
        if call.id is not None and reference == _reference(event) and position.isdecimal():
            found[int(position)] = call
    return found


def _done(event: AuditEvent, found: Mapping[int, Call]) -> AuditEvent:
    rows = [[position, call.id, str(call.state or "")] for position, call in sorted(found.items())]
    states = Counter(call.state for call in found.values() if call.state in _LEFT_OUT)
    sentences = [f"{_people(len(found))} at CallFire."]
    if len(found) < _count(event):
        sentences = [f"{len(found)} of {_people(_count(event))} at CallFire; the others did not arrive."]
    if states:
        reasons = [f"{number} {call_state_badge(state).label.lower()}" for state, number in states.items()]
        sentences.append(f"Not to be called: {in_a_row(reasons, 'and')}.")
    return audit.settle(
        event, Outcome.DONE, " ".join(sentences), calls=rows, missing=_count(event) - len(found)
    )


def _people(number: int) -> str:
    return "1 person is" if number == 1 else f"{number} people are"


def _everybody_of(number: int) -> str:
    return "The person" if number == 1 else f"The {number} people"


def _none_of(number: int) -> str:
    return "the person is not" if number == 1 else f"none of the {number} people is"


def _is_due(event: AuditEvent) -> bool:
    """Look often at first, then ever more rarely: each time after a fifth of the age."""
    looked_at: Any = event.detail.get("looked_at")
    if looked_at is None or event.tried_at is None:
        return True
    last = datetime.fromisoformat(looked_at)
    return timezone.now() - last >= (last - event.tried_at) / 5


def _reference(event: AuditEvent) -> str:
    return event.token.hex[:12]


def _count(event: AuditEvent) -> int:
    return int(event.detail["people"])


def _broadcast_id(event: AuditEvent) -> int:
    if event.object_id is None:
        raise ValueError(f"Event {event.pk} names no broadcast.")
    return event.object_id
