"""An upload on its way: its page keeps up, and every decision about it works, with and without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from campaigns.models import Chunk, Upload, User
from campaigns.permissions import Role
from campaigns.services import handing_over, health, snapshots
from campaigns.states import ChunkState
from tests.browser.conftest import LOOKS, OpenPage, axe_violations, scrolls_sideways, sign_in
from tests.campaigns.handing import begun, called, checked, look, once, send_everything, states

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.UPLOAD_CHUNK_ROWS = 10


@pytest.fixture
def stopped(sandbox: Sandbox) -> int:
    """A stopped broadcast that Callboard has read, without people."""
    broadcast = sandbox.world.add_broadcast(name="Planned outage – Grid 14", status="STOPPED", recipients=0)
    snapshots.refresh()
    health.beat(health.UPLOADS)
    return broadcast.id


def open_upload(page: Page, upload: Upload, role: Role = Role.OPERATOR) -> None:
    """Open the page of the upload as somebody of this role."""
    sign_in(page, role, then=f"/uploads/{upload.pk}/")


def finish(upload: Upload, sandbox: Sandbox) -> None:
    """Let everything that is left be sent and checked."""
    send_everything()
    sandbox.clock.advance(60)
    look(upload)


class TestThePageKeepsUp:
    def test_it_follows_the_hand_over_to_its_end_without_being_touched(
        self, page: Page, sandbox: Sandbox, stopped: int
    ) -> None:
        upload = begun(sandbox, people=30, broadcast_id=stopped)
        open_upload(page, upload, Role.VIEWER)
        expect(page.get_by_text("0 of 30 people")).to_be_visible()
        expect(page.locator(".panel", has_text="Do the books balance?")).to_contain_text("Not yet")
        handing_over.send_next()
        expect(page.get_by_text("10 of 30 people")).to_be_visible()
        finish(upload, sandbox)
        expect(page.locator(".page-head .badge")).to_have_text("Complete")
        expect(page.get_by_text("30 of 30 people")).to_be_visible()
        expect(page.locator(".panel", has_text="Do the books balance?")).to_contain_text("Yes")
        expect(page.locator("#progress")).not_to_have_attribute("data-every", re.compile(".*"))

    def test_a_tick_leaves_the_reader_where_they_are(
        self, page: Page, sandbox: Sandbox, stopped: int
    ) -> None:
        upload = begun(sandbox, people=120, broadcast_id=stopped)
        open_upload(page, upload)
        everything = page.get_by_role("link", name="Show all")
        everything.focus()
        handing_over.send_next()
        expect(page.get_by_text("10 of 120 people")).to_be_visible()
        expect(everything).to_be_focused()
        everything.click()
        expect(page.get_by_text("1 –\u2060 12 of 12")).to_be_visible()
        handing_over.send_next()
        expect(page.get_by_text("20 of 120 people")).to_be_visible()
        expect(page.get_by_text("1 –\u2060 12 of 12")).to_be_visible()

    def test_the_list_the_overview_and_the_broadcast_show_it_too(
        self, page: Page, sandbox: Sandbox, stopped: int
    ) -> None:
        upload = begun(sandbox, people=30, broadcast_id=stopped)
        sign_in(page, Role.VIEWER, then="/")
        expect(page.get_by_role("article", name="members.csv")).to_contain_text("Handing over")
        page.goto(f"/broadcasts/{stopped}/")
        expect(page.get_by_role("article", name="members.csv")).to_contain_text("0 of 30 people handed over")
        finish(upload, sandbox)
        expect(page.get_by_role("article", name="members.csv")).to_contain_text("Complete")
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Uploads").click()
        page.get_by_role("link", name="members.csv").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("members.csv")

    def test_whoever_brought_it_is_told_on_another_page_that_it_has_ended(
        self, page: Page, people: dict[Role, User], sandbox: Sandbox, stopped: int
    ) -> None:
        sign_in(page, Role.OPERATOR)
        upload = begun(sandbox, people=30, broadcast_id=stopped, by=people[Role.OPERATOR])
        page.goto("/activity/")
        finish(upload, sandbox)
        messages = page.get_by_role("region", name="Messages")
        expect(messages).to_contain_text(
            "members.csv has ended: CallFire has 30 of 30 people.", timeout=60_000
        )
        messages.get_by_role("link", name="members.csv").click()
        expect(page.locator(".page-head .badge")).to_have_text("Complete")


class TestDecisions:
    def test_pause_and_resume(self, page: Page, sandbox: Sandbox, stopped: int) -> None:
        upload = begun(sandbox, people=30, broadcast_id=stopped)
        handing_over.send_next()
        open_upload(page, upload)
        page.get_by_role("button", name="Pause").click()
        expect(page.locator(".page-head .badge")).to_have_text("Paused")
        assert send_everything() == 0
        page.get_by_role("button", name="Resume").click()
        expect(page.get_by_text("30 of 30 people")).to_be_visible()
        assert called(sandbox, upload) == once(upload)

    def test_cancel_asks_first_and_what_callfire_has_can_be_disabled(
        self, page: Page, sandbox: Sandbox, stopped: int
    ) -> None:
        upload = begun(sandbox, people=30, broadcast_id=stopped)
        handing_over.send_next()
        open_upload(page, upload)
        page.get_by_role("link", name="Cancel the rest…").click()
        question = page.get_by_role("dialog", name="Cancel the rest of this upload?")
        expect(question.get_by_role("link", name="Not now")).to_be_focused()
        page.keyboard.press("Escape")
        expect(question).to_be_hidden()
        page.get_by_role("link", name="Cancel the rest…").click()
        question.get_by_role("button", name="Cancel the rest").click()
        expect(page.locator(".page-head .badge")).to_have_text("Cancelled")

        page.get_by_role("link", name="Disable these batches…").click()
        question = page.get_by_role("dialog", name="Disable the batches that CallFire has?")
        question.get_by_role("button", name="Disable these batches").click()
        expect(page.get_by_text("Their batches are off.")).to_be_visible()
        assert called(sandbox, upload).total() == 0

    def test_an_uncertain_chunk_is_looked_for_and_sent_again_by_hand(
        self, page: Page, sandbox: Sandbox, stopped: int
    ) -> None:
        upload = begun(sandbox, people=10, broadcast_id=stopped)
        sandbox.fail_next("POST", "/batches", drop="before")
        send_everything()
        look(upload)
        open_upload(page, upload)
        expect(page.get_by_role("heading", name="10 people are uncertain")).to_be_visible()
        page.get_by_role("button", name="Look now").click()
        expect(page.get_by_text("Looking through CallFire’s batches now.")).to_be_visible()
        page.get_by_role("link", name="Send again… chunk 1").click()
        question = page.get_by_role("dialog", name="Send chunk 1 again?")
        question.get_by_role("checkbox", name=re.compile("^CallFire’s own site shows no batch")).check()
        question.get_by_role("button", name="Send again").click()
        expect(page.get_by_text("10 of 10 people")).to_be_visible()
        assert called(sandbox, upload) == once(upload)

    def test_a_refused_chunk_is_tried_again(self, page: Page, sandbox: Sandbox, stopped: int) -> None:
        upload = begun(sandbox, people=10, broadcast_id=stopped)
        sandbox.fail_next("POST", "/batches", status=400, message="Recipients are not valid.")
        send_everything()
        open_upload(page, upload)
        expect(page.get_by_role("heading", name="CallFire refused 10 people")).to_be_visible()
        expect(page.locator("#progress")).to_contain_text("Recipients are not valid.")
        page.get_by_role("button", name="Try again chunk 1").click()
        expect(page.get_by_text("Chunk 1 is looked for, then sent again.")).to_be_visible()
        send_everything()
        expect(page.get_by_text("10 of 10 people")).to_be_visible()
        assert called(sandbox, upload) == once(upload)

    def test_without_scripts_every_decision_works(
        self, open_page: OpenPage, sandbox: Sandbox, stopped: int
    ) -> None:
        page = open_page(scripts=False)
        upload = begun(sandbox, people=30, broadcast_id=stopped)
        handing_over.send_next()
        open_upload(page, upload)
        expect(page.get_by_text("10 of 30 people")).to_be_visible()
        page.get_by_role("button", name="Pause").click()
        expect(page.locator(".page-head .badge")).to_have_text("Paused")
        page.get_by_role("link", name="Cancel the rest…").click()
        page.get_by_role("button", name="Cancel the rest").click()
        expect(page.locator(".page-head .badge")).to_have_text("Cancelled")
        page.get_by_role("link", name="Disable these batches…").click()
        page.get_by_role("button", name="Disable these batches").click()
        expect(page.get_by_text("Their batches are off.")).to_be_visible()
        assert states(upload) == ["confirmed", "cancelled", "cancelled"]


class TestTheLook:
    @pytest.mark.parametrize(("width", "theme"), LOOKS)
    def test_it_is_accessible_and_never_wider_than_the_window(
        self, open_page: OpenPage, sandbox: Sandbox, stopped: int, width: int, theme: str
    ) -> None:
        upload = begun(
            sandbox,
            people=120,
            rows=140,
            rejected={"duplicate": 20},
            broadcast_id=stopped,
            name=f"a_name_without_any_place_to_break_it_{'x' * 60}.csv",
        )
        sandbox.fail_next("POST", "/batches", drop="before")
        handing_over.send_next()
        handing_over.send_next()
        look(upload)
        chunks = Chunk.objects.filter(upload=upload)
        chunks.filter(number=3).update(state=ChunkState.REFUSED, problem="Recipients are not valid.")
        chunks.filter(number=4).update(
            state=ChunkState.FAULTY, problem="CallFire found errors.", settled_at=timezone.now()
        )
        chunks.filter(number=2).update(twins=[{"id": 77, "disabled": False}])
        cancelled = begun(sandbox, people=20, broadcast_id=stopped, name="cancelled.csv")
        Chunk.objects.filter(upload=cancelled, number=1).update(
            state=ChunkState.ACTIVE, batch_id=9, settled_at=timezone.now()
        )
        handing_over.cancel(upload=cancelled, by=cancelled.by)
        waiting = checked(sandbox, broadcast_id=stopped, name="waiting.csv")

        page = open_page(width=width, theme=theme)
        open_upload(page, upload)
        for address in (
            f"/uploads/{upload.pk}/",
            f"/uploads/{upload.pk}/?chunks=all",
            f"/uploads/{upload.pk}/cancel/",
            f"/uploads/{upload.pk}/chunks/1/send-again/",
            f"/uploads/{upload.pk}/chunks/3/leave-out/",
            f"/uploads/{cancelled.pk}/",
            f"/uploads/{cancelled.pk}/disable/",
            f"/uploads/{waiting.pk}/",
            "/uploads/",
            f"/broadcasts/{stopped}/",
            "/",
        ):
            page.goto(address)
            assert axe_violations(page) == [], address
            assert not scrolls_sideways(page), address
