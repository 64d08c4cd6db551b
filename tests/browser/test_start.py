"""The question before a start: dialog and page, keyboard and phone, with and without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from campaigns.models import AuditEvent
from campaigns.permissions import Role
from campaigns.services import snapshots
from tests.browser.conftest import LOOKS, OpenPage, axe_violations, resting, scrolls_sideways, sign_in

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("people")

HOURS = {"enabled": True, "beginHour": 9, "beginMinute": 0, "endHour": 20, "endMinute": 0}


@pytest.fixture
def broadcast_id(sandbox: Sandbox, settings: Settings) -> int:
    """A stopped broadcast of 1,270 people, so many that their number has to be typed."""
    settings.START_TYPED_ABOVE = 1000
    broadcast = sandbox.world.add_broadcast(
        name="Planned outage – Grid 9", recipients=1270, localTimeRestriction=HOURS
    )
    snapshots.refresh()
    return broadcast.id


def open_question(page: Page, broadcast_id: int) -> None:
    sign_in(page, Role.OPERATOR, then=f"/broadcasts/{broadcast_id}/")
    page.get_by_role("link", name="Start calling…").click()
    expect(page.get_by_role("dialog", name="Start calling 1,270 people?")).to_be_visible()


def is_running(sandbox: Sandbox, broadcast_id: int) -> bool:
    return sandbox.world.broadcasts[broadcast_id].status == "RUNNING"


class TestTheDialog:
    def test_what_is_missing_is_said_in_the_dialog_and_nothing_is_lost(
        self, page: Page, sandbox: Sandbox, broadcast_id: int
    ) -> None:
        open_question(page, broadcast_id)
        question = page.get_by_role("dialog")
        question.get_by_label("Type 1270 to confirm").fill("127")
        question.get_by_role("button", name="Start calling").click()
        expect(question.get_by_text("This is not 1,270").first).to_be_visible()
        expect(question.get_by_role("alert")).to_be_focused()
        expect(question.get_by_label("Type 1270 to confirm")).to_have_value("127")
        assert axe_violations(page) == []
        assert not is_running(sandbox, broadcast_id)

        question.get_by_label("Type 1270 to confirm").fill("1,270")
        question.get_by_label("These people agreed").check()
        question.get_by_role("button", name="Start calling").click()
        expect(page.locator(".page-head .badge")).to_have_text("Running")
        assert is_running(sandbox, broadcast_id)
        assert AuditEvent.objects.filter(action="start").count() == 1

    def test_what_changed_meanwhile_is_shown_before_anything_starts(
        self, page: Page, sandbox: Sandbox, broadcast_id: int
    ) -> None:
        open_question(page, broadcast_id)
        broadcast = sandbox.world.broadcasts[broadcast_id]
        broadcast.reconfigure(broadcast.settings | {"fromNumber": "13125550101"}, sandbox.clock.now())
        question = page.get_by_role("dialog")
        question.get_by_label("Type 1270 to confirm").fill("1270")
        question.get_by_label("These people agreed").check()
        question.get_by_role("button", name="Start calling").click()
        expect(question.get_by_text("Changed on CallFire since you looked: Caller ID.")).to_be_visible()
        assert not is_running(sandbox, broadcast_id)
        question.get_by_role("button", name="Start calling").click()
        expect(page.locator(".page-head .badge")).to_have_text("Running")

    def test_trouble_closes_it_and_is_told_on_the_page(
        self, page: Page, sandbox: Sandbox, broadcast_id: int
    ) -> None:
        open_question(page, broadcast_id)
        with resting(page):
            sandbox.stop_listening()
        question = page.get_by_role("dialog")
        question.get_by_label("Type 1270 to confirm").fill("1270")
        question.get_by_label("These people agreed").check()
        question.get_by_role("button", name="Start calling").click()
        expect(page.locator("#notices").get_by_text("CallFire cannot be reached")).to_be_visible()
        expect(question).to_be_hidden()
        sandbox.start_listening()

    def test_focus_stays_where_a_quick_reader_moved_it(self, page: Page, broadcast_id: int) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{broadcast_id}/")
        page.evaluate("htmx.config.defaultSettleDelay = 1500")
        page.get_by_role("link", name="Start calling…").click()
        expect(page.get_by_role("link", name="Not now")).to_be_focused()
        page.keyboard.press("Shift+Tab")
        expect(page.locator(".htmx-settling, .htmx-added")).to_have_count(0)
        expect(page.get_by_label("Type 1270 to confirm")).to_be_focused()

    def test_by_keyboard_alone(self, page: Page, sandbox: Sandbox, broadcast_id: int) -> None:
        open_question(page, broadcast_id)
        expect(page.get_by_role("link", name="Not now")).to_be_focused()
        page.keyboard.press("Shift+Tab")
        expect(page.get_by_label("Type 1270 to confirm")).to_be_focused()
        page.keyboard.type("1270")
        page.keyboard.press("Shift+Tab")
        expect(page.get_by_label("These people agreed")).to_be_focused()
        page.keyboard.press("Space")
        expect(page.get_by_label("These people agreed")).to_be_checked()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("table", name="Who can be called now, by time zone")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(page.get_by_role("link", name="Start calling…")).to_be_focused()
        page.keyboard.press("Enter")
        page.get_by_label("These people agreed").press("Space")
        page.get_by_label("Type 1270 to confirm").press_sequentially("1270")
        page.keyboard.press("Enter")
        expect(page.locator(".page-head .badge")).to_have_text("Running")

    @pytest.mark.parametrize(("width", "theme"), LOOKS)
    def test_it_breaks_no_rule_of_accessibility_and_fits(
        self, open_page: OpenPage, broadcast_id: int, width: int, theme: str
    ) -> None:
        page = open_page(width=width, theme=theme)
        open_question(page, broadcast_id)
        page.get_by_role("dialog").get_by_text(re.compile("^Who can be called now, by area code")).click()
        assert axe_violations(page) == []
        assert not scrolls_sideways(page)
        page.goto(f"/broadcasts/{broadcast_id}/start/")
        page.get_by_text(re.compile("^Who can be called now, by area code")).click()
        assert axe_violations(page) == []
        assert not scrolls_sideways(page)


class TestWithoutScripts:
    def test_the_question_is_a_page_and_holds_what_was_typed(
        self, open_page: OpenPage, sandbox: Sandbox, broadcast_id: int
    ) -> None:
        page = open_page(scripts=False, width=390)
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{broadcast_id}/start/")
        page.get_by_label("Type 1270 to confirm").fill("1 270")
        page.get_by_role("button", name="Start calling").click()
        expect(page.get_by_text("People who did not agree may not be called.").first).to_be_visible()
        expect(page.get_by_label("Type 1270 to confirm")).to_have_value("1 270")
        page.get_by_label("These people agreed").check()
        page.get_by_role("button", name="Start calling").click()
        expect(page.locator(".page-head .badge")).to_have_text("Running")
        assert is_running(sandbox, broadcast_id)
