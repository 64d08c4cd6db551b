"""/uploads/<id>/pause/"""

from __future__ import annotations

from typing import TYPE_CHECKING

from campaigns.models import AuditEvent
from campaigns.services import handing_over
from campaigns.states import UploadState
from tests.campaigns.handing import begun, checked
from tests.campaigns.reading import words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


class TestPausing:
    def test_nothing_more_is_sent(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        answer = operator.post(f"/uploads/{upload.pk}/pause/", follow=True)
        assert answer.redirect_chain == [(f"/uploads/{upload.pk}/", 302)]
        assert "Paused. Nothing more is sent until somebody resumes it." in words(answer)
        assert not handing_over.send_next()
        assert not sandbox.requests_to("POST", "/batches")

    def test_it_is_written_down_who_did_it(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        operator.post(f"/uploads/{upload.pk}/pause/")
        event = AuditEvent.objects.get(action="pause upload")
        assert event.by == operator.user
        assert "Otto Operator paused an upload" in words(operator.get(f"/broadcasts/{upload.broadcast_id}/"))

    def test_where_there_is_nothing_to_pause_it_says_so(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = checked(sandbox)
        answer = operator.post(f"/uploads/{upload.pk}/pause/")
        assert answer.status_code == 409
        assert "It is not being handed over now, so there is nothing to pause." in answer.text
        upload.refresh_from_db()
        assert upload.state == UploadState.CHECKED


class TestWhoMay:
    def test_a_viewer_may_not(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        assert viewer.post(f"/uploads/{upload.pk}/pause/").status_code == 403
        upload.refresh_from_db()
        assert upload.state == UploadState.HANDING_OVER

    def test_looking_at_the_address_changes_nothing(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        assert operator.get(f"/uploads/{upload.pk}/pause/").status_code == 405

    def test_one_that_is_not_there_is_not_found(self, operator: SignedIn) -> None:
        assert operator.post("/uploads/99/pause/").status_code == 404
