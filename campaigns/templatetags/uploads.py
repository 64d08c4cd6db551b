"""Uploads and chunks: their badges and bars."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from campaigns import labels
from campaigns.labels import Badge
from campaigns.models import Chunk
from campaigns.services.upload_bars import Part

register = template.Library()
register.filter("upload_badge", labels.upload_badge)


@register.filter
def chunk_badge(chunk: Chunk) -> Badge:
    """Where a chunk stands, or that its batch is switched off."""
    return labels.chunk_badge(chunk.state, enabled=chunk.batch_enabled)


@register.filter
def people(count: int) -> str:
    """1 person, 1,000 people; a contact list, of which only CallFire knows who is in it, counts nobody."""
    return "1 person" if count == 1 else f"{count:,} people" if count else "a contact list"


@register.filter
def ago(at: datetime) -> str:
    """3 days, 2 hours ago; what is less than a minute old was just now."""
    return f"{timesince(at)} ago" if timezone.now() - at >= timedelta(minutes=1) else "just now"


@register.simple_tag
def bar(parts: Iterable[Part], label: str) -> SafeString:
    """A bar of an upload; ``label`` says in words what it shows."""
    rects = format_html_join(
        "",
        '<rect class="bar__{}" x="{}%" width="{}%" height="100%"/>',
        ((part.kind, f"{part.start:.2f}", f"{part.width:.2f}") for part in parts),
    )
    return format_html('<svg class="bar" role="img" aria-label="{}">{}</svg>', label, rects)
