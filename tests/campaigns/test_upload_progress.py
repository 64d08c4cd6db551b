"""/uploads/<id>/progress/"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from campaigns.models import Upload
from campaigns.services import handing_over
from tests.campaigns.handing import begun, look, send_everything
from tests.campaigns.reading import panel, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.UPLOAD_CHUNK_ROWS = 10


def clock(browser: SignedIn, upload: Upload, query: str = "") -> str:
    """Where the open page looks next."""
    return panel(browser.get(f"/uploads/{upload.pk}/{query}"), "progress")["data-url"]


class TestATick:
    def test_what_is_shown_already_is_not_sent_again_but_its_age_moves_on(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox)
        answer = viewer.get(clock(viewer, upload))
        assert answer.status_code == 204
        assert json.loads(answer["HX-Trigger"])["fresh"]["id"] == "progress"

    def test_a_change_is_drawn_and_the_head_left_alone(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=30)
        url = clock(viewer, upload)
        handing_over.send_next()
        answer = viewer.get(url)
        assert "10 of 30 people" in words(answer)
        assert 'id="upload-head"' not in answer.text
        assert "<html" not in answer.text

    def test_a_new_state_changes_the_head_too(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        url = clock(operator, upload)
        handing_over.pause(upload=upload, by=operator.user)
        answer = operator.get(url)
        assert 'id="upload-head" hx-swap-oob="true"' in " ".join(answer.text.split())
        assert f'action="/uploads/{upload.pk}/resume/"' in answer.text

    def test_it_goes_on_with_the_chunks_that_were_shown(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=600)
        url = clock(viewer, upload, "?chunks=all&page=2")
        handing_over.send_next()
        assert "51 –\u2060 60 of 60" in words(viewer.get(url))

    def test_the_last_one_stops_the_clock(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        url = clock(viewer, upload)
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        answer = viewer.get(url)
        assert "data-every" not in panel(answer, "progress")
        assert "Complete" in words(answer)


class TestWhatItCosts:
    def test_the_size_of_the_upload_does_not_change_how_much_is_asked(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        def queries(people: int) -> int:
            url = clock(viewer, begun(sandbox, people=people))
            with CaptureQueriesContext(
                connection,
            ) as asked:
                viewer.get(url)
            return len(asked)

        assert queries(1000) == queries(10)

    def test_it_asks_callfire_nothing(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        sandbox.clear_requests()
        viewer.get(clock(viewer, upload))
        assert not sandbox.requests

    def test_its_address_is_that_of_the_upload(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        assert urlsplit(clock(viewer, upload)).path == f"/uploads/{upload.pk}/progress/"


class TestWhoMay:
    def test_nobody_is_told_without_signing_in(self, client: SignedIn, sandbox: Sandbox, db: None) -> None:
        upload = begun(sandbox)
        assert client.get(f"/uploads/{upload.pk}/progress/").status_code in {302, 401}
