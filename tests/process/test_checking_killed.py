"""A worker that is killed while it checks a file: the check is made again, and nobody is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import Upload
from campaigns.recipient_files.checking import Mapping
from campaigns.recipient_files.reading import Reading
from campaigns.services import upload_files
from campaigns.states import UploadState
from tests.process import databases
from tests.process.stage import Stage, numbers

pytestmark = pytest.mark.process

PEOPLE = 14_000
TIMES = 20


def unchecked(stage: Stage) -> Upload:
    """A file in which everybody stands twenty times, not checked yet."""
    upload = stage.upload(people=PEOPLE)
    upload_files.accepted(upload).unlink()
    rows = "".join(f"{number}\n" for number in numbers(PEOPLE)) * TIMES
    upload_files.original(upload).write_text(f"Phone\n{rows}", encoding="ascii")
    upload.state, upload.rows, upload.accepted = UploadState.CHECKING, 0, 0
    upload.reading = Reading("text", encoding="utf-8", delimiter=",", header_row=1).to_json()
    upload.columns = ["Phone"]
    upload.mapping = Mapping(phones=(0,), contact_id=None, attributes=()).to_json()
    upload.save()
    return upload


def test_what_a_killed_worker_checked_is_checked_again(
    stage: Stage, settings: Settings, exactly_once: Callable[..., None]
) -> None:
    settings.UPLOAD_CHUNK_ROWS = 1000
    upload = unchecked(stage)
    for _ in range(2):
        worker = stage.start_worker()
        stage.enqueue("check_upload", upload.pk)
        stage.until(lambda: is_held(upload), "the check to begin")
        with databases.held():
            stage.kill(worker)
        assert stage.state_of(upload) == UploadState.CHECKING
        Upload.objects.update(check_lease_until=timezone.now() - timedelta(seconds=1))
    stage.start_worker()
    stage.until(lambda: stage.state_of(upload) == UploadState.CHECKED, "the file to be checked")
    assert (upload.rows, upload.accepted) == (PEOPLE * TIMES, PEOPLE)
    assert upload.rejected == {"duplicate": PEOPLE * (TIMES - 1)}
    stage.hand_over(upload)
    stage.until_done(upload)
    exactly_once(upload, fault="killed while the file was checked")


def is_held(upload: Upload) -> bool:
    """Whether a worker checks it now."""
    upload.refresh_from_db()
    return upload.check_lease_until is not None and upload.check_lease_until > timezone.now()
