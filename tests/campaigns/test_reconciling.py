"""campaigns/services/reconciling.py: what CallFire really has, held against every chunk"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import AuditEvent, Upload
from campaigns.services import books, handing_over, reconciling
from campaigns.states import ChunkState, UploadState
from tests.campaigns.handing import begun, called, chunk, look, once, send_everything, states

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.UPLOAD_CHUNK_ROWS = 10


def lost(sandbox: Sandbox, *, people: int = 10, drop: str = "before") -> Upload:
    """An upload of which every answer was lost."""
    upload = begun(sandbox, people=people)
    sandbox.fail_next("POST", "/batches", drop="after" if drop == "after" else "before", times=people // 10)
    send_everything()
    assert set(states(upload)) == {"uncertain"}
    return upload


def rest(upload: Upload) -> timedelta:
    """How long the first chunk rests from now on."""
    not_before = chunk(upload).not_before
    assert not_before is not None
    return not_before - timezone.now()


class TestLooking:
    def test_what_is_there_is_confirmed(self, sandbox: Sandbox) -> None:
        upload = lost(sandbox, people=30, drop="after")
        look(upload)
        assert states(upload) == ["confirmed"] * 3
        assert called(sandbox, upload) == once(upload)

    def test_one_list_serves_all_chunks(self, sandbox: Sandbox) -> None:
        upload = lost(sandbox, people=50, drop="after")
        sandbox.clear_requests()
        look(upload)
        assert len(sandbox.requests) == 2  # the second page is empty

    def test_what_is_absent_is_looked_for_at_growing_distances_before_it_is_sent_again(
        self, sandbox: Sandbox, settings: Settings
    ) -> None:
        settings.UPLOAD_SETTLE_SECONDS = 30
        upload = lost(sandbox)
        rests = [round(rest(upload).total_seconds())]
        for _ in range(2):
            look(upload)
            rests.append(round(rest(upload).total_seconds()))
        assert rests == [30, 60, 120]
        look(upload)
        again = chunk(upload)
        assert (again.state, again.generation, again.looks) == (ChunkState.WAITING, 2, 0)
        assert send_everything() == 1
        assert called(sandbox, upload) == once(upload)

    def test_a_chunk_that_rests_is_not_found_absent(self, sandbox: Sandbox) -> None:
        upload = lost(sandbox)
        for _ in range(5):
            reconciling.look(upload.pk)
        assert chunk(upload).looks == 0

    def test_without_a_list_nothing_changes(self, sandbox: Sandbox) -> None:
        upload = lost(sandbox)
        sandbox.fail_next("GET", "/batches", status=503, times=None)
        look(upload, times=5)
        assert (chunk(upload).state, chunk(upload).looks) == (ChunkState.UNCERTAIN, 0)

    def test_batches_of_others_do_not_count(self, sandbox: Sandbox) -> None:
        upload = lost(sandbox)
        other = lost(sandbox, drop="after")
        broadcast = sandbox.world.broadcast(upload.broadcast_id)
        broadcast.add_batch(f"About {chunk(upload).token}-g1", [], 0.0, scrub=False, readable=True)
        broadcast.add_batch(f"{chunk(other).token}-g1 x", [], 0.0, scrub=False, readable=True)
        look(upload)
        assert states(upload) == ["uncertain"]


class TestPages:
    @pytest.mark.parametrize("omits", [False, True])
    def test_every_page_is_read_however_short_callfire_makes_them(
        self, sandbox: Sandbox, omits: bool
    ) -> None:
        """A page that is shorter than asked for must not be taken for the last one."""
        upload = lost(sandbox, people=100, drop="after")
        sandbox.switches.smaller_limit = 3
        sandbox.switches.omit_limit_offset = sandbox.switches.omit_total_count = omits
        look(upload)
        assert states(upload) == ["confirmed"] * 10

    def test_a_list_that_lacks_what_it_showed_before_makes_nothing_absent(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=20)
        handing_over.send_next()
        look(upload)
        sandbox.fail_next("POST", "/batches", drop="before")
        handing_over.send_next()
        sandbox.switches.omit_items = True
        look(upload, times=5)
        assert states(upload) == ["confirmed", "uncertain"]
        sandbox.switches.omit_items = False
        look(upload, times=3)
        assert states(upload) == ["confirmed", "waiting"]

    def test_rows_that_repeat_are_counted_once(self, sandbox: Sandbox) -> None:
        upload = lost(sandbox, people=100, drop="after")
        sandbox.switches.smaller_limit = 4
        sandbox.switches.shift_rows = 2
        look(upload)
        assert states(upload) == ["confirmed"] * 10
        assert not any(each.twins for each in upload.chunks.all())


class TestTwins:
    def test_a_batch_that_was_hidden_too_long_is_switched_off_and_told(self, sandbox: Sandbox) -> None:
        sandbox.switches.batch_visible_after_seconds = 3600
        upload = lost(sandbox, drop="after")
        sandbox.switches.batch_visible_after_seconds = 0
        look(upload, times=3)
        assert send_everything() == 1
        assert called(sandbox, upload).total() == 20
        sandbox.clock.advance(7200)
        look(upload)
        assert called(sandbox, upload) == once(upload)
        (twin,) = chunk(upload).twins
        assert twin["disabled"]
        assert twin["id"] != chunk(upload).batch_id
        told = AuditEvent.objects.get(action="disable twin batch")
        assert told.detail["upload"] == upload.pk
        assert books.of(upload).balances

    def test_it_is_told_once(self, sandbox: Sandbox) -> None:
        sandbox.switches.batch_visible_after_seconds = 3600
        upload = lost(sandbox, drop="after")
        look(upload, times=3)
        send_everything()
        sandbox.clock.advance(7200)
        look(upload, times=3)
        assert AuditEvent.objects.filter(action="disable twin batch").count() == 1
        assert len(sandbox.requests_to("PUT", "")) == 1

    def test_of_two_that_are_there_already_the_first_is_kept(self, sandbox: Sandbox) -> None:
        upload = lost(sandbox, drop="after")
        broadcast = sandbox.world.broadcast(upload.broadcast_id)
        (first,) = broadcast.roster.batches
        broadcast.add_batch(
            first.name.replace("-g1", "-g2"), first.newcomers, 0.0, scrub=False, readable=True
        )
        look(upload)
        assert chunk(upload).batch_id == first.id
        assert called(sandbox, upload) == once(upload)

    def test_one_that_cannot_be_switched_off_is_tried_again_and_holds_the_upload_open(
        self, sandbox: Sandbox
    ) -> None:
        sandbox.switches.batch_visible_after_seconds = 3600
        upload = lost(sandbox, drop="after")
        look(upload, times=3)
        send_everything()
        sandbox.clock.advance(7200)
        sandbox.fail_next("PUT", "", status=403)
        look(upload)
        assert chunk(upload).twins[0]["disabled"] is False
        look(upload)
        assert chunk(upload).twins[0]["disabled"] is True
        assert called(sandbox, upload) == once(upload)

    def test_a_chunk_that_waits_to_be_sent_again_is_confirmed_when_it_turns_up(
        self, sandbox: Sandbox
    ) -> None:
        sandbox.switches.batch_visible_after_seconds = 3600
        upload = lost(sandbox, drop="after")
        look(upload, times=3)
        assert states(upload) == ["waiting"]
        sandbox.clock.advance(7200)
        look(upload)
        assert states(upload) == ["active"]
        assert send_everything() == 0
        assert called(sandbox, upload) == once(upload)

    def test_what_was_sent_again_is_watched_for_a_while(self, sandbox: Sandbox) -> None:
        upload = lost(sandbox)
        for _ in range(3):
            look(upload)
        send_everything()
        sandbox.clock.advance(60)
        reconciling.look(upload.pk)
        upload.refresh_from_db()
        assert states(upload) == ["active"]
        assert upload.state == UploadState.FOLLOWING
        look(upload)
        assert upload.state == UploadState.DONE


class TestRefusedChunks:
    def test_one_that_callfire_took_all_the_same_is_confirmed(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=20)
        sandbox.fail_next("POST", "/batches", status=400, message="No.", applied=True)
        handing_over.send_next()
        look(upload)
        assert states(upload) == ["confirmed", "waiting"]
