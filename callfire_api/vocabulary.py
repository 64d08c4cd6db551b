"""CallFire's own words.

Every list here is what CallFire has published, and none is trusted to be complete: a word CallFire invents
tomorrow becomes a member that is equal to its text, answers `is_known` with False, and breaks nothing.
"""

from enum import StrEnum
from typing import Self


class OpenEnum(StrEnum):
    """An enum of text that also takes words it does not list.

    A member compares, hashes and prints like its text. `BroadcastStatus("RUNNING") is
    BroadcastStatus.RUNNING`; `BroadcastStatus("NOVEL") == "NOVEL"`, and two unknown members of the same
    text are equal but need not be identical, so compare with `==`.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether CallFire has published this word."""
        return self.value in type(self).__members__

    @classmethod
    def known(cls) -> tuple[Self, ...]:
        """The published words, in the order in which people meet them."""
        return tuple(cls)


class BroadcastStatus(OpenEnum):
    """Where a broadcast is in its life. One that was just created is STOPPED too (SDK's tests)."""

    SETUP = "SETUP"
    TEST = "TEST"
    STOPPED = "STOPPED"
    SCHEDULED = "SCHEDULED"
    VALIDATING_START = "VALIDATING_START"
    START_PENDING = "START_PENDING"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    SUSPENDED = "SUSPENDED"
    BLOCKED_SUSPICIOUS = "BLOCKED_SUSPICIOUS"
    VALIDATING_EMAIL = "VALIDATING_EMAIL"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    ARCHIVED = "ARCHIVED"


class BatchStatus(OpenEnum):
    """How far CallFire's checks of a batch have come; only an ACTIVE batch is ready (per the OpenAPI)."""

    NEW = "NEW"
    VALIDATING = "VALIDATING"
    ACTIVE = "ACTIVE"
    ERRORS = "ERRORS"
    SOURCE_ERROR = "SOURCE_ERROR"


class CallState(OpenEnum):
    """Where a person is in the queue. FINISHED says nothing of success, the result does (SDK's samples)."""

    READY = "READY"
    SELECTED = "SELECTED"
    CALLBACK = "CALLBACK"
    FINISHED = "FINISHED"
    DISABLED = "DISABLED"
    SKIPPED = "SKIPPED"
    DNC = "DNC"
    DUP = "DUP"
    INVALID = "INVALID"
    PERIOD_LIMIT = "PERIOD_LIMIT"
    RESTRICTED_NUMBER = "RESTRICTED_NUMBER"
    TIMEOUT = "TIMEOUT"


class CallResult(OpenEnum):
    """How an attempt to reach a person went."""

    LA = "LA"
    XFER = "XFER"
    XFER_LEG = "XFER_LEG"
    AM = "AM"
    BUSY = "BUSY"
    NO_ANS = "NO_ANS"
    CARRIER_TEMP_ERROR = "CARRIER_TEMP_ERROR"
    CARRIER_ERROR = "CARRIER_ERROR"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    DNC = "DNC"
    UNDIALED = "UNDIALED"
    ABANDONED = "ABANDONED"
    SKIPPED = "SKIPPED"
    POSTPONED = "POSTPONED"
    SD = "SD"


class RecordingState(OpenEnum):
    """RECORDING is still being written and has no audio yet."""

    RECORDING = "RECORDING"
    READY = "READY"
    ERROR = "ERROR"


class AnsweringMachineConfig(OpenEnum):
    """Who hears what. LIVE_IMMEDIATE detects no machines (per the OpenAPI), so all answers count as live."""

    AM_AND_LIVE = "AM_AND_LIVE"
    AM_ONLY = "AM_ONLY"
    LIVE_WITH_AMD = "LIVE_WITH_AMD"
    LIVE_IMMEDIATE = "LIVE_IMMEDIATE"


class Voice(OpenEnum):
    """The voices that read text aloud."""

    MALE1 = "MALE1"
    FEMALE1 = "FEMALE1"
    FEMALE2 = "FEMALE2"
    SPANISH1 = "SPANISH1"
    FRENCHCANADIAN1 = "FRENCHCANADIAN1"


class SoundStatus(OpenEnum):
    """Only ACTIVE and ACTIVE_SYSTEM sounds can be played to people."""

    UPLOAD = "UPLOAD"
    RECORDING = "RECORDING"
    ACTIVE = "ACTIVE"
    ACTIVE_SYSTEM = "ACTIVE_SYSTEM"
    FAILED = "FAILED"
    ARCHIVED = "ARCHIVED"
    SCRUBBED = "SCRUBBED"


class ContactListStatus(OpenEnum):
    """Only ACTIVE lists can become a batch."""

    ACTIVE = "ACTIVE"
    VALIDATING = "VALIDATING"
    IMPORTING = "IMPORTING"
    IMPORT_FAILED = "IMPORT_FAILED"
    ERRORS = "ERRORS"
    DELETED = "DELETED"
    PARSE_FAILED = "PARSE_FAILED"
    COLUMN_TOO_LARGE = "COLUMN_TOO_LARGE"


class RetryPhoneType(OpenEnum):
    """Which number of a contact is tried next."""

    FIRST_NUMBER = "FIRST_NUMBER"
    HOME_PHONE = "HOME_PHONE"
    WORK_PHONE = "WORK_PHONE"
    MOBILE_PHONE = "MOBILE_PHONE"


class DayOfWeek(OpenEnum):
    """A day on which a schedule applies."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class TrustLevel(OpenEnum):
    """How far CallFire trusts an account (per the OpenAPI); below NORMAL it may refuse a start, we guess."""

    LOCKED = "LOCKED"
    SUSPENDED = "SUSPENDED"
    PROBATION = "PROBATION"
    NORMAL = "NORMAL"
    TRUSTED = "TRUSTED"
