"""Proving that a number is one's own, and asking for a test call."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from campaigns.forms.broadcasts import IntentForm
from campaigns.models import OwnNumber, User
from campaigns.services import numbers, own_numbers


class OwnNumberForm(IntentForm):
    """A number to call with a code."""

    number = forms.CharField(
        label="Your number",
        max_length=40,
        help_text="We call it once and say four digits.",
        widget=forms.TextInput(attrs={"class": "input--m", "inputmode": "tel", "autocomplete": "tel"}),
        error_messages={
            "required": numbers.ENTER,
            "max_length": numbers.ENTER,
        },
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._by = by

    def clean_number(self) -> str:
        """As 11 digits, and not proved already."""
        read = numbers.parse(self.cleaned_data["number"])
        if isinstance(read, numbers.Problem):
            raise forms.ValidationError(read.sentence)
        if own_numbers.confirmed(self._by).filter(number=read.digits).exists():
            raise forms.ValidationError("This number is confirmed already.")
        return read.digits


class CodeForm(forms.Form):
    """The digits somebody heard on the phone, and on which."""

    own = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    code = forms.CharField(
        max_length=20,
        error_messages={
            "required": "Type the four digits.",
            "max_length": "Type the four digits, nothing else.",
        },
    )

    def clean_code(self) -> str:
        """Four digits, however they were spaced."""
        code = re.sub(r"[\s.-]", "", self.cleaned_data["code"])
        if not re.fullmatch(r"[0-9]{4}", code):
            raise forms.ValidationError("Type the four digits, nothing else.")
        return code


class OwnForm(forms.Form):
    """Which of one's numbers is meant."""

    own = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class TestCallForm(IntentForm):
    """Which of one's confirmed numbers is called, and which messages were shown."""

    __test__ = False  # no test, whatever its name says

    own = forms.ModelChoiceField(
        queryset=OwnNumber.objects.none(),
        error_messages={
            "required": "Choose the number we call.",
            "invalid_choice": "Choose a number that you have confirmed as yours.",
        },
    )
    seal = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["own"] = forms.ModelChoiceField(
            queryset=own_numbers.confirmed(by), error_messages=self.fields["own"].error_messages
        )
