"""Quick calls: up to ten people, called at once, each with words of their own or those for everybody.

CallFire may place calls although its answer never came. So the intent is written down first, everybody
carries an attribute that names it, it is sent once, and what is in doubt is looked up by that attribute. What
we keep are digests and counts, never numbers.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.crypto import salted_hmac

from callfire_api import Call, CallFireError, CallRecipient, NotSent, Voice
from campaigns.gateway import get_callfire, get_callfire_for_sending
from campaigns.models import AuditEvent, User
from campaigns.services import audit, numbers
from campaigns.services.pasted import CLIENT_REF
from campaigns.services.people import Standing
from campaigns.services.single_calls import LOOK_UP, MARGIN, STALE_INTENT

Outcome = AuditEvent.Outcome

CALL: Final = "quick calls"
MOST: Final = 10
# Whoever has more people to call makes a broadcast, with its hours and its Stop.
MOST_PER_HOUR: Final = 60


@dataclass(frozen=True, slots=True)
class Message:
    """What everybody hears unless they have something of their own: a text or a sound, never both."""

    text: str = ""
    sound_id: int | None = None

    def __bool__(self) -> bool:
        return bool(self.text or self.sound_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickCalls:
    """Whom to call with what; without a broadcast, nothing of a broadcast's settings applies."""

    people: Sequence[CallRecipient]
    live: Message
    machine: Message
    voice: Voice
    broadcast_id: int | None = None

    def to_json(self) -> str:
        """Everything that would be sent, in one order."""
        wire = [person.to_wire() for person in self.people]
        defaults = [self.live.text, self.live.sound_id, self.machine.text, self.machine.sound_id, self.voice]
        return json.dumps([wire, defaults, self.broadcast_id], sort_keys=True, default=str)

    def seal(self, token: uuid.UUID, shown: Sequence[str]) -> str:
        """A word that stands for exactly these calls, placed once, after exactly this was shown."""
        text = json.dumps([str(token), self.to_json(), list(shown)])
        return salted_hmac("campaigns.quick_calls", text, algorithm="sha256").hexdigest()


def call(
    calls: QuickCalls,
    *,
    to: Standing | None,
    by: User,
    token: uuid.UUID,
    request_id: str,
    agreed: Sequence[str],
) -> AuditEvent:
    """Have CallFire call these people, once; the same token again calls nobody.

    Args:
        to: the broadcast whose settings are used, as it was read for this request.
        agreed: what was unusual, in words, and was agreed to.

    Outcomes: done; pending (CallFire took them and has yet to show everybody); unknown (sent, no answer);
    refused (CallFire or the limit of an hour said no); failed (nothing was sent).
    """
    event, is_new = audit.intend(
        action=CALL,
        by=by,
        object_kind=audit.BROADCAST if to is not None else "calls",
        object_id=to.snapshot.pk if to is not None else None,
        object_name=to.snapshot.name if to is not None else f"{len(calls.people)} quick calls",
        token=token,
        request_id=request_id,
        detail={
            "people": len(calls.people),
            "digests": [numbers.digest(person.phone_number or "") for person in calls.people],
            "said": list(agreed),
        },
    )
    if not is_new or not audit.claim_try(event):
        return event
    left = left_this_hour(by, before=event)
    if len(calls.people) > left:
        return audit.settle(
            event,
            Outcome.REFUSED,
            f"You can call {left} more people within this hour. Wait a while, or make a broadcast.",
        )
    return _send_once(event, calls)


def left_this_hour(by: User, *, before: AuditEvent | None = None) -> int:
    """How many more people this person may call within the hour; refused calls do not count."""
    placed = AuditEvent.objects.filter(action=CALL, by=by, at__gt=timezone.now() - timedelta(hours=1))
    placed = placed.exclude(outcome__in=(Outcome.REFUSED, Outcome.FAILED))
    if before is not None:
        placed = placed.filter(pk__lt=before.pk)
    people: list[int] = [event.detail["people"] for event in placed]
    return max(0, MOST_PER_HOUR - sum(people))


def get(token: uuid.UUID) -> AuditEvent:
    """The event of the calls that were placed under this token.

    Raises:
        Http404: there is none.
    """
    return get_object_or_404(AuditEvent, token=token, action=CALL)


def follow_up(event: AuditEvent) -> AuditEvent:
    """Look up what became of calls that are not settled; never calls anybody."""
    if event.tried_at is None:
        if timezone.now() - event.at <= STALE_INTENT:
            return event
        return audit.settle(event, Outcome.FAILED, "Callboard did not get to it in time. Nobody was called.")
    is_last = timezone.now() - event.tried_at > LOOK_UP
    found = get_callfire().calls.iterate(
        campaign_id=event.object_id or 0, interval_begin=event.tried_at - MARGIN
    )
    try:
        mine = _mine(event, found)
    except CallFireError:
        return event
    if len(mine) < event.detail["people"] and not is_last:
        return event
    if mine or event.detail.get("taken"):
        return _done(event, mine)
    return audit.settle(event, Outcome.FAILED, "It did not arrive: CallFire shows none of these calls.")


def _send_once(event: AuditEvent, calls: QuickCalls) -> AuditEvent:
    recipients = [
        replace(
            person, attributes={**(person.attributes or {}), CLIENT_REF: f"{_reference(event)}-{position}"}
        )
        for position, person in enumerate(calls.people, 1)
    ]
    try:
        placed = get_callfire_for_sending().calls.send(
            recipients,
            campaign_id=calls.broadcast_id,
            default_live_message=calls.live.text or None,
            default_live_message_sound_id=calls.live.sound_id,
            default_machine_message=calls.machine.text or None,
            default_machine_message_sound_id=calls.machine.sound_id,
            default_voice=calls.voice,
            strict_validation=True,
        )
    except NotSent as error:
        return audit.settle(event, Outcome.FAILED, f"{error.user_message} Nobody was called.")
    except CallFireError as error:
        said = numbers.masked(error.user_message)
        if not error.may_have_applied:
            return audit.settle(event, Outcome.REFUSED, said)
        sentence = f"{said} Phones may ring all the same. Nothing is sent twice: we look the calls up."
        return audit.settle(event, Outcome.UNKNOWN, sentence)
    by_number = {person.phone_number: position for position, person in enumerate(recipients, 1)}
    found = {by_number[each.to_number]: each for each in placed if each.id and each.to_number in by_number}
    found |= _mine(event, placed)
    if len(found) == len(recipients):
        return _done(event, found)
    sentence = (
        f"CallFire took them and has shown {len(found)} of {len(recipients)} calls. We look for the others."
    )
    return audit.settle(event, Outcome.PENDING, sentence, taken=True)


def _mine(event: AuditEvent, calls: Iterable[Call]) -> dict[int, Call]:
    """Those of the calls that carry the reference of this event, by the position of their person."""
    found: dict[int, Call] = {}
    for each in calls:
        reference, _, position = str(each.attributes.get(CLIENT_REF, "")).rpartition("-")
        if each.id is not None and reference == _reference(event) and position.isdecimal():
            found[int(position)] = each
        if len(found) == event.detail["people"]:
            break
    return found


def _done(event: AuditEvent, found: Mapping[int, Call]) -> AuditEvent:
    rows = [[position, call.id, str(call.state or "")] for position, call in sorted(found.items())]
    missing = event.detail["people"] - len(rows)
    sentence = f"CallFire took {'the call' if event.detail['people'] == 1 else 'the calls'}."
    if missing:
        sentence += (
            f" It does not show {missing} of {event.detail['people']}: their phones may ring all the same."
        )
    return audit.settle(event, Outcome.DONE, sentence, calls=rows, missing=missing)


def _reference(event: AuditEvent) -> str:
    return event.token.hex[:12]
