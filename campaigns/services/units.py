"""The settings of a broadcast, one unit for each thing a person decides: compared, merged and worded alone.

A unit is a handful of CallFire's properties that belong together: the text, the voice and the sound id of the
live message are one decision. Two people who change different units do not disturb each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from callfire_api import Broadcast
from callfire_api.wire import read
from campaigns.services import summary

Wire = dict[str, Any]
Value = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unit:
    """One decision: its name, what the screen calls it, and the properties it is made of.

    A property inside ``sounds`` is written ``sounds.liveSoundText``.
    """

    name: str
    label: str
    keys: tuple[str, ...]
    words: Callable[[Broadcast], str]


def _of_slot(slot: str, *more: str) -> tuple[str, ...]:
    return (
        f"sounds.{slot}SoundText",
        f"sounds.{slot}SoundTextVoice",
        f"sounds.{slot}SoundId",
        *(f"sounds.{key}" for key in more),
    )


UNITS: Final[tuple[Unit, ...]] = (
    Unit("name", "Name", ("name",), lambda broadcast: broadcast.name or ""),
    Unit("from_number", "Caller ID", ("fromNumber",), summary.caller_id),
    Unit("labels", "Labels", ("labels",), summary.labels),
    Unit("live", "Live message", _of_slot("live"), summary.live_message),
    Unit("machine", "Voicemail message", _of_slot("machine"), summary.machine_message),
    Unit(
        "transfer",
        "Transfer",
        _of_slot("transfer", "transferDigit", "transferNumber"),
        summary.transfer,
    ),
    Unit("dnc", "Opt-out", _of_slot("dnc", "dncDigit"), summary.opt_out),
    Unit("script", "IVR script", ("dialplanXml",), summary.script),
    Unit("machines", "If a machine answers", ("answeringMachineConfig",), summary.machines),
    Unit("hours", "Calling hours", ("localTimeRestriction",), summary.hours),
    Unit("schedules", "Schedule", ("schedules",), summary.schedules),
    Unit("next_day", "Next day", ("resumeNextDay",), summary.next_day),
    Unit("max_active", "Calls at once", ("maxActive",), summary.calls_at_once),
    Unit("max_active_transfers", "Transfers at once", ("maxActiveTransfers",), summary.transfers_at_once),
    Unit("retries", "Tries", ("retryConfig",), summary.tries),
)


def value_of(unit: Unit, wire: Mapping[str, Any]) -> Value:
    """The unit's properties in a broadcast as CallFire writes it; absent ones and nulls are left out."""
    return {key: found for key in unit.keys if (found := _get(wire, key)) not in (None, [], "")}


def with_value(wire: Wire, unit: Unit, value: Value) -> Wire:
    """The broadcast with this unit replaced, everything else untouched."""
    changed = {**wire, "sounds": dict(wire.get("sounds") or {})}
    for key in unit.keys:
        place, last = (changed["sounds"], key.removeprefix("sounds.")) if "." in key else (changed, key)
        if key in value:
            place[last] = value[key]
        else:
            place.pop(last, None)
    if not changed["sounds"]:
        del changed["sounds"]
    return changed


def laid_over(wire: Mapping[str, Any], values: Mapping[str, Value]) -> Wire:
    """The broadcast with these units replaced, by their names."""
    whole = dict(wire)
    for unit in by_name(values):
        whole = with_value(whole, unit, values[unit.name])
    return whole


def same(unit: Unit, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two broadcasts agree on this unit.

    CallFire answers with the text of a message and the id of the sound it made of it, but takes only one of
    them: what both sides give decides.
    """
    first, second = _comparable(unit, value_of(unit, one)), _comparable(unit, value_of(unit, other))
    for slot_text in (key for key in unit.keys if key.endswith("SoundText")):
        sound_id, voice = f"{slot_text.removesuffix('Text')}Id", f"{slot_text}Voice"
        if slot_text in first and slot_text in second:
            first.pop(sound_id, None), second.pop(sound_id, None)
            if voice not in first or voice not in second:
                first.pop(voice, None), second.pop(voice, None)
        elif sound_id in first and sound_id in second:
            for value in (first, second):
                value.pop(slot_text, None), value.pop(voice, None)
    return first == second


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Unit]:
    """The units on which they differ, in the order of the form."""
    return [unit for unit in UNITS if not same(unit, before, after)]


def in_words(unit: Unit, wire: Mapping[str, Any]) -> str:
    """The unit as a person would say it."""
    return unit.words(read(Broadcast, dict(wire))) or "None"


def by_name(names: Iterable[str]) -> list[Unit]:
    """The units with these names, in the order of the form."""
    wanted = set(names)
    return [unit for unit in UNITS if unit.name in wanted]


def _get(wire: Mapping[str, Any], key: str) -> Any:
    if "." not in key:
        return wire.get(key)
    return (wire.get("sounds") or {}).get(key.removeprefix("sounds."))


def _comparable(unit: Unit, value: Value) -> Value:
    """Without the ids and the order that the server makes up, and with numbers as a form carries them."""
    comparable: Value = json.loads(json.dumps(value, default=float))
    if unit.name == "schedules":
        comparable["schedules"] = [
            {key: part for key, part in schedule.items() if key not in {"id", "campaignId"}}
            for schedule in value.get("schedules", [])
        ]
        comparable = {key: found for key, found in comparable.items() if found}
    if unit.name == "labels":
        comparable = {"labels": sorted(value.get("labels", []))} if value else {}
    return comparable
