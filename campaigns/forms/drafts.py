"""The form of a broadcast: every setting CallFire has, checked as far as its documents go.

It speaks in decisions (``services.units``): a new broadcast takes all of them, a change only those that
somebody touched. Only those are judged, so that an odd value CallFire holds never blocks another change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, cast

from django import forms
from django.forms import BaseFormSet
from django.forms.utils import ErrorDict
from django.http import QueryDict

from callfire_api import Recipient
from campaigns.forms import checks, choices, schedules
from campaigns.forms.choices import Mode
from campaigns.forms.decisions import FIELDS, SLOTS, Typed, initial_of, played
from campaigns.forms.draft_fields import DraftFields
from campaigns.forms.schedules import SCHEDULES_MAX, ScheduleForm
from campaigns.forms.sounds import picker
from campaigns.labels import in_a_row
from campaigns.services import heard, units
from campaigns.services.drafts import LOCKED_SENTENCE, LOCKED_WHILE_DIALLING
from campaigns.services.pasted import Person
from campaigns.services.sounds import spoken_seconds
from campaigns.services.units import UNITS, Value, Wire, with_value


class DraftForm(DraftFields):
    """All settings of a broadcast.

    Args:
        before: the broadcast in CallFire's JSON that the form begins with; empty for a new one.
        locked: whether it is calling people, so that some decisions have to wait.
        caller_ids: the numbers of the account, as 11 digits.
        known_labels: labels that others use, to choose from.
    """

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
        rows = cast(Any, self.schedules)
        rows._errors, rows._non_form_errors = [], rows.error_class()
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
        return list(heard.Text(slot, text).fields)

    @property
    def new_placeholders(self) -> dict[str, list[str]]:
        """The placeholders that somebody wrote into a text, by its field; not those it had before."""
        found = {}
        for slot in (slot for slot in SLOTS if slot in self.decided):
            held = heard.Text(slot, str(self.initial[f"{slot}_text"])).fields
            if names := [name for name in self.placeholders(slot) if name not in held]:
                found[f"{slot}_text"] = names
        return found

    def refuse_placeholders(self, lacking: Collection[str]) -> None:
        """Say beside each text that somebody who waits does not bring what it speaks of."""
        for field, names in self.new_placeholders.items():
            if missing := [name for name in names if name in lacking]:
                self.add_error(
                    field,
                    f"Not everybody who waits for a call brings {in_a_row(missing, 'and')}. CallFire may "
                    "read the placeholder aloud to them.",
                )

    @property
    def new_sounds(self) -> dict[str, int]:
        """The sounds of the library that somebody chose, by their field; not those it had before."""
        if self.is_script:
            return {}
        return {
            field: int(self.cleaned_data[field])
            for slot in played(self.cleaned_data.get("machines"))
            if (field := f"{slot}_sound_id") in self.changed_data
            and self.cleaned_data.get(f"{slot}_source") == "sound"
            and self.cleaned_data.get(field)
        }

    def refuse_sounds(self, unusable: Collection[int]) -> None:
        """Say beside each sound that it cannot be played."""
        for field, sound_id in self.new_sounds.items():
            if sound_id in unusable:
                self.add_error(field, f"CallFire has no sound {sound_id} that it can play. Choose another.")

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

    def _lock(self) -> None:
        names = frozenset().union(*(FIELDS[decision] for decision in LOCKED_WHILE_DIALLING))
        for name in names:
            self.fields[name].disabled = True
            self.fields[name].required = False
            self.fields[name].help_text = LOCKED_SENTENCE
