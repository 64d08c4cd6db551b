"""Filters of the broadcast list, and the forms behind its actions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator

from campaigns.actions import ACTIONS, Action
from campaigns.services.listing import BroadcastQuery

SORTS: Final = ("-changed", "changed", "name", "-name", "status", "-status")
PER_PAGE: Final = (25, 50, 100)
MOST_SELECTED: Final = 100


class WordsField(forms.Field):
    """Several words of CallFire, given as repeated parameters; any word is allowed, known or not."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> tuple[str, ...]:
        words = [str(word).strip() for word in value or [] if str(word).strip()]
        for word in words:
            MaxLengthValidator(64, "This status is not one of CallFire’s words.")(word)
            ProhibitNullCharactersValidator()(word)
        return tuple(dict.fromkeys(words))


class BroadcastFilterForm(forms.Form):
    """The query string of ``/broadcasts/``."""

    q = forms.CharField(
        required=False,
        max_length=200,
        label="Name or ID",
        error_messages={"max_length": "Search for at most 200 characters."},
    )
    status = WordsField(required=False)
    label = forms.CharField(required=False, max_length=255)
    running = forms.TypedChoiceField(
        required=False,
        coerce=lambda word: word in {"true", "1"},
        empty_value=None,
        choices=[(word, word) for word in ("true", "false", "1", "0")],
        error_messages={"invalid_choice": "Write running=true or running=false."},
    )
    sort = forms.ChoiceField(
        required=False,
        choices=[(sort, sort) for sort in SORTS],
        error_messages={"invalid_choice": "Sort by changed, name or status."},
    )
    page = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1_000_000,
        error_messages={"invalid": "The page is a number.", "min_value": "The first page is 1."},
    )
    per_page = forms.TypedChoiceField(
        required=False,
        coerce=int,
        choices=[(str(size), str(size)) for size in PER_PAGE],
        error_messages={"invalid_choice": "Show 25, 50 or 100 a page."},
    )

    def to_query(self) -> BroadcastQuery:
        """The query; what is wrong or missing takes its default, so that the page always shows something."""
        wanted = self.cleaned_data
        return BroadcastQuery(
            text=wanted.get("q") or "",
            statuses=wanted.get("status") or (),
            label=wanted.get("label") or "",
            running=wanted.get("running"),
            sort=wanted.get("sort") or SORTS[0],
            page=wanted.get("page") or 1,
            per_page=wanted.get("per_page") or PER_PAGE[0],
        )


class IntentForm(forms.Form):
    """The token of a page that asks before it acts: the same page sent twice is one intent."""

    token = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def to_token(self) -> uuid.UUID | None:
        """The token; None for a request that brings none, which is an intent of its own."""
        return self.cleaned_data.get("token") if self.is_valid() else None


class IdsField(forms.Field):
    """Ids of broadcasts, given as repeated parameters."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        try:
            ids = [int(each) for each in value or []]
        except ValueError:
            raise forms.ValidationError("A broadcast’s ID is a whole number.") from None
        if any(not 0 < each < 2**63 for each in ids):
            raise forms.ValidationError("A broadcast’s ID is a whole number.")
        return list(dict.fromkeys(ids))

    def validate(self, value: Sequence[int]) -> None:
        if not value:
            raise forms.ValidationError("Select at least one broadcast, then choose what to do.")
        if len(value) > MOST_SELECTED:
            raise forms.ValidationError(f"Select at most {MOST_SELECTED} broadcasts at a time.")


class RowsForm(forms.Form):
    """The rows of the list that change by themselves."""

    id = IdsField()


class SelectionForm(IntentForm):
    """Several broadcasts, and what to do with them."""

    action = forms.ChoiceField(
        choices=[("stop", "stop"), ("archive", "archive")],
        error_messages={
            "required": "Choose Stop or Archive.",
            "invalid_choice": "Several broadcasts can be stopped or archived, nothing else.",
        },
    )
    id = IdsField()

    def to_action(self) -> Action:
        """What to do; only after the form was found valid."""
        return ACTIONS[self.cleaned_data["action"]]
