"""The same action on several broadcasts: each is an event of its own, together they are a group."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from campaigns.actions import Action
from campaigns.models import BroadcastSnapshot, User
from campaigns.services import broadcasts, snapshots


@dataclass(frozen=True, slots=True)
class Choice:
    """One selected broadcast; ``refusal`` says why the action will leave it out, as last seen."""

    snapshot: BroadcastSnapshot
    refusal: str


def choices(action: Action, *, broadcast_ids: Sequence[int]) -> list[Choice]:
    """The selected broadcasts, as last seen, in the order they were selected."""
    return [
        Choice(snapshot, action.why_not(snapshot.status)) for snapshot in snapshots.get_many(broadcast_ids)
    ]


def perform(
    action: Action,
    *,
    broadcast_ids: Sequence[int],
    by: User,
    token: uuid.UUID | None,
    request_id: str,
    within: timedelta,
) -> tuple[uuid.UUID, list[int]]:
    """Do it to each of them for as long as ``within``; returns the group, and the events that are left.

    The same token again is the same group, and nothing in it is done twice.
    """
    group = token or uuid.uuid4()
    events = [
        broadcasts.intend(
            action,
            broadcast_id=broadcast_id,
            by=by,
            token=uuid.uuid5(group, str(broadcast_id)),
            group=group,
            request_id=request_id,
        )
        for broadcast_id in broadcast_ids
    ]
    return group, [event.pk for event in broadcasts.carry_out_all(events, within=within)]
