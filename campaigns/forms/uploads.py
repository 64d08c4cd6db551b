"""Bringing people in: a file, a contact list or contact ids; what the columns mean; and handing them over."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from django import forms
from django.conf import settings

from campaigns.models import BroadcastSnapshot, Upload
from campaigns.recipient_files.mapping import LONGEST_NAME, RESERVED, Mapping
from campaigns.recipient_files.reading import DELIMITERS, ENCODINGS, Reading, Unreadable
from campaigns.services import contact_lists, starting, uploads
from campaigns.services.upload_confirming import Question
from campaigns.services.uploads import IdsSource, Source

MOST_IDS: Final = 20_000
_LONGEST_IDS: Final = 400_000
_NAMED: Final = 3
_HIGHEST_ID: Final = 2**63 - 1
_HEADER_ROWS: Final = 10
_NO_CHOICE: Final = {"required": "Choose one of these.", "invalid_choice": "Choose one of these."}
_ORDINALS: Final = ("Phone", "2nd phone", "3rd phone", "4th phone", "5th phone", "6th phone")
_ATTRIBUTE: Final = "attribute"
_CONTACT: Final = "contact"


class SourceForm(forms.Form):
    """What all three ways of bringing people in have in common; ``source`` is what ``receive`` takes."""

    broadcast = forms.TypedChoiceField(
        coerce=int,
        label="For which broadcast?",
        help_text="Nobody is called until you start it, unless it runs already.",
        error_messages={
            "required": "Choose a broadcast.",
            "invalid_choice": "This broadcast cannot take people. Choose one of the list.",
        },
    )
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, files: Any = None, *, choices: Sequence[BroadcastSnapshot] | None
    ) -> None:
        super().__init__(data, files)
        self.source: Source | None = None
        if choices is None:
            del self.fields["broadcast"]
        else:
            self.fields["broadcast"].choices = [("", "Choose…"), *((each.pk, str(each)) for each in choices)]  # type: ignore[attr-defined]
            self.fields["broadcast"].widget.attrs["class"] = "input--l"

    def to_token(self) -> uuid.UUID:
        """The token of the page; a new one where it brought none."""
        return getattr(self, "cleaned_data", {}).get("token") or uuid.uuid4()


class FileForm(SourceForm):
    """A file, which is on our disk already when this looks at it."""

    file = forms.FileField(
        label="File",
        max_length=255,
        widget=forms.FileInput(
            attrs={"accept": ".csv,.tsv,.tab,.txt,.xlsx,.xlsm,.xls,.ods,.gz,.zip", "class": "visually-hidden"}
        ),
        error_messages={
            "required": "Choose a file first.",
            "invalid": "Choose a file first.",
            "missing": "Choose a file first.",
            "empty": "This file is empty.",
            "max_length": "The name of the file is too long. Use at most 255 characters.",
        },
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_MB * 2**20:
            raise forms.ValidationError(
                f"The file has {file.size / 2**20:,.0f} MB, and {settings.UPLOAD_MAX_MB} MB is the most. "
                "Divide it, or compress it with gzip or zip."
            )
        try:
            self.source = uploads.open_file(
                Path(file.temporary_file_path()), name=file.name or "file", size=file.size, digest=file.digest
            )
        except Unreadable as why:
            raise forms.ValidationError(why.sentence) from why
        return file


class ContactListForm(SourceForm):
    """One of CallFire's contact lists."""

    contact_list = forms.TypedChoiceField(
        coerce=int,
        label="Contact list",
        error_messages={
            "required": "Choose a contact list.",
            "invalid_choice": "CallFire does not offer this list any more. Choose another.",
        },
    )

    def __init__(self, data: Any = None, files: Any = None, **options: Any) -> None:
        super().__init__(data, files, **options)
        self.found = contact_lists.find()
        field: Any = self.fields["contact_list"]
        field.choices = [("", "Choose…"), *((each.id, _list_in_words(each)) for each in self.found.lists)]
        field.widget.attrs["class"] = "input--l"

    def clean_contact_list(self) -> int:
        chosen: int = self.cleaned_data["contact_list"]
        self.source = next(each for each in self.found.lists if each.id == chosen)
        return chosen


class ContactIdsForm(SourceForm):
    """Contacts of CallFire's by their ids."""

    contact_ids = forms.CharField(
        label="Contact IDs",
        max_length=_LONGEST_IDS,
        widget=forms.Textarea(
            attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off", "inputmode": "numeric"}
        ),
        help_text="As CallFire’s site shows them: one on a line, or with commas or blanks between them. "
        f"At most {MOST_IDS:,}.",
        error_messages={
            "required": "Enter at least one contact ID.",
            "max_length": f"These are too many characters. Enter at most {MOST_IDS:,} IDs, or use a file.",
        },
    )

    def clean_contact_ids(self) -> str:
        text: str = self.cleaned_data["contact_ids"]
        words = re.split(r"[\s,;]+", text.strip(" \t\r\n,;"))
        bad = [word for word in words if not re.fullmatch("[0-9]{1,19}", word) or not _is_id(int(word))]
        if bad:
            named = ", ".join(f"“{word[:20]}”" for word in bad[:_NAMED])
            more = f" and {len(bad) - _NAMED:,} more" if len(bad) > _NAMED else ""
            raise forms.ValidationError(f"An ID is a whole number. These are not: {named}{more}.")
        if len(words) > MOST_IDS:
            raise forms.ValidationError(
                f"These are {len(words):,} IDs; {MOST_IDS:,} at a time is the most. Use a file instead."
            )
        self.source = IdsSource([int(word) for word in words])
        return text


SOURCE_FORMS: Final[dict[str, type[SourceForm]]] = {
    Upload.Source.FILE: FileForm,
    Upload.Source.CONTACT_LIST: ContactListForm,
    Upload.Source.CONTACT_IDS: ContactIdsForm,
}


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
    agreed = forms.BooleanField(required=False, label=f"Call them at once. {starting.AGREEMENT}")
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


def _list_in_words(each: contact_lists.Choice) -> str:
    return each.name if each.size is None else f"{each.name} ({each.size:,} people)"


def _is_id(number: int) -> bool:
    return 0 < number <= _HIGHEST_ID
