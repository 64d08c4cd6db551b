"""The live panel: one reader per broadcast for any number of browsers, and every figure with its age.

Web requests never wait for CallFire here. A tick looks at what was last read, and when that is due asks
for one reading in the background; the claim in Redis makes it one, however many browsers watch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from callfire_api import Broadcast, BroadcastStats, BroadcastStatus, CallFireError, NotFound
from campaigns import shared
from campaigns.actions import DIALLING
from campaigns.gateway import get_callfire_for_panels
from campaigns.models import BroadcastSnapshot
from campaigns.services import charts, health, samples, snapshots
from campaigns.services.charts import History
from campaigns.services.outcomes import Outcomes, kept_counters, read

UNWATCHED_SECONDS: Final = 15.0
STATUS_SECONDS: Final = 15.0
PACE_WITHIN: Final = timedelta(minutes=2)
# How many broadcasts whose counters were never read are read in one pass, when nothing else needs the pace.
MOST_UNCOUNTED: Final = 12
PASS_SECONDS: Final = 5
# One that could not be counted is left alone for a while, so that it holds up nobody.
REST_SECONDS: Final = 600
_OLD: Final = frozenset({"late", "lost"})
_OVER: Final = frozenset({BroadcastStatus.FINISHED, BroadcastStatus.ARCHIVED})


@dataclass(frozen=True, slots=True)
class StatsPanel:
    """What the live panel shows. ``every`` is None when there is nothing left to wait for."""

    broadcast_id: int
    status: str
    outcomes: Outcomes
    pace: float | None
    average_pace: float | None
    history: History | None
    as_of: datetime | None
    age: str
    trouble: str
    trouble_since: datetime | None
    every: float | None
    version: str

    @property
    def is_live(self) -> bool:
        """Whether calls are being placed, as far as CallFire last said."""
        return BroadcastStatus(self.status) in DIALLING

    @property
    def is_old(self) -> bool:
        """Whether the figures missed a beat; the outcome bar then loses its saturation."""
        return self.age in _OLD


def panel(snapshot: BroadcastSnapshot) -> StatsPanel:
    """The panel of this broadcast from what was last read; never waits for CallFire."""
    every = _interval(snapshot)
    age, trouble = _age(snapshot, every)
    readings = samples.readings(snapshot) if snapshot.counters_at else []
    whole = readings[-1].at - readings[0].at if readings else timedelta()
    return StatsPanel(
        broadcast_id=snapshot.pk,
        status=snapshot.status,
        outcomes=read(snapshot.counters),
        pace=charts.pace(readings, within=PACE_WITHIN),
        average_pace=charts.pace(readings, within=whole) if whole > PACE_WITHIN else None,
        history=charts.history(readings),
        as_of=snapshot.counters_at,
        age=age,
        trouble=trouble,
        trouble_since=snapshot.trouble_since,
        every=every,
        version=_version(snapshot, age, trouble),
    )


def version_of(snapshot: BroadcastSnapshot) -> str:
    """What a browser that already shows this version need not be sent again."""
    return _version(snapshot, *_age(snapshot, _interval(snapshot)))


def is_old(snapshot: BroadcastSnapshot) -> bool:
    """Whether its figures missed a beat; those of a broadcast that is not read any more never do."""
    return _age(snapshot, _interval(snapshot))[0] in _OLD


def version_of_all(listed: Sequence[BroadcastSnapshot]) -> str:
    """The same for several broadcasts together."""
    return hashlib.blake2s("".join(version_of(each) for each in listed).encode(), digest_size=6).hexdigest()


def is_due(snapshot: BroadcastSnapshot) -> bool:
    """Whether this broadcast should be read now, and the caller is the one to see to it."""
    every = _interval(snapshot)
    if every is None:
        return False
    age = _seconds_since(snapshot.counters_at)
    return (age is None or age >= 0.9 * every) and shared.claim(_claim(snapshot.pk), 60)


def due_in_background() -> list[int]:
    """The broadcasts nobody watches that should be read now; claimed for the caller.

    Those that dial come first, then those still settling, then as many whose counters were never read as half
    of the pace leaves room for.
    """
    now = timezone.now()
    dialling = BroadcastSnapshot.objects.filter(gone_at=None, status__in=DIALLING)
    settling = BroadcastSnapshot.objects.filter(gone_at=None, settles_until__gte=now)
    chosen = {
        snapshot.pk
        for snapshot in [*dialling, *settling]
        if (age := _seconds_since(snapshot.counters_at)) is None or age >= UNWATCHED_SECONDS
    }
    half = int(settings.CALLFIRE_MAX_REQUESTS_PER_SECOND * PASS_SECONDS / 2)
    chosen |= _uncounted(max(1, min(MOST_UNCOUNTED, half - len(chosen))), but=chosen)
    return [broadcast_id for broadcast_id in chosen if shared.claim(_claim(broadcast_id), 60)]


def _uncounted(most: int, *, but: set[int]) -> set[int]:
    """So many of those never counted: changed last first, then those that could not be and have rested."""
    waiting = BroadcastSnapshot.objects.filter(gone_at=None, counters_at=None).exclude(pk__in=but)
    fresh = waiting.filter(trouble="").order_by("-last_modified").values_list("pk", flat=True)[:most]
    found = set(fresh)
    failed = waiting.exclude(trouble="").order_by("?").values_list("pk", flat=True)[: most - len(found)]
    return found | {broadcast_id for broadcast_id in failed if not shared.recall(_rest(broadcast_id))}


def refresh(broadcast_id: int) -> None:
    """Read the counters, and when it is time the status, from CallFire into the snapshot.

    A failure is kept beside the old figures, with since when; it is not raised.
    """
    started = timezone.now()
    snapshot = BroadcastSnapshot.objects.filter(pk=broadcast_id).first()
    try:
        with health.watching():
            broadcast = _read(broadcast_id) if _wants_status(snapshot) else None
            stats = get_callfire_for_panels().broadcasts.stats(broadcast_id)
    except NotFound:
        snapshots.forget(broadcast_id)
    except CallFireError as error:
        _note_trouble(broadcast_id, error.user_message, since=started)
        shared.remember(_rest(broadcast_id), True, REST_SECONDS)
    else:
        _keep(broadcast_id, broadcast, stats, at=started)
    finally:
        spent = (timezone.now() - started).total_seconds()
        shared.hold(_claim(broadcast_id), 0.9 * settings.STATS_INTERVAL_SECONDS - spent)


def _wants_status(snapshot: BroadcastSnapshot | None) -> bool:
    """Counters are read every time; the status only when it is old, or the figures hint at a change.

    One that was over when first seen is read for its counters alone: its status comes with the list.
    """
    if snapshot is not None and snapshot.counters_at is None and snapshot.status in _OVER:
        return False
    if snapshot is None or BroadcastStatus(snapshot.status) != BroadcastStatus.RUNNING:
        return True
    age = _seconds_since(snapshot.seen_at)
    return age is None or age >= STATUS_SECONDS or read(snapshot.counters).left == 0


def _read(broadcast_id: int) -> Broadcast:
    return snapshots.checked(get_callfire_for_panels().broadcasts.get(broadcast_id), broadcast_id)


def _keep(broadcast_id: int, broadcast: Broadcast | None, stats: BroadcastStats, *, at: datetime) -> None:
    if broadcast is not None:
        snapshots.record(broadcast, seen_at=at)
    counters = kept_counters(stats.raw)
    BroadcastSnapshot.objects.filter(pk=broadcast_id).update(
        counters=counters, counters_at=at, trouble="", trouble_since=None
    )
    samples.take(broadcast_id, read(counters), at=at)


def _note_trouble(broadcast_id: int, sentence: str, *, since: datetime) -> None:
    held = BroadcastSnapshot.objects.filter(pk=broadcast_id)
    held.update(trouble=sentence)
    held.filter(trouble_since=None).update(trouble_since=since)


def _interval(snapshot: BroadcastSnapshot) -> float | None:
    """Seconds until the panel should look again."""
    status = BroadcastStatus(snapshot.status)
    if status in DIALLING:
        return float(settings.STATS_INTERVAL_SECONDS)
    if snapshot.counters_at is None:
        return 2.0
    if snapshot.settles_until is not None and snapshot.settles_until > timezone.now():
        return 10.0
    if status in {BroadcastStatus.SCHEDULED, BroadcastStatus.APPROVED}:
        return 30.0
    return None


def _age(snapshot: BroadcastSnapshot, every: float | None) -> tuple[str, str]:
    """How the age of the figures reads ("" fresh, late, lost, final), and the reason when they are old."""
    if every is None:
        return "final", ""
    seconds = _seconds_since(snapshot.counters_at)
    if seconds is None:
        return "late", snapshot.trouble or _no_news()
    beat = max(every, UNWATCHED_SECONDS)
    if seconds <= beat + every:
        return "", ""
    return ("late" if seconds <= 2 * beat + every else "lost"), snapshot.trouble or _no_news()


def _no_news() -> str:
    """Why figures are old of which nobody noted trouble."""
    silent = health.trouble()
    return _no_worker() or (silent.sentence if silent is not None else "")


def _no_worker() -> str:
    if not shared.is_up():
        return "Callboard’s short-term memory (Redis) does not answer, so nobody is asked to read CallFire."
    if health.worker_seen_at() is None:
        return "Callboard’s background worker is not running, so nobody reads CallFire."
    return ""


def _version(snapshot: BroadcastSnapshot, age: str, trouble: str) -> str:
    shown = (snapshot.status, sorted(snapshot.counters.items()), bool(snapshot.counters_at), age, trouble)
    return hashlib.blake2s(repr(shown).encode(), digest_size=6).hexdigest()


def _seconds_since(moment: datetime | None) -> float | None:
    return (timezone.now() - moment).total_seconds() if moment is not None else None


def _claim(broadcast_id: int) -> str:
    return f"stats:{broadcast_id}"


def _rest(broadcast_id: int) -> str:
    return f"stats:rest:{broadcast_id}"
