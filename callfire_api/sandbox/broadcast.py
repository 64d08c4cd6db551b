"""One broadcast: what it looks like, what operators do to it, how time moves it on."""

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from . import ids
from .batch import Batch
from .codes import Result
from .errors import RefusalError
from .exchange import Json, milliseconds
from .host import Host
from .hours import schedule_start, schedule_stop
from .roster import Roster, Seed
from .settings import dial_plan

STARTING = frozenset({"VALIDATING_START", "START_PENDING"})
STARTABLE = frozenset({"STOPPED", "SCHEDULED", "APPROVED", "FINISHED"})
ACTIVE = STARTING | {"RUNNING"}
STOPPABLE = ACTIVE | {"SCHEDULED"}

_Event = tuple[float, Callable[[float], None]]


class Broadcast:
    """``broadcast["name"]`` reads it as CallFire shows it at this moment; attributes are for the world.

    ``specials`` are calls written by hand, as JSON; ``recorded`` says that people reached are recorded.
    """

    def __init__(
        self,
        host: Host,
        ordinal: int,
        settings: Json,
        *,
        status: str,
        created: float,
        seed: Seed,
        changing: Callable[["Broadcast"], None],
    ) -> None:
        self.ordinal = ordinal
        self.huge = host.switches.huge_ids
        self.id = ids.BROADCASTS.make(ordinal, huge=self.huge)
        self._schedules = 0
        self.settings = self._numbered(settings)
        self.created = created
        self.modified = created
        self.specials: list[Json] = []
        self.recorded = False
        plan = dial_plan(settings, host.switches)
        self.roster = Roster(host, ordinal, huge=self.huge, plan=plan, created=created, seed=seed)
        self._host = host
        self._changing = changing
        self._status = status
        self._steps: deque[tuple[float, str]] = deque()

    # Looking

    def __getitem__(self, key: str) -> Any:
        return self.to_json()[key]

    @property
    def name(self) -> str:
        return str(self.settings.get("name", ""))

    @property
    def status(self) -> str:
        """The status at this moment of the sandbox's clock."""
        self._host.catch_up()
        return self._status

    @status.setter
    def status(self, status: str) -> None:
        self._host.catch_up()
        self._become(status, self._host.now())

    @property
    def can_run(self) -> bool:
        """Whether it is running or a start would be accepted, as far as its status goes."""
        return self.status in STARTABLE | ACTIVE

    def to_json(self) -> Json:
        words = dict(self._host.switches.status_words)
        status = self.status
        head = {
            "id": self.id,
            "status": words.get(status, status),
            "lastModified": milliseconds(self.modified),
        }
        return head | self.settings

    def batch_json(self, batch: Batch) -> Json:
        return self.roster.batch_json(batch, self.id)

    # What operators do

    def start(self, now: float) -> None:
        """Raises RefusalError when the status, the people or the money do not allow it."""
        switches = self._host.switches
        if self._status in ACTIVE:
            if switches.start_when_running_is_refused:
                raise RefusalError(400, "The broadcast is already running.")
            return
        if self._status not in STARTABLE:
            raise RefusalError(400, f"A broadcast in status {self._status} cannot be started.")
        if self.roster.dialler.is_idle and not self.roster.pending_batches():
            raise RefusalError(400, "The broadcast has no recipients to call.")
        if switches.start_needs_credits and not self._host.account.has_credits(now):
            raise RefusalError(400, "There are not enough credits to start the broadcast.")
        self._begin(now)

    def stop(self, now: float) -> None:
        """Calls in progress go on to their end. Raises RefusalError where stopping makes no sense."""
        if self._status == "ARCHIVED":
            raise RefusalError(400, "An archived broadcast cannot be stopped.")
        if self._status in STOPPABLE:
            self._become("STOPPED", now)
            if self._host.switches.stop_clears_schedules:
                self.settings = {key: value for key, value in self.settings.items() if key != "schedules"}
        elif not self._host.switches.stop_is_idempotent:
            raise RefusalError(400, f"A broadcast in status {self._status} cannot be stopped.")

    def archive(self, now: float) -> None:
        """There is no way back. Raises RefusalError for one that is running or already archived."""
        if self._status == "ARCHIVED":
            raise RefusalError(400, "The broadcast is already archived.")
        if self._status in ACTIVE and self._host.switches.archive_running_is_refused:
            raise RefusalError(400, "A running broadcast cannot be archived; stop it first.")
        self._become("ARCHIVED", now)

    def reconfigure(self, settings: Json, now: float) -> None:
        self.settings = self._numbered(settings)
        self.modified = now
        self.roster.use_plan(dial_plan(settings, self._host.switches))

    def add_recipients(self, recipients: Iterable[Json], now: float) -> list[int]:
        """Adds people who are called at once if the broadcast runs; returns their positions."""
        added = self.roster.add_recipients(recipients, f"API {self.id}", now)
        self._changing(self)
        if self._status == "FINISHED" and added and self._host.switches.adding_resumes_finished:
            self._begin(now)
        return added

    def add_batch(
        self, name: str, recipients: list[Json], now: float, *, scrub: bool, readable: bool = True
    ) -> Batch:
        """Takes in people to be validated; a source that is not ``readable`` ends in SOURCE_ERROR."""
        batch = self.roster.add_batch(name, recipients, now, scrub_duplicates=scrub, readable=readable)
        self._changing(self)
        return batch

    def _numbered(self, settings: Json) -> Json:
        """Schedules come back with ids, as the OpenAPI's Schedule has them."""
        schedules = [self._schedule(schedule) for schedule in settings.get("schedules", ())]
        return settings | {"schedules": schedules} if schedules else settings

    def _schedule(self, schedule: Json) -> Json:
        self._schedules += 1
        number = ids.SCHEDULES.make(self.ordinal, self._schedules, huge=self.huge)
        return schedule | {"id": schedule.get("id") or number, "campaignId": self.id}

    # How time passes

    @property
    def is_changing(self) -> bool:
        """Whether time alone makes a difference to it."""
        roster = self.roster
        calling = roster.is_built and roster.dialler.calls_in_progress > 0
        return self._status in STOPPABLE or bool(self._steps) or calling or bool(roster.pending_batches())

    def advance(self, now: float) -> None:
        """Lets everything happen up to ``now``, in order."""
        while (event := min(self._events(), key=lambda event: event[0], default=None)) and event[0] <= now:
            self._dial_until(event[0])
            event[1](event[0])
        self._dial_until(now)

    def _events(self) -> Iterable[_Event]:
        pending = self.roster.pending_batches()
        for batch in pending:
            yield batch.ready_at, partial(self._receive, batch)
        if self._steps:
            moment, status = self._steps[0]
            if status != "RUNNING" or not pending or not self.roster.dialler.is_idle:
                yield moment, self._take_step
        if self._status in ("SCHEDULED", "RUNNING"):
            waiting = self._status == "SCHEDULED"
            for schedule in self.settings.get("schedules", ()):
                planned = schedule_start(schedule) if waiting else schedule_stop(schedule)
                if planned is not None and planned > self.modified:
                    yield planned, self._start_as_scheduled if waiting else self.stop

    def _receive(self, batch: Batch, at: float) -> None:
        self.roster.receive(batch, at)
        self._steps = deque((max(moment, at), status) for moment, status in self._steps)
        if self._status == "FINISHED" and self._host.switches.adding_resumes_finished:
            self._begin(at)

    def _begin(self, at: float) -> None:
        switches = self._host.switches
        via = list(switches.start_via)
        if not via and self.roster.dialler.is_idle:
            via = ["START_PENDING"]  # until a batch has been validated
        self._steps = deque(
            (at + n * switches.start_step_seconds, word) for n, word in enumerate([*via, "RUNNING"])
        )
        self._changing(self)
        self.advance(at)

    def _start_as_scheduled(self, at: float) -> None:
        try:
            self.start(at)
        except RefusalError:
            self._become("STOPPED", at)

    def _take_step(self, at: float) -> None:
        _, status = self._steps.popleft()
        self._status = status
        self.modified = at
        if status == "RUNNING":
            if self.roster.dialler.halted:
                self.roster.mark_undialed(Result.NONE)
            self.roster.dialler.resume(at)

    def _become(self, status: str, at: float) -> None:
        self._steps.clear()
        self._status = status
        self.modified = at
        self._changing(self)
        if status == "RUNNING":
            self.roster.dialler.resume(at)

    def _dial_until(self, now: float) -> None:
        if self._status != "RUNNING" and not self.roster.is_built:
            return
        dialler = self.roster.dialler
        dialler.advance(now, dialling=self._status == "RUNNING")
        if self._status != "RUNNING":
            return
        if dialler.halted:
            self.roster.mark_undialed(Result.UNDIALED)
            self._become("STOPPED", dialler.last_event)
        elif dialler.is_idle and not self.roster.pending_batches():
            self._become("FINISHED", dialler.last_event or now)
