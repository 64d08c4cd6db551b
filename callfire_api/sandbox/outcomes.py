"""What happens to a call: drawn once and for all from a hash of who is called for which time."""

from dataclasses import dataclass
from math import ceil

from .codes import Result, State

_MASK = (1 << 64) - 1

# Shares of a thousand attempts: (upper bound, result, ring seconds, talk seconds), ranges as (least, span).
_SHARES = (
    (370, Result.LA, (4, 12), (8, 37)),
    (720, Result.AM, (15, 10), (15, 20)),
    (880, Result.NO_ANS, (30, 5), (0, 0)),
    (930, Result.BUSY, (2, 3), (0, 0)),
    (965, Result.CARRIER_ERROR, (1, 4), (0, 0)),
    (972, Result.CARRIER_TEMP_ERROR, (1, 4), (0, 0)),
    (975, Result.INTERNAL_ERROR, (1, 2), (0, 0)),
    (990, Result.XFER, (4, 12), (60, 180)),
    (998, Result.DNC, (4, 12), (6, 10)),
    (1000, Result.NONE, (5, 20), (0, 0)),
)
AVERAGE_CALL_SECONDS = 37.0  # follows from the table; the dialler spaces its calls by it

# Shares of ten thousand generated people whom a list check turns away.
_TURNED_AWAY = (
    (60, State.INVALID),
    (140, State.DNC),
    (180, State.DUP),
    (210, State.PERIOD_LIMIT),
    (230, State.RESTRICTED_NUMBER),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """An attempt's fate. ``result`` NONE means that nobody ever reported one."""

    result: Result
    ring_seconds: int
    talk_seconds: int

    @property
    def seconds(self) -> int:
        return self.ring_seconds + self.talk_seconds

    @property
    def billed_seconds(self) -> int:
        """Whole minutes from pick-up to hang-up."""
        return ceil(self.talk_seconds / 60) * 60

    @property
    def credits_e4(self) -> int:
        """The price in ten-thousandths of a credit: by the second after the first minute."""
        return round(max(self.talk_seconds, 60) * 10_000 / 60) if self.talk_seconds else 0


def mix(*parts: int) -> int:
    """A well-stirred 64-bit number that depends on nothing but ``parts`` (splitmix64)."""
    value = 0
    for part in parts:
        value = (value ^ part) + 0x9E3779B97F4A7C15 & _MASK
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        value = (value ^ value >> 27) * 0x94D049BB133111EB & _MASK
        value ^= value >> 31
    return value


def draw(key: int, person: int, attempt: int) -> Outcome:
    """The outcome of the ``attempt``-th call to ``person`` in the run known by ``key``."""
    stirred = mix(key, person, attempt)
    point = stirred % 1000
    for bound, result, (ring, ring_span), (talk, talk_span) in _SHARES:
        if point < bound:
            return Outcome(
                result,
                ring + (stirred >> 20) % (ring_span + 1),
                talk + (stirred >> 40) % (talk_span + 1),
            )
    raise AssertionError("the shares add up to a thousand")


def turned_away(key: int, person: int) -> State | None:
    """The state in which a list check leaves a generated person, or None for READY."""
    point = mix(key, person, 0xC0FFEE) % 10_000
    return next((state for bound, state in _TURNED_AWAY if point < bound), None)
