"""/uploads/<id>/look/"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.campaigns.handing import begun, called, once, send_everything, states
from tests.campaigns.reading import words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


class TestLooking:
    def test_what_callfire_has_is_confirmed_at_once(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        sandbox.fail_next("POST", "/batches", drop="after")
        send_everything()
        answer = operator.post(f"/uploads/{upload.pk}/look/", follow=True)
        assert "Looking through CallFire’s batches now." in words(answer)
        assert states(upload) == ["confirmed"]

    def test_not_finding_it_too_soon_sends_nobody_again(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.switches.batch_visible_after_seconds = 600.0
        upload = begun(sandbox)
        sandbox.fail_next("POST", "/batches", drop="after")
        send_everything()
        for _ in range(5):
            operator.post(f"/uploads/{upload.pk}/look/")
        send_everything()
        assert states(upload) == ["uncertain"]
        assert called(sandbox, upload) == once(upload)

    def test_where_nothing_is_uncertain_it_says_so(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        answer = operator.post(f"/uploads/{upload.pk}/look/")
        assert answer.status_code == 409
        assert "Nothing of it is uncertain any more." in answer.text

    def test_a_viewer_may_not(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        assert viewer.post(f"/uploads/{upload.pk}/look/").status_code == 403
