"""Whom CallFire still holds and never called, by its own call log: the people of batches that are off.

A batch may have been called from before somebody switched it off, and CallFire's own site can switch it on
again. So this is asked whenever it matters, and only a call that is on hold without an attempt counts.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass
from typing import Final

from callfire_api import Call, CallFireError, CallResult, CallState
from campaigns.gateway import get_callfire_for_panels
from campaigns.models import AuditEvent
from campaigns.services import audit, numbers, people

logger = logging.getLogger(__name__)

_PAGE_SIZE: Final = 500
_MOST_PAGES: Final = 2000
_NEVER_CALLED: Final = frozenset({None, CallResult.UNDIALED})
_NOT_SWITCHED: Final = (AuditEvent.Outcome.REFUSED, AuditEvent.Outcome.FAILED)


@dataclass(frozen=True, slots=True)
class OnHold:
    """People on hold who were never called, by the id of their batch.

    A person is a phone number, or the id of a contact as a number below zero. ``held_back`` are others, whom
    somebody held back by their numbers, whatever becomes of a batch.
    """

    by_batch: Mapping[int, Set[int]]
    held_back: Set[int]


NOBODY_HELD: Final = OnHold({}, frozenset())


def read(broadcast_id: int, batches: Collection[int], *, heartbeat: Callable[[], None]) -> OnHold | None:
    """Who of these batches is on hold now and was never called; None when CallFire did not say.

    Somebody whom CallFire's list lacks for any reason is missing here too, which is the safe side.
    ``heartbeat`` is called with every page.
    """
    found: dict[int, set[int]] = defaultdict(set)
    held_back, digests = set[int](), _held_back(broadcast_id)
    calls = get_callfire_for_panels().calls.iterate(
        campaign_id=broadcast_id, states=[CallState.DISABLED], page_size=_PAGE_SIZE, max_pages=_MOST_PAGES
    )
    try:
        for number, call in enumerate(calls):
            if number % _PAGE_SIZE == 0:
                heartbeat()
            batch = call.batch_id
            if batch is None or batch not in batches or not _was_never_called(call):
                continue
            is_held_back = digests and numbers.digest(call.to_number or "") in digests
            (held_back if is_held_back else found[batch]).update(_people(call))
    except CallFireError as error:
        logger.warning("The calls on hold of broadcast %d were not read: %s", broadcast_id, error)
        return None
    return OnHold(found, held_back)


def _held_back(broadcast_id: int) -> set[str]:
    """Digests of the numbers that were held back by hand in this broadcast and not let through since."""
    events = AuditEvent.objects.filter(
        object_kind=audit.BROADCAST, object_id=broadcast_id, action=people.SWITCH
    ).exclude(outcome__in=_NOT_SWITCHED)
    latest = {
        digest: event.detail["enable"]
        for event in events.order_by("id")
        for digest in event.detail.get("digests", ())
    }
    return {digest for digest, may_be_called in latest.items() if not may_be_called}


def _was_never_called(call: Call) -> bool:
    """CallFire may ignore a filter, and a call that waited for another try is on hold as well."""
    return call.state == CallState.DISABLED and not call.records and call.final_call_result in _NEVER_CALLED


def _people(call: Call) -> set[int]:
    number, contact = call.to_number or "", call.contact.id if call.contact is not None else None
    found = {int(number)} if number.isascii() and number.isdecimal() else set[int]()
    return found | {-contact} if contact else found
