"""/broadcasts/<id>/recipients/new/"""

from __future__ import annotations

import json
import logging
import re
from array import array
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import tasks
from campaigns.models import AuditEvent, BroadcastSnapshot, Upload
from campaigns.services import handed_over, upload_files
from campaigns.states import UploadState
from tests.campaigns import handing
from tests.campaigns.conftest import Seen, status_at_callfire
from tests.campaigns.handing import begun
from tests.campaigns.reading import markup, words
from tests.campaigns.test_broadcast_create import filled
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

FRAGMENT = {"HX-Request": "true", "HX-Target": "check"}
TABLE = "number, name\n(213) 555-0190, Elena Marsh\n213.555.0191, Ines Calloway"


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    """Our clock shows what the practice CallFire's does."""
    with time_machine.travel("2026-11-23 17:00:00Z", tick=True) as traveller:
        yield traveller


def address(snapshot: BroadcastSnapshot) -> str:
    """The page of this broadcast."""
    return f"/broadcasts/{snapshot.pk}/recipients/new/"


def check(browser: Client, snapshot: BroadcastSnapshot, text: str, **more: str) -> HttpResponse:
    """Press Check."""
    form = {"people": text, "strict": "on", "step": "check", **more}
    return cast(HttpResponse, browser.post(address(snapshot), form))


def confirmed(browser: Client, snapshot: BroadcastSnapshot, text: str, **more: str) -> dict[str, str]:
    """The form as it stands after Check, ready to be sent."""
    shown = markup(check(browser, snapshot, text, **more))
    hidden = dict(re.findall(r'<input type="hidden" name="(token|seal)" value="([^"]*)"', shown))
    return {"people": text, "strict": "on", "step": "send", **hidden, **more}


def send(browser: Client, snapshot: BroadcastSnapshot, text: str, **more: str) -> HttpResponse:
    """Press Check, then Add."""
    form = confirmed(browser, snapshot, text, **more)
    return cast(HttpResponse, browser.post(address(snapshot), form, follow=True))


def sent(sandbox: Sandbox) -> list[list[dict[str, Any]]]:
    """The lists CallFire was sent."""
    return [entry.body for entry in sandbox.requests_to("POST", "/recipients")]


def added(sandbox: Sandbox, snapshot: BroadcastSnapshot) -> list[str]:
    """The numbers at CallFire that were added by hand."""
    calls = sandbox.world.calls(snapshot.pk)
    return sorted(call["toNumber"] for call in calls if "client_ref" in call.get("attributes", {}))


class TestThePage:
    def test_it_says_when_people_are_called(self, operator: SignedIn, seen: Seen) -> None:
        for status, sentence in {
            "STOPPED": "Nobody is called until it is started.",
            "RUNNING": "It is running, so they are called at once.",
            "START_PENDING": "It is starting, so they are called as soon as it runs.",
            "SCHEDULED": "They are called when its schedule starts it.",
            "FINISHED": "It has finished. CallFire may call them by itself, or wait",
        }.items():
            answer = operator.get(address(seen(status, status=status)))
            assert answer.status_code == 200
            assert sentence in words(answer)

    def test_it_believes_callfire_not_the_snapshot(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        believed_stopped = seen()
        sandbox.world.broadcasts[believed_stopped.pk].status = "RUNNING"
        assert "they are called at once" in words(operator.get(address(believed_stopped)))

    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            ("ARCHIVED", "It is archived"),
            ("SUSPENDED", "CallFire suspended it."),
            ("DECLINED", "CallFire declined it."),
        ],
    )
    def test_it_says_why_nobody_can_be_added(
        self, operator: SignedIn, seen: Seen, status: str, reason: str, sandbox: Sandbox
    ) -> None:
        closed = seen(status="STOPPED")
        sandbox.world.broadcasts[closed.pk].status = status
        answer = operator.get(address(closed))
        assert answer.status_code == 409
        assert reason in words(answer)
        assert "<textarea" not in markup(answer)

    def test_a_broadcast_callfire_does_not_know_is_not_found(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        assert operator.get("/broadcasts/4711/recipients/new/").status_code == 404

    def test_a_viewer_may_not(self, viewer: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        stopped = seen()
        assert viewer.get(address(stopped)).status_code == 403
        assert check(viewer, stopped, "2135550190").status_code == 403
        assert not sandbox.requests


class TestChecking:
    def test_every_line_is_shown_with_its_number_and_what_is_sent(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        answer = check(operator, seen(), TABLE)
        assert answer.status_code == 200
        assert "(213) 555-0190 name: Elena Marsh" in words(answer)
        assert "Names the columns" in words(answer)
        assert "Add 2 people?" in words(answer)

    def test_it_changes_nothing(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        check(operator, seen(), TABLE)
        assert {entry.method for entry in sandbox.requests} == {"GET"}
        assert not AuditEvent.objects.exists()

    def test_bad_lines_are_named_and_nothing_typed_is_lost(self, operator: SignedIn, seen: Seen) -> None:
        text = "2135550190\n213555019\n+44 20 7946 0018"
        answer = check(operator, seen(), text)
        assert answer.status_code == 422
        assert "2 lines need fixing: 2 and 3." in words(answer)
        assert "2 213555019 Enter a 10-digit number, like (213) 555-0190. One digit is missing." in words(
            answer
        )
        assert text in markup(answer)
        assert 'value="send"' not in markup(answer)

    def test_a_repeated_number_is_merged_and_said_so(self, operator: SignedIn, seen: Seen) -> None:
        answer = check(operator, seen(), "2135550190\n(213) 555-0190")
        assert "The same number as on line 1. Added once." in words(answer)
        assert "Add 1 person?" in words(answer)

    def test_a_hundred_people_are_the_most(self, operator: SignedIn, seen: Seen) -> None:
        stopped = seen()
        lines = [f"213555{number:04}" for number in range(101)]
        assert check(operator, stopped, "\n".join(lines[:100])).status_code == 200
        answer = check(operator, stopped, "\n".join(lines))
        assert answer.status_code == 422
        assert "These are 101 people; 100 at a time is the most." in words(answer)

    def test_a_list_that_is_too_long_is_refused_and_never_cut(self, operator: SignedIn, seen: Seen) -> None:
        stopped = seen()
        assert "maxlength" not in markup(operator.get(address(stopped)))
        text = "number, note\n" + "\n".join(f"213555{number:04}, {'x' * 300}" for number in range(90))
        answer = check(operator, stopped, text)
        assert answer.status_code == 422
        assert "Enter at most 20,000 characters." in words(answer)
        assert text in markup(answer)
        assert 'value="send"' not in markup(answer)

    @pytest.mark.parametrize("text", ["", "  \n ", "number, name", "\0", "1" * 20_001])
    def test_nobody_at_all_is_a_mistake(self, operator: SignedIn, seen: Seen, text: str) -> None:
        assert check(operator, seen(), text).status_code == 422

    def test_markup_is_shown_as_text(self, operator: SignedIn, seen: Seen) -> None:
        answer = check(operator, seen(), "number, name\n2135550190, <script>x</script>\n<b>, y")
        assert "<script>x" not in markup(answer)
        assert "<b>, y" not in markup(answer)

    def test_htmx_gets_the_check_alone(self, operator: SignedIn, seen: Seen) -> None:
        form = {"people": TABLE, "step": "check"}
        answer = operator.post(address(seen()), form, headers=FRAGMENT)
        assert answer.status_code == 200
        assert answer.text.strip().startswith('<div class="stack" id="check">')
        assert "<html" not in answer.text
        assert "HX-Target" in answer["Vary"]

    def test_htmx_gets_bad_lines_as_part_of_the_page(self, operator: SignedIn, seen: Seen) -> None:
        answer = operator.post(address(seen()), {"people": "911", "step": "check"}, headers=FRAGMENT)
        assert answer.status_code == 422
        assert "Line 1 needs fixing:" in words(answer)
        assert "HX-Retarget" not in answer or answer["HX-Retarget"] == "#check"

    def test_htmx_gets_a_notice_when_nobody_can_be_added(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.world.broadcasts[stopped.pk].status = "ARCHIVED"
        answer = operator.post(address(stopped), {"people": TABLE, "step": "check"}, headers=FRAGMENT)
        assert answer.status_code == 409
        assert answer["HX-Retarget"] == "#notices"
        assert "It is archived" in words(answer)

    def test_without_callfire_lines_are_checked_and_nobody_can_be_added(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.stop_listening()
        answer = check(operator, stopped, TABLE)
        assert answer.status_code == 503
        assert "Nobody can be added until CallFire says how the broadcast stands." in words(answer)
        assert "Elena Marsh" in words(answer)
        assert 'value="send"' not in markup(answer)

    def test_without_callfire_htmx_still_swaps_the_check(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.stop_listening()
        answer = operator.post(address(stopped), {"people": TABLE, "step": "check"}, headers=FRAGMENT)
        assert answer.status_code == 503
        assert answer["HX-Retarget"] == "#check"


class TestWhatTheMessageSpeaksOf:
    SPEAKS = {"liveSoundText": "Hello ${name}, look at ${street}.", "liveSoundTextVoice": "FEMALE1"}

    def test_people_who_do_not_bring_it_are_not_added(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        answer = check(operator, seen(sounds=self.SPEAKS), TABLE)
        assert answer.status_code == 422
        assert "The message speaks of street, but not everybody here brings it." in words(answer)
        assert "Add a first line like: number, street." in words(answer)
        assert 'value="send"' not in markup(answer)
        assert "Elena Marsh" in markup(answer)

    def test_one_person_without_it_is_enough(self, operator: SignedIn, seen: Seen) -> None:
        text = "number, name, street\n2135550190, Elena, Oak St\n2135550191, Ines"
        answer = check(operator, seen(sounds=self.SPEAKS), text)
        assert answer.status_code == 422
        assert "The message speaks of street" in words(answer)

    def test_people_who_bring_all_of_it_are_added(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen(sounds=self.SPEAKS)
        send(operator, stopped, "number, name, street\n2135550190, Elena, Oak St")
        assert added(sandbox, stopped) == ["12135550190"]

    def test_words_that_callfire_told_before_count(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen(sounds=self.SPEAKS)
        operator.get(f"/broadcasts/{stopped.pk}/edit/")
        sandbox.world.broadcasts[stopped.pk].settings["sounds"].pop("liveSoundText")
        assert check(operator, stopped, TABLE).status_code == 422

    def test_htmx_is_told_as_well(self, operator: SignedIn, seen: Seen) -> None:
        form = {"people": TABLE, "step": "check"}
        answer = operator.post(address(seen(sounds=self.SPEAKS)), form, headers=FRAGMENT)
        assert answer.status_code == 422
        assert "The message speaks of street" in words(answer)

    def test_what_a_script_speaks_of_is_left_to_the_script(self, operator: SignedIn, seen: Seen) -> None:
        scripted = seen(dialplanXml="<dialplan>${call.number}</dialplan>")
        assert check(operator, scripted, TABLE).status_code == 200


class TestAdding:
    def test_they_are_at_callfire_and_the_page_shows_each(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        answer = send(operator, stopped, TABLE)
        assert added(sandbox, stopped) == ["12135550190", "12135550191"]
        assert "2 people are at CallFire." in words(answer)
        assert "(213) 555-0190" in words(answer)
        assert sandbox.violations == []

    def test_numbers_attributes_and_a_reference_are_sent_with_strict_validation(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        send(operator, seen(), TABLE)
        event = AuditEvent.objects.get()
        reference = event.token.hex[:12]
        assert sent(sandbox) == [
            [
                {
                    "phoneNumber": "12135550190",
                    "attributes": {"name": "Elena Marsh", "client_ref": f"{reference}-1"},
                },
                {
                    "phoneNumber": "12135550191",
                    "attributes": {"name": "Ines Calloway", "client_ref": f"{reference}-2"},
                },
            ]
        ]
        assert sandbox.requests_to("POST", "/recipients")[0].query == {"strictValidation": ["true"]}

    def test_strict_validation_can_be_switched_off(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        send(operator, seen(), "2135550190", strict="")
        assert sandbox.requests_to("POST", "/recipients")[0].query == {"strictValidation": ["false"]}

    def test_the_event_keeps_digests_and_counts_but_no_number(self, operator: SignedIn, seen: Seen) -> None:
        send(operator, seen(), TABLE)
        event = AuditEvent.objects.get()
        assert (event.action, event.outcome, event.by) == ("add people", "done", operator.user)
        assert event.detail["people"] == 2
        assert len(set(event.detail["digests"])) == 2
        assert "5550190" not in json.dumps(event.detail) + event.sentence
        assert "Elena" not in json.dumps(event.detail)

    def test_callfires_word_on_each_is_told(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        stopped = seen()
        sandbox.world.account.opt_out(sandbox.clock.now(), "12135550191", stopped.pk)
        answer = send(operator, stopped, "2135550190\n2135550191\n900 555 0190")
        said = words(answer)
        assert "3 people are at CallFire." in said
        assert "Not to be called: 1 do not call and 1 number not allowed." in said
        assert "Number not allowed" in said

    def test_a_running_broadcast_calls_them_at_once_and_the_button_says_so(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        answer = check(operator, running, "2135550190")
        assert "Add and call 1 person?" in words(answer)
        assert "Stop first" in words(answer)
        send(operator, running, "2135550190")
        sandbox.clock.advance(3600)
        (call,) = [each for each in sandbox.world.calls(running.pk) if each["toNumber"] == "12135550190"]
        assert call["state"] == "FINISHED"

    def test_stop_first_stops_and_keeps_what_was_typed(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        answer = operator.post(address(running), {"people": TABLE, "strict": "on", "step": "stop"})
        assert status_at_callfire(sandbox, running) == "STOPPED"
        assert "Nobody is called until it is started." in words(answer)
        assert "Elena Marsh" in markup(answer)
        assert "Add 2 people?" in words(answer)

    def test_a_finished_broadcast_is_read_again_and_start_is_offered(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        finished = seen(status="FINISHED")
        answer = send(operator, finished, "2135550190")
        assert "Start calling…" in words(answer)
        assert f'href="/broadcasts/{finished.pk}/start/"' in markup(answer)

    def test_a_finished_broadcast_that_goes_on_by_itself_offers_stop(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        sandbox.switches.adding_resumes_finished = True
        answer = send(operator, seen(status="FINISHED"), "2135550190")
        assert "Stop calling" in words(answer)


class TestWhatWasShownIsWhatIsSent:
    def test_a_list_that_was_not_checked_is_not_sent(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        answer = operator.post(address(stopped), {"people": TABLE, "strict": "on", "step": "send"})
        assert answer.status_code == 422
        assert "Look again" in words(answer)
        assert sent(sandbox) == []

    def test_a_list_that_changed_after_the_check_is_not_sent(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        form = confirmed(operator, stopped, "2135550190")
        answer = operator.post(address(stopped), form | {"people": "2135550191"})
        assert answer.status_code == 422
        assert sent(sandbox) == []

    def test_a_broadcast_that_was_started_after_the_check_is_asked_about_again(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        form = confirmed(operator, stopped, "2135550190")
        sandbox.world.broadcasts[stopped.pk].status = "RUNNING"
        answer = operator.post(address(stopped), form)
        assert answer.status_code == 422
        assert "Add and call 1 person?" in words(answer)
        assert sent(sandbox) == []

    def test_a_seal_is_no_use_on_another_broadcast(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        form = confirmed(operator, seen("One"), "2135550190")
        assert operator.post(address(seen("Two")), form).status_code == 422
        assert sent(sandbox) == []

    def test_a_broadcast_that_was_archived_meanwhile_gets_nobody(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        form = confirmed(operator, stopped, "2135550190")
        sandbox.world.broadcasts[stopped.pk].status = "ARCHIVED"
        answer = operator.post(address(stopped), form)
        assert answer.status_code == 409
        assert "2135550190" in markup(answer)
        assert sent(sandbox) == []


class TestNeverTwice:
    def test_people_added_before_are_left_out_and_it_says_when_and_by_whom(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        send(operator, stopped, "2135550190")
        answer = check(operator, stopped, "(213) 555-0190\n2135550191")
        assert re.search(r"Is left out Added \d\d:\d\d:\d\d by Otto Operator.", words(answer))
        assert "Add 1 person?" in words(answer)
        send(operator, stopped, "(213) 555-0190\n2135550191")
        assert added(sandbox, stopped) == ["12135550190", "12135550191"]

    def test_they_are_added_again_when_that_is_asked_for(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        send(operator, stopped, "2135550190")
        send(operator, stopped, "2135550190", again="on")
        assert added(sandbox, stopped) == ["12135550190", "12135550190"]

    def test_people_the_broadcast_was_made_with_are_left_out(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        operator.post("/broadcasts/new/", filled(people="2135550190"))
        made = BroadcastSnapshot.objects.get()
        answer = check(operator, made, "(213) 555-0190\n2135550191")
        assert "2 lines: 1 to add, 1 added before" in words(answer)
        send(operator, made, "(213) 555-0190\n2135550191")
        assert added(sandbox, made) == ["12135550191"]

    def test_people_of_a_broadcast_that_was_refused_may_come(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        sandbox.fail_next("POST", "/calls/broadcasts", status=400, message="No.")
        operator.post("/broadcasts/new/", filled(people="2135550190"))
        AuditEvent.objects.update(object_id=seen().pk)
        assert "1 line: 1 to add" in words(check(operator, seen(), "2135550190"))

    @pytest.mark.parametrize("state", [UploadState.FOLLOWING, UploadState.DONE])
    @pytest.mark.parametrize("are_files_kept", [True, False])
    def test_people_of_an_upload_are_left_out(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, are_files_kept: bool, state: UploadState
    ) -> None:
        stopped = seen()
        upload = begun(sandbox, people=3, broadcast_id=stopped.pk)
        upload_files.numbers(upload).write_bytes(array("q", map(int, handing.numbers(3))).tobytes())
        Upload.objects.filter(pk=upload.pk).update(state=state)
        if not are_files_kept:
            handed_over.keep_digests(upload)
            upload_files.numbers(upload).unlink()
        known = handing.numbers(3)[1]
        answer = check(operator, stopped, f"{known}\n2135550191")
        said = "Added" if state == UploadState.DONE else "Perhaps added"
        assert re.search(rf"Is left out {said} \d\d:\d\d:\d\d by Otto", words(answer))
        send(operator, stopped, f"{known}\n2135550191")
        assert added(sandbox, stopped) == ["12135550191"]

    def test_when_nobody_is_left_nobody_is_sent(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        send(operator, stopped, "2135550190")
        answer = check(operator, stopped, "2135550190")
        assert answer.status_code == 422
        assert "Everybody here was added before." in words(answer)

    def test_another_broadcast_does_not_count(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        send(operator, seen("One"), "2135550190")
        other = seen("Two")
        send(operator, other, "2135550190")
        assert added(sandbox, other) == ["12135550190"]

    def test_the_same_form_sent_twice_adds_once(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        form = confirmed(operator, stopped, "2135550190")
        operator.post(address(stopped), form)
        operator.post(address(stopped), form)
        assert len(sent(sandbox)) == 1
        assert AuditEvent.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_clicks_at_the_same_moment_add_once(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        form = confirmed(operator, stopped, "2135550190\n2135550191")
        sandbox.fail_next("POST", "/recipients", delay_seconds=0.3)

        def click(_: int) -> int:
            other = Client()
            other.cookies = operator.cookies
            try:
                return other.post(address(stopped), form).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as hands:
            answers = list(hands.map(click, range(4)))
        assert set(answers) <= {302, 422}
        assert len(sent(sandbox)) == 1
        assert added(sandbox, stopped) == ["12135550190", "12135550191"]

    def test_a_lost_answer_is_looked_up_and_found(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/recipients", drop="after")
        answer = send(operator, stopped, TABLE)
        assert "2 people are at CallFire." in words(answer)
        assert len(sent(sandbox)) == 1
        assert added(sandbox, stopped) == ["12135550190", "12135550191"]

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_failure_that_took_effect_all_the_same_is_found(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, status: int
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/recipients", status=status, applied=True)
        answer = send(operator, stopped, TABLE)
        assert "2 people are at CallFire." in words(answer)
        assert len(sent(sandbox)) == 1

    def test_a_list_that_never_arrived_is_not_repeated_and_is_told(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/recipients", drop="before")
        answer = send(operator, stopped, TABLE)
        assert "Nothing is sent twice" in words(answer)
        assert AuditEvent.objects.get().outcome == "unknown"
        now.shift(timedelta(minutes=3))
        tasks.follow_up_open_actions()
        event = AuditEvent.objects.get()
        assert event.outcome == "failed"
        assert "none of the 2 people is at CallFire" in event.sentence
        assert len(sent(sandbox)) == 1

    def test_a_list_that_does_not_show_at_once_is_not_given_up_at_once(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        sandbox.fail_next("POST", "/recipients", drop="before")
        send(operator, seen(), TABLE)
        now.shift(timedelta(seconds=60))
        tasks.follow_up_open_actions()
        assert AuditEvent.objects.get().outcome == "unknown"

    def test_people_of_another_list_are_not_taken_for_these(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        stopped = seen()
        send(operator, stopped, "2135550180\n2135550181")
        sandbox.fail_next("POST", "/recipients", drop="before")
        send(operator, stopped, TABLE)
        now.shift(timedelta(minutes=3))
        tasks.follow_up_open_actions()
        assert AuditEvent.objects.latest("id").outcome == "failed"

    def test_looking_grows_rarer_the_longer_it_lasts(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        stopped = seen()
        send(operator, stopped, "2135550180")
        sandbox.fail_next("POST", "/recipients", drop="before")
        send(operator, stopped, TABLE)
        sandbox.clear_requests()
        for _ in range(20):
            now.shift(timedelta(seconds=5))
            tasks.follow_up_open_actions()
        assert 5 <= len(sandbox.requests_to("GET", "/calls")) <= 15

    def test_people_who_may_have_been_added_are_not_added_again_unasked(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/recipients", drop="before")
        send(operator, stopped, "2135550190")
        answer = check(operator, stopped, "2135550190")
        assert "Perhaps added" in words(answer)
        assert answer.status_code == 422

    def test_the_background_finds_what_a_page_could_not(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/recipients", drop="after")
        sandbox.fail_next("GET", "/calls", status=503)
        send(operator, stopped, TABLE)
        assert AuditEvent.objects.get().outcome == "unknown"
        now.shift(timedelta(seconds=10))
        tasks.follow_up_open_actions()
        event = AuditEvent.objects.get()
        assert event.outcome == "done"
        assert [position for position, _, _ in event.detail["calls"]] == [1, 2]

    def test_they_are_looked_for_a_thousand_calls_at_a_time_and_never_by_number(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen(recipients=50)
        sandbox.fail_next("POST", "/recipients", drop="after")
        answer = send(operator, stopped, "\n".join(f"213555{number:04}" for number in range(190, 202)))
        assert "12 people are at CallFire." in words(answer)
        (look, *_) = [entry for entry in sandbox.requests_to("GET", "/calls") if "id" not in entry.query]
        assert look.query["limit"] == ["1000"]
        assert "toNumber" not in look.query

    def test_a_large_page_cut_short_without_a_word_is_no_proof_that_nobody_arrived(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        stopped = seen(recipients=20)
        sandbox.fail_next("POST", "/recipients", drop="after")
        sandbox.fail_next("GET", "/calls", status=503)
        send(operator, stopped, TABLE)
        for _ in range(120):
            sandbox.world.add_call(sandbox.world.broadcasts[stopped.pk])
        sandbox.switches.smaller_limit = 100
        sandbox.switches.omit_limit_offset = True
        now.shift(timedelta(minutes=3))
        tasks.follow_up_open_actions()
        assert AuditEvent.objects.get().outcome == "done"

    def test_one_person_is_spoken_of_as_one(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/recipients", drop="before")
        assert "The person may have been added." in words(send(operator, stopped, "2135550190"))
        now.shift(timedelta(minutes=3))
        tasks.follow_up_open_actions()
        assert "the person is not at CallFire" in AuditEvent.objects.get().sentence

    def test_silence_is_no_proof(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/recipients", drop="before")
        send(operator, stopped, TABLE)
        sandbox.stop_listening()
        now.shift(timedelta(minutes=10))
        tasks.follow_up_open_actions()
        assert AuditEvent.objects.get().outcome == "unknown"

    def test_a_crash_between_sending_and_writing_down_is_looked_up(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        stopped = seen()
        send(operator, stopped, TABLE)
        AuditEvent.objects.update(outcome="pending", settled_at=None, sentence="")
        now.shift(timedelta(seconds=10))
        tasks.follow_up_open_actions()
        assert AuditEvent.objects.get().outcome == "done"
        assert len(sent(sandbox)) == 1

    def test_an_intent_that_nobody_sent_is_given_up(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        stopped = seen()
        form = confirmed(operator, stopped, TABLE)
        AuditEvent.objects.create(
            action="add people",
            by=operator.user,
            by_name="Otto",
            object_kind="broadcast",
            object_id=stopped.pk,
            token=form["token"],
            detail={"people": 2, "digests": []},
        )
        now.shift(timedelta(minutes=2))
        tasks.follow_up_open_actions()
        assert AuditEvent.objects.get().outcome == "failed"
        operator.post(address(stopped), form)
        assert sent(sandbox) == []

    def test_some_who_did_not_arrive_are_counted(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        stopped = seen()
        send(operator, stopped, TABLE)
        event = AuditEvent.objects.get()
        event.detail |= {"people": 3}
        AuditEvent.objects.update(
            outcome="unknown", settled_at=None, detail=event.detail, tried_at=timezone.now()
        )
        now.shift(timedelta(minutes=3))
        tasks.follow_up_open_actions()
        event = AuditEvent.objects.get()
        assert event.outcome == "done"
        assert event.sentence == "2 of 3 people are at CallFire; the others did not arrive."
        assert event.detail["missing"] == 1


class TestWhenCallfireSaysNo:
    def test_its_refusal_comes_back_onto_the_form_in_its_own_words(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/recipients", status=400, message="Invalid phone number: 12135550190")
        answer = send(operator, stopped, TABLE)
        assert answer.status_code == 422
        assert "Nobody was added. Invalid phone number: 12135550190" in words(answer)
        assert "Elena Marsh" in markup(answer)

    def test_the_record_keeps_its_words_without_the_number(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        sandbox.fail_next("POST", "/recipients", status=400, message="Invalid phone number: 12135550190")
        send(operator, seen(), TABLE)
        event = AuditEvent.objects.get()
        assert event.outcome == "refused"
        assert event.sentence == "Invalid phone number: *********90"

    def test_a_refusal_that_added_people_all_the_same_is_noticed(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        sandbox.fail_next("POST", "/recipients", status=400, applied=True)
        answer = send(operator, seen(), TABLE)
        assert "2 people are at CallFire." in words(answer)

    def test_the_corrected_list_can_be_sent(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/recipients", status=400)
        send(operator, stopped, TABLE)
        send(operator, stopped, TABLE)
        assert added(sandbox, stopped) == ["12135550190", "12135550191"]

    def test_when_it_cannot_be_reached_for_sending_nothing_is_lost(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        sandbox.fail_next("POST", "/recipients", status=403)
        answer = send(operator, seen(), TABLE)
        assert answer.status_code == 502
        assert "Nobody was added." in words(answer)
        assert "Elena Marsh" in markup(answer)

    def test_an_answer_that_leaves_people_out_is_not_taken_for_all(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        sandbox.fail_next("POST", "/recipients", status=200, body=json.dumps({"items": []}), applied=True)
        answer = send(operator, seen(), TABLE)
        assert "CallFire took the list and has shown 0 of 2 people." in words(answer)
        assert AuditEvent.objects.get().outcome == "pending"


class TestDiscretion:
    def test_no_number_reaches_a_log(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, caplog: pytest.LogCaptureFixture
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/recipients", drop="after")
        with caplog.at_level(logging.DEBUG):
            send(operator, stopped, TABLE)
            check(operator, stopped, "213555019")
        assert "5550190" not in caplog.text
        assert "213555019" not in caplog.text


class TestAnything:
    @given(
        text=st.text(max_size=300)
        | st.text(alphabet="2135550190+,;\t\n\"' nameEx.", max_size=300)
        | st.lists(st.from_regex(r"[2-9][0-9]{9}", fullmatch=True), max_size=5).map("\n".join),
        step=st.sampled_from(["check", "send", "stop", "", "x"]),
        token=st.sampled_from(["", "x", "8c7e6f04-3a8c-4b55-a1c5-0d3c2f1f2a11"]),
    )
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_no_form_breaks_the_page_or_reaches_callfire_unchecked(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, text: str, step: str, token: str
    ) -> None:
        stopped = BroadcastSnapshot.objects.first() or seen()
        form = {"people": text, "step": step, "token": token, "seal": "x" * 64, "again": "on"}
        assert operator.post(address(stopped), form).status_code in {200, 422}
        assert sent(sandbox) == []
        assert sandbox.violations == []

    @given(
        rows=st.lists(
            st.tuples(
                st.sampled_from([f"213 555 01{number:02}" for number in range(40)]),
                st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), max_size=20),
            ),
            min_size=1,
            max_size=12,
        )
    )
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_whatever_is_shown_as_good_callfire_takes(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, rows: list[tuple[str, str]]
    ) -> None:
        stopped = seen()
        table = "\n".join(
            f'{number}\t"{name.replace(chr(34), chr(34) * 2)}"'
            for number, name in [("number", "name"), *rows]
        )
        answer = send(operator, stopped, table)
        assert answer.status_code == 200
        assert len(added(sandbox, stopped)) == len({number for number, _ in rows})
        assert sandbox.violations == []
