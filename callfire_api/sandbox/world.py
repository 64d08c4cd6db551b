"""The state of the practice CallFire. Everything in it moves with one clock, behind one lock."""

import hashlib
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf
from typing import Any

from . import ids, phone, rows
from .account import Account
from .broadcast import Broadcast
from .clock import Clock
from .errors import RefusalError
from .exchange import Json, milliseconds
from .history import imagine
from .roster import Seed
from .search import has_position, positions
from .settings import configure
from .switches import Switches


class World:
    """Tests may call any public method; each sees the world as it is at that moment of the clock."""

    def __init__(self, clock: Clock, switches: Switches, *, seed: int = 1) -> None:
        self.seed = seed
        self.switches = switches
        self.lock = threading.RLock()
        self.account = Account(opened_at=clock.now())
        self.sounds: dict[int, Json] = {}
        self.contact_lists: dict[int, Json] = {}
        self.webhooks: dict[int, Json] = {}
        self._clock = clock
        self._by_ordinal: dict[int, Broadcast] = {}
        self._next_ordinal = 0
        self._changing: list[Broadcast] = []
        self._caught_up_at = clock.now()
        self._moment: float | None = None
        self._disturbed = False
        self._serial = 0
        self._files: dict[str, int] = {}
        self._computed: dict[Hashable, tuple[float, Json]] = {}
        self.individual_calls = self._new_broadcast(
            {"name": "Individual calls", "fromNumber": "12135550100", "maxActive": 10}, "STOPPED"
        )

    def now(self) -> float:
        return self._clock.now() if self._moment is None else self._moment

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Time stands still inside, and everything has happened up to then."""
        with self.lock:
            self._moment = self._clock.now()
            try:
                self.catch_up()
                yield
            finally:
                self._moment = None

    # Broadcasts

    @property
    def broadcasts(self) -> Mapping[int, Broadcast]:
        """Every broadcast by id, archived ones included, oldest first."""
        with self.lock:
            self.catch_up()
            return {broadcast.id: broadcast for broadcast in self._all()}

    def newest_first(self) -> Sequence[Broadcast]:
        """The broadcasts as lists show them, archived ones included."""
        return sorted(self._all(), key=lambda broadcast: broadcast.created, reverse=True)

    def add_broadcast(
        self,
        *,
        name: str = "Practice broadcast",
        status: str = "STOPPED",
        recipients: int | Sequence[Json] = 100,
        batches: int = 1,
        progress: float | None = None,
        created_ago_seconds: float | None = None,
        messy: bool = False,
        recorded: bool = False,
        **settings: Any,
    ) -> Broadcast:
        """Puts a broadcast into the world as if it had been there before.

        ``recipients`` is a number of generated people or a list of recipients as CallFire takes them.
        ``progress`` is the share of the run that is over; it follows from ``status`` unless given: all of it
        for FINISHED and ARCHIVED, nothing otherwise. ``messy`` people include some whom the list check turned
        away, ``recorded`` calls have recordings. ``settings`` are CallFire's properties (``maxActive=10``).
        """
        with self.lock:
            self.catch_up()
            wished: Json = {"name": name, "fromNumber": "12135550100", "maxActive": 10} | settings
            past = imagine(
                self.now(), status, people=recipients if isinstance(recipients, int) else 0, batches=batches,
                messy=messy, max_active=wished["maxActive"], progress=progress,
                created_ago_seconds=created_ago_seconds,
            )  # fmt: skip
            configured = configure(wished, self.new_sound)
            broadcast = self._new_broadcast(configured, status, created=past.created, seed=past.seed)
            broadcast.recorded = recorded
            broadcast.modified = past.modified
            if not isinstance(recipients, int):
                broadcast.add_recipients(recipients, self.now())
            return broadcast

    def create_broadcast(self, body: Json) -> Broadcast:
        """What a POST does: an idle broadcast with the people it brought."""
        with self.lock:
            scheduled = bool(body.get("schedules")) and self.switches.schedule_on_create
            settings = configure(body, self.new_sound)
            broadcast = self._new_broadcast(settings, "SCHEDULED" if scheduled else "STOPPED")
            broadcast.recorded = "<record" in settings.get("dialplanXml", "").lower()
            if body.get("recipients"):
                broadcast.add_recipients(body["recipients"], self.now())
            return broadcast

    def skip_ids(self, ordinal: int) -> None:
        """What is made from now on has ids that no world has which made less than so many things."""
        with self.lock:
            self._next_ordinal = max(self._next_ordinal, ordinal)
            self._serial = max(self._serial, ordinal)

    def take_back(self, newest: Broadcast) -> None:
        """As if the broadcast that was created last had never been."""
        with self.lock:
            del self._by_ordinal[newest.ordinal]
            self._next_ordinal = newest.ordinal
            self._changing = [broadcast for broadcast in self._changing if broadcast is not newest]

    def broadcast(self, broadcast_id: int) -> Broadcast:
        """Raises RefusalError (404) when there is none."""
        found = self._owner(ids.BROADCASTS, broadcast_id)
        if found is None or found[0].ordinal == 0 or found[0].id != broadcast_id:
            raise RefusalError(404, f"Broadcast {broadcast_id} was not found.")
        return found[0]

    def batches(self, broadcast_id: int) -> list[Json]:
        """The batches of a broadcast as CallFire shows them."""
        with self.lock:
            self.catch_up()
            broadcast = self.broadcast(broadcast_id)
            now = self.now()
            return [broadcast.batch_json(b) for b in broadcast.roster.batches if b.visible_at <= now]

    # Calls

    def calls(self, broadcast_id: int | None = None) -> list[Json]:
        """All calls of a broadcast, or of the whole account, as CallFire shows them, newest first."""
        with self.lock:
            self.catch_up()
            owners = self.call_owners() if broadcast_id is None else [self.broadcast(broadcast_id)]
            return [self.call_json(owner, person) for owner in owners for person in positions(owner)]

    def call_owners(self) -> list[Broadcast]:
        """Every broadcast whose calls can be found, the hidden one of individual calls included."""
        return [self.individual_calls, *self.newest_first()]

    def call_json(self, broadcast: Broadcast, person: int) -> Json:
        return rows.call_json(broadcast, person, self.switches, self.now())

    def add_call(self, broadcast: Broadcast, **properties: Any) -> Json:
        """Writes a call by hand, for what dialling never produces; ids and times are filled in."""
        with self.lock:
            position = ids.SPECIAL_CALLS_FROM + len(broadcast.specials)
            number = ids.CALLS.make(broadcast.ordinal, position, huge=broadcast.huge)
            at = milliseconds(broadcast.created)
            blank = {"id": number, "campaignId": broadcast.id, "inbound": False, "agentCall": False}
            call: Json = blank | {"created": at, "modified": at, "state": "FINISHED"} | properties
            for record in call.get("records", ()):
                for recording in record.get("recordings", ()):
                    recording.setdefault(
                        "id", ids.RECORDINGS.make(broadcast.ordinal, position, huge=broadcast.huge)
                    )
                    recording.setdefault("callId", number)
                    recording.setdefault("campaignId", broadcast.id)
            broadcast.specials.append(call)
            return call

    def find_call(self, call_id: int) -> tuple[Broadcast, int]:
        """(broadcast, position) of a call; raises RefusalError (404)."""
        found = self._owner(ids.CALLS, call_id)
        if found is None or not has_position(*found):
            raise RefusalError(404, f"Call {call_id} was not found.")
        return found

    def find_recording(self, recording_id: int) -> Json:
        """The recording as CallFire shows it; raises RefusalError (404)."""
        found = self._owner(ids.RECORDINGS, recording_id)
        for recording in self.recordings(*found) if found and has_position(*found) else ():
            if recording["id"] == recording_id:
                return recording
        raise RefusalError(404, f"Recording {recording_id} was not found.")

    def recordings(self, broadcast: Broadcast, person: int) -> list[Json]:
        """The recordings of one call."""
        return rows.recordings_json(broadcast, person, self.switches, self.now())

    # Smaller things

    def find_batch(self, batch_id: int) -> tuple[Broadcast, int]:
        """(broadcast, position) of a batch; raises RefusalError (404)."""
        found = self._owner(ids.BATCHES, batch_id)
        if found is None or found[1] >= len(found[0].roster.batches):
            raise RefusalError(404, f"Batch {batch_id} was not found.")
        return found

    def new_sound(self, name: str) -> int:
        """A sound made of text; returns its id."""
        return self.add_sound(name=name[:60])

    def add_sound(self, *, name: str, status: str = "ACTIVE") -> int:
        number = self.serial()
        self.sounds[number] = {
            "id": number, "name": name, "created": milliseconds(self.now()),
            "lengthInSeconds": rows.MP3_SECONDS, "status": status, "duplicate": False,
        }  # fmt: skip
        return number

    def sound_of_file(self, content: bytes, name: str) -> tuple[int, bool]:
        """The sound made of an uploaded file, and whether the file had been uploaded before."""
        digest = hashlib.sha256(content).hexdigest()
        known = digest in self._files
        if not known:
            self._files[digest] = self.add_sound(name=name)
        return self._files[digest], known

    def add_contact_list(self, *, name: str, size: int, status: str = "ACTIVE") -> int:
        number = self.serial()
        self.contact_lists[number] = {
            "id": number, "name": name, "size": size, "created": milliseconds(self.now()), "status": status
        }  # fmt: skip
        return number

    def people_of_list(self, list_id: int) -> tuple[list[Json], bool]:
        """The recipients on a contact list, and whether it could be read."""
        contact_list = self.contact_lists.get(list_id)
        if contact_list is None or contact_list["status"] != "ACTIVE":
            return [], False
        return [
            {"phoneNumber": str(phone.fictitious(list_id + n))} for n in range(contact_list["size"])
        ], True

    def lagging(self, key: Hashable, compute: Callable[[], Json]) -> Json:
        """The value of ``compute``, or one computed earlier while it is not older than the switch allows."""
        at, value = self._computed.get(key, (-inf, {}))
        if self.now() - at >= self.switches.stats_lag_seconds:
            at, value = self.now(), compute()
            if self.switches.stats_lag_seconds:
                self._computed[key] = (at, value)
        return value

    def serial(self) -> int:
        """An id for something that belongs to no broadcast."""
        self._serial += 1
        return 1_385_000_003 + self._serial * 1000 + (ids.HUGE if self.switches.huge_ids else 0)

    # Time

    def catch_up(self) -> None:
        """Lets everything happen that should have happened by now."""
        with self.lock:
            now = self.now()
            if now == self._caught_up_at and not self._disturbed:
                return
            self._caught_up_at = now
            self._disturbed = False
            for broadcast in self._changing:
                broadcast.advance(now)
            self._changing = [broadcast for broadcast in self._changing if broadcast.is_changing]

    def _watch(self, broadcast: Broadcast) -> None:
        self._disturbed = True
        if broadcast not in self._changing:
            self._changing.append(broadcast)

    def _new_broadcast(
        self, settings: Json, status: str, *, created: float | None = None, seed: Seed | None = None
    ) -> Broadcast:
        begun = self.now() if created is None else created
        broadcast = Broadcast(
            self,
            self._next_ordinal,
            settings,
            status=status,
            created=begun,
            seed=seed or Seed(people=0),
            changing=self._watch,
        )
        self._by_ordinal[broadcast.ordinal] = broadcast
        self._next_ordinal = broadcast.ordinal + 1
        if broadcast.is_changing:
            self._watch(broadcast)
        return broadcast

    def _owner(self, kind: ids.IdRange, number: int) -> tuple[Broadcast, int] | None:
        place = kind.split(number)
        owner = self._by_ordinal.get(place[0]) if place is not None else None
        return (owner, place[1]) if place is not None and owner is not None else None

    def _all(self) -> list[Broadcast]:
        return [broadcast for broadcast in self._by_ordinal.values() if broadcast.ordinal]
