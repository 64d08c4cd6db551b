"""Everybody a broadcast calls: its batches, its people, and the dialler that works through them."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from . import ids, phone
from .batch import Batch
from .codes import Result, State
from .dialler import Dialler, DialPlan
from .exchange import Json, milliseconds
from .host import Host
from .outcomes import Outcome, mix, turned_away
from .people import People
from .recipients import admit, number_of


@dataclass(frozen=True)
class Seed:
    """People who were there before the world opened, and when they were called.

    Nothing of it exists until somebody asks: a world of hundreds of thousands costs nothing to set up.
    ``stopped_at`` None means that the run goes on; infinity, that it went to its end.
    ``messy`` lists contain people whom the list check turned away.
    """

    people: int
    batches: int = 1
    started_at: float | None = None
    stopped_at: float | None = None
    messy: bool = False


class Roster:
    """People are known by their position: 0 was added first."""

    def __init__(
        self, host: Host, ordinal: int, *, huge: bool, plan: DialPlan, created: float, seed: Seed
    ) -> None:
        self._host = host
        self._ordinal = ordinal
        self._huge = huge
        self._plan = plan
        self._created = created
        self._seed = seed
        self._batches: list[Batch] = []
        self._dialler: Dialler | None = None
        self._replaying = False
        self._numbers: set[int] | None = None

    # Looking

    @property
    def dialler(self) -> Dialler:
        """Built from the seed the first time somebody looks."""
        if self._dialler is None:
            key = mix(self._host.seed, self._ordinal)
            self._dialler = Dialler(
                People(), key=key, finished=self._call_ended, has_credits=self._has_credits
            )
            self._dialler.plan = self._plan
            self._grow(self._dialler, self._seed)
        return self._dialler

    @property
    def people(self) -> People:
        return self.dialler.people

    @property
    def size(self) -> int:
        """How many people there are, without building anything."""
        return self._seed.people if self._dialler is None else len(self._dialler.people)

    @property
    def seeded(self) -> int:
        """How many of the people, the first ones, were there from the start."""
        return self._seed.people

    @property
    def batches(self) -> list[Batch]:
        _ = self.dialler
        return self._batches

    @property
    def is_built(self) -> bool:
        return self._dialler is not None

    def pending_batches(self) -> list[Batch]:
        return [batch for batch in self._batches if not batch.arrived]

    def batch_json(self, batch: Batch, broadcast_id: int) -> Json:
        waiting = self.people.unsettled_in_batch[batch.position] if batch.arrived else len(batch.newcomers)
        return {
            "id": batch.id,
            "name": batch.name,
            "status": batch.status(self._host.now()),
            "broadcastId": broadcast_id,
            "created": milliseconds(batch.created),
            "size": batch.size,
            "remaining": waiting,
            "enabled": batch.enabled,
        }

    # Changing

    def use_plan(self, plan: DialPlan) -> None:
        self._plan = plan
        if self._dialler is not None:
            self._dialler.plan = plan

    def add_recipients(self, recipients: Iterable[Json], batch_name: str, now: float) -> list[int]:
        """Puts people into the automatic batch, ready at once; returns their positions."""
        batch = next((batch for batch in self.batches if batch.name == batch_name), None)
        if batch is None:
            batch = self._new_batch(batch_name, now, size=0)
        added = [self._admit(recipient, batch, now) for recipient in recipients]
        batch.size += len(added)
        return added

    def add_batch(
        self, name: str, recipients: list[Json], now: float, *, scrub_duplicates: bool, readable: bool
    ) -> Batch:
        """Takes people in for validation, which goes the way the switches say."""
        _ = self.dialler
        switches = self._host.switches
        batch = self._new_batch(name, now, size=len(recipients))
        batch.arrived = False
        batch.newcomers = recipients
        batch.scrub_duplicates = scrub_duplicates
        batch.validates_at = now + switches.batch_new_seconds
        batch.ready_at = batch.validates_at + switches.batch_validating_seconds
        batch.visible_at = now + switches.batch_visible_after_seconds
        batch.outcome = switches.batch_outcome if readable else "SOURCE_ERROR"
        return batch

    def receive(self, batch: Batch, at: float) -> None:
        """Ends a batch's validation; its people can be called if it went well."""
        newcomers, batch.newcomers = batch.newcomers, []
        batch.arrived = True
        if batch.outcome != "ACTIVE":
            return
        if batch.scrub_duplicates:
            newcomers = self._without_duplicates(newcomers)
            batch.size = len(newcomers)
        for recipient in newcomers:
            self._admit(recipient, batch, at)

    def enable_batch(self, batch: Batch, enabled: bool, now: float) -> None:
        """Switches a batch on or off; those of its people who wait read DISABLED meanwhile."""
        batch.enabled = enabled
        owners = self.people.batches
        self.enable([i for i in range(len(owners)) if owners[i] == batch.position], enabled, now)

    def enable(self, chosen: Iterable[int], enabled: bool, now: float) -> None:
        """Moves people who are not called yet between READY and DISABLED; the others stay as they are."""
        people = self.people
        for person in chosen:
            if enabled and people.states[person] == State.DISABLED:
                people.move(person, State.READY, now)
                self.dialler.enqueue(person)
            elif not enabled and people.states[person] in (State.READY, State.CALLBACK):
                people.move(person, State.DISABLED, now)

    def mark_undialed(self, result: Result) -> None:
        """Writes UNDIALED beside everybody who was never called, or with NONE takes it back."""
        people = self.people
        for person, attempts in enumerate(people.attempts):
            if not attempts and people.states[person] == State.READY:
                people.results[person] = result

    # Inside

    def _new_batch(self, name: str, at: float, *, size: int) -> Batch:
        position = len(self._batches)
        number = ids.BATCHES.make(self._ordinal, position, huge=self._huge)
        batch = Batch(number, position, name, at, size, visible_at=at)
        self._batches.append(batch)
        return batch

    def _admit(self, recipient: Json, batch: Batch, at: float) -> int:
        limited = self._host.switches.period_limit
        person = admit(
            self.people,
            recipient,
            batch=batch.position,
            at=at,
            account=self._host.account,
            period_limit=limited,
        )
        if self._numbers is not None:
            self._numbers.add(self.people.numbers[person])
        self._place(self.dialler, person, batch, at)
        return person

    def _place(self, dialler: Dialler, person: int, batch: Batch, at: float) -> None:
        if dialler.people.states[person] != State.READY:
            return
        if batch.enabled:
            dialler.enqueue(person)
        else:
            dialler.people.move(person, State.DISABLED, at)

    def _without_duplicates(self, recipients: list[Json]) -> list[Json]:
        if self._numbers is None:
            self._numbers = set(self.people.numbers)
        fresh = {number_of(recipient, self._host.account): recipient for recipient in reversed(recipients)}
        known = self._numbers
        return [r for number, r in reversed(fresh.items()) if not (number.isdigit() and int(number) in known)]

    def _grow(self, dialler: Dialler, seed: Seed) -> None:
        key = mix(self._host.seed, self._ordinal)
        for part in range(seed.batches if seed.people else 0):
            first, last = (seed.people * number // seed.batches for number in (part, part + 1))
            batch = self._new_batch(f"List {part + 1}", self._created, size=last - first)
            for person in range(first, last):
                refused = turned_away(key, person) if seed.messy else None
                number = phone.fictitious((key + person) % 25_000)
                dialler.people.add(number, batch.position, refused or State.READY, self._created)
                self._place(dialler, person, batch, self._created)
        if seed.started_at is not None:
            dialler.resume(seed.started_at)
        if seed.stopped_at is not None:
            self._replaying = True
            dialler.advance(seed.stopped_at, dialling=True)
            dialler.advance(inf, dialling=False)
            self._replaying = False

    def _call_ended(self, at: float, person: int, outcome: Outcome) -> None:
        if self._replaying:
            return
        account = self._host.account
        account.charge(at, outcome.credits_e4)
        if outcome.talk_seconds and self._host.switches.period_limit:
            account.reached.add(self.people.numbers[person])
        if outcome.result is Result.DNC:
            account.opt_out(
                at, self.people.number(person), ids.BROADCASTS.make(self._ordinal, huge=self._huge)
            )

    def _has_credits(self, at: float) -> bool:
        return self._replaying or self._host.account.has_credits(at)
