"""/uploads/<id>/disable/"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from campaigns.gateway import get_callfire
from campaigns.services import following, handing_over
from campaigns.states import UploadState
from tests.campaigns.handing import begun, called, chunk, look, send_everything
from tests.campaigns.reading import links, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.UPLOAD_CHUNK_ROWS = 10


class TestDisabling:
    def test_the_question_says_how_many_batches_and_people(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=30, broadcast_name="Outage north")
        handing_over.send_next()
        handing_over.cancel(upload=upload, by=operator.user)
        page = words(operator.get(f"/uploads/{upload.pk}/disable/"))
        assert "Disable the batches that CallFire has?" in page
        assert "Broadcast Outage north Batches 1 People 10" in page
        assert called(sandbox, upload).total() == 10

    def test_nobody_of_it_is_called_any_more(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=30)
        handing_over.send_next()
        handing_over.send_next()
        handing_over.cancel(upload=upload, by=operator.user)
        answer = operator.post(f"/uploads/{upload.pk}/disable/", follow=True)
        assert called(sandbox, upload).total() == 0
        assert "Their batches are off. None of them is called by this broadcast." in words(answer)
        assert "Switched off" in words(answer)
        assert f"/uploads/{upload.pk}/disable/" not in links(answer)

    def test_an_upload_that_ended_says_so_too(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=20)
        send_everything()
        sandbox.clock.advance(10)
        assert look(upload).state == UploadState.DONE
        assert "Their batches" not in words(operator.get(f"/uploads/{upload.pk}/"))
        page = words(operator.post(f"/uploads/{upload.pk}/disable/", follow=True))
        assert "Chunks: 2 ready to call; 2 of them switched off." in page
        assert "Their batches are off. None of them is called by this broadcast." in page

    def test_one_that_is_on_again_is_said_before_a_start_and_can_be_disabled_again(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=20)
        send_everything()
        sandbox.clock.advance(10)
        look(upload)
        operator.post(f"/uploads/{upload.pk}/disable/")
        get_callfire().batches.update(chunk(upload, 2).batch_id or 0, enabled=True)
        start = f"/broadcasts/{upload.broadcast_id}/start/"
        warning = (
            "Batches of “members.csv” are on again. They were disabled here, and CallFire has 1 of them on"
        )
        assert f"{warning}: 10 people." in words(operator.get(start))
        assert warning in words(operator.get(start))
        assert "1 of them switched off" in words(operator.get(f"/uploads/{upload.pk}/"))
        operator.post(f"/uploads/{upload.pk}/disable/")
        assert called(sandbox, upload).total() == 0
        assert "on again" not in words(operator.get(start))

    def test_a_look_under_way_cannot_say_they_are_on_again(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=20)
        handing_over.send_next()
        handing_over.cancel(upload=upload, by=operator.user)
        seen_by_the_look = chunk(upload)
        batch = get_callfire().batches.get(seen_by_the_look.batch_id or 0)
        assert batch.enabled
        operator.post(f"/uploads/{upload.pk}/disable/")
        following.record(seen_by_the_look, batch)
        assert chunk(upload).batch_enabled is False

    def test_while_it_is_handed_over_it_has_to_be_cancelled_first(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=30)
        handing_over.send_next()
        answer = operator.post(f"/uploads/{upload.pk}/disable/")
        assert answer.status_code == 409
        assert "It is still being handed over. Cancel it first." in answer.text

    def test_a_viewer_may_not(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=30)
        handing_over.send_next()
        handing_over.cancel(upload=upload, by=viewer.user)
        assert viewer.get(f"/uploads/{upload.pk}/disable/").status_code == 403
        assert viewer.post(f"/uploads/{upload.pk}/disable/").status_code == 403
        assert called(sandbox, upload).total() == 10
