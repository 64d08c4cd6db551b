"""A sender as one is written in an afternoon: a task for each part, tried again until CallFire says yes.

It runs on the same stage as ours, to show that the stage can tell the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from celery import Celery

from callfire_api import BatchDraft, CallFire, CallFireError, LocalPacer, Recipient

app = Celery("naive", broker=os.environ["REDIS_URL"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 1, "unacked_restore_throttle": 1},
)
pacer = LocalPacer(requests_per_second=1000, max_in_flight=16)


@app.task(name="naive.send", autoretry_for=(CallFireError,), max_retries=20, default_retry_delay=1)
def send(broadcast_id: int, path: str, number: int, first: int, rows: int) -> None:
    """Add the people on so many lines of the file, from this one on, as one batch."""
    lines = Path(path).read_text(encoding="ascii").splitlines()[first : first + rows]
    people = [json.loads(line.partition("\t")[2]) for line in lines]
    draft = BatchDraft(
        name=f"Part {number}",
        recipients=tuple(Recipient(phone_number=person["phoneNumber"]) for person in people),
    )
    with CallFire(
        os.environ["CALLFIRE_LOGIN"],
        os.environ["CALLFIRE_PASSWORD"],
        os.environ["CALLFIRE_BASE_URL"],
        read_timeout=float(os.environ["CALLFIRE_READ_TIMEOUT"]),
        pacer=pacer,
    ) as callfire:
        callfire.broadcasts.add_batch(broadcast_id, draft)
