"""What the form of a broadcast offers to choose from, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from callfire_api import AnsweringMachineConfig, CallResult, RetryPhoneType
from campaigns.labels import call_result
from campaigns.services import summary


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to treat machines: its name, what it does, and whether it is chosen."""

    value: str
    label: str
    explanation: str
    is_chosen: bool


KINDS: Final = [("sounds", "Sounds"), ("script", "IVR script")]
SOURCES: Final = [("none", "Nothing"), ("text", "Text to speech"), ("sound", "Sound from the library")]
KEYS: Final = [("", "No key"), *((key, key) for key in "1234567890*#")]
VOICES: Final = [(voice.value, text) for voice, text in summary.VOICES.items()]
RETRY_RESULTS: Final = [
    (result.value, call_result(result).label)
    for result in (
        CallResult.BUSY,
        CallResult.NO_ANS,
        CallResult.AM,
        CallResult.CARRIER_TEMP_ERROR,
        CallResult.INTERNAL_ERROR,
        CallResult.CARRIER_ERROR,
        CallResult.LA,
    )
]
PHONE_TYPES: Final = [
    (RetryPhoneType.FIRST_NUMBER.value, "The first number of a contact"),
    (RetryPhoneType.HOME_PHONE.value, "Home phone"),
    (RetryPhoneType.WORK_PHONE.value, "Work phone"),
    (RetryPhoneType.MOBILE_PHONE.value, "Mobile phone"),
]
MACHINES: Final = [
    (AnsweringMachineConfig.AM_AND_LIVE.value, "Leave the machine message"),
    (AnsweringMachineConfig.LIVE_WITH_AMD.value, "Hang up on machines"),
    (AnsweringMachineConfig.LIVE_IMMEDIATE.value, "Play the live message at once"),
    (AnsweringMachineConfig.AM_ONLY.value, "Call machines only"),
]
_EXPLAINED: Final = {
    AnsweringMachineConfig.AM_AND_LIVE: "People hear the live message, machines a message of their own.",
    AnsweringMachineConfig.LIVE_WITH_AMD: "People hear the live message. Nothing is left on machines.",
    AnsweringMachineConfig.LIVE_IMMEDIATE: "CallFire does not tell machines from people: both hear the live "
    "message, and both count as answered.",
    AnsweringMachineConfig.AM_ONLY: "Machines hear the machine message. We hang up on people who answer.",
}


def modes(offered: list[tuple[str, str]], chosen: str) -> list[Mode]:
    """Every way to treat machines that is offered, explained as far as it is known."""
    return [
        Mode(value, label, _EXPLAINED.get(AnsweringMachineConfig(value), ""), value == chosen)
        for value, label in offered
    ]
