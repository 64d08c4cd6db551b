"""Two people changed one broadcast: what each decided, who the other was, and what becomes of both.

An IVR script and messages exclude each other at CallFire. Where the two sides differ in that, everything that
people hear is one decision, taken whole from either side.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from callfire_api import Broadcast
from callfire_api.wire import read
from campaigns.labels import in_a_row
from campaigns.models import AuditEvent, User
from campaigns.services import audit, spoken, units
from campaigns.services.units import UNITS, Unit, Value, Wire

UPDATE: Final = "update"
SOMEBODY: Final = "Somebody at CallFire itself or elsewhere"
_HEARD: Final = ("live", "machine", "transfer", "dnc", "script")


@dataclass(frozen=True, slots=True)
class Clash:
    """One decision that changed since the form was opened, in the words of each side, a line each.

    The side that did not change it stands for what was there before.
    """

    name: str
    label: str
    units: Sequence[Unit]
    before: str
    theirs: str
    yours: str
    is_yours: bool
    is_theirs: bool

    @property
    def by_both(self) -> bool:
        """Whether both sides changed it."""
        return self.is_yours and self.is_theirs


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody changed the broadcast since the form was opened; nothing was sent.

    ``theirs`` is the broadcast as it is now: what the next try counts as its beginning. ``at`` is None when
    CallFire does not say when it changed.
    """

    theirs: Broadcast
    clashes: Sequence[Clash]
    who: str
    at: datetime | None


def find(
    before: Mapping[str, Any],
    fresh: Broadcast,
    mine: Mapping[str, Value],
    *,
    by: User,
    opened_at: datetime | None,
) -> Conflict | None:
    """What both sides changed since the form was opened; None when nobody else changed anything.

    Args:
        before: the broadcast as it was when the form was opened, in CallFire's JSON.
        mine: the decisions that differ from it, by the name of their unit.
        opened_at: when that was; without it nobody is named.
    """
    theirs = _theirs(before, fresh.raw, mine)
    if not theirs:
        return None
    who, at = _who(theirs, fresh, by=by, opened_at=opened_at)
    return Conflict(fresh, clashes(before, fresh.raw, mine), who, at or fresh.last_modified)


def clashes(before: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Value]) -> list[Clash]:
    """Every decision that either side changed, in the order of the form, but for those changed alike."""
    yours = _yours(before, mine)
    changed_there = {unit.name for unit in _theirs(before, theirs, mine)}
    changed_here = {unit.name for unit in units.by_name(mine) if not _is_there(unit, theirs, mine)}
    groups = [(unit.name, unit.label, [unit]) for unit in UNITS]
    if len({bool(wire.get("dialplanXml")) for wire in (before, theirs, yours)}) > 1:
        apart = [group for group in groups if group[0] not in _HEARD]
        position = next(place for place, group in enumerate(groups) if group[0] in _HEARD)
        groups = [*apart[:position], ("message", "Message", units.by_name(_HEARD)), *apart[position:]]
    return [
        Clash(
            name,
            label,
            members,
            _in_words(members, before),
            _in_words(members, theirs),
            _in_words(members, yours),
            is_yours=any(unit.name in changed_here for unit in members),
            is_theirs=any(unit.name in changed_there for unit in members),
        )
        for name, label, members in groups
        if any(unit.name in changed_here | changed_there for unit in members)
    ]


def combined(
    before: Mapping[str, Any],
    theirs: Mapping[str, Any],
    mine: Mapping[str, Value],
    *,
    taken: Mapping[str, str],
) -> Wire:
    """The broadcast as it is now with one side of each clash, in CallFire's JSON.

    ``taken`` says "theirs" or "yours" by the name of the clash. Of one that it does not name, the change
    stays, and mine where both made one.
    """
    wire, yours = dict(theirs), _yours(before, mine)
    for clash in clashes(before, theirs, mine):
        usual = "yours" if clash.is_yours else "theirs"
        if taken.get(clash.name, usual) == "yours":
            for unit in clash.units:
                wire = units.with_value(wire, unit, units.value_of(unit, yours))
    return wire


def _yours(before: Mapping[str, Any], mine: Mapping[str, Value]) -> Mapping[str, Any]:
    """The broadcast as I would have it, with the words of texts that go out by their sounds."""
    return spoken.told(read(Broadcast, units.laid_over(before, mine))).raw


def _theirs(before: Mapping[str, Any], now: Mapping[str, Any], mine: Mapping[str, Value]) -> list[Unit]:
    """What somebody else changed, but for what I changed in the same way."""
    changed = units.changed(before, now)
    return [unit for unit in changed if unit.name not in mine or not _is_there(unit, now, mine)]


def _is_there(unit: Unit, now: Mapping[str, Any], values: Mapping[str, Value]) -> bool:
    """Whether the broadcast is now as these values would make it."""
    return units.same(unit, now, units.with_value(dict(now), unit, values[unit.name]))


def _in_words(members: Collection[Unit], wire: Mapping[str, Any]) -> str:
    if len(members) == 1:
        return units.in_words(next(iter(members)), wire)
    lines = [f"{unit.label}: {units.in_words(unit, wire)}" for unit in members if units.value_of(unit, wire)]
    return "\n".join(lines) or "None"


def _who(
    changed: Sequence[Unit], fresh: Broadcast, *, by: User, opened_at: datetime | None
) -> tuple[str, datetime | None]:
    """Who made these changes, and when if all of them were made here.

    Only an event of ours that is done, came after the form was opened and wrote what CallFire shows now names
    a person; anybody may change a broadcast at CallFire itself.
    """
    events = _done_since(fresh.id or 0, opened_at) if opened_at is not None else []
    makers = [next((event for event in events if _wrote(event, unit, fresh.raw)), None) for unit in changed]
    known = [event for event in makers if event is not None]
    names = list(
        dict.fromkeys("You (in another window)" if each.by == by else each.by_name for each in known)
    )
    if not known:
        return SOMEBODY, None
    if len(known) < len(makers):
        return in_a_row([*names, "somebody at CallFire itself or elsewhere"], "and"), None
    return in_a_row(names, "and"), max(event.settled_at for event in known if event.settled_at)


def _done_since(broadcast_id: int, opened_at: datetime) -> list[AuditEvent]:
    return [
        event
        for event in audit.recent_for(broadcast_id, most=50)
        if event.action == UPDATE
        and event.outcome == AuditEvent.Outcome.DONE
        and event.settled_at is not None
        and event.settled_at >= opened_at
    ]


def _wrote(event: AuditEvent, unit: Unit, now: Mapping[str, Any]) -> bool:
    written = event.detail.get("mine", {})
    return unit.name in written and _is_there(unit, now, written)
