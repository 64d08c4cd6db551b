"""The overview: every broadcast that is calling, and what waits for somebody to look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from campaigns.actions import STARTING, STOP
from campaigns.labels import broadcast_badge
from campaigns.models import AuditEvent, BroadcastSnapshot
from campaigns.services import audit, snapshots, stats, upload_listing
from campaigns.services.snapshots import Freshness
from campaigns.services.stats import StatsPanel
from campaigns.services.upload_listing import Row

EVERY_SECONDS: Final = 5
RECENT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One broadcast that is calling."""

    snapshot: BroadcastSnapshot
    panel: StatsPanel
    is_stopping: bool


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that waits for a person."""

    headline: str
    text: str
    tone: str
    glyph: str
    broadcast_id: int | None
    at: datetime | None
    upload_id: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """What the overview shows. ``as_of`` is the age of the oldest figures on it."""

    running: Sequence[BoardRow]
    starting: Sequence[BroadcastSnapshot]
    uploads: Sequence[Row]
    attention: Sequence[Attention]
    as_of: datetime | None
    age: str
    every: int
    freshness: Freshness


def read() -> Board:
    """The board from what was last read; never waits for CallFire."""
    dialling = snapshots.running()
    stopping = set(
        AuditEvent.objects.filter(action=STOP.name, settled_at=None).values_list("object_id", flat=True)
    )
    rows = [
        BoardRow(snapshot, stats.panel(snapshot), snapshot.pk in stopping)
        for snapshot in dialling
        if snapshot.status not in STARTING
    ]
    read_at = [row.panel.as_of for row in rows if row.panel.as_of is not None]
    freshness = snapshots.freshness()
    return Board(
        running=rows,
        starting=[snapshot for snapshot in dialling if snapshot.status in STARTING],
        uploads=upload_listing.under_way(),
        attention=[*_blocked(), *_troubled(rows), *_waiting_uploads(), *_undecided()],
        as_of=min(read_at) if read_at else freshness.as_of,
        age=max((row.panel.age for row in rows), key=["", "final", "late", "lost"].index, default=""),
        every=EVERY_SECONDS,
        freshness=freshness,
    )


def _blocked() -> list[Attention]:
    return [
        Attention(
            headline=str(snapshot),
            text=f"{badge.label}. {badge.help}",
            tone="bad",
            glyph="ban",
            broadcast_id=snapshot.pk,
            at=snapshot.last_modified,
        )
        for snapshot in snapshots.needing_attention()
        for badge in [broadcast_badge(snapshot.status)]
    ]


def _troubled(rows: Sequence[BoardRow]) -> list[Attention]:
    return [
        Attention(
            headline=f"{row.snapshot}: figures stand still",
            text=row.panel.trouble,
            tone="warn",
            glyph="warn",
            broadcast_id=row.snapshot.pk,
            at=row.panel.trouble_since,
        )
        for row in rows
        if row.panel.trouble
    ]


def _waiting_uploads() -> list[Attention]:
    return [
        Attention(
            headline=f"{row.upload.name}: {row.badge.label.lower()}",
            text=row.upload.problem or row.in_words,
            tone="bad" if row.refused else "warn",
            glyph="ban" if row.refused else "upload",
            broadcast_id=row.upload.broadcast_id,
            at=row.upload.at,
            upload_id=row.upload.pk,
        )
        for row in upload_listing.needing_somebody()
    ]


def _undecided() -> list[Attention]:
    """Actions whose outcome is not known, and those of today that did not come off."""
    recent = AuditEvent.objects.filter(
        outcome__in=[AuditEvent.Outcome.UNKNOWN, AuditEvent.Outcome.FAILED],
        at__gte=timezone.now() - RECENT,
    )
    return [
        Attention(
            headline=f"{event.object_name}: {event.action} {event.get_outcome_display().lower()}",
            text=event.sentence,
            tone="warn",
            glyph="q",
            broadcast_id=event.object_id if event.object_kind == audit.BROADCAST else None,
            at=event.at,
        )
        for event in recent[:5]
    ]
