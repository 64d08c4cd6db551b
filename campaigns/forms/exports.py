"""Exports: the format of a new one, and the pages of their list."""

from __future__ import annotations

from django import forms

from campaigns.forms.handing_over import PAGE_ERRORS
from campaigns.models import Export


class ExportForm(forms.Form):
    """What the file is to be; its calls are those of the address."""

    token = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": "Open the page again.", "invalid": "Open the page again."},
    )
    format = forms.ChoiceField(
        label="Format",
        choices=[
            (Export.Format.CSV, "CSV, for any system"),
            (Export.Format.XLSX, "XLSX, for Excel"),
        ],
        initial=Export.Format.CSV,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose CSV or XLSX.", "invalid_choice": "Choose CSV or XLSX."},
    )


class ExportListForm(forms.Form):
    """The query string of ``/calls/exports/``."""

    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000, error_messages=PAGE_ERRORS)
