"""The scheduler inside each worker."""

from __future__ import annotations

from typing import Any

from celery.beat import PersistentScheduler

from campaigns import shared


class OncePerBeat(PersistentScheduler):
    """However many workers run, each with a scheduler, a task that is due is sent once.

    The first scheduler to claim the beat in Redis sends; when it dies, another is first from then on.
    """

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Send the task unless another scheduler did so for this beat."""
        seconds = int(0.9 * entry.schedule.run_every.total_seconds())  # claims last whole seconds
        if not seconds or shared.claim(f"beat:{entry.name}", seconds):
            super().apply_entry(entry, producer=producer)
