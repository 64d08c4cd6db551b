"""Background work: ids in, one service call, safe to run twice."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Final

from celery import Task, shared_task
from celery.signals import worker_shutting_down
from django.db import DatabaseError
from kombu.exceptions import OperationalError

from callfire_api import CallFireError
from campaigns.models import AuditEvent
from campaigns.services import (
    audio,
    broadcasts,
    checks,
    exporting,
    exports,
    handing_over,
    health,
    reconciling,
    retention,
    revival,
    samples,
    snapshots,
    stats,
    unsettled,
)

logger = logging.getLogger(__name__)

# A lane makes room for other tasks now and then, and ends between two chunks when the worker is told to stop.
LANE_SECONDS: Final = 60
_STOPPING: Final = threading.Event()


def enqueue(task: Task[..., None], *args: int, expires: float = 3600) -> bool:
    """Hand the task to the worker, to be begun within ``expires`` seconds.

    False when the broker does not answer, which a page says and survives.
    """
    try:
        task.apply_async(args, expires=expires, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("%s was not enqueued: %s", task.name, error.__class__.__name__)
        return False
    return True


@shared_task
def heartbeat() -> None:
    """Show that the worker lives."""
    health.beat()


@shared_task
def check_callfire() -> None:
    """Read the balance, and with it whether CallFire answers."""
    try:
        health.check_callfire()
    except CallFireError as error:
        logger.warning("CallFire: %s", error)


@shared_task
def refresh_snapshots() -> None:
    """Read the list of broadcasts, unless somebody is reading it right now."""
    if health.background_may_read() and snapshots.may_refresh():
        read_snapshots()


@shared_task
def read_snapshots() -> None:
    """Read the list of broadcasts; the caller holds the claim."""
    try:
        with health.watching():
            snapshots.refresh()
    except CallFireError as error:
        logger.warning("The list of broadcasts was not read: %s", error)


@shared_task
def refresh_running() -> None:
    """See to it that every broadcast that dials is read now and then, watched or not."""
    if not health.background_may_read():
        return
    for broadcast_id in stats.due_in_background():
        enqueue(refresh_stats, broadcast_id, expires=30)


@shared_task
def refresh_stats(broadcast_id: int) -> None:
    """Read the counters of one broadcast; the caller holds the claim."""
    stats.refresh(broadcast_id)


@shared_task
def carry_out(event_id: int) -> None:
    """Do what an event intends, once."""
    broadcasts.carry_out(AuditEvent.objects.get(pk=event_id))


@shared_task
def follow_up(event_id: int) -> None:
    """Look up what became of an event; presses Stop again, never anything else."""
    unsettled.follow_up(AuditEvent.objects.get(pk=event_id))


@shared_task
def follow_up_open_actions() -> None:
    """Follow up everything that is not settled, a worker restart or crash in between included."""
    for event in unsettled.events():
        enqueue(follow_up, event.pk, expires=10)


@shared_task
def prune() -> None:
    """Forget what the charts no longer reach, or do not need."""
    logger.info("%d samples forgotten", samples.prune())


@shared_task
def check_upload(upload_id: int) -> None:
    """Look at every row of the upload, unless another task does."""
    checks.run(upload_id)


@shared_task
def hand_over() -> None:
    """One lane: send one chunk after the other, whichever upload's turn it is, until there is none."""
    ends_at = time.monotonic() + LANE_SECONDS
    try:
        while not _STOPPING.is_set():
            if not handing_over.send_next():
                return
            if time.monotonic() > ends_at:
                enqueue(hand_over)
                return
    except DatabaseError as error:
        logger.warning("A lane ended early: %s", error)


@shared_task
def settle_upload(upload_id: int) -> None:
    """Hold an upload against the batches CallFire has."""
    reconciling.look(upload_id)


@shared_task
def look_after_uploads() -> None:
    """Show that the worker of uploads and exports lives, and see to everything that is due."""
    health.beat(health.UPLOADS)
    due = revival.look_after()
    for upload_id in due.checks:
        enqueue(check_upload, upload_id, expires=10)
    for upload_id in due.looks:
        enqueue(settle_upload, upload_id, expires=10)
    for _ in range(due.lanes):
        enqueue(hand_over, expires=10)
    for export_id in exporting.due():
        enqueue(run_export, export_id, expires=10)


@shared_task
def run_export(export_id: int) -> None:
    """Go on with an export for a while; what is left then is a task of its own."""
    ends_at = time.monotonic() + LANE_SECONDS
    if exporting.run(export_id, should_stop=lambda: _STOPPING.is_set() or time.monotonic() > ends_at):
        enqueue(run_export, export_id)


@shared_task
def forget_files() -> None:
    """Remove the files of uploads and exports that ended long ago, and recordings kept for long enough."""
    audio.make_room()
    logger.info("The files of %d uploads were removed", retention.forget())
    logger.info("The files of %d exports were removed", exports.expire())


@worker_shutting_down.connect
def _end_lanes(**_: Any) -> None:
    _STOPPING.set()
