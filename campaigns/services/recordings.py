"""Recordings of calls: what the player shows of one, its audio from our disk, and who listened to it.

CallFire's two operations take the recording's own id. A call id of the same value would be another person's
audio, so an answer counts only when it names the id it was asked for.
"""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from callfire_api import AudioStream, NotFound, Recording, RecordingState, UnreadableAnswer
from campaigns import labels, shared
from campaigns.gateway import get_callfire, get_callfire_quickly
from campaigns.labels import Badge
from campaigns.models import AuditEvent, BroadcastSnapshot, User
from campaigns.services import audio, audit
from campaigns.services.audio import Audio
from campaigns.services.fetching import Fetch, Told
from campaigns.services.masking import Numbers

RECORDING: Final = "recording"
LISTEN: Final = "listen"
DOWNLOAD: Final = "download recording"
_ONE_LISTENING: Final = timedelta(hours=1)
_FRESH_SECONDS: Final = {True: 3600, False: 5}
_NO_AUDIO: Final = Badge("No audio", "bad", "error", "CallFire tells of no audio for this recording.")
_EXPIRED: Final = "CallFire has no audio for this recording. It may have been deleted or expired there."
_NO_ID: Final = Badge("No audio", "bad", "error", "CallFire does not say the id by which it could be played.")
_EMPTY: Final = Badge("Silent", "muted", "minus", "Nothing was said: this recording is empty.")


@dataclass(frozen=True, slots=True)
class Playable:
    """A recording as the player shows it.

    ``id`` is None when CallFire did not say it. ``badge.help`` says why there is nothing to hear when
    ``can_play`` is False; ``seconds`` is None when CallFire does not know the length. ``is_doubtful`` when
    the audio we keep contradicts what CallFire told of it.
    """

    id: int | None
    name: str
    call_id: int | None
    broadcast_id: int | None
    created: datetime | None
    seconds: int | None
    size: int | None
    badge: Badge
    can_play: bool
    is_doubtful: bool

    @property
    def length(self) -> str:
        """1:14, or nothing when it is not known."""
        return "" if self.seconds is None else f"{self.seconds // 60}:{self.seconds % 60:02}"


def playable(recording: Recording) -> Playable:
    """What the player shows of a recording that CallFire told of, alone or within a call."""
    badge = labels.recording_badge(recording.state)
    is_ready = recording.state == RecordingState.READY
    if not recording.state:
        badge = _NO_AUDIO
    elif is_ready and recording.id is None:
        badge, is_ready = _NO_ID, False
    elif is_ready and 0 in {recording.length_in_bytes, recording.length_in_seconds}:
        badge, is_ready = _EMPTY, False
    return Playable(
        id=recording.id,
        name=recording.name or "Recording",
        call_id=recording.call_id,
        broadcast_id=recording.campaign_id,
        created=recording.created,
        seconds=recording.length_in_seconds,
        size=recording.length_in_bytes,
        badge=badge,
        can_play=is_ready,
        is_doubtful=is_ready and is_doubtful(recording.id or 0),
    )


def is_doubtful(recording_id: int) -> bool:
    """Whether the audio we keep of a recording contradicts what CallFire told of it."""
    return audio.is_doubtful(_key(recording_id))


def read(recording_id: int, numbers: Numbers) -> Playable:
    """The recording with this id, its name as the reader may see it.

    Raises:
        NotFound: there is none.
        CallFireError: CallFire did not tell.
    """
    recording = playable(_told(recording_id))
    return replace(recording, name=numbers.text(recording.name))


def broadcast_of(recording: Playable) -> BroadcastSnapshot | None:
    """The broadcast of a recording, if Callboard knows it and CallFire still has it: then it has a page."""
    return BroadcastSnapshot.objects.filter(pk=recording.broadcast_id or 0, gone_at=None).first()


def playing(recording_id: int) -> AbstractContextManager[Audio]:
    """The audio of a recording as soon as its beginning is here, for a ``with`` block; see ``audio.playing``.

    Raises:
        NotFound: there is no such recording, or no audio of it (yet).
    """
    return audio.playing(_key(recording_id), *_source(recording_id))


def whole(recording_id: int) -> AbstractContextManager[Audio]:
    """The audio of a recording once all of it is here, for a ``with`` block; see ``audio.opened``."""
    return audio.opened(_key(recording_id), *_source(recording_id))


def heard(recording_id: int, *, by: User, request_id: str = "") -> None:
    """Write down that this person listens; what a player asks for within an hour is one listening."""
    now = timezone.now()
    of_this = AuditEvent.objects.filter(object_kind=RECORDING, object_id=recording_id)
    if of_this.filter(action=LISTEN, by=by, at__gt=now - _ONE_LISTENING).exists():
        return
    # A player asks for two parts at the same moment: the token makes them one.
    name = f"{LISTEN}:{recording_id}:{by.pk}:{now:%Y%m%d%H}"
    audit.note(
        action=LISTEN,
        by=by,
        request_id=request_id,
        sentence="The recording was listened to.",
        token=uuid.uuid5(uuid.NAMESPACE_OID, name),
        object_kind=RECORDING,
        object_id=recording_id,
        object_name=f"Recording {recording_id}",
    )


def downloaded(recording_id: int, *, by: User, request_id: str = "") -> None:
    """Write down that this person took the recording away as a file."""
    audit.note(
        action=DOWNLOAD,
        by=by,
        request_id=request_id,
        sentence="The recording was downloaded.",
        object_kind=RECORDING,
        object_id=recording_id,
        object_name=f"Recording {recording_id}",
    )


@dataclass(frozen=True, slots=True)
class Found:
    """What there is under an id: the recording of this id, and the recordings of the call of this id.

    CallFire counts the two apart, so that one number may be both.
    """

    id: int
    recording: Playable | None
    of_call: list[Playable]


def find(number: int) -> Found:
    """What there is under an id of a recording or of a call.

    Raises:
        CallFireError: CallFire did not tell.
    """
    found = Found(number, None, [])
    with suppress(NotFound):
        found = replace(found, recording=playable(_told(number)))
    with suppress(NotFound):
        found = replace(found, of_call=of_call(number))
    return found


def why_not(error: NotFound) -> str:
    """The sentence for audio that is not there: our own, or that CallFire keeps it no longer."""
    return error.user_message if error.status == 0 else _EXPIRED


def of_call(call_id: int) -> list[Playable]:
    """What was recorded of a call.

    Raises:
        NotFound: there is no such call.
        CallFireError: CallFire did not tell.
    """
    return [playable(recording) for recording in get_callfire_quickly().calls.recordings(call_id)]


def _source(recording_id: int) -> tuple[Fetch, Told]:
    """How the audio is fetched, and what CallFire told of it; not asked for what is on our disk already."""

    def fetch() -> AudioStream:
        # One try: the player asks again by itself, and those who wait hear at once what went wrong.
        patient = get_callfire().with_options(audio_timeout=15.0, read_attempts=1)
        return patient.recordings.open_mp3(recording_id)

    if audio.has(_key(recording_id)):
        return fetch, Told()
    told = _told(recording_id)
    shown = playable(told)
    if not shown.can_play:
        raise NotFound(shown.badge.help)
    return fetch, Told(told.length_in_bytes, told.hash or "")


def _told(recording_id: int) -> Recording:
    """What CallFire tells of the recording; what it told a moment ago, where that will hardly change."""
    key = f"recordings:told:{recording_id}"
    held = shared.recall(key)
    if isinstance(held, Recording):
        return held
    told = get_callfire_quickly().recordings.get(recording_id)
    if told.id != recording_id:
        raise UnreadableAnswer("CallFire told of another recording than it was asked for.")
    shared.remember(key, told, _FRESH_SECONDS[told.state == RecordingState.READY])
    return told


def _key(recording_id: int) -> str:
    return f"{audio.RECORDING_PREFIX}{recording_id}"
