"""Bringing people in: a file, a contact list or contact ids."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django import forms
from django.conf import settings

from campaigns.forms.fields import Uncut
from campaigns.models import BroadcastSnapshot, Upload
from campaigns.recipient_files.reading import Unreadable
from campaigns.services import arrivals, contact_lists, upload_files
from campaigns.services.arrivals import IdsSource, Source

MOST_IDS: Final = 20_000
_LONGEST_IDS: Final = 400_000
_NAMED: Final = 3
_HIGHEST_ID: Final = 2**63 - 1


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
            if file.trouble is not None:
                raise upload_files.not_kept(file.trouble)
            self.source = arrivals.open_file(
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

    contact_ids = Uncut(
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


def _list_in_words(each: contact_lists.Choice) -> str:
    return each.name if each.size is None else f"{each.name} ({each.size:,} people)"


def _is_id(number: int) -> bool:
    return 0 < number <= _HIGHEST_ID
