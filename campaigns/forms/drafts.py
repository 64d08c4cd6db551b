"""The form of a broadcast: every setting CallFire has, checked as far as its documents go.

It speaks in decisions (``services.units``): a new broadcast takes all of them, a change only those that
somebody touched, so that what CallFire holds besides stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any, Final, cast

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django import forms
from django.core import signing
from django.forms import BaseFormSet
from django.forms.utils import ErrorDict
from django.http import QueryDict

from callfire_api import (
    AnsweringMachineConfig,
    CallResult,
    Recipient,
    RetryPhoneType,
)
from campaigns.forms.decisions import LEGAL, SLOTS, USUAL, Typed, initial_of, is_seen, is_spoken, shown_text
from campaigns.forms.schedules import SCHEDULES_MAX, ScheduleForm, ScheduleFormSet, rows_of
from campaigns.forms.sounds import picker
from campaigns.labels import call_result, in_a_row, nice_number
from campaigns.services import numbers, pasted, summary
from campaigns.services.drafts import LOCKED_SENTENCE
from campaigns.services.pasted import Person
from campaigns.services.sounds import spoken_seconds
from campaigns.services.units import UNITS, Value, Wire, with_value

NAME_MAX: Final = 200
TEXT_MAX: Final = 4000
SCRIPT_MAX: Final = 100_000
LABELS_MAX: Final = 20
LABEL_MAX: Final = 60
PEOPLE_MAX: Final = 100
SALT: Final = "campaigns.drafts"

SOURCES: Final = [("none", "Nothing"), ("text", "Text to speech"), ("sound", "Sound from the library")]
KEYS: Final = [("", "No key"), *((key, key) for key in "1234567890*#")]
RETRY_RESULTS: Final = (
    CallResult.BUSY,
    CallResult.NO_ANS,
    CallResult.AM,
    CallResult.CARRIER_TEMP_ERROR,
    CallResult.INTERNAL_ERROR,
    CallResult.CARRIER_ERROR,
    CallResult.LA,
)
PHONE_TYPES: Final = {
    RetryPhoneType.FIRST_NUMBER: "The first number of a contact",
    RetryPhoneType.HOME_PHONE: "Home phone",
    RetryPhoneType.WORK_PHONE: "Work phone",
    RetryPhoneType.MOBILE_PHONE: "Mobile phone",
}
MACHINES: Final = {
    AnsweringMachineConfig.AM_AND_LIVE: "Leave the machine message",
    AnsweringMachineConfig.AM_ONLY: "Leave the machine message, and hang up on people",
    AnsweringMachineConfig.LIVE_WITH_AMD: "Hang up",
    AnsweringMachineConfig.LIVE_IMMEDIATE: "Do not detect: play the live message to everybody at once",
}
_MERGE_FIELD: Final = re.compile(r"\$\{\s*([^}\s]+)\s*\}")


class DraftForm(forms.Form):
    """All settings of a broadcast.

    Args:
        before: the broadcast in CallFire's JSON that the form begins with; empty for a new one.
        locked: whether it is calling people, so that some decisions have to wait.
        caller_ids: the numbers of the account, as 11 digits.
        known_labels: labels that others use, to choose from.
    """

    name = forms.CharField(
        label="Name",
        max_length=NAME_MAX,
        widget=forms.TextInput(attrs={"class": "input--l"}),
        error_messages={
            "required": "Give it a name, so that you find it again.",
            "max_length": f"Use at most {NAME_MAX} characters for the name.",
        },
    )
    from_number = forms.CharField(
        label="Caller ID",
        max_length=40,
        widget=forms.TextInput(attrs={"list": "caller-ids", "inputmode": "tel", "class": "input--l"}),
        help_text="People see this number and may call it back. It must be verified or rented at CallFire.",
        error_messages={"required": "Choose the number people see."},
    )
    labels = forms.CharField(
        label="Labels",
        required=False,
        max_length=2000,
        widget=forms.TextInput(attrs={"class": "input--l"}),
        help_text="Separated by commas.",
    )
    kind = forms.ChoiceField(
        label="Kind of message", choices=[("sounds", "Sounds"), ("script", "IVR script")], initial="sounds"
    )
    transfer_digit = forms.ChoiceField(label="Key", choices=KEYS, required=False)
    transfer_number = forms.CharField(
        label="Number",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "class": "input--m"}),
    )
    dnc_digit = forms.ChoiceField(label="Key", choices=KEYS, required=False)
    script = forms.CharField(
        label="Dialplan XML",
        required=False,
        max_length=SCRIPT_MAX,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )
    machines = forms.ChoiceField(
        label="If a machine answers", choices=[(mode.value, text) for mode, text in MACHINES.items()]
    )
    hours_on = forms.BooleanField(
        label="Call only within these hours", required=False, help_text="In each person’s own time zone."
    )
    hours_begin = forms.TimeField(
        label="From", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    hours_end = forms.TimeField(
        label="To", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    hours_reason = forms.CharField(
        label="Why wider than 09:00 to 20:00, or without limits",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"class": "input--l"}),
    )
    next_day = forms.BooleanField(label="Continue the next day when the hours run out", required=False)
    max_active = forms.IntegerField(label="Calls at once", min_value=1, max_value=1000, required=False)
    max_active_transfers = forms.IntegerField(
        label="Transfers at once", min_value=1, max_value=1000, required=False
    )
    tries = forms.IntegerField(label="More tries", min_value=0, max_value=10)
    minutes_between = forms.IntegerField(label="Minutes between", min_value=1, max_value=10_080)
    retry_results = forms.MultipleChoiceField(
        label="Try again after",
        required=False,
        choices=[(result.value, call_result(result).label) for result in RETRY_RESULTS],
        widget=forms.CheckboxSelectMultiple,
    )
    retry_phone_types = forms.MultipleChoiceField(
        label="Which number to try next",
        required=False,
        choices=[(kind.value, text) for kind, text in PHONE_TYPES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    people = forms.CharField(
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

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        before: Mapping[str, Any] | None = None,
        locked: bool = False,
        caller_ids: Sequence[str] = (),
        known_labels: Sequence[str] = (),
    ) -> None:
        self.before: Wire = dict(before or {})
        self.is_new = not self.before.get("id")
        super().__init__(data, initial=initial_of(self.before))
        self.caller_ids = [nice_number(number) for number in caller_ids]
        self.known_labels = known_labels
        for slot in SLOTS:
            self._add_slot(slot)
        self._offer_what_is_held()
        if locked:
            for name in ("from_number", "hours_on", "hours_begin", "hours_end", "hours_reason", "tries"):
                self._lock(name)
            for name in ("minutes_between", "retry_results", "retry_phone_types"):
                self._lock(name)
        if not self.is_new:
            del self.fields["people"], self.fields["strict"]
        self.schedules: BaseFormSet[ScheduleForm] = ScheduleFormSet(
            self.data if self.is_bound else None, prefix="schedules", initial=rows_of(self.before)
        )

    # --- reading -------------------------------------------------------------------------------------------

    def is_valid(self) -> bool:
        """Whether the form and every row of its schedule can be used."""
        return super().is_valid() & self.schedules.is_valid()

    def unjudged(self) -> DraftForm:
        """The same form, still being filled: nothing in it is called wrong yet."""
        self.is_valid()  # once judged, Django keeps the verdict, which is then dropped
        for form in (self, *self.schedules.forms):
            cast(Any, form)._errors = ErrorDict()
        return self

    def with_another_schedule(self) -> DraftForm:
        """The same form, nothing lost, with one more empty row in its schedule."""
        data = cast(QueryDict, self.data).copy()
        rows = data.get("schedules-TOTAL_FORMS", "")
        data["schedules-TOTAL_FORMS"] = str(min(int(rows) + 1 if rows.isdecimal() else 1, SCHEDULES_MAX))
        self.data = data
        self.schedules = ScheduleFormSet(data, prefix="schedules", initial=rows_of(self.before))
        return self

    def clean_name(self) -> str:
        """Without what no screen shows."""
        name = shown_text(self.cleaned_data["name"])
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
        """One label for each part between commas."""
        labels = [part.strip() for part in self.cleaned_data["labels"].split(",") if part.strip()]
        long = next((label for label in labels if len(label) > LABEL_MAX), None)
        if long is not None:
            raise forms.ValidationError(
                f"“{long[:30]}…” is too long. Use at most {LABEL_MAX} characters for a label."
            )
        if len(labels) > LABELS_MAX:
            raise forms.ValidationError(f"Use at most {LABELS_MAX} labels.")
        return list(dict.fromkeys(labels))

    def clean_script(self) -> str:
        """Well-formed XML, without entities of its own; says where it breaks."""
        script: str = self.cleaned_data["script"]
        if not script.strip() or self.data.get(self.add_prefix("kind")) != "script":
            return ""
        try:
            fromstring(script.strip(), forbid_dtd=True)
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

    def clean(self) -> dict[str, Any]:
        """What only the whole can tell: slots a mode needs, keys that go together, hours that are legal."""
        wanted = super().clean() or {}
        if wanted.get("kind") == "script":
            if not wanted.get("script") and "script" not in self.errors:
                self.add_error("script", "Paste the script, or choose Sounds.")
        else:
            self._check_slots(wanted)
            self._check_merge_fields(wanted)
        self._check_hours(wanted)
        for name in ("max_active", "max_active_transfers"):
            if wanted.get(name) is None and self.initial.get(name) and name not in self.errors:
                self.add_error(name, "CallFire keeps the old number when this is empty. Enter one.")
        if wanted.get("tries") and not wanted.get("retry_results"):
            self.add_error("retry_results", "Choose after which results people are tried again.")
        return wanted

    # --- what comes of it ----------------------------------------------------------------------------------

    def to_wire(self) -> Wire:
        """The whole broadcast in CallFire's JSON, for a new one."""
        typed = self._typed()
        wire: Wire = {}
        for unit in UNITS:
            wire = with_value(wire, unit, typed.value(unit.name))
        return wire

    def to_recipients(self) -> list[Recipient]:
        """The first people, each number once."""
        return [person.to_recipient() for person in self.cleaned_data.get("people") or []]

    def to_changes(self) -> dict[str, Value]:
        """The decisions somebody touched, by the name of their unit."""
        typed, touched = self._typed(), set(self.changed_data)
        fields: dict[str, set[str]] = {unit.name: {unit.name} for unit in UNITS}
        for slot in SLOTS:
            fields[slot] |= {f"{slot}_source", f"{slot}_text", f"{slot}_voice", f"{slot}_sound_id", "kind"}
        fields["transfer"] |= {"transfer_digit", "transfer_number"}
        fields["dnc"] |= {"dnc_digit"}
        fields["script"] |= {"kind"}
        fields["hours"] |= {"hours_on", "hours_begin", "hours_end"}
        fields["retries"] |= {"tries", "minutes_between", "retry_results", "retry_phone_types"}
        changed = {name: typed.value(name) for name, names in fields.items() if names & touched}
        if self.schedules.has_changed():
            changed["schedules"] = typed.value("schedules")
        return changed

    @property
    def merge_fields(self) -> list[str]:
        """The names between ${ and } in the texts: each person must bring an attribute for them."""
        texts = [str(self[f"{slot}_text"].value() or "") for slot in SLOTS]
        return list(dict.fromkeys(name for text in texts for name in _MERGE_FIELD.findall(text)))

    @property
    def paces(self) -> list[forms.BoundField]:
        """The small numbers that stand in a row."""
        return [self[name] for name in ("max_active", "max_active_transfers", "tries", "minutes_between")]

    @property
    def slots(self) -> list[dict[str, Any]]:
        """The four slots with their fields, in the order of the page."""
        return [
            {
                "name": slot,
                "source": self[f"{slot}_source"],
                "text": self[f"{slot}_text"],
                "voice": self[f"{slot}_voice"],
                "sound": self[f"{slot}_sound_id"],
                "seconds": spoken_seconds(str(self[f"{slot}_text"].value() or "")),
                "picker": picker(self.data, slot, chosen_id=self.initial[f"{slot}_sound_id"]),
            }
            for slot in SLOTS
        ]

    # --- inside --------------------------------------------------------------------------------------------

    def _typed(self) -> Typed:
        rows = [row.to_wire() for row in self.schedules if not row.cleaned_data.get("DELETE")]
        return Typed(self.cleaned_data, self.before, frozenset(self.changed_data), rows)

    @property
    def reason(self) -> str:
        """Why people may be called outside the usual hours, in the words of whoever decided it."""
        return str(self.cleaned_data.get("hours_reason") or "")

    def _add_slot(self, slot: str) -> None:
        voices = [(voice.value, text) for voice, text in summary.VOICES.items()]
        self.fields[f"{slot}_source"] = forms.ChoiceField(label="Source", choices=SOURCES, required=False)
        self.fields[f"{slot}_text"] = forms.CharField(
            label="Text",
            required=False,
            max_length=TEXT_MAX,
            widget=forms.Textarea(attrs={"rows": 3}),
            error_messages={"max_length": f"Use at most {TEXT_MAX:,} characters for a spoken text."},
        )
        self.fields[f"{slot}_voice"] = forms.ChoiceField(label="Voice", choices=voices, required=False)
        self.fields[f"{slot}_sound_id"] = forms.IntegerField(
            label="Sound", required=False, min_value=1, max_value=2**63 - 1
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

    def _lock(self, name: str) -> None:
        self.fields[name].disabled = True
        self.fields[name].required = False
        self.fields[name].help_text = LOCKED_SENTENCE

    def _check_slots(self, wanted: dict[str, Any]) -> None:
        mode = wanted.get("machines")
        if mode != AnsweringMachineConfig.AM_ONLY:
            self._need_slot(wanted, "live", "People who answer need a message: write one, or choose a sound.")
        if mode in {AnsweringMachineConfig.AM_ONLY, AnsweringMachineConfig.AM_AND_LIVE}:
            self._need_slot(
                wanted, "machine", "This mode leaves a message on machines: write one, or choose."
            )
        for slot in SLOTS:
            if wanted.get(f"{slot}_source") == "text" and not is_spoken(wanted.get(f"{slot}_text", "")):
                self._say_once(f"{slot}_text", "Write what is said, or choose Nothing.")
            if wanted.get(f"{slot}_source") == "sound" and not wanted.get(f"{slot}_sound_id"):
                self._say_once(f"{slot}_sound_id", "Choose a sound, or choose Nothing.")
        if wanted.get("transfer_digit") and not wanted.get("transfer_number"):
            self._say_once("transfer_number", "Enter the number this key connects to.")
        if wanted.get("transfer_number") and not wanted.get("transfer_digit"):
            self._say_once("transfer_digit", "Choose the key that connects to this number.")
        if not wanted.get("transfer_digit") and wanted.get("transfer_source", "none") not in {"none", ""}:
            self._say_once("transfer_digit", "A transfer sound needs a key and a number.")
        if not wanted.get("dnc_digit") and wanted.get("dnc_source", "none") not in {"none", ""}:
            self._say_once("dnc_digit", "An opt-out sound needs a key.")
        if wanted.get("dnc_digit") and wanted.get("dnc_digit") == wanted.get("transfer_digit"):
            self._say_once("dnc_digit", "One key cannot do both. Choose another for opting out.")

    def _need_slot(self, wanted: dict[str, Any], slot: str, sentence: str) -> None:
        if wanted.get(f"{slot}_source") not in {"text", "sound"}:
            self._say_once(f"{slot}_source", sentence)

    def _check_merge_fields(self, wanted: dict[str, Any]) -> None:
        """What the texts speak of, the people who were pasted must bring."""
        brought = [set(person.attributes) for person in wanted.get("people") or []]
        missing = [
            name for name in self.merge_fields if brought and not all(name in each for each in brought)
        ]
        if missing:
            self._say_once(
                "people",
                f"The message speaks of {in_a_row(missing, 'and')}, but not everybody here brings it. "
                f"Add a first line like: number, {', '.join(missing)}.",
            )

    def _say_once(self, field: str, sentence: str) -> None:
        if field not in self.errors:
            self.add_error(field, sentence)

    def _check_hours(self, wanted: dict[str, Any]) -> None:
        if self.fields["hours_on"].disabled:
            return
        begin, end, is_on = wanted.get("hours_begin"), wanted.get("hours_end"), wanted.get("hours_on")
        if is_on and begin is None:
            self._say_once("hours_begin", "Choose when calling begins.")
        elif is_on and end is None:
            self._say_once("hours_end", "Choose when calling ends.")
        elif is_on and begin is not None and end is not None:
            self._check_span(begin, end)
        touched = self.is_new or {"hours_on", "hours_begin", "hours_end"} & set(self.changed_data)
        wide = not is_on or (begin is not None and end is not None and (begin < USUAL[0] or end > USUAL[1]))
        if wide and touched and not wanted.get("hours_reason") and not self.has_error("hours_end"):
            self._say_once("hours_reason", "Say why people may be called outside 09:00 to 20:00.")

    def _check_span(self, begin: time, end: time) -> None:
        if end <= begin:
            self._say_once("hours_end", "End later than you begin.")
        elif begin < LEGAL[0]:
            self._say_once("hours_begin", "Begin at 08:00 or later. Earlier calls are against federal rules.")
        elif end > LEGAL[1]:
            self._say_once("hours_end", "End by 21:00. Later calls are against federal rules.")


def sign(wire: Mapping[str, Any], *, purpose: str = "opened") -> str:
    """A broadcast, or some of its decisions, as a form carries it: nobody but us can say what it was."""
    return signing.dumps(dict(wire), salt=f"{SALT}.{purpose}", compress=True)


def unsign(text: str, *, purpose: str = "opened") -> Wire | None:
    """What ``sign`` was given for this purpose; None when it was not us."""
    try:
        found = signing.loads(text, salt=f"{SALT}.{purpose}")
    except signing.BadSignature:
        return None
    return found if isinstance(found, dict) else None


def _number(text: str) -> str:
    found = numbers.parse(text)
    if isinstance(found, numbers.Problem):
        raise forms.ValidationError(found.sentence)
    return found.digits
