"""About what a broadcast will cost, as an interval: from what our own broadcasts cost, wide where few did.

CallFire says what was billed, never what will be. How long people listen is not known before, so every figure
here is an estimate and is called one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from statistics import median, quantiles
from typing import Final

from django.conf import settings
from django.utils import timezone

from callfire_api import Broadcast, BroadcastStatus, CallResult
from callfire_api.wire import read
from campaigns.models import BroadcastSnapshot
from campaigns.services import outcomes

LOOK_BACK: Final = timedelta(days=90)
ENOUGH_BROADCASTS: Final = 5
MOST_BROADCASTS: Final = 200
# A handful of people says little about what a person costs.
LEAST_PEOPLE: Final = 20
# A bill beyond this is a fault in the figures, not a price.
MOST_CREDITS_A_PERSON: Final = 1000

# Without history: from one in five who listens for a minute, to nine in ten who listen for two.
_FEW_ANSWER: Final = Decimal("0.2")
_MOST_ANSWER: Final = Decimal("0.9")
_LONG_MINUTES: Final = 2
_SHOWN_DIGITS: Final = 2


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a person may be called: in all, and by people who were reached before."""

    most: int
    most_answered: int

    @classmethod
    def of(cls, broadcast: Broadcast) -> Tries:
        """The worst case. Whether CallFire counts the first call among the tries is not documented."""
        retry = broadcast.retry_config
        if retry is None or not retry.retry_results or not retry.max_attempts or retry.max_attempts < 1:
            return cls(1, 1)
        calls_again = {CallResult.LA, CallResult.AM, CallResult.XFER} & set(retry.retry_results)
        most = 1 + retry.max_attempts
        return cls(most, most if calls_again else 1)


@dataclass(frozen=True, slots=True)
class PastBroadcast:
    """What one finished broadcast cost in credits, and how often it may have called each person."""

    per_person: Decimal
    per_attempt: Decimal
    most_tries: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Credits, from ``low`` to ``high``, rounded outwards so that they claim no more than they know.

    ``broadcasts`` is how many finished ones it rests on; ``is_wide`` when those are too few.
    """

    low: Decimal
    high: Decimal
    broadcasts: int
    is_wide: bool

    @property
    def in_words(self) -> str:
        """8,900 – 9,900"""
        low, high = (f"{bound.normalize():,f}" for bound in (self.low, self.high))
        return low if low == high else f"{low} –\N{WORD JOINER} {high}"


def cost(people: int, tries: Tries) -> Estimate:
    """What calling these people will probably cost, from the finished broadcasts of the last 90 days."""
    return from_history(people, tries, _history(), credits_per_minute=settings.CREDITS_PER_MINUTE)


def from_history(
    people: int, tries: Tries, past: Sequence[PastBroadcast], *, credits_per_minute: float
) -> Estimate:
    """The interval that holds the cost of four in five broadcasts, judging by those past ones.

    With fewer than five of them it also spans what may be assumed knowing only the price of a minute.
    """
    low, high = _rates(tries, past) if len(past) > 1 else _assumed_rates(tries, credits_per_minute)
    is_wide = len(past) < ENOUGH_BROADCASTS
    if is_wide:
        assumed_low, assumed_high = _assumed_rates(tries, credits_per_minute)
        seen = [each.per_person for each in past]
        low, high = min(low, assumed_low, *seen), max(high, assumed_high, *seen)
    return Estimate(
        low=_rounded(people * low, ROUND_FLOOR),
        high=_rounded(people * high, ROUND_CEILING),
        broadcasts=len(past),
        is_wide=is_wide,
    )


def _rates(tries: Tries, past: Sequence[PastBroadcast]) -> tuple[Decimal, Decimal]:
    """Credits a person, low and high. More tries than there used to be are taken to be all needed."""
    low, high = _middle_four_fifths([each.per_person for each in past])
    if tries.most > median(each.most_tries for each in past):
        _, dear_attempt = _middle_four_fifths([each.per_attempt for each in past])
        high = max(high, dear_attempt * tries.most)
    return low, high


def _middle_four_fifths(rates: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """The bounds that leave a tenth of the rates on either side; beyond the outermost where those are few."""
    tenths = quantiles(rates, n=10, method="exclusive")
    return max(Decimal(0), tenths[0]), max(Decimal(0), tenths[-1])


def _assumed_rates(tries: Tries, credits_per_minute: float) -> tuple[Decimal, Decimal]:
    price = Decimal(str(credits_per_minute))
    return _FEW_ANSWER * price, _MOST_ANSWER * _LONG_MINUTES * tries.most_answered * price


def _history() -> list[PastBroadcast]:
    """The newest finished broadcasts whose figures were read and add up."""
    ended = BroadcastSnapshot.objects.filter(
        status__in=[BroadcastStatus.FINISHED, BroadcastStatus.ARCHIVED],
        last_modified__gte=timezone.now() - LOOK_BACK,
        counters_at__isnull=False,
    )
    found = (_past(snapshot) for snapshot in ended.order_by("-last_modified")[:MOST_BROADCASTS])
    return [past for past in found if past is not None]


def _past(snapshot: BroadcastSnapshot) -> PastBroadcast | None:
    figures = outcomes.read(snapshot.counters)
    dialed, attempted, billed = figures.dialed, figures.attempted, figures.billed
    if not dialed or dialed < LEAST_PEOPLE or not attempted or billed is None:
        return None
    if figures.contradictions or not 0 <= billed <= MOST_CREDITS_A_PERSON * dialed:
        return None
    return PastBroadcast(
        per_person=billed / dialed,
        per_attempt=billed / attempted,
        most_tries=Tries.of(read(Broadcast, snapshot.settings)).most,
    )


def _rounded(amount: Decimal, rounding: str) -> Decimal:
    """Two digits that count, and never less than a hundredth of a credit."""
    if not amount:
        return Decimal(0)
    place = max(amount.adjusted() - _SHOWN_DIGITS + 1, -2)
    return amount.quantize(Decimal(1).scaleb(place), rounding=rounding)
