"""/uploads/<id>/chunks/<number>/send-again/"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from campaigns.models import Upload
from tests.campaigns.handing import begun, called, chunk, look, once, send_everything, states
from tests.campaigns.reading import words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


@pytest.fixture
def lost(sandbox: Sandbox, db: None) -> Upload:
    """An upload whose one chunk never arrived, which nobody knows; it was looked for once."""
    upload = begun(sandbox, people=30)
    sandbox.fail_next("POST", "/batches", drop="before")
    send_everything()
    return look(upload)


class TestTheQuestion:
    def test_it_says_what_was_looked_for_and_what_may_happen(self, operator: SignedIn, lost: Upload) -> None:
        page = words(operator.get(f"/uploads/{lost.pk}/chunks/1/send-again/"))
        assert "Send chunk 1 again?" in page
        assert "We looked 1 time through CallFire’s list of batches, last" in page
        assert f"CallFire’s own site shows no batch whose name begins with {chunk(lost).token}" in page

    def test_without_the_tick_nothing_is_sent(self, operator: SignedIn, lost: Upload) -> None:
        answer = operator.post(f"/uploads/{lost.pk}/chunks/1/send-again/")
        assert answer.status_code == 422
        assert "Look on CallFire’s own site first, then tick this." in answer.text
        assert states(lost) == ["uncertain"]


class TestSendingAgain:
    def test_everybody_is_there_once(self, operator: SignedIn, sandbox: Sandbox, lost: Upload) -> None:
        operator.post(f"/uploads/{lost.pk}/chunks/1/send-again/", {"agreed": "on"})
        assert states(lost) == ["confirmed"]
        assert called(sandbox, lost) == once(lost)

    def test_before_the_first_look_it_is_refused(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        sandbox.fail_next("POST", "/batches", drop="before")
        send_everything()
        answer = operator.post(f"/uploads/{upload.pk}/chunks/1/send-again/", {"agreed": "on"})
        assert answer.status_code == 409
        assert "It was not looked for yet." in answer.text

    def test_pressed_twice_it_is_sent_once(self, operator: SignedIn, sandbox: Sandbox, lost: Upload) -> None:
        for _ in range(2):
            operator.post(f"/uploads/{lost.pk}/chunks/1/send-again/", {"agreed": "on"})
        assert called(sandbox, lost) == once(lost)

    def test_a_viewer_may_not(self, viewer: SignedIn, lost: Upload) -> None:
        assert viewer.get(f"/uploads/{lost.pk}/chunks/1/send-again/").status_code == 403
        answer = viewer.post(f"/uploads/{lost.pk}/chunks/1/send-again/", {"agreed": "on"})
        assert answer.status_code == 403
        assert states(lost) == ["uncertain"]
