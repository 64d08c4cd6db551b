"""The documented shape of every body CallFire accepts."""

from typing import Any

from .errors import ViolationError
from .validation import (
    Check,
    anything,
    array,
    boolean,
    both,
    digit,
    filled,
    integer,
    mapping,
    one_of,
    phone_number,
    record,
    set_of,
    text,
    time_zone,
)  # fmt: skip

VOICES = frozenset({"MALE1", "FEMALE1", "FEMALE2", "SPANISH1", "FRENCHCANADIAN1"})
STATES = frozenset({
    "READY", "SELECTED", "CALLBACK", "FINISHED", "DISABLED", "SKIPPED", "DNC", "DUP", "INVALID", "TIMEOUT",
    "PERIOD_LIMIT", "RESTRICTED_NUMBER",
})  # fmt: skip
CALL_RESULTS = frozenset({
    "LA", "AM", "BUSY", "DNC", "XFER", "NO_ANS", "XFER_LEG", "INTERNAL_ERROR", "CARRIER_ERROR",
    "CARRIER_TEMP_ERROR", "UNDIALED", "SD", "POSTPONED", "ABANDONED", "SKIPPED",
})  # fmt: skip
TEXT_RESULTS = frozenset({"SENT", "RECEIVED", "DNT", "TOO_BIG"})
RESULTS = CALL_RESULTS | TEXT_RESULTS | {"INVALID_NUMBER"}
_DAYS = frozenset({"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"})
_PHONES = frozenset({"FIRST_NUMBER", "HOME_PHONE", "WORK_PHONE", "MOBILE_PHONE"})

_id = integer(1)
_scalar_attributes = mapping(text)


def _number_or_contact(value: Any, where: str) -> None:
    if (value.get("phoneNumber") is None) == (value.get("contactId") is None):
        raise ViolationError(f"{where} needs either phoneNumber or contactId")


def _text_or_sound(*slots: tuple[str, str]) -> Check:
    def check(value: Any, where: str) -> None:
        for message, sound in slots:
            if value.get(message) and value.get(sound):
                raise ViolationError(f"{where} has both {message} and {sound}")

    return check


_RECIPIENT = {
    "phoneNumber": text,
    "contactId": _id,
    "fromNumber": phone_number,
    "attributes": _scalar_attributes,
}
recipients = array(both(record(_RECIPIENT), _number_or_contact))

_MESSAGES = (
    ("liveMessage", "liveMessageSoundId"),
    ("machineMessage", "machineMessageSoundId"),
    ("transferMessage", "transferMessageSoundId"),
)
_CALL_RECIPIENT = (
    _RECIPIENT
    | {message: text for message, _ in _MESSAGES}
    | {sound: _id for _, sound in _MESSAGES}
    | {"voice": one_of(VOICES), "transferDigit": digit, "transferNumber": phone_number, "dialplanXml": text}
)
call_recipients = array(both(record(_CALL_RECIPIENT), _number_or_contact, _text_or_sound(*_MESSAGES)))

_SOUNDS: dict[str, Check] = {
    "transferDigit": digit,
    "transferNumber": phone_number,
    "dncDigit": digit,
}
for _slot in ("live", "machine", "transfer", "dnc"):
    _SOUNDS |= {f"{_slot}SoundText": text, f"{_slot}SoundTextVoice": one_of(VOICES), f"{_slot}SoundId": _id}

_hour, _minute = integer(0, 23), integer(0, 59)
_LOCAL_DATE = record(
    {"year": integer(1970, 9999), "month": integer(1, 12), "day": integer(1, 31)},
    required=("year", "month", "day"),
)
_LOCAL_TIME = record(
    {"hour": _hour, "minute": _minute, "second": _minute, "nano": integer(0, 999_999_999)},
    required=("hour", "minute"),
)
_SCHEDULE = record(
    {
        "id": integer(),
        "campaignId": integer(),
        "startDate": _LOCAL_DATE,
        "startTimeOfDay": _LOCAL_TIME,
        "stopDate": _LOCAL_DATE,
        "stopTimeOfDay": _LOCAL_TIME,
        "daysOfWeek": set_of(one_of(_DAYS)),
        "timeZone": time_zone,
    }
)
_BROADCAST: dict[str, Check] = {
    "id": integer(),
    "name": filled,
    "status": text,
    "lastModified": integer(),
    "fromNumber": phone_number,
    "recipients": recipients,
    "sounds": record(_SOUNDS),
    "dialplanXml": text,
    "answeringMachineConfig": one_of(("AM_ONLY", "AM_AND_LIVE", "LIVE_WITH_AMD", "LIVE_IMMEDIATE")),
    "maxActive": integer(1, 2**31 - 1),
    "maxActiveTransfers": integer(0, 2**31 - 1),
    "labels": set_of(text),
    "localTimeRestriction": record(
        {
            "enabled": boolean,
            "beginHour": _hour,
            "beginMinute": _minute,
            "endHour": _hour,
            "endMinute": _minute,
        }
    ),
    "retryConfig": record(
        {
            "maxAttempts": integer(0, 2**31 - 1),
            "minutesBetweenAttempts": integer(0, 2**31 - 1),
            "retryResults": array(one_of(CALL_RESULTS)),
            "retryPhoneTypes": array(one_of(_PHONES)),
        }
    ),
    "schedules": array(_SCHEDULE),
    "resumeNextDay": boolean,
}
new_broadcast = record(_BROADCAST, required=("name",))
changed_broadcast = record(_BROADCAST)


def _one_source(value: Any, where: str) -> None:
    if (value.get("contactListId") is None) == (value.get("recipients") is None):
        raise ViolationError(f"{where} needs either contactListId or recipients")


batch_request = both(
    record({"name": text, "contactListId": _id, "recipients": recipients, "scrubDuplicates": boolean}),
    _one_source,
)
batch_update = record(
    {
        "id": integer(),
        "name": text,
        "status": text,
        "broadcastId": integer(),
        "created": integer(),
        "size": integer(),
        "remaining": integer(),
        "enabled": boolean,
    },
    required=("enabled",),
)
text_to_speech = record({"message": filled, "voice": one_of(VOICES)}, required=("message",))
verification = record({"verificationCode": text}, required=("verificationCode",))

_DNC = {"call": boolean, "text": boolean, "inboundCall": boolean, "inboundText": boolean, "source": text}
new_do_not_contacts = record(_DNC | {"numbers": array(phone_number)}, required=("numbers",))
changed_do_not_contact = record(
    _DNC | {"number": phone_number, "campaignId": integer(), "created": integer()}
)

_WEBHOOK: dict[str, Check] = {
    "id": integer(),
    "name": filled,
    "resource": text,
    "events": set_of(text),
    "callback": filled,
    "enabled": boolean,
    "secret": text,
    "singleUse": boolean,
    "nonStrictSsl": boolean,
    "fields": text,
    "expiresAt": integer(),
    "createdAt": anything,
    "updatedAt": anything,
}
new_webhook = record(_WEBHOOK, required=("name", "resource", "events", "callback"))
changed_webhook = record(_WEBHOOK)
