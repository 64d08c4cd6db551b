"""/accounts/number/"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.test import Client
from django.utils import timezone

from campaigns.models import AuditEvent, OwnNumber
from tests.campaigns.reading import panel, words
from tests.campaigns.ringing import (
    MINE,
    calls_sent,
    code_said,
    confirmed_number,
    let_pass,
    on_callfires_clock,
    other_than,
)
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.http import HttpResponseBase

    from callfire_api.sandbox import Sandbox

PAGE = "/accounts/number/"


def ask(browser: Client, number: str = MINE, **more: str) -> HttpResponseBase:
    """Have this number called with a code."""
    return browser.post(PAGE, {"step": "call", "number": number, **more}, follow=True)


def type_in(browser: Client, code: str, own: OwnNumber | None = None) -> HttpResponseBase:
    """Type the code that was heard."""
    own = own or OwnNumber.objects.get()
    return browser.post(PAGE, {"step": "confirm", "own": own.pk, "code": code}, follow=True)


class TestBeingCalled:
    def test_one_call_says_four_digits_twice(self, operator: SignedIn, sandbox: Sandbox) -> None:
        page = ask(operator, "(213) 555-0142")
        ((recipient,),) = calls_sent(sandbox)
        assert recipient["phoneNumber"] == MINE
        assert recipient["liveMessage"] == recipient["machineMessage"]
        assert re.search(r" (\d\. \d\. \d\. \d\.) .* \1 ", recipient["liveMessage"])
        assert recipient["voice"] == "FEMALE1"
        assert "(213) 555-0142" in words(page)
        assert "The four digits you heard" in words(page)
        assert sandbox.violations == []

    def test_in_practice_no_phone_rings_so_the_page_tells_the_digits(
        self, operator: SignedIn, sandbox: Sandbox, settings: Any
    ) -> None:
        assert "Practice" not in words(ask(operator, "2135550143"))
        settings.PRACTICE_MODE = True
        page = words(ask(operator))
        assert f"Practice: no phone rings. The digits are {code_said(sandbox)}." in page

    def test_it_comes_from_a_number_of_the_account(self, operator: SignedIn, sandbox: Sandbox) -> None:
        ask(operator)
        assert calls_sent(sandbox)[0][0]["fromNumber"] == "12135550100"

    def test_the_code_is_kept_only_as_a_digest(self, operator: SignedIn, sandbox: Sandbox) -> None:
        ask(operator)
        own = OwnNumber.objects.get()
        assert check_password(code_said(sandbox), own.code_digest)
        assert code_said(sandbox) != own.code_digest
        assert not own.confirmed_at

    def test_it_is_written_down_without_the_number(self, operator: SignedIn, sandbox: Sandbox) -> None:
        ask(operator)
        event = AuditEvent.objects.get()
        assert (event.action, event.object_name) == ("confirm number", "number ending in 42")
        assert MINE not in str(event.detail) + event.sentence
        assert code_said(sandbox) not in str(event.detail) + event.sentence

    @pytest.mark.parametrize(
        ("number", "sentence"),
        [
            ("", "Enter a 10-digit number"),
            ("213 555 014", "One digit is missing."),
            ("+44 20 7946 0958", "CallFire calls the US and Canada only."),
            ("911", "cannot be called"),
        ],
    )
    def test_what_is_no_number_is_not_called(
        self, operator: SignedIn, sandbox: Sandbox, number: str, sentence: str
    ) -> None:
        answer = ask(operator, number)
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert not sandbox.requests

    def test_a_number_that_is_confirmed_is_not_called(self, operator: SignedIn, sandbox: Sandbox) -> None:
        confirmed_number(operator.user)
        answer = ask(operator)
        assert answer.status_code == 422
        assert "This number is confirmed already." in words(answer)
        assert not sandbox.requests

    def test_the_page_follows_the_call_until_it_is_over(self, operator: SignedIn, sandbox: Sandbox) -> None:
        with on_callfires_clock(sandbox) as clock:
            page = ask(operator)
            assert "The phone rings in a moment." in words(page)
            url = panel(page, "call_state")["data-url"]
            let_pass(sandbox, clock, 600)
            sandbox.clear_requests()
            tick = operator.get(url, headers={"HX-Request": "true", "HX-Target": "call_state"})
        assert not sandbox.requests, "the page shows what the worker found"
        assert "data-every" not in panel(tick, "call_state")
        assert AuditEvent.objects.get().outcome == "done"
        assert AuditEvent.objects.get().sentence in words(tick)

    def test_a_viewer_is_not_called(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        assert viewer.get(PAGE).status_code == 403
        assert viewer.post(PAGE, {"step": "call", "number": MINE}).status_code == 403
        assert not sandbox.requests


class TestNeverTwice:
    TOKEN = "7e8a4f8e-2b71-4a3e-9d59-0d7f3a6c1b22"

    @pytest.mark.django_db(transaction=True)
    def test_clicks_at_the_same_moment_ring_once(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.fail_next("POST", "/calls", delay_seconds=0.3)

        def click(_: int) -> int:
            other = Client()
            other.cookies = operator.cookies
            try:
                return ask(other, token=self.TOKEN).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as hands:
            assert set(hands.map(click, range(4))) == {200}
        assert len(calls_sent(sandbox)) == 1

    def test_a_lost_answer_is_looked_up(self, operator: SignedIn, sandbox: Sandbox) -> None:
        with on_callfires_clock(sandbox) as clock:
            sandbox.fail_next("POST", "/calls", drop="after")
            assert "Nothing is sent twice" in words(ask(operator))
            let_pass(sandbox, clock, 10)
            assert AuditEvent.objects.get().detail["call_id"]
            type_in(operator, code_said(sandbox))
        assert OwnNumber.objects.get().confirmed_at
        assert len(calls_sent(sandbox)) == 1

    def test_a_call_that_never_arrived_is_given_up(self, operator: SignedIn, sandbox: Sandbox) -> None:
        with on_callfires_clock(sandbox) as clock:
            sandbox.fail_next("POST", "/calls", drop="before")
            ask(operator)
            let_pass(sandbox, clock, 60)
            assert AuditEvent.objects.get().outcome == "unknown"
            let_pass(sandbox, clock, 120)
        assert AuditEvent.objects.get().outcome == "failed"
        assert len(calls_sent(sandbox)) == 1

    def test_an_intent_nobody_got_to_calls_nobody(self, operator: SignedIn, sandbox: Sandbox) -> None:
        AuditEvent.objects.create(
            action="confirm number", by=operator.user, by_name="Otto", detail={"own_number": 1}
        )
        with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False) as clock:
            let_pass(sandbox, clock, 1)
        assert AuditEvent.objects.get().outcome == "failed"
        assert not sandbox.requests


class TestTrouble:
    def test_without_callfire_nobody_is_called(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.stop_listening()
        answer = ask(operator)
        assert answer.status_code == 503
        assert "Nobody was called." in words(answer)
        assert AuditEvent.objects.get().outcome == "failed"

    def test_callfires_refusal_is_told_without_the_number(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.fail_next("POST", "/calls", status=400, message=f"Invalid phone number: {MINE}")
        answer = ask(operator)
        assert answer.status_code == 409
        assert "Invalid phone number: *********42" in words(answer)

    def test_a_number_on_the_do_not_call_list_is_told(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.world.account.opt_out(sandbox.clock.now(), MINE, 0)
        answer = ask(operator)
        assert answer.status_code == 409
        assert "Do not call." in words(answer)


class TestTheCode:
    def test_the_right_one_confirms_the_number(self, operator: SignedIn, sandbox: Sandbox) -> None:
        ask(operator)
        page = type_in(operator, code_said(sandbox))
        own = OwnNumber.objects.get()
        assert own.confirmed_at
        assert own.code_digest == ""
        assert "Confirmed" in words(page)
        assert AuditEvent.objects.filter(sentence="The code was right.", outcome="done").count() == 1

    def test_it_may_be_typed_with_blanks(self, operator: SignedIn, sandbox: Sandbox) -> None:
        ask(operator)
        type_in(operator, " ".join(code_said(sandbox)))
        assert OwnNumber.objects.get().confirmed_at

    @pytest.mark.parametrize("typed", ["", "12", "12345", "abcd", "١٢٣٤"])
    def test_what_cannot_be_a_code_does_not_count_as_a_try(
        self, operator: SignedIn, sandbox: Sandbox, typed: str
    ) -> None:
        ask(operator)
        answer = type_in(operator, typed)
        assert answer.status_code == 422
        assert "Type the four digits" in words(answer)
        assert OwnNumber.objects.get().wrong_codes == 0

    def test_a_wrong_one_does_not_and_says_how_often_one_may_try(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        ask(operator)
        answer = type_in(operator, other_than(code_said(sandbox)))
        assert answer.status_code == 422
        assert "That is not the code we said. You can try 4 more times." in words(answer)
        assert not OwnNumber.objects.get().confirmed_at

    def test_after_five_wrong_ones_even_the_right_one_is_refused(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        ask(operator)
        code = code_said(sandbox)
        for _ in range(5):
            answer = type_in(operator, other_than(code))
        assert "wrong code 5 times. Have the number called again" in words(answer)
        assert "wrong code 5 times" in words(type_in(operator, code))
        assert not OwnNumber.objects.get().confirmed_at

    @pytest.mark.django_db(transaction=True)
    def test_guesses_at_the_same_moment_all_count(self, operator: SignedIn, sandbox: Sandbox) -> None:
        ask(operator)
        wrong = other_than(code_said(sandbox))

        def guess(_: int) -> None:
            other = Client()
            other.cookies = operator.cookies
            try:
                type_in(other, wrong)
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as hands:
            list(hands.map(guess, range(8)))
        assert OwnNumber.objects.get().wrong_codes == 5

    def test_it_expires_after_ten_minutes(self, operator: SignedIn, sandbox: Sandbox) -> None:
        ask(operator)
        with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
            answer = type_in(operator, code_said(sandbox))
        assert "This code is older than 10 minutes." in words(answer)
        assert not OwnNumber.objects.get().confirmed_at

    def test_a_new_call_brings_a_new_code_and_five_new_tries(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        ask(operator)
        first = code_said(sandbox)
        for _ in range(5):
            type_in(operator, other_than(first))
        ask(operator)
        second = code_said(sandbox)
        assert "You can try 4 more times." in words(type_in(operator, other_than(second)))
        type_in(operator, second)
        assert OwnNumber.objects.get().confirmed_at

    def test_it_works_once(self, operator: SignedIn, sandbox: Sandbox) -> None:
        ask(operator)
        type_in(operator, code_said(sandbox))
        assert "There is no code to compare with." in words(type_in(operator, code_said(sandbox)))

    def test_nobody_confirms_for_somebody_else(
        self, operator: SignedIn, admin: SignedIn, sandbox: Sandbox
    ) -> None:
        ask(operator)
        type_in(admin, code_said(sandbox), OwnNumber.objects.get())
        assert not OwnNumber.objects.get().confirmed_at


class TestTheLimit:
    def test_three_calls_an_hour(self, operator: SignedIn, sandbox: Sandbox) -> None:
        for last in (1, 2, 3):
            ask(operator, f"1213555010{last}")
        answer = ask(operator, "12135550104")
        assert answer.status_code == 409
        assert "You were called 3 times within an hour." in words(answer)
        assert len(calls_sent(sandbox)) == 3

    def test_it_is_each_persons_own(self, operator: SignedIn, admin: SignedIn, sandbox: Sandbox) -> None:
        for last in (1, 2, 3):
            ask(operator, f"1213555010{last}")
        assert ask(admin).status_code == 200
        assert len(calls_sent(sandbox)) == 4

    def test_calls_that_never_rang_do_not_count(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.fail_next("POST", "/calls", times=3, status=400)
        for _ in range(3):
            ask(operator)
        assert ask(operator).status_code == 200

    def test_it_is_over_after_an_hour(self, operator: SignedIn, sandbox: Sandbox) -> None:
        for last in (1, 2, 3):
            ask(operator, f"1213555010{last}")
        with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
            assert ask(operator).status_code == 200


class TestRemoving:
    def test_a_number_is_forgotten(self, operator: SignedIn) -> None:
        own = confirmed_number(operator.user)
        page = operator.post(PAGE, {"step": "remove", "own": own.pk}, follow=True)
        assert not OwnNumber.objects.exists()
        assert "was removed." in words(page)
        assert AuditEvent.objects.get().action == "remove number"

    def test_but_not_that_of_somebody_else(self, operator: SignedIn, admin: SignedIn) -> None:
        own = confirmed_number(admin.user)
        operator.post(PAGE, {"step": "remove", "own": own.pk})
        assert OwnNumber.objects.exists()
        assert not AuditEvent.objects.exists()

    @pytest.mark.parametrize("own", ["", "x", "-1", "9" * 40])
    def test_nonsense_removes_nothing(self, operator: SignedIn, own: str) -> None:
        confirmed_number(operator.user)
        assert operator.post(PAGE, {"step": "remove", "own": own}).status_code == 302
        assert OwnNumber.objects.exists()
