"""Filters of the pages about calls."""

from __future__ import annotations

from django import template

from campaigns.services.masking import Numbers
from campaigns.templatetags.campaigns import UNKNOWN

register = template.Library()


@register.filter
def running_time(seconds: int | None) -> str:
    """1:14 for 74 seconds, 1:00:02 above an hour."""
    if seconds is None or seconds < 0:
        return UNKNOWN
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def person_number(number: str | None, reader: object) -> str:
    """A person's number as this reader may see it."""
    return Numbers(reader).show(number)
