"""One broadcast: looking at it, and starting, stopping and archiving it.

Every action is an AuditEvent that is written before anything is sent. CallFire has no idempotency key,
so a start or an archive is sent once: a doubled form finds the first intent, a doubtful answer is looked
up. Stopping is the safe direction and is pressed until CallFire says that it holds.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from callfire_api import Broadcast, CallFireError, NotFound, NotSent, RateLimited, Refused
from campaigns.actions import ACTIONS, START, STOP, Action, took_effect
from campaigns.gateway import get_callfire_for_sending, get_callfire_quickly
from campaigns.labels import broadcast_badge, not_sent
from campaigns.models import AuditEvent, BroadcastSnapshot, User
from campaigns.services import audit, health, outcomes, snapshots

Outcome = AuditEvent.Outcome

# How long a doubtful start or archive is looked up before we say that it did not arrive.
LOOK_UP: Final = timedelta(minutes=2)
# How long a stop is pressed before we say that CallFire does not take it.
PRESS: Final = timedelta(hours=1)
# A start or archive that nobody tried in time is not done late, when nobody expects it any more.
STALE_INTENT: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Look:
    """A broadcast as CallFire says now, or as we last saw it and why that is old."""

    snapshot: BroadcastSnapshot
    trouble: str


@dataclass(frozen=True, slots=True)
class Prospect:
    """Whom an action is about to affect, read from CallFire just now."""

    snapshot: BroadcastSnapshot
    refusal: str
    left: int | None
    people: int | None


def look(broadcast_id: int) -> Look:
    """The broadcast, read from CallFire if that answers within seconds.

    Raises:
        NotFound: CallFire does not know it.
        CallFireError: CallFire did not say, and we never saw this broadcast.
    """
    try:
        return Look(snapshots.record(_read(broadcast_id)), trouble="")
    except NotFound:
        snapshots.forget(broadcast_id)
        raise
    except CallFireError as error:
        held = BroadcastSnapshot.objects.filter(pk=broadcast_id, gone_at=None).first()
        if held is None:
            raise
        return Look(held, trouble=error.user_message)


def prospect(action: Action, *, broadcast_id: int) -> Prospect:
    """What the confirmation of this action shows.

    Raises:
        NotFound: CallFire does not know the broadcast.
        CallFireError: CallFire did not say; an action is never confirmed on old figures.
    """
    snapshot = snapshots.record(_read(broadcast_id))
    figures = outcomes.read(outcomes.kept_counters(get_callfire_quickly().broadcasts.stats(broadcast_id).raw))
    return Prospect(
        snapshot=snapshot,
        refusal=action.why_not(snapshot.status),
        left=figures.left,
        people=figures.people,
    )


def intend(
    action: Action,
    *,
    broadcast_id: int,
    by: User,
    token: uuid.UUID | None = None,
    group: uuid.UUID | None = None,
    request_id: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write down that this person wants this, with what they were shown; nothing is sent yet."""
    held = BroadcastSnapshot.objects.filter(pk=broadcast_id).first()
    event, _ = audit.intend(
        action=action.name,
        by=by,
        object_kind=audit.BROADCAST,
        object_id=broadcast_id,
        object_name=held.name if held is not None else "",
        token=token,
        group=group,
        request_id=request_id,
        detail=detail,
    )
    return event


def stop(*, broadcast_id: int, by: User, token: uuid.UUID | None = None, request_id: str = "") -> AuditEvent:
    """Press Stop, at once and every time; while an earlier press is still open, as a part of its event."""
    for earlier in audit.open_for(broadcast_id):
        if earlier.action == STOP.name and audit.asked_again(earlier, by=by, request_id=request_id):
            audit.claim_try(earlier)
            return _stop(earlier)
    return carry_out(intend(STOP, broadcast_id=broadcast_id, by=by, token=token, request_id=request_id))


def carry_out(event: AuditEvent) -> AuditEvent:
    """Do what the event intends, unless that was tried before; returns the event with what came of it.

    Outcomes: done; pending (CallFire took it and its status has yet to follow, or Stop has yet to get
    through); unknown (sent, no answer); refused (CallFire or the status said no); failed (nothing was sent).
    """
    action = ACTIONS[event.action]
    if not audit.claim_try(event):
        event.refresh_from_db()
        return event if event.settled_at is not None else follow_up(event)
    if action is STOP:
        return _refused_stop(event) or _stop(event)
    if timezone.now() - event.at > STALE_INTENT:
        return audit.settle(event, Outcome.FAILED, "Callboard did not get to it in time. Nothing was sent.")
    try:
        before = _read(_id(event))
    except CallFireError as error:
        return audit.settle(event, Outcome.FAILED, not_sent(error))
    snapshots.record(before)
    reason = action.why_not(str(before.status or ""))
    if reason:
        return audit.settle(event, Outcome.REFUSED, reason, status_before=str(before.status or ""))
    event.detail |= {"status_before": str(before.status or "")}
    return _send_once(action, event)


def follow_up(event: AuditEvent) -> AuditEvent:
    """Look up what became of an event that is not settled; presses Stop again, never anything else."""
    action = ACTIONS[event.action]
    if event.tried_at is None:
        return _expire(action, event)
    status = _status_now(event)
    if status is not None and took_effect(action, status):
        return _done(event, status)
    age = timezone.now() - event.tried_at
    if action is STOP:
        if age > PRESS:
            return audit.settle(
                event, Outcome.FAILED, "CallFire did not take Stop for an hour. Stop it on CallFire itself."
            )
        return _stop(event)
    if age > LOOK_UP and status is not None:
        return audit.settle(
            event,
            Outcome.FAILED,
            f"It did not take effect: CallFire says {broadcast_badge(status).label}. "
            f"Look at it, then try again if you still want to.",
            status_after=status,
        )
    return event


def sentence_for(event: AuditEvent) -> str:
    """What came of the action, for the person who asked for it."""
    if event.outcome == Outcome.DONE:
        return f"{event.object_name or 'The broadcast'} was {ACTIONS[event.action].past}."
    return event.sentence or "It is under way."


def _refused_stop(event: AuditEvent) -> AuditEvent | None:
    """The event, refused, when CallFire itself says that there is nothing to stop.

    CallFire is asked first only where we already believe so: nothing may delay a stop that is needed.
    """
    held = BroadcastSnapshot.objects.filter(pk=_id(event)).first()
    if held is None or not STOP.why_not(held.status):
        return None
    try:
        status = snapshots.record(_read(_id(event))).status
    except CallFireError:
        return None
    reason = STOP.why_not(status)
    return audit.settle(event, Outcome.REFUSED, reason, status_before=status) if reason else None


def _stop(event: AuditEvent) -> AuditEvent:
    """Press Stop, then look whether it holds."""
    try:
        with health.watching():
            get_callfire_quickly().broadcasts.stop(_id(event))
    except NotFound as error:
        return audit.settle(event, Outcome.REFUSED, error.user_message)
    except Refused as error:
        status = _status_now(event)
        if status is not None and took_effect(STOP, status):
            return _settled_stop(event, status, "It was not calling: CallFire says {label}.")
        if error.may_have_applied or isinstance(error, RateLimited):
            return _keep_pressing(event, error)
        return audit.settle(event, Outcome.REFUSED, error.user_message, status_after=status)
    except CallFireError as error:
        return _keep_pressing(event, error)
    status = _status_now(event)
    if status is not None and took_effect(STOP, status):
        return _done(event, status)
    return audit.settle(
        event, Outcome.PENDING, "CallFire took Stop; its status has yet to follow. We keep looking."
    )


def _settled_stop(event: AuditEvent, status: str, sentence: str) -> AuditEvent:
    label = broadcast_badge(status).label
    return audit.settle(event, Outcome.DONE, sentence.format(label=label), status_after=status)


def _keep_pressing(event: AuditEvent, error: CallFireError) -> AuditEvent:
    return audit.settle(
        event, Outcome.PENDING, f"{error.user_message} Stop is sent again until CallFire takes it."
    )


def _send_once(action: Action, event: AuditEvent) -> AuditEvent:
    callfire = get_callfire_for_sending().broadcasts
    send = callfire.start if action is START else callfire.archive
    try:
        send(_id(event))
    except NotSent as error:
        return audit.settle(event, Outcome.FAILED, not_sent(error))
    except CallFireError as error:
        status = _status_now(event)
        if status is not None and took_effect(action, status):
            return _done(event, status)
        if not error.may_have_applied:
            return audit.settle(event, Outcome.REFUSED, error.user_message, status_after=status)
        return audit.settle(
            event,
            Outcome.UNKNOWN,
            f"{error.user_message} It may have been {action.past}. Nothing is sent twice: "
            "we look it up and say here what became of it.",
        )
    status = _status_now(event)
    if status is not None and took_effect(action, status):
        return _done(event, status)
    return audit.settle(event, Outcome.PENDING, "CallFire took it; its status has yet to follow.")


def _done(event: AuditEvent, status: str) -> AuditEvent:
    return audit.settle(
        event, Outcome.DONE, f"CallFire says {broadcast_badge(status).label}.", status_after=status
    )


def _expire(action: Action, event: AuditEvent) -> AuditEvent:
    """An intent nobody tried: Stop is still wanted; anything else is given up rather than done late."""
    is_stale = timezone.now() - event.at > STALE_INTENT
    return carry_out(event) if action is STOP or is_stale else event


def _status_now(event: AuditEvent) -> str | None:
    """What CallFire says now, kept in the snapshot; None when it does not say.

    Asked also right after a silence: what became of something that was sent is never left to the next time.
    """
    try:
        with health.watching():
            found = get_callfire_quickly().broadcasts.get(_id(event))
            return snapshots.record(snapshots.checked(found, _id(event))).status
    except CallFireError:
        return None


def _read(broadcast_id: int) -> Broadcast:
    with health.quickly() as callfire:
        return snapshots.checked(callfire.broadcasts.get(broadcast_id), broadcast_id)


def _id(event: AuditEvent) -> int:
    if event.object_id is None:
        raise ValueError(f"Event {event.pk} names no broadcast.")
    return event.object_id


def carry_out_all(events: Sequence[AuditEvent], *, within: timedelta) -> list[AuditEvent]:
    """Do what the events intend, one after the other, until the time is used up; returns what is left."""
    deadline = timezone.now() + within
    for done, event in enumerate(events):
        if timezone.now() > deadline:
            return list(events[done:])
        carry_out(event)
    return []
