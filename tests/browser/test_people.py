"""Adding a few people and switching people off: pasted, corrected, confirmed; with and without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from campaigns.permissions import Role
from campaigns.services import snapshots
from tests.browser.conftest import LOOKS, OpenPage, axe_violations, scrolls_sideways, sign_in

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("people")

BAD = "number, name, street\n(213) 555-0142, Elena Marsh, 1180 Fargo St\n1.32356E+10, Ruben Ortega"
GOOD = "number, name, street\n(213) 555-0142, Elena Marsh, 1180 Fargo St\n323.555.0172, Ruben Ortega"


@pytest.fixture
def running(sandbox: Sandbox) -> int:
    """A running broadcast that Callboard has seen."""
    return _add(sandbox, "RUNNING")


@pytest.fixture
def stopped(sandbox: Sandbox) -> int:
    """A stopped one."""
    return _add(sandbox, "STOPPED")


def _add(sandbox: Sandbox, status: str) -> int:
    broadcast = sandbox.world.add_broadcast(name="Planned outage – Grid 14", status=status, recipients=40)
    snapshots.refresh()
    return broadcast.id


def added(sandbox: Sandbox, broadcast_id: int) -> list[str]:
    """The numbers that were added by hand."""
    calls = sandbox.world.calls(broadcast_id)
    return sorted(call["toNumber"] for call in calls if "client_ref" in call.get("attributes", {}))


class TestTheJourney:
    def test_paste_correct_confirm_and_see_them_at_callfire(
        self, page: Page, sandbox: Sandbox, running: int
    ) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{running}/recipients/new/")
        box = page.get_by_role("textbox", name="People")
        box.fill(BAD)
        bad_line = page.get_by_role("row", name=re.compile("^3 "))
        expect(bad_line).to_contain_text("A spreadsheet cut the digits")
        expect(page.get_by_role("button", name=re.compile("^Add"))).to_have_count(0)
        expect(box).to_be_focused()

        box.fill(GOOD)
        expect(page.get_by_role("heading", name="Add and call 2 people?")).to_be_visible()
        expect(page.locator("#check")).to_contain_text("It is running, so they are called at once.")
        assert added(sandbox, running) == []

        page.get_by_role("button", name="Add and call 2 people").click()
        expect(page.get_by_text("2 people are at CallFire.")).to_be_visible()
        expect(page.get_by_role("button", name="Stop calling")).to_be_visible()
        assert added(sandbox, running) == ["12135550142", "13235550172"]

    def test_what_changed_after_the_check_is_checked_again_before_it_is_sent(
        self, page: Page, sandbox: Sandbox, stopped: int
    ) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{stopped}/recipients/new/")
        page.get_by_role("textbox", name="People").fill("2135550142")
        expect(page.get_by_role("heading", name="Add 1 person?")).to_be_visible()
        sandbox.world.broadcasts[stopped].status = "RUNNING"
        page.get_by_role("button", name="Add 1 person").click()
        expect(page.get_by_role("heading", name="Add and call 1 person?")).to_be_visible()
        expect(page.get_by_text("changed since it was checked")).to_be_visible()
        assert added(sandbox, stopped) == []

    def test_stop_first_keeps_what_was_typed(self, page: Page, sandbox: Sandbox, running: int) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{running}/recipients/new/")
        page.get_by_role("textbox", name="People").fill(GOOD)
        page.get_by_role("button", name="Stop first").click()
        expect(page.locator(".page-head .badge")).to_have_text("Stopped")
        expect(page.get_by_role("textbox", name="People")).to_have_value(GOOD)
        assert sandbox.world.broadcasts[running].status == "STOPPED"
        page.get_by_role("button", name="Add 2 people").click()
        expect(page.get_by_role("link", name="Start calling…")).to_be_visible()

    def test_people_added_before_are_left_out_until_they_are_asked_for(
        self, page: Page, sandbox: Sandbox, stopped: int
    ) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{stopped}/recipients/new/")
        page.get_by_role("textbox", name="People").fill("2135550142")
        page.get_by_role("button", name="Add 1 person").click()
        expect(page.get_by_text("1 person is at CallFire.")).to_be_visible()
        page.goto(f"/broadcasts/{stopped}/recipients/new/")
        page.get_by_role("textbox", name="People").fill("2135550142\n2135550143")
        expect(page.get_by_role("heading", name="Add 1 person?")).to_be_visible()
        page.get_by_label(re.compile("^Add 1 person again")).check()
        expect(page.get_by_role("heading", name="Add 2 people?")).to_be_visible()
        expect(page.get_by_label(re.compile("^Add 1 person again"))).to_be_checked()

    def test_a_refusal_of_callfire_comes_back_with_the_list(
        self, page: Page, sandbox: Sandbox, stopped: int
    ) -> None:
        sandbox.fail_next("POST", "/recipients", status=400, message="Invalid phone number: 12135550142")
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{stopped}/recipients/new/")
        page.get_by_role("textbox", name="People").fill(GOOD)
        page.get_by_role("button", name="Add 2 people").click()
        expect(page.get_by_role("alert")).to_contain_text("Invalid phone number: 12135550142")
        expect(page.get_by_role("textbox", name="People")).to_have_value(GOOD)


class TestSwitching:
    def test_somebody_is_held_back_and_let_through(self, page: Page, sandbox: Sandbox, stopped: int) -> None:
        number = sandbox.world.calls(stopped)[0]["toNumber"]
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{stopped}/recipients/switch/")
        page.get_by_role("textbox", name="Numbers").fill(number)
        page.get_by_role("button", name="Look them up").click()
        page.get_by_role("button", name="Hold them back").click()
        expect(page.get_by_text("1 person is on hold.")).to_be_visible()
        page.goto(f"/broadcasts/{stopped}/recipients/switch/")
        page.get_by_role("textbox", name="Numbers").fill(number)
        page.get_by_label("Let them be called again").check()
        page.get_by_role("button", name="Look them up").click()
        page.get_by_role("button", name="Let them through").click()
        expect(page.get_by_text("1 person is let through again.")).to_be_visible()


class TestWithoutScripts:
    def test_everything_works(self, open_page: OpenPage, sandbox: Sandbox, running: int) -> None:
        page = open_page(scripts=False)
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{running}/recipients/new/")
        page.get_by_role("textbox", name="People").fill(BAD)
        page.get_by_role("button", name="Check the list").click()
        expect(page.get_by_role("row", name=re.compile("^3 "))).to_contain_text("spreadsheet")
        expect(page.get_by_role("textbox", name="People")).to_have_value(BAD)
        page.get_by_role("textbox", name="People").fill(GOOD)
        page.get_by_role("button", name="Check the list").click()
        page.get_by_role("button", name="Stop first").click()
        page.get_by_role("button", name="Add 2 people").click()
        expect(page.get_by_text("2 people are at CallFire.")).to_be_visible()
        assert added(sandbox, running) == ["12135550142", "13235550172"]
        page.goto(f"/broadcasts/{running}/recipients/switch/")
        page.get_by_role("textbox", name="Numbers").fill("2135550142")
        page.get_by_role("button", name="Look them up").click()
        page.get_by_role("button", name="Hold them back").click()
        expect(page.get_by_text("1 person is on hold.")).to_be_visible()


class TestByKeyboard:
    def test_a_person_is_added_without_a_mouse(self, page: Page, sandbox: Sandbox, stopped: int) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{stopped}/recipients/new/")
        page.get_by_role("textbox", name="People").focus()
        page.keyboard.type("2135550142")
        expect(page.get_by_role("heading", name="Add 1 person?")).to_be_visible()
        for _ in range(12):
            if page.evaluate("document.activeElement.value") == "send":
                break
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_text("1 person is at CallFire.")).to_be_visible()
        assert added(sandbox, stopped) == ["12135550142"]


class TestForEverybody:
    @pytest.mark.parametrize(("width", "theme"), LOOKS)
    def test_no_page_breaks_a_rule_of_accessibility_or_scrolls_sideways(
        self, open_page: OpenPage, running: int, width: int, theme: str
    ) -> None:
        page = open_page(width=width, theme=theme)
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{running}/recipients/new/")
        box = page.get_by_role("textbox", name="People")
        assert axe_violations(page) == []
        box.fill(f"{BAD}, {'long street ' * 12}\n{'x' * 300}")
        expect(page.get_by_role("row", name=re.compile("^3 "))).to_be_visible()
        assert (axe_violations(page), scrolls_sideways(page)) == ([], False)
        box.fill(GOOD)
        expect(page.get_by_role("heading", name="Add and call 2 people?")).to_be_visible()
        assert (axe_violations(page), scrolls_sideways(page)) == ([], False)
        page.get_by_role("button", name="Add and call 2 people").click()
        expect(page.get_by_text("2 people are at CallFire.")).to_be_visible()
        assert (axe_violations(page), scrolls_sideways(page)) == ([], False)
        page.goto(f"/broadcasts/{running}/recipients/switch/")
        page.get_by_role("textbox", name="Numbers").fill("2135550142\n3235550199")
        page.get_by_role("button", name="Look them up").click()
        expect(page.get_by_role("heading", name=re.compile("^Hold 1 person back"))).to_be_visible()
        assert (axe_violations(page), scrolls_sideways(page)) == ([], False)
