"""Everything that was asked for and is not settled: who looks up what became of it.

One table, by the name of the action; whatever crashed in between, the next round finds the event here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.utils import timezone

from campaigns.actions import ACTIONS
from campaigns.models import AuditEvent
from campaigns.services import (
    adding,
    broadcasts,
    disabling,
    drafts,
    own_numbers,
    people,
    quick_calls,
    single_calls,
    switching,
    test_calls,
)

# Whoever tries an action settles it within a moment; a look-up in between would only be in the way.
_QUIET: Final = timedelta(seconds=4)

FOLLOW_UPS: Final[dict[str, Callable[[AuditEvent], AuditEvent]]] = {
    **dict.fromkeys(ACTIONS, broadcasts.follow_up),
    drafts.CREATE: drafts.follow_up_create,
    drafts.UPDATE: drafts.follow_up_update,
    disabling.DISABLE: disabling.follow_up,
    people.ADD: adding.follow_up,
    people.SWITCH: switching.follow_up,
    quick_calls.CALL: quick_calls.follow_up,
    own_numbers.CONFIRM: single_calls.follow_up,
    test_calls.TEST: single_calls.follow_up,
}


def events() -> list[AuditEvent]:
    """What is not settled, oldest first."""
    return list(
        AuditEvent.objects.filter(
            action__in=FOLLOW_UPS, settled_at=None, at__lt=timezone.now() - _QUIET
        ).order_by("id")
    )


def follow_up(event: AuditEvent) -> AuditEvent:
    """Look up what became of the event. Stop is pressed again; nothing else is ever sent a second time."""
    return FOLLOW_UPS[event.action](event)
