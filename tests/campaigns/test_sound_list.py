"""/sounds/"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from campaigns.forms.sounds import is_searching, picker
from campaigns.services.sounds import spoken_seconds
from tests.campaigns.reading import markup, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.http import HttpResponseBase

    from callfire_api.sandbox import Sandbox

LATER = timedelta(minutes=1)


def pick(browser: SignedIn, **query: str | int) -> HttpResponseBase:
    """What the picker of the live slot shows, as htmx asks for it."""
    return browser.get(
        "/sounds/", {"slot": "live", **query}, headers={"HX-Request": "true", "HX-Target": "live_sounds"}
    )


def offered(answer: HttpResponseBase) -> list[str]:
    """The ids of the sounds that can be chosen, from the top."""
    return re.findall(r'name="live_sound_id"\s+value="(\d+)"', markup(answer))


class TestTheLibrary:
    def test_it_names_each_sound_with_its_length_and_a_player(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        number = sandbox.world.add_sound(name="Störungsansage <b>")
        page = viewer.get("/sounds/")
        assert "Störungsansage <b> 6 s" in words(page)
        assert "<bdi>Störungsansage &lt;b&gt;</bdi>" in page.text
        assert f'src="/sounds/{number}/audio"' in page.text

    def test_only_sounds_that_can_be_played_to_people_are_there(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        for status in ("ACTIVE", "ACTIVE_SYSTEM", "UPLOAD", "RECORDING", "FAILED", "ARCHIVED", "SCRUBBED"):
            sandbox.world.add_sound(name=f"Greeting {status} .", status=status)
        found = re.findall(r"Greeting (\w+) \.", viewer.get("/sounds/").text)
        assert set(found) == {"ACTIVE", "ACTIVE_SYSTEM"}

    def test_it_is_searched_by_callfire(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        sandbox.world.add_sound(name="Outage greeting")
        sandbox.world.add_sound(name="Thank you")
        page = words(viewer.get("/sounds/?q=outage"))
        assert "Outage greeting" in page
        assert "Thank you" not in page
        assert sandbox.requests_to("GET", "/sounds")[-1].query["filter"] == ["outage"]

    def test_a_search_without_success_says_so(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        assert "No such sound" in words(viewer.get("/sounds/?q=outage"))

    def test_a_long_library_has_pages(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        for number in range(25):
            sandbox.world.add_sound(name=f"Sound No {number}.")
        first = viewer.get("/sounds/")
        second = viewer.get("/sounds/?page=2")
        assert [len(re.findall(r"Sound No \d+\.</bdi>", page.text)) for page in (first, second)] == [20, 5]
        assert 'rel="next"' in first.text
        assert 'rel="next"' not in second.text

    def test_beyond_a_hundred_one_is_told_to_search(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        for number in range(101):
            sandbox.world.add_sound(name=f"Sound No {number}.")
        assert "The library has more: search by name." in words(viewer.get("/sounds/"))

    @pytest.mark.parametrize("page", ["0", "-1", "99", "x", "1" * 30])
    def test_a_page_that_is_not_there_is_the_nearest_that_is(
        self, viewer: SignedIn, sandbox: Sandbox, page: str
    ) -> None:
        sandbox.world.add_sound(name="Outage greeting")
        answer = viewer.get("/sounds/", {"page": page})
        assert answer.status_code == 200
        assert "Outage greeting" in answer.text

    def test_htmx_gets_the_results_alone(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        answer = viewer.get("/sounds/", headers={"HX-Request": "true", "HX-Target": "results"})
        assert answer.text.strip().startswith('<div class="stack" id="results"')

    def test_callfire_is_not_asked_again_for_a_moment(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        viewer.get("/sounds/")
        viewer.get("/sounds/")
        assert len(sandbox.requests_to("GET", "/sounds")) == 1
        with time_machine.travel(timezone.now() + LATER, tick=False):
            viewer.get("/sounds/")
        assert len(sandbox.requests_to("GET", "/sounds")) == 2

    def test_without_callfire_it_shows_what_it_read_last_and_why_that_is_old(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        sandbox.world.add_sound(name="Outage greeting")
        viewer.get("/sounds/")
        sandbox.stop_listening()
        with time_machine.travel(timezone.now() + LATER, tick=False):
            page = viewer.get("/sounds/")
        assert page.status_code == 200
        assert "Outage greeting" in page.text
        assert "The library could not be read." in page.text

    def test_without_callfire_and_never_read_it_says_so(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        sandbox.stop_listening()
        page = words(viewer.get("/sounds/"))
        assert "The library could not be read." in page
        assert "No sounds yet" not in page

    def test_a_stranger_is_asked_to_sign_in(self, viewer: SignedIn) -> None:
        viewer.logout()
        assert viewer.get("/sounds/").status_code == 302


class TestThePicker:
    def test_it_is_a_list_to_choose_one_of(self, operator: SignedIn, sandbox: Sandbox) -> None:
        numbers = [sandbox.world.add_sound(name=name) for name in ("Outage", "Thank you")]
        answer = pick(operator)
        assert sorted(offered(answer)) == sorted(map(str, numbers))
        assert markup(answer).strip().startswith("<fieldset")
        assert "When a person answers: sound" in words(answer)

    def test_what_is_chosen_stays_whatever_is_searched_for(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        chosen, other = (sandbox.world.add_sound(name=name) for name in ("Outage", "Thank you"))
        answer = pick(operator, live_sound_q="thank", live_sound_id=chosen)
        assert offered(answer) == [str(chosen), str(other)]
        assert re.search(rf'value="{chosen}" checked', markup(answer))

    def test_what_is_chosen_is_there_once(self, operator: SignedIn, sandbox: Sandbox) -> None:
        chosen = sandbox.world.add_sound(name="Outage")
        assert offered(pick(operator, live_sound_id=chosen)) == [str(chosen)]

    def test_a_chosen_sound_that_callfire_does_not_know_keeps_its_number(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        answer = pick(operator, live_sound_id=4711)
        assert offered(answer) == ["4711"]
        assert "Sound 4711 length unknown" in words(answer)

    def test_numbers_beyond_what_scripts_can_count_stay_exact(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        assert offered(pick(operator, live_sound_id=2**53 + 1)) == [str(2**53 + 1)]

    @pytest.mark.parametrize("nonsense", ["x", "-1", "1e3", "9" * 40, ""])
    def test_nonsense_chooses_nothing(self, operator: SignedIn, sandbox: Sandbox, nonsense: str) -> None:
        answer = pick(operator, live_sound_id=nonsense, live_sound_page=nonsense)
        assert answer.status_code == 200
        assert offered(answer) == []

    def test_its_pages_are_turned_by_buttons(self, operator: SignedIn, sandbox: Sandbox) -> None:
        for number in range(25):
            sandbox.world.add_sound(name=f"Sound No {number}.")
        assert 'name="live_sound_page"' in markup(pick(operator))
        assert len(offered(pick(operator, live_sound_page=2))) == 5

    def test_without_scripts_the_form_itself_searches(self, db: None, sandbox: Sandbox) -> None:
        chosen = sandbox.world.add_sound(name="Outage")
        sandbox.world.add_sound(name="Thank you")
        sent = QueryDict(f"name=x&live_sound_q=outage&live_sound_page=1&live_sound_id={chosen}")
        assert is_searching(sent)
        assert not is_searching(QueryDict("name=x&live_sound_q=outage"))
        found = picker(sent, "live")
        assert (found.chosen and found.chosen.id, found.others) == (chosen, [])

    def test_a_form_full_of_pickers_waits_once_for_a_callfire_that_is_down(
        self, db: None, sandbox: Sandbox
    ) -> None:
        sandbox.fail_share("GET", "", share=1.0, status=503)
        found = [picker(QueryDict(), slot, chosen_id=4711) for slot in ("live", "machine", "transfer", "dnc")]
        assert len(sandbox.requests) == 1
        assert all(each.chosen and each.chosen.name == "Sound 4711" for each in found)
        assert all(each.library.trouble for each in found)

    def test_another_slot_is_no_slot(self, operator: SignedIn, sandbox: Sandbox) -> None:
        answer = operator.get("/sounds/", {"slot": "greeting"}, headers={"HX-Request": "true"})
        assert answer.text.strip().startswith("<!DOCTYPE html>")


class TestHowLongItTakesToSay:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("", 0),
            ("...", 0),
            ("Hello.", 1),
            (" ".join(["word"] * 150), 60),
            ("Call 213 555 0190.", 5),
            ("Don’t miss the well-known day", 2),
            ("Störung am Münchner Platz, señor", 2),
        ],
    )
    def test_words_and_digits_take_the_same_time(self, text: str, seconds: int) -> None:
        assert spoken_seconds(text) == seconds

    @given(st.text(), st.text())
    def test_more_text_never_takes_less_time(self, first: str, second: str) -> None:
        assert spoken_seconds(f"{first} {second}") >= spoken_seconds(first)
