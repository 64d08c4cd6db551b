"""Listening to a recording: Chromium really plays it, seeks in it, and says why it is silent."""

from __future__ import annotations

import io
import json
import re
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Locator, Page, expect
from pytest_django import Settings

from campaigns.permissions import Role
from campaigns.services import fetching
from tests.browser.conftest import LOOKS, OpenPage, axe_violations, scrolls_sideways, sign_in
from tests.browser.test_sound import is_paused, is_playing
from tests.callfire_api.wire_server import Reply, WireServer
from tests.campaigns.recorded import MP3, recording
from tests.dashboard.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("people")


def wav(*, seconds: int) -> bytes:
    """Nothing to be heard, for so long."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000 * seconds))
    return written.getvalue()


# Its first frame names the length of one; without that frame, the rest can be strung together.
LONG_SECONDS = 240
FRAMES = MP3[MP3.index(b"\xff\xf3", 4) :] if MP3.count(b"\xff\xf3") > 1 else MP3
LONG = FRAMES * (LONG_SECONDS // 6)
SILENCE = wav(seconds=30)


@pytest.fixture(autouse=True)
def _disk(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def page_of(page: Page, sandbox: Sandbox) -> Page:
    """The page of a recording, for somebody who may listen."""
    sign_in(page, Role.OPERATOR, then=f"/recordings/{recording(sandbox)['id']}/")
    return page


def player(page: Page) -> Locator:
    """The player on the page."""
    return page.locator("recording-player")


def at(page: Page) -> float:
    """Where the player is, in seconds."""
    return float(page.locator("audio").evaluate("(audio) => audio.currentTime"))


def slider(page: Page) -> Locator:
    """The wave."""
    return page.get_by_role("slider")


def kept(page: Page) -> Path:
    """Where the audio of the recording on this page is kept."""
    number = page.url.rstrip("/").rpartition("/")[2]
    return Path(settings.DATA_DIR) / "audio" / f"recording-{number}"


def long_recording(sandbox: Sandbox) -> int:
    """A recording of some minutes."""
    sandbox.fail_next("GET", ".mp3", status=200, body=LONG, content_type="audio/mpeg", times=None)
    return int(recording(sandbox, lengthInBytes=len(LONG), lengthInSeconds=LONG_SECONDS)["id"])


@pytest.fixture
def slow(sandbox: Sandbox, settings: Settings) -> Iterator[WireServer]:
    """A CallFire that sends a third of a long recording, and the rest of it hardly ever."""
    about = {"id": 7, "callId": 8, "state": "READY", "lengthInSeconds": LONG_SECONDS}
    with WireServer() as server:
        settings.CALLFIRE_BASE_URL = server.url
        audio = {"Content-Type": "audio/mpeg"}
        beginning = LONG[: len(LONG) // 3]
        server.reply(
            Reply(body=json.dumps(about).encode()),
            Reply(body=beginning, headers=audio, announce=len(LONG), then="drip"),
        )
        yield server


class TestPlaying:
    def test_it_plays_to_its_end_and_draws_how_loud_it_was(self, page_of: Page) -> None:
        expect(page_of.locator("audio")).to_be_hidden()
        expect(page_of.get_by_text("–0:06")).to_be_visible()
        page_of.get_by_label("Speed").select_option("2")
        page_of.get_by_role("button", name="Play").click()
        assert is_playing(player(page_of))
        expect(page_of.get_by_role("button", name="Pause")).to_be_visible()
        duration = page_of.locator("audio").evaluate("(audio) => audio.duration")
        assert 5 < duration < 8
        drawn = page_of.locator("wave-form").evaluate(
            """async (wave) => {
                 for (let tries = 0; tries < 400 && !wave.peaks; tries += 1)
                   await new Promise((done) => setTimeout(done, 50));
                 return Math.max(...wave.peaks);
               }"""
        )
        assert drawn > 0.01
        expect(page_of.get_by_role("button", name="Play")).to_be_visible(timeout=20_000)

    def test_what_was_heard_and_what_is_left_make_up_the_whole(self, page_of: Page) -> None:
        shown = page_of.locator(".player__time")
        slider(page_of).focus()
        for key in "0123456789":
            page_of.keyboard.press(key)
            heard, whole, left = map(int, re.findall(r"\d:0(\d)", shown.inner_text()))
            assert (heard + left, whole) == (6, 6)
        page_of.keyboard.press("k")
        expect(page_of.get_by_role("button", name="Play")).to_be_visible(timeout=20_000)
        expect(shown).to_have_text(re.compile(r"0:06\s*/ 0:06, –0:00 left"))

    def test_seeking_by_click_and_drag(self, page_of: Page) -> None:
        page_of.get_by_role("button", name="Play").click()
        assert is_playing(player(page_of))
        page_of.get_by_role("button", name="Pause").click()
        box = slider(page_of).bounding_box()
        assert box
        middle = box["y"] + box["height"] / 2
        page_of.mouse.click(box["x"] + box["width"] / 2, middle)
        expect(slider(page_of)).to_have_attribute("aria-valuenow", "3")
        assert 2.5 < at(page_of) < 3.7
        page_of.mouse.move(box["x"] + box["width"] / 2, middle)
        page_of.mouse.down()
        page_of.mouse.move(box["x"] + 2, middle, steps=4)
        page_of.mouse.up()
        expect(slider(page_of)).to_have_attribute("aria-valuenow", "0")
        assert at(page_of) < 0.5

    def test_before_it_ever_played_one_chooses_where_to_begin(self, page_of: Page) -> None:
        slider(page_of).focus()
        page_of.keyboard.press("5")
        page_of.keyboard.press("Space")
        assert is_playing(player(page_of))
        assert at(page_of) >= 2.9

    def test_far_beyond_what_is_loaded(self, page: Page, sandbox: Sandbox) -> None:
        number = long_recording(sandbox)
        sign_in(page, Role.VIEWER, then=f"/recordings/{number}/")
        page.get_by_role("button", name="Play").click()
        assert is_playing(player(page))
        assert page.locator("audio").evaluate("(audio) => Number.isFinite(audio.duration)")
        slider(page).focus()
        page.keyboard.press("9")
        assert is_playing(player(page))
        assert at(page) > 0.85 * page.locator("audio").evaluate("(audio) => audio.duration")
        assert len(sandbox.requests_to("GET", ".mp3")) == 1

    def test_it_plays_while_callfire_still_sends(self, page: Page, slow: WireServer) -> None:
        sign_in(page, Role.VIEWER, then="/recordings/7/")
        page.get_by_role("button", name="Play").click()
        assert is_playing(player(page))
        slider(page).focus()
        page.keyboard.press("9")
        expect(page.get_by_text("CallFire is still sending this recording.")).to_be_visible(timeout=20_000)
        # As Chromium does now and then, about the beginning, before it sets out for the place again.
        page.locator("audio").evaluate("(audio) => audio.dispatchEvent(new Event('playing'))")
        expect(page.get_by_text("CallFire is still sending this recording.")).to_be_visible()
        page.keyboard.press("0")
        expect(page.get_by_text("CallFire is still sending this recording.")).to_be_hidden(timeout=20_000)
        assert is_playing(player(page))

    def test_without_a_length_it_plays_once_it_is_here(self, page: Page, sandbox: Sandbox) -> None:
        number = recording(sandbox)["id"]
        sandbox.switches.mp3_omit_length = True
        sandbox.switches.mp3_drip_bytes_per_second = 2500
        sign_in(page, Role.VIEWER, then=f"/recordings/{number}/")
        page.get_by_role("button", name="Play").click()
        expect(page.get_by_text("CallFire is still sending this recording.")).to_be_visible(timeout=20_000)
        expect(page.get_by_text("CallFire is still sending this recording.")).to_be_hidden(timeout=30_000)
        assert is_playing(player(page))


class TestSeveral:
    @pytest.mark.parametrize("sought", [False, True], ids=["at once", "sought in before"])
    def test_one_plays_at_a_time(self, page: Page, sandbox: Sandbox, sought: bool) -> None:
        broadcast = sandbox.world.add_broadcast(name="Outage notice", status="FINISHED", recipients=1)
        ready = {"name": "message", "state": "READY", "lengthInSeconds": 6}
        call = sandbox.world.add_call(
            broadcast, toNumber="12135550142", records=[{"recordings": [ready, dict(ready)]}]
        )
        sign_in(page, Role.OPERATOR, then=f"/calls/{call['id']}/")
        first, second = player(page).first, player(page).last
        first.get_by_role("button", name="Play").click()
        assert is_playing(first)
        if sought:
            second.get_by_role("button", name="Forward 10 seconds").click()
            second.get_by_role("button", name="Back 10 seconds").click()
        second.get_by_role("button", name="Play").click()
        assert is_playing(second)
        assert is_paused(first)
        expect(first.get_by_role("button", name="Play")).to_be_visible()

    def test_a_speed_is_that_of_all_of_them(self, page: Page, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(name="Outage notice", status="FINISHED", recipients=1)
        ready = {"name": "message", "state": "READY", "lengthInSeconds": 6}
        call = sandbox.world.add_call(broadcast, records=[{"recordings": [ready, dict(ready)]}])
        sign_in(page, Role.OPERATOR, then=f"/calls/{call['id']}/")
        player(page).first.get_by_label("Speed").select_option("1.5")
        expect(player(page).last.get_by_label("Speed")).to_have_value("1.5")
        player(page).last.get_by_role("button", name="Play").click()
        assert is_playing(player(page).last)
        assert player(page).last.locator("audio").evaluate("(audio) => audio.playbackRate") == 1.5


class TestKeys:
    def test_each_does_what_is_written_beside_the_player(self, page: Page, sandbox: Sandbox) -> None:
        sign_in(page, Role.VIEWER, then=f"/recordings/{long_recording(sandbox)}/")
        said = player(page).get_by_role("status")
        page.keyboard.press("k")
        assert is_playing(player(page))
        expect(said).to_have_text("Playing")
        page.keyboard.press("k")
        expect(page.get_by_role("button", name="Play")).to_be_visible()
        expect(said).to_have_text("Paused")
        page.keyboard.press("Home")
        told = slider(page)
        for key, then in [
            ("l", "10"),
            ("L", "20"),
            ("ArrowRight", "25"),
            ("ArrowLeft", "20"),
            ("j", "10"),
            ("0", "0"),
            ("j", "0"),
        ]:
            page.keyboard.press(key)
            expect(told).to_have_attribute("aria-valuenow", then)
        expect(said).to_contain_text("0 seconds of")
        told.focus()
        for key, then in [("PageUp", "10"), ("ArrowUp", "15"), ("ArrowDown", "10"), ("PageDown", "0")]:
            page.keyboard.press(key)
            expect(told).to_have_attribute("aria-valuenow", then)
        page.keyboard.press(">")
        expect(page.get_by_label("Speed")).to_have_value("1.25")
        page.keyboard.press("<")
        page.keyboard.press("<")
        expect(page.get_by_label("Speed")).to_have_value("0.75")
        page.get_by_role("button", name="Forward 10 seconds").click()
        expect(told).to_have_attribute("aria-valuenow", "10")
        page.get_by_role("button", name="Back 10 seconds").click()
        expect(told).to_have_attribute("aria-valuenow", "0")
        assert is_paused(player(page))

    def test_a_click_on_the_heading_takes_none_of_them_away(self, page_of: Page) -> None:
        page_of.get_by_role("heading", level=1).click()
        page_of.keyboard.press("5")
        expect(slider(page_of)).to_have_attribute("aria-valuenow", "3")

    def test_the_speed_is_remembered(self, page_of: Page) -> None:
        page_of.get_by_label("Speed").select_option("1.5")
        page_of.reload()
        expect(page_of.get_by_label("Speed")).to_have_value("1.5")
        page_of.get_by_role("button", name="Play").click()
        assert is_playing(player(page_of))
        assert page_of.locator("audio").evaluate("(audio) => audio.playbackRate") == 1.5


class TestTrouble:
    def test_what_failed_is_said_and_tried_again(self, page_of: Page, sandbox: Sandbox) -> None:
        sandbox.switches.mp3_json_error = True
        page_of.get_by_role("button", name="Play").click()
        expect(page_of.get_by_role("alert")).to_have_text("CallFire sent no audio. Try again in a moment.")
        expect(page_of.get_by_role("button", name="Play")).to_be_visible()
        sandbox.switches.mp3_json_error = False
        cache.clear()
        page_of.get_by_role("button", name="Try again").click()
        assert is_playing(player(page_of))
        expect(page_of.get_by_role("alert")).to_be_hidden()

    def test_what_came_short_twice_plays_and_says_so(self, page_of: Page, sandbox: Sandbox) -> None:
        sandbox.switches.mp3_omit_length = True
        sandbox.switches.mp3_cut_after_bytes = 9000
        note = page_of.get_by_text("Part of it may be missing.")
        page_of.get_by_role("button", name="Play").click()
        expect(page_of.get_by_role("alert")).to_contain_text("CallFire broke off in the middle")
        expect(note).to_be_hidden()
        wait_until(lambda: not fetching.trouble(kept(page_of)), 10, "the end of the rest after trouble")
        page_of.get_by_role("button", name="Try again").click()
        assert is_playing(player(page_of))
        expect(note).to_be_visible()
        expect(page_of.get_by_role("alert")).to_be_hidden()
        page_of.reload()
        expect(note).to_be_visible()

    def test_silence_is_said_for_as_long_as_it_is_there(self, page_of: Page, sandbox: Sandbox) -> None:
        sandbox.fail_next("GET", ".mp3", status=200, body=SILENCE, content_type="audio/wav", times=None)
        said = page_of.get_by_role("alert")
        page_of.get_by_role("button", name="Play").click()
        expect(said).to_have_text("This recording is silent: nothing can be heard in it.")
        page_of.keyboard.press("k")
        expect(page_of.get_by_role("button", name="Play")).to_be_visible()
        expect(said).to_have_text("This recording is silent: nothing can be heard in it.")

    def test_signed_out_meanwhile(self, page_of: Page) -> None:
        page_of.context.clear_cookies()
        page_of.get_by_role("button", name="Play").click()
        expect(page_of.get_by_role("alert")).to_contain_text("Sign in again")


class TestForEverybody:
    def test_without_scripts_the_browser_plays_it(self, open_page: OpenPage, sandbox: Sandbox) -> None:
        page = open_page(scripts=False)
        sign_in(page, Role.OPERATOR, then=f"/recordings/{recording(sandbox)['id']}/")
        expect(page.locator("audio[controls]")).to_be_visible()
        expect(page.get_by_role("slider")).to_be_hidden()
        expect(page.get_by_role("button", name="Play")).to_be_hidden()
        expect(page.get_by_role("link", name="Download recording")).to_be_visible()

    @pytest.mark.parametrize(("width", "theme"), LOOKS)
    def test_no_page_breaks_a_rule_of_accessibility_or_scrolls_sideways(
        self, open_page: OpenPage, sandbox: Sandbox, width: int, theme: str
    ) -> None:
        ready, broken = recording(sandbox)["id"], recording(sandbox, state="ERROR")["id"]
        page = open_page(width=width, theme=theme)
        sign_in(page, Role.OPERATOR, then="/recordings/")
        for address in (
            "/recordings/",
            "/recordings/?id=abc",
            f"/recordings/?id={ready}",
            f"/recordings/{broken}/",
            f"/recordings/{ready}/",
        ):
            page.goto(address)
            assert (address, axe_violations(page)) == (address, [])
            assert (address, scrolls_sideways(page)) == (address, False)
        page.get_by_role("button", name="Play").click()
        assert is_playing(player(page))
        assert axe_violations(page) == []
