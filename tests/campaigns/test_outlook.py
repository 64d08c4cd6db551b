"""What stands beside the form of a broadcast: what will happen, the rules, what is not saved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.campaigns.conftest import Seen
from tests.campaigns.reading import form_on, words
from tests.campaigns.test_broadcast_create import NEW, filled
from tests.campaigns.test_broadcast_edit import SETTINGS
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

HTMX = {"HX-Request": "true", "HX-Target": "outlook"}
YOURS = "2135550100"


def look(browser: SignedIn, address: str, form: dict[str, Any]) -> Any:
    """What htmx is shown after something in the form was changed."""
    return browser.post(address, form | {"look": "1"}, headers=HTMX)


@pytest.fixture
def outage(seen: Seen) -> str:
    """The address at which a stopped broadcast is edited."""
    return f"/broadcasts/{seen('Outage notice', recipients=20, **SETTINGS).pk}/edit/"


class TestANewBroadcast:
    def test_a_look_makes_nothing_and_judges_nothing(self, operator: SignedIn, sandbox: Sandbox) -> None:
        answer = look(operator, NEW, filled(name=""))
        assert answer.status_code == 200
        assert "Give it a name" not in words(answer)
        assert "<html" not in answer.text
        assert not sandbox.world.broadcasts
        assert not sandbox.requests_to("POST", "/calls/broadcasts")

    def test_it_tells_what_will_happen(self, operator: SignedIn, sandbox: Sandbox) -> None:
        answer = look(operator, NEW, filled(people="2135550123\n2135550124"))
        assert "Nobody is called until somebody starts it." in words(answer)
        assert "Then it calls 2 people from (213) 555-0111, at most 10 at once." in words(answer)
        assert "Calling hours: 09:00 – 20:00 local to each person." in words(answer)
        assert "Up to 1 more after 60 min if busy or no answer" in words(answer)
        assert re.search(r"Expected [\d. –\u2060,]+ credits", words(answer))

    def test_a_schedule_says_when(self, operator: SignedIn, sandbox: Sandbox) -> None:
        row = {
            "schedules-TOTAL_FORMS": "1",
            "schedules-0-start_date": "2031-11-26",
            "schedules-0-start_time": "10:00",
            "schedules-0-zone": "UTC",
        }
        assert "Its schedule starts it Nov 26, 2031" in words(look(operator, NEW, filled(**row)))

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"from_number": YOURS}, "The caller ID is yours"),
            ({"from_number": "6465550142"}, "is not among the account’s caller IDs."),
            ({"from_number": ""}, "No caller ID is chosen."),
            ({"hours_on": None, "hours_reason": "The water is not safe."}, "Quiet hours are off."),
            ({}, "Calling hours are kept"),
            ({"hours_end": "21:30"}, "End by 21:00."),
            ({}, "Key 9, spoken in the message."),
            ({"live_text": "Press nine to stop."}, "Key 9, spoken in the message."),
            ({"live_text": "Call 1999."}, "The message does not name the opt-out key."),
            ({"dnc_digit": "", "dnc_source": "none"}, "No opt-out key is offered."),
            ({"dnc_source": "none"}, "Choose what people hear when they opted out"),
            ({}, "Machines have a message"),
            ({"machine_source": "none", "machine_text": ""}, "This mode leaves a message on machines"),
            ({"machines": "LIVE_WITH_AMD"}, "Nothing is left on machines"),
            ({"machines": "LIVE_IMMEDIATE"}, "Machines hear the live message."),
            ({"retry_results": ["LA"]}, "People who answered are called again."),
        ],
    )
    def test_the_rules_are_checked(
        self, operator: SignedIn, sandbox: Sandbox, changes: dict[str, Any], sentence: str
    ) -> None:
        assert sentence in words(look(operator, NEW, filled(**changes)))

    def test_what_is_not_right_yet_is_not_told_as_missing(self, operator: SignedIn, sandbox: Sandbox) -> None:
        told = words(look(operator, NEW, filled(hours_end="21:30", dnc_source="none")))
        assert "Calling hours: not right yet." in told
        assert "Quiet hours are off." not in told
        assert "No opt-out key is offered." not in told

    def test_a_caller_id_callfire_says_nothing_about_is_said_to_be_unchecked(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        sandbox.stop_listening()
        assert "The caller ID was not checked." in words(look(operator, NEW, filled()))

    def test_without_scripts_the_whole_page_comes_back(self, operator: SignedIn, sandbox: Sandbox) -> None:
        answer = operator.post(NEW, filled(look="1", name=""))
        assert answer.status_code == 200
        assert "Give it a name" not in answer.text
        assert "Key 9, spoken in the message." in answer.text
        assert "Power will be off on Thursday from 8 to 2." in answer.text

    def test_a_viewer_may_not_look(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        assert look(viewer, NEW, filled()).status_code == 403

    @pytest.mark.parametrize("name", [*filled(), "schedules-TOTAL_FORMS"])
    @pytest.mark.parametrize("value", [None, "", "x\x00\u200b", "99999999999999999999"])
    def test_nothing_typed_breaks_it(
        self, operator: SignedIn, sandbox: Sandbox, name: str, value: str | None
    ) -> None:
        assert look(operator, NEW, filled(**{name: value})).status_code == 200


class TestAChange:
    def test_what_is_not_saved_is_counted_and_named(
        self, operator: SignedIn, sandbox: Sandbox, outage: str
    ) -> None:
        page = operator.get(outage)
        assert "Nothing is changed yet." in words(page)
        form = form_on(page.text)
        answer = look(operator, outage, form | {"max_active": "25", "live_text": "Power is back."})
        assert "2 changes not saved" in words(answer)
        assert "Calls at once 25 was 10" in words(answer)
        assert "“Power is back.”" in words(answer)
        assert not sandbox.requests_to("PUT", "")

    def test_the_count_is_drawn_again_beside_the_button(self, operator: SignedIn, outage: str) -> None:
        answer = look(operator, outage, form_on(operator.get(outage).text) | {"max_active": "25"})
        assert '<p id="unsaved" hx-swap-oob="true">' in answer.text

    def test_a_change_that_is_not_right_yet_is_named_too(self, operator: SignedIn, outage: str) -> None:
        form = form_on(operator.get(outage).text)
        answer = look(operator, outage, form | {"hours_end": "21:30"})
        assert "Calling hours Needs fixing was 09:00 – 20:00" in words(answer)
        assert "End by 21:00." in words(answer)

    def test_taking_a_change_back_leaves_none(self, operator: SignedIn, outage: str) -> None:
        form = form_on(operator.get(outage).text)
        assert "Nothing is changed yet." in words(look(operator, outage, form))

    def test_one_that_is_calling_says_so(self, operator: SignedIn, seen: Seen) -> None:
        running = seen("Running", status="RUNNING", **SETTINGS)
        assert "It is calling now." in words(operator.get(f"/broadcasts/{running.pk}/edit/"))

    def test_hours_into_the_night_are_told_although_nobody_touched_them(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        hours = {"enabled": True, "beginHour": 6, "beginMinute": 0, "endHour": 23, "endMinute": 0}
        night = seen("Night", **{**SETTINGS, "localTimeRestriction": hours})
        assert "Calling hours reach into the night" in words(operator.get(f"/broadcasts/{night.pk}/edit/"))
