"""Tags and filters that every template has without loading them: figures, moments, numbers, badges, icons.

Figures come out as plain strings, already in the form the screens use; an unknown one is an en dash.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Final, Protocol

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from campaigns import labels
from campaigns.labels import Badge

register = template.Library()

UNKNOWN: Final = "–"
_MESSAGES: Final = {"success": ("good", "ok"), "warning": ("warn", "warn"), "error": ("bad", "error")}


class Segment(Protocol):
    """A part of the outcome bar; ``start`` and ``width`` in percent."""

    @property
    def key(self) -> str: ...
    @property
    def start(self) -> float: ...
    @property
    def width(self) -> float: ...


register.filter("broadcast_badge", labels.broadcast_badge)
register.filter("call_state_badge", labels.call_state_badge)
register.filter("call_result", labels.call_result)
register.filter("outcome_tone", labels.outcome_tone)
register.filter("recording_badge", labels.recording_badge)
register.filter("audit_badge", labels.audit_badge)


@register.filter
def count(number: int | float | None) -> str:
    """48,210; a fraction is rounded."""
    return UNKNOWN if number is None else f"{number:,.0f}"


@register.filter
def percent(share: float | None) -> str:
    """64.8% of a share between 0 and 1. Only nothing reads 0% and only everything reads 100%."""
    if share is None:
        return UNKNOWN
    if share <= 0:
        return "0%"
    if share >= 1:
        return "100%"
    return f"{min(max(100 * share, 0.1), 99.9):.1f}%"


@register.filter
def credits(amount: Decimal | float | None) -> str:
    """9,412.35"""
    return UNKNOWN if amount is None else f"{amount:,.2f}"


@register.filter
def phone(number: str | None) -> str:
    """(213) 555-0111, or an en dash where there is no number."""
    return labels.nice_number(number) or UNKNOWN


@register.filter
def clock(moment: datetime | None) -> str:
    """14:02:07 on the reader's clock."""
    return UNKNOWN if not moment else f"{timezone.localtime(moment):%H:%M:%S}"


@register.filter
def day(moment: datetime | None) -> str:
    """Monday, November 23 on the reader's calendar."""
    if not moment:
        return UNKNOWN
    local = timezone.localtime(moment)
    return f"{local:%A, %B} {local.day}"


@register.filter
def minutes(span: timedelta | None) -> str:
    """15 minutes, rounded up."""
    whole = ceil(span.total_seconds() / 60) if span else 0
    return "1 minute" if whole == 1 else f"{whole:,} minutes"


@register.filter
def initials(name: str) -> str:
    """DR for Dana Ruiz."""
    return "".join(word[0] for word in name.split()[:2]).upper()


@register.filter
def message_tone(message: Message) -> str:
    """The tone of one of Django's messages."""
    return _MESSAGES.get(message.level_tag, ("info", "info"))[0]


@register.filter
def message_glyph(message: Message) -> str:
    """The drawing beside one of Django's messages."""
    return _MESSAGES.get(message.level_tag, ("info", "info"))[1]


@register.simple_tag
def moment(at: datetime | None, *, exact: bool = False) -> SafeString | str:
    """A ``time`` element: 14:02:07 today, Nov 21, 19:46 before that, with the year when it is another one.

    ``exact``: to the second before today as well.
    """
    if not at:
        return UNKNOWN
    local, today = timezone.localtime(at), timezone.localdate()
    if local.date() == today:
        text = f"{local:%H:%M:%S}"
    else:
        year = "" if local.year == today.year else f", {local.year}"
        clock = f"{local:%H:%M:%S}" if exact else f"{local:%H:%M}"
        text = f"{local:%b} {local.day}{year}, {clock}"
    return format_html('<time datetime="{}">{}</time>', at.isoformat(timespec="seconds"), text)


@register.simple_tag
def icon(name: str, kind: str = "") -> SafeString:
    """A drawing from ``icons.svg``, silent to screen readers. ``kind`` takes ``solid``, ``s`` or both."""
    kinds = "".join(f" icon--{word}" for word in kind.split())
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>', kinds, static("icons.svg"), name
    )


@register.simple_tag
def badge(shown: Badge, kind: str = "") -> SafeString:
    """A badge: glyph, word and tone. ``kind`` takes ``plain``."""
    kinds = f"{' badge--live' if shown.live else ''}{f' badge--{kind}' if kind else ''}"
    return format_html(
        '<span class="badge{}" data-tone="{}" title="{}">{}{}</span>',
        kinds,
        shown.tone,
        shown.help,
        icon(shown.glyph),
        shown.label,
    )


@register.simple_tag
def strip(segments: Iterable[Segment], label: str, kind: str = "") -> SafeString:
    """The outcome bar; ``label`` says in words what it shows, ``kind`` takes thin, thick, stale."""
    kinds = "".join(f" strip--{word}" for word in kind.split())
    rects = format_html_join(
        "",
        '<rect data-o="{}" x="{}%" width="{}%" height="100%"/>',
        ((part.key, f"{part.start:.2f}", f"{part.width:.2f}") for part in segments),
    )
    return format_html('<svg class="strip{}" role="img" aria-label="{}">{}</svg>', kinds, label, rects)


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's widget with the class our stylesheet knows; lists of choices and tick boxes have none."""
    widget = field.field.widget
    if getattr(widget, "input_type", "") in {"checkbox", "radio", "hidden"}:
        return field.as_widget()
    return field.as_widget(attrs={"class": " ".join(filter(None, ("input", widget.attrs.get("class"))))})
