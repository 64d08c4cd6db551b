"""The field of ``/recordings/``."""

from __future__ import annotations

from typing import Final

from django import forms

_NO_ID: Final = "This is no id. Ids are whole numbers, such as 18044207003."


class RecordingForm(forms.Form):
    """The id of a recording or of a call."""

    id = forms.IntegerField(
        label="Recording ID or call ID",
        min_value=1,
        max_value=2**63 - 1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": "Write the id of a recording or of a call.",
            "invalid": _NO_ID,
            "min_value": _NO_ID,
            "max_value": _NO_ID,
        },
    )
