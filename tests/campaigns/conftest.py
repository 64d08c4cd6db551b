"""Broadcasts that exist at the practice CallFire and that Callboard has seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from campaigns.models import BroadcastSnapshot
from campaigns.services import snapshots

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


class Seen(Protocol):
    """Puts a broadcast into the practice CallFire and reads it; settings are CallFire's properties."""

    def __call__(
        self,
        name: str = ...,
        *,
        status: str = ...,
        recipients: int | Sequence[dict[str, Any]] = ...,
        **settings: Any,
    ) -> BroadcastSnapshot: ...


@pytest.fixture
def seen(db: None, sandbox: Sandbox) -> Seen:
    """A function that makes a broadcast which the list of broadcasts shows already."""

    def make(
        name: str = "Outage notice",
        *,
        status: str = "STOPPED",
        recipients: int | Sequence[dict[str, Any]] = 20,
        **settings: Any,
    ) -> BroadcastSnapshot:
        broadcast = sandbox.world.add_broadcast(name=name, status=status, recipients=recipients, **settings)
        snapshots.refresh()
        sandbox.clear_requests()
        return BroadcastSnapshot.objects.get(pk=broadcast.id)

    return make


def status_at_callfire(sandbox: Sandbox, snapshot: BroadcastSnapshot) -> str:
    """What CallFire itself says, asked directly."""
    return sandbox.world.broadcasts[snapshot.pk].status


def token_of(page: str) -> str:
    """The token in the form of a page: what makes the same form sent twice one intent."""
    found = re.search(r'name="token" value="([0-9a-f-]{36})"', page)
    assert found
    return found[1]
