"""Starting a broadcast: the question is asked with figures of now, and what was agreed to is done once.

Nothing starts on figures that somebody did not see.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils import timezone

from callfire_api import Broadcast
from callfire_api.wire import read
from campaigns import shared
from campaigns.actions import START
from campaigns.models import AuditEvent, Upload, User
from campaigns.services import (
    audit,
    broadcasts,
    disabling,
    endings,
    estimates,
    following,
    headcount,
    on_again,
    outcomes,
    people,
    snapshots,
    spoken,
    start_checks,
    summary,
    windows,
)
from campaigns.services.start_question import AGREEMENT, Lock, Planned, Question, Shown
from campaigns.services.start_readings import Readings, digits, read_everything
from campaigns.states import UploadState

_TURN: Final = 30.0
_LOOK_WHOSE_TURN: Final = 0.1
_MESSAGES: Final = frozenset({"Message", "Live message", "Voicemail"})
_CHANGES_WHO_IS_CALLED: Final = (people.ADD, people.SWITCH, disabling.DISABLE)
_NOT_HANDED_OVER: Final = {
    UploadState.CHECKING: "Upload “{name}” is still being checked. After that, hand it over or discard it.",
    UploadState.CHECKED: "Upload “{name}” is checked, but nobody handed it over. Do that, or discard it.",
    UploadState.UNREADABLE: "Upload “{name}” cannot be read. Change how it is read, or discard it.",
}
_NOBODY: Final = "Nobody is left to call. Add people first."


def locks(broadcast_id: int) -> list[Lock]:
    """What has to be settled before this broadcast may start: nobody knows yet whom it would call."""
    waiting = AuditEvent.objects.filter(
        object_kind=audit.BROADCAST,
        object_id=broadcast_id,
        action__in=_CHANGES_WHO_IS_CALLED,
        settled_at=None,
    )
    href = f"{reverse('campaigns:activity_list')}?object={broadcast_id}"
    actions = [
        Lock(f"Whether “{event.action}” by {event.by_name} took effect is not settled yet.", href)
        for event in waiting
    ]
    before = Upload.objects.filter(broadcast_id=broadcast_id, state__in=_NOT_HANDED_OVER)
    uploads = [
        (upload, _NOT_HANDED_OVER[UploadState(upload.state)].format(name=upload.name)) for upload in before
    ]
    uploads += [
        (upload, f"The books of upload “{upload.name}” are still open.")
        for upload in following.unsettled(broadcast_id)
    ]
    return actions + [
        Lock(sentence, reverse("campaigns:upload_detail", args=[upload.pk])) for upload, sentence in uploads
    ]


def ask(broadcast_id: int) -> Question:
    """Everything a confirmation shows.

    Raises:
        NotFound: CallFire does not know the broadcast.
        CallFireError: CallFire did not give the broadcast or its counters; without them nothing is confirmed.
            Whatever else it does not say is told as not known.
    """
    were_off = on_again.believed_off(broadcast_id)
    readings = read_everything(broadcast_id)
    on_again.note(were_off, readings.batches or ())
    now = timezone.now()
    snapshot = snapshots.record(snapshots.checked(readings.broadcast, broadcast_id))
    broadcast = read(Broadcast, snapshot.settings)
    spoken.keep(broadcast)
    figures = outcomes.read(outcomes.kept_counters(readings.stats.raw))
    counted = headcount.count(figures, readings.batches)
    tries = estimates.Tries.of(broadcast)
    estimate = estimates.cost(counted.to_call, tries) if counted.to_call is not None else None
    reach = _reach(broadcast, readings, now)
    caller_id = digits(snapshot.from_number)
    told = spoken.told(broadcast)
    checks = start_checks.check(
        start_checks.Facts(
            snapshot=snapshot,
            broadcast=told,
            people=counted,
            on_again=on_again.of(broadcast_id),
            reach=reach,
            caller_id=caller_id,
            caller_ids=readings.caller_ids,
            estimate=estimate,
            balance=readings.balance,
            account=readings.account,
        )
    )
    return Question(
        snapshot=snapshot,
        refusal=START.why_not(snapshot.status) or (_NOBODY if counted.to_call == 0 else ""),
        locks=locks(broadcast_id),
        people=counted,
        is_verified=None if readings.caller_ids is None else caller_id in readings.caller_ids,
        hours=summary.hours(broadcast),
        reach=reach,
        schedules=[
            Planned(summary.schedules(Broadcast(schedules=(each,))), windows.next_start(each, now=now))
            for each in broadcast.schedules
        ],
        tries=summary.tries(broadcast),
        tries_each=tries.most,
        messages=[each for each in summary.in_words(spoken.with_words(snapshot)) if each.term in _MESSAGES],
        keys=_keys(told),
        ending=endings.of(broadcast, counted.to_call, reach, now=now),
        estimate=estimate,
        balance=readings.balance,
        checks=checks,
        at=now,
    )


@contextmanager
def one_at_a_time(token: uuid.UUID) -> Iterator[None]:
    """Let one press of this form ask CallFire, and whoever presses it meanwhile find what became of that.

    Spares the pace and nothing else: without Redis, or after half a minute, all go on together. That a form
    starts once rests on its event.
    """
    turn, give_up_at = f"start:turn:{token}", time.monotonic() + _TURN
    while not (is_mine := shared.claim(turn, _TURN)) and shared.is_up() and time.monotonic() < give_up_at:
        time.sleep(_LOOK_WHOSE_TURN)
    try:
        yield
    finally:
        if is_mine:
            shared.forget(turn)


def pressed_before(token: uuid.UUID, *, broadcast_id: int) -> AuditEvent | None:
    """What became of the start that this very form asked for already, if it did; it is never sent twice."""
    event = AuditEvent.objects.filter(
        token=token, action=START.name, object_kind=audit.BROADCAST, object_id=broadcast_id
    ).first()
    return broadcasts.carry_out(event) if event is not None else None


def start(shown: Shown, *, by: User, token: uuid.UUID, request_id: str) -> AuditEvent:
    """Start what was shown to this person, who says that everybody agreed; both are kept with the event."""
    event = broadcasts.intend(
        START,
        broadcast_id=shown.broadcast_id,
        by=by,
        token=token,
        request_id=request_id,
        detail={"shown": asdict(shown), "agreed": AGREEMENT},
    )
    return broadcasts.carry_out(event)


def _reach(broadcast: Broadcast, readings: Readings, now: datetime) -> windows.Reach:
    """Who can be called now: the people who wait, or where CallFire does not say who, the usual zones."""
    hours = windows.Hours.of(broadcast.local_time_restriction)
    if readings.waiting:
        return windows.for_people(readings.waiting, hours, now=now)
    own = readings.account.raw if readings.account is not None else {}
    zones = [str(own.get(key) or "") for key in ("timeZone", "dateTimeZone")]
    zones += [*windows.USUAL_ZONES, timezone.get_current_timezone_name()]
    return windows.for_zones(zones, hours, now=now)


def _keys(broadcast: Broadcast) -> list[str]:
    """What each key does, and what is said then."""
    if broadcast.dialplan_xml:
        return ["As its script says"]
    return [key for key in (summary.transfer(broadcast), summary.opt_out(broadcast)) if key] or ["None"]
