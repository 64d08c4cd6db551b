"""The rows of a broadcast's schedule: when it starts and stops by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final, cast
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.forms.utils import ErrorDict
from django.utils import timezone

from callfire_api import Broadcast, DayOfWeek
from callfire_api.wire import read
from campaigns.forms.fields import Choice, Choices, Clock, Day
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
    """One row of the schedule: when it starts and stops by itself, on which days, on whose clock.

    Args:
        is_new: whether the broadcast is still to be made, so that nothing of the row is at CallFire yet.
    """

    start_date = Day(label="Start date", error_messages={"required": "Choose the first day."})
    start_time = Clock(label="Start time", error_messages={"required": "Choose when it starts."})
    stop_date = Day(label="End date", required=False)
    stop_time = Clock(label="End time", required=False)
    days = Choices(label="Days", choices=DAYS, required=False)
    zone = Choice(label="Time zone", choices=ZONES)

    def __init__(self, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_permitted = False
        self.is_new = is_new or not self.initial
        held, typed = self.initial.get("zone"), self.data.get(self.add_prefix("zone")) if self.data else ""
        others = [zone for zone in (typed,) if zone in available_timezones()]
        if self.initial:
            others.append(held or "")
        cast(forms.ChoiceField, self.fields["zone"]).choices = [
            *ZONES,
            *((zone, zone or "Not said") for zone in dict.fromkeys(others) if zone not in dict(ZONES)),
        ]

    def full_clean(self) -> None:
        """A row that CallFire holds and nobody touched is not judged."""
        super().full_clean()
        if self.is_held:
            cast(Any, self)._errors = ErrorDict()

    @property
    def is_held(self) -> bool:
        """Whether CallFire holds the row just as it stands here."""
        return self.is_bound and not self.is_new and not self.has_changed()

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
        self._check_start(wanted)
        return wanted

    def _check_start(self, wanted: Mapping[str, Any]) -> None:
        """Nobody has shown what CallFire does with a start that is over: it may call people at once."""
        is_set = self.is_new or {"start_date", "start_time", "zone"} & set(self.changed_data)
        if not is_set or self.errors or wanted["zone"] not in available_timezones():
            return
        start = datetime.combine(wanted["start_date"], wanted["start_time"], ZoneInfo(wanted["zone"]))
        if start <= timezone.now():
            self.add_error(
                "start_date", "This start is over already. Choose one still to come, or start it by hand."
            )

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


_Rows = formset_factory(
    ScheduleForm,
    extra=0,
    can_delete=True,
    max_num=SCHEDULES_MAX,
    absolute_max=SCHEDULES_MAX + 1,
    validate_max=True,
)


def rows(data: Any, *, before: Mapping[str, Any]) -> BaseFormSet[ScheduleForm]:
    """The rows of a form that begins with the broadcast ``before``; ``data`` is None when it is opened."""
    return _Rows(
        data,
        prefix="schedules",
        initial=rows_of(before),
        form_kwargs={"is_new": not before.get("id")},
        error_messages={
            "missing_management_form": "The schedule arrived damaged. Open this page again.",
            "too_many_forms": "Use at most %(num)d schedules.",
        },
    )


def rows_of(wire: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The schedules of a broadcast in CallFire's JSON, as the rows begin."""
    return [
        {
            "start_date": schedule.start_date,
            "start_time": _minute(schedule.start_time_of_day),
            "stop_date": schedule.stop_date,
            "stop_time": _minute(schedule.stop_time_of_day),
            "days": [day.value for day in schedule.days_of_week],
            "zone": schedule.time_zone,
        }
        for schedule in read(Broadcast, dict(wire)).schedules
    ]


def wire_of(forms: Iterable[ScheduleForm], before: Mapping[str, Any]) -> list[Wire]:
    """The rows that are to stay, as CallFire writes them; those it holds already as it wrote them."""
    held = read(Broadcast, dict(before)).schedules
    staying = [
        dict(held[position].raw) if row.is_held else row.to_wire()
        for position, row in enumerate(forms)
        if not row.cleaned_data.get("DELETE")
    ]
    return [
        {key: value for key, value in each.items() if key not in {"id", "campaignId"}} for each in staying
    ]


def _minute(moment: time | None) -> time | None:
    """As a browser shows it, without seconds."""
    return moment.replace(second=0) if moment is not None else None


def _day(day: date) -> Wire:
    return {"year": day.year, "month": day.month, "day": day.day}


def _time(moment: time) -> Wire:
    return {"hour": moment.hour, "minute": moment.minute, "second": moment.second}
