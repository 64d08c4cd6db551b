"""The journeys of an operator: find, watch, stop, start, archive; with and without scripts."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_django import Settings

from campaigns import tasks
from campaigns.models import AuditEvent, BroadcastSnapshot
from campaigns.permissions import Role
from campaigns.services import snapshots
from tests.browser.conftest import LOOKS, OpenPage, axe_violations, resting, scrolls_sideways, sign_in

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("people")

World = dict[str, int]
RUNNING = "Planned outage – Grid 14"
STOPPED = "Community meeting – Ward 6"
FINISHED = "Meter replacement – week 47"
HOURS = {"enabled": True, "beginHour": 9, "beginMinute": 0, "endHour": 20, "endMinute": 0}


@pytest.fixture
def world(sandbox: Sandbox, settings: Settings) -> World:
    """Three broadcasts that Callboard has read, with figures; panels look again twice a second."""
    settings.STATS_INTERVAL_SECONDS = 0.5
    add = sandbox.world.add_broadcast
    ids = {
        RUNNING: add(
            name=RUNNING,
            status="RUNNING",
            recipients=400,
            progress=0.4,
            labels=["outage"],
            localTimeRestriction=HOURS,
        ).id,
        STOPPED: add(name=STOPPED, status="STOPPED", recipients=60, progress=0.5, labels=["outreach"]).id,
        FINISHED: add(name=FINISHED, status="FINISHED", recipients=30).id,
    }
    snapshots.refresh()
    for broadcast_id in ids.values():
        tasks.refresh_stats(broadcast_id)
    tasks.heartbeat()
    return ids


def figure(page: Page, name: str) -> Locator:
    """The figure of the live panel under this heading."""
    return page.locator(".stat", has=page.get_by_text(name, exact=True)).locator(".stat__value")


class TestTheJourney:
    def test_find_watch_stop_start_and_archive(self, page: Page, sandbox: Sandbox, world: World) -> None:
        sign_in(page, Role.OPERATOR, then="/broadcasts/")
        page.get_by_label("Name or ID").fill("grid")
        expect(page.get_by_role("link", name=STOPPED)).to_be_hidden()
        page.get_by_role("link", name=RUNNING).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(RUNNING)

        done = figure(page, "Done")
        before = done.inner_text()
        sandbox.clock.advance(120)
        expect(done).not_to_have_text(before, use_inner_text=True)

        page.get_by_role("button", name="Stop calling").click()
        expect(page.locator(".page-head .badge")).to_have_text("Stopped")
        expect(page.get_by_text(f"{RUNNING} was stopped.")).to_be_visible()
        assert sandbox.world.broadcasts[world[RUNNING]].status == "STOPPED"

        page.get_by_role("link", name="Start calling…").click()
        question = page.get_by_role("dialog", name=re.compile(r"Start calling \d+ people\?"))
        expect(question).to_be_visible()
        expect(question.get_by_role("link", name="Not now")).to_be_focused()
        question.get_by_label("These people agreed").check()
        question.get_by_role("button", name="Start calling").click()
        expect(page.locator(".page-head .badge")).to_have_text("Running")
        assert sandbox.world.broadcasts[world[RUNNING]].status == "RUNNING"

        page.goto(f"/broadcasts/{world[FINISHED]}/")
        page.get_by_role("link", name="Archive…").click()
        page.get_by_role("dialog").get_by_role("button", name="Archive").click()
        expect(page.locator(".page-head .badge")).to_have_text("Archived")
        page.goto("/broadcasts/")
        page.get_by_role("link", name=re.compile("^Archived")).click()
        expect(page.get_by_role("link", name=FINISHED)).to_be_visible()

    def test_a_broadcast_that_ends_elsewhere_changes_the_open_page(
        self, page: Page, sandbox: Sandbox, world: World
    ) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{world[RUNNING]}/")
        expect(page.get_by_role("button", name="Stop calling")).to_be_visible()
        sandbox.clock.advance(3600)
        expect(page.locator(".page-head .badge")).to_have_text("Finished")
        expect(page.get_by_role("button", name="Stop calling")).to_be_hidden()
        expect(page.get_by_role("link", name="Archive…")).to_be_visible()

    def test_batches_come_by_themselves(self, page: Page, world: World) -> None:
        sign_in(page, Role.VIEWER, then=f"/broadcasts/{world[RUNNING]}/")
        expect(
            page.get_by_role("region", name="Table of batches").get_by_text("Ready to call")
        ).to_be_visible()


class TestTheList:
    def test_typing_filters_keeps_the_cursor_and_can_be_undone(self, page: Page, world: World) -> None:
        sign_in(page, Role.VIEWER, then="/broadcasts/")
        box = page.get_by_label("Name or ID")
        box.fill("ward")
        expect(page.get_by_role("link", name=RUNNING)).to_be_hidden()
        expect(page.get_by_role("link", name=STOPPED)).to_be_visible()
        expect(box).to_be_focused()
        expect(box).to_have_value("ward")
        expect(page).to_have_url(re.compile("q=ward"))
        page.go_back()
        expect(page.get_by_role("link", name=RUNNING)).to_be_visible()

    def test_a_filter_stays_when_another_is_chosen(self, page: Page, world: World) -> None:
        sign_in(page, Role.VIEWER, then="/broadcasts/?q=o")
        page.get_by_role("navigation", name="Status").get_by_role("link", name=re.compile("^Stopped")).click()
        expect(page.get_by_role("link", name=RUNNING)).to_be_hidden()
        page.get_by_label("Name or ID").fill("ward")
        expect(page).to_have_url(re.compile(r"status=STOPPED"))
        expect(page.get_by_role("link", name=STOPPED)).to_be_visible()

    def test_running_rows_move_and_leave_what_is_ticked(
        self, page: Page, sandbox: Sandbox, world: World
    ) -> None:
        sign_in(page, Role.OPERATOR, then="/broadcasts/")
        row = page.get_by_role("row", name=re.compile(RUNNING))
        row.get_by_role("checkbox").check()
        progress = row.locator(".progress-cell")
        before = progress.inner_text()
        sandbox.clock.advance(300)
        tasks.refresh_stats(world[RUNNING])
        expect(progress).not_to_have_text(before, use_inner_text=True)
        expect(row.get_by_role("checkbox")).to_be_checked()

    def test_several_are_stopped_with_one_question(self, page: Page, sandbox: Sandbox, world: World) -> None:
        sign_in(page, Role.OPERATOR, then="/broadcasts/")
        page.get_by_label("Select all on this page").check()
        expect(page.get_by_text("3 selected")).to_be_visible()
        page.get_by_role("button", name="Stop…").click()
        page.get_by_role("button", name="Stop 3 broadcasts").click()
        expect(page.get_by_text("All of them are settled.")).to_be_visible()
        expect(page.get_by_role("row", name=re.compile(RUNNING)).locator(".badge")).to_have_text("Done")
        expect(page.get_by_role("row", name=re.compile(FINISHED)).locator(".badge")).to_have_text("Refused")
        assert sandbox.world.broadcasts[world[RUNNING]].status == "STOPPED"


class TestWhenThingsFail:
    def test_old_figures_stay_and_say_why_until_callfire_is_back(
        self, page: Page, sandbox: Sandbox, world: World
    ) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{world[RUNNING]}/")
        done = figure(page, "Done")
        before = done.inner_text()
        with resting(page):
            sandbox.stop_listening()
            long_ago = timezone.now() - timedelta(minutes=5)
            BroadcastSnapshot.objects.filter(pk=world[RUNNING]).update(counters_at=long_ago)
        expect(page.get_by_text("These figures stand still.")).to_be_visible()
        expect(done).to_have_text(before, use_inner_text=True)
        expect(page.locator("#stats .fresh").first).to_have_attribute("data-age", "lost")
        expect(page.get_by_role("button", name="Stop calling")).to_be_visible()
        sandbox.start_listening()
        expect(page.get_by_text("These figures stand still.")).to_be_hidden()

    def test_a_page_opened_without_callfire_completes_itself_when_it_is_back(
        self, page: Page, sandbox: Sandbox, world: World
    ) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{world[RUNNING]}/")
        sandbox.fail_next("GET", "", drop="before", times=None)
        page.reload()
        expect(page.get_by_text("Settings and status are from")).to_be_visible()
        expect(page.locator("#notices .notice")).not_to_have_count(0)
        expect(page.locator("#health")).to_contain_text("CallFire not answering")
        sandbox.clear_faults()
        expect(page.locator("#health")).to_contain_text("All systems working")
        expect(page.get_by_text("Settings and status are from")).to_be_hidden()
        expect(page.locator("#notices .notice")).to_have_count(0)
        expect(page.locator("#batches").get_by_text("Ready to call")).to_be_visible()

    def test_stop_is_taken_while_callfire_is_away_and_sent_when_it_is_back(
        self, page: Page, sandbox: Sandbox, world: World
    ) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{world[RUNNING]}/")
        with resting(page):
            sandbox.stop_listening()
        page.get_by_role("button", name="Stop calling").click()
        expect(page.locator(".page-head .badge")).to_have_text("Stopping")
        sandbox.start_listening()
        for event_id in open_events():
            tasks.follow_up(event_id)
        expect(page.locator(".page-head .badge")).to_have_text("Stopped")

    def test_signing_out_elsewhere_leaves_a_notice_not_a_login_page_in_the_panel(
        self, page: Page, world: World
    ) -> None:
        sign_in(page, Role.VIEWER, then=f"/broadcasts/{world[RUNNING]}/")
        page.context.clear_cookies(name="sessionid")
        expect(page.locator("#notices").get_by_role("link", name="Sign in again")).to_be_visible()
        expect(page.locator("#stats .stat")).not_to_have_count(0)
        expect(page.get_by_label("Password")).to_have_count(0)


class TestWithoutScripts:
    def test_everything_works(self, open_page: OpenPage, sandbox: Sandbox, world: World) -> None:
        page = open_page(scripts=False)
        sign_in(page, Role.OPERATOR, then="/broadcasts/")
        page.get_by_label("Name or ID").fill("grid")
        page.get_by_role("button", name="Filter").click()
        expect(page.get_by_role("link", name=STOPPED)).to_be_hidden()
        page.get_by_role("link", name=RUNNING).click()
        page.get_by_role("link", name="Show the batches").click()
        expect(page.get_by_text("Ready to call")).to_be_visible()
        page.go_back()
        page.get_by_role("button", name="Stop calling").click()
        expect(page.locator(".page-head .badge")).to_have_text("Stopped")
        page.get_by_role("link", name="Start calling…").click()
        page.get_by_label("These people agreed").check()
        page.get_by_role("button", name="Start calling").click()
        expect(page.locator(".page-head .badge")).to_have_text("Running")
        page.goto("/broadcasts/")
        page.get_by_role("row", name=re.compile(FINISHED)).get_by_role("checkbox").check()
        page.get_by_role("button", name="Archive…").click()
        page.get_by_role("button", name="Archive 1 broadcast").click()
        expect(page.get_by_role("row", name=re.compile(FINISHED)).locator(".badge")).to_have_text("Done")
        assert sandbox.world.broadcasts[world[FINISHED]].status == "ARCHIVED"


class TestByKeyboard:
    def test_stop_is_reached_and_pressed_without_a_mouse(
        self, page: Page, sandbox: Sandbox, world: World
    ) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{world[RUNNING]}/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("main").get_by_role("link", name="Broadcasts")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Stop calling")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".page-head .badge")).to_have_text("Stopped")
        assert sandbox.world.broadcasts[world[RUNNING]].status == "STOPPED"


class TestForEverybody:
    @pytest.mark.parametrize(("width", "theme"), LOOKS)
    def test_no_page_breaks_a_rule_of_accessibility_or_scrolls_sideways(
        self, open_page: OpenPage, world: World, width: int, theme: str
    ) -> None:
        page = open_page(width=width, theme=theme)
        sign_in(page, Role.ADMIN, then="/")
        running, stopped = world[RUNNING], world[STOPPED]
        for address in (
            "/",
            "/broadcasts/",
            "/broadcasts/?q=nothing+like+this",
            f"/broadcasts/{running}/",
            f"/broadcasts/{running}/batches/",
            f"/broadcasts/{stopped}/",
            f"/broadcasts/{stopped}/start/",
            f"/broadcasts/{stopped}/archive/",
            f"/broadcasts/{running}/start/",
            f"/broadcasts/selection/?action=stop&id={running}&id={stopped}",
            "/activity/",
        ):
            page.goto(address)
            assert (address, axe_violations(page)) == (address, [])
            assert (address, scrolls_sideways(page)) == (address, False)

    def test_the_dialog_breaks_none_either(self, page: Page, world: World) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{world[STOPPED]}/")
        page.get_by_role("link", name="Start calling…").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert axe_violations(page) == []

    def test_every_menu_of_a_broadcast_stays_on_the_screen_of_a_phone(
        self, open_page: OpenPage, world: World
    ) -> None:
        page = open_page(width=390)
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{world[STOPPED]}/")
        for opener in (page.get_by_label("More actions"), page.get_by_text("Only some")):
            opener.click()
            menu = page.locator(".page .menu[open] .menu__list")
            box = menu.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390

    @pytest.mark.parametrize("width", [1440, 390])
    def test_words_without_an_end_stretch_nothing(
        self, open_page: OpenPage, sandbox: Sandbox, world: World, width: int
    ) -> None:
        endless = sandbox.world.add_broadcast(
            name="W" * 200, status="STOPPED", recipients=3, labels=["L" * 90]
        )
        snapshots.refresh()
        page = open_page(width=width)
        sign_in(page, Role.OPERATOR, then="/broadcasts/")
        table = page.get_by_role("region", name="Table of broadcasts")
        assert not table.evaluate("(region) => region.scrollWidth > region.clientWidth")
        assert not scrolls_sideways(page)
        for address in (f"/broadcasts/{endless.id}/", f"/broadcasts/{endless.id}/edit/"):
            page.goto(address)
            expect(page.locator("h1")).to_be_visible()
            assert not scrolls_sideways(page)


def open_events() -> list[int]:
    """The events that are not settled."""
    return [event.pk for event in AuditEvent.objects.filter(settled_at=None)]
