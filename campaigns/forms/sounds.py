"""Searching the library of sounds, and a text to be heard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

from django import forms

from callfire_api import Voice
from campaigns.services import sounds
from campaigns.services.sounds import SLOTS, Picker

MOST_LETTERS: Final = 4000


class LibraryForm(forms.Form):
    """The query string of ``/sounds/``; what cannot be used counts as not said."""

    q = forms.CharField(required=False, max_length=200)
    page = forms.IntegerField(required=False, min_value=1, max_value=1000)
    chosen = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    @classmethod
    def of_slot(cls, data: Mapping[str, Any], slot: str) -> Self:
        """What the picker of this slot sent, alone or with the whole form of a broadcast around it."""
        return cls(
            {
                "q": data.get(f"{slot}_sound_q"),
                "page": data.get(f"{slot}_sound_page"),
                "chosen": data.get(f"{slot}_sound_id"),
            }
        )

    def to_query(self) -> tuple[str, int, int | None]:
        """The text to search for, the page, and the id of the sound chosen so far."""
        self.full_clean()
        found = self.cleaned_data
        return found.get("q") or "", found.get("page") or 1, found.get("chosen")


class PreviewForm(forms.Form):
    """A text and the voice that is to say it."""

    message = forms.CharField(
        max_length=MOST_LETTERS,
        error_messages={
            "required": "Write what is to be said, then listen.",
            "max_length": f"Listen to at most {MOST_LETTERS:,} characters at a time.",
        },
    )
    voice = forms.ChoiceField(
        choices=[(voice.value, voice.value) for voice in Voice.known()],
        error_messages={
            "required": "Choose a voice, then listen.",
            "invalid_choice": "Choose one of CallFire’s voices.",
        },
    )

    @classmethod
    def of_request(cls, data: Mapping[str, Any]) -> Self:
        """The message and the voice; those of a slot when the form of a broadcast names one to hear."""
        slot = data.get("slot", "")
        if slot in SLOTS:
            return cls({"message": data.get(f"{slot}_text"), "voice": data.get(f"{slot}_voice")})
        return cls(data)


def picker(data: Mapping[str, Any], slot: str, *, chosen_id: int | None = None) -> Picker:
    """The picker of a slot as a form shows it.

    Args:
        data: what was sent; empty when the form is opened.
        slot: live, machine, transfer or dnc.
        chosen_id: the sound the slot begins with, unless ``data`` names another.
    """
    text, page, chosen = LibraryForm.of_slot(data, slot).to_query()
    return sounds.picker(slot, text=text, page=page, chosen_id=chosen or chosen_id)


def is_searching(data: Mapping[str, Any]) -> bool:
    """Whether a form was sent to search for sounds or turn a page of them, not to be saved."""
    return any(f"{slot}_sound_page" in data for slot in SLOTS)
