"""The form of a broadcast: every setting CallFire has, checked as far as its documents go.

It speaks in decisions (``services.units``): a new broadcast takes all of them, a change only those that
somebody touched. Only those are judged, so that an odd value CallFire holds never blocks another change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final, cast

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django import forms
from django.forms import BaseFormSet
from django.forms.utils import ErrorDict
from django.http import QueryDict

from callfire_api import Recipient
from campaigns.forms import checks, choices, schedules
from campaigns.forms.choices import Mode
from campaigns.forms.decisions import FIELDS, SLOTS, Typed, initial_of, is_seen, labels_of, played
from campaigns.forms.fields import Choice, Choices, Clock, Number, Text
from campaigns.forms.schedules import SCHEDULES_MAX, ScheduleForm
from campaigns.forms.sounds import picker
from campaigns.labels import shown_labels
from campaigns.services import numbers, pasted, units
from campaigns.services.drafts import LOCKED_SENTENCE, LOCKED_WHILE_DIALLING
from campaigns.services.pasted import Person
from campaigns.services.sounds import spoken_seconds
from campaigns.services.units import UNITS, Value, Wire, with_value

NAME_MAX: Final = 200
TEXT_MAX: Final = 4000
SCRIPT_MAX: Final = 100_000
LABELS_MAX: Final = 20
LABEL_MAX: Final = 60
PEOPLE_MAX: Final = 100

_MERGE_FIELD: Final = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
_WIDE: Final = {"class": "input--l"}


class DraftForm(forms.Form):
    """All settings of a broadcast.

    Args:
        before: the broadcast in CallFire's JSON that the form begins with; empty for a new one.
        locked: whether it is calling people, so that some decisions have to wait.
        caller_ids: the numbers of the account, as 11 digits.
        known_labels: labels that others use, to choose from.
    """

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
    transfer_digit = Choice(label="Key", choices=choices.KEYS, required=False)
    transfer_number = Text(
        label="Number",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "class": "input--m"}),
    )
    dnc_digit = Choice(label="Key", choices=choices.KEYS, required=False)
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
    hours_begin = Clock(label="From", required=False)
    hours_end = Clock(label="To", required=False)
    hours_reason = Text(
        label="Why wider than 09:00 to 20:00, or without limits",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs=_WIDE),
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
        self.caller_ids = caller_ids
        self.known_labels = known_labels
        for slot in SLOTS:
            self._add_slot(slot)
        self._offer_what_is_held()
        if locked:
            self._lock()
        if not self.is_new:
            del self.fields["people"], self.fields["strict"]
        self.schedules: BaseFormSet[ScheduleForm] = schedules.rows(
            self.data if self.is_bound else None, before=self.before
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
        self.schedules = schedules.rows(data, before=self.before)
        return self

    @cached_property
    def decided(self) -> frozenset[str]:
        """The decisions made in this form: all of them for a new broadcast, else those somebody touched."""
        if self.is_new:
            return frozenset(FIELDS)
        if not self.is_bound:
            return frozenset()
        touched = set(self.changed_data)
        made = {name for name, fields in FIELDS.items() if fields & touched}
        return frozenset(made | ({"schedules"} if self.schedules.has_changed() else set()))

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
        if len(labels) > max(LABELS_MAX, len(held)):
            raise forms.ValidationError(f"Use at most {LABELS_MAX} labels.")
        return labels

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
        """Without what nobody decided here, and with what only the whole can tell."""
        wanted = super().clean() or {}
        elsewhere = frozenset().union(
            *(fields for name, fields in FIELDS.items() if name not in self.decided)
        )
        here = frozenset().union(*(FIELDS[name] for name in self.decided))
        for name in (elsewhere - here) & set(self.errors):
            del self.errors[name]
        checks.check(self, wanted)
        return wanted

    # --- what comes of it ----------------------------------------------------------------------------------

    def to_wire(self) -> Wire:
        """The whole broadcast in CallFire's JSON, for a new one."""
        typed = self._typed()
        wire: Wire = {}
        for unit in UNITS:
            wire = with_value(wire, unit, typed.value(unit.name))
        return wire

    def as_filled(self) -> Wire:
        """The broadcast as far as the form is filled, for a new one; nothing of it has to be right."""
        if not self.is_bound and self.before:
            return self.before
        typed, wire = self._typed(), self.before
        for unit in units.by_name(self.decided - self.undecided):
            wire = with_value(wire, unit, typed.value(unit.name))
        return wire

    def to_recipients(self) -> list[Recipient]:
        """The first people, each number once."""
        return [person.to_recipient() for person in self.first_people]

    def to_changes(self) -> dict[str, Value]:
        """The decisions that change anything and can be used, by the name of their unit.

        A message that the way machines are treated never plays stays as CallFire holds it.
        """
        typed, mode, is_script = self._typed(), self.cleaned_data.get("machines"), self.is_script
        changed = {}
        for unit in units.by_name(self.decided - self.undecided):
            if unit.name in SLOTS and not is_script and unit.name not in played(mode):
                continue
            value = typed.value(unit.name)
            if not units.same(unit, self.before, with_value(self.before, unit, value)):
                changed[unit.name] = value
        return changed

    @property
    def undecided(self) -> frozenset[str]:
        """The decisions that cannot be used yet, because a field they are made in has an error."""
        faulty = {name for name, fields in FIELDS.items() if fields & set(self.errors)}
        return frozenset(faulty if self.schedules.is_valid() else {*faulty, "schedules"})

    @property
    def faults(self) -> dict[str, str]:
        """What is wrong with each decision that somebody touched, by the name of its unit."""
        if not self.is_bound:
            return {}
        touched = set(self.changed_data)
        first = {name: str(self.errors[name][0]) for name in self.fields if name in self.errors}
        faults = {
            unit: next(sentence for name, sentence in first.items() if name in fields)
            for unit, fields in FIELDS.items()
            if fields & touched and fields & set(first)
        }
        if self.schedules.has_changed():
            told = [error for row in self.schedules for errors in row.errors.values() for error in errors]
            faults |= {"schedules": str(told[0])} if told else {}
        return faults

    @property
    def first_people(self) -> list[Person]:
        """Everybody who was pasted, as far as that could be read."""
        people: list[Person] = self.cleaned_data.get("people") or [] if self.is_bound else []
        return people

    @property
    def reason(self) -> str:
        """Why people may be called outside the usual hours, in the words of whoever decided it."""
        return str(self.cleaned_data.get("hours_reason") or "")

    def placeholders(self, slot: str) -> list[str]:
        """The names between ${ and } in this text: each person must bring an attribute for them."""
        is_text = self[f"{slot}_source"].value() == "text" and slot in played(self["machines"].value())
        text = str(self[f"{slot}_text"].value() or "") if is_text and not self.is_script else ""
        return list(dict.fromkeys(_MERGE_FIELD.findall(text)))

    # --- for the page --------------------------------------------------------------------------------------

    @property
    def is_script(self) -> bool:
        """Whether an IVR script takes the place of messages."""
        return bool(self["kind"].value() == "script")

    @property
    def merge_fields(self) -> list[str]:
        """The placeholders of all texts that are heard."""
        return list(dict.fromkeys(name for slot in SLOTS for name in self.placeholders(slot)))

    @property
    def modes(self) -> list[Mode]:
        """The ways to treat machines, each explained."""
        offered = cast(list[tuple[str, str]], cast(forms.ChoiceField, self.fields["machines"]).choices)
        return choices.modes(offered, str(self["machines"].value()))

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
                "letters": len(str(self[f"{slot}_text"].value() or "")),
                "seconds": spoken_seconds(str(self[f"{slot}_text"].value() or "")),
                "picker": picker(self.data, slot, chosen_id=self.initial[f"{slot}_sound_id"]),
            }
            for slot in SLOTS
        ]

    # --- inside --------------------------------------------------------------------------------------------

    def _typed(self) -> Typed:
        if not self.is_bound:
            blank = {**self.initial, "labels": [], "from_number": "", "transfer_number": ""}
            return Typed(blank, self.before, frozenset(), [])
        rows = schedules.wire_of(self.schedules, self.before) if self.schedules.is_valid() else []
        return Typed(self.cleaned_data, self.before, frozenset(self.changed_data), rows)

    def _add_slot(self, slot: str) -> None:
        self.fields[f"{slot}_source"] = Choice(label="Source", choices=choices.SOURCES, required=False)
        self.fields[f"{slot}_text"] = Text(
            label="Text",
            required=False,
            max_length=TEXT_MAX,
            widget=forms.Textarea(attrs={"rows": 3}),
            error_messages={"max_length": f"Use at most {TEXT_MAX:,} characters for a spoken text."},
        )
        self.fields[f"{slot}_voice"] = Choice(label="Voice", choices=choices.VOICES, required=False)
        self.fields[f"{slot}_sound_id"] = Number(label="Sound", required=False, least=1, most=2**63 - 1)

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

    def _lock(self) -> None:
        names = frozenset().union(*(FIELDS[decision] for decision in LOCKED_WHILE_DIALLING))
        for name in names:
            self.fields[name].disabled = True
            self.fields[name].required = False
            self.fields[name].help_text = LOCKED_SENTENCE


def _number(text: str) -> str:
    found = numbers.parse(text)
    if isinstance(found, numbers.Problem):
        raise forms.ValidationError(found.sentence)
    return found.digits
