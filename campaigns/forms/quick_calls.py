"""Quick calls: up to ten people, what everybody hears, and what one of them hears instead."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django import forms

from callfire_api import CallRecipient, Voice
from campaigns.forms import choices
from campaigns.forms.calls import BroadcastField
from campaigns.forms.decisions import is_spoken
from campaigns.forms.draft_fields import SCRIPT_MAX, TEXT_MAX
from campaigns.forms.fields import Choice, Number, Text
from campaigns.forms.sounds import picker
from campaigns.services import numbers, quick_calls
from campaigns.services.pasted import CLIENT_REF
from campaigns.services.quick_calls import Message, QuickCalls
from campaigns.services.sounds import Picker

SHOWN_AT_FIRST: Final = 3
_MOST_ATTRIBUTES: Final = 20
_SLOTS: Final = ("live", "machine")
_NOTHING: Final = "Say what people hear: write a text, choose a sound, or choose a broadcast."


def _text(label: str, *, rows: int = 2, most: int = TEXT_MAX, help_text: str = "") -> Text:
    widget = forms.Textarea(attrs={"rows": rows})
    return Text(label=label, required=False, max_length=most, widget=widget, help_text=help_text)


def _sound(label: str) -> Number:
    return Number(label=label, required=False, least=1, most=2**63 - 1)


def _phone(label: str) -> Text:
    widget = forms.TextInput(attrs={"inputmode": "tel", "class": "input--m", "autocomplete": "off"})
    return Text(label=label, required=False, max_length=40, widget=widget)


def _digits(text: str) -> str:
    """As 11 digits; "" where nothing was typed."""
    read = numbers.parse(text) if text else None
    if isinstance(read, numbers.Problem):
        raise forms.ValidationError(read.sentence)
    return read.digits if read is not None else ""


class PersonForm(forms.Form):
    """One person, and what is theirs alone; blank when nothing was typed."""

    number = _phone("Number")
    attributes = _text("Attributes", help_text="One on a line, like: street: 1180 Fargo St.")
    live_message = _text("Says to a person")
    live_message_sound_id = _sound("or plays the sound with ID")
    machine_message = _text("Says to a machine")
    machine_message_sound_id = _sound("or plays to machines the sound with ID")
    voice = Choice(label="Voice", required=False, choices=[("", "As for everybody"), *choices.VOICES])
    transfer_digit = Choice(label="Key that transfers", required=False, choices=choices.KEYS)
    transfer_number = _phone("Transfers to")
    transfer_message = _text("Says before the transfer")
    transfer_message_sound_id = _sound("or plays before it the sound with ID")
    dialplan_xml = _text("IVR script instead of all this", most=SCRIPT_MAX)

    def __init__(self, data: Mapping[str, Any] | None, *, position: int, initial: dict[str, Any]) -> None:
        super().__init__(data, prefix=f"p{position}", initial=initial)
        self.position = position
        self.fields["number"].label = f"Number of person {position}"

    @property
    def is_blank(self) -> bool:
        """Whether nobody was typed here."""
        return not any(self[name].value() for name in self.fields)

    @property
    def is_own(self) -> bool:
        """Whether more than a number was typed."""
        return any(self[name].value() for name in self.fields if name != "number")

    def clean_number(self) -> str:
        """As 11 digits."""
        return _digits(self.cleaned_data["number"])

    def clean_transfer_number(self) -> str:
        """As 11 digits."""
        return _digits(self.cleaned_data["transfer_number"])

    def clean_attributes(self) -> dict[str, str]:
        """A name and a value from each line."""
        attributes: dict[str, str] = {}
        for line in filter(str.strip, self.cleaned_data["attributes"].splitlines()):
            name, colon, value = (part.strip() for part in line.partition(":"))
            if not (colon and name and value):
                raise forms.ValidationError(
                    "Write one on a line, its name first, like: street: 1180 Fargo St."
                )
            if name == CLIENT_REF:
                raise forms.ValidationError(f"Callboard itself uses {CLIENT_REF}. Choose another name.")
            attributes[name] = value
        if len(attributes) > _MOST_ATTRIBUTES:
            raise forms.ValidationError(f"Write at most {_MOST_ATTRIBUTES} attributes.")
        return attributes

    def clean_dialplan_xml(self) -> str:
        """Well-formed XML without entities of its own."""
        script: str = self.cleaned_data["dialplan_xml"]
        try:
            if script:
                fromstring(script, forbid_dtd=True)
        except ParseError as error:
            line, column = error.position
            raise forms.ValidationError(
                f"The script is not well-formed XML: look at line {line}, column {column + 1}."
            ) from None
        except (DefusedXmlException, ValueError):
            raise forms.ValidationError(
                "Take the document type and the entities out of the script."
            ) from None
        return script

    def clean(self) -> None:
        """What belongs together is there together, and of a text and a sound there is one."""
        typed = self.cleaned_data
        if "number" in typed and not typed["number"] and not self.is_blank:
            self.add_error("number", numbers.ENTER)
        for name in ("live_message", "machine_message", "transfer_message"):
            if typed.get(name) and typed.get(f"{name}_sound_id"):
                self.add_error(f"{name}_sound_id", "Use the text or the sound, not both.")
        if typed.get("transfer_number") and not typed.get("transfer_digit"):
            self.add_error("transfer_digit", "Choose the key that transfers to this number.")
        if typed.get("transfer_digit") and not typed.get("transfer_number", "-"):
            self.add_error("transfer_number", "Enter the number this key transfers to.")

    def to_recipient(self, from_number: str) -> CallRecipient:
        """What CallFire is sent of this person; only after the form was found valid."""
        typed = {name: value for name, value in self.cleaned_data.items() if value}
        voice = typed.pop("voice", None)
        return CallRecipient(
            phone_number=typed.pop("number"),
            from_number=from_number or None,
            voice=Voice(voice) if voice else None,
            **typed,
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """One message for everybody: its fields, and the library to choose its sound from."""

    picker: Picker
    source: forms.BoundField
    text: forms.BoundField
    sound: forms.BoundField


class QuickCallsForm(forms.Form):
    """Everybody who is called at once, and what all of them hear; its ``people`` are forms of their own."""

    live_source = Choice(
        label="When a person answers", choices=choices.SOURCES, initial="text", required=False
    )
    live_text = _text("When a person answers: text", rows=3)
    live_sound_id = _sound("When a person answers: sound")
    machine_source = Choice(
        label="When a machine answers", choices=choices.SOURCES, initial="none", required=False
    )
    machine_text = _text("When a machine answers: text", rows=3)
    machine_sound_id = _sound("When a machine answers: sound")
    voice = Choice(label="Voice", choices=choices.VOICES, initial=Voice.FEMALE1.value)
    from_number = _phone("Caller ID")
    broadcast = BroadcastField(
        label="Broadcast",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"class": "input--l", "autocomplete": "off"}),
        help_text="Its settings are used and the calls are listed under it. Leave it empty for none.",
    )
    agreed = forms.BooleanField(required=False)
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seal = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.people = [
            PersonForm(data, position=position, initial=_without_prefix(initial or {}, f"p{position}-"))
            for position in range(1, quick_calls.MOST + 1)
        ]

    @classmethod
    def reopened(cls, data: Mapping[str, Any]) -> Self:
        """The form as it was typed so far, judged by nobody yet."""
        return cls(initial={name: data.get(name) for name in data})

    @property
    def slots(self) -> list[Slot]:
        """The messages for everybody, each with the library to choose a sound from."""
        data = self.data if self.is_bound else self.initial
        return [
            Slot(picker(data, slot), self[f"{slot}_source"], self[f"{slot}_text"], self[f"{slot}_sound_id"])
            for slot in _SLOTS
        ]

    @property
    def has_faults(self) -> bool:
        """Whether anything was found wrong, with one of the people included."""
        return bool(self.errors) or any(person.errors for person in self.people)

    @property
    def first_people(self) -> list[PersonForm]:
        """The people who are shown at once."""
        return self.people[:SHOWN_AT_FIRST]

    @property
    def more_people(self) -> list[PersonForm]:
        """The people who unfold."""
        return self.people[SHOWN_AT_FIRST:]

    @property
    def more_are_typed(self) -> bool:
        """Whether one of those who unfold was typed."""
        return not all(person.is_blank for person in self.more_people)

    def is_valid(self) -> bool:
        """Whether everything can be sent as it is typed, people included."""
        are_valid = [person.is_valid() for person in self.people]
        return super().is_valid() and all(are_valid) and self._fits_together()

    def clean_from_number(self) -> str:
        """As 11 digits."""
        return _digits(self.cleaned_data["from_number"])

    def clean(self) -> None:
        """A message that was chosen is there."""
        for slot in _SLOTS:
            source = self.cleaned_data.get(f"{slot}_source")
            text = self.cleaned_data.get(f"{slot}_text")
            if source == "text" and slot == "machine" and text is not None and not is_spoken(text):
                self.add_error(f"{slot}_text", "Write what is said, or choose Nothing.")
            if source == "sound" and not self.cleaned_data.get(f"{slot}_sound_id"):
                self.add_error(f"{slot}_sound_id", "Choose a sound, or choose Nothing.")

    def to_calls(self) -> QuickCalls:
        """Whom to call with what; only after the form was found valid."""
        typed = self.cleaned_data
        return QuickCalls(
            people=[person.to_recipient(typed["from_number"]) for person in self._typed_people()],
            live=self._message("live"),
            machine=self._message("machine"),
            voice=Voice(typed["voice"]),
            broadcast_id=typed["broadcast"] or None,
        )

    def is_sealed(self, calls: QuickCalls, shown: list[str]) -> bool:
        """Whether exactly these calls were shown before, with these sentences."""
        token = self.cleaned_data.get("token")
        return token is not None and self.cleaned_data["seal"] == calls.seal(token, shown)

    def to_token(self) -> uuid.UUID:
        """The token of the page that asked; a new one when there is none."""
        return self.cleaned_data.get("token") or uuid.uuid4()

    def _typed_people(self) -> list[PersonForm]:
        return [person for person in self.people if not person.is_blank]

    def _message(self, slot: str) -> Message:
        typed = self.cleaned_data
        match typed[f"{slot}_source"]:
            case "text":
                return Message(text=typed[f"{slot}_text"])
            case "sound":
                return Message(sound_id=typed[f"{slot}_sound_id"])
            case _:
                return Message()

    def _fits_together(self) -> bool:
        """Somebody is called, nobody twice, and everybody hears something."""
        typed = self._typed_people()
        if not typed:
            self.people[0].add_error("number", "Enter at least one number.")
        seen: dict[str, int] = {}
        for person in typed:
            number = person.cleaned_data["number"]
            if number in seen:
                person.add_error("number", f"Person {seen[number]} has this number already.")
            seen.setdefault(number, person.position)
        has_own = all(
            any(
                person.cleaned_data[name]
                for name in ("live_message", "live_message_sound_id", "dialplan_xml")
            )
            for person in typed
        )
        said = self._message("live")
        is_heard = said.sound_id or is_spoken(said.text) or self.cleaned_data["broadcast"] or has_own
        if typed and not is_heard:
            self.add_error("live_text", _NOTHING)
        return not self.has_faults


def _without_prefix(typed: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in typed.items() if name.startswith(prefix)}
