"""Whom CallFire still holds and never called, by its own call log: the people of batches that are off.

A batch may have been called from before somebody switched it off, and CallFire's own site can switch it on
again. So this is asked whenever it matters, and only a call that is on hold without an attempt counts.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Set
from typing import Final

from callfire_api import Call, CallFireError, CallResult, CallState
from campaigns.gateway import get_callfire_for_panels

logger = logging.getLogger(__name__)

# By the id of their batch: phone numbers, and ids of contacts below zero.
OnHold = Mapping[int, Set[int]]
_PAGE_SIZE: Final = 500
_MOST_PAGES: Final = 2000
_NEVER_CALLED: Final = frozenset({None, CallResult.UNDIALED})


def read(broadcast_id: int, batches: Collection[int], *, heartbeat: Callable[[], None]) -> OnHold | None:
    """Who of these batches is on hold now and was never called; None when CallFire did not say.

    Somebody whom CallFire's list lacks for any reason is missing here too, which is the safe side.
    ``heartbeat`` is called with every page.
    """
    found: dict[int, set[int]] = defaultdict(set)
    calls = get_callfire_for_panels().calls.iterate(
        campaign_id=broadcast_id, states=[CallState.DISABLED], page_size=_PAGE_SIZE, max_pages=_MOST_PAGES
    )
    try:
        for number, call in enumerate(calls):
            if number % _PAGE_SIZE == 0:
                heartbeat()
            batch = call.batch_id
            if batch is not None and batch in batches and _was_never_called(call):
                found[batch].update(_people(call))
    except CallFireError as error:
        logger.warning("The calls on hold of broadcast %d were not read: %s", broadcast_id, error)
        return None
    return found


def _was_never_called(call: Call) -> bool:
    """CallFire may ignore a filter, and a call that waited for another try is on hold as well."""
    return call.state == CallState.DISABLED and not call.records and call.final_call_result in _NEVER_CALLED


def _people(call: Call) -> set[int]:
    number, contact = call.to_number or "", call.contact.id if call.contact is not None else None
    people = {int(number)} if number.isascii() and number.isdecimal() else set[int]()
    return people | {-contact} if contact else people
