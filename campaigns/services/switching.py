"""People of a broadcast who are not dialled yet, held back or let through again by their numbers.

CallFire ignores those who were dialled. Which calls are meant is looked up before anything is sent, so that
what became of them can be read later without keeping a number.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import timezone
from django.utils.crypto import salted_hmac

from callfire_api import Call, CallFireError, CallState, NotSent, Recipient
from campaigns.gateway import get_callfire_for_sending, get_callfire_quickly
from campaigns.labels import not_sent
from campaigns.models import AuditEvent, User
from campaigns.services import adding, audit, numbers, people
from campaigns.services.adding import Added
from campaigns.services.pasted import Person
from campaigns.services.people import Standing

Outcome = AuditEvent.Outcome

# Each number is a request of its own, and a page waits for all of them.
MOST: Final = 20
LOOK_UP: Final = timedelta(minutes=2)

_WAITING: Final = frozenset({CallState.READY, CallState.CALLBACK})


@dataclass(frozen=True, slots=True)
class Found:
    """One number, and its calls in the broadcast; none when the number is not in it."""

    number: str
    calls: Sequence[Call]

    def changes(self, *, enable: bool) -> bool:
        """Whether switching can change anything for this number."""
        return any(is_switchable(call, enable=enable) for call in self.calls)


def is_switchable(call: Call, *, enable: bool) -> bool:
    """Whether CallFire changes this call: it must wait to be called, or be on hold to be let through."""
    return call.state == CallState.DISABLED if enable else call.state in _WAITING


def find(broadcast_id: int, wanted: Sequence[Person]) -> list[Found]:
    """The calls of these people in the broadcast, a request for each.

    Raises:
        CallFireError: CallFire did not say.
    """
    callfire = get_callfire_quickly()
    found = []
    for person in wanted:
        page = callfire.calls.find(campaign_id=broadcast_id, to_number=person.number)
        found.append(
            Found(person.number, [call for call in page.items if call.to_number == person.number and call.id])
        )
    return found


def seal(wanted: Sequence[Found], *, enable: bool, to: Standing, token: uuid.UUID) -> str:
    """A word that stands for exactly these numbers, switched once, in a broadcast as it was shown."""
    shown = [str(token), to.snapshot.pk, to.when, enable, [each.number for each in wanted]]
    return salted_hmac("campaigns.switching", json.dumps(shown), algorithm="sha256").hexdigest()


def why_not(to: Standing, *, enable: bool) -> str:
    """The reason why nobody can be switched; empty when people can be. Holding back is the safe direction."""
    return to.refusal if enable or to.is_archived else ""


def switch(
    wanted: Sequence[Found],
    *,
    enable: bool,
    to: Standing,
    by: User,
    token: uuid.UUID,
    request_id: str,
) -> Added:
    """Hold these people back, or let them be called again; the same token again sends nothing.

    Outcomes: done; pending (CallFire took it and has yet to show everybody changed); unknown (sent, no
    answer); refused (CallFire said no); failed (nothing was sent, or nobody changed).
    """
    changing = [each for each in wanted if each.changes(enable=enable)]
    calls = [
        [position, call.id, str(call.state or "")]
        for position, each in enumerate(changing, 1)
        for call in each.calls
        if is_switchable(call, enable=enable)
    ]
    event, is_new = audit.intend(
        action=people.SWITCH,
        by=by,
        object_kind=audit.BROADCAST,
        object_id=to.snapshot.pk,
        object_name=to.snapshot.name,
        token=token,
        request_id=request_id,
        detail={
            "people": len(changing),
            "digests": [numbers.digest(each.number) for each in changing],
            "enable": enable,
            "status_before": to.snapshot.status,
            "calls": calls,
        },
    )
    if not is_new or not audit.claim_try(event):
        return Added(event)
    return _send_once(event, changing, enable=enable)


def follow_up(event: AuditEvent) -> AuditEvent:
    """Look up what became of a switch that is not settled; never sends anything."""
    if event.tried_at is None:
        if timezone.now() - event.at <= adding.STALE_INTENT:
            return event
        return audit.settle(event, Outcome.FAILED, "Callboard did not get to it in time. Nothing was sent.")
    try:
        changed = _changed(event)
    except CallFireError:
        return event
    if changed == len(event.detail["calls"]) or (changed and timezone.now() - event.tried_at > LOOK_UP):
        return _done(event, changed)
    if timezone.now() - event.tried_at > LOOK_UP:
        return audit.settle(event, Outcome.FAILED, "It did not take effect: CallFire changed nobody.")
    return event


def _send_once(event: AuditEvent, changing: Sequence[Found], *, enable: bool) -> Added:
    recipients = [Recipient(phone_number=each.number) for each in changing]
    try:
        get_callfire_for_sending().broadcasts.toggle_recipients(
            int(event.object_id or 0), recipients, enable=enable
        )
    except NotSent as error:
        return Added(audit.settle(event, Outcome.FAILED, not_sent(error)), error)
    except CallFireError as error:
        return _after_trouble(event, error)
    event = audit.settle(event, Outcome.PENDING, "CallFire took it and has yet to show what changed.")
    return Added(follow_up(event))


def _after_trouble(event: AuditEvent, error: CallFireError) -> Added:
    said = numbers.masked(error.user_message)
    if not error.may_have_applied:
        return Added(audit.settle(event, Outcome.REFUSED, said), error)
    event = audit.settle(
        event,
        Outcome.UNKNOWN,
        f"{said} It may have taken effect. Nothing is sent twice: we look it up and say so here.",
    )
    return Added(follow_up(event))


def _changed(event: AuditEvent) -> int:
    """How many of the calls are as they were meant to be."""
    enable = bool(event.detail["enable"])
    calls = adding.calls_by_id([call_id for _, call_id, _ in event.detail["calls"]])
    return sum((call.state != CallState.DISABLED) == enable for call in calls.values())


def _done(event: AuditEvent, changed: int) -> AuditEvent:
    meant = len(event.detail["calls"])
    words = "let through again" if event.detail["enable"] else "on hold"
    verb = "is" if changed == 1 else "are"
    sentence = f"{changed} of {meant} {verb} {words}." if changed < meant else f"All {meant} are {words}."
    if meant == changed == 1:
        sentence = f"1 person is {words}."
    return audit.settle(event, Outcome.DONE, sentence, missing=meant - changed)
