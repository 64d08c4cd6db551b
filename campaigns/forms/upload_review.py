"""Looking at a check: how the file is read, what its columns mean, and saying that it is handed over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from django import forms

from campaigns.models import Upload
from campaigns.recipient_files.mapping import LONGEST_NAME, RESERVED, Mapping
from campaigns.recipient_files.reading import DELIMITERS, ENCODINGS, Reading
from campaigns.services.start_question import AGREEMENT
from campaigns.services.upload_confirming import Question

_HEADER_ROWS: Final = 10
_NO_CHOICE: Final = {"required": "Choose one of these.", "invalid_choice": "Choose one of these."}
_ORDINALS: Final = ("Phone", "2nd phone", "3rd phone", "4th phone", "5th phone", "6th phone")
_ATTRIBUTE: Final = "attribute"
_CONTACT: Final = "contact"


class ReadingForm(forms.Form):
    """How the file is read; only what applies to its kind is asked."""

    encoding = forms.ChoiceField(label="Encoding", choices=list(ENCODINGS.items()), error_messages=_NO_CHOICE)
    delimiter = forms.ChoiceField(
        label="Separator", choices=list(DELIMITERS.items()), error_messages=_NO_CHOICE
    )
    sheet = forms.ChoiceField(label="Worksheet", error_messages=_NO_CHOICE)
    header_row = forms.TypedChoiceField(label="Header", coerce=int, error_messages=_NO_CHOICE)

    def __init__(self, data: Any = None, *, reading: Reading) -> None:
        super().__init__(data, initial=reading.to_json())
        self.reading = reading
        absent = ("encoding", "delimiter") if reading.kind == "sheet" else ("sheet",)
        for name in absent:
            del self.fields[name]
        sheets: Any = self.fields.get("sheet")
        if sheets is not None:
            sheets.choices = [(name, name) for name in reading.sheets]
        rows = sorted({*range(1, _HEADER_ROWS + 1), *filter(None, [reading.header_row])})
        header: Any = self.fields["header_row"]
        header.choices = [(0, "None: name the columns by number"), *((row, f"Row {row}") for row in rows)]
        for field in self.fields.values():
            field.widget.attrs["class"] = "input--l"

    def to_reading(self) -> Reading:
        """The reading somebody chose."""
        return replace(self.reading, **self.cleaned_data)

    @property
    def is_other(self) -> bool:
        """Whether somebody chose another way to read it than it is read now."""
        return not self.is_valid() or self.to_reading() != self.reading


class ColumnsForm(forms.Form):
    """What each column is: a phone number by rank, a contact id, an attribute under a name, or nothing."""

    def __init__(self, data: Any = None, *, columns: Sequence[str], mapping: Mapping) -> None:
        super().__init__(data)
        self._columns = columns
        self._mapping = mapping
        self._ranks = _ORDINALS[: max(3, len(mapping.phones))]
        names = dict(mapping.attributes)
        roles: list[tuple[str, str]] = [(f"phone{rank}", word) for rank, word in enumerate(self._ranks)]
        roles += [(_CONTACT, "Contact ID"), (_ATTRIBUTE, "Attribute"), ("", "Leave out")]
        for place, column in enumerate(columns):
            name = f"column {place + 1}" if not column.strip() else column
            self.fields[f"role_{place}"] = forms.ChoiceField(
                required=False,
                choices=roles,
                initial=_role(place, mapping),
                label=f"{name}: what it is",
                error_messages=_NO_CHOICE,
            )
            self.fields[f"name_{place}"] = forms.CharField(
                required=False,
                max_length=LONGEST_NAME,
                initial=names.get(place, column.strip()[:LONGEST_NAME]),
                label=f"{name}: name of the attribute",
                error_messages={"max_length": f"A name has at most {LONGEST_NAME} characters."},
            )

    @property
    def columns(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """Each column with the fields that say what it is."""
        return [
            (column, self[f"role_{place}"], self[f"name_{place}"])
            for place, column in enumerate(self._columns)
        ]

    def clean(self) -> None:
        roles = self._roles()
        if not any(role.startswith("phone") or role == _CONTACT for role in roles.values()):
            self.add_error(None, "Say which column has the phone numbers, or the contact IDs.")
        taken: dict[str, int] = {}
        for place, role in roles.items():
            if role not in ("", _ATTRIBUTE) and taken.setdefault(role, place) != place:
                self.add_error(f"role_{place}", "Another column is this already. Choose another rank.")
        names: dict[str, int] = {}
        for place, role in roles.items():
            if role == _ATTRIBUTE:
                self._check_name(place, names)

    def to_mapping(self) -> Mapping:
        """What somebody chose."""
        roles = self._roles()
        ranked = sorted((role, place) for place, role in roles.items() if role.startswith("phone"))
        contacts = [place for place, role in roles.items() if role == _CONTACT]
        return Mapping(
            phones=tuple(place for _, place in ranked),
            contact_id=contacts[0] if contacts else None,
            attributes=tuple(
                (place, self.cleaned_data[f"name_{place}"])
                for place, role in roles.items()
                if role == _ATTRIBUTE
            ),
        )

    @property
    def is_other(self) -> bool:
        """Whether somebody chose another mapping than the one that was checked, or one that is not right."""
        return not self.is_valid() or self.to_mapping() != self._mapping

    def _roles(self) -> dict[int, str]:
        return {place: self.cleaned_data.get(f"role_{place}", "") for place in range(len(self._columns))}

    def _check_name(self, place: int, names: dict[str, int]) -> None:
        field = f"name_{place}"
        if self.has_error(field):
            return
        name: str = self.cleaned_data[field]
        if not name:
            self.add_error(field, "An attribute needs a name.")
        elif name.casefold() == RESERVED:
            self.add_error(field, f"Callboard uses {RESERVED} itself. Choose another name.")
        elif names.setdefault(name, place) != place:
            self.add_error(field, f"Two attributes are named “{name}”.")


class HandOverForm(forms.Form):
    """Saying that the people of a check are handed over, and agreeing to it where they are called at once.

    ``check`` is the number of the check that was on screen.
    """

    check = forms.IntegerField(widget=forms.HiddenInput)
    scrub_duplicates = forms.BooleanField(
        required=False,
        label="Let CallFire leave out duplicates",
        help_text="Callboard leaves out repeated numbers by itself; this is a second net.",
    )
    strict_validation = forms.BooleanField(
        required=False,
        label="Refuse a whole chunk when CallFire finds a bad number in it",
        help_text="Without this, CallFire takes the others and marks the bad ones “Bad number”.",
    )
    agreed = forms.BooleanField(required=False, label=f"Call them at once. {AGREEMENT}")
    typed = forms.CharField(required=False, max_length=40, label="Number of people")

    def __init__(self, data: Any = None, *, upload: Upload, question: Question | None = None) -> None:
        initial = {
            "check": upload.check_number,
            "scrub_duplicates": upload.scrub_duplicates,
            "strict_validation": upload.strict_validation,
        }
        super().__init__(data, initial=initial)
        self._question = question

    def clean_agreed(self) -> bool:
        agreed: bool = self.cleaned_data["agreed"]
        if self._question is not None and self._question.is_calling_at_once and not agreed:
            raise forms.ValidationError("Tick this if it is so. People who did not agree may not be called.")
        return agreed

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        wanted = self._question.typed if self._question is not None else None
        digits = re.sub(r"[\s,.'’_]", "", typed)
        if wanted is not None and not (digits.isdecimal() and int(digits) == wanted):
            raise forms.ValidationError(f"Type {wanted:,}: so many people would be called.")
        return typed


def _role(place: int, mapping: Mapping) -> str:
    if place in mapping.phones:
        rank = mapping.phones.index(place)
        return f"phone{rank}" if rank < len(_ORDINALS) else ""
    if place == mapping.contact_id:
        return _CONTACT
    return _ATTRIBUTE if place in dict(mapping.attributes) else ""
