"""``manage.py worker``: background work alone, for machines that run the parts one at a time."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from dashboard import parts, preparation
from dashboard.celery import app

# Tasks wait for CallFire most of the time: threads cost a tenth of the memory of processes.
# Uploads need one for each batch on its way, and some for checks and looks.
THREADS: Final = {"live": 16, "uploads": settings.UPLOAD_CONCURRENCY + 8}


class Command(BaseCommand):
    help = "Runs background work and its scheduler."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--queue", choices=THREADS, help="take only this work; without it, all")

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
        queues = [options["queue"]] if options["queue"] else list(THREADS)
        quiet = [] if options["verbosity"] else ["--quiet"]
        app.worker_main(
            [
                *quiet,
                "worker",
                "--pool=threads",
                f"--queues={','.join(queues)}",
                f"--concurrency={sum(THREADS[queue] for queue in queues)}",
                "--beat",
                f"--schedule={settings.CELERY_BEAT_SCHEDULE_FILENAME}-{queues[0]}",
                "--without-gossip",
                "--without-mingle",
                "--without-heartbeat",
            ]
        )
