"""campaigns/services/books.py: where everybody in the file has gone, and whether it adds up"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from campaigns.services import books, handing_over
from campaigns.states import ChunkState
from tests.campaigns.handing import begun, checked, look, send_everything

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.UPLOAD_CHUNK_ROWS = 10


class TestPeople:
    def test_everybody_is_somewhere(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=35, rows=40, rejected={"invalid": 3, "duplicate": 2})
        sandbox.fail_next("POST", "/batches", drop="before")
        sandbox.fail_next("POST", "/batches", status=400, message="No.")
        for _ in range(3):
            handing_over.send_next()
        figures = books.of(upload)
        assert (figures.uncertain, figures.refused, figures.confirmed, figures.waiting) == (10, 10, 10, 5)
        assert figures.rejected_total == 5
        assert figures.balances
        assert dict(figures.chunks) == {"uncertain": 1, "refused": 1, "confirmed": 1, "waiting": 1}

    def test_rows_that_are_nowhere_are_told(self, sandbox: Sandbox) -> None:
        figures = books.of(checked(sandbox, people=35, rows=40, rejected={"invalid": 3}))
        assert (figures.row_difference, figures.balances) == (2, False)

    def test_accepted_people_who_are_in_no_chunk_are_told(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=35)
        upload.chunks.filter(number=1).delete()
        figures = books.of(upload)
        assert (figures.hand_over_difference, figures.balances) == (10, False)

    def test_before_the_hand_over_there_is_nothing_to_compare(self, sandbox: Sandbox) -> None:
        figures = books.of(checked(sandbox, people=35))
        assert (figures.is_handed_over, figures.balances) == (False, True)

    def test_one_query_is_enough(
        self, sandbox: Sandbox, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        upload = begun(sandbox)
        with django_assert_num_queries(1):
            assert books.of(upload).balances


class TestBatches:
    def test_their_sizes_are_known_once_callfire_tells_all_of_them(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=20)
        send_everything()
        assert books.of(upload).batch_total is None
        sandbox.clock.advance(60)
        look(upload)
        assert books.of(upload).batch_total == 20

    def test_they_are_compared_one_by_one(self, sandbox: Sandbox) -> None:
        upload, now = begun(sandbox, people=20), timezone.now()
        upload.chunks.filter(number=1).update(state=ChunkState.ACTIVE, batch_size=5, settled_at=now)
        upload.chunks.filter(number=2).update(state=ChunkState.FAULTY, batch_size=15, settled_at=now)
        figures = books.of(upload)
        assert (figures.short, figures.surplus, figures.balances) == (5, 5, False)

    def test_those_callfire_still_checks_are_not_compared(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        upload.chunks.update(state=ChunkState.CONFIRMED, batch_size=0, settled_at=timezone.now())
        assert books.of(upload).short == 0

    def test_one_that_is_checked_and_has_no_size_leaves_them_open(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        upload.chunks.update(state=ChunkState.ACTIVE, batch_size=None, settled_at=timezone.now())
        figures = books.of(upload)
        assert (figures.unsized, figures.batch_total, figures.balances) == (1, None, False)


class TestRates:
    def test_they_and_the_time_left_are_told_in_minutes(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=100)
        now = timezone.now()
        upload.confirmed_at = now - timedelta(minutes=4)
        for number, minutes in ((1, 3), (2, 2), (3, 2), (4, 0)):
            upload.chunks.filter(number=number).update(
                state=ChunkState.CONFIRMED, settled_at=now - timedelta(minutes=minutes)
            )
        figures = books.of(upload)
        assert figures.rate_now == pytest.approx(10, rel=0.05)
        assert figures.rate_overall == pytest.approx(10, rel=0.05)
        assert figures.time_left is not None
        least, most = figures.time_left
        assert least <= most
        assert most.total_seconds() == pytest.approx(360, rel=0.1)

    def test_without_anything_to_go_by_nothing_is_claimed(self, sandbox: Sandbox) -> None:
        figures = books.of(begun(sandbox))
        assert (figures.rate_now, figures.rate_overall, figures.time_left) == (0, 0, None)
