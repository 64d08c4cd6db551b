"""/broadcasts/<id>/recipients/switch/"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from campaigns import tasks
from campaigns.models import AuditEvent, BroadcastSnapshot
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import markup, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

PEOPLE = [{"phoneNumber": f"1213555010{number}"} for number in range(6)]
TWO = "2135550100\n(213) 555-0101"


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    """Our clock shows what the practice CallFire's does."""
    with time_machine.travel("2026-11-23 17:00:00Z", tick=True) as traveller:
        yield traveller


@pytest.fixture
def listed(sandbox: Sandbox, seen: Seen) -> BroadcastSnapshot:
    """A stopped broadcast with six people, none of them called."""
    stopped = seen(recipients=0)
    broadcast = sandbox.world.broadcasts[stopped.pk]
    broadcast.add_recipients(PEOPLE, sandbox.clock.now())
    return stopped


def address(snapshot: BroadcastSnapshot) -> str:
    """The page of this broadcast."""
    return f"/broadcasts/{snapshot.pk}/recipients/switch/"


def look_up(browser: Client, snapshot: BroadcastSnapshot, text: str, switch: str = "off") -> HttpResponse:
    """Press Look them up."""
    form = {"people": text, "switch": switch, "step": "check"}
    return cast(HttpResponse, browser.post(address(snapshot), form))


def confirmed(browser: Client, snapshot: BroadcastSnapshot, text: str, switch: str = "off") -> dict[str, str]:
    """The form as it stands after the look-up, ready to be sent."""
    shown = markup(look_up(browser, snapshot, text, switch))
    hidden = dict(re.findall(r'<input type="hidden" name="(token|seal)" value="([^"]*)"', shown))
    return {"people": text, "switch": switch, "step": "send", **hidden}


def switch(browser: Client, snapshot: BroadcastSnapshot, text: str, to: str = "off") -> HttpResponse:
    """Look them up, then switch them."""
    form = confirmed(browser, snapshot, text, to)
    return cast(HttpResponse, browser.post(address(snapshot), form, follow=True))


def states(sandbox: Sandbox, snapshot: BroadcastSnapshot) -> str:
    """The states of the six people at CallFire, as one letter each, in the order they were added."""
    calls = sorted(sandbox.world.calls(snapshot.pk), key=lambda call: str(call["toNumber"]))
    return "".join(str(call["state"])[0] for call in calls)


class TestLookingThemUp:
    def test_each_is_shown_as_callfire_says_now(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        answer = look_up(operator, listed, "2135550100\n2135550199")
        assert answer.status_code == 200
        assert "(213) 555-0100 Waiting Is held back" in words(answer)
        assert "(213) 555-0199 Not in this broadcast Stays as it is" in words(answer)
        assert "1 of 2 can be switched off" in words(answer)
        assert "Hold 1 person back?" in words(answer)

    def test_it_changes_nothing(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        look_up(operator, listed, TWO)
        assert {entry.method for entry in sandbox.requests} == {"GET"}
        assert not AuditEvent.objects.exists()

    def test_who_was_called_cannot_be_held_back(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        sandbox.world.broadcasts[listed.pk].start(sandbox.clock.now())
        sandbox.clock.advance(3600)
        answer = look_up(operator, listed, TWO)
        assert answer.status_code == 422
        assert "Nobody here can be switched" in words(answer)
        assert "Completed Stays as it is" in words(answer)

    def test_bad_lines_are_named_and_nothing_typed_is_lost(
        self, operator: SignedIn, listed: BroadcastSnapshot
    ) -> None:
        answer = look_up(operator, listed, "2135550100\n911")
        assert answer.status_code == 422
        assert "Line 2 needs fixing:" in words(answer)
        assert "2135550100\n911" in markup(answer)

    def test_twenty_are_the_most(self, operator: SignedIn, listed: BroadcastSnapshot) -> None:
        lines = "\n".join(f"21355501{number:02}" for number in range(21))
        assert "20 at a time is the most" in words(look_up(operator, listed, lines))

    @pytest.mark.parametrize("way", ["", "sideways"])
    def test_one_of_two_ways_is_chosen(self, operator: SignedIn, listed: BroadcastSnapshot, way: str) -> None:
        answer = look_up(operator, listed, TWO, way)
        assert answer.status_code == 422
        assert "Choose" in words(answer)

    def test_without_callfire_nobody_can_be_switched(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        sandbox.stop_listening()
        answer = look_up(operator, listed, TWO)
        assert answer.status_code == 503
        assert "Nobody can be switched until CallFire answers." in words(answer)
        assert "(213) 555-0101" in markup(answer)

    def test_trouble_while_looking_up_loses_nothing_either(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        sandbox.fail_next("GET", "/calls", status=503)
        answer = look_up(operator, listed, TWO)
        assert answer.status_code == 503
        assert "(213) 555-0101" in markup(answer)
        assert 'value="send"' not in markup(answer)

    def test_the_page_opens(self, operator: SignedIn, listed: BroadcastSnapshot) -> None:
        answer = operator.get(address(listed))
        assert answer.status_code == 200
        assert "Only people who were not called yet change." in words(answer)

    def test_an_archived_broadcast_gives_the_reason(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        sandbox.world.broadcasts[listed.pk].status = "ARCHIVED"
        for answer in (operator.get(address(listed)), look_up(operator, listed, TWO)):
            assert answer.status_code == 409
            assert "It is archived" in words(answer)

    def test_a_suspended_broadcast_lets_people_be_held_back_but_not_through(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        sandbox.world.broadcasts[listed.pk].status = "SUSPENDED"
        assert look_up(operator, listed, TWO).status_code == 200
        answer = look_up(operator, listed, TWO, "on")
        assert answer.status_code == 409
        assert "CallFire suspended it." in words(answer)

    def test_a_viewer_may_not(self, viewer: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot) -> None:
        sandbox.clear_requests()
        assert viewer.get(address(listed)).status_code == 403
        assert look_up(viewer, listed, TWO).status_code == 403
        assert not sandbox.requests


class TestSwitching:
    def test_they_are_held_back_and_the_page_says_what_each_is_now(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        answer = switch(operator, listed, TWO)
        assert states(sandbox, listed) == "DDRRRR"
        assert "All 2 are on hold." in words(answer)
        assert "(213) 555-0100 Waiting On hold" in words(answer)
        assert sandbox.violations == []

    def test_they_are_let_through_again(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        switch(operator, listed, TWO)
        answer = switch(operator, listed, "2135550101", "on")
        assert states(sandbox, listed) == "DRRRRR"
        assert "1 person is let through again." in words(answer)

    def test_in_a_running_broadcast_that_means_a_call_at_once(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        switch(operator, listed, TWO)
        sandbox.world.broadcasts[listed.pk].start(sandbox.clock.now())
        assert "It is running, so they are called at once." in words(look_up(operator, listed, TWO, "on"))

    def test_only_who_can_change_is_sent(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        switch(operator, listed, "2135550100\n2135550199")
        (request,) = sandbox.requests_to("POST", "/toggleRecipientsStatus")
        assert request.body == [{"phoneNumber": "12135550100"}]
        assert request.query == {"enable": ["false"]}

    def test_the_event_keeps_no_number(self, operator: SignedIn, listed: BroadcastSnapshot) -> None:
        switch(operator, listed, TWO)
        event = AuditEvent.objects.get()
        assert (event.action, event.outcome, event.by) == ("switch people", "done", operator.user)
        assert "555010" not in json.dumps(event.detail) + event.sentence

    def test_numbers_that_were_not_looked_up_are_not_switched(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        form = confirmed(operator, listed, TWO)
        answer = operator.post(address(listed), form | {"people": "2135550102"})
        assert answer.status_code == 422
        assert states(sandbox, listed) == "RRRRRR"

    def test_the_other_way_than_was_looked_up_is_not_taken(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        switch(operator, listed, "2135550100")
        form = confirmed(operator, listed, TWO)
        answer = operator.post(address(listed), form | {"switch": "on"})
        assert answer.status_code == 422
        assert "Look again." in words(answer)
        assert states(sandbox, listed) == "DRRRRR"


class TestNeverTwice:
    def test_the_same_form_sent_twice_switches_once(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        form = confirmed(operator, listed, TWO)
        operator.post(address(listed), form)
        operator.post(address(listed), form)
        assert len(sandbox.requests_to("POST", "/toggleRecipientsStatus")) == 1

    @pytest.mark.django_db(transaction=True)
    def test_clicks_at_the_same_moment_switch_once(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        form = confirmed(operator, listed, TWO)
        sandbox.fail_next("POST", "/toggleRecipientsStatus", delay_seconds=0.3)

        def click(_: int) -> int:
            other = Client()
            other.cookies = operator.cookies
            try:
                return other.post(address(listed), form).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as hands:
            list(hands.map(click, range(4)))
        assert len(sandbox.requests_to("POST", "/toggleRecipientsStatus")) == 1

    @pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 503, "applied": True}])
    def test_a_lost_answer_is_looked_up_and_found(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        listed: BroadcastSnapshot,
        fault: dict[str, Any],
    ) -> None:
        sandbox.fail_next("POST", "/toggleRecipientsStatus", **fault)
        answer = switch(operator, listed, TWO)
        assert "All 2 are on hold." in words(answer)
        assert len(sandbox.requests_to("POST", "/toggleRecipientsStatus")) == 1

    def test_a_switch_that_never_arrived_is_not_repeated_and_is_told(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        listed: BroadcastSnapshot,
        now: time_machine.Traveller,
    ) -> None:
        sandbox.fail_next("POST", "/toggleRecipientsStatus", drop="before")
        answer = switch(operator, listed, TWO)
        assert "Nothing is sent twice" in words(answer)
        now.shift(timedelta(seconds=10))
        tasks.follow_up_open_actions()
        assert AuditEvent.objects.get().outcome == "unknown"
        now.shift(timedelta(minutes=3))
        tasks.follow_up_open_actions()
        event = AuditEvent.objects.get()
        assert (event.outcome, event.sentence) == (
            "failed",
            "It did not take effect: CallFire changed nobody.",
        )
        assert len(sandbox.requests_to("POST", "/toggleRecipientsStatus")) == 1

    def test_what_callfire_took_is_read_later_when_it_does_not_say_at_once(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        listed: BroadcastSnapshot,
        now: time_machine.Traveller,
    ) -> None:
        form = confirmed(operator, listed, TWO)
        sandbox.fail_next("GET", "/calls", times=1)  # the two look-ups are let through
        sandbox.fail_next("GET", "/calls", times=1)
        sandbox.fail_next("GET", "/calls", status=503)
        operator.post(address(listed), form)
        assert AuditEvent.objects.get().outcome == "pending"
        now.shift(timedelta(seconds=10))
        tasks.follow_up_open_actions()
        assert AuditEvent.objects.get().outcome == "done"

    def test_an_intent_that_nobody_sent_is_given_up(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        listed: BroadcastSnapshot,
        now: time_machine.Traveller,
    ) -> None:
        switch(operator, listed, TWO)
        AuditEvent.objects.update(outcome="pending", settled_at=None, tried_at=None)
        tasks.follow_up(AuditEvent.objects.get().pk)
        assert AuditEvent.objects.get().outcome == "pending"
        now.shift(timedelta(minutes=2))
        tasks.follow_up_open_actions()
        assert AuditEvent.objects.get().outcome == "failed"
        assert len(sandbox.requests_to("POST", "/toggleRecipientsStatus")) == 1

    def test_silence_is_no_proof(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        listed: BroadcastSnapshot,
        now: time_machine.Traveller,
    ) -> None:
        sandbox.fail_next("POST", "/toggleRecipientsStatus", drop="before")
        switch(operator, listed, TWO)
        sandbox.stop_listening()
        now.shift(timedelta(minutes=10))
        tasks.follow_up_open_actions()
        assert AuditEvent.objects.get().outcome == "unknown"


class TestWhenCallfireSaysNo:
    def test_its_refusal_comes_back_onto_the_form(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        sandbox.fail_next("POST", "/toggleRecipientsStatus", status=400, message="Not 12135550100.")
        answer = switch(operator, listed, TWO)
        assert answer.status_code == 422
        assert "Nobody was switched. Not 12135550100." in words(answer)
        assert AuditEvent.objects.get().sentence == "Not *********00."

    def test_a_key_that_may_not_is_told(
        self, operator: SignedIn, sandbox: Sandbox, listed: BroadcastSnapshot
    ) -> None:
        sandbox.fail_next("POST", "/toggleRecipientsStatus", status=403)
        assert switch(operator, listed, TWO).status_code == 502

    def test_people_whom_callfire_left_as_they_were_are_looked_at_again_and_counted(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        listed: BroadcastSnapshot,
        now: time_machine.Traveller,
    ) -> None:
        sandbox.fail_next("POST", "/toggleRecipientsStatus", status=200, applied=False)
        assert "has yet to show what changed" in words(switch(operator, listed, TWO))
        sandbox.world.broadcasts[listed.pk].roster.enable([1], False, sandbox.clock.now())
        now.shift(timedelta(minutes=3))
        tasks.follow_up_open_actions()
        event = AuditEvent.objects.get()
        assert (event.outcome, event.sentence) == ("done", "1 of 2 is on hold.")
