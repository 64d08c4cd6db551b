"""/broadcasts/<id>/test-call/"""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import AuditEvent, BroadcastSnapshot, OwnNumber
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import markup, panel, words
from tests.campaigns.ringing import MINE, calls_sent, confirmed_number, let_pass, on_callfires_clock
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.http import HttpResponseBase

    from callfire_api.sandbox import Sandbox

SOUNDS = {
    "liveSoundText": "Power is off on Friday.",
    "liveSoundTextVoice": "FEMALE2",
    "machineSoundText": "Call us back.",
    "machineSoundTextVoice": "FEMALE2",
    "transferSoundText": "One moment.",
    "transferDigit": "1",
    "transferNumber": "12135550190",
    "dncSoundText": "Goodbye.",
    "dncDigit": "9",
}


@pytest.fixture
def own(operator: SignedIn) -> OwnNumber:
    """The confirmed number of the operator."""
    return confirmed_number(operator.user)


@pytest.fixture
def ready(seen: Seen) -> BroadcastSnapshot:
    """A broadcast with messages in every slot."""
    return seen(fromNumber="12135550111", sounds=dict(SOUNDS))


def address(broadcast: BroadcastSnapshot) -> str:
    return f"/broadcasts/{broadcast.pk}/test-call/"


def filled_in(browser: Client, broadcast: BroadcastSnapshot) -> dict[str, str]:
    """What the form of the confirmation sends when its button is pressed."""
    page = markup(browser.get(address(broadcast)))
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'name="(token|seal|own)"\s+value="([^"]*)"', page)
    }


def call_me(browser: Client, broadcast: BroadcastSnapshot, **change: Any) -> HttpResponseBase:
    """Look at the confirmation, press the button, and follow."""
    return browser.post(address(broadcast), filled_in(browser, broadcast) | change, follow=True)


class TestTheConfirmation:
    def test_it_says_which_number_which_messages_and_from_whom(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot
    ) -> None:
        page = words(operator.get(address(ready)))
        assert "(213) 555-0142" in page
        assert "(213) 555-0111" in page
        assert "When you answer “Power is off on Friday.”" in page
        assert "On your voicemail “Call us back.”" in page
        assert "1 transfers to (213) 555-0190" in page
        assert "It rings once, at once" in page
        assert "costs what a call costs" in page
        assert "You can make 5 more test calls this hour." in page

    def test_the_messages_can_be_played(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        sounds = sandbox.world.broadcasts[ready.pk].settings["sounds"]
        assert f'src="/sounds/{sounds["liveSoundId"]}/audio"' in markup(operator.get(address(ready)))

    def test_it_changes_nothing(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        operator.get(address(ready))
        assert {request.method for request in sandbox.requests} == {"GET"}
        assert not AuditEvent.objects.exists()

    def test_htmx_gets_the_dialog_alone(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot
    ) -> None:
        answer = operator.get(address(ready), headers={"HX-Request": "true", "HX-Target": "dialog"})
        assert markup(answer).strip().startswith("<dialog")
        assert "<html" not in markup(answer)

    def test_without_a_number_of_ones_own_it_leads_to_confirming_one(
        self, operator: SignedIn, ready: BroadcastSnapshot
    ) -> None:
        OwnNumber.objects.create(user=operator.user, number=MINE)
        page = operator.get(address(ready))
        assert 'href="/accounts/number/"' in markup(page)
        assert 'name="own"' not in markup(page)

    def test_the_numbers_of_others_are_not_offered(
        self, operator: SignedIn, admin: SignedIn, own: OwnNumber, ready: BroadcastSnapshot
    ) -> None:
        confirmed_number(admin.user, "12135550199")
        assert "0199" not in words(operator.get(address(ready)))

    def test_a_broadcast_without_a_message_has_nothing_to_hear(
        self, operator: SignedIn, own: OwnNumber, seen: Seen
    ) -> None:
        answer = operator.get(address(seen()))
        assert answer.status_code == 409
        assert "It has no message yet" in words(answer)
        assert "Call me</button>" not in markup(answer)

    def test_without_callfire_there_is_nothing_to_confirm(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        sandbox.stop_listening()
        assert operator.get(address(ready)).status_code == 503

    def test_a_broadcast_callfire_does_not_know_is_not_found(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        assert operator.get("/broadcasts/4711/test-call/").status_code == 404

    def test_a_viewer_has_no_test_calls(
        self, viewer: SignedIn, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        assert viewer.get(address(ready)).status_code == 403
        assert viewer.post(address(ready)).status_code == 403
        assert not sandbox.requests


class TestTheCall:
    def test_it_plays_what_the_broadcast_plays(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        call_me(operator, ready)
        sounds = sandbox.world.broadcasts[ready.pk].settings["sounds"]
        ((recipient,),) = calls_sent(sandbox)
        reference = recipient.pop("attributes")["client_ref"]
        assert reference == f"{AuditEvent.objects.get().token.hex[:12]}-1"
        assert recipient == {
            "phoneNumber": MINE,
            "fromNumber": "12135550111",
            "liveMessageSoundId": sounds["liveSoundId"],
            "machineMessageSoundId": sounds["machineSoundId"],
            "transferMessageSoundId": sounds["transferSoundId"],
            "transferDigit": "1",
            "transferNumber": "12135550190",
            "voice": "FEMALE1",
        }
        assert sandbox.violations == []

    def test_a_text_without_a_sound_is_read_in_its_own_voice(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        sounds = sandbox.world.broadcasts[ready.pk].settings["sounds"]
        del sounds["liveSoundId"]
        call_me(operator, ready)
        ((recipient,),) = calls_sent(sandbox)
        assert recipient["liveMessage"] == "Power is off on Friday."
        assert recipient["voice"] == "FEMALE2"

    @pytest.mark.parametrize(
        ("mode", "live", "machine"),
        [
            ("AM_AND_LIVE", "live", "machine"),
            ("LIVE_IMMEDIATE", "live", "live"),
            ("LIVE_WITH_AMD", "live", None),
            ("AM_ONLY", "machine", "machine"),
        ],
    )
    def test_machines_are_treated_as_by_the_broadcast(
        self,
        operator: SignedIn,
        own: OwnNumber,
        seen: Seen,
        sandbox: Sandbox,
        mode: str,
        live: str,
        machine: str | None,
    ) -> None:
        broadcast = seen(sounds=dict(SOUNDS), answeringMachineConfig=mode)
        call_me(operator, broadcast)
        sounds = sandbox.world.broadcasts[broadcast.pk].settings["sounds"]
        ((recipient,),) = calls_sent(sandbox)
        assert recipient["liveMessageSoundId"] == sounds[f"{live}SoundId"]
        assert recipient.get("machineMessageSoundId") == sounds.get(f"{machine}SoundId")

    def test_a_script_is_sent_as_it_is(
        self, operator: SignedIn, own: OwnNumber, seen: Seen, sandbox: Sandbox
    ) -> None:
        script = '<dialplan name="Root"><play type="tts">Hello</play></dialplan>'
        call_me(operator, seen(dialplanXml=script))
        ((recipient,),) = calls_sent(sandbox)
        assert recipient["dialplanXml"] == script
        assert "liveMessage" not in recipient

    def test_the_broadcast_itself_stays_as_it_is(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        before = len(sandbox.world.calls(ready.pk))
        call_me(operator, ready)
        assert sandbox.world.broadcasts[ready.pk].status == "STOPPED"
        assert len(sandbox.world.calls(ready.pk)) == before
        assert "campaignId" not in sandbox.requests_to("POST", "/calls")[0].query

    def test_it_is_written_down_before_and_tells_how_it_went(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        with on_callfires_clock(sandbox) as clock:
            page = call_me(operator, ready)
            event = AuditEvent.objects.get()
            assert (event.action, event.object_id, event.outcome) == ("test call", ready.pk, "pending")
            url = panel(page, "call_state")["data-url"]
            let_pass(sandbox, clock, 600)
            sandbox.clear_requests()
            tick = operator.get(url, headers={"HX-Request": "true", "HX-Target": "call_state"})
        assert not sandbox.requests, "the page shows what the worker found"
        event.refresh_from_db()
        assert event.outcome == "done"
        assert event.detail["state"] == "FINISHED"
        assert event.sentence in words(tick)
        assert "data-every" not in panel(tick, "call_state")

    def test_only_confirmed_numbers_of_ones_own_are_called(
        self,
        operator: SignedIn,
        admin: SignedIn,
        own: OwnNumber,
        ready: BroadcastSnapshot,
        sandbox: Sandbox,
    ) -> None:
        unproved = OwnNumber.objects.create(user=operator.user, number="12135550177")
        foreign = confirmed_number(admin.user, "12135550199")
        for number in (unproved.pk, foreign.pk, 4711, "x", ""):
            answer = call_me(operator, ready, own=number)
            assert answer.status_code == 422
        assert not calls_sent(sandbox)

    def test_messages_that_were_not_seen_are_not_played(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        form = filled_in(operator, ready)
        sandbox.world.broadcasts[ready.pk].settings["sounds"]["liveSoundId"] += 1
        answer = operator.post(address(ready), form)
        assert answer.status_code == 409
        assert "The messages are not those you saw any more." in words(answer)
        assert not calls_sent(sandbox)

    def test_others_do_not_see_it(
        self, operator: SignedIn, admin: SignedIn, own: OwnNumber, ready: BroadcastSnapshot
    ) -> None:
        call_me(operator, ready)
        made = f"{address(ready)}?call={AuditEvent.objects.get().token}"
        assert operator.get(made).status_code == 200
        assert admin.get(made).status_code == 404
        assert operator.get(f"{address(ready)}?call=nonsense").status_code == 404


class TestNeverTwice:
    def test_the_same_form_sent_twice_rings_once(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        form = filled_in(operator, ready)
        for _ in range(2):
            assert operator.post(address(ready), form).status_code == 302
        assert len(calls_sent(sandbox)) == 1

    @pytest.mark.django_db(transaction=True)
    def test_clicks_at_the_same_moment_ring_once(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        form = filled_in(operator, ready)
        sandbox.fail_next("POST", "/calls", delay_seconds=0.3)

        def click(_: int) -> int:
            other = Client()
            other.cookies = operator.cookies
            try:
                return other.post(address(ready), form).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as hands:
            assert list(hands.map(click, range(4))) == [302] * 4
        assert len(calls_sent(sandbox)) == 1

    def test_a_lost_answer_is_looked_up_and_found(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        with on_callfires_clock(sandbox) as clock:
            sandbox.fail_next("POST", "/calls", drop="after")
            assert "Nothing is sent twice" in words(call_me(operator, ready))
            let_pass(sandbox, clock, 10)
            let_pass(sandbox, clock, 600)
        assert AuditEvent.objects.get().outcome == "done"
        assert len(calls_sent(sandbox)) == 1

    def test_it_is_found_even_after_the_number_was_removed(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        with on_callfires_clock(sandbox) as clock:
            sandbox.fail_next("POST", "/calls", drop="after")
            call_me(operator, ready)
            own.delete()
            let_pass(sandbox, clock, 10)
        assert AuditEvent.objects.get().detail["call_id"]

    def test_a_call_that_never_arrived_is_told_and_not_repeated(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        with on_callfires_clock(sandbox) as clock:
            sandbox.fail_next("POST", "/calls", drop="before")
            call_me(operator, ready)
            for _ in range(4):
                let_pass(sandbox, clock, 60)
        event = AuditEvent.objects.get()
        assert (event.outcome, event.sentence) == ("failed", "It did not arrive: CallFire has no such call.")
        assert len(calls_sent(sandbox)) == 1

    def test_a_doubt_lasts_as_long_as_callfire_is_silent(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        with on_callfires_clock(sandbox) as clock:
            sandbox.fail_next("POST", "/calls", drop="before")
            call_me(operator, ready)
            sandbox.fail_share("GET", "/calls", share=1.0, status=400)
            let_pass(sandbox, clock, 600)
        assert AuditEvent.objects.get().outcome == "unknown"

    def test_a_call_whose_end_nobody_tells_is_closed(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        with on_callfires_clock(sandbox) as clock:
            call_me(operator, ready)
            sandbox.fail_share("GET", "", share=1.0, status=400)
            let_pass(sandbox, clock, 60)
            assert AuditEvent.objects.get().outcome == "pending"
            let_pass(sandbox, clock, 900)
        event = AuditEvent.objects.get()
        assert event.outcome == "done"
        assert "did not say within 15 minutes how it went" in event.sentence

    def test_callfires_refusal_is_shown(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        sandbox.fail_next(
            "POST", "/calls", status=400, message="There are not enough credits to place calls."
        )
        answer = call_me(operator, ready)
        assert answer.status_code == 409
        assert "There are not enough credits to place calls." in words(answer)
        assert AuditEvent.objects.get().outcome == "refused"

    def test_without_callfire_nobody_is_called(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        form = filled_in(operator, ready)
        sandbox.stop_listening()
        answer = operator.post(address(ready), form)
        assert answer.status_code == 503
        assert "Nobody was called." in words(answer)
        assert AuditEvent.objects.get().outcome == "failed"


class TestTheLimit:
    @pytest.fixture(autouse=True)
    def _two_an_hour(self, settings: Settings) -> None:
        settings.TEST_CALLS_PER_HOUR = 2

    def test_so_many_and_no_more(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        form = filled_in(operator, ready)
        for _ in range(2):
            assert call_me(operator, ready).status_code == 200
        answer = operator.post(address(ready), form)
        assert answer.status_code == 409
        assert "You made 2 test calls within an hour." in words(answer)
        assert len(calls_sent(sandbox)) == 2

    def test_the_page_says_so_and_offers_no_button(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot
    ) -> None:
        for _ in range(2):
            call_me(operator, ready)
        page = operator.get(address(ready))
        assert "You have made all your test calls of this hour." in words(page)
        assert "Call me</button>" not in markup(page)

    @pytest.mark.django_db(transaction=True)
    def test_it_holds_for_clicks_at_the_same_moment(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        forms = [filled_in(operator, ready) for _ in range(6)]

        def click(form: dict[str, str]) -> None:
            other = Client()
            other.cookies = operator.cookies
            try:
                other.post(address(ready), form)
            finally:
                connection.close()

        with ThreadPoolExecutor(6) as hands:
            list(hands.map(click, forms))
        assert len(calls_sent(sandbox)) <= 2

    def test_it_is_over_after_an_hour(
        self, operator: SignedIn, own: OwnNumber, ready: BroadcastSnapshot, sandbox: Sandbox
    ) -> None:
        for _ in range(2):
            call_me(operator, ready)
        with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
            assert call_me(operator, ready).status_code == 200
        assert len(calls_sent(sandbox)) == 3
