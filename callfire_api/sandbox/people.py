"""Everybody in a broadcast, as columns instead of objects."""

import json
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any

from .codes import UNSETTLED, Result, State


class People:
    """Person ``i`` is the i-th who was added; the columns are indexed by that number.

    ``numbers`` holds 0 for someone whose number is not eleven digits; ``extras`` then knows the text.
    """

    def __init__(self) -> None:
        self.numbers = array("Q")
        self.batches = array("I")
        self.states = bytearray()
        self.results = bytearray()
        self.attempts = bytearray()
        self.modified = array("d")
        self.in_state: Counter[int] = Counter()
        self.unsettled_in_batch: Counter[int] = Counter()
        self._extras: dict[int, str] = {}
        self._last_attempt = array("q")
        self._attempt_person = array("I")
        self._attempt_at = array("d")
        self._attempt_before = array("q")

    def __len__(self) -> int:
        return len(self.states)

    def add(
        self, number: int, batch: int, state: State, at: float, extras: dict[str, Any] | None = None
    ) -> int:
        """Appends one person and returns their index."""
        person = len(self.states)
        self.numbers.append(number)
        self.batches.append(batch)
        self.states.append(state)
        self.results.append(Result.NONE)
        self.attempts.append(0)
        self.modified.append(at)
        self._last_attempt.append(-1)
        self.in_state[state] += 1
        if state in UNSETTLED:
            self.unsettled_in_batch[batch] += 1
        if extras:
            self._extras[person] = json.dumps(extras)
        return person

    def move(self, person: int, state: State, at: float) -> None:
        """Changes a person's state and the tallies with it."""
        before = self.states[person]
        self.states[person] = state
        self.modified[person] = at
        self.in_state[before] -= 1
        self.in_state[state] += 1
        change = (state in UNSETTLED) - (before in UNSETTLED)
        if change:
            self.unsettled_in_batch[self.batches[person]] += change

    def begin_attempt(self, person: int, at: float) -> int:
        """Writes the attempt down and returns which one of this person it is, from 1."""
        self._attempt_person.append(person)
        self._attempt_at.append(at)
        self._attempt_before.append(self._last_attempt[person])
        self._last_attempt[person] = len(self._attempt_at) - 1
        self.attempts[person] += 1
        return self.attempts[person]

    def attempts_of(self, person: int) -> list[tuple[int, float]]:
        """(position in the broadcast's attempt log, time) of each attempt, the first one first."""
        chain = []
        position = self._last_attempt[person]
        while position >= 0:
            chain.append((position, self._attempt_at[position]))
            position = self._attempt_before[position]
        return chain[::-1]

    def all_attempts(self) -> Iterator[tuple[int, float]]:
        """(person, time) of every attempt, in the order they were made."""
        return zip(self._attempt_person, self._attempt_at, strict=True)

    def extras(self, person: int) -> dict[str, Any]:
        """What the recipient carried besides a number: attributes, contactId, fromNumber, messages."""
        text = self._extras.get(person)
        return json.loads(text) if text else {}

    def number(self, person: int) -> str:
        """The number as CallFire shows it; a bad one as it was sent."""
        return str(self.numbers[person] or self.extras(person).get("phoneNumber", ""))
