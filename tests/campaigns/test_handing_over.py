"""campaigns/services/handing_over.py: everybody reaches CallFire exactly once"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from campaigns.services import books, handing_over
from campaigns.states import UploadState
from tests.campaigns.handing import begun, called, checked, look, once, send_everything, states

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.UPLOAD_CHUNK_ROWS = 10


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
