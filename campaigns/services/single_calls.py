"""One call to one person of ours: sent once, looked up when the answer is lost, watched until it is over.

CallFire places it at once and may place it although its answer never came, so the event that intends it is
written down first, and the call carries an attribute that names the event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.utils import timezone

from callfire_api import Call, CallFireError, CallRecipient, CallState, NotSent
from campaigns.gateway import get_callfire, get_callfire_for_sending
from campaigns.labels import call_result, call_state_badge
from campaigns.models import AuditEvent, OwnNumber, User
from campaigns.services import audit, numbers
from campaigns.services.pasted import CLIENT_REF

Outcome = AuditEvent.Outcome

# How long a doubtful call is looked up before its absence at CallFire counts as proof.
LOOK_UP: Final = timedelta(minutes=2)
# How long a call is watched before we say that CallFire did not tell how it ended.
WATCH: Final = timedelta(minutes=15)
# A call that nobody placed in time is not placed late, when nobody expects it any more.
STALE_INTENT: Final = timedelta(seconds=60)
# Whether CallFire's interval is about creation or change is not documented, and its clock is not ours.
MARGIN: Final = timedelta(minutes=30)
_NOT_YET: Final = {
    CallState.READY: "CallFire took the call. The phone rings in a moment.",
    CallState.SELECTED: "The call is on the line.",
    CallState.CALLBACK: "CallFire means to try the call again.",
}


def placed_within_an_hour(action: str, *, by: User | None, before: AuditEvent | None = None) -> int:
    """How many calls of this kind the person had placed in the last hour, refused ones left out.

    Args:
        before: count only what was asked for before this event; of two at the same moment one is the first.
    """
    placed = AuditEvent.objects.filter(
        action=action, by=by, at__gt=timezone.now() - timedelta(hours=1), detail__has_key="own_number"
    ).exclude(outcome__in=(Outcome.REFUSED, Outcome.FAILED))
    return placed.filter(pk__lt=before.pk).count() if before is not None else placed.count()


def send_once(event: AuditEvent, recipient: CallRecipient) -> AuditEvent:
    """Have CallFire place the call that the event intends; the caller has claimed the try.

    Outcomes: pending (CallFire took it; it is watched from here on), unknown (sent, no answer), refused
    (CallFire does not place it), failed (nothing was sent).
    """
    named = replace(recipient, attributes={CLIENT_REF: _reference(event)})
    try:
        calls = get_callfire_for_sending().calls.send([named], strict_validation=True)
    except NotSent as error:
        return audit.settle(event, Outcome.FAILED, f"{error.user_message} Nobody was called.")
    except CallFireError as error:
        said = numbers.masked(error.user_message)
        if not error.may_have_applied:
            return audit.settle(event, Outcome.REFUSED, said)
        return audit.settle(
            event,
            Outcome.UNKNOWN,
            f"{said} The phone may ring all the same. Nothing is sent twice: we look the call up.",
        )
    placed = next((call for call in calls if call.id is not None), None)
    if placed is None:
        return audit.settle(event, Outcome.PENDING, "CallFire took the call. We look for it.")
    return _told(event, placed)


def follow_up(event: AuditEvent) -> AuditEvent:
    """Look up what became of a call that is not settled; never calls anybody."""
    if event.tried_at is None:
        if timezone.now() - event.at <= STALE_INTENT:
            return event
        return audit.settle(event, Outcome.FAILED, "Callboard did not get to it in time. Nobody was called.")
    age = timezone.now() - event.tried_at
    if "call_id" in event.detail:
        return _read(event, lambda: get_callfire().calls.get(event.detail["call_id"]), age)
    try:
        found = _find(event)
    except CallFireError:
        return event
    if found is not None:
        return _told(event, found)
    if age <= LOOK_UP:
        return event
    return audit.settle(event, Outcome.FAILED, "It did not arrive: CallFire has no such call.")


def _read(event: AuditEvent, read: Callable[[], Call], age: timedelta) -> AuditEvent:
    try:
        told = _told(event, read())
    except CallFireError:
        told = event
    if told.settled_at is None and age > WATCH:
        return audit.settle(
            event, Outcome.DONE, "CallFire took the call and did not say within 15 minutes how it went."
        )
    return told


def _told(event: AuditEvent, call: Call) -> AuditEvent:
    """The event with what CallFire says of its call."""
    state = CallState(call.state or "")
    result = str(call.final_call_result or _last_result(call) or "")
    detail = {"call_id": call.id, "state": str(state), "result": result}
    if state in _NOT_YET or not state.is_known:
        sentence = _NOT_YET.get(state, "CallFire took the call.")
        return audit.settle(event, Outcome.PENDING, sentence, **detail)
    if state == CallState.FINISHED:
        told = call_result(result)
        return audit.settle(event, Outcome.DONE, f"{told.label}. {told.meaning}", **detail)
    badge = call_state_badge(state)
    outcome = Outcome.DONE if state == CallState.TIMEOUT else Outcome.REFUSED
    return audit.settle(event, outcome, f"{badge.label}. {badge.help}", **detail)


def _last_result(call: Call) -> str | None:
    return next((record.result for record in reversed(call.records) if record.result), None)


def _find(event: AuditEvent) -> Call | None:
    """The call that carries the reference of the event, if CallFire shows it."""
    own = OwnNumber.objects.filter(pk=event.detail["own_number"]).first()
    calls = get_callfire().calls.iterate(
        to_number=own.number if own is not None else None,
        interval_begin=(event.tried_at or event.at) - MARGIN,
    )
    return next((call for call in calls if call.attributes.get(CLIENT_REF) == _reference(event)), None)


def _reference(event: AuditEvent) -> str:
    return f"{event.token.hex[:12]}-1"


def ending(number: str) -> str:
    """A number in a sentence that others may read: by its last two digits."""
    return f"number ending in {number[-2:]}"
