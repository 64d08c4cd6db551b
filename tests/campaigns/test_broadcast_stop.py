"""POST /broadcasts/<id>/stop/"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.utils import timezone

from campaigns import tasks
from campaigns.models import AuditEvent
from tests.campaigns.conftest import Seen, status_at_callfire
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


class TestStopping:
    def test_it_stops_a_running_broadcast(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        answer = operator.post(f"/broadcasts/{running.pk}/stop/", follow=True)
        assert status_at_callfire(sandbox, running) == "STOPPED"
        assert answer.redirect_chain == [(f"/broadcasts/{running.pk}/", 302)]
        assert "Outage notice was stopped." in answer.text

    def test_it_sends_stop_before_it_asks_anything(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        operator.post(f"/broadcasts/{running.pk}/stop/")
        assert [entry.method for entry in sandbox.requests] == ["POST", "GET"]

    def test_it_shows_the_status_that_callfire_gives(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        operator.post(f"/broadcasts/{running.pk}/stop/")
        running.refresh_from_db()
        assert running.status == "STOPPED"

    def test_it_is_written_down_with_who_and_what_came_of_it(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        running = seen(status="RUNNING")
        answer = operator.post(f"/broadcasts/{running.pk}/stop/")
        event = AuditEvent.objects.get()
        assert (event.action, event.by, event.object_id) == ("stop", operator.user, running.pk)
        assert event.outcome == "done"
        assert event.request_id == answer["X-Request-ID"]
        assert event.detail["status_after"] == "STOPPED"

    def test_a_second_click_is_harmless(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        first = operator.post(f"/broadcasts/{running.pk}/stop/")
        second = operator.post(f"/broadcasts/{running.pk}/stop/")
        assert (first.status_code, second.status_code) == (302, 409)
        assert status_at_callfire(sandbox, running) == "STOPPED"
        assert len(sandbox.requests_to("POST", "/stop")) == 1

    @pytest.mark.parametrize("status", ["VALIDATING_START", "SCHEDULED", "SUSPENDED", "A_NEW_WORD"])
    def test_anything_that_may_call_people_can_be_stopped(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, status: str
    ) -> None:
        other = seen(status=status)
        operator.post(f"/broadcasts/{other.pk}/stop/")
        assert len(sandbox.requests_to("POST", "/stop")) == 1

    def test_it_stops_a_broadcast_that_we_never_saw(
        self, operator: SignedIn, sandbox: Sandbox, db: None
    ) -> None:
        unseen = sandbox.world.add_broadcast(status="RUNNING")
        operator.post(f"/broadcasts/{unseen.id}/stop/")
        assert sandbox.world.broadcasts[unseen.id].status == "STOPPED"


class TestWhoMay:
    def test_get_does_nothing(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        assert operator.get(f"/broadcasts/{running.pk}/stop/").status_code == 405
        assert not sandbox.requests

    def test_a_viewer_may_not_stop(self, viewer: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        answer = viewer.post(f"/broadcasts/{running.pk}/stop/")
        assert answer.status_code == 403
        assert "You may not stop broadcasts" in answer.text
        assert not sandbox.requests
        assert not AuditEvent.objects.exists()

    def test_without_the_token_of_our_page_it_is_refused(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        operator.handler.enforce_csrf_checks = True
        assert operator.post(f"/broadcasts/{running.pk}/stop/").status_code == 403
        assert not sandbox.requests


class TestWhenThereIsNothingToStop:
    def test_a_finished_broadcast_answers_409_and_says_why(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        finished = seen(status="FINISHED")
        answer = operator.post(f"/broadcasts/{finished.pk}/stop/")
        assert answer.status_code == 409
        assert "It has finished; nobody is being called." in answer.text
        assert not sandbox.requests_to("POST", "/stop")

    def test_what_we_believe_is_checked_before_a_stop_is_refused(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        believed_stopped = seen(status="STOPPED")
        sandbox.world.broadcasts[believed_stopped.pk].status = "RUNNING"
        operator.post(f"/broadcasts/{believed_stopped.pk}/stop/")
        assert status_at_callfire(sandbox, believed_stopped) == "STOPPED"

    def test_a_refusal_by_callfire_is_a_success_when_it_is_stopped_anyway(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        sandbox.switches.stop_is_idempotent = False
        believed_running = seen(status="RUNNING")
        sandbox.world.broadcasts[believed_running.pk].status = "STOPPED"
        answer = operator.post(f"/broadcasts/{believed_running.pk}/stop/")
        assert answer.status_code == 302
        assert AuditEvent.objects.get().outcome == "done"

    def test_a_broadcast_callfire_does_not_know_answers_409(
        self, operator: SignedIn, sandbox: Sandbox, db: None
    ) -> None:
        assert operator.post("/broadcasts/123456/stop/").status_code == 409


class TestOddAddresses:
    @pytest.mark.parametrize("odd", ["0", "99999999999999999999", "-5", "x"])
    def test_an_id_that_cannot_be_one_is_not_found(self, operator: SignedIn, db: None, odd: str) -> None:
        assert operator.post(f"/broadcasts/{odd}/stop/").status_code == 404


class TestWhenCallFireDoesNotAnswer:
    def test_the_operator_is_told_that_stop_is_sent_again(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        sandbox.fail_next("POST", "/stop", status=503)
        answer = operator.post(f"/broadcasts/{running.pk}/stop/", follow=True)
        assert "Stop is sent again until CallFire takes it." in answer.text
        assert "Stopping" in answer.text

    def test_it_is_pressed_again_until_callfire_takes_it(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        sandbox.stop_listening()
        operator.post(f"/broadcasts/{running.pk}/stop/")
        with time_machine.travel(timezone.now() + timedelta(seconds=10), tick=False):
            tasks.follow_up_open_actions()
            assert AuditEvent.objects.get().outcome == "pending"
            sandbox.start_listening()
            tasks.follow_up_open_actions()
        assert status_at_callfire(sandbox, running) == "STOPPED"
        assert AuditEvent.objects.get().outcome == "done"

    def test_pressing_again_sends_stop_at_once_and_stays_one_event(
        self, operator: SignedIn, admin: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        sandbox.fail_next("POST", "/stop", status=503, times=2)
        operator.post(f"/broadcasts/{running.pk}/stop/")
        sandbox.clear_requests()
        operator.post(f"/broadcasts/{running.pk}/stop/")
        answer = admin.post(f"/broadcasts/{running.pk}/stop/", follow=True)
        assert "Outage notice was stopped." in answer.text
        assert sandbox.requests[0].method == "POST"
        assert len(sandbox.requests_to("POST", "/stop")) == 2
        event = AuditEvent.objects.get()
        assert (event.outcome, event.by) == ("done", operator.user)
        assert [again["by"] for again in event.detail["again"]] == ["Otto Operator", "Ada Admin"]

    def test_pressing_again_after_it_was_settled_is_an_event_of_its_own(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        operator.post(f"/broadcasts/{running.pk}/stop/")
        sandbox.world.broadcasts[running.pk].status = "RUNNING"
        operator.post(f"/broadcasts/{running.pk}/stop/")
        assert status_at_callfire(sandbox, running) == "STOPPED"
        assert AuditEvent.objects.filter(outcome="done").count() == 2

    def test_a_stop_of_another_broadcast_is_another(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        first, second = seen("First", status="RUNNING"), seen("Second", status="RUNNING")
        sandbox.fail_next("POST", "/stop", status=503)
        operator.post(f"/broadcasts/{first.pk}/stop/")
        operator.post(f"/broadcasts/{second.pk}/stop/")
        assert status_at_callfire(sandbox, second) == "STOPPED"
        assert AuditEvent.objects.count() == 2

    def test_who_hammers_the_button_does_not_fill_the_record(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        sandbox.fail_next("POST", "/stop", status=503, times=60)
        for _ in range(55):
            operator.post(f"/broadcasts/{running.pk}/stop/")
        assert len(sandbox.requests_to("POST", "/stop")) == 55
        assert len(AuditEvent.objects.get().detail["again"]) == 50

    def test_a_silence_that_ended_does_not_keep_it_open(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        sandbox.stop_listening()
        operator.get(f"/broadcasts/{running.pk}/calls/")
        sandbox.start_listening()
        operator.post(f"/broadcasts/{running.pk}/stop/")
        assert AuditEvent.objects.get(action="stop").outcome == "done"

    def test_a_refusal_right_after_a_silence_is_looked_into(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        sandbox.switches.stop_is_idempotent = False
        believed_running = seen(status="RUNNING")
        sandbox.world.broadcasts[believed_running.pk].status = "STOPPED"
        sandbox.fail_next("GET", "/calls", drop="before")
        operator.get(f"/broadcasts/{believed_running.pk}/calls/")
        operator.post(f"/broadcasts/{believed_running.pk}/stop/")
        assert AuditEvent.objects.get(action="stop").outcome == "done"

    def test_a_lost_answer_is_looked_up(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        sandbox.fail_next("POST", "/stop", drop="after")
        operator.post(f"/broadcasts/{running.pk}/stop/")
        with time_machine.travel(timezone.now() + timedelta(seconds=10), tick=False):
            tasks.follow_up_open_actions()
        assert AuditEvent.objects.get().outcome == "done"
        assert len(sandbox.requests_to("POST", "/stop")) == 1

    def test_after_an_hour_it_says_that_callfire_did_not_take_it(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        sandbox.stop_listening()
        operator.post(f"/broadcasts/{running.pk}/stop/")
        with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
            tasks.follow_up_open_actions()
        event = AuditEvent.objects.get()
        assert event.outcome == "failed"
        assert "Stop it on CallFire itself." in event.sentence

    def test_a_limited_rate_does_not_hold_stop_back(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        sandbox.fail_next("POST", "/stop", status=429, headers={"Retry-After": "30"})
        operator.post(f"/broadcasts/{running.pk}/stop/")
        with time_machine.travel(timezone.now() + timedelta(seconds=10), tick=False):
            tasks.follow_up_open_actions()
        assert status_at_callfire(sandbox, running) == "STOPPED"
