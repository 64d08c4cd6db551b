"""The counters of each broadcast over time: a sample every few seconds, and fewer of what is long ago.

A panel reads all samples of its broadcast at every tick, so that a run of days must not leave tens of
thousands of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count
from django.utils import timezone

from callfire_api import BroadcastStatus
from campaigns.actions import DIALLING
from campaigns.models import BroadcastSnapshot, StatsSample
from campaigns.services.charts import Reading
from campaigns.services.outcomes import Outcomes, read

SAMPLE_SECONDS: Final = 10.0
KEEP_SAMPLES: Final = timedelta(days=90)
# The pace of now rests on the newest samples; charts have fewer points than this for the time before.
KEEP_EACH: Final = timedelta(hours=1)
MOST_BEFORE: Final = 500
_AT_ONCE: Final = 500


def take(broadcast_id: int, figures: Outcomes, *, at: datetime) -> None:
    """Keep these figures, unless a sample is just as new, or nothing moves any more."""
    latest = StatsSample.objects.filter(snapshot_id=broadcast_id).order_by("-at").first()
    if latest is not None and (at - latest.at).total_seconds() < SAMPLE_SECONDS:
        return
    if latest is not None and latest.attempted == figures.attempted and latest.dialed == figures.dialed:
        status = BroadcastSnapshot.objects.values_list("status", flat=True).get(pk=broadcast_id)
        if BroadcastStatus(status) not in DIALLING:
            return
    StatsSample.objects.create(
        snapshot_id=broadcast_id,
        at=at,
        attempted=figures.attempted,
        dialed=figures.dialed,
        reached=figures.reached,
        remaining=figures.left,
        billed=figures.billed,
    )


def readings(snapshot: BroadcastSnapshot) -> Sequence[Reading]:
    """The counters of this broadcast over time, oldest first, with those that were read last."""
    rows = StatsSample.objects.filter(snapshot=snapshot).order_by("at")
    found = [Reading(*row) for row in rows.values_list("at", "attempted", "dialed", "reached")]
    now = read(snapshot.counters)
    if snapshot.counters_at and (not found or snapshot.counters_at > found[-1].at):
        found.append(Reading(snapshot.counters_at, now.attempted, now.dialed, now.reached))
    return found


def prune() -> int:
    """Forget samples older than the charts reach back, and what lies too close together; returns how many."""
    deleted, _ = StatsSample.objects.filter(at__lt=timezone.now() - KEEP_SAMPLES).delete()
    counted = StatsSample.objects.values("snapshot").annotate(count=Count("pk"))
    many = counted.filter(count__gt=2 * MOST_BEFORE).values_list("snapshot", flat=True)
    return deleted + sum(_thin(snapshot_id) for snapshot_id in list(many))


def _thin(snapshot_id: int) -> int:
    """Leave about MOST_BEFORE samples, evenly spread, of everything before the last hour."""
    before = StatsSample.objects.filter(snapshot_id=snapshot_id, at__lt=timezone.now() - KEEP_EACH)
    rows = list(before.order_by("at").values_list("pk", "at"))
    if len(rows) <= MOST_BEFORE:
        return 0
    kept = rows[0][1]
    step = (rows[-1][1] - kept) / MOST_BEFORE
    surplus = []
    for pk, at in rows[1:]:
        if at - kept < step:
            surplus.append(pk)
        else:
            kept = at
    for first in range(0, len(surplus), _AT_ONCE):
        StatsSample.objects.filter(pk__in=surplus[first : first + _AT_ONCE]).delete()
    return len(surplus)
