"""/uploads/<id>/chunks/<number>/leave-out/"""

from __future__ import annotations

from typing import TYPE_CHECKING

from campaigns.states import UploadState
from tests.campaigns.handing import begun, called, look, send_everything, states
from tests.campaigns.reading import words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


class TestLeavingOut:
    def test_the_question_about_uncertain_people_says_what_may_happen(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=30)
        sandbox.fail_next("POST", "/batches", drop="after")
        send_everything()
        page = words(operator.get(f"/uploads/{upload.pk}/chunks/1/leave-out/"))
        assert "Leave 30 people out?" in page
        assert "CallFire may have them all the same." in page

    def test_a_refused_chunk_is_closed(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        sandbox.fail_next("POST", "/batches", status=400, message="No.")
        send_everything()
        assert "CallFire may have them" not in words(
            operator.get(f"/uploads/{upload.pk}/chunks/1/leave-out/")
        )
        answer = operator.post(f"/uploads/{upload.pk}/chunks/1/leave-out/", follow=True)
        assert "The people of chunk 1 are left out." in words(answer)
        assert "Complete with a gap" in words(answer)
        assert states(upload) == ["left_out"]

    def test_uncertain_people_who_turn_up_are_switched_off(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox)
        sandbox.fail_next("POST", "/batches", drop="after")
        send_everything()
        operator.post(f"/uploads/{upload.pk}/chunks/1/leave-out/")
        look(upload)
        assert called(sandbox, upload).total() == 0
        assert upload.state in {UploadState.FOLLOWING, UploadState.DONE}

    def test_what_callfire_has_cannot_be_left_out(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        send_everything()
        answer = operator.post(f"/uploads/{upload.pk}/chunks/1/leave-out/")
        assert answer.status_code == 409
        assert states(upload) == ["confirmed"]

    def test_a_viewer_may_not(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        assert viewer.post(f"/uploads/{upload.pk}/chunks/1/leave-out/").status_code == 403
