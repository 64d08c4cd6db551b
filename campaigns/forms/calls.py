"""The filters of the call log."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils import timezone

from campaigns.labels import CALL_RESULTS, CALL_STATES, in_a_row
from campaigns.models import BroadcastSnapshot
from campaigns.services import numbers, saved_views
from campaigns.services.call_log import PERIODS, QUICK_CALLS, SIZES, CallQuery

MOST_IDS: Final = 100
_OF_BROADCAST: Final = 10
_ID: Final = re.compile(r"[0-9]{1,19}", re.ASCII)
_NAMED: Final = re.compile(r".*\(ID ([0-9]{1,19})\)", re.DOTALL)
_TIME: Final = re.compile(r"20\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?", re.ASCII)
_WRITE_TIME: Final = "Write the time as 2026-11-23T09:00."
_PAGE: Final = "Go back to the first page: this one has no such address."
_FIRST_MOMENT: Final = 946_684_800_000  # the year 2000, in milliseconds
_LAST_MOMENT: Final = 4_102_444_800_000  # the year 2100


class BroadcastField(forms.CharField):
    """A broadcast by its id or its name; 0 stands for quick calls."""

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        if text.casefold() == "quick calls":
            return QUICK_CALLS
        if number := _ID.fullmatch(text) or _NAMED.fullmatch(text):
            return _id(number[number.re.groups])
        return self._by_name(text)

    def _by_name(self, name: str) -> int:
        seen = BroadcastSnapshot.objects.filter(gone_at=None)
        found = list(seen.filter(name_folded=name.casefold()).values_list("pk", flat=True)[:2])
        found = found or list(
            seen.filter(name_folded__contains=name.casefold()).values_list("pk", flat=True)[:2]
        )
        if len(found) != 1:
            known = "Several broadcasts are called" if found else "No broadcast is called"
            raise forms.ValidationError(f"{known} like this. Choose one from the list, or enter its ID.")
        return found[0]


class IdField(forms.Field):
    """One of CallFire's ids."""

    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip()
        return _id(text) or None if text else None


class CallIdsInput(forms.TextInput):
    """One line for all ids; an address may also repeat the parameter."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        return ", ".join(data.getlist(name) if hasattr(data, "getlist") else filter(None, [data.get(name)]))


class CallIdsField(forms.Field):
    """Ids of calls with commas or blanks between them."""

    widget = CallIdsInput

    def to_python(self, value: Any) -> tuple[int, ...]:
        ids = tuple(dict.fromkeys(_id(word) for word in re.split(r"[,;\s]+", value or "") if word))
        if len(ids) > MOST_IDS:
            raise forms.ValidationError(f"Look for at most {MOST_IDS} calls at a time. These are {len(ids)}.")
        return ids


class NumberField(forms.CharField):
    """A phone number in any usual spelling, as eleven digits."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        read = numbers.parse(text)
        if isinstance(read, numbers.Problem):
            raise forms.ValidationError(read.sentence)
        return read.digits


class LocalTimeInput(forms.TextInput):
    """A day and a time, by the browser's own picker, which cannot show what is none."""

    input_type = "datetime-local"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if value and not _TIME.fullmatch(value):
            context["widget"]["type"] = "text"
        return context


class MomentField(forms.CharField):
    """A local time as browsers send it, 2026-11-23T09:00; a day alone is its midnight."""

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            if _TIME.fullmatch(text):
                return datetime.fromisoformat(text)
        except ValueError:
            pass
        raise forms.ValidationError(_WRITE_TIME)


class OffsetField(forms.IntegerField):
    """How many calls come before a page."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            min_value=0,
            max_value=100_000_000,
            error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _PAGE),
        )


class CallFilterForm(forms.Form):
    """The query string of ``/calls/``."""

    to = NumberField(required=False, max_length=64, label="Number called")
    broadcast = BroadcastField(required=False, max_length=300, label="Broadcast")
    result = forms.MultipleChoiceField(
        required=False,
        label="Result",
        choices=[(str(result), told.label) for result, told in CALL_RESULTS.items()],
        error_messages={"invalid_choice": "CallFire knows no result called “%(value)s”."},
    )
    state = forms.MultipleChoiceField(
        required=False,
        label="State",
        choices=[(str(state), told.label) for state, told in CALL_STATES.items()],
        error_messages={"invalid_choice": "CallFire knows no state called “%(value)s”."},
    )
    period = forms.ChoiceField(
        required=False,
        label="Period",
        choices=[("", "Any time"), *PERIODS.items()],
        error_messages={"invalid_choice": "Choose today, 24 hours or 7 days, or enter times."},
    )
    begin = MomentField(required=False, max_length=32, label="From", widget=LocalTimeInput)
    end = MomentField(required=False, max_length=32, label="Until", widget=LocalTimeInput)
    zone = forms.CharField(required=False, max_length=64, label="Time zone")
    batch = IdField(required=False, label="Batch ID")
    direction = forms.ChoiceField(
        required=False,
        label="Direction",
        choices=[("", "Both ways"), ("outbound", "Outbound"), ("inbound", "Inbound")],
        error_messages={"invalid_choice": "Calls are inbound or outbound."},
    )
    label = forms.CharField(
        required=False,
        max_length=255,
        label="Label",
        widget=forms.TextInput(attrs={"list": "known-labels"}),
    )
    id = CallIdsField(required=False, label="Call IDs")
    until = forms.IntegerField(
        required=False,
        min_value=_FIRST_MOMENT,
        max_value=_LAST_MOMENT,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _PAGE),
    )
    offset = OffsetField()
    size = forms.TypedChoiceField(
        required=False,
        coerce=int,
        label="Calls a page",
        choices=[(str(size), f"{size} a page") for size in SIZES],
        error_messages={"invalid_choice": "Show 25, 50 or 100 calls a page."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = NumberField(required=False, max_length=64, label="Number that called")

    def clean_zone(self) -> str:
        """The zone of the times in the address; the reader's own when it names none."""
        zone: str = self.cleaned_data["zone"] or timezone.get_current_timezone_name()
        try:
            return ZoneInfo(zone).key
        except (KeyError, ValueError, OSError):
            raise forms.ValidationError("Name the time zone like America/Los_Angeles.") from None

    def clean(self) -> dict[str, Any]:
        """Times are read in their zone; the last must not lie before the first, nor beside a period.

        A filter that does not exist is refused: without it, more calls would be found than were asked for.
        """
        wanted = super().clean() or {}
        _refuse_unknown(self)
        if "zone" in wanted:
            for key in ("begin", "end"):
                local = wanted.get(key)
                wanted[key] = local.replace(tzinfo=ZoneInfo(wanted["zone"])) if local else None
        begin, end = wanted.get("begin"), wanted.get("end")
        if begin and end and end < begin:
            self.add_error("end", "The last moment lies before the first.")
        if wanted.get("period") and (begin or end):
            self.add_error("period", "Choose a period or enter times, not both.")
        return wanted

    def to_query(self) -> CallQuery:
        """The query; only after the form was found valid."""
        wanted = self.cleaned_data
        until = wanted["until"]
        return CallQuery(
            broadcast=wanted["broadcast"],
            batch=wanted["batch"],
            from_number=wanted["from"],
            to_number=wanted["to"],
            ids=wanted["id"],
            inbound={"inbound": True, "outbound": False}.get(wanted["direction"]),
            begin=wanted["begin"],
            end=wanted["end"],
            period=wanted["period"],
            zone=wanted["zone"],
            label=wanted["label"],
            results=tuple(dict.fromkeys(wanted["result"])),
            states=tuple(dict.fromkeys(wanted["state"])),
            until=datetime.fromtimestamp(until / 1000, UTC) if until is not None else None,
            offset=wanted["offset"] or 0,
            size=wanted["size"] or SIZES[0],
        )


def _refuse_unknown(form: forms.Form) -> None:
    if unknown := [f"“{name}”" for name in form.data if name not in form.fields]:
        sentence = f"There is no filter called {in_a_row(unknown, 'or')}. Take it out of the address."
        form.add_error(None, sentence)


def _id(text: str) -> int:
    if not _ID.fullmatch(text) or int(text) >= 2**63:
        raise forms.ValidationError("An ID of CallFire is a whole number, like 482210003.")
    return int(text)


class BroadcastCallsForm(forms.Form):
    """The query string of a broadcast's own list."""

    batch = IdField(required=False, label="Batch ID")
    offset = OffsetField()

    def clean(self) -> dict[str, Any]:
        """CallFire's own list of a broadcast knows no other filter."""
        _refuse_unknown(self)
        return super().clean() or {}

    def to_query(self, broadcast_id: int) -> CallQuery:
        """The query; only after the form was found valid."""
        return CallQuery(
            broadcast=broadcast_id,
            batch=self.cleaned_data["batch"],
            offset=self.cleaned_data["offset"] or 0,
            size=_OF_BROADCAST,
        )


class SavedViewForm(forms.Form):
    """Filters of the call log, and the name to keep them under."""

    name = forms.CharField(
        max_length=60,
        error_messages={
            "required": "Give the view a name.",
            "max_length": "Use at most 60 characters for the name.",
        },
    )
    query = forms.CharField(required=False)

    def clean_query(self) -> CallQuery:
        """The filters, read as the call log reads them."""
        filters = CallFilterForm(QueryDict(self.cleaned_data["query"]))
        if not filters.is_valid():
            raise forms.ValidationError("These filters cannot be read. Go back and filter again.")
        query = filters.to_query()
        if len(saved_views.kept(query)) > saved_views.LONGEST:
            raise forms.ValidationError("These are more filters than a view keeps. Take some away.")
        return query

    def to_query(self) -> CallQuery:
        """The filters to keep; only after the form was found valid."""
        query: CallQuery = self.cleaned_data["query"]
        return query
