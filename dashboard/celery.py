"""The Celery application: the worker and its scheduler."""

from __future__ import annotations

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

logger = logging.getLogger(__name__)

WORKER_READY = "The worker takes tasks now."

app = Celery("callboard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def keep_our_logging(**_: Any) -> None:
    """Celery sets up no logging of its own where somebody listens to this signal; Django's stays."""


def begin(**_: Any) -> None:
    """Say so, and do at once what the scheduler would first do an interval later."""
    logger.info(WORKER_READY)
    app.send_task("campaigns.tasks.heartbeat", expires=5)
    app.send_task("campaigns.tasks.refresh_snapshots", expires=60)
    app.send_task("campaigns.tasks.check_callfire", expires=60)
    app.send_task("campaigns.tasks.look_after_uploads", expires=5)


setup_logging.connect(keep_our_logging)
worker_ready.connect(begin)
