"""/uploads/<id>/resume/"""

from __future__ import annotations

from typing import TYPE_CHECKING

from campaigns.services import handing_over
from campaigns.states import UploadState
from tests.campaigns.handing import begun, called, once
from tests.campaigns.reading import words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


class TestResuming:
    def test_the_rest_is_sent_at_once(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        handing_over.pause(upload=upload, by=operator.user)
        answer = operator.post(f"/uploads/{upload.pk}/resume/", follow=True)
        assert "It goes on." in words(answer)
        assert called(sandbox, upload) == once(upload)

    def test_one_that_is_not_paused_says_so(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        answer = operator.post(f"/uploads/{upload.pk}/resume/")
        assert answer.status_code == 409
        assert "It is not paused, so there is nothing to resume." in answer.text

    def test_pressed_twice_nobody_is_sent_twice(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        handing_over.pause(upload=upload, by=operator.user)
        operator.post(f"/uploads/{upload.pk}/resume/")
        operator.post(f"/uploads/{upload.pk}/resume/")
        assert called(sandbox, upload) == once(upload)

    def test_a_viewer_may_not(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        handing_over.pause(upload=upload, by=viewer.user)
        assert viewer.post(f"/uploads/{upload.pk}/resume/").status_code == 403
        upload.refresh_from_db()
        assert upload.state == UploadState.PAUSED
