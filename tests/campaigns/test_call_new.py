"""/calls/new/"""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from campaigns.models import AuditEvent
from campaigns.services import quick_calls
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import markup, words
from tests.campaigns.ringing import calls_sent, let_pass, on_callfires_clock
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.http import HttpResponseBase

    from callfire_api.sandbox import Sandbox

ADDRESS = "/calls/new/"
TYPED = {
    "p1-number": "(213) 555-0142",
    "p2-number": "323.555.0172",
    "live_source": "text",
    "live_text": "Power is off on Friday.",
    "machine_source": "none",
    "voice": "FEMALE2",
}


def look(browser: Client, **change: Any) -> HttpResponseBase:
    """Press the button that shows what will happen."""
    return browser.post(ADDRESS, TYPED | change | {"step": "look"})


def confirmed(browser: Client, **change: Any) -> dict[str, Any]:
    """What the form sends when the question was read and its button is pressed."""
    page = markup(look(browser, **change))
    hidden = {
        name: html.unescape(value) for name, value in re.findall(r'name="(token|seal)" value="([^"]*)"', page)
    }
    assert set(hidden) == {"token", "seal"}, page[:2000]
    agreed = {"agreed": "on"} if 'name="agreed"' in page else {}
    return TYPED | change | hidden | agreed | {"step": "send"}


def call(browser: Client, **change: Any) -> HttpResponseBase:
    """Look, agree to what is odd, press the button, and follow."""
    return browser.post(ADDRESS, confirmed(browser, **change), follow=True)


class TestTheForm:
    def test_it_opens_empty_and_calls_nobody(self, operator: SignedIn, sandbox: Sandbox) -> None:
        answer = operator.get(ADDRESS)
        assert answer.status_code == 200
        assert "Up to 10 people" in words(answer)
        assert not calls_sent(sandbox)
        assert not AuditEvent.objects.exists()

    def test_a_viewer_calls_nobody(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        assert viewer.get(ADDRESS).status_code == 403
        assert viewer.post(ADDRESS, TYPED | {"step": "send"}).status_code == 403
        assert not sandbox.requests

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"p1-number": "", "p2-number": ""}, "Enter at least one number."),
            ({"p1-number": "911"}, "Number of person 1:"),
            ({"p2-number": "+1 213 555 0142"}, "Person 1 has this number already."),
            ({"p3-attributes": "street: Fargo"}, "Number of person 3:"),
            ({"p1-attributes": "Fargo"}, "like: street: 1180 Fargo St"),
            ({"p1-attributes": "client_ref: x"}, "Choose another name."),
            ({"live_text": " "}, "Say what people hear"),
            ({"live_source": "sound"}, "Choose a sound, or choose Nothing."),
            ({"machine_source": "text"}, "Write what is said, or choose Nothing."),
            ({"voice": "ROBOT"}, "is not one of the choices"),
            ({"p1-transfer_digit": "1"}, "Enter the number this key transfers to."),
            ({"p1-transfer_number": "2135550190"}, "Choose the key that transfers"),
            ({"p1-live_message": "Hi", "p1-live_message_sound_id": "7"}, "the text or the sound, not both"),
            ({"p1-live_message_sound_id": "x"}, "Enter a whole number"),
            ({"p1-dialplan_xml": "<dialplan>"}, "not well-formed XML"),
            ({"from_number": "12"}, "Caller ID"),
            ({"broadcast": "no such thing"}, "No broadcast is called like this."),
            ({"token": "x"}, "Nobody was called."),
        ],
    )
    def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(
        self, operator: SignedIn, sandbox: Sandbox, change: dict[str, str], sentence: str
    ) -> None:
        answer = operator.post(ADDRESS, TYPED | change | {"step": "send"})
        assert answer.status_code == 422
        assert "Nobody was called. This needs fixing:" in words(answer)
        assert sentence in words(answer)
        assert TYPED["p1-number"] in markup(answer) or "p1-number" in change
        assert not calls_sent(sandbox)

    def test_searching_for_a_sound_judges_nothing_and_loses_nothing(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        answer = operator.post(ADDRESS, TYPED | {"live_sound_page": "1", "p3-attributes": "x"})
        assert answer.status_code == 200
        assert "This needs fixing" not in words(answer)
        assert TYPED["p2-number"] in markup(answer)


class TestTheQuestion:
    def test_it_says_who_hears_what_at_which_hour_for_how_much(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        own = {
            "p2-live_message": "Hello Ines.",
            "p2-voice": "SPANISH1",
            "p2-attributes": "street: 902 Echo Park Ave",
            "p2-transfer_digit": "1",
            "p2-transfer_number": "(213) 555-0190",
        }
        page = words(look(operator, from_number="2135550111", **own))
        assert "Call these 2 people now?" in page
        assert "When a person answers “Power is off on Friday.”" in page
        assert "When a person answers “Hello Ines.”" in page
        assert "When a machine answers Nothing: we hang up" in page
        assert "1 transfers to (213) 555-0190" in page
        assert "Voice Spanish 1" in page
        assert "street: 902 Echo Park Ave" in page
        assert "Caller ID (213) 555-0111" in page
        assert "Pacific" in page
        assert re.search(r"Cost about [\d.,]+", page)
        assert "There is no Stop for quick calls" in page
        assert not calls_sent(sandbox)
        assert not AuditEvent.objects.exists()

    def test_a_number_whose_hour_nobody_knows_has_to_be_agreed_to(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        form = confirmed(operator, **{"p2-number": "(800) 555-0172"})
        assert form.pop("agreed")
        answer = operator.post(ADDRESS, form)
        assert answer.status_code == 422
        assert "Tick that you want these calls all the same." in words(answer)
        assert not calls_sent(sandbox)

    def test_a_broadcast_that_does_not_run_has_to_be_agreed_to(self, operator: SignedIn, seen: Seen) -> None:
        broadcast = seen("Spring drive", status="STOPPED")
        page = words(look(operator, broadcast=str(broadcast.pk)))
        assert "The broadcast is not running." in page
        assert "Call them all the same" in page

    def test_an_archived_broadcast_calls_nobody(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen("Old")
        sandbox.world.broadcasts[broadcast.pk].status = "ARCHIVED"
        answer = look(operator, broadcast=str(broadcast.pk))
        assert "Nobody can be called like this. It is archived" in words(answer)
        assert 'value="send"' not in markup(answer)

    def test_a_broadcast_callfire_does_not_know_loses_nothing(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        answer = look(operator, broadcast="4711")
        assert answer.status_code == 422
        assert "Broadcast: " in words(answer)
        assert TYPED["p2-number"] in markup(answer)

    def test_what_was_not_shown_is_not_called(self, operator: SignedIn, sandbox: Sandbox) -> None:
        answer = operator.post(ADDRESS, confirmed(operator) | {"p2-number": "(213) 555-0199"})
        assert answer.status_code == 409
        assert "Something changed since this was shown." in words(answer)
        assert not calls_sent(sandbox)

    def test_a_broadcast_that_changed_since_is_shown_again(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen("Spring drive", status="RUNNING")
        form = confirmed(operator, broadcast=str(broadcast.pk))
        sandbox.world.broadcasts[broadcast.pk].settings["fromNumber"] = "12135550177"
        assert operator.post(ADDRESS, form).status_code == 409
        assert not calls_sent(sandbox)


class TestTheCalls:
    def test_everything_typed_is_sent(self, operator: SignedIn, sandbox: Sandbox) -> None:
        own = {
            "p2-machine_message": "Call us back.",
            "p2-live_message_sound_id": "4711",
            "p2-attributes": "street: 902 Echo Park Ave\nunit: 3",
            "p2-transfer_digit": "1",
            "p2-transfer_number": "(213) 555-0190",
            "p2-transfer_message": "One moment.",
            "p2-voice": "MALE1",
        }
        machine = {"machine_source": "sound", "machine_sound_id": "4712"}
        call(operator, from_number="2135550111", **own, **machine)
        ((first, second),) = calls_sent(sandbox)
        reference = AuditEvent.objects.get(action=quick_calls.CALL).token.hex[:12]
        assert first == {
            "phoneNumber": "12135550142",
            "fromNumber": "12135550111",
            "attributes": {"client_ref": f"{reference}-1"},
        }
        assert second == {
            "phoneNumber": "13235550172",
            "fromNumber": "12135550111",
            "attributes": {"street": "902 Echo Park Ave", "unit": "3", "client_ref": f"{reference}-2"},
            "liveMessageSoundId": 4711,
            "machineMessage": "Call us back.",
            "transferDigit": "1",
            "transferNumber": "12135550190",
            "transferMessage": "One moment.",
            "voice": "MALE1",
        }
        query = sandbox.requests_to("POST", "/calls")[0].query
        assert query["defaultLiveMessage"] == ["Power is off on Friday."]
        assert query["defaultMachineMessageSoundId"] == ["4712"]
        assert query["defaultVoice"] == ["FEMALE2"]
        assert query["strictValidation"] == ["true"]
        assert "campaignId" not in query
        assert sandbox.violations == []

    def test_ten_people_are_called_for_a_broadcast(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen("Spring drive", status="RUNNING")
        people = {f"p{position}-number": f"213555010{position - 1}" for position in range(1, 11)}
        page = words(call(operator, broadcast="spring drive", live_source="none", **people))
        ((*sent,),) = calls_sent(sandbox)
        assert len(sent) == 10
        assert sandbox.requests_to("POST", "/calls")[0].query["campaignId"] == [str(broadcast.pk)]
        assert "CallFire took the calls." in page

    def test_it_is_written_down_before_without_numbers_and_tells_how_it_went(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        with on_callfires_clock(sandbox) as clock:
            answer = call(operator)
            event = AuditEvent.objects.get(action=quick_calls.CALL)
            assert event.outcome == "done"
            assert "0142" not in f"{event.object_name}{event.sentence}{event.detail}"
            assert "(213) 555-0142" in words(answer)
            let_pass(sandbox, clock, 600)
            later = operator.get(f"{ADDRESS}{event.token}/")
        assert "Completed" in words(later)
        call_id = event.detail["calls"][0][1]
        assert f'href="/calls/{call_id}/"' in markup(later)

    def test_what_callfire_refuses_is_said_and_nobody_is_called(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        sandbox.fail_next("POST", "/calls", status=400, message="There are not enough credits.")
        page = words(call(operator))
        assert "There are not enough credits." in page
        assert AuditEvent.objects.get(action=quick_calls.CALL).outcome == "refused"
        assert not sandbox.world.calls()

    def test_more_than_the_hour_allows_is_refused(self, operator: SignedIn, sandbox: Sandbox) -> None:
        AuditEvent.objects.create(
            action=quick_calls.CALL, by=operator.user, detail={"people": quick_calls.MOST_PER_HOUR - 1}
        )
        page = words(look(operator))
        assert "You can call 1 more people within this hour." in page
        assert not calls_sent(sandbox)

    def test_calls_nobody_placed_are_not_found(self, operator: SignedIn, sandbox: Sandbox) -> None:
        assert operator.get(f"{ADDRESS}00000000-0000-4000-8000-000000000000/").status_code == 404


class TestNeverTwice:
    def test_the_same_form_sent_twice_rings_once(self, operator: SignedIn, sandbox: Sandbox) -> None:
        form = confirmed(operator)
        for _ in range(2):
            assert operator.post(ADDRESS, form).status_code == 302
        assert len(calls_sent(sandbox)) == 1

    @pytest.mark.django_db(transaction=True)
    def test_clicks_at_the_same_moment_ring_once(self, operator: SignedIn, sandbox: Sandbox) -> None:
        form = confirmed(operator)
        sandbox.fail_next("POST", "/calls", delay_seconds=0.3)

        def click(_: int) -> int:
            other = Client()
            other.cookies = operator.cookies
            try:
                return other.post(ADDRESS, form).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as hands:
            assert list(hands.map(click, range(4))) == [302] * 4
        assert len(calls_sent(sandbox)) == 1

    def test_a_lost_answer_after_they_were_placed_is_found_one_call_a_person(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        with on_callfires_clock(sandbox) as clock:
            sandbox.fail_next("POST", "/calls", drop="after")
            assert "Nothing is sent twice" in words(call(operator))
            let_pass(sandbox, clock, 10)
            let_pass(sandbox, clock, 300)
        event = AuditEvent.objects.get(action=quick_calls.CALL)
        assert (event.outcome, event.detail["missing"]) == ("done", 0)
        placed = sorted(each["toNumber"] for each in sandbox.world.calls())
        assert placed == ["12135550142", "13235550172"]
        assert len(calls_sent(sandbox)) == 1

    def test_calls_that_never_arrived_are_told_and_not_repeated(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        with on_callfires_clock(sandbox) as clock:
            sandbox.fail_next("POST", "/calls", drop="before")
            call(operator)
            for _ in range(4):
                let_pass(sandbox, clock, 60)
        event = AuditEvent.objects.get(action=quick_calls.CALL)
        assert (event.outcome, event.sentence) == (
            "failed",
            "It did not arrive: CallFire shows none of these calls.",
        )
        assert not sandbox.world.calls()

    def test_whoever_died_before_the_answer_is_told_that_nothing_arrived(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        with on_callfires_clock(sandbox) as clock:
            event = AuditEvent.objects.create(
                action=quick_calls.CALL, by=operator.user, detail={"people": 2}, tried_at=timezone.now()
            )
            let_pass(sandbox, clock, 10)
            event.refresh_from_db()
            assert event.settled_at is None
            let_pass(sandbox, clock, 300)
        event.refresh_from_db()
        assert event.outcome == "failed"
        assert not calls_sent(sandbox)

    def test_calls_that_callfire_took_and_hides_are_not_called_failed(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        with on_callfires_clock(sandbox) as clock:
            sandbox.fail_next("POST", "/calls", status=200, body='{"items": []}', applied=False)
            assert "has shown 0 of 2 calls" in words(call(operator))
            let_pass(sandbox, clock, 300)
        event = AuditEvent.objects.get(action=quick_calls.CALL)
        assert event.outcome == "done"
        assert "their phones may ring all the same" in event.sentence

    def test_a_doubt_lasts_as_long_as_callfire_is_silent(self, operator: SignedIn, sandbox: Sandbox) -> None:
        with on_callfires_clock(sandbox) as clock:
            sandbox.fail_next("POST", "/calls", drop="after")
            call(operator)
            sandbox.fail_share("GET", "/calls", share=1.0, status=400)
            let_pass(sandbox, clock, 600)
        assert AuditEvent.objects.get(action=quick_calls.CALL).outcome == "unknown"

    def test_without_callfire_nobody_is_called(self, operator: SignedIn, sandbox: Sandbox) -> None:
        form = confirmed(operator)
        sandbox.stop_listening()
        operator.post(ADDRESS, form)
        event = AuditEvent.objects.get(action=quick_calls.CALL)
        assert event.outcome == "failed"
        assert "Nobody was called." in event.sentence
