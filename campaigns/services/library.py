"""What the form of a broadcast offers to choose from: caller IDs and labels that exist already.

Read while a page waits and kept for a minute; a list CallFire does not give is empty, and typing still works.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from callfire_api import CallFireError
from campaigns import shared
from campaigns.gateway import get_callfire_quickly
from campaigns.services.listing import known_labels

_KEPT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Choices:
    """Caller IDs as numbers, labels as words."""

    caller_ids: tuple[str, ...]
    labels: tuple[str, ...]


def choices() -> Choices:
    """What can be chosen now."""
    return Choices(_caller_ids(), known_labels())


def _caller_ids() -> tuple[str, ...]:
    held = shared.recall("library:caller-ids")
    if held is not None:
        return tuple(held)
    try:
        found = get_callfire_quickly().account.caller_ids()
    except CallFireError:
        return ()
    numbers = tuple(caller.phone_number for caller in found if caller.phone_number)
    shared.remember("library:caller-ids", numbers, _KEPT_SECONDS)
    return numbers
