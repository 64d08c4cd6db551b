"""What a broadcast that is put into the world went through before."""

from dataclasses import dataclass
from math import inf

from .broadcast import ACTIVE
from .outcomes import AVERAGE_CALL_SECONDS
from .roster import Seed

_PREPARED_SECONDS = 60.0  # between its creation and its start


@dataclass(frozen=True)
class History:
    """Moments in seconds; ``seed`` makes the people and their calls when they are wanted."""

    created: float
    modified: float
    seed: Seed


def imagine(
    now: float,
    status: str,
    *,
    people: int,
    batches: int,
    messy: bool,
    max_active: int,
    progress: float | None,
    created_ago_seconds: float | None,
) -> History:
    """A past that ends at ``now`` in ``status``, with ``progress`` (0 to 1) of the run behind it."""
    whole_run = people * AVERAGE_CALL_SECONDS / max_active
    share = float(status in ("FINISHED", "ARCHIVED")) if progress is None else progress
    ran = whole_run * share
    if status in ACTIVE:
        begun = now - ran
        ago = ran + _PREPARED_SECONDS if created_ago_seconds is None else created_ago_seconds
        return History(now - ago, begun, Seed(people, batches, begun, None, messy))
    last_calls = ran * 0.2 + 600 if share == 1 else 0
    ago = ran + last_calls + _PREPARED_SECONDS if created_ago_seconds is None else created_ago_seconds
    created = now - ago
    if not share:
        return History(created, created, Seed(people, batches, messy=messy))
    begun = created + _PREPARED_SECONDS
    stopped = inf if share == 1 else begun + ran
    return History(created, begun + ran, Seed(people, batches, begun, stopped, messy))
