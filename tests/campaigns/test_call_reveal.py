"""/calls/<id>/reveal/"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from campaigns.models import AuditEvent
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import markup, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.test import Client

    from callfire_api.sandbox import Sandbox

HTMX = {"HX-Request": "true", "HX-Target": "call-number"}


@pytest.fixture
def call(sandbox: Sandbox, seen: Seen) -> int:
    """A call to (323) 555-0172 whose texts hold the number too."""
    desk = seen(recipients=0)
    added = sandbox.world.add_call(
        sandbox.world.broadcasts[desk.pk],
        fromNumber="12135550111",
        toNumber="13235550172",
        finalCallResult="LA",
        attributes={"cell": "323-555-0172"},
        notes=[{"text": "call back on +1 (323) 555 0172", "created": 1_793_000_000_000}],
    )
    return int(added["id"])


class TestBeforeAsking:
    def test_a_viewer_sees_no_whole_number_of_a_person_anywhere(self, viewer: SignedIn, call: int) -> None:
        answer = viewer.get(f"/calls/{call}/")
        assert "(323) 555-••••" in words(answer)
        assert "0172" not in markup(answer)
        assert "/numbers/" not in markup(answer)
        assert "(213) 555-0111" in words(answer), "the account's own number is nobody's secret"

    def test_an_operator_sees_it_without_asking(self, operator: SignedIn, call: int) -> None:
        answer = operator.get(f"/calls/{call}/")
        assert "(323) 555-0172" in words(answer)
        assert "/reveal/" not in markup(answer)


class TestAsking:
    def test_it_shows_the_number_and_is_written_down(self, viewer: SignedIn, call: int) -> None:
        answer = viewer.post(f"/calls/{call}/reveal/")
        assert "(323) 555-0172" in words(answer)
        event = AuditEvent.objects.get()
        assert (event.action, event.object_kind, event.object_id) == ("reveal number", "call", call)
        assert (event.by, event.outcome) == (viewer.user, "done")
        assert "0172" not in f"{event.sentence}{event.object_name}{event.detail}"

    def test_it_shows_this_number_and_no_other(self, viewer: SignedIn, call: int) -> None:
        assert markup(viewer.post(f"/calls/{call}/reveal/")).count("0172") == 1

    def test_the_next_look_is_masked_again(self, viewer: SignedIn, call: int) -> None:
        assert "no-store" in viewer.post(f"/calls/{call}/reveal/")["Cache-Control"]
        assert "0172" not in markup(viewer.get(f"/calls/{call}/"))

    def test_htmx_gets_the_number_alone(self, viewer: SignedIn, call: int) -> None:
        answer = viewer.post(f"/calls/{call}/reveal/", headers=HTMX)
        assert "(323) 555-0172" in words(answer)
        assert "<html" not in markup(answer)

    def test_a_look_reveals_nothing(self, viewer: SignedIn, call: int) -> None:
        assert viewer.get(f"/calls/{call}/reveal/").status_code == 405
        assert not AuditEvent.objects.exists()

    def test_nothing_is_written_down_when_nothing_was_shown(
        self, viewer: SignedIn, call: int, sandbox: Sandbox
    ) -> None:
        assert viewer.post("/calls/4711/reveal/").status_code == 404
        assert not AuditEvent.objects.exists()

    def test_whoever_is_not_signed_in_is_sent_to_sign_in(self, client: Client, call: int) -> None:
        assert client.post(f"/calls/{call}/reveal/").status_code == 302
