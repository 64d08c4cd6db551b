"""Between a form, the page on which two people's changes are compared, and the form of what comes of both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django import forms
from django.http import QueryDict

from campaigns.forms import schedules
from campaigns.forms.broadcasts import IntentForm
from campaigns.forms.decisions import initial_of
from campaigns.services.units import Wire

_LAST_MOMENT: Final = 4_102_444_800_000  # the year 2100, in milliseconds


class OpenedForm(IntentForm):
    """What a page of changes carries besides them: its token, and when the broadcast was read for it."""

    opened_at = forms.IntegerField(required=False, min_value=0, max_value=_LAST_MOMENT)

    def to_moment(self) -> datetime | None:
        """When the broadcast was read; None for a page that does not say."""
        moment = self.cleaned_data.get("opened_at") if self.is_valid() else None
        return None if moment is None else datetime.fromtimestamp(moment / 1000, UTC)


def milliseconds(moment: datetime) -> int:
    """The moment as a page carries it."""
    return int(moment.timestamp() * 1000)


def sides(data: Mapping[str, Any]) -> dict[str, str]:
    """Whose side was chosen on the page of a conflict, by the name of each clash."""
    return {
        key.removeprefix("take-"): str(data[key])
        for key in data
        if key.startswith("take-") and data[key] in {"theirs", "yours"}
    }


def as_typed(wire: Wire, *, before: Wire, reason: str) -> QueryDict:
    """The fields of a form that begins with ``before``, as somebody would fill it to make this broadcast.

    Both in CallFire's JSON; ``reason`` is why people may be called outside the usual hours.
    """
    rows = schedules.rows_of(wire)
    rows += [row | {"DELETE": True} for row in schedules.rows_of(before)[len(rows) :]]
    fields = {**initial_of(wire), "hours_reason": reason}
    fields |= {"schedules-TOTAL_FORMS": len(rows), "schedules-INITIAL_FORMS": len(rows)}
    for position, row in enumerate(rows):
        fields |= {f"schedules-{position}-{name}": value for name, value in row.items()}
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        if isinstance(value, bool):
            value = "on" if value else None
        if value is not None:
            data.setlist(name, [str(each) for each in value] if isinstance(value, list) else [str(value)])
    return data
