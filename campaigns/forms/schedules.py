"""The rows of a broadcast's schedule: when it starts and stops by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any, Final, cast
from zoneinfo import available_timezones

from django import forms
from django.forms import formset_factory
from django.utils import timezone

from callfire_api import Broadcast, DayOfWeek
from callfire_api.wire import read
from campaigns.services.units import Wire

SCHEDULES_MAX: Final = 20
FIRST_YEAR, LAST_YEAR = 2005, 2100
ZONES: Final = [
    ("America/New_York", "Eastern (New York)"),
    ("America/Chicago", "Central (Chicago)"),
    ("America/Denver", "Mountain (Denver)"),
    ("America/Phoenix", "Arizona (Phoenix)"),
    ("America/Los_Angeles", "Pacific (Los Angeles)"),
    ("America/Anchorage", "Alaska (Anchorage)"),
    ("Pacific/Honolulu", "Hawaii (Honolulu)"),
    ("America/Puerto_Rico", "Atlantic (Puerto Rico)"),
]
DAYS: Final = [(day.value, day.value.title()[:3]) for day in DayOfWeek.known()]


class ScheduleForm(forms.Form):
    """One row of the schedule: when it starts and stops by itself, on which days, on whose clock."""

    start_date = forms.DateField(
        label="Start date",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Choose the first day."},
    )
    start_time = forms.TimeField(
        label="Start time",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": "Choose when it starts."},
    )
    stop_date = forms.DateField(
        label="End date", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    stop_time = forms.TimeField(
        label="End time", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    days = forms.MultipleChoiceField(
        label="Days", choices=DAYS, required=False, widget=forms.CheckboxSelectMultiple
    )
    zone = forms.ChoiceField(label="Time zone", choices=ZONES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_permitted = False
        given = str(self.initial.get("zone") or (self.data.get(self.add_prefix("zone")) if self.data else ""))
        if given in available_timezones() and given not in dict(ZONES):
            cast(forms.ChoiceField, self.fields["zone"]).choices = [*ZONES, (given, given)]

    def clean(self) -> dict[str, Any]:
        """It must end after it starts, and stop before the day is over."""
        wanted = super().clean() or {}
        start, stop = wanted.get("start_date"), wanted.get("stop_date")
        for name, day in (("start_date", start), ("stop_date", stop)):
            if isinstance(day, date) and not FIRST_YEAR <= day.year <= LAST_YEAR:
                self.add_error(name, f"Choose a day between {FIRST_YEAR} and {LAST_YEAR}.")
        if isinstance(stop, date) and stop < timezone.localdate() - timedelta(days=1) and self.has_changed():
            self.add_error("stop_date", "The last day is over already.")
        if isinstance(start, date) and isinstance(stop, date) and stop < start:
            self.add_error("stop_date", "The last day lies before the first.")
        begin, end = wanted.get("start_time"), wanted.get("stop_time")
        if isinstance(begin, time) and isinstance(end, time) and end <= begin:
            self.add_error("stop_time", "End later on the day than it starts.")
        return wanted

    def to_wire(self) -> Wire:
        """The row as CallFire writes it."""
        wanted = self.cleaned_data
        wire: Wire = {
            "startDate": _day(wanted["start_date"]),
            "startTimeOfDay": _time(wanted["start_time"]),
            "timeZone": wanted["zone"],
        }
        if wanted["stop_date"]:
            wire["stopDate"] = _day(wanted["stop_date"])
        if wanted["stop_time"]:
            wire["stopTimeOfDay"] = _time(wanted["stop_time"])
        if wanted["days"]:
            wire["daysOfWeek"] = wanted["days"]
        return wire


ScheduleFormSet = formset_factory(
    ScheduleForm,
    extra=0,
    can_delete=True,
    max_num=SCHEDULES_MAX,
    absolute_max=SCHEDULES_MAX + 1,
    validate_max=True,
)


def rows_of(wire: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The schedules of a broadcast in CallFire's JSON, as the rows begin."""
    return [
        {
            "start_date": schedule.start_date,
            "start_time": schedule.start_time_of_day,
            "stop_date": schedule.stop_date,
            "stop_time": schedule.stop_time_of_day,
            "days": [day.value for day in schedule.days_of_week],
            "zone": schedule.time_zone,
        }
        for schedule in read(Broadcast, dict(wire)).schedules
    ]


def _day(day: date) -> Wire:
    return {"year": day.year, "month": day.month, "day": day.day}


def _time(moment: time) -> Wire:
    return {"hour": moment.hour, "minute": moment.minute, "second": moment.second}
