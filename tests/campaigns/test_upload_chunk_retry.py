"""/uploads/<id>/chunks/<number>/retry/"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.campaigns.handing import begun, called, once, send_everything, states
from tests.campaigns.reading import words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


class TestTryingAgain:
    def test_a_refused_chunk_is_looked_for_and_then_sent_again(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox)
        sandbox.fail_next("POST", "/batches", status=400, message="Not now.")
        send_everything()
        answer = operator.post(f"/uploads/{upload.pk}/chunks/1/retry/", follow=True)
        assert "Chunk 1 is looked for, then sent again." in words(answer)
        send_everything()
        assert states(upload) == ["confirmed"]
        assert called(sandbox, upload) == once(upload)

    def test_one_that_callfire_took_all_the_same_is_found_and_not_sent_again(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox)
        sandbox.fail_next("POST", "/batches", status=400, message="Not now.", applied=True)
        send_everything()
        operator.post(f"/uploads/{upload.pk}/chunks/1/retry/")
        send_everything()
        assert states(upload) == ["confirmed"]
        assert called(sandbox, upload) == once(upload)

    def test_one_that_was_not_refused_says_so(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        send_everything()
        answer = operator.post(f"/uploads/{upload.pk}/chunks/1/retry/")
        assert answer.status_code == 409
        assert "CallFire did not refuse this chunk" in answer.text

    def test_a_chunk_that_is_not_there_is_not_found(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        assert operator.post(f"/uploads/{upload.pk}/chunks/7/retry/").status_code == 404

    def test_a_viewer_may_not(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        assert viewer.post(f"/uploads/{upload.pk}/chunks/1/retry/").status_code == 403
