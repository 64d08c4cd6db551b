"""/recordings/<id>/download"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from campaigns.models import AuditEvent
from tests.campaigns.recorded import MP3, recording
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _disk(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def number(sandbox: Sandbox) -> int:
    """The id of a recording."""
    return int(recording(sandbox)["id"])


def test_the_file_whole_and_under_its_own_name(operator: SignedIn, number: int) -> None:
    answer = operator.get(f"/recordings/{number}/download")
    assert (answer.status_code, answer.content) == (200, MP3)
    assert answer["Content-Disposition"] == f'attachment; filename="recording-{number}.mp3"'
    assert answer["Content-Type"] == "audio/mpeg"


def test_it_waits_until_all_of_it_is_here(operator: SignedIn, sandbox: Sandbox, number: int) -> None:
    sandbox.switches.mp3_drip_bytes_per_second = 20_000
    assert operator.get(f"/recordings/{number}/download").content == MP3


def test_it_is_written_down(operator: SignedIn, number: int) -> None:
    operator.get(f"/recordings/{number}/download")
    event = AuditEvent.objects.get()
    assert (event.action, event.by, event.object_id) == ("download recording", operator.user, number)


def test_who_may_only_listen_may_not_take_it_away(viewer: SignedIn, sandbox: Sandbox, number: int) -> None:
    assert viewer.get(f"/recordings/{number}/download").status_code == 403
    assert not sandbox.requests
    assert not AuditEvent.objects.exists()


def test_without_audio_there_is_no_file(operator: SignedIn, sandbox: Sandbox) -> None:
    silent = recording(sandbox, state="ERROR")["id"]
    assert operator.get(f"/recordings/{silent}/download").status_code == 404
    assert not AuditEvent.objects.exists()


def test_audio_that_breaks_off_is_no_file(operator: SignedIn, sandbox: Sandbox, number: int) -> None:
    sandbox.switches.mp3_cut_after_bytes = 5000
    assert operator.get(f"/recordings/{number}/download").status_code == 504
    assert not AuditEvent.objects.exists()
