"""The shell in a real browser: signing in by keyboard, menus, theme, shortcuts, live panels, questions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from campaigns.permissions import Role
from campaigns.services import health
from tests.browser.conftest import LOOKS, OpenPage, axe_violations, resting, scrolls_sideways, sign_in
from tests.browser.shell_urls import Desk, desk

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = [pytest.mark.urls("tests.browser.shell_urls"), pytest.mark.usefixtures("people")]

PANEL = "/t/panel/"


@pytest.fixture
def server() -> Iterator[Desk]:
    """What the server answers to the panel; back to normal afterwards."""
    desk.clear()
    yield desk
    desk.clear()


def ticks(page: Page, *, at_least: int) -> None:
    """Wait until the panel has ticked so often."""
    expect(page.locator("#panel p")).not_to_have_text(re.compile(f"^tick [0-{at_least - 1}]$"))


class TestKeyboard:
    def test_signing_in_takes_no_mouse(self, page: Page) -> None:
        page.goto("/accounts/password/")
        expect(page.get_by_label("Name")).to_be_focused()
        page.keyboard.type("operator")
        page.keyboard.press("Tab")
        page.keyboard.type("operator-password")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Change password")

    def test_a_wrong_password_puts_the_cursor_back(self, page: Page) -> None:
        page.goto("/accounts/login/")
        page.get_by_label("Name").fill("operator")
        page.get_by_label("Password").fill("guess")
        page.keyboard.press("Enter")
        expect(page.get_by_text("4 tries left")).to_be_visible()
        expect(page.get_by_label("Password")).to_be_focused()
        expect(page.get_by_label("Name")).to_have_value("operator")

    def test_the_skip_link_is_first_and_leads_to_the_page(self, page: Page) -> None:
        sign_in(page, Role.OPERATOR, then="/nowhere/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()

    def test_slash_goes_to_the_search_but_not_while_typing(self, page: Page) -> None:
        sign_in(page, Role.OPERATOR, then="/nowhere/")
        page.keyboard.press("/")
        search = page.get_by_placeholder("Number, broadcast or ID")
        expect(search).to_be_focused()
        page.keyboard.type("a/b?")
        expect(search).to_have_value("a/b?")

    def test_the_question_mark_lists_the_shortcuts(self, page: Page) -> None:
        sign_in(page, Role.OPERATOR, then="/nowhere/")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Shortcuts")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog", name="Shortcuts")).to_be_hidden()

    def test_a_menu_opens_closes_and_gives_the_focus_back(self, page: Page) -> None:
        sign_in(page, Role.ADMIN, then="/nowhere/")
        account = page.locator("#account summary")
        account.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="My activity")).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(page.get_by_role("link", name="My activity")).to_be_hidden()
        expect(account).to_be_focused()

    def test_a_menu_closes_when_something_else_is_pressed(self, page: Page) -> None:
        sign_in(page, Role.ADMIN, then="/nowhere/")
        page.locator("#account summary").click()
        page.locator("#health summary").click()
        expect(page.get_by_role("link", name="My activity")).to_be_hidden()
        expect(page.locator("#health .menu__list")).to_be_visible()
        page.get_by_role("heading", level=1).click()
        expect(page.locator("#health .menu__list")).to_be_hidden()


class TestAccountMenu:
    def test_the_theme_changes_at_once_and_stays(self, page: Page) -> None:
        sign_in(page, Role.OPERATOR)
        bright = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        page.locator("#account summary").click()
        page.get_by_role("button", name="Dark").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != bright
        assert page.url.endswith("/accounts/password/")
        page.goto("/nowhere/")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    def test_signing_out_leads_to_the_door(self, page: Page) -> None:
        sign_in(page, Role.OPERATOR)
        page.locator("#account summary").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.goto("/accounts/password/")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    @pytest.mark.parametrize(("role", "links"), [(Role.OPERATOR, 0), (Role.ADMIN, 1)])
    def test_only_admins_are_led_to_the_admin(self, page: Page, role: Role, links: int) -> None:
        sign_in(page, role)
        expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Admin")).to_have_count(
            links
        )


class TestReader:
    def test_times_follow_the_browsers_zone(self, open_page: OpenPage) -> None:
        page = open_page(zone="Europe/Berlin")
        sign_in(page, Role.OPERATOR)
        expect(page.get_by_text("Times are Berlin (CE")).to_be_visible()


class TestAdminPages:
    def test_they_work_under_the_same_policy(self, page: Page) -> None:
        sign_in(page, Role.ADMIN, then="/nowhere/")
        page.goto("/admin/campaigns/user/add/")
        page.locator("#id_username").fill("new-person")
        page.goto("/admin/campaigns/user/")
        page.get_by_role("link", name="operator").first.click()
        expect(page.locator("#id_username")).to_have_value("operator")


class TestLooks:
    @pytest.mark.parametrize(("width", "theme"), LOOKS)
    def test_signing_in(self, open_page: OpenPage, width: int, theme: str) -> None:
        page = open_page(width=width, theme=theme)
        page.goto("/accounts/login/?next=/broadcasts/")
        assert axe_violations(page) == []
        page.get_by_label("Name").fill("nobody")
        page.get_by_label("Password").fill("guess")
        page.keyboard.press("Enter")
        expect(page.get_by_text("4 tries left")).to_be_visible()
        assert axe_violations(page) == []
        assert not scrolls_sideways(page)

    @pytest.mark.parametrize(("width", "theme"), LOOKS)
    def test_pages_and_open_menus(
        self, open_page: OpenPage, sandbox: Sandbox, width: int, theme: str
    ) -> None:
        health.check_callfire()
        page = open_page(width=width, theme=theme)
        sign_in(page, Role.VIEWER)
        for path in ("/nowhere/", "/broadcasts/selection/?action=stop&id=1", "/accounts/password/"):
            page.goto(path)
            assert axe_violations(page) == []
            assert not scrolls_sideways(page)
        account = page.locator("#account summary").bounding_box()
        assert account is not None
        assert account["x"] + account["width"] <= width - 16
        expect(page.locator(".credits")).to_be_visible()
        for menu in ("#account", "#health"):
            page.locator(f"{menu} summary").click()
            box = page.locator(f"{menu} .menu__list").bounding_box()
            assert box is not None
            assert 0 <= box["x"] < box["x"] + box["width"] <= width
            assert axe_violations(page) == []


class TestLivePanel:
    def test_it_reads_itself_again_and_again(self, page: Page, server: Desk) -> None:
        sign_in(page, Role.OPERATOR, then=PANEL)
        ticks(page, at_least=3)

    def test_the_server_decides_when_it_ends(self, page: Page, server: Desk) -> None:
        sign_in(page, Role.OPERATOR, then=PANEL)
        ticks(page, at_least=2)
        server.every = 0
        expect(page.locator("#panel:not([data-every])")).to_be_attached()
        assert server.ticks == int(page.locator("#panel p").inner_text().removeprefix("tick "))

    def test_its_age_is_shown_to_the_second(self, page: Page, server: Desk) -> None:
        server.every = 0
        page.clock.install()
        sign_in(page, Role.OPERATOR, then=PANEL)
        expect(page.locator("#panel .fresh")).to_contain_text("s ago")
        page.clock.fast_forward(12_000)
        expect(page.locator("#panel .fresh")).to_contain_text(re.compile(r"(1[2-9]|[2-8]\d) s ago"))

    def test_an_unchanged_answer_only_moves_the_age_on(self, page: Page, server: Desk) -> None:
        server.answer = server.unchanged
        sign_in(page, Role.OPERATOR, then=PANEL)
        expect(page.locator("#panel time")).to_have_text("14:02:07")
        expect(page.get_by_text("tick 0")).to_be_visible()

    def test_286_ends_it_and_leaves_the_figures(self, page: Page, server: Desk) -> None:
        sign_in(page, Role.OPERATOR, then=PANEL)
        ticks(page, at_least=1)
        with page.expect_response(lambda answer: answer.status == 286):
            server.answer = server.over
        last = server.ticks
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.locator("#panel p")).to_have_text(f"tick {last - 1}")
        assert server.ticks == last

    def test_a_hidden_tab_rests_and_catches_up_at_once(self, page: Page, server: Desk) -> None:
        sign_in(page, Role.OPERATOR, then=PANEL)
        ticks(page, at_least=1)
        page.clock.install()
        with page.expect_response("**/tick/"), resting(page):
            page.clock.run_for(2_000)
            before = server.ticks
            page.clock.run_for(60_000)
            assert server.ticks == before

    def test_one_miss_is_late_two_are_lost_and_told_on_the_page(self, page: Page, server: Desk) -> None:
        sign_in(page, Role.OPERATOR, then=PANEL)
        ticks(page, at_least=1)
        server.answer = server.broken
        expect(page.locator("#panel .fresh")).to_have_attribute("data-age", "lost")
        expect(page.locator("#panel .fresh")).to_contain_text("no answer from Callboard")
        expect(page.locator("#notices")).to_contain_text("Something went wrong in Callboard.")
        expect(page.locator("#panel p")).to_contain_text("tick")
        server.answer = server.panel
        expect(page.locator("#notices")).to_be_empty(timeout=60_000)
        expect(page.locator("#panel .fresh:not([data-age])")).to_be_visible()

    def test_an_answer_that_is_not_ours_never_lands_on_the_page(self, page: Page, server: Desk) -> None:
        sign_in(page, Role.OPERATOR, then=PANEL)
        server.answer = server.foreign
        expect(page.locator("#notices")).to_contain_text("Callboard does not answer.")
        expect(page.get_by_text("Bad Gateway")).to_have_count(0)

    def test_no_answer_at_all_is_told(self, page: Page, server: Desk) -> None:
        sign_in(page, Role.OPERATOR, then=PANEL)
        page.route("**/tick/", lambda route: route.abort())
        expect(page.locator("#notices")).to_contain_text("Callboard does not answer.")
        expect(page.locator("#panel .fresh")).to_have_attribute("data-age", "lost")
        page.unroute("**/tick/")
        expect(page.get_by_text("Callboard does not answer.")).to_have_count(0, timeout=60_000)

    def test_being_signed_out_is_a_notice_and_ends_the_ticking(self, page: Page, server: Desk) -> None:
        sign_in(page, Role.OPERATOR, then=PANEL)
        ticks(page, at_least=1)
        with page.expect_response(lambda answer: answer.status == 401):
            page.context.clear_cookies(name="sessionid")
        expect(page.locator("#notices")).to_contain_text("You are signed out.")
        expect(page.locator("#panel p")).to_contain_text("tick")
        page.get_by_role("link", name="Sign in again").click()
        expect(page.get_by_text("You will return to the page you opened.")).to_be_visible()


class TestQuestions:
    def test_it_opens_on_the_safe_answer_and_gives_the_focus_back(self, page: Page, server: Desk) -> None:
        server.every = 0
        sign_in(page, Role.OPERATOR, then=PANEL)
        page.get_by_role("link", name="Start…").click()
        expect(page.get_by_role("dialog", name="Start calling?")).to_be_visible()
        expect(page.get_by_role("link", name="Not now")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(page.get_by_role("link", name="Start…")).to_be_focused()

    def test_not_now_closes_it_and_loads_nothing(self, page: Page, server: Desk) -> None:
        server.every = 0
        sign_in(page, Role.OPERATOR, then=PANEL)
        page.get_by_role("link", name="Start…").click()
        page.get_by_role("link", name="Not now").click()
        expect(page.get_by_role("dialog")).to_be_hidden()
        assert server.posts == 0

    def test_it_stands_in_the_middle(self, page: Page, server: Desk) -> None:
        server.every = 0
        sign_in(page, Role.OPERATOR, then=PANEL)
        page.get_by_role("link", name="Start…").click()
        box = page.get_by_role("dialog", name="Start calling?").bounding_box()
        assert box is not None
        assert abs(box["x"] + box["width"] / 2 - 720) < 2

    def test_without_a_script_it_is_a_link(self, open_page: OpenPage, server: Desk) -> None:
        page = open_page(scripts=False)
        sign_in(page, Role.OPERATOR, then=PANEL)
        page.get_by_role("link", name="Start…").click()
        page.wait_for_url("**/t/question/")

    def test_it_can_be_opened_in_a_tab_of_its_own(self, page: Page, server: Desk) -> None:
        server.every = 0
        sign_in(page, Role.OPERATOR, then=PANEL)
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Start…").click(modifiers=["ControlOrMeta"])
        opened.value.wait_for_url("**/t/question/")


class TestForms:
    def test_a_double_press_is_one_request(self, page: Page, server: Desk) -> None:
        server.every = 0
        sign_in(page, Role.OPERATOR, then=PANEL)
        page.get_by_role("button", name="Stop").dblclick()
        expect(page.get_by_text("Stopped.")).to_be_visible()
        assert server.posts == 1

    def test_messages_leave_warnings_stay(self, page: Page, server: Desk) -> None:
        server.every = 0
        page.clock.install()
        sign_in(page, Role.OPERATOR, then=PANEL)
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("Stopped.")).to_be_visible()
        page.clock.fast_forward(8_100)
        expect(page.get_by_text("Stopped.")).to_be_hidden()
        expect(page.get_by_text("Not confirmed yet.")).to_be_visible()
        page.get_by_role("button", name="Dismiss").click()
        expect(page.get_by_text("Not confirmed yet.")).to_be_hidden()

    def test_rows_are_chosen_one_by_one_or_all_at_once(self, page: Page, server: Desk) -> None:
        server.every = 0
        sign_in(page, Role.OPERATOR, then=PANEL)
        bar = page.get_by_role("form", name="Chosen")
        expect(bar).to_be_hidden()
        page.get_by_label("one").check()
        expect(bar).to_contain_text("1 selected")
        page.get_by_role("checkbox", name="All").check()
        expect(bar).to_contain_text("2 selected")
        page.get_by_role("button", name="Clear").click()
        expect(bar).to_be_hidden()
        page.get_by_label("two").check()
        page.get_by_role("button", name="Archive…").click()
        expect(page.locator("body")).to_have_text("two")
