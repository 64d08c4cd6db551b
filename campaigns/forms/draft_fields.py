"""The fields of a broadcast: what is typed into each, and what each can be judged by alone."""

from __future__ import annotations

import re
from typing import Final, cast
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django import forms

from campaigns.forms import choices
from campaigns.forms.decisions import is_seen, labels_of
from campaigns.forms.fields import Choice, Choices, Clock, Number, Text
from campaigns.labels import REFERENCE_LABEL, shown_labels
from campaigns.services import numbers, pasted
from campaigns.services.pasted import Person
from campaigns.services.sounds import SLOTS as TITLES
from campaigns.services.units import Wire

NAME_MAX: Final = 200
TEXT_MAX: Final = 4000
SCRIPT_MAX: Final = 100_000
SCRIPT_DEPTH: Final = 50
LABELS_MAX: Final = 20
LABEL_MAX: Final = 60
PEOPLE_MAX: Final = 100

# A script travels as text, so that a declaration of anything else would be untrue; or there is none at all.
_DECLARATION: Final = re.compile(
    r"""(?!<\?xml\s)|<\?xml\s+version\s*=\s*(["'])1\.0\1"""
    r"""(\s+encoding\s*=\s*(["'])utf-?8\3)?(\s+standalone\s*=\s*(["'])(yes|no)\5)?\s*\?>""",
    re.IGNORECASE,
)
_WIDE: Final = {"class": "input--l"}


class DraftFields(forms.Form):
    """Every setting of a broadcast as a field, those of the four messages included."""

    before: Wire

    name = Text(
        label="Name",
        max_length=NAME_MAX,
        widget=forms.TextInput(attrs=_WIDE),
        error_messages={
            "required": "Give it a name, so that you find it again.",
            "max_length": f"Use at most {NAME_MAX} characters for the name.",
        },
    )
    from_number = Text(
        label="Caller ID",
        max_length=40,
        widget=forms.TextInput(attrs={"list": "caller-ids", "inputmode": "tel", **_WIDE}),
        help_text="People see this number and may call it back. It must be verified or rented at CallFire.",
        error_messages={"required": "Choose the number people see."},
    )
    labels = Text(
        label="Labels",
        required=False,
        max_length=5000,
        widget=forms.TextInput(attrs=_WIDE),
        help_text="Separated by commas. A label that has a comma itself goes in quotes: “Grid 9, north”.",
    )
    kind = Choice(label="Kind of message", choices=choices.KINDS, initial="sounds")
    machines = Choice(label="If a machine answers", choices=choices.MACHINES)
    transfer_digit = Choice(label="Transfer to a person: key", choices=choices.KEYS, required=False)
    transfer_number = Text(
        label="Transfer to a person: number",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "class": "input--m"}),
    )
    dnc_digit = Choice(label="Opt out: key", choices=choices.KEYS, required=False)
    script = Text(
        label="Dialplan XML",
        required=False,
        max_length=SCRIPT_MAX,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )
    hours_on = forms.BooleanField(
        label="Call only within these hours", required=False, help_text="In each person’s own time zone."
    )
    hours_begin = Clock(label="Calling hours: from", required=False)
    hours_end = Clock(label="Calling hours: to", required=False)
    hours_reason = Text(
        label="Why wider than 09:00 to 20:00, or without limits",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs=_WIDE),
        help_text="Needed only then. It is kept in the activity of the broadcast.",
    )
    next_day = forms.BooleanField(label="Continue the next day when the hours run out", required=False)
    max_active = Number(label="Calls at once", least=1, most=1000, required=False)
    max_active_transfers = Number(label="Transfers at once", least=1, most=1000, required=False)
    tries = Number(label="More tries", least=0, most=10)
    minutes_between = Number(label="Minutes between", least=1, most=10_080)
    retry_results = Choices(label="Try again after", required=False, choices=choices.RETRY_RESULTS)
    retry_phone_types = Choices(label="Which number to try next", required=False, choices=choices.PHONE_TYPES)
    people = Text(
        label="First people",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One person on a line, the number first. More columns become attributes when a first line "
        f"names them, like: number, name. At most {PEOPLE_MAX} people.",
    )
    strict = forms.BooleanField(
        label="Refuse everything when one number is bad",
        required=False,
        initial=True,
        help_text="Otherwise CallFire accepts the good ones and marks the others as bad.",
    )

    def clean_name(self) -> str:
        """Something a screen shows."""
        name: str = self.cleaned_data["name"]
        if not is_seen(name):
            raise forms.ValidationError(self.fields["name"].error_messages["required"])
        return name

    def clean_from_number(self) -> str:
        """As 11 digits."""
        return _number(self.cleaned_data["from_number"])

    def clean_transfer_number(self) -> str:
        """As 11 digits, when there is one."""
        given = self.cleaned_data["transfer_number"]
        return _number(given) if given else ""

    def clean_labels(self) -> list[str]:
        """One label for each part between commas; those CallFire holds are kept however long they are."""
        held = shown_labels(self.before.get("labels") or [])
        labels = labels_of(self.cleaned_data["labels"])
        long = next((label for label in labels if len(label) > LABEL_MAX and label not in held), None)
        if long is not None:
            raise forms.ValidationError(
                f"“{long[:30]}…” is too long. Use at most {LABEL_MAX} characters for a label."
            )
        ours = next((label for label in labels if not shown_labels([label])), None)
        if ours is not None:
            raise forms.ValidationError(
                f"“{ours[:30]}” cannot be a label: {REFERENCE_LABEL} begins those of Callboard itself."
            )
        if len(labels) > max(LABELS_MAX, len(held)):
            raise forms.ValidationError(f"Use at most {LABELS_MAX} labels.")
        return labels

    def clean_script(self) -> str:
        """Well-formed XML, without entities of its own; says where it breaks."""
        script: str = self.cleaned_data["script"]
        if not script.strip() or self.data.get(self.add_prefix("kind")) != "script":
            return ""
        if not _DECLARATION.match(script.strip()):
            raise forms.ValidationError(
                'The first line of the script may only say <?xml version="1.0" encoding="UTF-8"?>. '
                "Correct it, or take it out."
            )
        try:
            root = fromstring(script.strip(), forbid_dtd=True)
        except ParseError as error:
            line, column = error.position
            skipped = script[: len(script) - len(script.lstrip())]
            if line == 1:
                column += len(skipped.rpartition("\n")[2])
            line += skipped.count("\n")
            raise forms.ValidationError(
                f"The script is not well-formed XML: look at line {line}, column {column + 1}."
            ) from None
        except (DefusedXmlException, ValueError):
            raise forms.ValidationError(
                "The script declares a document type or entities, which nobody needs here. Take them out."
            ) from None
        if _depth(root) > SCRIPT_DEPTH:
            raise forms.ValidationError(
                f"The script puts more than {SCRIPT_DEPTH} elements inside each other. Make it flatter."
            )
        return script

    def clean_people(self) -> list[Person]:
        """Who is called first; says which line is wrong."""
        read = pasted.read(self.cleaned_data["people"])
        if read.bad:
            raise forms.ValidationError([f"Line {line.position}: {line.problem}" for line in read.bad[:5]])
        if len(read.people) > PEOPLE_MAX:
            raise forms.ValidationError(
                f"Paste at most {PEOPLE_MAX} people here; these are {len(read.people):,}."
            )
        return read.people

    def _add_slot(self, slot: str) -> None:
        title = TITLES[slot]
        self.fields[f"{slot}_source"] = Choice(
            label=f"{title}: source", choices=choices.SOURCES, required=False
        )
        self.fields[f"{slot}_text"] = Text(
            label=f"{title}: text",
            required=False,
            max_length=TEXT_MAX,
            widget=forms.Textarea(attrs={"rows": 3}),
            error_messages={"max_length": f"Use at most {TEXT_MAX:,} characters for a spoken text."},
        )
        self.fields[f"{slot}_voice"] = Choice(label=f"{title}: voice", choices=choices.VOICES, required=False)
        self.fields[f"{slot}_sound_id"] = Number(
            label=f"{title}: sound", required=False, least=1, most=2**63 - 1
        )

    def _offer_what_is_held(self) -> None:
        """Words of CallFire that we do not know stay a choice: a form must not change what nobody touched."""
        for name, field in self.fields.items():
            if not isinstance(field, forms.ChoiceField):
                continue
            held = self.initial.get(name)
            words = [str(word) for word in (held if isinstance(held, list) else [held]) if word]
            offered = cast(list[tuple[str, str]], field.choices)
            others = [word for word in words if word not in dict(offered)]
            field.choices = [*offered, *((word, f"Other ({word})") for word in others)]


def _depth(root: Element) -> int:
    """How many elements stand inside each other at most."""
    deepest, level = 0, [root]
    while level:
        deepest, level = deepest + 1, [child for element in level for child in element]
    return deepest


def _number(text: str) -> str:
    found = numbers.parse(text)
    if isinstance(found, numbers.Problem):
        raise forms.ValidationError(found.sentence)
    return found.digits
