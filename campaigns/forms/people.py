"""People who are typed or pasted: to be added to a broadcast, or to be switched off and on in it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from django import forms

from campaigns.forms.fields import Uncut
from campaigns.labels import in_a_row
from campaigns.services import pasted, people, switching
from campaigns.services.pasted import Pasted
from campaigns.services.people import Plan, Standing
from campaigns.services.switching import Found

LONGEST_TEXT: Final = 20_000
_LINES_NAMED: Final = 5


class PastedField(Uncut):
    """Text that is read line by line; every bad line is part of the error, nothing typed is lost."""

    def __init__(self, *, most: int, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"})
        super().__init__(widget=widget, max_length=LONGEST_TEXT, strip=False, **options)
        self.most = most

    def clean(self, value: Any) -> Pasted:
        read = pasted.read(super().clean(value))
        if read.bad:
            raise forms.ValidationError(_bad_lines(read))
        if len(read.people) > self.most:
            raise forms.ValidationError(
                f"These are {len(read.people):,} people; {self.most} at a time is the most. "
                "Hand them over in parts."
            )
        if not read.people:
            raise forms.ValidationError("There is no number in it yet.")
        return read


class PeopleForm(forms.Form):
    """People to add by hand, and the seal of the list that was shown to whoever sends it."""

    people = PastedField(
        most=people.MOST,
        label="People",
        help_text="One person on a line, the number first. Further columns become attributes when a first "
        f"line names them, like: number, name, street. At most {people.MOST} people.",
        error_messages={
            "required": "Enter at least one number.",
            "max_length": f"Enter at most {LONGEST_TEXT:,} characters.",
        },
    )
    strict = forms.BooleanField(
        required=False,
        initial=True,
        label="Refuse the whole list when CallFire finds a bad number in it",
        help_text="Without this, CallFire takes the others and marks the bad ones “Bad number”.",
    )
    again = forms.BooleanField(required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seal = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def to_pasted(self) -> Pasted:
        """What was pasted, bad lines included."""
        good: Pasted | None = self.cleaned_data.get("people")
        return good if good is not None else pasted.read(self.data.get("people", "")[:LONGEST_TEXT])

    def is_sealed(self, plan: Plan, to: Standing) -> bool:
        """Whether exactly this list, to a broadcast standing as it does now, was shown before it was sent."""
        token, seal = self.cleaned_data.get("token"), self.cleaned_data.get("seal")
        return token is not None and bool(plan.people) and seal == plan.seal(token, to)

    def to_token(self) -> uuid.UUID:
        """The token of the page that asked; a new one when there is none."""
        return self.cleaned_data.get("token") or uuid.uuid4()


class SwitchForm(forms.Form):
    """People to hold back or to let through again, by their numbers."""

    people = PastedField(
        most=switching.MOST,
        label="Numbers",
        help_text=f"One number on a line. At most {switching.MOST}.",
        error_messages={
            "required": "Enter at least one number.",
            "max_length": f"Enter at most {LONGEST_TEXT:,} characters.",
        },
    )
    switch = forms.ChoiceField(
        label="What to do",
        widget=forms.RadioSelect,
        choices=[("off", "Hold them back: they are not called"), ("on", "Let them be called again")],
        initial="off",
        error_messages={"required": "Choose what to do.", "invalid_choice": "Choose one of the two."},
    )
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seal = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    @property
    def enable(self) -> bool:
        """Whether they are let through; only after the form was found valid."""
        return bool(self.cleaned_data["switch"] == "on")

    def is_sealed(self, found: Sequence[Found], to: Standing) -> bool:
        """Whether exactly these numbers, in a broadcast standing as it does now, were shown before."""
        token, seal = self.cleaned_data.get("token"), self.cleaned_data.get("seal")
        return token is not None and seal == switching.seal(found, enable=self.enable, to=to, token=token)


def _bad_lines(read: Pasted) -> str:
    positions = [str(line.position) for line in read.bad[:_LINES_NAMED]]
    if len(read.bad) > _LINES_NAMED:
        positions.append(f"{len(read.bad) - _LINES_NAMED} more")
    if len(read.bad) == 1:
        return f"Line {positions[0]} needs fixing: {read.bad[0].problem}"
    return f"{len(read.bad)} lines need fixing: {in_a_row(positions, 'and')}."
