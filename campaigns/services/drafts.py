"""Writing broadcasts: a new one is made once, a change never buries somebody else's.

Creating has no idempotency key at CallFire, so a new broadcast carries a label made from the token of its
form: after a doubtful answer it is looked up by that label and never sent again. Changing sends the whole
writable broadcast from a fresh reading with the changed decisions laid over it, because nobody has shown
whether CallFire's PUT merges or replaces; afterwards it is read again and compared, since CallFire may ignore
a property in silence.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.crypto import salted_hmac

from callfire_api import (
    Broadcast,
    BroadcastDraft,
    BroadcastStatus,
    CallFireError,
    NotSent,
    Recipient,
)
from callfire_api.wire import read
from campaigns.actions import DIALLING
from campaigns.gateway import get_callfire_for_sending, get_callfire_quickly
from campaigns.labels import REFERENCE_LABEL, in_a_row, not_sent
from campaigns.models import AuditEvent, User
from campaigns.services import audit, handed_over, merging, snapshots, spoken, units
from campaigns.services.merging import Conflict
from campaigns.services.units import Unit, Value, Wire

Outcome = AuditEvent.Outcome

CREATE: Final = "create"
UPDATE: Final = merging.UPDATE
LOOK_UP: Final = timedelta(minutes=2)
# Nobody has shown that these take effect in the middle of a run; a surprise there rings phones.
LOCKED_WHILE_DIALLING: Final = frozenset({"from_number", "hours", "retries"})
LOCKED_SENTENCE: Final = "CallFire does not promise that this changes while it is calling. Stop it first."
NOT_BOTH: Final = (
    "CallFire holds messages and an IVR script for it, and takes only one of them. Choose a kind."
)


class Unsendable(Exception):  # noqa: N818 - not an error of ours
    """CallFire would never take this; says why in a sentence."""


@dataclass(frozen=True, slots=True)
class Made:
    """What came of making a broadcast.

    ``error`` is what CallFire answered when it made none; ``is_other`` means that the token made a broadcast
    from other settings, or for other people, than these.
    """

    event: AuditEvent
    error: CallFireError | None = None
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a change.

    ``ignored`` are the decisions that CallFire did not take over, ``error`` is what it answered when nothing
    was changed.
    """

    event: AuditEvent
    ignored: Sequence[Unit] = ()
    error: CallFireError | None = None


def open_broadcast(broadcast_id: int) -> Broadcast:
    """The broadcast as CallFire says now, to fill a form with, and with the words that we know besides.

    Raises:
        NotFound: CallFire does not know it.
        CallFireError: CallFire did not say; a form is never filled from memory.
    """
    broadcast = _read(broadcast_id)
    snapshots.record(broadcast)
    spoken.keep(broadcast)
    return spoken.told(broadcast)


def create(
    wire: Mapping[str, Any],
    *,
    recipients: Sequence[Recipient],
    strict: bool,
    reason: str,
    by: User,
    token: uuid.UUID,
    request_id: str,
) -> Made:
    """Make a broadcast, once: the same token again finds what became of the first.

    ``object_id`` of the event is the new broadcast once it is known. Refused means that CallFire said no, in
    the event's own sentence, and that a corrected form may be sent under a new token.
    """
    people = _fingerprint(recipients)
    event, is_new = audit.intend(
        action=CREATE,
        by=by,
        object_kind=audit.BROADCAST,
        object_name=str(wire.get("name", "")),
        token=token,
        request_id=request_id,
        detail={
            "wire": dict(wire),
            "people": len(recipients),
            "digests": list(handed_over.digests(int(each.phone_number or 0) for each in recipients)),
            "people_fingerprint": people,
            "reason_for_hours": reason,
        },
    )
    if not is_new or not audit.claim_try(event):
        is_other = (event.detail["wire"], event.detail.get("people_fingerprint")) != (dict(wire), people)
        return Made(event if event.settled_at else follow_up_create(event), is_other=is_other)
    draft = BroadcastDraft.from_broadcast(read(Broadcast, _with_reference(wire, token)))
    draft = _with_people(draft, recipients)
    try:
        broadcast_id = get_callfire_for_sending().broadcasts.create(
            draft, start=False, strict_validation=strict
        )
    except NotSent as error:
        return Made(audit.settle(event, Outcome.FAILED, not_sent(error)), error)
    except CallFireError as error:
        if not error.may_have_applied:
            return Made(audit.settle(event, Outcome.REFUSED, error.user_message), error)
        audit.settle(
            event,
            Outcome.UNKNOWN,
            f"{error.user_message} It may exist already. Nothing is sent twice: we look for it.",
        )
        return Made(follow_up_create(event))
    return Made(_created(event, broadcast_id))


def follow_up_create(event: AuditEvent) -> AuditEvent:
    """Look for the broadcast this event may have made; never makes another."""
    if event.tried_at is None:
        return audit.settle(event, Outcome.FAILED, "Callboard did not get to it. Nothing was sent.")
    try:
        found = get_callfire_quickly().broadcasts.find(label=reference_label(event.token), limit=10).items
    except CallFireError:
        return event
    made = [each for each in found if each.id is not None and reference_label(event.token) in each.labels]
    if made and made[0].id is not None:
        return _created(event, made[0].id)
    if timezone.now() - event.tried_at > LOOK_UP:
        again = " Its people are kept only on the page that sent them." if event.detail.get("people") else ""
        sentence = f"It is not at CallFire. What you typed is kept: open it and send it again.{again}"
        return audit.settle(event, Outcome.FAILED, sentence)
    return event


def update(
    broadcast_id: int,
    *,
    before: Mapping[str, Any],
    mine: Mapping[str, Value],
    opened_at: datetime | None,
    reason: str,
    by: User,
    token: uuid.UUID,
    request_id: str,
) -> Saved | Conflict:
    """Change these decisions of a broadcast, if nobody else changed anything since ``before``.

    Args:
        before: the broadcast as it was when the form was opened, in CallFire's JSON.
        mine: the decisions that differ from it, by the name of their unit.
        opened_at: when the form was opened, to name who changed it since.

    Raises:
        CallFireError: CallFire did not say what the broadcast is now; nothing was sent.
        Unsendable: the whole cannot be sent; nothing is written down.
    """
    fresh = open_broadcast(broadcast_id)
    conflict = merging.find(before, fresh, mine, by=by, opened_at=opened_at)
    if conflict is not None:
        return conflict
    draft = _changed(fresh, mine)
    changed = units.by_name(mine)
    event, is_new = audit.intend(
        action=UPDATE,
        by=by,
        object_kind=audit.BROADCAST,
        object_id=broadcast_id,
        object_name=fresh.name or "",
        token=token,
        request_id=request_id,
        detail={
            "mine": dict(mine),
            "changed": [unit.label for unit in changed],
            "reason_for_hours": reason,
        },
    )
    if not is_new or not audit.claim_try(event):
        return Saved(event if event.settled_at else follow_up_update(event))
    locked = [unit for unit in changed if unit.name in LOCKED_WHILE_DIALLING and fresh.status in DIALLING]
    if locked or fresh.status == BroadcastStatus.ARCHIVED:
        reason = (
            LOCKED_SENTENCE if locked else "It is archived, and CallFire changes nothing about it any more."
        )
        return Saved(audit.settle(event, Outcome.REFUSED, reason))
    return _put(event, fresh, draft)


def follow_up_update(event: AuditEvent) -> AuditEvent:
    """Look whether the change of this event is there; never sends it again."""
    if event.object_id is None or event.tried_at is None:
        return audit.settle(event, Outcome.FAILED, "Callboard did not get to it. Nothing was sent.")
    try:
        now = open_broadcast(event.object_id)
    except CallFireError:
        return event
    mine: dict[str, Value] = event.detail["mine"]
    missing = [
        unit
        for unit in units.by_name(mine)
        if not units.same(unit, now.raw, units.with_value(dict(now.raw), unit, mine[unit.name]))
    ]
    if not missing:
        return audit.settle(event, Outcome.DONE, f"Changed: {_listed(units.by_name(mine))}.")
    if timezone.now() - event.tried_at > LOOK_UP:
        return audit.settle(event, Outcome.FAILED, f"CallFire did not take over: {_listed(missing)}.")
    return event


def clone_of(broadcast: Broadcast, *, today: date) -> Wire:
    """What a copy begins with: everything decided about the broadcast, without what must be new.

    The name says that it is a copy; schedules that lie in the past, and Callboard's own reference, are left.
    """
    wire = {
        key: value
        for key, value in broadcast.raw.items()
        if key not in {"id", "status", "lastModified", "recipients"}
    }
    wire["name"] = f"{broadcast.name or ''} (copy)".strip()
    wire["labels"] = [label for label in broadcast.labels if not label.startswith(REFERENCE_LABEL)]
    upcoming = [
        {key: value for key, value in dict(schedule.raw).items() if key not in {"id", "campaignId"}}
        for schedule in broadcast.schedules
        if schedule.stop_date is None or schedule.stop_date >= today
    ]
    wire["schedules"] = upcoming
    return wire


def kept_wire(token: str) -> Wire:
    """What somebody typed for a broadcast that was not made, to open the form with it again."""
    try:
        event = audit.by_token(uuid.UUID(token), action=CREATE)
    except ValueError:
        return {}
    return dict(event.detail.get("wire", {})) if event is not None else {}


def reference_label(token: uuid.UUID) -> str:
    """The label by which the broadcast made under this token is found again."""
    return f"{REFERENCE_LABEL}{token.hex[:12]}"


def _changed(fresh: Broadcast, mine: Mapping[str, Value]) -> BroadcastDraft:
    """Everything of the broadcast that can be written, with these decisions laid over it."""
    draft = BroadcastDraft.from_broadcast(read(Broadcast, units.laid_over(fresh.raw, mine)))
    try:
        draft.to_wire()
    except ValueError:
        raise Unsendable(NOT_BOTH) from None
    return draft


def _put(event: AuditEvent, fresh: Broadcast, draft: BroadcastDraft) -> Saved:
    broadcast_id, wire = event.object_id or 0, draft.to_wire()
    try:
        get_callfire_for_sending().broadcasts.update(broadcast_id, draft)
    except NotSent as error:
        sentence = not_sent(error)
        return Saved(audit.settle(event, Outcome.FAILED, sentence), error=error)
    except CallFireError as error:
        if not error.may_have_applied:
            return Saved(audit.settle(event, Outcome.REFUSED, error.user_message), error=error)
        audit.settle(
            event,
            Outcome.UNKNOWN,
            f"{error.user_message} The change may have arrived. We look it up.",
        )
        return Saved(follow_up_update(event))
    try:
        now = open_broadcast(broadcast_id)
    except CallFireError:
        sentence = "CallFire took the change; what it says now could not be read yet."
        return Saved(audit.settle(event, Outcome.PENDING, sentence))
    spoken.keep(now, sent=wire, before=fresh)
    ignored = units.changed(wire, spoken.told(now).raw)
    kept = [label for label in event.detail["changed"] if label not in {unit.label for unit in ignored}]
    sentence = f"Changed: {', '.join(kept)}." if kept else "Nothing changed."
    if ignored:
        sentence += f" CallFire shows something else for: {_listed(ignored)}."
    if any(unit.name == "schedules" for unit in ignored):
        sentence += " Stop the broadcast to be sure that its old schedule does not start it."
    audit.settle(event, Outcome.DONE, sentence, ignored=[unit.label for unit in ignored])
    return Saved(event, ignored)


def _created(event: AuditEvent, broadcast_id: int) -> AuditEvent:
    """The broadcast exists; what CallFire made of it is read and compared when it can be."""
    AuditEvent.objects.filter(pk=event.pk, object_id=None).update(object_id=broadcast_id)
    event.object_id = broadcast_id
    try:
        made = open_broadcast(broadcast_id)
    except CallFireError:
        return audit.settle(event, Outcome.DONE, f"Made as broadcast {broadcast_id}.")
    wished = _with_reference(event.detail["wire"], event.token)
    spoken.keep(made, sent=wished)
    ignored = units.changed(wished, spoken.told(made).raw)
    sentence = f"Made as broadcast {broadcast_id}."
    if ignored:
        sentence += f" CallFire shows something else for: {_listed(ignored)}."
    return audit.settle(event, Outcome.DONE, sentence, ignored=[unit.label for unit in ignored])


def _with_reference(wire: Mapping[str, Any], token: uuid.UUID) -> Wire:
    labels = [*wire.get("labels", []), reference_label(token)]
    return {**wire, "labels": list(dict.fromkeys(labels))}


def _fingerprint(recipients: Sequence[Recipient]) -> str:
    """Tells other people apart without keeping anybody's number."""
    people = json.dumps([each.to_wire() for each in recipients], sort_keys=True)
    return salted_hmac("campaigns.drafts.people", people, algorithm="sha256").hexdigest()


def _with_people(draft: BroadcastDraft, recipients: Sequence[Recipient]) -> BroadcastDraft:
    return replace(draft, recipients=tuple(recipients)) if recipients else draft


def _listed(found: Sequence[Unit]) -> str:
    return in_a_row([unit.label for unit in found], "and")


def _read(broadcast_id: int) -> Broadcast:
    return snapshots.checked(get_callfire_quickly().broadcasts.get(broadcast_id), broadcast_id)
