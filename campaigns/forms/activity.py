"""Filters of the activity page."""

from __future__ import annotations

from typing import Any

from django import forms

from campaigns.models import AuditEvent
from campaigns.services.audit import ActivityQuery


class PersonField(forms.Field):
    """A person's id, or ``me``."""

    def __init__(self, *, me: int | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.me = me

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        if value == "me":
            return self.me
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
            return int(value)
        raise forms.ValidationError("Choose a person from the list.")


class ActivityFilterForm(forms.Form):
    """The query string of ``/activity/``."""

    q = forms.CharField(required=False, max_length=200, label="Search")
    action = forms.CharField(required=False, max_length=64)
    outcome = forms.ChoiceField(
        required=False,
        choices=[("", "Any outcome"), *AuditEvent.Outcome.choices],
        error_messages={"invalid_choice": "Choose an outcome from the list."},
    )
    object = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        error_messages={"invalid": "A broadcast’s ID is a whole number."},
    )
    since = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Write the day as 2026-11-23."},
    )
    until = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Write the day as 2026-11-23."},
    )
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)

    def __init__(self, *args: Any, me: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["by"] = PersonField(required=False, me=me)

    def clean(self) -> dict[str, Any]:
        """The last day must not lie before the first."""
        wanted = super().clean() or {}
        since, until = wanted.get("since"), wanted.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day lies before the first.")
        return wanted

    def to_query(self) -> ActivityQuery:
        """The query; what is wrong or missing is left out, so that the page always shows something."""
        wanted = self.cleaned_data
        return ActivityQuery(
            text=wanted.get("q") or "",
            by=wanted.get("by"),
            action=wanted.get("action") or "",
            outcome=wanted.get("outcome") or "",
            broadcast_id=wanted.get("object"),
            since=wanted.get("since"),
            until=wanted.get("until"),
            page=wanted.get("page") or 1,
        )
