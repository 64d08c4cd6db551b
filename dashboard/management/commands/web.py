"""``manage.py web``: the pages alone, for machines that run the parts one at a time."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.db import connection
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from dashboard import ports, preparation

WORKERS = 2
# Few threads win: 32 and more fight for the interpreter.
THREADS_PER_WORKER = 8


class Command(BaseCommand):
    help = "Serves the pages on HOST and PORT."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **options: Any) -> None:
        preparation.keep_private()
        reason = ports.why_not_ours(settings.HOST, settings.PORT)
        if reason:
            raise ImproperlyConfigured(
                f"Port {settings.PORT} on {settings.HOST} cannot be had ({reason}). Set PORT to another."
            )
        preparation.check_tables()
        preparation.collect_static()
        if not settings.PRACTICE_MODE:
            preparation.switch_practice_people_off()
        connection.close()  # each worker process opens its own
        if options["verbosity"]:
            self.stdout.write(f"Serving http://{settings.HOST}:{settings.PORT}/ until Ctrl-C.")
        Server(
            "dashboard.wsgi:application",
            address=settings.HOST,
            port=settings.PORT,
            interface=Interfaces.WSGI,
            workers=WORKERS,
            blocking_threads=THREADS_PER_WORKER,
            backlog=1024,
            websockets=False,
            respawn_failed_workers=True,
            # A worker that is told to stop while it starts never hears it.
            workers_kill_timeout=5,
            log_level=LogLevels.warning,
        ).serve()
