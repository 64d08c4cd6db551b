"""campaigns/services/retention.py: the people in a file are forgotten, the counts stay"""

from __future__ import annotations

import os
import sys
from array import array
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from pytest_django import Settings

from campaigns import tasks
from campaigns.models import Upload
from campaigns.services import handing_over, retention, upload_files
from campaigns.services.handing_over import NotPossible
from campaigns.states import ChunkState, UploadState
from tests.campaigns.handing import begun, checked, chunk, numbers, states

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_month(settings: Settings) -> None:
    settings.UPLOAD_RETENTION_DAYS = 30


def aged(upload: Upload, *, days: int, **more: object) -> Upload:
    """The upload, so many days older."""
    Upload.objects.filter(pk=upload.pk).update(at=timezone.now() - timedelta(days=days), **more)
    upload.refresh_from_db()
    return upload


@pytest.mark.parametrize("state", [UploadState.DONE, UploadState.CANCELLED])
class TestUploadsThatEnded:
    def test_their_files_go_after_a_while_and_their_counts_stay(
        self, sandbox: Sandbox, state: UploadState
    ) -> None:
        ended = timezone.now() - timedelta(days=31)
        quoted = {"examples": {"invalid": [[3, "555-0107", ""]]}, "runs": {"longest": [[12135550100, 12]]}}
        found = quoted | {"overlaps": []}
        upload = aged(checked(sandbox, state=state, findings=found), days=40, ended_at=ended)
        tasks.forget_files()
        upload.refresh_from_db()
        assert not upload_files.folder(upload.pk).exists()
        assert upload.files_removed_at is not None
        assert upload.accepted == 30
        assert upload.findings == {"overlaps": []}
        assert retention.forget() == 0

    def test_not_before_that(self, sandbox: Sandbox, state: UploadState) -> None:
        ended = timezone.now() - timedelta(days=29)
        upload = aged(checked(sandbox, state=state), days=40, ended_at=ended)
        assert retention.forget() == 0
        assert upload_files.accepted(upload).exists()


class TestWhomTheyHandedOver:
    def test_digests_stay_and_nothing_else(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=3)
        people = array("q", map(int, numbers(3)))
        upload_files.numbers(upload).write_bytes(people.tobytes())
        aged(upload, days=40, state=UploadState.DONE, ended_at=timezone.now() - timedelta(days=31))
        assert retention.forget() == 1
        kept = upload_files.digests(upload)
        assert list(upload_files.folder(upload.pk).iterdir()) == [kept]
        assert kept.stat().st_size == 8 * (1 + 3)
        assert not any(person.to_bytes(8, sys.byteorder) in kept.read_bytes() for person in people)

    def test_nobody_is_sent_again_once_they_are_forgotten(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=3)
        upload.chunks.update(state=ChunkState.REFUSED)
        aged(upload, days=40, state=UploadState.DONE, ended_at=timezone.now() - timedelta(days=31))
        retention.forget()
        with pytest.raises(NotPossible, match="no longer kept"):
            handing_over.retry(chunk=chunk(upload), by=upload.by)
        upload.refresh_from_db()
        assert (upload.state, states(upload)) == (UploadState.DONE, ["refused"])


class TestUploadsThatDidNotEnd:
    @pytest.mark.parametrize("state", [UploadState.CHECKED, UploadState.UNREADABLE, UploadState.CHECKING])
    def test_what_nobody_confirmed_is_given_up(self, sandbox: Sandbox, state: UploadState) -> None:
        upload = aged(checked(sandbox, state=state), days=31)
        assert retention.forget() == 1
        upload.refresh_from_db()
        assert upload.state == UploadState.CANCELLED
        assert not upload_files.folder(upload.pk).exists()

    def test_what_is_being_handed_over_is_left_alone(self, sandbox: Sandbox) -> None:
        upload = aged(begun(sandbox), days=100)
        assert retention.forget() == 0
        assert upload_files.accepted(upload).exists()


def test_what_a_killed_process_left_half_arrived_goes_after_a_day() -> None:
    folder = upload_files.incoming()
    folder.mkdir(parents=True, exist_ok=True)
    old, new = folder / "old", folder / "new"
    for path in (old, new):
        path.write_text("phone")
    two_days_ago = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(old, (two_days_ago, two_days_ago))
    retention.forget()
    assert list(folder.iterdir()) == [new]
    new.unlink()
