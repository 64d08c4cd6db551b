"""The call log: filter, share, save, page; at a desk and on a phone, with and without scripts."""

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

NAME = "Planned outage – Grid 14"


@pytest.fixture(autouse=True)
def broadcast(sandbox: Sandbox) -> int:
    """A finished broadcast of sixty people, and one of ten."""
    made = sandbox.world.add_broadcast(name=NAME, status="FINISHED", recipients=60, messy=True)
    sandbox.world.add_broadcast(name="Meter replacement", status="FINISHED", recipients=10)
    snapshots.refresh()
    return made.id


def rows(page: Page) -> int:
    """How many calls the page shows."""
    return page.locator("tbody tr").count()


def test_filter_share_and_take_off(open_page: OpenPage, broadcast: int) -> None:
    page = open_page()
    sign_in(page, Role.OPERATOR)
    page.get_by_role("link", name="Calls", exact=True).click()
    page.get_by_placeholder("Broadcast", exact=True).fill(NAME)
    page.locator("summary", has_text="Result").click()
    page.get_by_role("group", name="Result").get_by_label("Answered").check()
    page.get_by_role("group", name="Result").get_by_label("Voicemail").check()
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile(rf"/calls/\?broadcast={broadcast}&result=LA&result=AM$"))
    on = page.get_by_role("navigation", name="Filters that are on")
    expect(on).to_contain_text("Result Answered or Voicemail")
    shown = page.locator("tbody").inner_text()
    assert "Busy" not in shown

    shared = open_page()
    sign_in(shared, Role.VIEWER)
    shared.goto(page.url)
    expect(shared.locator("tbody tr")).to_have_count(rows(page))
    expect(shared.locator("tbody")).to_contain_text("-••••")

    on.get_by_role("link", name=re.compile("^Result")).click()
    expect(page).to_have_url(re.compile(rf"/calls/\?broadcast={broadcast}$"))


def test_older_and_newer_calls(open_page: OpenPage) -> None:
    page = open_page()
    sign_in(page, Role.OPERATOR)
    page.goto("/calls/")
    first = page.locator("tbody th").first.inner_text()
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_text("frozen at")).to_be_visible()
    expect(page.locator("tbody th").first).not_to_have_text(first)
    page.get_by_role("link", name="Newer").click()
    expect(page.locator("tbody th").first).to_have_text(first)


def test_walking_from_call_to_call_and_back_to_the_list(open_page: OpenPage) -> None:
    page = open_page()
    sign_in(page, Role.OPERATOR)
    page.goto("/calls/")
    numbers = page.locator("tbody th")
    first, second = numbers.nth(0).inner_text(), numbers.nth(1).inner_text()
    numbers.nth(0).get_by_role("link").click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text(first)
    expect(page.get_by_role("link", name="Previous")).to_have_count(0)
    page.get_by_role("link", name="Next").click()
    expect(title).to_have_text(second)
    assert axe_violations(page) == []
    page.get_by_role("link", name="Previous").click()
    expect(title).to_have_text(first)
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Calls").click()
    expect(page).to_have_url(re.compile(r"/calls/\?until=\d+$"))
    expect(numbers.nth(0)).to_have_text(first)


def test_on_a_phone_a_call_without_a_result_shows_its_state(
    open_page: OpenPage, sandbox: Sandbox, broadcast: int
) -> None:
    person = {"fromNumber": "12135550111", "toNumber": "12135550142"}
    sandbox.world.add_call(sandbox.world.broadcasts[broadcast], state="DNC", **person)
    sandbox.world.add_call(
        sandbox.world.broadcasts[broadcast], state="FINISHED", finalCallResult="LA", **person
    )
    page = open_page(width=390)
    sign_in(page, Role.OPERATOR)
    page.goto("/calls/?to=2135550142")
    table = page.locator(".calls-table tbody")
    expect(table.get_by_text("Do not call").and_(page.locator(":visible"))).to_have_count(1)
    expect(table.get_by_text("Answered")).to_be_visible()
    expect(table.get_by_text("Completed")).to_be_hidden()
    assert axe_violations(page) == []
    assert not scrolls_sideways(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(table.get_by_text("Do not call").and_(page.locator(":visible"))).to_have_count(1)


def test_a_view_is_saved_used_and_deleted(open_page: OpenPage) -> None:
    page = open_page()
    sign_in(page, Role.VIEWER)
    page.goto("/calls/?result=BUSY")
    page.get_by_label("Name of the view").fill("Busy lines")
    page.get_by_role("button", name="Save view").click()
    view = page.get_by_role("navigation", name="Main").get_by_role("link", name="Busy lines")
    expect(view).to_be_visible()
    page.goto("/numbers/")
    view.click()
    expect(page).to_have_url(re.compile(r"/calls/\?result=BUSY$"))
    page.get_by_role("button", name="Delete this view").click()
    expect(view).to_have_count(0)


def test_the_search_finds_a_number_in_any_spelling(open_page: OpenPage) -> None:
    page = open_page()
    sign_in(page, Role.OPERATOR)
    page.goto("/calls/")
    number = page.locator("tbody th a").first.inner_text()
    page.keyboard.press("/")
    page.get_by_placeholder("Number, broadcast or ID").fill(number.replace("(", "+1 ").replace(")", "."))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(number)
    expect(page.get_by_role("region", name="Calls to it").locator("tbody tr")).not_to_have_count(0)


def test_the_calls_of_a_broadcast_stand_on_its_page(open_page: OpenPage, broadcast: int) -> None:
    page = open_page()
    sign_in(page, Role.OPERATOR)
    page.goto(f"/broadcasts/{broadcast}/")
    calls = page.locator("#calls")
    expect(calls.locator("tbody tr")).to_have_count(10)
    calls.get_by_role("link", name="Older").click()
    expect(calls.get_by_text("From 11")).to_be_visible()
    calls.get_by_text("Only some").click()
    calls.get_by_role("link", name="Result: Answered").click()
    expect(page).to_have_url(re.compile(rf"/calls/\?broadcast={broadcast}&result=LA$"))


def test_it_all_works_without_scripts(open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    sign_in(page, Role.OPERATOR)
    page.goto("/calls/")
    page.locator("summary", has_text="State").click()
    page.get_by_role("group", name="State").get_by_label("Completed").check()
    page.get_by_text("More filters").click()
    page.get_by_label("Direction").select_option("Outbound")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile(r"/calls/\?direction=outbound&state=FINISHED$"))
    expect(page.locator("tbody tr").first).to_be_visible()


@pytest.mark.parametrize(("width", "theme"), LOOKS)
@pytest.mark.parametrize(
    "address",
    ["/calls/?result=LA&result=AM&direction=outbound", "/calls/?to=12&batch=x", "/numbers/?q=2135550142"],
)
def test_everybody_can_use_it(open_page: OpenPage, width: int, theme: str, address: str) -> None:
    page = open_page(width=width, theme=theme)
    sign_in(page, Role.OPERATOR)
    page.goto(address)
    assert axe_violations(page) == []
    assert not scrolls_sideways(page)
    if width > 600 and "result" in address:
        page.locator("summary", has_text="Result").click()
        page.get_by_text("More filters").click()
        assert axe_violations(page) == []
