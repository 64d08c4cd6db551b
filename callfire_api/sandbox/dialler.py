"""Calls people over time: at most so many at once, spaced evenly, some of them again later."""

import heapq
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from .codes import Result, State
from .outcomes import AVERAGE_CALL_SECONDS, Outcome, draw
from .people import People

PORTION = 100  # people taken at a time; credits are looked at before each portion (per the help centre)
_NEVER = float("inf")

GROUPS: dict[Result, str] = {
    Result.LA: "live",
    Result.XFER: "transfer",
    Result.AM: "machine",
    Result.BUSY: "busy",
    Result.NO_ANS: "no_answer",
    Result.CARRIER_TEMP_ERROR: "error",
    Result.CARRIER_ERROR: "error",
    Result.INTERNAL_ERROR: "error",
    Result.DNC: "dnc",
}


@dataclass(frozen=True)
class DialPlan:
    """The part of a broadcast's settings that the dialler obeys."""

    max_active: int = 1
    attempts: int = 1
    retry_after_seconds: float = 3600.0
    retry_results: frozenset[Result] = frozenset()
    machines_count_as_live: bool = False
    opens_at: Callable[[str, float], float] | None = None  # when a number may be called, at or after a time


@dataclass
class Totals:
    """Running sums over finished attempts."""

    attempts: int = 0
    placed: int = 0
    talk_seconds: int = 0
    billed_seconds: int = 0
    credits_e4: int = 0

    def add(self, outcome: Outcome) -> None:
        self.attempts += 1
        self.placed += GROUPS.get(outcome.result) != "error"
        self.talk_seconds += outcome.talk_seconds
        self.billed_seconds += outcome.billed_seconds
        self.credits_e4 += outcome.credits_e4


class Dialler:
    """Moves ``people`` through their states as time passes. Every event is handled once, in order of time."""

    def __init__(
        self,
        people: People,
        *,
        key: int,
        finished: Callable[[float, int, Outcome], None],
        has_credits: Callable[[float], bool],
    ) -> None:
        self.people = people
        self.plan = DialPlan()
        self.totals = Totals()
        self.settled: Counter[str] = Counter()
        self.last_event = 0.0
        self.halted = False  # the credits ran out
        self._key = key
        self._finished = finished
        self._has_credits = has_credits
        self._waiting: deque[int] = deque()
        self._again: list[tuple[float, int]] = []
        self._calling: list[tuple[float, int]] = []
        self._next_slot = 0.0
        self._portion = 0

    @property
    def is_idle(self) -> bool:
        """Nobody is being called and nobody waits for it."""
        states = self.people.in_state
        return not (states[State.READY] or states[State.SELECTED] or states[State.CALLBACK])

    @property
    def calls_in_progress(self) -> int:
        return len(self._calling)

    def is_in_progress(self, person: int, attempt: int) -> bool:
        """Whether this attempt is the one being made right now."""
        return self.people.states[person] == State.SELECTED and self.people.attempts[person] == attempt

    def enqueue(self, person: int) -> None:
        self._waiting.append(person)

    def resume(self, at: float) -> None:
        """Dialling begins, or begins again, at this moment."""
        self._next_slot = max(self._next_slot, at)
        self._portion = 0
        self.halted = False

    def outcome(self, person: int, attempt: int) -> Outcome:
        outcome = draw(self._key, person, attempt)
        if outcome.result is Result.AM and self.plan.machines_count_as_live:
            return Outcome(Result.LA, outcome.ring_seconds, outcome.talk_seconds)
        return outcome

    def advance(self, now: float, *, dialling: bool) -> None:
        """Lets everything happen up to ``now``; without ``dialling``, calls in progress only end."""
        while True:
            ends = self._calling[0][0] if self._calling else _NEVER
            dials = self._next_dial() if dialling and not self.halted else _NEVER
            moment = min(ends, dials)
            if moment > now or moment == _NEVER:
                return
            self.last_event = moment
            if ends <= dials:
                self._hang_up(*heapq.heappop(self._calling))
            else:
                self._dial(moment)

    def _next_dial(self) -> float:
        states = self.people.states
        if len(self._calling) >= self.plan.max_active:
            return _NEVER
        while self._again and states[self._again[0][1]] not in (State.READY, State.CALLBACK):
            heapq.heappop(self._again)
        while self._waiting and states[self._waiting[0]] != State.READY:
            self._waiting.popleft()
        if self._waiting:
            return self._next_slot
        return max(self._next_slot, self._again[0][0]) if self._again else _NEVER

    def _dial(self, at: float) -> None:
        if self._portion == 0:
            if not self._has_credits(at):
                self.halted = True
                return
            self._portion = PORTION
        person = self._take(at)
        if self.plan.opens_at is not None:
            opens = self.plan.opens_at(self.people.number(person), at)
            if opens > at:
                heapq.heappush(self._again, (opens, person))
                return
        self._portion -= 1
        self._next_slot = at + AVERAGE_CALL_SECONDS / self.plan.max_active
        attempt = self.people.begin_attempt(person, at)
        self.people.move(person, State.SELECTED, at)
        heapq.heappush(self._calling, (at + self.outcome(person, attempt).seconds, person))

    def _take(self, at: float) -> int:
        if self._again and self._again[0][0] <= at:
            return heapq.heappop(self._again)[1]
        return self._waiting.popleft()

    def _hang_up(self, at: float, person: int) -> None:
        people = self.people
        attempt = people.attempts[person]
        outcome = self.outcome(person, attempt)
        people.results[person] = outcome.result
        self.totals.add(outcome)
        if outcome.result in self.plan.retry_results and attempt < self.plan.attempts:
            people.move(person, State.CALLBACK, at)
            heapq.heappush(self._again, (at + self.plan.retry_after_seconds, person))
        else:
            people.move(person, State.TIMEOUT if outcome.result is Result.NONE else State.FINISHED, at)
            self.settled[GROUPS.get(outcome.result, "misc")] += 1
        self._finished(at, person, outcome)
