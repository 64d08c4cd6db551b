"""The scenario ``demo``: a utility company in the middle of its week."""

from datetime import UTC, datetime, timedelta
from typing import Any

from .account import do_not_contact
from .broadcast import Broadcast
from .codes import Result
from .exchange import Json, milliseconds
from .world import World

_DAY = 86_400.0
_HOUR = 3_600.0
CALLER_IDS = ("12135550100", "13125550101", "14155550102", "16465550103")
_HOURS: Json = {"enabled": True, "beginHour": 9, "beginMinute": 0, "endHour": 20, "endMinute": 0}
_AGAIN: Json = {
    "maxAttempts": 2,
    "minutesBetweenAttempts": 30,
    "retryResults": ["BUSY", "NO_ANS", "CARRIER_TEMP_ERROR"],
    "retryPhoneTypes": ["FIRST_NUMBER"],
}
_OUTAGE: Json = {
    "liveSoundText": "Hello. Power in your street will be off for about two hours. Press 1 to speak with us.",
    "liveSoundTextVoice": "FEMALE1",
    "machineSoundText": "Hello. Power in your street will be off for about two hours.",
    "machineSoundTextVoice": "FEMALE1",
    "transferDigit": "1",
    "transferNumber": "12135550190",
    "transferSoundText": "We are connecting you.",
    "dncDigit": "9",
    "dncSoundText": "We will not call you again.",
}
_REMINDER: Json = {
    "liveSoundText": "Hello. This is a reminder that your payment is due on Friday.",
    "liveSoundTextVoice": "MALE1",
    "machineSoundText": "Your payment is due on Friday.",
}
_SURVEY_SCRIPT = (
    '<dialplan name="Root"><play type="tts" voice="female1">May we ask you one question?</play>'
    '<record varname="message" background="true"/></dialplan>'
)


def demo(world: World) -> None:
    """About sixty broadcasts in every status; three of them run."""
    world.account.caller_ids |= dict.fromkeys(CALLER_IDS)
    world.account.credits_e4 = 412_386_500
    _library(world)
    _finished(world)
    _archived(world)
    _stopped(world)
    _waiting(world)
    _held_back(world)
    _awkward(world)
    _running(world)


def _on(world: World, days: float, pattern: str = "%b %d") -> str:
    return (datetime.fromtimestamp(world.now(), UTC) + timedelta(days=days)).strftime(pattern)


def _add(world: World, name: str, status: str, people: int, ago_days: float, **more: Any) -> Broadcast:
    sounds = _REMINDER if "eminder" in name else _OUTAGE
    content: Json = {} if "dialplanXml" in more else {"sounds": sounds}
    number = CALLER_IDS[len(world.broadcasts) % len(CALLER_IDS)]
    settings: Json = {"fromNumber": number, "maxActive": 20, "localTimeRestriction": _HOURS, "labels": []}
    return world.add_broadcast(
        name=name, status=status, recipients=people, created_ago_seconds=ago_days * _DAY,
        **(settings | content | more),
    )  # fmt: skip


def _library(world: World) -> None:
    for name in ("Outage greeting", "Thank you", "Störungsansage", "Aviso de corte", "停電のお知らせ"):
        world.add_sound(name=name)
    world.add_sound(name="Hold music", status="ACTIVE_SYSTEM")
    for status in ("UPLOAD", "RECORDING", "FAILED", "ARCHIVED", "SCRUBBED"):
        world.add_sound(name=f"Old greeting ({status.lower()})", status=status)
    world.add_contact_list(name="Grid 14 households", size=420)
    world.add_contact_list(name="Cycle 11B", size=260)
    for status in ("VALIDATING", "IMPORTING", "IMPORT_FAILED", "ERRORS", "PARSE_FAILED", "COLUMN_TOO_LARGE"):
        world.add_contact_list(name=f"Import {status.lower()}", size=35, status=status)
    for line in range(180, 186):
        number = f"1213555{line:04}"
        world.account.do_not_contact[number] = do_not_contact(
            number, world.now() - 40 * _DAY, source="Web form"
        )


def _finished(world: World) -> None:
    for week in range(8):
        ago = 2 + 7 * week
        grid = 3 + 5 * week
        _add(
            world,
            f"Planned outage – Grid {grid}, {_on(world, 1 - ago)}",
            "FINISHED",
            120 + 31 * week,
            ago,
            labels=["outage", f"grid-{grid}"],
            messy=True,
        )
        _add(
            world,
            f"Payment reminder – cycle {12 - week}A",
            "FINISHED",
            180 + 17 * week,
            ago + 1.5,
            labels=["billing"],
            retryConfig=_AGAIN,
            messy=True,
        )
        _add(
            world,
            f"Meter reading – route {40 + week}",
            "FINISHED",
            60 + 12 * week,
            ago + 3.2,
            labels=["meter"],
        )
    _add(world, f"Customer survey, {_on(world, -30, '%B')}", "FINISHED", 240, 26, labels=["survey"],
         dialplanXml=_SURVEY_SCRIPT, recorded=True)  # fmt: skip


def _archived(world: World) -> None:
    for month in range(1, 7):
        name = f"Water quality notice – {_on(world, -60 - 30 * month, '%B %Y')}"
        _add(world, name, "ARCHIVED", 40 + 10 * month, 60 + 30 * month, labels=["safety"])


def _stopped(world: World) -> None:
    _add(
        world, f"Planned outage – Grid 27, {_on(world, 3)}", "STOPPED", 310, 0.3, labels=["outage", "grid-27"]
    )
    _add(
        world,
        "Payment reminder – cycle 11C",
        "STOPPED",
        450,
        1.2,
        progress=0.4,
        labels=["billing"],
        messy=True,
    )
    _add(world, "Tree trimming – Elm Street", "STOPPED", 85, 4, labels=["safety"])
    _add(
        world,
        "Smart meter appointments – South",
        "STOPPED",
        2_800,
        5,
        progress=0.15,
        labels=["meter"],
        batches=140,
    )
    _add(world, "Empty draft for next month", "STOPPED", 0, 0.1)
    held = _add(world, "Conservation tips – Block 9", "STOPPED", 90, 6, batches=3, labels=["advice"])
    held.roster.enable_batch(held.roster.batches[1], enabled=False, now=held.created)
    broke = _add(world, "Rate change notice – Tier 2", "STOPPED", 200, 9, progress=0.5, labels=["billing"])
    broke.roster.mark_undialed(Result.UNDIALED)
    lists = _add(world, "Street works – Harbour quarter", "STOPPED", 30, 0.2, labels=["safety"])
    for name, outcome in (
        ("Harbour east", "ERRORS"),
        ("Harbour west", "SOURCE_ERROR"),
        ("Harbour north", "ACTIVE"),
    ):
        batch = lists.add_batch(name, [{"phoneNumber": "12135550142"}], world.now(), scrub=True)
        batch.outcome = outcome
        batch.validates_at = world.now()
        batch.ready_at = world.now() + (900 if outcome == "ACTIVE" else 0)


def _waiting(world: World) -> None:
    zones = ("America/New_York", "America/Chicago", "America/Los_Angeles")
    for days, zone in enumerate(zones, start=1):
        day = datetime.fromtimestamp(world.now(), UTC) + timedelta(days=days)
        schedule: Json = {
            "startDate": {"year": day.year, "month": day.month, "day": day.day},
            "startTimeOfDay": {"hour": 9, "minute": 30, "second": 0},
            "daysOfWeek": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
            "timeZone": zone,
        }
        _add(world, f"Planned outage – Grid {50 + days}, {_on(world, days)}", "SCHEDULED", 140 * days, 0.5,
             labels=["outage"], schedules=[schedule])  # fmt: skip
    _add(world, "Gas safety check – Mill Lane", "VALIDATING_START", 75, 0.01, labels=["safety"])
    _add(world, "Gas safety check – Station Road", "START_PENDING", 75, 0.01, labels=["safety"])
    _add(world, "New tariff – pilot group", "APPROVED", 150, 0.7, labels=["billing"])


def _held_back(world: World) -> None:
    for name, status in (
        ("Draft – winter preparedness", "SETUP"),
        ("Draft – new office hours", "SETUP"),
        ("Test call to the team", "TEST"),
        ("Arrears – final notice", "SUSPENDED"),
        ("Prize draw for early payers", "BLOCKED_SUSPICIOUS"),
        ("Partner offer – heat pumps", "VALIDATING_EMAIL"),
        ("Partner offer – solar roofs", "DECLINED"),
        ("Moved from the old system", "PAUSED"),
    ):
        _add(world, name, status, 25, 11)


def _awkward(world: World) -> None:
    _add(
        world,
        "<b>Storm</b> & \"flood\" <script>alert('x')</script>",
        "FINISHED",
        45,
        15,
        labels=["<i>storm</i>"],
    )
    _add(
        world, '=HYPERLINK("http://example.invalid","Outage")', "STOPPED", 20, 13, labels=["=1+1", "+1", "@x"]
    )
    _add(world, "انقطاع الكهرباء – الحي ١٤", "FINISHED", 64, 17, labels=["outage"], messy=True)
    _add(world, "הפסקת חשמל – רחוב הנביאים", "STOPPED", 33, 18, labels=["outage"])
    world.switches.huge_ids = True
    _add(world, "Отключение – район 7 / 断電通知 / Διακοπή", "FINISHED", 52, 19, labels=["outage"])
    world.switches.huge_ids = False
    _odd_calls(
        world, _add(world, "Service desk – inbound and transfers", "FINISHED", 40, 21, labels=["desk"])
    )


def _odd_calls(world: World, desk: Broadcast) -> None:
    at = milliseconds(desk.created + _HOUR)
    out: Json = {"fromNumber": CALLER_IDS[0], "toNumber": "14155550117", "created": at, "modified": at}
    inward: Json = out | {"fromNumber": out["toNumber"], "toNumber": out["fromNumber"], "inbound": True}
    for result in ("XFER_LEG", "ABANDONED", "SKIPPED", "POSTPONED", "SD", "INVALID_NUMBER", "ROBOT_ANSWERED"):
        record = {
            "id": world.serial(),
            "result": result,
            "originateTime": at,
            "duration": 0,
            "billedAmount": 0.0,
        }
        state = "SKIPPED" if result == "SKIPPED" else "FINISHED"
        world.add_call(desk, **out, state=state, finalCallResult=result, records=[record])
    answered = {
        "id": world.serial(),
        "callResult": "LA",
        "originateTime": 213_231,
        "answerTime": at,
        "finishTime": at - 1,
        "duration": 34,
        "billedAmount": 1.1667,
        "callerName": "=cmd|' /C calc'!A0",
        "switchId": "7",
        "notes": [{"text": 'asked for <b>Monday</b>, "after 5"', "created": at}],
        "questionResponses": [{"question": "confirm", "response": "-1+2"}],
    }
    world.add_call(desk, **(inward | {"modified": at - 60_000}), finalCallResult="LA", records=[answered])
    world.add_call(desk, **(out | {"toNumber": CALLER_IDS[1]}), agentCall=True, finalCallResult="LA")
    world.add_call(desk, **out, state="ESCALATED")


def _running(world: World) -> None:
    outage, reminder = f"Planned outage – Grid 14, {_on(world, 2)}", "Payment reminder – cycle 11B"
    _add(world, outage, "RUNNING", 1_900, 0.02, progress=0.55, maxActive=100, labels=["outage"], messy=True)
    _add(
        world, reminder, "RUNNING", 24_000, 0.06, progress=0.2, maxActive=60, batches=24, labels=["billing"],
        retryConfig=_AGAIN, messy=True,
    )  # fmt: skip
    _add(
        world, "Smart meter appointments – North", "RUNNING", 9_000, 0.08, progress=0.45, maxActive=25,
        batches=9, labels=["meter"], dialplanXml=_SURVEY_SCRIPT, recorded=True, messy=True,
    )  # fmt: skip
