"""What the people who wait for a call bring along: the attributes a message may speak."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from callfire_api import CallFireError, CallState
from campaigns.gateway import get_callfire_quickly

LOOKED_AT: Final = 100
_WAITING: Final = (CallState.READY, CallState.CALLBACK)


def lacking(broadcast_id: int, names: Iterable[str]) -> list[str]:
    """Those of the attributes that somebody who waits for a call of this broadcast does not bring.

    Looks at the newest hundred of them; empty when nobody waits, or when CallFire does not say.
    """
    wanted = list(names)
    if not wanted:
        return []
    try:
        page = get_callfire_quickly().calls.find(
            campaign_id=broadcast_id,
            states=_WAITING,
            fields="limit,offset,totalCount,items(id,state,attributes)",
            limit=LOOKED_AT,
        )
    except CallFireError:
        return []
    brought = [set(call.attributes or {}) for call in page.items if call.state in _WAITING]
    return [name for name in wanted if not all(name in each for each in brought)]
