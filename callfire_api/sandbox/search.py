"""Finding calls among hundreds of thousands without writing them out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from . import ids
from .broadcast import Broadcast
from .codes import RESULT_NAMES, STATE_NAMES
from .exchange import Json

COUNTED_AT_MOST = 20_000  # looked at beyond a full page; after that the total counts as unknown


@dataclass(frozen=True)
class CallQuery:
    """The filters of GET /calls; None means any. Times in seconds, numbers normalised."""

    batch_id: int | None = None
    from_number: str | None = None
    to_number: str | None = None
    label: str | None = None
    states: frozenset[str] | None = None
    results: frozenset[str] | None = None
    inbound: bool | None = None
    begin: float | None = None
    end: float | None = None

    @property
    def takes_everything(self) -> bool:
        return self == CallQuery()


def positions(broadcast: Broadcast) -> Sequence[int]:
    """Where the calls of a broadcast are, newest first, hand-written ones at the top."""
    dialled = range(broadcast.roster.size - 1, -1, -1)
    if not broadcast.specials:
        return dialled
    first = ids.SPECIAL_CALLS_FROM
    return [*range(first + len(broadcast.specials) - 1, first - 1, -1), *dialled]


def has_position(broadcast: Broadcast, position: int) -> bool:
    if position >= ids.SPECIAL_CALLS_FROM:
        return position - ids.SPECIAL_CALLS_FROM < len(broadcast.specials)
    return position < broadcast.roster.size


def find(
    owners: Iterable[Broadcast], query: CallQuery, offset: int, limit: int
) -> tuple[list[tuple[Broadcast, int]], int]:
    """The calls on one page, and how many there are in all; -1 when counting them would take too long."""
    found: list[tuple[Broadcast, int]] = []
    total = looked_at = 0
    for owner in owners:
        matching = positions(owner) if query.takes_everything else matches(owner, query)
        skipped = max(0, offset - total)
        found += ((owner, person) for person in islice(matching, skipped, skipped + limit - len(found)))
        total += len(matching)
        if not query.takes_everything:
            looked_at += owner.roster.size
            if looked_at > COUNTED_AT_MOST and total >= offset + limit:
                return found, -1
    return found, total


def matches(broadcast: Broadcast, query: CallQuery) -> list[int]:
    """The positions whose calls pass every filter, newest first."""
    special = [position for position in positions(broadcast) if position >= ids.SPECIAL_CALLS_FROM]
    written = (p for p in special if _passes(broadcast.specials[p - ids.SPECIAL_CALLS_FROM], query))
    return [*written, *_dialled_matches(broadcast, query)]


def _dialled_matches(broadcast: Broadcast, query: CallQuery) -> Iterable[int]:
    settings = broadcast.settings
    if query.inbound or (query.label is not None and query.label not in settings.get("labels", ())):
        return
    roster = broadcast.roster
    people = roster.people
    batch = None
    if query.batch_id is not None:
        batch = next((batch.position for batch in roster.batches if batch.id == query.batch_id), -1)
    states = None if query.states is None else {STATE_NAMES.index(word) for word in query.states}
    results = (
        None if query.results is None else {RESULT_NAMES.index(w) for w in query.results if w in RESULT_NAMES}
    )
    for person in range(len(people) - 1, -1, -1):
        if (
            (batch is None or people.batches[person] == batch)
            and (states is None or people.states[person] in states)
            and (results is None or people.results[person] in results)
            and (query.to_number is None or people.number(person) == query.to_number)
            and (query.from_number is None or _from_number(broadcast, person) == query.from_number)
            and (query.begin is None or people.modified[person] >= query.begin)
            and (query.end is None or roster.batches[people.batches[person]].created <= query.end)
        ):
            yield person


def _from_number(broadcast: Broadcast, person: int) -> str:
    own = broadcast.roster.people.extras(person).get("fromNumber")
    return str(own or broadcast.settings.get("fromNumber", ""))


def _passes(call: Json, query: CallQuery) -> bool:
    """The same filters on a hand-written call."""
    wanted = (
        (query.batch_id, call.get("batchId")),
        (query.from_number, call.get("fromNumber")),
        (query.to_number, call.get("toNumber")),
        (query.inbound, call.get("inbound")),
    )
    return (
        all(asked is None or asked == given for asked, given in wanted)
        and (query.label is None or query.label in call.get("labels", ()))
        and (query.states is None or call["state"] in query.states)
        and (query.results is None or call.get("finalCallResult") in query.results)
        and (query.begin is None or call["modified"] >= query.begin * 1000)
        and (query.end is None or call["created"] <= query.end * 1000)
    )
