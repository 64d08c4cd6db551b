"""campaigns/services/sending.py and claims.py: what each answer of CallFire's means for a chunk"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from pytest_django import Settings

from campaigns import gateway
from campaigns.models import AuditEvent, Chunk, Upload
from campaigns.services import (
    chunks,
    claims,
    following,
    handing_over,
    reconciling,
    revival,
    sending,
    upload_files,
)
from campaigns.services.claims import Claim
from campaigns.states import ChunkState, UploadState
from tests.campaigns.handing import begun, called, chunk, look, once, otto, send_everything, states, wait

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.UPLOAD_CHUNK_ROWS = 10


class TestAYes:
    def test_the_chunk_knows_its_batch(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        handing_over.send_next()
        sent = chunk(upload)
        (batch,) = sandbox.world.broadcast(upload.broadcast_id).roster.batches
        assert (sent.state, sent.batch_id) == (ChunkState.CONFIRMED, batch.id)
        assert sent.settled_at is not None
        assert sent.lease_until is None

    def test_the_name_of_the_batch_says_which_chunk_it_is(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=20, name="north 13232834422.csv")
        handing_over.send_next()
        (batch,) = sandbox.world.broadcast(upload.broadcast_id).roster.batches
        assert batch.name == f"{chunk(upload).token}-g1 north *********22.csv (1 of 2)"
        mark = chunks.mark_of(batch.name)
        assert mark == chunks.Mark(chunk(upload).token, 1)


class TestTheIntent:
    def test_it_is_written_down_before_anything_is_sent(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        claim = claims.take()
        assert claim is not None
        assert not sandbox.requests
        written = chunk(upload)
        assert (written.state, written.attempts) == (ChunkState.SENDING, 1)
        assert written.sent_at is not None
        assert written.lease_until is not None

    def test_nobody_else_gets_a_chunk_that_is_claimed(self, sandbox: Sandbox) -> None:
        begun(sandbox, people=10)
        assert claims.take() is not None
        assert claims.take() is None

    def test_the_lease_outlasts_everything_the_request_may_take(self, settings: Settings) -> None:
        settings.CALLFIRE_CONNECT_TIMEOUT, settings.CALLFIRE_READ_TIMEOUT = 5.0, 30.0
        pace, connect, begin_of_answer, rest_of_answer = 15, 5, 30, 30
        longest = gateway.batch_head_start() + pace + connect + begin_of_answer + rest_of_answer
        assert gateway.longest_batch_claim() > longest

    def test_what_was_claimed_too_long_ago_is_not_sent_any_more(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        claim = claims.take()
        assert claim is not None
        sending.send(Claim(claim.chunk, begin_before=time.monotonic() - 1))
        assert not sandbox.requests
        assert chunk(upload).state == ChunkState.WAITING


@pytest.mark.parametrize(
    ("fault", "is_there"),
    [
        ({"drop": "before"}, False),
        ({"drop": "after"}, True),
        ({"status": 500}, False),
        ({"status": 503, "applied": True}, True),
        ({"status": 502, "body": "<html>", "content_type": "text/html"}, False),
        ({"status": 201, "body": "<html>"}, True),
        ({"status": 201, "body": "{}"}, True),
        ({"status": 201, "body": ""}, True),
        ({"status": 302, "headers": {"Location": "/"}, "applied": True}, True),
    ],
    ids=str,
)
class TestAnAnswerThatIsLost:
    def test_the_chunk_is_uncertain_and_rests(
        self, sandbox: Sandbox, fault: dict[str, Any], is_there: bool
    ) -> None:
        upload = begun(sandbox, people=10)
        sandbox.fail_next("POST", "/batches", **fault)
        handing_over.send_next()
        lost = chunk(upload)
        assert lost.state == ChunkState.UNCERTAIN
        assert lost.not_before is not None
        assert lost.not_before > timezone.now() + timedelta(seconds=25)
        assert send_everything() == 0

    def test_everybody_arrives_once_in_the_end(
        self, sandbox: Sandbox, fault: dict[str, Any], is_there: bool
    ) -> None:
        upload = begun(sandbox, people=10)
        sandbox.fail_next("POST", "/batches", **fault)
        handing_over.send_next()
        look(upload, times=1 if is_there else 3)
        assert send_everything() == (0 if is_there else 1)
        assert chunk(upload).generation == (1 if is_there else 2)
        assert called(sandbox, upload) == once(upload)


class TestAWorkerThatIsGone:
    def test_its_chunk_is_uncertain_once_the_lease_has_ended(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        claims.take()
        revival.look_after()
        assert states(upload) == ["sending"]
        wait(upload)
        revival.look_after()
        assert states(upload) == ["uncertain"]

    def test_its_late_answer_changes_nothing(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        claim = claims.take()
        assert claim is not None
        wait(upload)
        revival.look_after()
        sending.send(claim)
        assert states(upload) == ["uncertain"]
        look(upload)
        assert states(upload) == ["confirmed"]
        assert called(sandbox, upload) == once(upload)

    def test_what_it_sends_after_all_was_done_without_it_is_switched_off(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        claim = claims.take()
        assert claim is not None
        wait(upload)
        revival.look_after()
        look(upload, times=3)
        send_everything()
        sandbox.clock.advance(60)
        assert look(upload).state == UploadState.DONE
        sending.send(claim)
        assert called(sandbox, upload) != once(upload)
        assert following.unsettled(upload.broadcast_id) == [upload]
        assert revival.look_after().looks == [upload.pk]
        reconciling.look(upload.pk)
        assert called(sandbox, upload) == once(upload)

    @pytest.mark.parametrize("fault", [{}, {"drop": "after"}])
    def test_what_it_sends_after_somebody_left_it_out_is_switched_off(
        self, sandbox: Sandbox, fault: dict[str, Any]
    ) -> None:
        upload = begun(sandbox, people=10)
        claim = claims.take()
        assert claim is not None
        wait(upload)
        revival.look_after()
        handing_over.leave_out(chunk=chunk(upload), by=otto())
        sandbox.fail_next("POST", "/batches", **fault)
        sending.send(claim)
        assert revival.look_after().looks == [upload.pk]
        reconciling.look(upload.pk)
        assert not called(sandbox, upload)

    def test_its_place_is_free_again(self, sandbox: Sandbox, settings: Settings) -> None:
        settings.UPLOAD_CONCURRENCY = 1
        upload = begun(sandbox, people=20)
        claims.take()
        assert claims.take() is None
        wait(upload)
        assert claims.take() is not None


class TestNothingWasSent:
    def test_while_callfire_is_down_everything_waits_together_and_nothing_is_refused(
        self, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox)
        sandbox.stop_listening()
        for _ in range(20):
            assert send_everything() == 1
            wait(upload)
        assert states(upload) == ["waiting"] * 3
        assert chunk(upload).generation == 1
        upload.refresh_from_db()
        assert upload.problem == "CallFire could not be reached. Nothing was sent."
        sandbox.start_listening()
        assert send_everything() == 3
        upload.refresh_from_db()
        assert upload.problem == ""
        assert called(sandbox, upload) == once(upload)

    def test_the_pauses_grow_to_a_minute(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        sandbox.stop_listening()
        pauses = []
        for _ in range(8):
            send_everything()
            waiting = chunk(upload)
            assert waiting.not_before is not None
            pauses.append(round((waiting.not_before - timezone.now()).total_seconds()))
            wait(upload)
        sandbox.start_listening()
        assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]


class TestARateLimit:
    @pytest.mark.parametrize(
        "fault",
        [
            {"status": 429, "headers": {"Retry-After": "100"}},
            {"status": 400, "message": "Rate limit reached", "headers": {"Retry-After": "100"}},
        ],
        ids=["429", "400"],
    )
    def test_everybodys_chunks_wait_as_told(self, sandbox: Sandbox, fault: dict[str, Any]) -> None:
        limited, other = begun(sandbox, people=10), begun(sandbox, people=10, first=50)
        sandbox.fail_next("POST", "/batches", **fault)
        assert send_everything() == 1
        for upload in (limited, other):
            waiting = chunk(upload)
            assert waiting.state == ChunkState.WAITING
            assert waiting.not_before is not None
            assert waiting.not_before > timezone.now() + timedelta(seconds=90)
            wait(upload)
        cache.clear()  # the pace waits, too, on Redis's own clock
        assert send_everything() == 2
        assert called(sandbox, limited) == once(limited)

    def test_a_wait_that_is_not_stated_is_half_a_minute(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        sandbox.fail_next("POST", "/batches", status=429)
        send_everything()
        not_before = chunk(upload).not_before
        assert not_before is not None
        assert 25 < (not_before - timezone.now()).total_seconds() <= 30


class TestARefusal:
    def test_callfires_sentence_is_kept_without_phone_numbers(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        sandbox.fail_next("POST", "/batches", status=400, message="13232834422 is not a number.")
        handing_over.send_next()
        assert states(upload) == ["refused", "waiting", "waiting"]
        assert chunk(upload).problem == "*********22 is not a number."

    def test_three_of_a_kind_in_a_row_pause_the_upload(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=50)
        sandbox.fail_next("POST", "/batches", status=400, message="It is archived.", times=None)
        assert send_everything() == 3
        upload.refresh_from_db()
        assert (upload.state, upload.problem) == (UploadState.PAUSED, "It is archived.")
        event = AuditEvent.objects.get(action="pause upload")
        assert (event.by_name, event.sentence) == ("Callboard", "It is archived.")

    def test_different_ones_do_not(self, sandbox: Sandbox) -> None:
        begun(sandbox, people=50)
        for message in ("One.", "Two.", "One.", "Two.", "One."):
            sandbox.fail_next("POST", "/batches", status=400, message=message)
        assert send_everything() == 5

    def test_a_broadcast_that_is_not_there_refuses_everything(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=50, broadcast_id=999)
        send_everything()
        assert states(upload) == ["refused"] * 3 + ["waiting"] * 2

    def test_rows_that_changed_since_they_were_checked_are_not_sent(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        path = upload_files.accepted(upload)
        path.write_text(path.read_text(encoding="ascii").replace("1", "2"), encoding="ascii")
        handing_over.send_next()
        assert not sandbox.requests
        assert "has changed since it was checked" in chunk(upload).problem

    def test_a_file_that_is_gone_is_told(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        upload_files.accepted(upload).unlink()
        handing_over.send_next()
        assert "cannot be read" in chunk(upload).problem
        assert states(upload) == ["refused"]


class TestAKeyThatMayNot:
    @pytest.mark.parametrize("status", [401, 403])
    def test_the_upload_pauses_and_says_why(self, sandbox: Sandbox, status: int) -> None:
        upload = begun(sandbox)
        sandbox.fail_next("POST", "/batches", status=status)
        assert send_everything() == 1
        upload.refresh_from_db()
        assert upload.state == UploadState.PAUSED
        assert upload.problem
        assert states(upload) == ["waiting"] * 3


class TestTurns:
    def test_no_more_are_under_way_than_allowed_all_uploads_together(
        self, sandbox: Sandbox, settings: Settings
    ) -> None:
        settings.UPLOAD_CONCURRENCY = 3
        begun(sandbox, people=50)
        begun(sandbox, people=50, first=50)
        assert [claims.take() is not None for _ in range(4)] == [True, True, True, False]

    def test_a_small_upload_is_not_stuck_behind_a_large_one(self, sandbox: Sandbox) -> None:
        large = begun(sandbox, people=100)
        for _ in range(3):
            handing_over.send_next()
        small = begun(sandbox, people=20, first=200)
        for _ in range(4):
            handing_over.send_next()
        assert states(small) == ["confirmed"] * 2
        assert states(large).count("confirmed") == 5

    def test_only_uploads_that_are_being_handed_over_have_a_turn(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        handing_over.pause(upload=upload, by=otto())
        assert claims.take() is None

    def test_a_chunk_that_comes_back_after_its_upload_was_cancelled_is_dropped(
        self, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=10)
        claim = claims.take()
        assert claim is not None
        handing_over.cancel(upload=Upload.objects.get(pk=upload.pk), by=otto())
        sandbox.stop_listening()
        sending.send(claim)
        sandbox.start_listening()
        assert states(upload) == ["cancelled"]


class TestChunks:
    def test_their_tokens_are_their_own(self, sandbox: Sandbox) -> None:
        begun(sandbox, people=100)
        assert Chunk.objects.values("token").distinct().count() == 10

    @pytest.mark.parametrize("name", [None, "", "List 1", "cbu0123-g1", "x cbu00000000000000000000-g1"])
    def test_other_batches_are_not_ours(self, name: str | None) -> None:
        assert chunks.mark_of(name) is None
