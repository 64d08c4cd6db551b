"""The judge: what the practice CallFire holds, against the people who should be called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from callfire_api.sandbox.recipients import number_of
from callfire_api.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many people would be called too rarely, too often, or without anybody having asked for it."""

    lost: int
    doubled: int
    strangers: int

    @property
    def is_exactly_once(self) -> bool:
        return (self.lost, self.doubled, self.strangers) == (0, 0, 0)


def verdict(world: World, broadcast_id: int, expected: Iterable[str]) -> Verdict:
    """Compare everybody in the enabled batches of a broadcast, visible or not, with those expected."""
    present = _enabled_people(world, broadcast_id)
    wanted = Counter(expected)
    return Verdict(
        lost=(wanted - present).total(),
        doubled=sum(more for number, more in (present - wanted).items() if number in wanted),
        strangers=sum(count for number, count in present.items() if number not in wanted),
    )


def _enabled_people(world: World, broadcast_id: int) -> Counter[str]:
    with world.moment():
        roster = world.broadcast(broadcast_id).roster
        enabled = {batch.position for batch in roster.batches if batch.enabled}
        people = roster.people
        present = Counter(
            people.number(person) for person in range(len(people)) if people.batches[person] in enabled
        )
        for batch in roster.pending_batches():
            if batch.enabled:
                present.update(number_of(newcomer, world.account) for newcomer in batch.newcomers)
    return present
