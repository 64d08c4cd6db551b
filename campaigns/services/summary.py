"""A broadcast's settings in plain words, and what is worth a warning before anybody is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Final

from callfire_api import (
    AnsweringMachineConfig,
    Broadcast,
    CallResult,
    Schedule,
    Sounds,
    Voice,
)
from callfire_api.wire import read
from campaigns.labels import call_result, in_a_row, nice_number, shown_labels
from campaigns.models import BroadcastSnapshot

VOICES: Final = {
    Voice.MALE1: "Male 1",
    Voice.FEMALE1: "Female 1",
    Voice.FEMALE2: "Female 2",
    Voice.SPANISH1: "Spanish 1",
    Voice.FRENCHCANADIAN1: "French Canadian 1",
}
_MACHINES: Final = {
    AnsweringMachineConfig.AM_AND_LIVE: "Detected, own message",
    AnsweringMachineConfig.AM_ONLY: "Only machines hear a message; we hang up on people",
    AnsweringMachineConfig.LIVE_WITH_AMD: "Detected, we hang up",
    AnsweringMachineConfig.LIVE_IMMEDIATE: "Not detected: machines hear the live message",
}
_HEARD_BY_MACHINES: Final = frozenset({AnsweringMachineConfig.AM_AND_LIVE, AnsweringMachineConfig.AM_ONLY})
_REACHED: Final = frozenset({CallResult.LA, CallResult.XFER})
_HOURS_OFF: Final = "At any hour: quiet hours are off"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its term, and what it is, a line each."""

    term: str
    lines: tuple[str, ...]
    is_labels: bool = False


@dataclass(frozen=True, slots=True)
class Warning:
    """Something an operator should know before people are called; ``about`` names the unit it comes from."""

    headline: str
    advice: str
    about: str = ""


def in_words(snapshot: BroadcastSnapshot) -> list[Setting]:
    """The settings of the broadcast as last seen, in the order people ask about them."""
    broadcast = read(Broadcast, snapshot.settings)
    settings = [Setting("Caller ID", (caller_id(broadcast) or "Not chosen",))]
    settings += _messages(broadcast)
    settings.append(Setting("Machines", (machines(broadcast),)))
    settings.append(Setting("Hours", (hours(broadcast),)))
    settings.append(Setting("Tries", (tries(broadcast),)))
    settings.append(Setting("Pace limit", (_pace_limit(broadcast),)))
    planned = tuple(_schedule(each) for each in broadcast.schedules)
    settings.append(Setting("Schedule", planned or ("None, started by hand",)))
    if broadcast.resume_next_day:
        settings.append(Setting("Next day", (next_day(broadcast),)))
    if shown_labels(broadcast.labels):
        settings.append(Setting("Labels", shown_labels(broadcast.labels), is_labels=True))
    return settings


def hours_in_words(snapshot: BroadcastSnapshot) -> str:
    """When people may be called; hours that are shown but not enforced are named as what they are."""
    return hours(read(Broadcast, snapshot.settings))


def warnings(snapshot: BroadcastSnapshot) -> list[Warning]:
    """What is unusual about its settings as last seen."""
    return warnings_about(read(Broadcast, snapshot.settings))


def warnings_about(broadcast: Broadcast) -> list[Warning]:
    """What is unusual about these settings and reaches people's phones."""
    sounds = broadcast.sounds
    found = []
    if hours(broadcast) == _HOURS_OFF:
        found.append(
            Warning("Quiet hours are off.", "People can be called at night, wherever they live.", "hours")
        )
    if not broadcast.from_number:
        found.append(Warning("No caller ID is chosen.", "CallFire may refuse to start it.", "from_number"))
    if not broadcast.dialplan_xml:
        found += _silences(broadcast)
        if sounds is None or not sounds.dnc_digit:
            found.append(
                Warning("No opt-out key is offered.", "People cannot ask not to be called again.", "dnc")
            )
    if broadcast.retry_config and _REACHED & set(broadcast.retry_config.retry_results):
        found.append(
            Warning(
                "People who answered are called again.",
                "Retries begin anew with people already reached.",
                "retries",
            )
        )
    return found


def caller_id(broadcast: Broadcast) -> str:
    """The number people see."""
    return nice_number(broadcast.from_number)


def labels(broadcast: Broadcast) -> str:
    """The labels somebody gave it."""
    return ", ".join(shown_labels(broadcast.labels))


def live_message(broadcast: Broadcast) -> str:
    """What a person hears."""
    sounds = broadcast.sounds or Sounds()
    return _slot(sounds.live_sound_text, sounds.live_sound_text_voice, sounds.live_sound_id)


def machine_message(broadcast: Broadcast) -> str:
    """What an answering machine hears."""
    sounds = broadcast.sounds or Sounds()
    return _slot(sounds.machine_sound_text, sounds.machine_sound_text_voice, sounds.machine_sound_id)


def transfer(broadcast: Broadcast) -> str:
    """The key that connects to somebody, to whom, and what is said meanwhile."""
    sounds = broadcast.sounds or Sounds()
    if not sounds.transfer_digit:
        return ""
    said = _slot(sounds.transfer_sound_text, sounds.transfer_sound_text_voice, sounds.transfer_sound_id)
    key = f"{sounds.transfer_digit} transfers to {nice_number(sounds.transfer_number) or 'nobody'}"
    return f"{key}, after {said}" if said else key


def opt_out(broadcast: Broadcast) -> str:
    """The key that asks not to be called again, and what is said then."""
    sounds = broadcast.sounds or Sounds()
    if not sounds.dnc_digit:
        return ""
    said = _slot(sounds.dnc_sound_text, sounds.dnc_sound_text_voice, sounds.dnc_sound_id)
    return f"{sounds.dnc_digit} opts out, with {said}" if said else f"{sounds.dnc_digit} opts out"


def script(broadcast: Broadcast) -> str:
    """That there is an IVR script, and how long it is."""
    return f"An IVR script of {len(broadcast.dialplan_xml):,} characters" if broadcast.dialplan_xml else ""


def machines(broadcast: Broadcast) -> str:
    """What happens when a machine answers."""
    config = broadcast.answering_machine_config
    if config is None:
        return "CallFire did not say"
    return _MACHINES.get(config, f"Other ({config})")


def hours(broadcast: Broadcast) -> str:
    """When people may be called; hours that are shown but not enforced are named as what they are."""
    restriction = broadcast.local_time_restriction
    if restriction is None or not restriction.enabled or restriction.begin_hour is None:
        return _HOURS_OFF
    begin = f"{restriction.begin_hour:02}:{restriction.begin_minute or 0:02}"
    end = f"{restriction.end_hour or 0:02}:{restriction.end_minute or 0:02}"
    return f"{begin} – {end} local to each person"


def tries(broadcast: Broadcast) -> str:
    """Whether people are tried again, how often and why."""
    retry = broadcast.retry_config
    if retry is None or not retry.max_attempts or not retry.retry_results:
        return "Once; nobody is tried again"
    why = in_a_row([call_result(result).label.lower() for result in retry.retry_results], "or")
    return f"Up to {retry.max_attempts} more after {retry.minutes_between_attempts or 60} min if {why}"


def schedules(broadcast: Broadcast) -> str:
    """When it starts and stops by itself."""
    return "; ".join(_schedule(each) for each in broadcast.schedules)


def next_day(broadcast: Broadcast) -> str:
    """Whether it carries on the next day."""
    return "Carries on the next day when the hours end" if broadcast.resume_next_day else ""


def calls_at_once(broadcast: Broadcast) -> str:
    """How many calls are on the line together at most."""
    return f"{broadcast.max_active:,}" if broadcast.max_active else ""


def transfers_at_once(broadcast: Broadcast) -> str:
    """How many transfers are on the line together at most."""
    return f"{broadcast.max_active_transfers:,}" if broadcast.max_active_transfers else ""


def _silences(broadcast: Broadcast) -> list[Warning]:
    """The messages that are missing although the way machines are handled plays them."""
    mode = broadcast.answering_machine_config or AnsweringMachineConfig.AM_AND_LIVE
    found = []
    if mode != AnsweringMachineConfig.AM_ONLY and not live_message(broadcast):
        found.append(Warning("There is no live message.", "People who answer may hear nothing.", "live"))
    if mode in _HEARD_BY_MACHINES and not machine_message(broadcast):
        found.append(
            Warning(
                "There is no message for machines.",
                "Answering machines may record silence, and cost.",
                "machine",
            )
        )
    return found


def _messages(broadcast: Broadcast) -> list[Setting]:
    if broadcast.dialplan_xml:
        return [Setting("Message", ("An IVR script",))]
    sounds = broadcast.sounds or Sounds()
    slots = [
        ("Live message", sounds.live_sound_text, sounds.live_sound_text_voice, sounds.live_sound_id),
        ("Voicemail", sounds.machine_sound_text, sounds.machine_sound_text_voice, sounds.machine_sound_id),
    ]
    settings = [
        Setting(term, _slot_lines(text, voice, sound_id) or ("None",))
        for term, text, voice, sound_id in slots
        if text or sound_id or term == "Live message"
    ]
    keys = _keys(sounds)
    return [*settings, Setting("Keys", keys)] if keys else settings


def _slot(text: str | None, voice: Voice | None, sound_id: int | None) -> str:
    return ", ".join(_slot_lines(text, voice, sound_id))


def _slot_lines(text: str | None, voice: Voice | None, sound_id: int | None) -> tuple[str, ...]:
    if text:
        return (f"“{text}”", f"Text, {VOICES.get(voice, str(voice))}" if voice else "Text")
    return (f"Sound {sound_id}",) if sound_id else ()


def _keys(sounds: Sounds) -> tuple[str, ...]:
    keys = []
    if sounds.transfer_digit:
        keys.append(f"{sounds.transfer_digit} transfers to {nice_number(sounds.transfer_number) or 'nobody'}")
    if sounds.dnc_digit:
        keys.append(f"{sounds.dnc_digit} opts out")
    return tuple(keys)


def _pace_limit(broadcast: Broadcast) -> str:
    calls = f"{calls_at_once(broadcast)} calls at once" if broadcast.max_active else "CallFire’s default"
    if broadcast.max_active_transfers:
        return f"{calls}, {transfers_at_once(broadcast)} transfers"
    return calls


def _schedule(schedule: Schedule) -> str:
    days = in_a_row([day.title() for day in schedule.days_of_week], "and") or "Every day"
    span = _span(schedule.start_time_of_day, schedule.stop_time_of_day)
    dates = ""
    if schedule.start_date:
        dates = f", from {schedule.start_date:%b} {schedule.start_date.day}, {schedule.start_date.year}"
        if schedule.stop_date:
            dates += f" to {schedule.stop_date:%b} {schedule.stop_date.day}, {schedule.stop_date.year}"
    return f"{days} {span}{dates} ({schedule.time_zone or 'zone not given'})"


def _span(start: time | None, stop: time | None) -> str:
    if start is None:
        return "at any time"
    return f"{start:%H:%M} – {stop:%H:%M}" if stop is not None else f"from {start:%H:%M}"
