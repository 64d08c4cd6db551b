"""Between the fields of the form and CallFire's properties, one decision at a time."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any, Final

from callfire_api import AnsweringMachineConfig, Broadcast, LocalTimeRestriction, RetryConfig, Voice
from callfire_api.wire import read
from campaigns.labels import nice_number, shown_labels
from campaigns.services.units import UNITS, Value, Wire

SLOTS: Final = ("live", "machine", "transfer", "dnc")
# Federal telemarketing hours at the called person's place, and the margin we keep without being asked.
LEGAL: Final = (time(8), time(21))
USUAL: Final = (time(9), time(20))
# Which messages are ever heard in each mode; in any other, all of them may be.
_PLAYED: Final[Mapping[str, tuple[str, ...]]] = {
    AnsweringMachineConfig.AM_ONLY: ("machine",),
    AnsweringMachineConfig.LIVE_WITH_AMD: ("live", "transfer", "dnc"),
    AnsweringMachineConfig.LIVE_IMMEDIATE: ("live", "transfer", "dnc"),
}


def _fields_of_slot(slot: str, *more: str) -> frozenset[str]:
    return frozenset({f"{slot}_source", f"{slot}_text", f"{slot}_voice", f"{slot}_sound_id", "kind", *more})


# The fields of the form in which each decision is made.
FIELDS: Final[Mapping[str, frozenset[str]]] = {unit.name: frozenset({unit.name}) for unit in UNITS} | {
    "live": _fields_of_slot("live"),
    "machine": _fields_of_slot("machine"),
    "transfer": _fields_of_slot("transfer", "transfer_digit", "transfer_number"),
    "dnc": _fields_of_slot("dnc", "dnc_digit"),
    "script": frozenset({"script", "kind"}),
    "hours": frozenset({"hours_on", "hours_begin", "hours_end", "hours_reason"}),
    "retries": frozenset({"tries", "minutes_between", "retry_results", "retry_phone_types"}),
}


def played(mode: str | None) -> tuple[str, ...]:
    """The messages that somebody hears in this mode; the others are neither asked for nor sent."""
    return _PLAYED.get(mode or "", SLOTS)


def is_seen(text: str) -> bool:
    """Whether there is anything in the text that a screen shows."""
    return any(unicodedata.category(letter)[0] not in "CZ" for letter in text)


def is_spoken(text: str) -> bool:
    """Whether there is anything in the text that a voice says."""
    return any(letter.isalnum() for letter in text)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, found valid: the fields, what the form began with, which fields somebody touched."""

    wanted: Mapping[str, Any]
    before: Mapping[str, Any]
    touched: frozenset[str]
    rows: Sequence[Wire]

    def value(self, name: str) -> Value:
        """The unit of this name as CallFire's properties."""
        wanted = self.wanted
        is_script = wanted.get("kind") == "script"
        if name in SLOTS and (is_script or name not in played(wanted.get("machines"))):
            return {}
        match name:
            case "name":
                return {"name": wanted["name"]}
            case "from_number":
                return {"fromNumber": wanted["from_number"]}
            case "labels":
                hidden = [each for each in self.before.get("labels", []) if not shown_labels([each])]
                return {"labels": [*wanted["labels"], *hidden]}
            case "live" | "machine":
                return self._slot_value(name)
            case "transfer":
                if not wanted["transfer_digit"]:
                    return {}
                return {
                    "sounds.transferDigit": wanted["transfer_digit"],
                    "sounds.transferNumber": wanted["transfer_number"],
                    **self._slot_value(name),
                }
            case "dnc":
                if not wanted["dnc_digit"]:
                    return {}
                return {"sounds.dncDigit": wanted["dnc_digit"], **self._slot_value(name)}
            case "script":
                return {"dialplanXml": wanted["script"]} if is_script else {}
            case "machines":
                return {"answeringMachineConfig": wanted["machines"]}
            case "hours":
                return {"localTimeRestriction": self._hours()}
            case "schedules":
                # An empty list, because CallFire may keep what a change does not mention.
                return {"schedules": list(self.rows)} if self.rows or self.before.get("id") else {}
            case "next_day":
                return {"resumeNextDay": wanted["next_day"]}
            case "max_active":
                return {"maxActive": wanted["max_active"]} if wanted["max_active"] else {}
            case "max_active_transfers":
                most = wanted["max_active_transfers"]
                return {"maxActiveTransfers": most} if most else {}
            case _:
                return {"retryConfig": self._retries()}

    def _slot_value(self, slot: str) -> Value:
        """The slot by its text or by its sound, never both; an untouched text stays the sound it became."""
        wanted = self.wanted
        if wanted[f"{slot}_source"] == "sound":
            return {f"sounds.{slot}SoundId": wanted[f"{slot}_sound_id"]}
        if wanted[f"{slot}_source"] != "text":
            return {}
        held = (self.before.get("sounds") or {}).get(f"{slot}SoundId")
        same_words = not {f"{slot}_source", f"{slot}_text", f"{slot}_voice"} & self.touched
        if held and same_words:
            return {f"sounds.{slot}SoundId": held}
        return {
            f"sounds.{slot}SoundText": wanted[f"{slot}_text"],
            f"sounds.{slot}SoundTextVoice": wanted[f"{slot}_voice"] or Voice.FEMALE1.value,
        }

    def _hours(self) -> Wire:
        """All five properties, always: hours that CallFire shows are not hours that it enforces."""
        wanted = self.wanted
        begin, end = wanted["hours_begin"] or time(9), wanted["hours_end"] or time(20)
        return {
            **(self.before.get("localTimeRestriction") or {}),
            "enabled": wanted["hours_on"],
            "beginHour": begin.hour,
            "beginMinute": begin.minute,
            "endHour": end.hour,
            "endMinute": end.minute,
        }

    def _retries(self) -> Wire:
        wanted = self.wanted
        wire: Wire = {
            **(self.before.get("retryConfig") or {}),
            "maxAttempts": wanted["tries"],
            "minutesBetweenAttempts": wanted["minutes_between"],
            "retryResults": wanted["retry_results"] if wanted["tries"] else [],
        }
        wire["retryPhoneTypes"] = wanted["retry_phone_types"]
        return {key: value for key, value in wire.items() if value or key != "retryPhoneTypes"}


def labels_in_a_line(labels: Iterable[str]) -> str:
    """Labels as one types them: separated by commas, and in quotes where they have a comma themselves."""
    quoted = ('"' + label.replace('"', '""') + '"' if set(label) & set(',"') else label for label in labels)
    return ", ".join(quoted)


def labels_of(line: str) -> list[str]:
    """The labels somebody typed, each once."""
    cells = next(csv.reader([line.replace("\n", ",")], skipinitialspace=True), [])
    return list(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))


def initial_of(wire: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the form for a broadcast in CallFire's JSON; a new one begins with careful settings."""
    broadcast = read(Broadcast, dict(wire))
    sounds = dict(wire.get("sounds") or {})
    restriction = broadcast.local_time_restriction or LocalTimeRestriction(enabled=not wire)
    retry = broadcast.retry_config
    initial: dict[str, Any] = {
        "name": broadcast.name or "",
        "from_number": nice_number(broadcast.from_number),
        "labels": labels_in_a_line(shown_labels(broadcast.labels)),
        "kind": "script" if broadcast.dialplan_xml else "sounds",
        "script": broadcast.dialplan_xml or "",
        "transfer_digit": sounds.get("transferDigit", ""),
        "transfer_number": nice_number(sounds.get("transferNumber")),
        "dnc_digit": sounds.get("dncDigit", ""),
        "machines": broadcast.answering_machine_config or AnsweringMachineConfig.AM_AND_LIVE.value,
        "hours_on": bool(restriction.enabled),
        "hours_begin": _clock(restriction.begin_hour, restriction.begin_minute, USUAL[0]),
        "hours_end": _clock(restriction.end_hour, restriction.end_minute, USUAL[1]),
        "next_day": bool(broadcast.resume_next_day),
        "max_active": broadcast.max_active if wire else 10,
        "max_active_transfers": broadcast.max_active_transfers,
        "tries": _tries(retry) if retry else 0,
        "minutes_between": (retry.minutes_between_attempts or 60) if retry else 60,
        "retry_results": list(retry.retry_results) if retry else [],
        "retry_phone_types": list(retry.retry_phone_types) if retry else [],
    }
    for slot in SLOTS:
        text, sound_id = sounds.get(f"{slot}SoundText") or "", sounds.get(f"{slot}SoundId")
        initial[f"{slot}_source"] = "text" if text else "sound" if sound_id else "none"
        initial[f"{slot}_text"] = text
        initial[f"{slot}_voice"] = sounds.get(f"{slot}SoundTextVoice") or Voice.FEMALE1.value
        initial[f"{slot}_sound_id"] = sound_id if sound_id and not text else None
    if not wire:
        initial |= {"live_source": "text", "machine_source": "text"}
    return initial


def _tries(retry: RetryConfig) -> int:
    """CallFire counts 1 when it does not say."""
    return 1 if retry.max_attempts is None else retry.max_attempts


def _clock(hour: int | None, minute: int | None, otherwise: time) -> time:
    if hour is None or not 0 <= hour < 24 or not 0 <= (minute or 0) < 60:
        return otherwise
    return time(hour, minute or 0)
