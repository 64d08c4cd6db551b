"""What a broadcast would do as its form stands: what will happen, which rules it keeps, what was changed.

Told from what is known already: nothing here asks CallFire, and nothing is a permission.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from django.utils import timezone

from callfire_api import AnsweringMachineConfig, Broadcast, BroadcastStatus, Sounds
from callfire_api.wire import read
from campaigns.actions import DIALLING
from campaigns.labels import nice_number
from campaigns.models import BroadcastSnapshot
from campaigns.services import cautions, estimates, outcomes, summary, units, windows
from campaigns.services.estimates import Estimate, Tries
from campaigns.services.units import Value
from campaigns.services.windows import DAY, Hours

_SAID: Final = {
    "1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight",
    "9": "nine", "0": "zero", "*": "star", "#": "pound",
}  # fmt: skip

_NOT_YET: Final = "not right yet"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule and how it is kept: good, worth a look, or broken."""

    state: Literal["good", "warn", "bad"]
    headline: str
    detail: str


@dataclass(frozen=True, slots=True)
class Change:
    """One decision that differs from what CallFire holds, in words; ``after`` is empty where it is faulty."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything beside the form. ``people`` and ``estimate`` are None when nobody can say.

    ``starts_at`` is when its schedule starts it next; ``hours`` is empty when people are called at any hour.
    """

    is_calling: bool
    starts_at: datetime | None
    schedules: str
    people: int | None
    caller_id: str
    at_once: str
    hours: str
    machines: str
    tries: str
    estimate: Estimate | None
    rules: Sequence[Rule]
    changes: Sequence[Change]


def of_new(
    wire: Mapping[str, Any], *, people: int, caller_ids: Sequence[str], faults: Mapping[str, str]
) -> Outlook:
    """The outlook of a broadcast that is still to be made.

    Args:
        wire: what was decided so far, in CallFire's JSON.
        people: how many were pasted.
        caller_ids: the account's numbers as 11 digits; empty when CallFire did not say.
        faults: what is wrong with decisions that were made, by the name of their unit.
    """
    return _outlook(read(Broadcast, dict(wire)), "", people or None, caller_ids, faults, ())


def of_change(
    before: Mapping[str, Any],
    mine: Mapping[str, Value],
    *,
    snapshot: BroadcastSnapshot,
    caller_ids: Sequence[str],
    faults: Mapping[str, str],
) -> Outlook:
    """The outlook of a broadcast with these decisions laid over it; the rest as for a new one."""
    wire = dict(before)
    for unit in units.by_name(mine):
        wire = units.with_value(wire, unit, mine[unit.name])
    changes = [
        Change(
            unit.label, units.in_words(unit, before), units.in_words(unit, wire) if unit.name in mine else ""
        )
        for unit in units.by_name({*mine, *faults})
    ]
    left = outcomes.read(snapshot.counters).left
    return _outlook(read(Broadcast, wire), snapshot.status, left, caller_ids, faults, changes)


def rules_of(broadcast: Broadcast) -> list[Rule]:
    """How a broadcast keeps the rules that rest on its settings; its caller ID is not looked at."""
    return list(_of_settings(broadcast, Hours.of(broadcast.local_time_restriction), {}))


def _outlook(
    broadcast: Broadcast,
    status: str,
    people: int | None,
    caller_ids: Sequence[str],
    faults: Mapping[str, str],
    changes: Sequence[Change],
) -> Outlook:
    starts = [windows.next_start(each, now=timezone.now()).at for each in broadcast.schedules]
    hours = Hours.of(broadcast.local_time_restriction)
    return Outlook(
        is_calling=BroadcastStatus(status) in DIALLING,
        starts_at=min(filter(None, starts), default=None),
        schedules=summary.schedules(broadcast),
        people=people,
        caller_id=summary.caller_id(broadcast),
        at_once=summary.calls_at_once(broadcast),
        hours=_NOT_YET if "hours" in faults else summary.hours(broadcast) if hours is not None else "",
        machines=summary.machines(broadcast),
        tries=_NOT_YET if "retries" in faults else summary.tries(broadcast),
        estimate=estimates.cost(people, Tries.of(broadcast)) if people else None,
        rules=[*_broken(faults), *_rules(broadcast, hours, caller_ids, faults)],
        changes=changes,
    )


def _broken(faults: Mapping[str, str]) -> Iterator[Rule]:
    for unit in units.by_name(faults):
        yield Rule("bad", f"{unit.label}: {_NOT_YET}", faults[unit.name])


def _rules(
    broadcast: Broadcast, hours: Hours | None, caller_ids: Sequence[str], faults: Mapping[str, str]
) -> Iterator[Rule]:
    if "from_number" not in faults:
        yield from _caller_id(broadcast.from_number or "", caller_ids)
    yield from _of_settings(broadcast, hours, faults)


def _of_settings(broadcast: Broadcast, hours: Hours | None, faults: Mapping[str, str]) -> Iterator[Rule]:
    for warning in (each for each in summary.warnings_about(broadcast) if each.about not in faults):
        yield Rule("warn", warning.headline, warning.advice)
    if hours is not None and "hours" not in faults:
        yield _hours(hours)
    if not broadcast.dialplan_xml:
        if "dnc" not in faults:
            yield from _opt_out(broadcast.sounds or Sounds())
        yield from _machines(broadcast)


def _hours(hours: Hours) -> Rule:
    if DAY.start <= hours.begin < hours.end <= DAY.stop:
        kept = "Nobody is called at night, as far as an area code tells where somebody is."
        return Rule("good", "Calling hours are kept", kept)
    return Rule(
        "bad", "Calling hours reach into the night", "Before 08:00 and after 21:00 is against the rules."
    )


def _caller_id(number: str, known: Sequence[str]) -> Iterator[Rule]:
    if number and number in known:
        yield Rule("good", "The caller ID is yours", f"{nice_number(number)} is verified at CallFire.")
    elif known:
        for warning in cautions.of_caller_id(number, list(known)):
            yield Rule("warn", warning.headline, warning.advice)
    elif number:
        yield Rule("warn", "The caller ID was not checked.", "CallFire did not say which numbers are yours.")


def _opt_out(sounds: Sounds) -> Iterator[Rule]:
    key, text = sounds.dnc_digit, sounds.live_sound_text
    if not key:
        return
    if text is None:
        yield Rule("good", "Opt-out is offered", f"Key {key}. Make sure that the message says so.")
    elif re.search(rf"(?<!\w)(?:{re.escape(key)}|{_SAID.get(key, key)})(?!\w)", text, re.IGNORECASE):
        yield Rule("good", "Opt-out is offered", f"Key {key}, spoken in the message.")
    else:
        yield Rule(
            "warn", "The message does not name the opt-out key.", f"Say it, like: Press {key} to stop."
        )


def _machines(broadcast: Broadcast) -> Iterator[Rule]:
    mode = broadcast.answering_machine_config
    if mode == AnsweringMachineConfig.LIVE_IMMEDIATE:
        yield Rule(
            "warn", "Machines hear the live message.", "They count as answered, and keys mean nothing."
        )
    elif mode == AnsweringMachineConfig.LIVE_WITH_AMD:
        yield Rule("good", "Nothing is left on machines", "They are hung up on.")
    elif summary.machine_message(broadcast):
        yield Rule("good", "Machines have a message", "It is left when one answers.")
