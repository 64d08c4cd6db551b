"""What people hear: the library of sounds, what a text sounds like, and how long it takes to say."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from django.utils import timezone
from django.utils.text import Truncator

from callfire_api import CallFireError, NotFound, NotSent, OutcomeUnknown, Sound, SoundStatus
from campaigns import shared
from campaigns.gateway import get_callfire_for_sending, get_callfire_quickly
from campaigns.models import AuditEvent, User
from campaigns.services import audio, audit
from campaigns.services.audio import Audio

PER_PAGE: Final = 20
PREVIEWS_PER_HOUR: Final = 30
PREVIEW: Final = "preview"
SLOTS: Final = {
    "live": "When a person answers",
    "machine": "When a machine answers",
    "transfer": "Transfer to a person",
    "dnc": "Opt out",
}
USABLE: Final = frozenset({SoundStatus.ACTIVE, SoundStatus.ACTIVE_SYSTEM})
_READ_AT_ONCE: Final = 100
_FRESH: Final = timedelta(seconds=30)
_KEPT_SECONDS: Final = 3600
# A form has several pickers: when CallFire did not answer the first, the others do not wait for it again.
_TROUBLE: Final = "sounds:trouble"
_REST_SECONDS: Final = 5
_SPOKEN_KEPT_SECONDS: Final = 24 * 3600
_WORDS_A_MINUTE: Final = 150
_NOT_OFFERED: Final = (
    "CallFire says that it has no such service for this account, so the text cannot be heard before a call. "
    "A broadcast can speak it all the same."
)
_GONE: Final = "CallFire no longer has the sound it made of this text. Listen again, and it makes a new one."
_ENOUGH: Final = (
    f"You listened to {PREVIEWS_PER_HOUR} new texts within an hour, and CallFire makes a sound of each. "
    "Wait a while before the next; what you heard already can be heard again."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A sound to choose from; ``seconds`` is None when CallFire does not say."""

    id: int
    name: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Library:
    """One page of the sounds that can be played to people and fit a search.

    ``goes_on`` means that CallFire has more than the hundred it was asked for: search by name to find them.
    ``as_of`` is None when the library was never read; ``trouble`` says why it is old or empty.
    """

    sounds: Sequence[Choice]
    text: str
    page: int
    pages: int
    goes_on: bool
    as_of: datetime | None
    trouble: str


@dataclass(frozen=True, slots=True)
class Picker:
    """What the form shows to choose the sound of one slot by; ``chosen`` stays, whatever is searched for."""

    slot: str
    chosen: Choice | None
    library: Library

    @property
    def label(self) -> str:
        """The slot in words."""
        return SLOTS[self.slot]

    @property
    def others(self) -> list[Choice]:
        """The sounds of the page but for the chosen one, which stands before them."""
        return [sound for sound in self.library.sounds if sound != self.chosen]


@dataclass(frozen=True, slots=True)
class Preview:
    """The sound of a text, or the sentence that says why there is none yet."""

    sound_id: int | None
    seconds: int
    sentence: str = ""


def find(text: str = "", *, page: int = 1) -> Library:
    """The sounds whose name has this text in it; read from CallFire, or kept from a moment ago."""
    key = f"sounds:found:{_digest(text)}"
    held = shared.recall(key)
    if isinstance(held, Library) and held.as_of and timezone.now() - held.as_of < _FRESH:
        return _page_of(held, page)
    trouble = shared.recall(_TROUBLE)
    if not trouble:
        try:
            return _page_of(_read(text, key), page)
        except CallFireError as error:
            trouble = error.user_message
            shared.remember(_TROUBLE, trouble, _REST_SECONDS)
    if not isinstance(held, Library):
        return Library((), text, 1, 1, goes_on=False, as_of=None, trouble=trouble)
    return _page_of(replace(held, trouble=trouble), page)


def picker(slot: str, *, text: str = "", page: int = 1, chosen_id: int | None = None) -> Picker:
    """What the form shows for one slot: a page of the library, and the sound chosen so far."""
    return Picker(slot, get(chosen_id) if chosen_id else None, find(text, page=page))


def get(sound_id: int) -> Choice:
    """One sound by its id; with a name of its own when CallFire does not give it one."""
    key = f"sounds:one:{sound_id}"
    held = shared.recall(key)
    if isinstance(held, Choice):
        return held
    if not shared.recall(_TROUBLE):
        try:
            choice = _choice(get_callfire_quickly().sounds.get(sound_id))
        except CallFireError as error:
            if not isinstance(error, NotFound):
                shared.remember(_TROUBLE, error.user_message, _REST_SECONDS)
        else:
            shared.remember(key, choice, _KEPT_SECONDS)
            return choice
    return Choice(sound_id, f"Sound {sound_id}", None)


def unusable(sound_ids: Iterable[int]) -> set[int]:
    """Those that CallFire does not have, or cannot play; none of those it does not say anything about."""
    found = set()
    for sound_id in set(sound_ids):
        try:
            status = get_callfire_quickly().sounds.get(sound_id).status
        except NotFound:
            found.add(sound_id)
        except CallFireError:
            continue
        else:
            found |= {sound_id} if status is not None and status not in USABLE else set()
    return found


def opened(sound_id: int) -> AbstractContextManager[Audio]:
    """The audio of a sound, for a ``with`` block; see ``audio.opened``."""
    callfire = get_callfire_quickly().with_options(audio_timeout=10.0)
    return audio.opened(f"sound-{sound_id}", lambda: callfire.sounds.open_mp3(sound_id))


def preview(message: str, voice: str, *, by: User, request_id: str = "") -> Preview:
    """Have CallFire say this text, once for each text and voice; the sound stays in its library.

    Raises:
        CallFireError: CallFire could not be asked, or did not do it.
    """
    key = f"sounds:spoken:{_digest(voice, message)}"
    seconds = spoken_seconds(message)
    with audio.alone(key):
        sound_id = shared.recall(key)
        if sound_id is None:
            if _previews_made(by) >= PREVIEWS_PER_HOUR:
                return Preview(None, seconds, _ENOUGH)
            try:
                sound_id = _speak(message, voice, by=by, request_id=request_id)
            except NotFound:
                return Preview(None, seconds, _NOT_OFFERED)
            shared.remember(key, sound_id, _SPOKEN_KEPT_SECONDS)
    try:
        status = get_callfire_quickly().sounds.get(sound_id).status
    except NotFound:
        shared.forget(key)
        return Preview(None, seconds, _GONE)
    if status not in USABLE:
        return Preview(None, seconds, "CallFire is still making it. Listen again in a moment.")
    return Preview(sound_id, seconds)


def spoken_seconds(text: str) -> int:
    """About how long a voice takes to say this: 150 words a minute, numbers digit by digit."""
    words = len(re.findall(r"\d|[^\W\d]+(?:['’-][^\W\d]+)*", text))
    return ceil(words * 60 / _WORDS_A_MINUTE)


def _read(text: str, key: str) -> Library:
    found = get_callfire_quickly().sounds.find(filter=text or None, limit=_READ_AT_ONCE)
    usable = tuple(_choice(sound) for sound in found.items if sound.id and sound.status in USABLE)
    goes_on = len(found.items) >= (found.limit or _READ_AT_ONCE)
    library = Library(usable, text, 1, 1, goes_on=goes_on, as_of=timezone.now(), trouble="")
    shared.remember(key, library, _KEPT_SECONDS)
    return library


def _speak(message: str, voice: str, *, by: User, request_id: str) -> int:
    event, _ = audit.intend(
        action=PREVIEW,
        by=by,
        object_kind="sound",
        object_name=Truncator(message).chars(60),
        request_id=request_id,
        detail={"voice": voice},
    )
    try:
        # The page that waits gives up after 20 seconds.
        callfire = get_callfire_for_sending().with_options(read_timeout=12.0, patience=2.0)
        sound_id = callfire.sounds.text_to_speech(message, voice).id
        if sound_id is None:
            raise OutcomeUnknown("CallFire did not say which sound it made.", may_have_applied=True)
    except NotSent as error:
        audit.settle(event, AuditEvent.Outcome.FAILED, error.user_message)
        raise
    except CallFireError as error:
        outcome = AuditEvent.Outcome.UNKNOWN if error.may_have_applied else AuditEvent.Outcome.REFUSED
        audit.settle(event, outcome, error.user_message)
        raise
    audit.settle(event, AuditEvent.Outcome.DONE, "CallFire made a sound of a text.", sound_id=sound_id)
    return sound_id


def _previews_made(by: User) -> int:
    recent = AuditEvent.objects.filter(action=PREVIEW, by=by, at__gt=timezone.now() - timedelta(hours=1))
    return recent.exclude(outcome=AuditEvent.Outcome.FAILED).count()


def _page_of(library: Library, page: int) -> Library:
    pages = max(1, ceil(len(library.sounds) / PER_PAGE))
    page = min(max(1, page), pages)
    shown = library.sounds[(page - 1) * PER_PAGE : page * PER_PAGE]
    return replace(library, sounds=shown, page=page, pages=pages)


def _choice(sound: Sound) -> Choice:
    number = sound.id or 0
    return Choice(number, sound.name or f"Sound {number}", sound.length_in_seconds)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
