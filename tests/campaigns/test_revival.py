"""campaigns/services/revival.py and the tasks of uploads: whatever was forgotten is found in the database"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from campaigns import tasks
from campaigns.models import Upload
from campaigns.services import claims, handing_over, health, revival
from campaigns.states import UploadState
from tests.campaigns.handing import begun, called, checked, look, once, otto, send_everything, states, wait

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.UPLOAD_CHUNK_ROWS = 10


class TestLanes:
    def test_as_many_as_there_is_room_and_work_for(self, sandbox: Sandbox, settings: Settings) -> None:
        settings.UPLOAD_CONCURRENCY = 3
        assert revival.look_after().lanes == 0
        begun(sandbox, people=20)
        assert revival.look_after().lanes == 2
        begun(sandbox, people=20, first=50)
        assert revival.look_after().lanes == 3
        claims.take()
        assert revival.look_after().lanes == 2

    def test_none_for_what_is_paused_or_rests(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        upload.chunks.update(not_before=timezone.now() + timedelta(minutes=1))
        assert revival.look_after().lanes == 0
        upload.chunks.update(not_before=None)
        handing_over.pause(upload=upload, by=otto())
        assert revival.look_after().lanes == 0


class TestLooks:
    def test_uncertain_chunks_are_looked_for_when_they_have_rested(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        sandbox.fail_next("POST", "/batches", drop="after")
        send_everything()
        assert revival.look_after().looks == []
        wait(upload)
        assert revival.look_after().looks == [upload.pk]

    def test_batches_are_followed_often_at_first_and_ever_more_rarely(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        send_everything()

        def is_due(*, settled: int, looked_at: int) -> bool:
            now = timezone.now()
            upload.chunks.update(settled_at=now - timedelta(seconds=settled))
            Upload.objects.update(looked_at=now - timedelta(seconds=looked_at))
            return revival.look_after().looks == [upload.pk]

        assert not is_due(settled=4, looked_at=1)
        assert is_due(settled=4, looked_at=3)
        assert not is_due(settled=110, looked_at=10)
        assert is_due(settled=110, looked_at=22)
        assert not is_due(settled=5000, looked_at=29)
        assert is_due(settled=5000, looked_at=31)

    def test_what_was_taken_is_followed_after_a_cancellation(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        handing_over.send_next()
        handing_over.cancel(upload=upload, by=otto())
        assert revival.look_after().looks == [upload.pk]

    def test_nothing_is_looked_for_once_it_is_done(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        assert revival.look_after().looks == []


class TestCrashes:
    def test_an_upload_that_stopped_short_of_its_next_state_moves_on(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        Upload.objects.update(state=UploadState.HANDING_OVER, told_at=None)
        revival.look_after()
        upload.refresh_from_db()
        assert upload.state == UploadState.DONE

    def test_whoever_was_not_told_is_told(self, sandbox: Sandbox) -> None:
        checked(sandbox, state=UploadState.DONE, ended_at=timezone.now(), confirmed_at=timezone.now())
        revival.look_after()
        revival.look_after()
        assert len(mail.outbox) == 1

    def test_a_check_that_nobody_makes_is_enqueued(self, sandbox: Sandbox) -> None:
        upload = checked(sandbox, state=UploadState.CHECKING)
        assert revival.look_after().checks == [upload.pk]


class TestTheTasks:
    def test_looking_after_uploads_takes_one_all_the_way(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=35)
        tasks.look_after_uploads()
        sandbox.clock.advance(60)
        wait(upload)
        tasks.look_after_uploads()
        upload.refresh_from_db()
        assert upload.state == UploadState.DONE
        assert called(sandbox, upload) == once(upload)

    def test_it_is_the_sign_of_life_of_that_worker(self) -> None:
        assert health.worker_seen_at(health.UPLOADS) is None
        tasks.look_after_uploads()
        assert health.worker_seen_at(health.UPLOADS) is not None
        assert health.worker_seen_at() is None

    def test_delivered_again_and_again_they_do_everything_once(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=35)
        sandbox.fail_next("POST", "/batches", drop="after")
        for _ in range(3):
            tasks.hand_over()
        wait(upload)
        for _ in range(3):
            tasks.settle_upload(upload.pk)
            tasks.hand_over()
        assert states(upload) == ["confirmed"] * 4
        assert called(sandbox, upload) == once(upload)
