"""Making and changing a broadcast in a real browser: sounds and a schedule, a conflict, a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from campaigns.permissions import Role
from campaigns.services import snapshots
from tests.browser.conftest import LOOKS, OpenPage, axe_violations, scrolls_sideways, sign_in
from tests.campaigns.test_broadcast_edit import SETTINGS

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture
def outage(sandbox: Sandbox) -> int:
    """A stopped broadcast that Callboard has seen; its id."""
    made = sandbox.world.add_broadcast(name="Outage notice", recipients=20, **SETTINGS)
    snapshots.refresh()
    return made.id


def fill(page: Page) -> None:
    """The least a broadcast needs."""
    page.wait_for_load_state()
    page.get_by_label("Name", exact=True).fill("Planned outage – Grid 9")
    page.get_by_label("Caller ID").fill("(213) 555-0111")
    page.get_by_label("When a person answers: text").fill("Power will be off on Thursday.")
    page.get_by_label("When a machine answers: text").fill("Power will be off. Call us.")


class TestMaking:
    def test_with_a_schedule_and_an_opt_out_key(self, page: Page, sandbox: Sandbox) -> None:
        sign_in(page, Role.OPERATOR, then="/broadcasts/")
        page.get_by_role("link", name="New broadcast").click()
        fill(page)
        page.get_by_role("group", name="Opt out").get_by_label("Key").select_option("9")
        page.get_by_label("Opt out: source").select_option("text")
        page.get_by_label("Opt out: text").fill("You will not be called again.")
        page.get_by_role("button", name="Add a schedule").click()
        row = page.get_by_role("group", name="Schedule 1")
        row.get_by_label("Start date").fill("2031-11-27")
        row.get_by_label("Start time").fill("10:00")
        row.get_by_label("Thu").check()
        page.get_by_role("button", name="Create broadcast").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Planned outage – Grid 9")
        (made,) = sandbox.world.broadcasts.values()
        told = made.to_json()
        assert told["status"] == "STOPPED"
        assert told["sounds"]["dncDigit"] == "9"
        assert told["schedules"][0]["daysOfWeek"] == ["THURSDAY"]

    def test_a_mistake_is_named_beside_its_field_and_nothing_is_lost(
        self, page: Page, sandbox: Sandbox
    ) -> None:
        sign_in(page, Role.OPERATOR, then="/broadcasts/new/")
        fill(page)
        page.get_by_label("Caller ID").fill("555-0111")
        page.get_by_role("button", name="Create broadcast").click()
        expect(page.get_by_role("alert")).to_contain_text("10-digit number")
        expect(page.get_by_label("Name", exact=True)).to_have_value("Planned outage – Grid 9")
        assert not sandbox.world.broadcasts

    def test_without_scripts(self, open_page: OpenPage, sandbox: Sandbox) -> None:
        page = open_page(scripts=False)
        sign_in(page, Role.OPERATOR, then="/broadcasts/new/")
        fill(page)
        page.get_by_role("button", name="Create broadcast").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Planned outage – Grid 9")
        assert len(sandbox.world.broadcasts) == 1

    def test_each_way_to_treat_machines_shows_the_messages_it_plays(
        self, page: Page, sandbox: Sandbox
    ) -> None:
        sign_in(page, Role.OPERATOR, then="/broadcasts/new/")
        person = page.get_by_label("When a person answers: text")
        machine = page.get_by_label("When a machine answers: text")
        page.get_by_label("Hang up on machines").check()
        expect(machine).to_be_hidden()
        expect(person).to_be_visible()
        page.get_by_label("Call machines only").check()
        expect(machine).to_be_visible()
        expect(person).to_be_hidden()
        expect(page.get_by_role("group", name="Opt out")).to_be_hidden()
        page.get_by_label("Leave the machine message").check()
        expect(person).to_be_visible()
        expect(machine).to_be_visible()

    def test_labels_are_chips_and_one_may_have_a_comma(self, page: Page, sandbox: Sandbox) -> None:
        sandbox.world.add_broadcast(name="Before", labels=["storm", "Grid 9, north"])
        snapshots.refresh()
        sign_in(page, Role.OPERATOR, then="/broadcasts/new/")
        fill(page)
        page.get_by_label("Caller ID").fill("555")
        box = page.get_by_role("textbox", name="Labels")
        chosen = page.get_by_role("list", name="Chosen").get_by_role("listitem")
        page.get_by_role("button", name="Add the label Grid 9, north").click()
        box.press_sequentially("outage,")
        expect(chosen).to_have_count(2)
        box.press_sequentially('"a, b"')
        box.press("Enter")
        expect(chosen).to_have_count(3)
        page.get_by_role("button", name="Create broadcast").click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(chosen).to_have_text(["Grid 9, north×", "outage×", "a, b×"])
        page.get_by_label("Caller ID").fill("(213) 555-0111")
        page.get_by_role("button", name="Remove the label outage").click()
        box.press_sequentially("last")
        assert axe_violations(page) == []
        page.get_by_role("button", name="Create broadcast").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Planned outage – Grid 9")
        made = max(sandbox.world.broadcasts.values(), key=lambda each: each.id).to_json()
        told = [label for label in made["labels"] if not label.startswith("cb-ref-")]
        assert told == ["Grid 9, north", "a, b", "last"]

    def test_a_text_is_measured_while_it_is_typed(self, page: Page, sandbox: Sandbox) -> None:
        sign_in(page, Role.OPERATOR, then="/broadcasts/new/")
        slot = page.get_by_role("group", name="When a person answers")
        expect(slot).to_contain_text("0 of 4,000 characters, about 0 s spoken")
        page.get_by_label("When a person answers: text").fill("Power is back since 10:30. Thank you.")
        expect(slot).to_contain_text("37 of 4,000 characters, about 4 s spoken")

    def test_the_rules_are_checked_while_it_is_filled(self, page: Page, sandbox: Sandbox) -> None:
        sign_in(page, Role.OPERATOR, then="/broadcasts/new/")
        beside = page.get_by_role("complementary", name="Summary")
        expect(beside).to_contain_text("No caller ID is chosen.")
        page.get_by_label("Caller ID").fill("(213) 555-0100")
        expect(beside).to_contain_text("The caller ID is yours")
        page.get_by_label("To", exact=True).fill("21:30")
        expect(beside).to_contain_text("End by 21:00.")
        expect(page.get_by_label("To", exact=True)).to_have_value("21:30")
        assert axe_violations(page) == []
        assert not sandbox.world.broadcasts

    def test_only_what_the_choices_call_for_is_shown(self, page: Page, sandbox: Sandbox) -> None:
        sign_in(page, Role.OPERATOR, then="/broadcasts/new/")
        text = page.get_by_label("When a person answers: text")
        expect(text).to_be_visible()
        page.get_by_label("When a person answers: source").select_option("sound")
        expect(text).to_be_hidden()
        page.get_by_label("IVR script").check()
        expect(page.get_by_role("textbox", name="Dialplan XML")).to_be_visible()
        expect(page.get_by_label("When a machine answers: text")).to_be_hidden()


class TestChanging:
    def test_two_people_meet_and_one_of_them_chooses(
        self, open_page: OpenPage, sandbox: Sandbox, outage: int
    ) -> None:
        mine, theirs = open_page(), open_page()
        sign_in(mine, Role.OPERATOR, then=f"/broadcasts/{outage}/edit/")
        sign_in(theirs, Role.ADMIN, then=f"/broadcasts/{outage}/edit/")
        theirs.get_by_label("Calls at once").fill("60")
        theirs.get_by_label("Labels").fill("outage, theirs")
        theirs.get_by_role("button", name="Save changes").click()
        expect(theirs.get_by_text("Changed: Labels, Calls at once.").first).to_be_visible()

        mine.get_by_label("Calls at once").fill("50")
        mine.get_by_label("When a person answers: text").fill("Power is back.")
        mine.get_by_role("button", name="Save changes").click()
        expect(mine.get_by_role("heading", level=1)).to_have_text("Two people changed this broadcast")
        assert axe_violations(mine) == []
        mine.get_by_role("radio", name="60").check()
        mine.get_by_role("button", name="Save this combination").click()
        expect(mine.get_by_role("heading", level=1)).to_have_text("Outage notice")
        told = sandbox.world.broadcasts[outage].to_json()
        assert (told["maxActive"], told["labels"]) == (60, ["outage", "theirs"])
        assert told["sounds"]["liveSoundText"] == "Power is back."

    def test_what_is_not_saved_is_counted(self, page: Page, sandbox: Sandbox, outage: int) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{outage}/edit/")
        expect(page.get_by_text("Nothing is changed yet.")).to_be_visible()
        page.get_by_label("Calls at once").fill("60")
        page.get_by_label("When a person answers: text").fill("Power is back.")
        expect(page.get_by_text("2 changes not saved")).to_be_visible()
        beside = page.get_by_role("complementary", name="Summary")
        expect(beside).to_contain_text("was 10")
        assert axe_violations(page) == []
        page.get_by_label("Calls at once").fill("10")
        expect(page.get_by_text("1 change not saved")).to_be_visible()

    def test_on_a_phone_both_sides_of_a_conflict_are_on_the_screen(
        self, open_page: OpenPage, sandbox: Sandbox, outage: int
    ) -> None:
        page = open_page(width=390)
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{outage}/edit/")
        page.get_by_label("Calls at once").fill("50")
        sandbox.world.broadcasts[outage].settings["maxActive"] = 60
        page.get_by_role("button", name="Save changes").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Two people changed this broadcast")
        for calls in ("60", "50"):
            choice = page.get_by_role("radio", name=calls)
            choice.scroll_into_view_if_needed()
            expect(choice).to_be_in_viewport()
        table = page.get_by_role("region", name="Settings changed by both")
        assert table.evaluate("table => table.scrollWidth <= table.clientWidth")
        assert not scrolls_sideways(page)
        assert axe_violations(page) == []

    def test_a_copy_is_made_from_the_menu(self, page: Page, sandbox: Sandbox, outage: int) -> None:
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{outage}/")
        page.get_by_label("More actions").click()
        page.get_by_role("link", name="Clone").click()
        expect(page.get_by_label("Name", exact=True)).to_have_value("Outage notice (copy)")
        page.get_by_role("button", name="Create broadcast").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Outage notice (copy)")
        assert len(sandbox.world.broadcasts) == 2


class TestForEverybody:
    @pytest.mark.parametrize(("width", "theme"), LOOKS)
    def test_no_rule_of_accessibility_is_broken_and_nothing_scrolls_sideways(
        self, open_page: OpenPage, outage: int, width: int, theme: str
    ) -> None:
        page = open_page(width=width, theme=theme)
        sign_in(page, Role.OPERATOR, then="/broadcasts/new/")
        for address in ("/broadcasts/new/", f"/broadcasts/{outage}/edit/", f"/broadcasts/{outage}/clone/"):
            page.goto(address)
            assert (address, axe_violations(page)) == (address, [])
            assert (address, scrolls_sideways(page)) == (address, False)

    def test_the_form_is_filled_and_sent_by_keyboard(self, page: Page, sandbox: Sandbox) -> None:
        sign_in(page, Role.OPERATOR, then="/broadcasts/new/")
        page.get_by_label("Name", exact=True).focus()
        page.keyboard.type("By keyboard")
        page.keyboard.press("Tab")
        page.keyboard.type("2135550111")
        page.get_by_label("When a person answers: text").fill("Hello.")
        page.get_by_label("When a machine answers: text").fill("Hello.")
        page.get_by_label("Calls at once").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("By keyboard")
        assert len(sandbox.world.broadcasts) == 1
