"""campaigns/services/following.py and telling.py: what becomes of batches, and the end of an upload"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core import mail
from pytest_django import Settings

from campaigns.models import AuditEvent, Upload, User
from campaigns.services import books, following, handing_over, reconciling, starting
from campaigns.states import ChunkState, UploadState
from tests.campaigns.handing import begun, chunk, look, otto, send_everything, states, wait

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.UPLOAD_CHUNK_ROWS = 10


class TestBatches:
    def test_they_are_followed_while_callfire_checks_them(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=20)
        send_everything()
        look(upload)
        assert upload.state == UploadState.FOLLOWING
        assert chunk(upload).batch_status == "NEW"
        sandbox.clock.advance(3)
        look(upload)
        assert chunk(upload).batch_status == "VALIDATING"
        sandbox.clock.advance(60)
        look(upload)
        assert (chunk(upload).batch_status, chunk(upload).batch_size) == ("ACTIVE", 10)
        assert chunk(upload).batch_enabled is True
        assert upload.state == UploadState.DONE

    @pytest.mark.parametrize("outcome", ["ERRORS", "SOURCE_ERROR"])
    def test_one_with_errors_ends_the_upload_and_is_told(self, sandbox: Sandbox, outcome: str) -> None:
        sandbox.switches.batch_outcome = outcome
        upload = begun(sandbox, people=10)
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        assert states(upload) == ["faulty"]
        assert chunk(upload).problem
        assert books.of(upload).faulty == 10
        assert upload.state == UploadState.DONE

    def test_a_size_that_differs_for_no_reason_is_red(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        send_everything()
        sandbox.world.broadcast(upload.broadcast_id).roster.batches[0].newcomers.pop()
        sandbox.world.broadcast(upload.broadcast_id).roster.batches[0].size = 9
        sandbox.clock.advance(60)
        look(upload)
        figures = books.of(upload)
        assert (figures.missing, figures.balances) == (1, False)

    def test_what_callfire_leaves_out_as_duplicates_is_told(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10, scrub_duplicates=True)
        send_everything()
        again = begun(sandbox, people=10, scrub_duplicates=True, broadcast_id=upload.broadcast_id, first=4)
        send_everything()
        sandbox.clock.advance(60)
        look(again)
        figures = books.of(again)
        assert (figures.scrubbed, figures.missing, figures.balances) == (6, 0, False)
        assert figures.batch_total == 4


class TestTheEnd:
    def test_those_who_brought_and_confirmed_it_are_told_once(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        upload.confirmed_by = User.objects.create_user("ada", email="ada@example.invalid")
        upload.save()
        send_everything()
        sandbox.clock.advance(60)
        look(upload, times=3)
        assert sorted(message.to[0] for message in mail.outbox) == [
            "ada@example.invalid",
            "otto@example.invalid",
        ]
        assert "CallFire has 10 of 10 people" in mail.outbox[0].body
        assert AuditEvent.objects.filter(action="end of upload").count() == 1

    def test_a_name_of_several_lines_is_told_on_one(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10, name="north\nside.csv")
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        assert mail.outbox[0].subject == f"Upload {upload.pk} has ended: north side.csv"

    def test_of_a_contact_list_what_callfire_has_is_told(self, sandbox: Sandbox) -> None:
        list_id = sandbox.world.add_contact_list(name="North", size=12)
        upload = begun(sandbox, people=0, source=Upload.Source.CONTACT_LIST, contact_list_id=list_id)
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        assert upload.state == UploadState.DONE
        assert "CallFire has 12 people of the list." in mail.outbox[0].body

    def test_people_in_batches_with_errors_are_said(self, sandbox: Sandbox) -> None:
        sandbox.switches.batch_outcome = "ERRORS"
        upload = begun(sandbox, people=10)
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        assert "10 are in batches in which CallFire found errors." in mail.outbox[0].body

    def test_what_is_missing_is_said(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=20)
        sandbox.fail_next("POST", "/batches", status=400, message="No.")
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        assert "10 were not handed over" in mail.outbox[0].body

    def test_it_ends_again_after_a_refused_chunk_was_sent_again(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=20)
        sandbox.fail_next("POST", "/batches", status=400, message="No.")
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        handing_over.retry(chunk=chunk(upload), by=otto())
        look(upload)
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        assert upload.state == UploadState.DONE
        assert states(upload) == ["active", "active"]
        assert len(mail.outbox) == 2


class TestTheLockOnStart:
    def test_a_broadcast_stays_locked_until_the_books_are_closed(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        assert [lock.href for lock in starting.locks(upload.broadcast_id)] == [f"/uploads/{upload.pk}/"]
        send_everything()
        assert starting.locks(upload.broadcast_id)
        sandbox.clock.advance(60)
        look(upload)
        assert upload.state == UploadState.DONE
        assert not starting.locks(upload.broadcast_id)

    def test_an_uncertain_chunk_of_a_cancelled_upload_locks_it(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        sandbox.fail_next("POST", "/batches", drop="after")
        send_everything()
        handing_over.cancel(upload=upload, by=otto())
        assert starting.locks(upload.broadcast_id)
        look(upload)
        wait(upload)
        assert not starting.locks(upload.broadcast_id)

    def test_refused_people_lock_it_until_somebody_decides_about_them(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=20)
        sandbox.fail_next("POST", "/batches", status=400, message="No.")
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        assert upload.state == UploadState.DONE
        assert following.unsettled(upload.broadcast_id) == [upload]
        handing_over.leave_out(chunk=chunk(upload), by=otto())
        look(upload)
        wait(upload, minutes=16)
        assert not following.unsettled(upload.broadcast_id)

    def test_checks_that_take_forever_do_not(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        send_everything()
        wait(upload, minutes=16)
        assert not following.unsettled(upload.broadcast_id)

    def test_other_broadcasts_are_not_locked(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        assert not starting.locks(upload.broadcast_id + 1)


class TestAListThatNeverShowsABatch:
    def test_the_chunk_stays_confirmed(self, sandbox: Sandbox) -> None:
        sandbox.switches.batch_visible_after_seconds = 3600
        upload = begun(sandbox, people=10)
        send_everything()
        reconciling.look(upload.pk)
        assert chunk(upload).state == ChunkState.CONFIRMED
