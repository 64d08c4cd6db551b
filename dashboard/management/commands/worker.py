"""``manage.py worker``: background work alone, for machines that run the parts one at a time."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.db import connection

from dashboard import parts, preparation
from dashboard.celery import app

# Tasks wait for CallFire most of the time: threads cost a tenth of the memory of processes.
THREADS = 16


class Command(BaseCommand):
    help = "Runs background work and its scheduler."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **options: Any) -> None:
        preparation.keep_private()
        preparation.check_tables()
        connection.close()
        if not parts.redis_answers(settings.REDIS_URL):
            raise ImproperlyConfigured(
                "The worker takes its work from Redis, and that does not answer. Set REDIS_URL to one that "
                "does, or run everything together: python manage.py up"
            )
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        quiet = [] if options["verbosity"] else ["--quiet"]
        app.worker_main(
            [
                *quiet,
                "worker",
                "--pool=threads",
                f"--concurrency={THREADS}",
                "--beat",
                f"--schedule={settings.CELERY_BEAT_SCHEDULE_FILENAME}",
                "--without-gossip",
                "--without-mingle",
                "--without-heartbeat",
            ]
        )
