"""A broadcast's configuration: defaults, what a PUT does to it, what the dialler takes from it."""

from collections.abc import Callable
from functools import partial

from .codes import Result
from .dialler import DialPlan
from .errors import ViolationError
from .exchange import Json
from .hours import next_opening
from .switches import Switches

SLOTS = ("live", "machine", "transfer", "dnc")
MOST_ATTEMPTS = 200  # as many as the sandbox keeps count of
READ_ONLY = frozenset({"id", "status", "lastModified", "recipients"})
DEFAULT_HOURS: Json = {"enabled": False, "beginHour": 8, "beginMinute": 0, "endHour": 21, "endMinute": 0}
DEFAULT_RETRIES: Json = {"maxAttempts": 1, "minutesBetweenAttempts": 60, "retryPhoneTypes": ["FIRST_NUMBER"]}
DEFAULTS: Json = {
    "maxActive": 100,
    "answeringMachineConfig": "AM_AND_LIVE",
    "localTimeRestriction": DEFAULT_HOURS,
    "retryConfig": DEFAULT_RETRIES,
    "resumeNextDay": False,
}


def configure(body: Json, new_sound: Callable[[str], int]) -> Json:
    """The configuration a create makes of ``body``."""
    return _finish(DEFAULTS | _writable(body), new_sound)


def reconfigure(settings: Json, body: Json, switches: Switches, new_sound: Callable[[str], int]) -> Json:
    """The configuration after a PUT of ``body``: merged key by key, or replaced as a whole by switch."""
    change = {key: value for key, value in _writable(body).items() if key not in switches.put_ignores}
    if switches.put_replaces:
        kept = {key: settings[key] for key in switches.put_ignores if key in settings}
        return _finish(DEFAULTS | kept | change, new_sound)
    exclusive = {"sounds": "dialplanXml", "dialplanXml": "sounds"}
    gone = {other for key, other in exclusive.items() if key in change}
    return _finish({key: value for key, value in settings.items() if key not in gone} | change, new_sound)


def refuse_conflicts(body: Json, switches: Switches) -> None:
    """Raises ViolationError for parts of a broadcast that exclude each other."""
    if body.get("dialplanXml") and body.get("sounds"):
        raise ViolationError("dialplanXml and sounds exclude each other")
    sounds = body.get("sounds") or {}
    for slot in SLOTS:
        if switches.refuse_text_and_id and sounds.get(f"{slot}SoundText") and sounds.get(f"{slot}SoundId"):
            raise ViolationError(f"sounds.{slot}: either a text or an id, not both")


def dial_plan(settings: Json, switches: Switches) -> DialPlan:
    """What of the configuration governs the calls."""
    retries: Json = settings.get("retryConfig") or {}
    hours: Json = settings.get("localTimeRestriction") or {}
    attempts = int(retries.get("maxAttempts", 1)) + (0 if switches.max_attempts_is_total else 1)
    return DialPlan(
        max_active=max(1, int(settings.get("maxActive") or 1)),
        attempts=min(max(1, attempts), MOST_ATTEMPTS),
        retry_after_seconds=60.0 * retries.get("minutesBetweenAttempts", 60),
        retry_results=frozenset(
            Result[word] for word in retries.get("retryResults", ()) if word in Result.__members__
        ),
        machines_count_as_live=settings.get("answeringMachineConfig") == "LIVE_IMMEDIATE",
        opens_at=partial(next_opening, hours)
        if switches.honour_local_hours and hours.get("enabled")
        else None,
    )


def _writable(body: Json) -> Json:
    return {key: value for key, value in body.items() if key not in READ_ONLY and value is not None}


def _finish(settings: Json, new_sound: Callable[[str], int]) -> Json:
    if not settings.get("sounds"):
        settings.pop("sounds", None)
        return settings
    sounds = {key: value for key, value in settings["sounds"].items() if value is not None}
    for slot in SLOTS:
        text = sounds.get(f"{slot}SoundText")
        if text and not sounds.get(f"{slot}SoundId"):
            sounds[f"{slot}SoundId"] = new_sound(text)
    return settings | {"sounds": sounds}
