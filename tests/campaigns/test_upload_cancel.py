"""/uploads/<id>/cancel/"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from campaigns.services import handing_over
from campaigns.states import UploadState
from tests.campaigns.handing import begun, checked, look, send_everything, states
from tests.campaigns.reading import words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.UPLOAD_CHUNK_ROWS = 10


class TestTheQuestion:
    def test_it_says_who_stays_out_and_who_stays_in(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=40)
        handing_over.send_next()
        sandbox.fail_next("POST", "/batches", drop="before")
        handing_over.send_next()
        page = words(operator.get(f"/uploads/{upload.pk}/cancel/"))
        assert "Cancel the rest of this upload?" in page
        assert "People not sent yet 20, who stay out" in page
        assert "People at CallFire 10, who stay in the broadcast" in page
        assert "People on their way 10. We still find out whether CallFire has them" in page

    def test_asking_changes_nothing(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        operator.get(f"/uploads/{upload.pk}/cancel/")
        upload.refresh_from_db()
        assert upload.state == UploadState.HANDING_OVER

    def test_it_opens_as_a_dialog(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        answer = operator.get(f"/uploads/{upload.pk}/cancel/", headers=DIALOG)
        assert "<dialog" in answer.text
        assert "<html" not in answer.text

    def test_before_the_hand_over_it_is_discarded(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = checked(sandbox)
        page = words(operator.get(f"/uploads/{upload.pk}/cancel/"))
        assert "Discard this upload? Nobody of it was handed over, and nobody will be." in page


class TestCancelling:
    def test_the_rest_is_never_sent_and_what_is_uncertain_is_still_settled(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=40)
        handing_over.send_next()
        sandbox.fail_next("POST", "/batches", drop="after")
        handing_over.send_next()
        answer = operator.post(f"/uploads/{upload.pk}/cancel/", follow=True)
        assert "Cancelled. Nothing more is sent." in words(answer)
        assert send_everything() == 0
        sandbox.clock.advance(60)
        look(upload)
        assert states(upload) == ["active", "active", "cancelled", "cancelled"]

    def test_a_finished_one_says_that_it_is_too_late(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        answer = operator.post(f"/uploads/{upload.pk}/cancel/")
        assert answer.status_code == 409
        assert "Everybody in it was handed over already" in answer.text

    def test_a_viewer_may_neither_ask_nor_do_it(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        assert viewer.get(f"/uploads/{upload.pk}/cancel/").status_code == 403
        assert viewer.post(f"/uploads/{upload.pk}/cancel/").status_code == 403
        upload.refresh_from_db()
        assert upload.state == UploadState.HANDING_OVER
