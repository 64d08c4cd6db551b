"""/sounds/<id>/audio"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

MP3 = (Path(__file__).parents[2] / "callfire_api" / "sandbox" / "recording.mp3").read_bytes()
SIZE = len(MP3)


@pytest.fixture(autouse=True)
def _disk(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def address(sandbox: Sandbox) -> str:
    """Where a sound of the practice CallFire is heard."""
    return f"/sounds/{sandbox.world.add_sound(name='Outage greeting')}/audio"


class TestListening:
    def test_everything_at_once(self, viewer: SignedIn, address: str) -> None:
        answer = viewer.get(address)
        assert answer.status_code == 200
        assert answer.content == MP3
        assert answer["Content-Type"] == "audio/mpeg"
        assert answer["Content-Length"] == str(SIZE)
        assert answer["Accept-Ranges"] == "bytes"

    @pytest.mark.parametrize(
        ("header", "first", "last"),
        [
            ("bytes=0-1", 0, 1),
            ("bytes=0-", 0, SIZE - 1),
            ("bytes=100-199", 100, 199),
            (f"bytes={SIZE - 5}-", SIZE - 5, SIZE - 1),
            (f"bytes=5-{SIZE * 2}", 5, SIZE - 1),
            ("bytes=-5", SIZE - 5, SIZE - 1),
        ],
    )
    def test_a_part(self, viewer: SignedIn, address: str, header: str, first: int, last: int) -> None:
        answer = viewer.get(address, headers={"Range": header})
        assert answer.status_code == 206
        assert answer.content == MP3[first : last + 1]
        assert answer["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
        assert answer["Content-Length"] == str(last - first + 1)

    @pytest.mark.parametrize("header", [f"bytes={SIZE}-", "bytes=-0"])
    def test_a_part_that_is_not_there(self, viewer: SignedIn, address: str, header: str) -> None:
        answer = viewer.get(address, headers={"Range": header})
        assert answer.status_code == 416
        assert answer["Content-Range"] == f"bytes */{SIZE}"
        assert answer.content == b""

    @pytest.mark.parametrize("header", ["bytes=9-1", "bytes=0-1,5-6", "lines=1-2", "nonsense"])
    def test_a_range_that_makes_no_sense_gets_everything(
        self, viewer: SignedIn, address: str, header: str
    ) -> None:
        answer = viewer.get(address, headers={"Range": header})
        assert answer.status_code == 200
        assert answer.content == MP3

    def test_a_part_of_what_the_player_already_has(self, viewer: SignedIn, address: str) -> None:
        tag = viewer.get(address)["ETag"]
        same = viewer.get(address, headers={"Range": "bytes=0-1", "If-Range": tag})
        assert same.status_code == 206
        changed = viewer.get(address, headers={"Range": "bytes=0-1", "If-Range": '"another"'})
        assert (changed.status_code, changed.content) == (200, MP3)

    def test_what_the_browser_has_is_not_sent_again(self, viewer: SignedIn, address: str) -> None:
        tag = viewer.get(address)["ETag"]
        answer = viewer.get(address, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b"")

    def test_the_head_alone(self, viewer: SignedIn, address: str) -> None:
        answer = viewer.head(address, headers={"Range": "bytes=0-1"})
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer["Content-Length"] == str(SIZE)


class TestWhatOthersSee:
    def test_callfire_is_asked_once_however_many_listen(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        for _ in range(3):
            viewer.get(address, headers={"Range": "bytes=0-1"})
        assert len(sandbox.requests_to("GET", ".mp3")) == 1

    @pytest.mark.django_db(transaction=True)
    def test_even_at_the_same_moment(self, viewer: SignedIn, sandbox: Sandbox, address: str) -> None:
        sandbox.fail_next("GET", ".mp3", delay_seconds=0.3)

        def listen(_: int) -> int:
            other = Client()
            other.cookies = viewer.cookies
            try:
                return other.get(address, headers={"Range": "bytes=0-"}).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as ears:
            assert list(ears.map(listen, range(4))) == [206] * 4
        assert len(sandbox.requests_to("GET", ".mp3")) == 1

    def test_it_stays_private_and_is_what_it_says_it_is(self, viewer: SignedIn, address: str) -> None:
        answer = viewer.get(address)
        assert answer["Cache-Control"] == "private, max-age=3600"
        assert answer["X-Content-Type-Options"] == "nosniff"

    def test_nothing_of_callfire_gets_out(self, viewer: SignedIn, sandbox: Sandbox, address: str) -> None:
        answer = viewer.get(address)
        told = str(answer.headers)
        assert sandbox.url not in told
        assert "Authorization" not in told
        assert "Location" not in told

    def test_a_stranger_is_asked_to_sign_in(self, viewer: SignedIn, sandbox: Sandbox, address: str) -> None:
        viewer.logout()
        assert viewer.get(address).status_code == 302
        assert not sandbox.requests

    def test_only_reading_is_possible(self, viewer: SignedIn, address: str) -> None:
        assert viewer.post(address).status_code == 405


class TestTrouble:
    def test_a_sound_that_is_not_there(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        assert viewer.get("/sounds/4711/audio").status_code == 404

    def test_a_sound_that_cannot_be_played(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        archived = sandbox.world.add_sound(name="Old", status="ARCHIVED")
        assert viewer.get(f"/sounds/{archived}/audio").status_code == 404

    def test_an_error_dressed_as_audio(self, viewer: SignedIn, sandbox: Sandbox, address: str) -> None:
        sandbox.switches.mp3_json_error = True
        assert viewer.get(address).status_code == 502

    def test_audio_that_breaks_off(self, viewer: SignedIn, sandbox: Sandbox, address: str) -> None:
        sandbox.switches.mp3_cut_after_bytes = 5000
        assert viewer.get(address).status_code == 504

    def test_callfire_out_of_reach(self, viewer: SignedIn, sandbox: Sandbox, address: str) -> None:
        sandbox.stop_listening()
        assert viewer.get(address).status_code == 503

    def test_what_was_heard_once_is_heard_without_callfire(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        viewer.get(address)
        sandbox.stop_listening()
        assert viewer.get(address).content == MP3
