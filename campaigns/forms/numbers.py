"""What somebody types into the search for a number."""

from __future__ import annotations

from django import forms

from campaigns.forms.calls import NumberField


class NumberForm(forms.Form):
    """The query string of ``/numbers/``."""

    q = NumberField(
        max_length=64,
        label="Phone number",
        error_messages={"required": "Enter a phone number.", "max_length": "No phone number is as long."},
    )
