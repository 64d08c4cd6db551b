"""campaigns/services/claims.py: many who want the same work at once"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import pytest
from django.db import connection
from pytest_django import Settings

from campaigns.services import claims, handing_over
from tests.campaigns.handing import begun, called, once, states

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")


def at_once(work: Callable[[], T], *, times: int) -> list[T]:
    """What the work gives when so many do it at the same time."""

    def done() -> T:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return [each.result() for each in [threads.submit(done) for _ in range(times)]]


def lane() -> int:
    sent = 0
    while handing_over.send_next():
        sent += 1
    return sent


class TestManyAtOnce:
    def test_each_gets_a_chunk_of_its_own_and_never_more_than_allowed_get_one(
        self, sandbox: Sandbox, settings: Settings
    ) -> None:
        settings.UPLOAD_CHUNK_ROWS, settings.UPLOAD_CONCURRENCY = 2, 3
        begun(sandbox, people=40)
        begun(sandbox, people=40, first=50)
        taken = [claim.chunk.pk for claim in at_once(claims.take, times=8) if claim is not None]
        assert len(taken) == len(set(taken)) == 3

    def test_more_lanes_than_places_send_everybody_once(self, sandbox: Sandbox, settings: Settings) -> None:
        settings.UPLOAD_CHUNK_ROWS, settings.UPLOAD_CONCURRENCY = 2, 3
        upload = begun(sandbox, people=40)
        assert sum(at_once(lane, times=6)) == 20
        assert states(upload) == ["confirmed"] * 20
        assert called(sandbox, upload) == once(upload)
