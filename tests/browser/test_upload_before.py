"""Bringing a file until it is handed over: dropped, checked, said in words; with and without scripts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from campaigns.models import Upload
from campaigns.permissions import Role
from campaigns.services import snapshots
from campaigns.states import UploadState
from tests.browser.conftest import LOOKS, OpenPage, axe_violations, scrolls_sideways, sign_in
from tests.campaigns.uploading import PEOPLE

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("people")

# Lets go of a file over an element, as a hand does with a mouse.
DROP = """(element, [name, text]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name));
  for (const kind of ["dragover", "drop"]) {
    element.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer }));
  }
}"""
WIDE = "phone," + ",".join(f"column_{n}" for n in range(30)) + "\n2135550142" + ",some words in a cell" * 30


@pytest.fixture
def stopped(sandbox: Sandbox) -> int:
    """A stopped broadcast that speaks of people's names and streets."""
    return _add(sandbox, "STOPPED")


@pytest.fixture
def running(sandbox: Sandbox) -> int:
    """A running one."""
    return _add(sandbox, "RUNNING")


def _add(sandbox: Sandbox, status: str) -> int:
    said = {"liveSoundText": "Hello ${name}, power will be off at ${street}."}
    broadcast = sandbox.world.add_broadcast(
        name="Planned outage – Grid 14", status=status, recipients=40, sounds=said
    )
    snapshots.refresh()
    return broadcast.id


def drop(page: Page, text: str, name: str = "people.csv") -> None:
    """Drop a file on the place for it."""
    page.locator("drop-zone:defined").evaluate(DROP, [name, text])


def open_new(page: Page, broadcast_id: int) -> None:
    """Open the page as Otto."""
    sign_in(page, Role.OPERATOR, then=f"/broadcasts/{broadcast_id}/uploads/new/")


def check(page: Page, text: str = PEOPLE) -> None:
    """Drop a file where the page is open, and wait for the end of its check."""
    drop(page, text)
    page.get_by_role("button", name="Check this file").click()
    expect(page.get_by_text("all rows checked")).to_be_visible()


def numbers_at(sandbox: Sandbox, broadcast_id: int) -> list[str]:
    """The numbers CallFire was sent."""
    entries = sandbox.requests_to("POST", f"/broadcasts/{broadcast_id}/batches")
    return sorted(person["phoneNumber"] for entry in entries for person in entry.body["recipients"])


class TestTheJourney:
    def test_drop_look_and_hand_over(self, page: Page, sandbox: Sandbox, stopped: int) -> None:
        open_new(page, stopped)
        drop(page, PEOPLE)
        expect(page.get_by_text("people.csv, 1 kB")).to_be_visible()
        page.get_by_role("button", name="Check this file").click()

        expect(page.get_by_role("heading", name="Left out: 2 rows")).to_be_visible()
        expect(page.get_by_role("row", name=re.compile("Spreadsheet cut the digits"))).to_contain_text(
            "Row 4"
        )
        expect(page.get_by_role("heading", name="Heard by Elena Marsh")).to_be_visible()
        expect(page.get_by_text("power will be off at 1180 Fargo St")).to_be_visible()

        page.get_by_role("button", name="Hand over 3 people").click()
        expect(page).to_have_url(re.compile(r"/uploads/\d+/$"))
        assert numbers_at(sandbox, stopped) == ["12135550142", "13235550172", "16265550163"]

    def test_a_running_broadcast_asks_before_it_calls(
        self, page: Page, sandbox: Sandbox, running: int
    ) -> None:
        open_new(page, running)
        check(page)
        page.get_by_role("button", name="Hand over 3 people").click()
        expect(page.get_by_role("heading", name="Hand over and call 3 people?")).to_be_visible()
        page.get_by_role("button", name="Hand over and call 3 people").click()
        expect(page.get_by_role("alert")).to_contain_text("Tick this if it is so.")
        assert numbers_at(sandbox, running) == []

        page.get_by_role("checkbox", name=re.compile("^Call them at once")).check()
        page.get_by_role("button", name="Hand over and call 3 people").click()
        expect(page).to_have_url(re.compile(r"/uploads/\d+/$"))
        assert len(numbers_at(sandbox, running)) == 3

    def test_without_scripts_everything_works(
        self, open_page: OpenPage, sandbox: Sandbox, stopped: int, tmp_path: Path
    ) -> None:
        page = open_page(scripts=False)
        file = tmp_path / "people.csv"
        file.write_text(PEOPLE)
        open_new(page, stopped)
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Check this file").click()
        expect(page.get_by_role("heading", name="Left out: 2 rows")).to_be_visible()
        page.get_by_label(re.compile("^What this column is: name$")).select_option("Leave out")
        page.get_by_role("button", name="Check again").last.click()
        expect(page.get_by_text("No attribute is called “name”.")).to_be_visible()
        page.get_by_role("button", name="Hand over 3 people").click()
        expect(page).to_have_url(re.compile(r"/uploads/\d+/$"))
        assert len(numbers_at(sandbox, stopped)) == 3


class TestChoosingAFile:
    def test_a_file_beside_its_mark_does_not_replace_the_page(self, page: Page, stopped: int) -> None:
        open_new(page, stopped)
        page.locator("h1").evaluate(DROP, ["people.csv", PEOPLE])
        expect(page.get_by_role("heading", name="Add people")).to_be_visible()
        expect(page.locator("[data-chosen]")).to_be_hidden()

    def test_one_that_is_too_large_is_told_before_it_is_sent(
        self, page: Page, stopped: int, settings: Settings
    ) -> None:
        settings.UPLOAD_MAX_MB = 1
        open_new(page, stopped)
        drop(page, "phone\n" + "2135550142\n" * 100_000)
        expect(page.get_by_text("people.csv has 1.0 MB, and 1 MB is the most.")).to_be_visible()
        page.get_by_role("button", name="Check this file").click()
        drop(page, PEOPLE)
        page.get_by_role("button", name="Check this file").click()
        expect(page.get_by_text("all rows checked")).to_be_visible()
        assert Upload.objects.count() == 1

    def test_what_is_no_list_is_told_beside_the_place_and_another_can_be_dropped(
        self, page: Page, stopped: int
    ) -> None:
        open_new(page, stopped)
        drop(page, "%PDF-1.7\n1 0 obj\n", "people.pdf")
        page.get_by_role("button", name="Check this file").click()
        expect(page.locator("#id_file_error")).to_be_visible()
        expect(page.locator("[data-sending]")).to_be_hidden()
        drop(page, PEOPLE)
        page.get_by_role("button", name="Check this file").click()
        expect(page.get_by_text("all rows checked")).to_be_visible()

    def test_a_press_too_many_is_one_upload(self, page: Page, stopped: int) -> None:
        open_new(page, stopped)
        drop(page, PEOPLE)
        page.get_by_role("button", name="Check this file").dblclick()
        expect(page.get_by_text("all rows checked")).to_be_visible()
        assert Upload.objects.count() == 1


class TestTheCheck:
    def test_enter_in_a_name_checks_again_and_hands_nobody_over(
        self, page: Page, sandbox: Sandbox, stopped: int
    ) -> None:
        open_new(page, stopped)
        check(page)
        name = page.get_by_label("Name of the attribute of street")
        name.fill("address")
        name.press("Enter")
        expect(page.get_by_text("No attribute is called “street”.")).to_be_visible()
        assert Upload.objects.get().state == UploadState.CHECKED
        assert numbers_at(sandbox, stopped) == []

    def test_the_page_follows_the_check_and_keeps_what_is_being_chosen(
        self, page: Page, stopped: int
    ) -> None:
        open_new(page, stopped)
        check(page)
        Upload.objects.update(state=UploadState.CHECKING)
        page.reload()
        expect(page.get_by_role("button", name="Hand over 3 people")).to_have_count(0)
        page.get_by_label("What this column is: name").select_option("Leave out")
        Upload.objects.update(state=UploadState.CHECKED)
        expect(page.get_by_role("button", name="Hand over 3 people")).to_be_visible()
        expect(page.get_by_label("What this column is: name")).to_have_value("")

    def test_whoever_comes_back_to_it_sees_the_page_and_not_its_last_tick(
        self, page: Page, stopped: int
    ) -> None:
        open_new(page, stopped)
        check(page)
        Upload.objects.update(state=UploadState.CHECKING)
        page.reload()
        Upload.objects.update(state=UploadState.CHECKED)
        expect(page.get_by_role("button", name="Hand over 3 people")).to_be_visible()
        page.get_by_role("link", name="Uploads", exact=True).first.click()
        expect(page).to_have_url(re.compile("/uploads/$"))
        page.go_back()
        expect(page).to_have_title(re.compile("^Check people.csv"))
        expect(page.get_by_role("button", name="Hand over 3 people")).to_be_visible()

    def test_columns_changed_and_not_checked_are_checked_before_the_hand_over(
        self, page: Page, sandbox: Sandbox, stopped: int
    ) -> None:
        open_new(page, stopped)
        check(page)
        page.get_by_label("What this column is: name").select_option("Leave out")
        page.get_by_role("button", name="Hand over 3 people").click()
        expect(page.get_by_text("You changed how the file is taken")).to_be_visible()
        assert numbers_at(sandbox, stopped) == []

    def test_the_name_of_an_attribute_is_asked_for_attributes_alone(self, page: Page, stopped: int) -> None:
        open_new(page, stopped)
        check(page)
        name = page.get_by_label("Name of the attribute of street")
        expect(name).to_be_visible()
        page.get_by_label("What this column is: street").select_option("Leave out")
        expect(name).to_be_hidden()


class TestTheLook:
    @pytest.mark.parametrize(("width", "theme"), LOOKS)
    def test_it_is_accessible_and_never_wider_than_the_window(
        self, open_page: OpenPage, sandbox: Sandbox, running: int, width: int, theme: str
    ) -> None:
        sandbox.world.add_contact_list(name="Grid 14 households", size=420)
        page = open_page(width=width, theme=theme)
        open_new(page, running)
        assert axe_violations(page) == []
        assert not scrolls_sideways(page)
        for source in ("contact_list", "contact_ids"):
            page.goto(f"/broadcasts/{running}/uploads/new/?source={source}")
            assert axe_violations(page) == []
            assert not scrolls_sideways(page)

        page.goto(f"/broadcasts/{running}/uploads/new/")
        check(page, f"{WIDE}\nx,y\n")
        assert axe_violations(page) == []
        assert not scrolls_sideways(page)
        page.get_by_role("button", name="Hand over 1 person").click()
        expect(page.get_by_role("heading", name="Hand over and call 1 person?")).to_be_visible()
        assert axe_violations(page) == []
        assert not scrolls_sideways(page)
