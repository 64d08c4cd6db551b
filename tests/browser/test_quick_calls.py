"""Calling a few people at once, and the story of one call: by mouse and keys, on a desk and a phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import AuditEvent
from campaigns.permissions import Role
from tests.browser.conftest import LOOKS, OpenPage, axe_violations, scrolls_sideways, sign_in

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("people")

ADDRESS = "/calls/new/"


@pytest.fixture
def call_id(sandbox: Sandbox) -> int:
    """A call with a story: three tries, an answer, a note and an attribute."""
    at = 1_793_000_000_000
    tries = [
        {"id": number, "result": result, "originateTime": at + number * 3_600_000, "duration": 30}
        for number, result in enumerate(("NO_ANS", "AM", "LA"), start=1)
    ]
    tries[2]["questionResponses"] = [{"question": "confirm", "response": "1"}]
    call = sandbox.world.add_call(
        sandbox.world.add_broadcast(name="Planned outage – Grid 14", recipients=0),
        fromNumber="12135550111",
        toNumber="13235550172",
        finalCallResult="LA",
        records=tries,
        attributes={"street": "1180 Fargo St"},
        notes=[{"text": "Sent to the field", "created": at}],
    )
    return int(call["id"])


def fill(page: Page) -> None:
    """Two people and what they hear; one of them hears something else."""
    page.get_by_label("Number of person 1", exact=True).fill("(213) 555-0142")
    page.get_by_label("Number of person 2", exact=True).fill("323.555.0172")
    page.get_by_text("Something of their own, person 2").click()
    page.get_by_label("Says to a person").locator("visible=true").fill("Hello Ines.")
    page.get_by_label("When a person answers: text").fill("Power is off on Friday.")


def agree(page: Page) -> None:
    """Tick what is odd at this hour, if anything is."""
    expect(page.get_by_role("heading", name="Call these 2 people now?")).to_be_visible()
    page.wait_for_load_state()
    box = page.get_by_label("Call them all the same")
    if box.count():
        box.check()


class TestTheCalls:
    def test_type_look_call_and_follow_one_of_them(self, page: Page, sandbox: Sandbox) -> None:
        sign_in(page, Role.OPERATOR, then=ADDRESS)
        fill(page)
        page.get_by_role("button", name="Look at what will happen").click()
        question = page.get_by_role("heading", name="Call these 2 people now?")
        expect(question).to_be_visible()
        expect(page.get_by_text("“Hello Ines.”")).to_be_visible()
        assert not sandbox.requests_to("POST", "/calls")

        agree(page)
        page.get_by_role("button", name="Call 2 people").click()
        expect(page.get_by_role("status").filter(has_text="CallFire took the calls.")).to_be_visible()
        assert len(sandbox.requests_to("POST", "/calls")) == 1
        page.get_by_role("link", name=re.compile("555-0172")).click()
        expect(page.get_by_role("heading", name="What happened")).to_be_visible()

    def test_enter_in_a_field_looks_and_calls_nobody(self, page: Page, sandbox: Sandbox) -> None:
        sign_in(page, Role.OPERATOR, then=ADDRESS)
        fill(page)
        page.get_by_label("Number of person 1", exact=True).press("Enter")
        expect(page.get_by_role("heading", name="Call these 2 people now?")).to_be_visible()
        agree(page)
        page.get_by_label("Number of person 1", exact=True).press("Enter")
        expect(page.get_by_role("heading", name="Call these 2 people now?")).to_be_visible()
        assert not sandbox.requests_to("POST", "/calls")

    def test_it_works_without_scripts(self, open_page: OpenPage, sandbox: Sandbox) -> None:
        page = open_page(scripts=False)
        sign_in(page, Role.OPERATOR, then=ADDRESS)
        fill(page)
        page.get_by_role("button", name="Look at what will happen").click()
        agree(page)
        page.get_by_role("button", name="Call 2 people").click()
        expect(page.get_by_text("CallFire took the calls.")).to_be_visible()
        assert len(sandbox.requests_to("POST", "/calls")) == 1

    @pytest.mark.parametrize(("width", "theme"), LOOKS)
    def test_form_and_question_look_right(
        self, open_page: OpenPage, sandbox: Sandbox, width: int, theme: str
    ) -> None:
        page = open_page(width=width, theme=theme)
        sign_in(page, Role.OPERATOR, then=ADDRESS)
        fill(page)
        assert axe_violations(page) == []
        page.get_by_role("button", name="Look at what will happen").click()
        expect(page.get_by_role("heading", name="Call these 2 people now?")).to_be_visible()
        assert axe_violations(page) == []
        assert not scrolls_sideways(page)


class TestOneCall:
    @pytest.mark.parametrize(("width", "theme"), LOOKS)
    def test_its_story_looks_right(self, open_page: OpenPage, call_id: int, width: int, theme: str) -> None:
        page = open_page(width=width, theme=theme)
        sign_in(page, Role.OPERATOR, then=f"/calls/{call_id}/")
        expect(page.get_by_text("Try 3: Answered")).to_be_visible()
        page.get_by_text("Raw answer").click()
        expect(page.get_by_text(f'"id": {call_id}')).to_be_visible()
        assert axe_violations(page) == []
        assert not scrolls_sideways(page)

    def test_a_viewer_asks_for_the_number_in_place(self, page: Page, call_id: int) -> None:
        sign_in(page, Role.VIEWER, then=f"/calls/{call_id}/")
        expect(page.get_by_role("heading", level=1)).to_have_text("(323)\N{NO-BREAK SPACE}555-••••")
        page.get_by_role("button", name="Show number").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("(323)\N{NO-BREAK SPACE}555-0172")
        expect(page).to_have_url(re.compile(rf"/calls/{call_id}/$"))
        assert AuditEvent.objects.filter(action="reveal number", object_id=call_id).count() == 1
