"""The words of spoken messages, where CallFire tells no more than the id of the sound it made of them.

A text that nobody touched goes out again by the id of its sound, and CallFire forgets the text. So the words
are kept whenever they are seen beside the id, or were sent a moment before it appeared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, Final

from callfire_api import Broadcast
from callfire_api.wire import clean_text, read, whole_number
from campaigns.models import BroadcastSnapshot, SpokenText
from campaigns.services.sounds import SLOTS

_VOICE_MAX: Final = 64


def keep(
    broadcast: Broadcast, *, sent: Mapping[str, Any] | None = None, before: Broadcast | None = None
) -> None:
    """Keep the words of its sounds.

    Args:
        broadcast: as CallFire says now.
        sent: what CallFire was sent a moment ago, in its JSON. Where it tells no words, a text in there
            belongs to the sound that appeared since.
        before: the broadcast as it was before that, if it existed.
    """
    sounds, texts = _sounds(broadcast.raw), _sounds(sent or {})
    known = set(_ids(_sounds(before.raw)).values()) if before is not None else set()
    words = []
    for slot, sound_id in _ids(sounds).items():
        told = sounds if sounds.get(f"{slot}SoundText") or sound_id in known else texts
        text, voice = told.get(f"{slot}SoundText"), told.get(f"{slot}SoundTextVoice")
        if isinstance(text, str) and text:
            words.append(_words(sound_id, text, str(voice or "")))
    _write(words)


def told(broadcast: Broadcast) -> Broadcast:
    """The broadcast with the words that CallFire leaves out, as far as they were kept."""
    sounds = dict(_sounds(broadcast.raw))
    silent = {slot: sound_id for slot, sound_id in _ids(sounds).items() if not sounds.get(f"{slot}SoundText")}
    kept = SpokenText.objects.in_bulk(set(silent.values())) if silent else {}
    if not kept:
        return broadcast
    for slot, sound_id in silent.items():
        if sound_id in kept:
            sounds[f"{slot}SoundText"] = kept[sound_id].text
            sounds[f"{slot}SoundTextVoice"] = kept[sound_id].voice or None
    return read(Broadcast, {**broadcast.raw, "sounds": sounds})


def with_words(snapshot: BroadcastSnapshot) -> BroadcastSnapshot:
    """The snapshot, to be shown and not to be saved, with the words that CallFire left out."""
    shown = copy(snapshot)
    shown.settings = dict(told(read(Broadcast, snapshot.settings)).raw)
    return shown


def _sounds(wire: Mapping[str, Any]) -> Mapping[str, Any]:
    sounds = wire.get("sounds")
    return sounds if isinstance(sounds, Mapping) else {}


def _ids(sounds: Mapping[str, Any]) -> dict[str, int]:
    """The id of the sound of each slot that has one."""
    ids = {slot: whole_number(sounds.get(f"{slot}SoundId")) for slot in SLOTS}
    return {slot: sound_id for slot, sound_id in ids.items() if sound_id}


def _words(sound_id: int, text: str, voice: str) -> SpokenText:
    return SpokenText(sound_id=sound_id, text=clean_text(text), voice=clean_text(voice)[:_VOICE_MAX])


def _write(words: Sequence[SpokenText]) -> None:
    """Keep what is not kept already."""
    by_id = {each.sound_id: each for each in words}
    kept = SpokenText.objects.in_bulk(by_id)
    new = [
        each
        for sound_id, each in by_id.items()
        if sound_id not in kept or (kept[sound_id].text, kept[sound_id].voice) != (each.text, each.voice)
    ]
    SpokenText.objects.bulk_create(
        new, update_conflicts=True, unique_fields=["sound_id"], update_fields=["text", "voice", "kept_at"]
    )
