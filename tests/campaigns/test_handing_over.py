"""campaigns/services/handing_over.py: the buttons, and that everybody reaches CallFire exactly once"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from campaigns.models import AuditEvent, Chunk, Upload
from campaigns.services import books, disabling, handing_over, reconciling, upload_files
from campaigns.services.handing_over import NotPossible
from campaigns.states import ChunkState, UploadState
from tests.campaigns.handing import (
    begun,
    called,
    checked,
    chunk,
    look,
    once,
    otto,
    send_everything,
    states,
)

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.UPLOAD_CHUNK_ROWS = 10


def uncertain(sandbox: Sandbox, *, people: int = 10) -> Upload:
    """An upload whose first chunk was sent, and whose answer was lost before CallFire took it."""
    upload = begun(sandbox, people=people)
    sandbox.fail_next("POST", "/batches", drop="before")
    handing_over.send_next()
    return upload


def refused(sandbox: Sandbox, *, people: int = 10, applied: bool = False) -> Upload:
    """An upload whose first chunk CallFire refused."""
    upload = begun(sandbox, people=people)
    sandbox.fail_next("POST", "/batches", status=400, message="The list is odd.", applied=applied)
    handing_over.send_next()
    return upload


class TestTheWholeWay:
    def test_everybody_is_at_callfire_once_and_the_upload_is_done(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=35)
        assert send_everything() == 4
        sandbox.clock.advance(60)
        look(upload)
        assert upload.state == UploadState.DONE
        assert states(upload) == ["active"] * 4
        assert called(sandbox, upload) == once(upload)
        assert books.of(upload).balances
        assert sandbox.violations == []

    def test_contact_ids_go_the_same_way(self, sandbox: Sandbox) -> None:
        upload = checked(sandbox, people=2, source=Upload.Source.CONTACT_IDS)
        path = upload_files.accepted(upload)
        path.write_text('2\t{"contactId": 5}\n3\t{"contactId": 6}\n', encoding="ascii")
        handing_over.begin(upload=upload, by=upload.by)
        send_everything()
        (request,) = sandbox.requests_to("POST", "/batches")
        assert request.body["recipients"] == [{"contactId": 5}, {"contactId": 6}]

    def test_a_contact_list_is_one_batch(self, sandbox: Sandbox) -> None:
        begun(sandbox, people=3, source=Upload.Source.CONTACT_LIST, contact_list_id=7)
        send_everything()
        (request,) = sandbox.requests_to("POST", "/batches")
        assert request.body["contactListId"] == 7
        assert "recipients" not in request.body

    def test_what_was_chosen_is_asked_of_callfire(self, sandbox: Sandbox) -> None:
        begun(sandbox, scrub_duplicates=True, strict_validation=False)
        send_everything()
        request = sandbox.requests_to("POST", "/batches")[0]
        assert request.body["scrubDuplicates"] is True
        assert request.query["strictValidation"] == ["false"]


class TestBegin:
    def test_it_cuts_the_people_into_chunks(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=25)
        assert upload.state == UploadState.HANDING_OVER
        assert list(upload.chunks.values_list("number", "rows")) == [(1, 10), (2, 10), (3, 5)]
        size = upload_files.accepted(upload).stat().st_size
        assert sum(upload.chunks.values_list("length", flat=True)) == size

    def test_pressed_twice_it_is_done_once(self, sandbox: Sandbox) -> None:
        upload = checked(sandbox)
        for copy in (upload, Upload.objects.get(pk=upload.pk)):
            handing_over.begin(upload=copy, by=otto())
        assert Chunk.objects.count() == 3
        assert AuditEvent.objects.filter(action="hand over").count() == 1

    def test_two_at_once_do_it_once(self, sandbox: Sandbox) -> None:
        first = checked(sandbox)
        second = Upload.objects.get(pk=first.pk)
        handing_over.begin(upload=first, by=otto())
        second.state = UploadState.CHECKED  # as it was read before the first was through
        handing_over.begin(upload=second, by=otto())
        assert Chunk.objects.count() == 3

    def test_a_check_that_was_made_anew_meanwhile_is_not_handed_over(self, sandbox: Sandbox) -> None:
        upload = checked(sandbox)
        Upload.objects.filter(pk=upload.pk).update(check_number=2)
        with pytest.raises(NotPossible, match="checked anew"):
            handing_over.begin(upload=upload, by=otto())
        assert Chunk.objects.count() == 0
        assert Upload.objects.get(pk=upload.pk).state == UploadState.CHECKED

    @pytest.mark.parametrize("state", [UploadState.CHECKING, UploadState.UNREADABLE, UploadState.CANCELLED])
    def test_what_is_not_checked_is_not_handed_over(self, sandbox: Sandbox, state: UploadState) -> None:
        with pytest.raises(NotPossible, match="not checked yet"):
            handing_over.begin(upload=checked(sandbox, state=state), by=otto())

    def test_nobody_is_not_handed_over(self, sandbox: Sandbox) -> None:
        with pytest.raises(NotPossible, match="Nobody in it"):
            handing_over.begin(upload=checked(sandbox, people=0), by=otto())

    def test_a_file_that_is_gone_or_cut_is_not_handed_over(self, sandbox: Sandbox) -> None:
        upload = checked(sandbox)
        path = upload_files.accepted(upload)
        path.write_bytes(path.read_bytes()[:300])
        with pytest.raises(NotPossible, match="not whole"):
            handing_over.begin(upload=upload, by=otto())
        path.unlink()
        with pytest.raises(NotPossible, match="cannot be read"):
            handing_over.begin(upload=upload, by=otto())


class TestPausing:
    def test_nothing_more_is_sent_until_it_is_resumed(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        handing_over.send_next()
        handing_over.pause(upload=upload, by=otto())
        assert send_everything() == 0
        handing_over.resume(upload=upload, by=otto())
        assert send_everything() == 2
        assert called(sandbox, upload) == once(upload)

    def test_what_waited_for_callfire_goes_on_at_once_when_resumed(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        sandbox.fail_next("POST", "/batches", status=401)
        send_everything()
        upload.refresh_from_db()
        handing_over.resume(upload=upload, by=otto())
        assert upload.problem == ""
        assert send_everything() == 3

    def test_what_is_not_under_way_is_not_paused_and_not_resumed(self, sandbox: Sandbox) -> None:
        upload = checked(sandbox)
        with pytest.raises(NotPossible):
            handing_over.pause(upload=upload, by=otto())
        with pytest.raises(NotPossible):
            handing_over.resume(upload=upload, by=otto())

    def test_a_paused_upload_of_which_nothing_is_left_moves_on(self, sandbox: Sandbox) -> None:
        upload = uncertain(sandbox)
        handing_over.pause(upload=upload, by=otto())
        look(upload)
        assert upload.state == UploadState.PAUSED
        handing_over.leave_out(chunk=chunk(upload), by=otto())
        upload.refresh_from_db()
        assert upload.state == UploadState.DONE


class TestCancelling:
    def test_what_waits_is_never_sent_and_what_callfire_has_stays(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        handing_over.send_next()
        handing_over.cancel(upload=upload, by=otto())
        assert send_everything() == 0
        assert states(upload) == ["confirmed", "cancelled", "cancelled"]
        assert books.of(upload).balances
        sandbox.clock.advance(60)
        look(upload)
        assert states(upload) == ["active", "cancelled", "cancelled"]
        assert upload.state == UploadState.CANCELLED

    def test_what_is_uncertain_is_still_settled(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=20)
        sandbox.fail_next("POST", "/batches", drop="after")
        sandbox.fail_next("POST", "/batches", drop="before")
        send_everything()
        handing_over.cancel(upload=upload, by=otto())
        look(upload, times=reconciling.LOOKS)
        assert states(upload) == ["confirmed", "cancelled"]

    def test_an_upload_that_nobody_confirmed_can_be_cancelled(self, sandbox: Sandbox) -> None:
        upload = checked(sandbox)
        handing_over.cancel(upload=upload, by=otto())
        assert upload.state == UploadState.CANCELLED
        assert upload.ended_at is not None

    def test_what_is_over_is_not_cancelled(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        send_everything()
        with pytest.raises(NotPossible, match="handed over already"):
            handing_over.cancel(upload=Upload.objects.get(pk=upload.pk), by=otto())


class TestRefusedChunks:
    def test_they_are_sent_again_after_a_look(self, sandbox: Sandbox) -> None:
        upload = refused(sandbox)
        assert (chunk(upload).state, chunk(upload).problem) == (ChunkState.REFUSED, "The list is odd.")
        handing_over.retry(chunk=chunk(upload), by=otto())
        assert send_everything() == 0
        look(upload)
        assert send_everything() == 1
        assert called(sandbox, upload) == once(upload)

    def test_one_that_callfire_took_all_the_same_is_not_sent_again(self, sandbox: Sandbox) -> None:
        upload = refused(sandbox, applied=True)
        handing_over.retry(chunk=chunk(upload), by=otto())
        look(upload)
        assert send_everything() == 0
        assert states(upload) == ["confirmed"]
        assert called(sandbox, upload) == once(upload)

    def test_an_upload_that_had_ended_is_taken_up_again(self, sandbox: Sandbox) -> None:
        upload = refused(sandbox)
        look(upload)
        assert upload.state == UploadState.DONE
        handing_over.retry(chunk=chunk(upload), by=otto())
        assert chunk(upload).upload.state == UploadState.HANDING_OVER

    def test_nothing_of_a_cancelled_upload_is_sent_again(self, sandbox: Sandbox) -> None:
        upload = refused(sandbox, people=20)
        handing_over.cancel(upload=Upload.objects.get(pk=upload.pk), by=otto())
        with pytest.raises(NotPossible, match="cancelled"):
            handing_over.retry(chunk=chunk(upload), by=otto())

    def test_a_chunk_that_was_not_refused_is_not_sent_again(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        with pytest.raises(NotPossible):
            handing_over.retry(chunk=chunk(upload), by=otto())


class TestUncertainChunks:
    def test_somebody_may_send_them_again_once_they_were_looked_for(self, sandbox: Sandbox) -> None:
        upload = uncertain(sandbox)
        with pytest.raises(NotPossible, match="not looked for yet"):
            handing_over.send_again(chunk=chunk(upload), by=otto())
        look(upload)
        handing_over.send_again(chunk=chunk(upload), by=otto())
        assert send_everything() == 1
        assert chunk(upload).generation == 2
        assert called(sandbox, upload) == once(upload)

    def test_somebody_may_leave_them_out(self, sandbox: Sandbox) -> None:
        upload = uncertain(sandbox)
        handing_over.leave_out(chunk=chunk(upload), by=otto())
        assert states(upload) == ["left_out"]
        assert books.of(upload).balances

    def test_people_left_out_are_not_called_when_their_batch_turns_up_after_all(
        self, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=20)
        sandbox.fail_next("POST", "/batches", drop="after")
        handing_over.send_next()
        handing_over.leave_out(chunk=chunk(upload), by=otto())
        look(upload)
        assert not called(sandbox, upload)
        assert chunk(upload).twins[0]["disabled"]

    def test_looking_now_never_counts_as_a_look_of_one_that_rests(self, sandbox: Sandbox) -> None:
        upload = uncertain(sandbox)
        for _ in range(5):
            handing_over.look_now(upload=upload, by=otto())
            reconciling.look(upload.pk)
        assert (chunk(upload).state, chunk(upload).looks) == (ChunkState.UNCERTAIN, 0)

    def test_looking_now_finds_what_is_there(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        sandbox.fail_next("POST", "/batches", drop="after")
        handing_over.send_next()
        handing_over.look_now(upload=upload, by=otto())
        reconciling.look(upload.pk)
        assert states(upload) == ["confirmed"]

    def test_there_is_nothing_to_look_for_or_decide_once_they_are_settled(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        send_everything()
        with pytest.raises(NotPossible):
            handing_over.look_now(upload=upload, by=otto())
        for decide in (handing_over.send_again, handing_over.leave_out):
            with pytest.raises(NotPossible):
                decide(chunk=chunk(upload), by=otto())


class TestDisablingBatches:
    def test_everything_that_callfire_has_goes_off(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        handing_over.send_next()
        handing_over.send_next()
        handing_over.cancel(upload=upload, by=otto())
        event = handing_over.disable_batches(upload=upload, by=otto())
        disabling.follow_up(event)
        event.refresh_from_db()
        assert event.outcome == AuditEvent.Outcome.DONE
        assert "20 people" in event.sentence
        assert not called(sandbox, upload)

    def test_it_is_not_done_before_what_is_uncertain_is_settled(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=20)
        handing_over.send_next()
        sandbox.fail_next("POST", "/batches", drop="after")
        handing_over.send_next()
        handing_over.cancel(upload=upload, by=otto())
        event = handing_over.disable_batches(upload=upload, by=otto())
        assert disabling.follow_up(event).settled_at is None
        look(upload)
        assert disabling.follow_up(event).settled_at is not None
        assert not called(sandbox, upload)

    def test_it_goes_on_when_callfire_answers_again(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        send_everything()
        upload.refresh_from_db()
        event = handing_over.disable_batches(upload=upload, by=otto())
        sandbox.fail_next("PUT", "", status=403)
        assert disabling.follow_up(event).settled_at is None
        assert disabling.follow_up(event).settled_at is not None
        assert not called(sandbox, upload)

    def test_not_while_it_is_being_handed_over_nor_when_nothing_is_on(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        with pytest.raises(NotPossible, match="Cancel it first"):
            handing_over.disable_batches(upload=upload, by=otto())
        handing_over.cancel(upload=upload, by=otto())
        with pytest.raises(NotPossible, match="nothing of this upload"):
            handing_over.disable_batches(upload=upload, by=otto())


class TestTheRecord:
    def test_every_button_is_on_record_beside_its_broadcast(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        handing_over.pause(upload=upload, by=otto())
        handing_over.resume(upload=upload, by=otto())
        handing_over.cancel(upload=upload, by=otto())
        told = AuditEvent.objects.filter(object_kind="broadcast", object_id=upload.broadcast_id)
        assert [event.action for event in told.order_by("id")] == [
            "hand over",
            "pause upload",
            "resume upload",
            "cancel upload",
        ]
        assert all(event.detail["upload"] == upload.pk for event in told)
