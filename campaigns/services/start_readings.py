"""What CallFire says before a broadcast starts, all of it read at once."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from callfire_api import Account, Batch, Broadcast, BroadcastStats, CallFire, CallFireError, CallState
from campaigns import shared
from campaigns.gateway import get_callfire_quickly
from campaigns.services import health

logger = logging.getLogger(__name__)
T = TypeVar("T")

LOOKED_AT: Final = 500
PATIENCE: Final = timedelta(seconds=8)
_READERS: Final = 7
_ACCOUNT: Final = "start:account"
_MOST_BATCH_PAGES: Final = 10
_WAITING: Final = (CallState.READY, CallState.CALLBACK)


@dataclass(frozen=True, slots=True)
class Readings:
    """What CallFire said; None where it did not."""

    broadcast: Broadcast
    stats: BroadcastStats
    batches: list[Batch] | None
    waiting: list[str] | None
    caller_ids: list[str] | None
    account: Account | None
    balance: health.Credits | None


def read_everything(broadcast_id: int) -> Readings:
    """Everything at once, so that the page waits for the slowest answer and not for the sum of all.

    So many requests may have to wait for the pace, and longer than a page usually does. The readers ask
    CallFire and nobody else: each would open a connection of its own to Redis, and leave it open.

    Raises:
        CallFireError: CallFire did not give the broadcast or its counters.
    """
    kept = shared.recall(_ACCOUNT)
    callfire = get_callfire_quickly().with_options(patience=PATIENCE.total_seconds())
    with ThreadPoolExecutor(_READERS) as readers:
        broadcast = readers.submit(callfire.broadcasts.get, broadcast_id)
        stats = readers.submit(callfire.broadcasts.stats, broadcast_id)
        batches = readers.submit(_batches, callfire, broadcast_id)
        waiting = readers.submit(_waiting_numbers, callfire, broadcast_id)
        usage = readers.submit(callfire.account.plan_usage)
        caller_ids = readers.submit(callfire.account.caller_ids)
        account = None if isinstance(kept, Account) else readers.submit(callfire.account.get)
    numbers = _said(caller_ids)
    health.keep_credits(_said(usage))
    return Readings(
        broadcast=broadcast.result(),
        stats=stats.result(),
        batches=_said(batches),
        waiting=_said(waiting),
        caller_ids=None if numbers is None else [digits(each.phone_number) for each in numbers],
        account=kept if account is None else _remembered(_said(account)),
        balance=health.credits(),
    )


def _batches(callfire: CallFire, broadcast_id: int) -> list[Batch]:
    return list(
        callfire.broadcasts.iterate_batches(broadcast_id, page_size=1000, max_pages=_MOST_BATCH_PAGES)
    )


def _remembered(account: Account | None) -> Account | None:
    """The account, which hardly ever changes, kept for the next minutes."""
    if account is not None:
        shared.remember(_ACCOUNT, account, 600)
    return account


def _waiting_numbers(callfire: CallFire, broadcast_id: int) -> list[str]:
    """Numbers of people who wait for a call, newest first, all of them or as many as one page holds."""
    page = callfire.calls.find(
        campaign_id=broadcast_id,
        states=_WAITING,
        fields="limit,offset,totalCount,items(id,state,toNumber)",
        limit=LOOKED_AT,
    )
    return [call.to_number or "" for call in page.items if call.state in _WAITING]


def _said(answer: Future[T]) -> T | None:
    """The answer, or None: a confirmation can do without it."""
    try:
        return answer.result()
    except CallFireError as error:
        logger.warning("A confirmation is shown without all of its figures: %s", error)
        return None


def digits(number: str | None) -> str:
    """Eleven digits, however the number is written."""
    found = "".join(character for character in number or "" if character.isdigit())
    return f"1{found}" if len(found) == 10 else found
