"""Ids that say where to look: each is computed from a broadcast's ordinal and a position inside it."""

from dataclasses import dataclass

HUGE = 2**53
_STEP, _ENDING = 1000, 3  # CallFire's ids come in thousands and end in 003


@dataclass(frozen=True)
class IdRange:
    """Ids of one kind of thing; a broadcast may own ``room`` of them."""

    base: int
    room: int

    def make(self, ordinal: int, position: int = 0, *, huge: bool = False) -> int:
        return self.base + (ordinal * self.room + position) * _STEP + _ENDING + (HUGE if huge else 0)

    def split(self, number: int) -> tuple[int, int] | None:
        """(ordinal, position) behind an id, or None when no id of this kind looks like that."""
        plain = number - HUGE if number > HUGE else number
        count, ending = divmod(plain - self.base, _STEP)
        return None if count < 0 or ending != _ENDING else divmod(count, self.room)


BROADCASTS = IdRange(6_725_000_000, 1)
BATCHES = IdRange(600_000_000_000, 10_000)
CALLS = IdRange(1_930_000_000_000, 1_000_000)
SCHEDULES = IdRange(77_000_000, 1_000)
RECORDS = IdRange(20_000_000_000_000, 10_000_000)
RECORDINGS = IdRange(400_000_000_000_000, 1_000_000)
CONTACTS = IdRange(800_000_000_000_000, 1_000_000)
SPECIAL_CALLS_FROM = 900_000  # positions of calls that were written by hand instead of dialled
