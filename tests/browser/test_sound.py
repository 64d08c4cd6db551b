"""Hearing things: the library, a text before it is sent anywhere, a test call to a phone of one’s own."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_django import Settings

from campaigns import tasks
from campaigns.models import AuditEvent, OwnNumber, User
from campaigns.permissions import Role
from campaigns.services import snapshots
from tests.browser.conftest import LOOKS, OpenPage, axe_violations, scrolls_sideways, sign_in
from tests.campaigns.ringing import calls_sent, code_said, confirmed_number, other_than

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("people")

NAME = "Planned outage – Grid 14"
SOUNDS = {
    "liveSoundText": "Power is off on Friday.",
    "liveSoundTextVoice": "FEMALE1",
    "machineSoundText": "Call us back.",
    "machineSoundTextVoice": "FEMALE1",
}


@pytest.fixture(autouse=True)
def _disk(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def broadcast(sandbox: Sandbox) -> int:
    """A stopped broadcast with messages, which Callboard has seen."""
    added = sandbox.world.add_broadcast(
        name=NAME, status="STOPPED", recipients=20, fromNumber="12135550111", sounds=dict(SOUNDS)
    )
    snapshots.refresh()
    return added.id


@pytest.fixture
def library(sandbox: Sandbox) -> list[int]:
    """Two sounds in the library."""
    return [sandbox.world.add_sound(name=name) for name in ("Outage greeting", "Thank you")]


def is_playing(player: Locator) -> bool:
    """Whether sound comes out: the audio moves on."""
    return bool(
        player.locator("audio").evaluate(
            """async (audio) => {
                 const before = audio.currentTime;
                 for (let tries = 0; tries < 400 && audio.currentTime <= before; tries += 1)
                   await new Promise((done) => setTimeout(done, 50));
                 return audio.currentTime > before && !audio.paused;
               }"""
        )
    )


def is_paused(player: Locator) -> bool:
    """Whether it is silent."""
    return bool(player.locator("audio").evaluate("(audio) => audio.paused"))


def otto() -> User:
    """The operator."""
    return User.objects.get(role=Role.OPERATOR)


class TestTheLibrary:
    def test_a_sound_is_heard_and_another_one_takes_its_place(self, page: Page, library: list[int]) -> None:
        sign_in(page, Role.VIEWER, then="/sounds/")
        first = page.locator("audio-button", has=page.get_by_role("button", name="Outage greeting"))
        second = page.locator("audio-button", has=page.get_by_role("button", name="Thank you"))
        first.get_by_role("button", name="Play").click()
        assert is_playing(first)
        expect(first.get_by_role("button")).to_have_accessible_name("Pause Outage greeting")
        second.get_by_role("button", name="Play").click()
        assert is_playing(second)
        assert is_paused(first)
        second.get_by_role("button", name="Pause").click()
        expect(second.get_by_role("button")).to_have_accessible_name("Play Thank you")
        assert is_paused(second)

    def test_the_keyboard_plays_too(self, page: Page, library: list[int]) -> None:
        sign_in(page, Role.VIEWER, then="/sounds/")
        button = page.get_by_role("button", name="Play Thank you")
        button.focus()
        page.keyboard.press("Enter")
        assert is_playing(page.locator("audio-button", has=page.locator("button[data-is]")))

    def test_why_nothing_is_heard_is_said_in_a_sentence(
        self, page: Page, sandbox: Sandbox, library: list[int]
    ) -> None:
        sign_in(page, Role.VIEWER, then="/sounds/")
        for number in library:
            sandbox.world.sounds[number]["status"] = "ARCHIVED"
        page.get_by_role("button", name="Play Outage greeting").click()
        expect(page.get_by_text("CallFire has no audio for this.")).to_be_visible()
        sandbox.world.sounds[library[0]]["status"] = "ACTIVE"
        page.get_by_role("button", name="Play Outage greeting").click()
        expect(page.get_by_text("CallFire has no audio for this.")).to_be_hidden()
        assert is_playing(page.locator("audio-button", has=page.get_by_role("button", name="Outage")))

    def test_it_is_searched_while_one_types(self, page: Page, library: list[int]) -> None:
        sign_in(page, Role.VIEWER, then="/sounds/")
        page.get_by_label("Name of a sound").press_sequentially("thank", delay=20)
        expect(page.get_by_role("button", name="Play Outage greeting")).to_be_hidden()
        expect(page.get_by_role("button", name="Play Thank you")).to_be_visible()
        expect(page).to_have_url("/sounds/?q=thank")


class TestTheFormOfABroadcast:
    def test_a_text_is_heard_before_anybody_else_hears_it(self, page: Page, sandbox: Sandbox) -> None:
        sign_in(page, Role.OPERATOR, then="/broadcasts/new/")
        page.get_by_label("When a person answers: text").fill("Tonight it freezes.")
        page.get_by_role("button", name=re.compile("Listen.+When a person answers")).click()
        player = page.locator("#live_preview audio-button")
        assert is_playing(player)
        assert len(sandbox.requests_to("POST", "/tts")) == 1
        assert page.get_by_label("When a person answers: text").input_value() == "Tonight it freezes."

    def test_a_sound_is_found_heard_and_chosen(
        self, page: Page, sandbox: Sandbox, library: list[int]
    ) -> None:
        sign_in(page, Role.OPERATOR, then="/broadcasts/new/")
        page.get_by_label("When a person answers: source").select_option("sound")
        box = page.get_by_label("When a person answers: search the library")
        box.fill("thank")
        sounds = page.get_by_role("group", name="When a person answers: sound")
        expect(sounds.get_by_role("radio")).to_have_count(1)
        expect(box).to_be_focused()
        sounds.get_by_role("radio", name="Thank you").check()
        sounds.get_by_role("button", name="Play Thank you").click()
        assert is_playing(sounds.locator("audio-button"))

        box.fill("outage")
        box.press("Enter")
        expect(sounds.get_by_role("radio")).to_have_count(2)
        expect(sounds.get_by_role("radio", name="Thank you")).to_be_checked()
        expect(page).to_have_url("/broadcasts/new/")
        assert not AuditEvent.objects.filter(action="create").exists()


class TestANumberOfOnesOwn:
    def test_we_call_one_types_the_code_and_it_is_confirmed(self, page: Page, sandbox: Sandbox) -> None:
        sign_in(page, Role.OPERATOR, then="/")
        page.get_by_text("Account: Otto Operator").click(force=True)
        page.get_by_role("link", name="My number").click()
        page.get_by_label("Your number", exact=True).fill("213 555 0142")
        page.get_by_role("button", name="Call me with a code").click()
        expect(page.get_by_text("The phone rings in a moment.")).to_be_visible()
        code = code_said(sandbox)
        page.get_by_label("The four digits you heard").fill(other_than(code))
        page.get_by_role("button", name="Confirm").click()
        wrong = page.get_by_label("The four digits you heard")
        expect(wrong).to_have_accessible_description(
            "That is not the code we said. You can try 4 more times."
        )
        wrong.fill(code)
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_text("Confirmed", exact=True)).to_be_visible()
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_text("was removed.")).to_be_visible()
        assert not OwnNumber.objects.exists()


class TestATestCall:
    def test_one_reads_hears_is_called_and_sees_how_it_went(
        self, page: Page, sandbox: Sandbox, broadcast: int
    ) -> None:
        confirmed_number(otto())
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{broadcast}/test-call/")
        expect(page.get_by_role("link", name="Not now")).to_be_focused()
        expect(page.get_by_text("“Power is off on Friday.”")).to_be_visible()
        page.get_by_role("button", name="Play When you answer").click()
        assert is_playing(page.locator("audio-button").first)
        page.get_by_role("button", name="Call me", exact=True).click()
        expect(page.get_by_text("The phone rings in a moment.")).to_be_visible()
        assert len(calls_sent(sandbox)) == 1
        sandbox.clock.advance(600)
        AuditEvent.objects.update(at=timezone.now() - timedelta(seconds=10))
        tasks.follow_up_open_actions()
        expect(page.locator("#call_state .badge")).to_have_text("Done")
        expect(page.locator("#call_state")).not_to_have_attribute("data-every", "2")
        page.get_by_role("link", name="Back to the broadcast").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(NAME)

    def test_without_a_number_one_is_led_to_confirming_it(self, page: Page, broadcast: int) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{broadcast}/test-call/")
        page.get_by_role("link", name="Confirm my number").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("My number")


class TestWithoutScripts:
    def test_everything_works(
        self, open_page: OpenPage, sandbox: Sandbox, broadcast: int, library: list[int]
    ) -> None:
        page = open_page(scripts=False)
        sign_in(page, Role.OPERATOR, then="/sounds/")
        page.get_by_label("Name of a sound").fill("thank")
        page.get_by_role("button", name="Find").click()
        expect(page.get_by_role("rowheader", name="Outage greeting")).to_be_hidden()
        expect(page.locator("audio[controls]")).to_have_count(1)

        page.goto("/accounts/number/")
        page.get_by_label("Your number", exact=True).fill("213 555 0142")
        page.get_by_role("button", name="Call me with a code").click()
        page.get_by_label("The four digits you heard").fill(code_said(sandbox))
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_text("Confirmed", exact=True)).to_be_visible()

        page.goto(f"/broadcasts/{broadcast}/test-call/")
        page.get_by_role("button", name="Call me", exact=True).click()
        expect(page.get_by_text("The phone rings in a moment.")).to_be_visible()
        assert len(calls_sent(sandbox)) == 2

    def test_a_text_is_heard_on_a_page_of_its_own_and_the_form_stays(
        self, open_page: OpenPage, sandbox: Sandbox
    ) -> None:
        page = open_page(scripts=False)
        sign_in(page, Role.OPERATOR, then="/broadcasts/new/")
        page.get_by_label("When a person answers: text").fill("Tonight it freezes.")
        with page.context.expect_page() as opened:
            page.get_by_role("button", name=re.compile("Listen.+When a person answers")).click()
        heard = opened.value
        expect(heard.get_by_role("heading", level=1)).to_have_text("Listen to a text")
        expect(heard.locator("audio[controls]")).to_be_visible()
        assert page.get_by_label("When a person answers: text").input_value() == "Tonight it freezes."


class TestForEverybody:
    @pytest.mark.parametrize(("width", "theme"), LOOKS)
    def test_no_page_breaks_a_rule_of_accessibility_or_scrolls_sideways(
        self,
        open_page: OpenPage,
        sandbox: Sandbox,
        broadcast: int,
        library: list[int],
        width: int,
        theme: str,
    ) -> None:
        sandbox.world.add_sound(name="A name without any blank in it " + "x" * 80)
        confirmed_number(otto())
        page = open_page(width=width, theme=theme)
        sign_in(page, Role.OPERATOR, then="/sounds/")
        page.goto("/accounts/number/")
        page.get_by_label("Your number", exact=True).fill("213 555 0177")
        page.get_by_role("button", name="Call me with a code").click()
        for address in (
            "/sounds/",
            "/sounds/?q=nothing+like+this",
            "/accounts/number/",
            f"/broadcasts/{broadcast}/test-call/",
        ):
            page.goto(address)
            assert (address, axe_violations(page)) == (address, [])
            assert (address, scrolls_sideways(page)) == (address, False)
        page.get_by_role("button", name="Call me", exact=True).click()
        expect(page.get_by_text("The phone rings in a moment.")).to_be_visible()
        assert axe_violations(page) == []
        assert not scrolls_sideways(page)
