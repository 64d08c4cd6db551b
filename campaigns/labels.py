"""Every word about CallFire that appears on a screen, and the tone and glyph that go with it.

Colours live in ``static/css/tokens.css`` alone, by tone. The tables are total over what CallFire has
published; a word that is not in them is shown as it came, never guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal
from zoneinfo import ZoneInfo

from django.utils import timezone

from callfire_api import (
    BadCredentials,
    BadRequest,
    BatchStatus,
    BroadcastStatus,
    CallFireError,
    CallResult,
    CallState,
    Forbidden,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    RecordingState,
    ServerTrouble,
    UnreadableAnswer,
)
from campaigns.models import AuditEvent, Export
from campaigns.recipient_files.reasons import Reason
from campaigns.states import ChunkState, UploadState

Tone = Literal["neutral", "info", "good", "warn", "bad", "muted"]


@dataclass(frozen=True, slots=True)
class Badge:
    """How a status looks: a word, a glyph of ``icons.svg`` and a tone, so that colour never speaks alone.

    ``help`` is one sentence on what it means for the person at the screen. ``live`` badges pulse: something
    is going on that will end by itself.
    """

    label: str
    tone: Tone
    glyph: str
    help: str
    live: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of calling a person. ``key`` names its colour and its place in the outcome bar."""

    key: str
    label: str
    meaning: str


@dataclass(frozen=True, slots=True)
class StatusGroup:
    """One filter chip over the list of broadcasts, and the statuses it stands for."""

    name: str
    label: str
    statuses: tuple[BroadcastStatus, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """How trouble with CallFire is told: our HTTP status, what happened, and what the reader can do."""

    status: int
    title: str
    advice: str


BROADCASTS: Final[Mapping[BroadcastStatus, Badge]] = {
    BroadcastStatus.SETUP: Badge(
        "Not set up", "muted", "draft", "Settings are still missing. Nobody can be called yet."
    ),
    BroadcastStatus.TEST: Badge(
        "Test", "muted", "draft", "CallFire keeps it as a test. What that allows is not documented."
    ),
    BroadcastStatus.STOPPED: Badge(
        "Stopped", "neutral", "bar2", "Ready or paused. Nobody is called until somebody starts it."
    ),
    BroadcastStatus.SCHEDULED: Badge(
        "Scheduled", "info", "clock", "Starts by itself when its schedule says so."
    ),
    BroadcastStatus.VALIDATING_START: Badge(
        "Starting: checking lists",
        "info",
        "half",
        "Somebody started it, and CallFire is checking its lists.",
        live=True,
    ),
    BroadcastStatus.START_PENDING: Badge(
        "Starting: waiting for lists",
        "info",
        "half",
        "Somebody started it. Calls begin when CallFire has filled its batches.",
        live=True,
    ),
    BroadcastStatus.RUNNING: Badge(
        "Running", "good", "dot", "People are being called, or wait for their permitted hours.", live=True
    ),
    BroadcastStatus.FINISHED: Badge("Finished", "neutral", "check", "Nobody is left to call."),
    BroadcastStatus.SUSPENDED: Badge(
        "Suspended by CallFire",
        "bad",
        "ban",
        "CallFire halted it, perhaps over content or credits. Ask CallFire why.",
    ),
    BroadcastStatus.BLOCKED_SUSPICIOUS: Badge(
        "Blocked: content flagged",
        "bad",
        "ban",
        "CallFire flagged what it says. It waits for CallFire’s approval.",
    ),
    BroadcastStatus.VALIDATING_EMAIL: Badge(
        "Waiting for e-mail check",
        "warn",
        "warn",
        "CallFire waits until somebody confirms an e-mail address.",
    ),
    BroadcastStatus.APPROVED: Badge("Approved", "info", "check", "CallFire’s review let it pass."),
    BroadcastStatus.DECLINED: Badge(
        "Declined by CallFire", "bad", "x", "CallFire’s review turned it down. Ask CallFire why."
    ),
    BroadcastStatus.ARCHIVED: Badge(
        "Archived", "muted", "box", "Put away for good. CallFire no longer lists it and cannot bring it back."
    ),
}

BATCHES: Final[Mapping[BatchStatus, Badge]] = {
    BatchStatus.NEW: Badge("Accepted", "info", "half", "CallFire has it and will check it."),
    BatchStatus.VALIDATING: Badge(
        "Being checked", "info", "half", "CallFire is checking its numbers.", live=True
    ),
    BatchStatus.ACTIVE: Badge(
        "Ready to call", "good", "check", "Its people are called when the broadcast runs."
    ),
    BatchStatus.ERRORS: Badge(
        "Has errors", "bad", "x", "CallFire found problems. Some of its people may never be called."
    ),
    BatchStatus.SOURCE_ERROR: Badge(
        "List unreadable", "bad", "x", "CallFire could not read the list. None of its people are called."
    ),
}
SWITCHED_OFF: Final = Badge(
    "Switched off", "muted", "minus", "Its people are left out until it is switched on again."
)

CALL_STATES: Final[Mapping[CallState, Badge]] = {
    CallState.READY: Badge("Waiting", "neutral", "ring", "In the queue, not called yet."),
    CallState.SELECTED: Badge("Being called", "good", "dot", "On the line right now.", live=True),
    CallState.CALLBACK: Badge("Waiting for retry", "info", "clock", "Tried before, and will be tried again."),
    CallState.FINISHED: Badge("Completed", "neutral", "check", "No more tries. The result says how it went."),
    CallState.DISABLED: Badge(
        "On hold", "muted", "bar2", "Held back: the batch or the person is switched off."
    ),
    CallState.SKIPPED: Badge("Skipped", "muted", "minus", "Passed over by an agent. Not called."),
    CallState.DNC: Badge("Do not call", "muted", "ban", "On a do-not-call list. Not called."),
    CallState.DUP: Badge("Duplicate", "muted", "copy", "The same number was waiting already."),
    CallState.INVALID: Badge("Bad number", "muted", "x", "Not a number that can be called."),
    CallState.PERIOD_LIMIT: Badge(
        "Called too recently",
        "muted",
        "clock",
        "Held back because somebody called this number a short while ago.",
    ),
    CallState.RESTRICTED_NUMBER: Badge(
        "Number not allowed", "muted", "lock", "CallFire does not call this kind of number."
    ),
    CallState.TIMEOUT: Badge(
        "Outcome unknown", "warn", "q", "Tried, but nobody reported how it went. The phone may have rung."
    ),
}

OUTCOMES: Final[tuple[Outcome, ...]] = (
    Outcome("live", "Answered", "A person picked up, as far as the detector can tell"),
    Outcome("xfer", "Transferred", "Picked up and pressed the key that connects to somebody"),
    Outcome("am", "Voicemail", "A machine picked up"),
    Outcome("noans", "No answer", "Rang out"),
    Outcome("busy", "Busy", "The line was in use"),
    Outcome("fail", "Failed", "Refused by the phone network, often a dead number"),
    Outcome("other", "Other", "CallFire gave no usual outcome"),
    Outcome("dnc", "Do not call", "On a list already, or opted out. Not dialled again"),
    Outcome("left", "Left to call", "Waiting, or waiting for another try"),
)

OUTCOME_TONES: Final[Mapping[str, Tone]] = {
    "live": "good",
    "xfer": "good",
    "am": "warn",
    "noans": "warn",
    "busy": "warn",
    "fail": "bad",
}

CALL_RESULTS: Final[Mapping[CallResult, Outcome]] = {
    CallResult.LA: Outcome("live", "Answered", "A person picked up, as far as the detector can tell."),
    CallResult.XFER: Outcome("xfer", "Transferred", "A person picked up and pressed the transfer key."),
    CallResult.XFER_LEG: Outcome("other", "Transfer leg", "The second half of a transfer. Not a person."),
    CallResult.AM: Outcome("am", "Voicemail", "An answering machine picked up."),
    CallResult.BUSY: Outcome("busy", "Busy", "The line was in use."),
    CallResult.NO_ANS: Outcome("noans", "No answer", "It rang, and nobody picked up."),
    CallResult.CARRIER_TEMP_ERROR: Outcome("fail", "Network busy", "The phone network had no free line."),
    CallResult.CARRIER_ERROR: Outcome(
        "fail", "Network refused", "The phone network refused: overloaded, or a dead number."
    ),
    CallResult.INTERNAL_ERROR: Outcome("fail", "CallFire fault", "Something failed at CallFire."),
    CallResult.DNC: Outcome(
        "dnc", "Opted out or do not call", "Pressed the opt-out key, or was on a list already."
    ),
    CallResult.UNDIALED: Outcome(
        "left", "Not called", "Never dialled: no credits, no permitted hour, or stopped."
    ),
    CallResult.ABANDONED: Outcome("fail", "Abandoned", "A person picked up, and nobody was free to talk."),
    CallResult.SKIPPED: Outcome("left", "Skipped", "Passed over. Not called."),
    CallResult("INVALID_NUMBER"): Outcome("left", "Bad number", "Not a number that can be called."),
    CallResult.POSTPONED: Outcome(
        "other", "Other (POSTPONED)", "An old CallFire word that is no longer explained."
    ),
    CallResult.SD: Outcome("other", "Other (SD)", "An old CallFire word that is no longer explained."),
}

RECORDINGS: Final[Mapping[RecordingState, Badge]] = {
    RecordingState.RECORDING: Badge(
        "Still recording",
        "info",
        "half",
        "The call is on the line. The audio follows when it ends.",
        live=True,
    ),
    RecordingState.READY: Badge("Ready", "good", "play", "It can be played."),
    RecordingState.ERROR: Badge("No audio", "bad", "error", "CallFire has no audio for this recording."),
}
NO_RECORDING: Final = Badge("No recording", "muted", "minus", "This call was not recorded.")

AUDIT_OUTCOMES: Final[Mapping[AuditEvent.Outcome, Badge]] = {
    AuditEvent.Outcome.PENDING: Badge("Under way", "info", "half", "Asked for; no answer yet.", live=True),
    AuditEvent.Outcome.DONE: Badge("Done", "good", "check", "CallFire confirmed it."),
    AuditEvent.Outcome.REFUSED: Badge("Refused", "bad", "ban", "CallFire, or a rule of ours, said no."),
    AuditEvent.Outcome.UNKNOWN: Badge(
        "Outcome unknown", "warn", "q", "The answer was lost. CallFire may have done it."
    ),
    AuditEvent.Outcome.FAILED: Badge(
        "Not done", "bad", "x", "It did not reach CallFire, so nothing changed."
    ),
}

UPLOADS: Final[Mapping[UploadState, Badge]] = {
    UploadState.CHECKING: Badge("Checking rows", "info", "half", "Each row is looked at once.", live=True),
    UploadState.UNREADABLE: Badge(
        "Cannot be read",
        "bad",
        "error",
        "Nothing was handed over. Change how it is read, or upload it again.",
    ),
    UploadState.CHECKED: Badge(
        "Waits for you", "warn", "pencil", "It is checked. Nobody is handed over until somebody says so."
    ),
    UploadState.HANDING_OVER: Badge(
        "Handing over", "good", "dot", "Its people are on their way to CallFire.", live=True
    ),
    UploadState.PAUSED: Badge("Paused", "neutral", "bar2", "Nothing more is sent until somebody resumes it."),
    UploadState.FOLLOWING: Badge(
        "Being confirmed",
        "info",
        "half",
        "CallFire has everybody that was sent and is checking its batches.",
        live=True,
    ),
    UploadState.DONE: Badge("Complete", "neutral", "check", "CallFire has everybody who was accepted."),
    UploadState.CANCELLED: Badge("Cancelled", "muted", "x", "Nothing more is sent."),
}
WITH_A_GAP: Final = Badge("Complete with a gap", "warn", "warn", "CallFire does not have everybody.")

EXPORTS: Final[Mapping[Export.State, Badge]] = {
    Export.State.WAITING: Badge("Waiting", "muted", "ring", "It begins as soon as the worker is free."),
    Export.State.RUNNING: Badge("Under way", "info", "half", "Calls are being read.", live=True),
    Export.State.DONE: Badge("Ready", "good", "check", "The file can be downloaded."),
    Export.State.FAILED: Badge("Failed", "bad", "x", "It ended before all calls were read."),
    Export.State.CANCELLED: Badge("Cancelled", "muted", "minus", "Somebody cancelled it."),
    Export.State.EXPIRED: Badge("Removed", "muted", "minus", "The file was removed after a while."),
}

CHUNKS: Final[Mapping[ChunkState, Badge]] = {
    ChunkState.WAITING: Badge("Waiting", "muted", "ring", "Not sent yet."),
    ChunkState.SENDING: Badge(
        "On its way", "info", "half", "Sent; CallFire has not answered yet.", live=True
    ),
    ChunkState.UNCERTAIN: Badge(
        "Uncertain", "warn", "q", "The answer was lost. CallFire may have taken these people or not."
    ),
    ChunkState.CONFIRMED: Badge("Confirmed", "good", "check", "CallFire has it and is checking its numbers."),
    ChunkState.ACTIVE: Badge(
        "Ready to call", "good", "check", "Its people are called when the broadcast runs."
    ),
    ChunkState.FAULTY: Badge(
        "Has errors", "bad", "x", "CallFire took it and found problems. Some may never be called."
    ),
    ChunkState.REFUSED: Badge("Refused", "bad", "ban", "CallFire said no. None of these people were added."),
    ChunkState.CANCELLED: Badge("Not sent", "muted", "minus", "The upload was cancelled before it was sent."),
    ChunkState.LEFT_OUT: Badge("Left out", "muted", "minus", "Somebody decided to leave these people out."),
}

REASONS: Final[Mapping[Reason, Badge]] = {
    Reason.EMPTY: Badge("No number", "muted", "minus", "Fill it in, or delete the row."),
    Reason.INVALID: Badge("Not a phone number", "warn", "x", "Enter ten digits, like (213) 555-0190."),
    Reason.AREA_CODE: Badge("Impossible area code", "warn", "x", "No area code is like that. Correct it."),
    Reason.DAMAGED: Badge(
        "Spreadsheet cut the digits", "warn", "warn", "Format the column as text, and export the file again."
    ),
    Reason.SHORT_CODE: Badge(
        "Short code", "muted", "ban", "Short codes and emergency numbers are not called."
    ),
    Reason.ABROAD: Badge("Not a US or Canadian number", "muted", "ban", "CallFire does not call abroad."),
    Reason.TOO_WIDE: Badge(
        "More cells than columns", "warn", "warn", "Quote cells that have the separator in them."
    ),
    Reason.DUPLICATE: Badge("Twice in this file", "muted", "copy", "The first one is kept."),
    Reason.EARLIER: Badge(
        "Added before", "muted", "copy", "This broadcast has them already. Nobody is called twice."
    ),
    Reason.MAYBE_CALLED: Badge(
        "Perhaps called already", "muted", "copy", "CallFire may have called them before their batch was off."
    ),
}

_ZONES: Final = {
    "America/Los_Angeles": "Pacific",
    "America/Denver": "Mountain",
    "America/Chicago": "Central",
    "America/New_York": "Eastern",
    "America/Anchorage": "Alaska",
    "Pacific/Honolulu": "Hawaii",
}
_NOTHING_SENT: Final = "Nothing was sent."
_SOON: Final = "We keep trying in the background. Try again in a moment."
_ASK_ADMIN: Final = "Trying again does not help."
PROBLEMS: Final[Mapping[type[CallFireError], Problem]] = {
    NotSent: Problem(503, "CallFire cannot be reached", f"{_NOTHING_SENT} {_SOON}"),
    OutcomeUnknown: Problem(504, "CallFire is not answering", _SOON),
    UnreadableAnswer: Problem(502, "CallFire sent an answer we cannot read", _SOON),
    BadRequest: Problem(
        409, "CallFire refused this", "Nothing was changed. Look at what CallFire says below."
    ),
    BadCredentials: Problem(
        502,
        "CallFire rejects our API credentials",
        f"{_ASK_ADMIN} Ask an admin to check the CallFire login and password of Callboard.",
    ),
    Forbidden: Problem(
        502,
        "CallFire does not let our API key do this",
        f"{_ASK_ADMIN} Ask an admin to give the key this permission on CallFire’s site.",
    ),
    NotFound: Problem(
        404,
        "CallFire does not know this",
        "The address may be mistyped, or it belongs to another CallFire account.",
    ),
    RateLimited: Problem(503, "CallFire asks us to slow down", "Nothing was changed. Try again in a moment."),
    ServerTrouble: Problem(502, "CallFire had a problem", _SOON),
}
_IN_DOUBT: Final = "CallFire may have done it all the same. Look at the broadcast before you try again."

STATUS_GROUPS: Final[tuple[StatusGroup, ...]] = (
    StatusGroup("running", "Running", (BroadcastStatus.RUNNING,)),
    StatusGroup("starting", "Starting", (BroadcastStatus.VALIDATING_START, BroadcastStatus.START_PENDING)),
    StatusGroup("scheduled", "Scheduled", (BroadcastStatus.SCHEDULED, BroadcastStatus.APPROVED)),
    StatusGroup("stopped", "Stopped", (BroadcastStatus.STOPPED,)),
    StatusGroup(
        "blocked",
        "Blocked",
        (
            BroadcastStatus.SUSPENDED,
            BroadcastStatus.BLOCKED_SUSPICIOUS,
            BroadcastStatus.VALIDATING_EMAIL,
            BroadcastStatus.DECLINED,
        ),
    ),
    StatusGroup("draft", "Draft", (BroadcastStatus.SETUP, BroadcastStatus.TEST)),
    StatusGroup("finished", "Finished", (BroadcastStatus.FINISHED,)),
    StatusGroup("archived", "Archived", (BroadcastStatus.ARCHIVED,)),
)


def broadcast_badge(status: str | None) -> Badge:
    """The badge of a broadcast's status; a word nobody has documented is shown as it came."""
    return BROADCASTS.get(BroadcastStatus(status or ""), _other(status))


def batch_badge(status: str | None, *, enabled: bool | None = True) -> Badge:
    """The badge of a batch. Switched off outweighs ready, but never hides that something is wrong with it."""
    badge = BATCHES.get(BatchStatus(status or ""), _other(status))
    return SWITCHED_OFF if enabled is False and badge.tone != "bad" else badge


def call_state_badge(state: str | None) -> Badge:
    """The badge of where a person is in the queue."""
    return CALL_STATES.get(CallState(state or ""), _other(state))


def call_result(result: str | None) -> Outcome:
    """The outcome a call result belongs to, with its own word and meaning."""
    known = CALL_RESULTS.get(CallResult(result or ""))
    other = _other(result)
    return known or Outcome("other", other.label, other.help)


def outcome_tone(outcome: Outcome | None) -> Tone:
    """The tone of how a try went; muted where there was none or it says nothing about the person."""
    return OUTCOME_TONES.get(outcome.key, "muted") if outcome is not None else "muted"


def call_why(state: str | None, result: str | None) -> str:
    """Why a call stands as it does, in one sentence: its result once it is over, its state before that."""
    is_over = CallState(state or "") == CallState.FINISHED or not state
    if is_over and result:
        return call_result(result).meaning
    if is_over and state:
        return "No more tries. CallFire did not say how it went."
    return call_state_badge(state).help


def as_sentence(text: str) -> str:
    """The text with a full stop, where whoever wrote it left that out."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def recording_badge(state: str | None) -> Badge:
    """The badge of a recording; no state at all means that there is none."""
    if not state:
        return NO_RECORDING
    return RECORDINGS.get(RecordingState(state), _other(state))


def audit_badge(outcome: str) -> Badge:
    """The badge of what came of something somebody asked for."""
    return AUDIT_OUTCOMES[AuditEvent.Outcome(outcome)]


def upload_badge(state: str, *, has_gap: bool = False) -> Badge:
    """The badge of an upload; a complete one tells when CallFire does not have everybody."""
    return WITH_A_GAP if has_gap and state == UploadState.DONE else UPLOADS[UploadState(state)]


def export_badge(state: str) -> Badge:
    """The badge of an export."""
    return EXPORTS[Export.State(state)]


def chunk_badge(state: str, *, enabled: bool | None = True) -> Badge:
    """The badge of a chunk. Switched off outweighs ready, but never hides that something is wrong with it."""
    badge = CHUNKS[ChunkState(state)]
    return SWITCHED_OFF if enabled is False and badge.tone != "bad" else badge


def reason_badge(reason: str) -> Badge:
    """The badge of why rows of a recipient file are left out; ``help`` is what to do about it."""
    return REASONS[Reason(reason)]


def problem(error: CallFireError, *, reading: bool = False) -> Problem:
    """How this error is told. What may have been applied outweighs any advice to try again.

    Args:
        reading: nobody meant to send anything, so it is not said that nothing was sent: beside a Stop that
            was just pressed that would be misread.
    """
    if reading and isinstance(error, NotSent):
        return replace(PROBLEMS[NotSent], advice=_SOON)
    told = next((PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS), PROBLEMS[ServerTrouble])
    return replace(told, advice=_IN_DOUBT) if error.may_have_applied else told


def not_sent(error: CallFireError) -> str:
    """Why something was given up before it was sent, and that it was, said once."""
    said = error.user_message
    return said if said.endswith(_NOTHING_SENT) else f"{said} {_NOTHING_SENT}"


def _other(word: str | None) -> Badge:
    if not word:
        return Badge("Unknown", "muted", "q", "CallFire did not say.")
    return Badge(f"Other ({word})", "muted", "q", "CallFire uses a word that its documents do not explain.")


def nice_number(number: str | None) -> str:
    """(213) 555-0111 with a no-break space, for a number of the US or Canada; anything else as it came."""
    digits = (number or "").removeprefix("+")
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()):
        return number or ""
    return f"({digits[:3]})\N{NO-BREAK SPACE}{digits[3:6]}-{digits[6:]}"


def zone_name(key: str) -> str:
    """A time zone in words with its present abbreviation: Pacific (PST), Berlin (CET), UTC."""
    if "/" not in key:
        return key
    short = timezone.now().astimezone(ZoneInfo(key)).strftime("%Z")
    if short[:1] in "+-":
        short = f"UTC{short}"
    return f"{_ZONES.get(key) or key.rsplit('/', 1)[-1].replace('_', ' ')} ({short})"


def in_a_row(words: Sequence[str], link: str) -> str:
    """busy, no answer or voicemail: the words as a sentence lists them."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {link} {words[-1]}"


REFERENCE_LABEL: Final = "cb-ref-"


def shown_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels people gave; blank ones and those by which Callboard finds its own again are left out."""
    return tuple(label for label in labels if label.strip() and not label.startswith(REFERENCE_LABEL))
