"""/recordings/<id>/audio"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django import Settings

from campaigns import tasks
from campaigns.models import AuditEvent
from campaigns.services import fetching
from tests.callfire_api.wire_server import Reply, WireServer
from tests.campaigns.reading import markup
from tests.campaigns.recorded import MP3, recording
from tests.conftest import SignedIn
from tests.dashboard.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test.client import _MonkeyPatchedWSGIResponse

    from callfire_api.sandbox import Sandbox

SIZE = len(MP3)


@pytest.fixture(autouse=True)
def _disk(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def address(sandbox: Sandbox) -> str:
    """Where a recording of the practice CallFire is heard."""
    return f"/recordings/{recording(sandbox)['id']}/audio"


@pytest.fixture
def wire(sandbox: Sandbox, settings: Settings) -> Iterator[WireServer]:
    """A CallFire that tells of recording 7 as ready, and then answers what the test scripts."""
    with WireServer() as server:
        settings.CALLFIRE_BASE_URL = server.url
        yield server


def part(browser: Client, address: str, header: str) -> _MonkeyPatchedWSGIResponse:
    """What the player gets when it asks for these bytes."""
    return browser.get(address, headers={"Range": header})


def told(**about: object) -> Reply:
    """What CallFire tells of recording 7."""
    return Reply(body=dumps({"id": 7, "callId": 8, "state": "READY"} | about).encode())


def until_fetched() -> None:
    """Wait until nothing is on its way from CallFire any more."""
    wait_until(lambda: not fetching.is_busy(), 10, "the end of the fetch")


def until_played(browser: Client, address: str) -> None:
    """Try again, as somebody does who was told that it failed, until it plays."""
    wait_until(lambda: part(browser, address, "bytes=0-1").status_code == 206, 10, "the next try")


class TestTheRangeTable:
    @pytest.mark.parametrize(
        ("header", "first", "last"),
        [
            ("bytes=0-", 0, SIZE - 1),
            ("bytes=0-1", 0, 1),
            ("bytes=100-199", 100, 199),
            (f"bytes={SIZE - 5}-", SIZE - 5, SIZE - 1),
            (f"bytes=5-{SIZE * 2}", 5, SIZE - 1),
            ("bytes=-5", SIZE - 5, SIZE - 1),
            (f"bytes=-{SIZE * 2}", 0, SIZE - 1),
        ],
    )
    def test_a_part(self, viewer: SignedIn, address: str, header: str, first: int, last: int) -> None:
        viewer.get(address)
        answer = part(viewer, address, header)
        assert (answer.status_code, answer.content) == (206, MP3[first : last + 1])
        assert answer["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
        assert answer["Content-Length"] == str(last - first + 1)

    @pytest.mark.parametrize("header", [f"bytes={SIZE}-", "bytes=-0", "bytes=99999999999999999999-"])
    def test_a_part_that_is_not_there(self, viewer: SignedIn, address: str, header: str) -> None:
        answer = part(viewer, address, header)
        assert (answer.status_code, answer.content) == (416, b"")
        assert answer["Content-Range"] == f"bytes */{SIZE}"

    @pytest.mark.parametrize("header", ["bytes=9-1", "bytes=0-1,5-6", "lines=1-2", "nonsense", "bytes=-"])
    def test_a_range_that_makes_no_sense_gets_everything(
        self, viewer: SignedIn, address: str, header: str
    ) -> None:
        part(viewer, address, "bytes=0-1")
        until_fetched()
        answer = part(viewer, address, header)
        assert (answer.status_code, answer.content) == (200, MP3)

    def test_never_more_than_a_helping(self, viewer: SignedIn, wire: WireServer) -> None:
        wire.reply(told(), Reply(body=b"ID3" + bytes(600_000), headers={"Content-Type": "audio/mpeg"}))
        part(viewer, "/recordings/7/audio", "bytes=0-1")
        until_fetched()
        answer = part(viewer, "/recordings/7/audio", "bytes=0-")
        assert answer["Content-Range"] == "bytes 0-262143/600003"
        assert len(answer.content) == 262_144

    def test_only_of_what_the_player_already_has(self, viewer: SignedIn, address: str) -> None:
        tag = part(viewer, address, "bytes=0-1")["ETag"]
        until_fetched()
        same = viewer.get(address, headers={"Range": "bytes=0-1", "If-Range": tag})
        changed = viewer.get(address, headers={"Range": "bytes=0-1", "If-Range": '"another"'})
        assert (same.status_code, changed.status_code) == (206, 200)
        assert viewer.get(address, headers={"If-None-Match": tag}).status_code == 304

    @pytest.mark.parametrize("known", ["*", "W/{tag}", '"another", {tag}'])
    def test_a_player_that_has_it_may_keep_it(self, viewer: SignedIn, address: str, known: str) -> None:
        tag = viewer.get(address)["ETag"]
        answer = viewer.get(address, headers={"If-None-Match": known.format(tag=tag)})
        assert (answer.status_code, answer.content) == (304, b"")

    def test_the_head_alone(self, viewer: SignedIn, address: str) -> None:
        answer = viewer.head(address)
        assert (answer.status_code, answer.content, answer["Content-Length"]) == (200, b"", str(SIZE))
        assert (answer["Accept-Ranges"], answer["Content-Type"]) == ("bytes", "audio/mpeg")
        assert answer["Cache-Control"] == "private, max-age=3600"
        assert answer["X-Content-Type-Options"] == "nosniff"


class TestWhileItArrives:
    def test_the_beginning_plays_before_the_end_is_here(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        sandbox.switches.mp3_drip_bytes_per_second = 4000
        answer = part(viewer, address, "bytes=0-")
        assert answer.status_code == 206
        assert 0 < len(answer.content) < SIZE
        assert answer["Content-Range"] == f"bytes 0-{len(answer.content) - 1}/{SIZE}"
        assert answer.content == MP3[: len(answer.content)]
        assert len(sandbox.requests_to("GET", ".mp3")) == 1

    def test_its_name_is_the_same_before_and_after_the_end_is_here(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        sandbox.switches.mp3_drip_bytes_per_second = 6000
        arriving = part(viewer, address, "bytes=0-1")
        assert fetching.is_busy()
        until_fetched()
        assert part(viewer, address, "bytes=0-1")["ETag"] == arriving["ETag"]

    def test_what_is_not_here_yet_is_asked_for_again(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        sandbox.switches.mp3_drip_bytes_per_second = 2000
        part(viewer, address, "bytes=0-1")
        answer = part(viewer, address, f"bytes={SIZE - 10}-")
        assert (answer.status_code, answer["Retry-After"]) == (503, "1")
        assert answer.content.decode() == "CallFire is still sending this recording."

    def test_without_a_length_it_plays_once_it_is_whole(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        sandbox.switches.mp3_omit_length = True
        answer = part(viewer, address, "bytes=0-")
        assert (answer.status_code, answer.content) == (206, MP3)

    @pytest.mark.django_db(transaction=True)
    def test_many_who_begin_at_once_have_callfire_asked_once(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        sandbox.fail_next("GET", ".mp3", delay_seconds=0.3)

        def listen(_: int) -> int:
            other = Client()
            other.cookies = viewer.cookies
            try:
                return part(other, address, "bytes=0-").status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as ears:
            assert list(ears.map(listen, range(4))) == [206] * 4
        assert len(sandbox.requests_to("GET", ".mp3")) == 1
        assert AuditEvent.objects.filter(action="listen").count() == 1

    def test_a_range_is_never_asked_of_callfire(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        sandbox.switches.mp3_supports_range = True
        assert part(viewer, address, "bytes=5-9").content == MP3[5:10]
        assert [request.status for request in sandbox.requests_to("GET", ".mp3")] == [200]


class TestTrouble:
    def test_cut_off_midway_nothing_is_kept_and_the_next_try_works(
        self, viewer: SignedIn, sandbox: Sandbox, settings: Settings, wire: WireServer, tmp_path: Path
    ) -> None:
        wire.reply(told(), Reply(body=MP3, announce=SIZE + 10, then="hang up"))
        part(viewer, "/recordings/7/audio", "bytes=0-")
        until_fetched()
        assert [path for path in (tmp_path / "audio").iterdir() if path.is_file()] == []
        answer = part(viewer, "/recordings/7/audio", "bytes=0-")
        assert answer.status_code == 504
        assert answer["Content-Type"].startswith("text/plain")
        said = "CallFire broke off in the middle of this audio. Try again in a moment."
        assert answer.content.decode() == said

    def test_cut_off_without_a_length_it_is_not_taken_for_whole(
        self, viewer: SignedIn, sandbox: Sandbox, address: str, tmp_path: Path
    ) -> None:
        sandbox.switches.mp3_omit_length = True
        sandbox.switches.mp3_cut_after_bytes = 5000
        answer = part(viewer, address, "bytes=0-")
        assert answer.status_code == 504
        said = "CallFire broke off in the middle of this audio. Try again in a moment."
        assert answer.content.decode() == said
        until_fetched()
        assert [path for path in (tmp_path / "audio").iterdir() if path.is_file()] == []
        sandbox.switches.mp3_cut_after_bytes = None
        cache.clear()
        assert part(viewer, address, "bytes=0-").content == MP3

    def test_as_much_of_it_a_second_time_is_played_with_a_note(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        sandbox.switches.mp3_omit_length = True
        sandbox.switches.mp3_cut_after_bytes = 5000
        page = address.removesuffix("audio")
        assert part(viewer, address, "bytes=0-").status_code == 504
        assert " hidden>CallFire sent this audio twice" in markup(viewer.get(page))
        until_played(viewer, address)
        assert viewer.get(address).content == MP3[:5000]
        assert viewer.head(address)["Callboard-Doubt"]
        assert '<p class="player__said" data-doubt>CallFire sent' in markup(viewer.get(page))
        assert len(sandbox.requests_to("GET", ".mp3")) == 2

    def test_less_of_it_a_second_time_is_refused_again(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        sandbox.switches.mp3_omit_length = True
        sandbox.switches.mp3_cut_after_bytes = 5000
        assert part(viewer, address, "bytes=0-").status_code == 504
        sandbox.switches.mp3_cut_after_bytes = 6000

        def is_asked_for_again() -> bool:
            assert part(viewer, address, "bytes=0-").status_code == 504
            return len(sandbox.requests_to("GET", ".mp3")) == 2

        wait_until(is_asked_for_again, 10, "the next try")
        sandbox.switches.mp3_cut_after_bytes = None
        until_played(viewer, address)
        assert viewer.get(address).content == MP3
        assert "Callboard-Doubt" not in viewer.head(address)

    def test_shorter_than_told_it_is_whole_when_its_answer_says_so(
        self, viewer: SignedIn, wire: WireServer
    ) -> None:
        wire.reply(told(lengthInBytes=SIZE * 12), Reply(body=MP3, headers={"Content-Type": "audio/mpeg"}))
        answer = part(viewer, "/recordings/7/audio", "bytes=0-")
        assert (answer.status_code, answer.content) == (206, MP3)
        until_fetched()
        assert "Callboard-Doubt" not in viewer.head("/recordings/7/audio")

    @pytest.mark.parametrize(
        "wrong",
        [
            Reply(body=b'{"message": "no"}', headers={"Content-Type": "audio/mpeg"}),
            Reply(body=b"<!DOCTYPE html><p>Sorry", headers={"Content-Type": "text/html"}),
            Reply(body=b"", headers={"Content-Type": "audio/mpeg"}),
        ],
        ids=["json", "html", "nothing"],
    )
    def test_what_is_no_audio_is_told_in_a_sentence(
        self, viewer: SignedIn, wire: WireServer, wrong: Reply
    ) -> None:
        wire.reply(told(), wrong)
        answer = part(viewer, "/recordings/7/audio", "bytes=0-")
        assert answer.status_code == 502
        assert answer.content.decode() == "CallFire sent no audio. Try again in a moment."

    def test_out_of_reach(self, viewer: SignedIn, sandbox: Sandbox, address: str) -> None:
        sandbox.stop_listening()
        answer = part(viewer, address, "bytes=0-")
        assert answer.status_code == 503
        assert "could not be reached" in answer.content.decode()

    def test_a_redirect_is_followed_without_our_credentials(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        with WireServer() as elsewhere:
            elsewhere.reply(Reply(body=MP3, headers={"Content-Type": "audio/mpeg"}))
            sandbox.switches.mp3_redirect_to = f"http://127.0.0.1:{elsewhere.port}/kept.mp3"
            assert part(viewer, address, "bytes=0-").content == MP3
            assert "authorization" not in {name.lower() for name in elsewhere.last.headers}

    def test_a_redirect_to_a_place_that_is_not_safe_is_not_followed(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        sandbox.switches.mp3_redirect_to = "ftp://recordings.invalid/7.mp3"
        answer = part(viewer, address, "bytes=0-")
        assert answer.status_code >= 400
        assert "not safe" in answer.content.decode()
        assert "recordings.invalid" not in answer.content.decode()

    def test_other_audio_than_callfire_told_of_is_not_played(
        self, viewer: SignedIn, wire: WireServer
    ) -> None:
        digest = hashlib.md5(MP3, usedforsecurity=False).hexdigest()
        audio = {"Content-Type": "audio/mpeg"}
        wire.reply(
            told(lengthInBytes=SIZE, hash=digest),
            Reply(body=b"ID3 of somebody else", headers=audio),
        )
        part(viewer, "/recordings/7/audio", "bytes=0-")
        until_fetched()
        answer = part(viewer, "/recordings/7/audio", "bytes=0-")
        assert answer.content.decode() == "CallFire sent other audio than it told of. Try again in a moment."

    def test_the_same_other_audio_again_is_played_with_a_note(
        self, viewer: SignedIn, wire: WireServer
    ) -> None:
        digest = hashlib.md5(b"the file that the mp3 was made from", usedforsecurity=False).hexdigest()
        about = told(lengthInBytes=SIZE * 12, hash=digest)
        wire.reply(about, Reply(body=MP3, headers={"Content-Type": "audio/mpeg"}))
        part(viewer, "/recordings/7/audio", "bytes=0-")
        until_fetched()
        refused = part(viewer, "/recordings/7/audio", "bytes=0-")
        assert refused.content.decode().startswith("CallFire sent other audio than it told of.")
        until_played(viewer, "/recordings/7/audio")
        until_fetched()
        assert viewer.get("/recordings/7/audio").content == MP3
        assert viewer.head("/recordings/7/audio")["Callboard-Doubt"]

    def test_the_answer_about_another_recording_is_not_believed(
        self, viewer: SignedIn, wire: WireServer
    ) -> None:
        wire.reply(told(id=9), Reply(body=MP3))
        answer = part(viewer, "/recordings/7/audio", "bytes=0-")
        assert answer.status_code == 502
        assert len(wire.requests) == 1

    @pytest.mark.parametrize(
        ("state", "why"),
        [
            ({"state": "RECORDING"}, "The call is on the line."),
            ({"state": "ERROR"}, "CallFire has no audio for this recording."),
            ({"state": "NOVEL"}, "a word that its documents do not explain"),
            ({"lengthInSeconds": 0}, "Nothing was said"),
        ],
    )
    def test_without_audio_the_reason_is_told_and_none_is_asked_for(
        self, viewer: SignedIn, sandbox: Sandbox, state: dict[str, object], why: str
    ) -> None:
        number = recording(sandbox, **state)["id"]
        answer = part(viewer, f"/recordings/{number}/audio", "bytes=0-")
        assert answer.status_code == 404
        assert why in answer.content.decode()
        assert not sandbox.requests_to("GET", ".mp3")

    def test_what_trying_again_does_not_help_is_not_told_to_be_tried_again(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        sandbox.fail_next("GET", ".mp3", status=403)
        answer = part(viewer, address, "bytes=0-")
        assert answer.status_code >= 400
        assert "may not do that on CallFire" in answer.content.decode()
        assert "Try again" not in answer.content.decode()

    def test_audio_that_callfire_no_longer_has(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        sandbox.fail_next("GET", ".mp3", status=404)
        answer = part(viewer, address, "bytes=0-")
        assert answer.status_code == 404
        assert "expired" in answer.content.decode()

    def test_what_was_heard_once_is_heard_without_callfire(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        part(viewer, address, "bytes=0-1")
        until_fetched()
        sandbox.stop_listening()
        assert viewer.get(address).content == MP3


class TestWhoListens:
    def test_one_listening_is_written_down_once(self, viewer: SignedIn, address: str) -> None:
        for first in (0, 100, 200):
            part(viewer, address, f"bytes={first}-")
        event = AuditEvent.objects.get(action="listen")
        assert (event.by, event.object_kind, event.outcome) == (viewer.user, "recording", "done")

    def test_what_was_not_heard_is_not_written_down(
        self, viewer: SignedIn, sandbox: Sandbox, address: str
    ) -> None:
        viewer.head(address)
        sandbox.stop_listening()
        part(viewer, "/recordings/4711/audio", "bytes=0-")
        assert not AuditEvent.objects.filter(action="listen").exists()

    def test_a_stranger_is_asked_to_sign_in(
        self, client: Client, sandbox: Sandbox, address: str, db: None
    ) -> None:
        assert client.get(address).status_code == 302
        assert not sandbox.requests

    def test_nothing_of_callfire_gets_out(self, viewer: SignedIn, sandbox: Sandbox, address: str) -> None:
        answer = part(viewer, address, "bytes=0-")
        assert sandbox.url not in str(answer.headers)
        assert not {"Location", "Authorization", "Set-Cookie"} & set(answer.headers)

    def test_only_reading_is_possible(self, viewer: SignedIn, address: str) -> None:
        assert viewer.post(address).status_code == 405


class TestRetention:
    def test_a_recording_leaves_after_its_time_and_a_sound_stays(
        self, viewer: SignedIn, sandbox: Sandbox, settings: Settings, address: str, tmp_path: Path
    ) -> None:
        viewer.get(f"/sounds/{sandbox.world.add_sound(name='Greeting')}/audio")
        part(viewer, address, "bytes=0-1")
        until_fetched()
        for path in (tmp_path / "audio").glob("*-*"):
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 31 * 24 * 3600))
        tasks.forget_files()
        assert [path.name.split("-")[0] for path in (tmp_path / "audio").glob("*-*")] == ["sound"]
