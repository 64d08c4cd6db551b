"""The read model of broadcasts: what we last saw of each, kept up to date from CallFire.

Snapshots have an age, are never written back to CallFire and never trusted for a decision.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from callfire_api import (
    BadCredentials,
    Broadcast,
    BroadcastStatus,
    CallFireError,
    NotFound,
    RateLimited,
    UnreadableAnswer,
)
from callfire_api.wire import clean_text
from campaigns import shared
from campaigns.actions import DIALLING
from campaigns.gateway import get_callfire
from campaigns.labels import STATUS_GROUPS
from campaigns.models import BroadcastSnapshot, SnapshotLabel

logger = logging.getLogger(__name__)

SETTLE: Final = timedelta(seconds=60)
MOST_MISSING_LOOKED_UP: Final = 20
_REFRESHED_AT: Final = "snapshots:refreshed-at"
_TROUBLE: Final = "snapshots:trouble"
_REFRESHING: Final = "snapshots:refreshing"


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the whole list is, and why it is not newer."""

    as_of: datetime | None
    trouble: str
    trouble_since: datetime | None
    is_stale: bool


def get(broadcast_id: int) -> BroadcastSnapshot:
    """What we last saw of this broadcast.

    Raises:
        Http404: we never saw it, or CallFire no longer knows it.
    """
    found = BroadcastSnapshot.objects.filter(pk=broadcast_id, gone_at=None).first()
    if found is None:
        raise Http404("Callboard does not know this broadcast.")
    return found


def get_many(broadcast_ids: Iterable[int]) -> list[BroadcastSnapshot]:
    """The snapshots with these ids, in the order asked for; ids we never saw are left out."""
    wanted = list(dict.fromkeys(broadcast_ids))
    found = BroadcastSnapshot.objects.in_bulk(wanted)
    return [found[broadcast_id] for broadcast_id in wanted if broadcast_id in found]


def running() -> list[BroadcastSnapshot]:
    """What CallFire is dialling or about to dial, as last seen; newest change first."""
    return list(
        BroadcastSnapshot.objects.filter(gone_at=None, status__in=DIALLING).order_by("-last_modified", "-id")
    )


def running_count() -> int:
    """How many broadcasts were dialling when last seen."""
    return BroadcastSnapshot.objects.filter(gone_at=None, status=BroadcastStatus.RUNNING).count()


def needing_attention() -> list[BroadcastSnapshot]:
    """What CallFire holds back, as last seen; newest change first."""
    blocked = next(group for group in STATUS_GROUPS if group.name == "blocked")
    return list(
        BroadcastSnapshot.objects.filter(gone_at=None, status__in=blocked.statuses).order_by("-last_modified")
    )


def freshness() -> Freshness:
    """How old the list is; it is stale when two readings in a row are overdue or failed."""
    as_of = shared.recall(_REFRESHED_AT)
    trouble, since = shared.recall(_TROUBLE) or ("", None)
    if as_of is None:
        newest = BroadcastSnapshot.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
        as_of = newest
    overdue = timedelta(seconds=2 * settings.SNAPSHOT_INTERVAL_SECONDS + 15)
    too_old = as_of is not None and timezone.now() - as_of > overdue
    if not trouble and too_old:
        trouble = "Callboard’s background worker has not read the list. Tell an admin if that lasts."
        if not shared.is_up():
            trouble = "Callboard’s own short-term memory (Redis) does not answer."
    return Freshness(as_of, trouble, since, is_stale=bool(trouble) or too_old)


def is_due() -> bool:
    """Whether the list should be read from CallFire again, and the caller is the one to see to it."""
    as_of = freshness().as_of
    interval = timedelta(seconds=settings.SNAPSHOT_INTERVAL_SECONDS)
    return (as_of is None or timezone.now() - as_of > interval) and may_refresh()


def may_refresh() -> bool:
    """Whether nobody else is reading the list from CallFire right now; claims it for the caller."""
    return shared.claim(_REFRESHING, 60)


def refresh() -> int:
    """Read the whole list from CallFire into the snapshots; returns how many broadcasts it holds.

    Archived broadcasts leave CallFire's list but stay readable by id, so what went missing is asked for
    one by one, a few at a time.

    Raises:
        CallFireError: the list could not be read; what was read before that is kept.
    """
    started = timezone.now()
    try:
        seen: set[int] = set()
        chunk: list[Broadcast] = []
        for broadcast in get_callfire().broadcasts.iterate(page_size=100):
            if broadcast.id is None:
                continue
            seen.add(broadcast.id)
            chunk.append(broadcast)
            if len(chunk) == 100:
                record_many(chunk, seen_at=started)
                chunk = []
        record_many(chunk, seen_at=started)
        _look_for_missing(seen)
    except CallFireError as error:
        _, since = shared.recall(_TROUBLE) or ("", None)
        shared.remember(_TROUBLE, (error.user_message, since or timezone.now()), None)
        raise
    finally:
        shared.hold(_REFRESHING, 0)
    shared.remember(_REFRESHED_AT, started, None)
    shared.forget(_TROUBLE)
    return len(seen)


def record(broadcast: Broadcast, *, seen_at: datetime | None = None) -> BroadcastSnapshot:
    """Keep what CallFire just said of one broadcast; returns its snapshot."""
    if broadcast.id is None:
        raise ValueError("A broadcast without an id cannot be kept.")
    record_many([broadcast], seen_at=seen_at or timezone.now())
    return BroadcastSnapshot.objects.get(pk=broadcast.id)


def record_many(broadcasts: Sequence[Broadcast], *, seen_at: datetime) -> None:
    """Keep what CallFire just said of these broadcasts. An answer older than what we hold is passed over."""
    if not broadcasts:
        return
    by_id = {broadcast.id: broadcast for broadcast in broadcasts if broadcast.id is not None}
    with transaction.atomic():
        held = BroadcastSnapshot.objects.select_for_update().in_bulk(by_id)
        fresh = [
            _filled(held.get(broadcast_id), broadcast, seen_at)
            for broadcast_id, broadcast in by_id.items()
            if broadcast_id not in held or held[broadcast_id].seen_at <= seen_at
        ]
        relabelled = [snapshot for snapshot, before in fresh if snapshot.labels != before]
        BroadcastSnapshot.objects.bulk_create(
            [snapshot for snapshot, _ in fresh],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[
                "name",
                "name_folded",
                "status",
                "from_number",
                "last_modified",
                "labels",
                "settings",
                "seen_at",
                "gone_at",
                "settles_until",
            ],
        )
        _relabel(relabelled)


def checked(broadcast: Broadcast, broadcast_id: int) -> Broadcast:
    """The broadcast, if it is the one that was asked for.

    Raises:
        UnreadableAnswer: it is another one, or none.
    """
    if broadcast.id != broadcast_id:
        raise UnreadableAnswer(detail=f"asked for broadcast {broadcast_id}, got {broadcast.id}")
    return broadcast


def storable(value: Any) -> Any:
    """The JSON without what no database keeps: NUL characters and halves of surrogate pairs."""
    match value:
        case str():
            return clean_text(value)
        case Mapping():
            return {clean_text(str(key)): storable(part) for key, part in value.items()}
        case list() | tuple():
            return [storable(part) for part in value]
        case _:
            return value


def forget(broadcast_id: int) -> None:
    """CallFire no longer knows this broadcast: keep the row for the activity log, out of every list."""
    BroadcastSnapshot.objects.filter(pk=broadcast_id, gone_at=None).update(gone_at=timezone.now())


def _filled(
    snapshot: BroadcastSnapshot | None, broadcast: Broadcast, seen_at: datetime
) -> tuple[BroadcastSnapshot, list[str] | None]:
    """The snapshot with the broadcast's values, and the labels it had before."""
    before = snapshot.labels if snapshot is not None else None
    was_dialling = snapshot is not None and BroadcastStatus(snapshot.status) in DIALLING
    if snapshot is None:
        snapshot = BroadcastSnapshot(pk=broadcast.id)
    status = broadcast.status or BroadcastStatus("")
    snapshot.name = broadcast.name or ""
    snapshot.name_folded = snapshot.name.casefold()
    snapshot.status = str(status)[:64]
    snapshot.from_number = (broadcast.from_number or "")[:32]
    snapshot.last_modified = broadcast.last_modified
    snapshot.labels = [label[:255] for label in broadcast.labels]
    snapshot.settings = storable(broadcast.raw)
    snapshot.seen_at = seen_at
    snapshot.gone_at = None
    if was_dialling and status not in DIALLING:
        snapshot.settles_until = seen_at + SETTLE
    return snapshot, before


def _relabel(snapshots: Sequence[BroadcastSnapshot]) -> None:
    SnapshotLabel.objects.filter(snapshot__in=snapshots).delete()
    SnapshotLabel.objects.bulk_create(
        SnapshotLabel(snapshot=snapshot, label=label)
        for snapshot in snapshots
        for label in dict.fromkeys(snapshot.labels)
    )


def _look_for_missing(seen: set[int]) -> None:
    known = BroadcastSnapshot.objects.filter(gone_at=None).exclude(status=BroadcastStatus.ARCHIVED)
    missing = [pk for pk in known.order_by("seen_at").values_list("pk", flat=True) if pk not in seen]
    for broadcast_id in missing[:MOST_MISSING_LOOKED_UP]:
        try:
            record(checked(get_callfire().broadcasts.get(broadcast_id), broadcast_id))
        except NotFound:
            forget(broadcast_id)
        except (BadCredentials, RateLimited):
            raise
        except CallFireError as error:
            logger.warning("Broadcast %s left the list and cannot be read: %s", broadcast_id, error)
