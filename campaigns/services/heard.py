"""What people hear: the texts of a broadcast, and what is said where a text has a merge field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from callfire_api import Broadcast, Sounds
from callfire_api.wire import read
from campaigns.models import BroadcastSnapshot
from campaigns.services import spoken as kept_words

_FIELD: Final = re.compile(r"\$\{\s*([^}\s]+)\s*\}")


@dataclass(frozen=True, slots=True)
class Text:
    """One text with merge fields or without. A script is not spoken as it stands."""

    label: str
    text: str
    is_script: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the attributes it speaks, each once."""
        return tuple(dict.fromkeys(_FIELD.findall(self.text)))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: as written, or what one person's attribute puts there; ``is_missing`` is a gap."""

    text: str
    is_value: bool = False
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class MergeField:
    """A name that people's attributes must have, and the texts that speak it."""

    name: str
    texts: tuple[str, ...]


def texts(snapshot: BroadcastSnapshot) -> list[Text]:
    """The texts of a broadcast as last seen, in the order people hear them."""
    broadcast = kept_words.told(read(Broadcast, snapshot.settings))
    if broadcast.dialplan_xml:
        return [Text("IVR script", broadcast.dialplan_xml, is_script=True)]
    sounds = broadcast.sounds or Sounds()
    slots = {
        "Live message": sounds.live_sound_text,
        "Voicemail": sounds.machine_sound_text,
        "Transfer": sounds.transfer_sound_text,
        "Opt-out": sounds.dnc_sound_text,
    }
    return [Text(label, text) for label, text in slots.items() if text]


def merge_fields(said: Sequence[Text]) -> list[MergeField]:
    """What the texts need to know about each person."""
    names = dict.fromkeys(name for text in said for name in text.fields)
    return [MergeField(name, tuple(text.label for text in said if name in text.fields)) for name in names]


def spoken(text: Text, attributes: Mapping[str, str]) -> list[Piece]:
    """The text as one person hears it."""
    pieces = []
    for position, part in enumerate(_FIELD.split(text.text)):
        if position % 2 == 0:
            pieces.append(Piece(part))
        elif attributes.get(part):
            pieces.append(Piece(attributes[part], is_value=True))
        else:
            pieces.append(Piece(f"${{{part}}}", is_missing=True))
    return [piece for piece in pieces if piece.text]
