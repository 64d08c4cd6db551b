"""The question before a start: everything the confirmation shows, and what travels signed in its form.

When that no longer holds, the same question is asked again with what changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2s
from typing import Final

from django.conf import settings
from django.core import signing

from callfire_api import Broadcast
from callfire_api.wire import read
from campaigns.labels import in_a_row
from campaigns.models import BroadcastSnapshot, User
from campaigns.services import endings, estimates, headcount, health, spoken, start_checks, summary, windows

AGREEMENT: Final = "These people agreed to automated calls like this one."
GOOD_FOR: Final = timedelta(minutes=30)
MOVED: Final = 0.05
_EVERYTHING: Final = "Settings"


@dataclass(frozen=True, slots=True)
class Lock:
    """Why nothing may start yet, and where to see more."""

    sentence: str
    href: str


@dataclass(frozen=True, slots=True)
class Planned:
    """One schedule in words, and when it begins next."""

    words: str
    next: windows.NextStart


@dataclass(frozen=True, slots=True)
class Question:
    """Everything the confirmation shows, read from CallFire a moment ago. None means that it did not say."""

    snapshot: BroadcastSnapshot
    refusal: str
    locks: Sequence[Lock]
    people: headcount.Headcount
    is_verified: bool | None
    hours: str
    reach: windows.Reach
    schedules: Sequence[Planned]
    tries: str
    tries_each: int
    messages: Sequence[summary.Setting]
    keys: Sequence[str]
    ending: endings.Ending | None
    estimate: estimates.Estimate | None
    balance: health.Credits | None
    checks: start_checks.Checks
    at: datetime

    @property
    def is_barred(self) -> bool:
        """Whether nothing can be started now, whatever is confirmed."""
        return bool(self.refusal or self.locks)

    @property
    def typed(self) -> int | None:
        """The number that has to be typed; None for so few people that a click will do."""
        return needs_typing(self.people.to_call)

    @property
    def typed_above(self) -> int:
        """For how many people a click will do."""
        return int(settings.START_TYPED_ABOVE)

    @property
    def most_calls(self) -> int | None:
        """The number of calls when every try is needed."""
        return None if self.people.to_call is None else self.people.to_call * self.tries_each

    @property
    def balance_after(self) -> str:
        """What the estimate leaves, 9,000 – 10,000; empty when either is not known."""
        if self.balance is None or self.estimate is None:
            return ""
        least, most = (
            f"{self.balance.amount - bound:,.0f}" for bound in (self.estimate.high, self.estimate.low)
        )
        return least if least == most else f"{least} –\N{WORD JOINER} {most}"

    @property
    def reach_in_words(self) -> str:
        """Who can be called now, and on whom that rests where it is not everybody who would be called."""
        looked_at, to_call = self.reach.looked_at, self.people.to_call
        if not looked_at or looked_at == to_call:
            return self.reach.in_words
        is_sample = to_call is not None and looked_at < to_call
        whom = f"{looked_at:,} of {to_call:,} people" if is_sample else f"{looked_at:,} people who wait"
        return f"{self.reach.in_words}, judging by {whom}"

    @property
    def shown(self) -> Shown:
        """What a reader of the confirmation has seen."""
        return Shown(
            broadcast_id=self.snapshot.pk,
            at=self.at.isoformat(timespec="seconds"),
            people=self.people.to_call,
            caller_id=self.snapshot.from_number,
            hours=f"{self.hours}; {self.reach_in_words}",
            tries=self.tries,
            estimate=self.estimate.in_words if self.estimate else "",
            balance=str(self.balance.amount) if self.balance else "",
            warnings=[warning.headline for warning in self.checks.warnings],
            settings=_fingerprints(self.snapshot),
            ends=f"after {self.ending.in_words} of calling" if self.ending else "",
            heard=[[each.term, *each.lines] for each in self.messages] + [["Keys", *self.keys]],
            zones=[window.in_words for window in self.reach.windows],
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """What a confirmation showed, fit to travel in its form and to be kept with the start."""

    broadcast_id: int
    at: str
    people: int | None
    caller_id: str
    hours: str
    tries: str
    estimate: str
    balance: str
    warnings: list[str]
    settings: dict[str, str] = field(repr=False)
    ends: str = ""
    heard: list[list[str]] = field(default_factory=list, repr=False)
    zones: list[str] = field(default_factory=list)

    def seal(self, reader: User) -> str:
        """It as text that only we can have written, for this reader."""
        return signing.dumps(asdict(self), salt=_salt(reader), compress=True)

    def differences(self, now: Question) -> list[str]:
        """Why a start cannot rest on it any more, as sentences; empty while it holds."""
        found = [*self._moved(now.people.to_call)]
        before, after = self.settings, _fingerprints(now.snapshot)
        terms = [term for term in {**before, **after} if before.get(term) != after.get(term)]
        if terms:
            named = [term for term in terms if term != _EVERYTHING] or terms
            found.append(f"Changed on CallFire since you looked: {in_a_row(named, 'and')}.")
        return found + [
            f"New since you looked: {warning.headline}"
            for warning in now.checks.warnings
            if warning.headline not in self.warnings
        ]

    def _moved(self, people: int | None) -> list[str]:
        if self.people == people:
            return []
        if self.people is None or people is None:
            return ["CallFire says something else about how many people are left."]
        small = abs(people - self.people) <= MOVED * self.people
        if small and bool(needs_typing(people)) == bool(needs_typing(self.people)):
            return []
        many = "1 person" if people == 1 else f"{people:,} people"
        return [f"Now {many} would be called; when you looked it was {self.people:,}."]


def unseal(text: str, reader: User, *, broadcast_id: int) -> Shown | None:
    """What the page that was sent back showed; None when it is too old, not ours, or about another one."""
    try:
        shown = Shown(**signing.loads(text, salt=_salt(reader), max_age=GOOD_FOR))
    except (signing.BadSignature, TypeError):
        return None
    return shown if shown.broadcast_id == broadcast_id else None


def needs_typing(people: int | None) -> int | None:
    """The number, when so many would be called that it has to be typed."""
    return people if people is not None and people > settings.START_TYPED_ABOVE else None


def _fingerprints(snapshot: BroadcastSnapshot) -> dict[str, str]:
    """A few letters for each setting, by term, that change when it does; one of them stands for all.

    A message whose words CallFire tells once and then only by the id of their sound stays the same.
    """
    snapshot = spoken.with_words(snapshot)
    everything = replace(read(Broadcast, snapshot.settings), last_modified=None)
    texts = {setting.term: "\n".join(setting.lines) for setting in summary.in_words(snapshot)}
    texts |= {"Status": snapshot.status, _EVERYTHING: repr(everything)}
    return {term: blake2s(text.encode(), digest_size=4).hexdigest() for term, text in texts.items()}


def _salt(reader: User) -> str:
    return f"campaigns.start.{reader.pk}"
