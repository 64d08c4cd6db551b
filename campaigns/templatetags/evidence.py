"""What is kept with an event of the activity."""

from __future__ import annotations

from django import template

from campaigns.services import evidence

register = template.Library()

register.filter("evidence", evidence.of)
