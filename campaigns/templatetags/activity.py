"""What people did, in words."""

from __future__ import annotations

from typing import Final

from django import template
from django.urls import reverse

from callfire_api import Batch
from campaigns.actions import ACTIONS
from campaigns.labels import Badge, batch_badge
from campaigns.models import AuditEvent

register = template.Library()


# What follows the name of who did it: once it is done, and before that.
_DEEDS: Final = {
    "create": ("made it", "asked to make it"),
    "update": ("changed it", "asked to change it"),
    "add people": ("added people", "asked to add people"),
    "switch people": ("switched people off or on", "asked to switch people off or on"),
    "test call": ("had a test call made", "asked for a test call"),
    "upload": ("uploaded people", "uploaded people"),
    "check upload again": ("had an upload checked again", "asked to check an upload again"),
    "download rows left out": ("took the rows an upload left out", "asked for the rows an upload left out"),
    "agree to calls at once": ("agreed to calls at once", "asked for calls at once"),
    "hand over": ("handed people over", "asked to hand people over"),
    "pause upload": ("paused an upload", "asked to pause an upload"),
    "resume upload": ("resumed an upload", "asked to resume an upload"),
    "cancel upload": ("cancelled an upload", "asked to cancel an upload"),
    "send refused chunk again": ("had a refused chunk sent again", "asked to send a refused chunk again"),
    "look for chunk": ("had an uncertain chunk looked for", "asked to look for an uncertain chunk"),
    "send chunk again": ("had an uncertain chunk sent again", "asked to send an uncertain chunk again"),
    "leave chunk out": ("left a chunk out", "asked to leave a chunk out"),
    "disable batches": ("disabled the batches of an upload", "asked to disable the batches of an upload"),
    "disable twin batch": ("switched off a second batch", "asked to switch off a second batch"),
    "quick calls": ("placed quick calls", "asked for quick calls"),
    "reveal number": ("looked at a whole number", "asked for a whole number"),
    "listen": ("listened to it", "asked to listen to it"),
    "download recording": ("downloaded it", "asked to download it"),
    "end of upload": ("finished an upload", "asked to finish an upload"),
}

# Where a thing that something was done to is looked at.
_PAGES: Final = {"broadcast": "broadcast_detail", "call": "call_detail", "recording": "recording_detail"}


@register.filter
def object_url(event: AuditEvent) -> str:
    """The page of what it was done to; empty where there is none."""
    page = _PAGES.get(event.object_kind)
    return reverse(f"campaigns:{page}", args=[event.object_id]) if page and event.object_id else ""


@register.filter
def action_label(event: AuditEvent) -> str:
    """The words on the button that was pressed."""
    return ACTIONS[event.action].label if event.action in ACTIONS else event.action.capitalize()


@register.filter
def deed(event: AuditEvent) -> str:
    """What follows the name of who did it: "started it" once it is done, "asked to start it" before that."""
    if event.action in ACTIONS:
        done, asked = f"{ACTIONS[event.action].past} it", f"asked to {event.action} it"
    else:
        done, asked = _DEEDS.get(event.action, (event.action, event.action))
    return done if event.outcome == AuditEvent.Outcome.DONE else asked


@register.filter
def badge_of_batch(batch: Batch) -> Badge:
    """How far CallFire is with a batch, or that it is switched off."""
    return batch_badge(batch.status, enabled=batch.enabled)
