"""/recordings/ and /recordings/<id>/"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import AuditEvent, BroadcastSnapshot
from campaigns.services import snapshots
from tests.campaigns.reading import links, markup, words
from tests.campaigns.recorded import recording
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.test import Client

    from callfire_api.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _disk(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


class TestTheRecording:
    def test_it_is_shown_with_a_player_and_where_it_belongs(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        made = recording(sandbox)
        page = viewer.get(f"/recordings/{made['id']}/")
        assert page.status_code == 200
        assert f"Recording {made['id']}" in words(page)
        assert f'<audio controls preload="none" src="/recordings/{made["id"]}/audio"' in markup(page)
        assert str(made["callId"]) in words(page)
        assert "0:06" in words(page)

    def test_its_broadcast_has_a_link_once_callboard_knows_it(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        made = recording(sandbox)
        address, page = f"/broadcasts/{made['campaignId']}/", f"/recordings/{made['id']}/"
        unknown = viewer.get(page)
        assert address not in links(unknown)
        assert f"broadcast {made['campaignId']}" in words(unknown)
        snapshots.refresh()
        known = viewer.get(page)
        assert address in links(known)
        assert "Outage notice" in words(known)
        BroadcastSnapshot.objects.update(gone_at=timezone.now())
        assert address not in links(viewer.get(page))

    def test_looking_fetches_no_audio_and_is_no_listening(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        viewer.get(f"/recordings/{recording(sandbox)['id']}/")
        assert not sandbox.requests_to("GET", ".mp3")
        assert not AuditEvent.objects.exists()

    def test_the_address_that_callfire_tells_never_reaches_the_browser(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        made = recording(sandbox, mp3Url="https://recordings.callfire.invalid/secret")
        assert "callfire.invalid" not in markup(viewer.get(f"/recordings/{made['id']}/"))

    @pytest.mark.parametrize(
        ("told", "sentence"),
        [
            ({"state": "RECORDING"}, "The audio follows when it ends."),
            ({"state": "ERROR"}, "CallFire has no audio for this recording."),
            ({"state": None}, "CallFire tells of no audio for this recording."),
            ({"state": "NOVEL"}, "Other (NOVEL)"),
            ({"lengthInBytes": 0}, "Nothing was said: this recording is empty."),
        ],
    )
    def test_without_audio_it_says_why(
        self, viewer: SignedIn, sandbox: Sandbox, told: dict[str, Any], sentence: str
    ) -> None:
        made = recording(sandbox, **told)
        page = viewer.get(f"/recordings/{made['id']}/")
        assert page.status_code == 200
        assert sentence in words(page)
        assert "<audio" not in markup(page)
        assert "/download" not in markup(page)
        assert f"/recordings/{made['id']}/" in links(page)

    def test_only_who_may_take_it_away_sees_the_link(
        self, viewer: SignedIn, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        address = f"/recordings/{recording(sandbox)['id']}/"
        assert f"{address}download" not in links(viewer.get(address))
        assert f"{address}download" in links(operator.get(address))

    def test_one_that_callfire_does_not_know(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        assert viewer.get("/recordings/4711/").status_code == 404

    def test_a_name_is_text(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        made = recording(sandbox, name="<script>alert(1)</script>")
        assert "<script>alert" not in markup(viewer.get(f"/recordings/{made['id']}/"))

    @pytest.mark.parametrize("number", ["0", "-1", "abc", "9" * 19, "9" * 400])
    def test_what_is_no_id_is_no_page(self, viewer: SignedIn, sandbox: Sandbox, number: str) -> None:
        assert viewer.get(f"/recordings/{number}/").status_code == 404

    def test_callfire_out_of_reach(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        sandbox.stop_listening()
        assert viewer.get("/recordings/4711/").status_code == 503

    def test_a_stranger_is_asked_to_sign_in(self, client: Client, db: None) -> None:
        assert client.get("/recordings/7/").status_code == 302


class TestFinding:
    def test_the_field_alone(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        page = viewer.get("/recordings/")
        assert page.status_code == 200
        assert "Recording ID or call ID" in words(page)
        assert not sandbox.requests

    @pytest.mark.parametrize("key", ["id", "callId"])
    def test_by_either_id(self, viewer: SignedIn, sandbox: Sandbox, key: str) -> None:
        made = recording(sandbox)
        page = viewer.get("/recordings/", {"id": made[key]})
        assert f"/recordings/{made['id']}/" in links(page)

    def test_all_of_a_call(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(name="Outage notice", status="FINISHED", recipients=1)
        both = [{"id": 71, "state": "READY"}, {"id": 72, "state": "RECORDING"}]
        call = sandbox.world.add_call(broadcast, records=[{"recordings": both}])
        page = viewer.get("/recordings/", {"id": call["id"]})
        assert {"/recordings/71/", "/recordings/72/"} <= set(links(page))
        assert "Still recording" in words(page)

    def test_one_without_an_id_cannot_be_played(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        made = recording(sandbox, id=None)
        assert "A recording without an id No audio" in words(viewer.get(f"/recordings/?id={made['callId']}"))
        page = viewer.get(f"/calls/{made['callId']}/")
        assert "CallFire does not say the id by which it could be played." in words(page)
        assert "It can be played." not in words(page)

    def test_a_call_without_recordings(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(name="Outage notice", status="FINISHED", recipients=1)
        call = sandbox.world.add_call(broadcast, records=[{"result": "LA"}])
        assert "no call of this id that was recorded" in words(viewer.get(f"/recordings/?id={call['id']}"))

    def test_nothing_of_this_id(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        assert "No such recording" in words(viewer.get("/recordings/?id=4711"))

    @pytest.mark.parametrize("number", ["", "abc", "-4", "0", "9" * 30, "1.5"])
    def test_what_is_no_id_is_told_beside_the_field(
        self, viewer: SignedIn, sandbox: Sandbox, number: str
    ) -> None:
        page = viewer.get("/recordings/", {"id": number})
        assert page.status_code == 422
        assert "This is no id." in words(page) or "Write the id" in words(page)
        assert not sandbox.requests
