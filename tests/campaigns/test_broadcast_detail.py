"""GET /broadcasts/<id>/"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from campaigns import tasks
from campaigns.models import BroadcastSnapshot
from tests.campaigns.conftest import Seen
from tests.campaigns.outages import cut_off_redis
from tests.campaigns.reading import links, markup, panel, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

CAREFUL: dict[str, Any] = {
    "fromNumber": "12135550100",
    "answeringMachineConfig": "AM_AND_LIVE",
    "localTimeRestriction": {
        "enabled": True,
        "beginHour": 9,
        "beginMinute": 0,
        "endHour": 20,
        "endMinute": 0,
    },
    "retryConfig": {"maxAttempts": 2, "minutesBetweenAttempts": 45, "retryResults": ["BUSY", "NO_ANS"]},
    "sounds": {
        "liveSoundText": "The power is out.",
        "liveSoundTextVoice": "FEMALE1",
        "machineSoundText": "Call us back.",
        "dncDigit": "9",
        "dncSoundText": "You are off the list.",
    },
    "maxActive": 25,
    "labels": ["north", "urgent"],
}
NASTY = "<script>alert('x')</script>"


def page(browser: SignedIn, snapshot: BroadcastSnapshot) -> str:
    """The words on the page of this broadcast."""
    return words(browser.get(f"/broadcasts/{snapshot.pk}/"))


class TestWhatItShows:
    def test_its_name_status_and_what_that_means(self, operator: SignedIn, seen: Seen) -> None:
        said = page(operator, seen("Storm warning", status="RUNNING"))
        assert "Storm warning Running" in said
        assert "People are being called, or wait for their permitted hours." in said

    def test_the_settings_in_plain_words(self, operator: SignedIn, seen: Seen) -> None:
        said = page(operator, seen(**CAREFUL))
        for words_of_setting in (
            "Caller ID (213) 555-0100",
            "Live message “The power is out.” Text, Female 1",
            "Voicemail “Call us back.” Text",
            "Keys 9 opts out",
            "Machines Detected, own message",
            "Hours 09:00 – 20:00 local to each person",
            "Tries Up to 2 more after 45 min if busy or no answer",
            "Pace limit 25 calls at once",
            "Schedule None, started by hand",
            "Labels north urgent",
        ):
            assert words_of_setting in said

    def test_quiet_hours_that_are_shown_but_not_enforced_are_off(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        hours = {"enabled": False, "beginHour": 8, "beginMinute": 0, "endHour": 21, "endMinute": 0}
        said = page(operator, seen(localTimeRestriction=hours))
        assert "At any hour: quiet hours are off" in said
        assert "08:00" not in said

    def test_a_label_leads_to_the_broadcasts_that_carry_it(self, operator: SignedIn, seen: Seen) -> None:
        seen_one = seen(labels=["north & east"])
        assert "/broadcasts/?label=north+%26+east" in links(operator.get(f"/broadcasts/{seen_one.pk}/"))

    def test_its_id(self, operator: SignedIn, seen: Seen) -> None:
        snapshot = seen()
        assert f"ID {snapshot.pk}" in page(operator, snapshot)

    def test_ids_beyond_what_javascript_can_count(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        sandbox.switches.huge_ids = True
        huge = seen("Huge")
        assert huge.pk > 2**53
        assert f"ID {huge.pk}" in page(operator, huge)

    def test_a_status_nobody_knows_as_it_came(self, operator: SignedIn, seen: Seen) -> None:
        said = page(operator, seen(status="PAUSED"))
        assert "Other (PAUSED)" in said
        assert "Stop calling" in said

    def test_an_archived_broadcast(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        archived = seen("Old storm")
        sandbox.world.broadcasts[archived.pk].archive(sandbox.clock.now())
        answer = operator.get(f"/broadcasts/{archived.pk}/")
        assert answer.status_code == 200
        assert "Old storm Archived" in words(answer)
        assert "Start calling" not in words(answer)

    def test_a_broadcast_that_callboard_never_saw(self, operator: SignedIn, sandbox: Sandbox) -> None:
        unseen = sandbox.world.add_broadcast(name="Made a second ago")
        assert "Made a second ago" in words(operator.get(f"/broadcasts/{unseen.id}/"))
        assert BroadcastSnapshot.objects.get().name == "Made a second ago"

    def test_what_callfire_says_now_and_not_what_we_saw(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        sandbox.world.broadcasts[running.pk].stop(sandbox.clock.now())
        assert "Outage notice Stopped" in page(operator, running)


class TestWhatIsOffered:
    @pytest.mark.parametrize(
        ("status", "offered", "withheld"),
        [
            ("RUNNING", ["Stop calling"], ["Start calling", "Archive…"]),
            ("STOPPED", ["Start calling…", "Archive…"], ["Stop calling"]),
            ("SUSPENDED", ["Stop calling", "Archive…"], ["Start calling"]),
        ],
    )
    def test_an_operator_gets_what_the_status_allows(
        self, operator: SignedIn, seen: Seen, status: str, offered: list[str], withheld: list[str]
    ) -> None:
        said = page(operator, seen(status=status))
        assert all(label in said for label in offered)
        assert not any(label in said for label in withheld)

    def test_a_viewer_gets_nothing_to_press(self, viewer: SignedIn, seen: Seen) -> None:
        said = page(viewer, seen(status="RUNNING"))
        assert "Outage notice Running" in said
        assert "Stop calling" not in said

    def test_what_was_done_is_shown_with_who_did_it(self, operator: SignedIn, seen: Seen) -> None:
        running = seen(status="RUNNING")
        assert "Nobody did anything to it here yet." in page(operator, running)
        operator.post(f"/broadcasts/{running.pk}/stop/")
        answer = operator.get(f"/broadcasts/{running.pk}/")
        assert "Otto Operator stopped it" in words(answer)
        assert f"/activity/?object={running.pk}" in links(answer)


class TestTheFigures:
    def test_they_are_read_when_the_page_is_opened(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        done = seen(status="FINISHED", recipients=50)
        said = page(operator, done)
        assert "100% 50 of 50 people" in said
        assert len(sandbox.requests_to("GET", "/stats")) == 1

    def test_the_outcomes_are_those_callfire_counts(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        done = seen(status="FINISHED", recipients=400)
        said = page(operator, done)
        counts = BroadcastSnapshot.objects.get(pk=done.pk).counters
        assert counts["liveCount"] > 0
        assert f"Answered {counts['liveCount']}" in said
        assert f"Voicemail {counts['answeringMachineCount']}" in said
        assert "All people 400" in said

    def test_every_outcome_says_what_it_means(self, operator: SignedIn, seen: Seen) -> None:
        said = page(operator, seen(status="FINISHED"))
        assert "A machine picked up" in said
        assert "On a list already, or opted out. Not dialled again" in said

    def test_figures_of_a_broadcast_that_ended_are_final(self, operator: SignedIn, seen: Seen) -> None:
        done = seen(status="FINISHED")
        operator.get(f"/broadcasts/{done.pk}/")
        answer = operator.get(f"/broadcasts/{done.pk}/")
        assert "final" in words(answer)
        assert "data-every" not in panel(answer, "stats")

    def test_nobody_to_call_is_said(self, operator: SignedIn, seen: Seen) -> None:
        assert "Nobody to call yet" in page(operator, seen(recipients=0))

    def test_counters_that_do_not_add_up_are_named_and_shown_as_they_are(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        sandbox.switches.stats = "contradictory"
        said = page(operator, seen(status="FINISHED", recipients=60))
        assert "CallFire’s figures do not add up." in said
        assert "The outcomes sum to 61, but CallFire counts 60 people done." in said
        assert "Answered 0" in said

    def test_counters_that_are_missing_are_dashes_and_not_zeros(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        sandbox.switches.stats = "partial"
        said = page(operator, seen(status="FINISHED", recipients=60))
        assert "Voicemail – –" in said
        assert "Left – people to call" in said
        assert "60 of 60 people" in said
        assert "do not add up" not in said

    @pytest.mark.parametrize("kind", ["consistent", "contradictory"])
    def test_counters_nobody_can_trust_are_not_on_the_page(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, kind: str
    ) -> None:
        sandbox.switches.stats = kind
        running = seen(status="RUNNING", recipients=30)
        marked = {"callsLiveAnswer": 987_651, "responseRatePercent": 876_541, "callsRemaining": 765_431}
        counters = {"totalOutboundCount": 30, "totalCount": 4, "callsDuration": 654_321, "liveCount": 4}
        sandbox.fail_next("GET", "/stats", status=200, body=json.dumps(counters | marked))
        sent = markup(operator.get(f"/broadcasts/{running.pk}/"))
        assert "4 of 30 people" in sent
        for number in (*marked.values(), 654_321):
            assert str(number) not in sent
            assert f"{number:,}" not in sent

    def test_a_stats_answer_that_is_nonsense_shows_dashes(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        nonsense = {"totalOutboundCount": "many", "liveCount": [], "totalCount": -7, "billedAmount": {}}
        sandbox.fail_next("GET", "/stats", status=200, body=json.dumps(nonsense))
        said = page(operator, running)
        assert "– of – people" in said

    def test_a_counter_too_large_for_any_database_breaks_nothing(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        absurd = {
            "totalOutboundCount": 10**30,
            "totalCount": 10**25,
            "callsAttempted": 10**22,
            "billedAmount": 1e29,
        }
        sandbox.fail_next("GET", "/stats", status=200, body=json.dumps(absurd))
        assert operator.get(f"/broadcasts/{running.pk}/").status_code == 200

    def test_a_running_broadcast_draws_its_history(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING", recipients=2_000)
        with time_machine.travel(timezone.now(), tick=False) as now:
            for _ in range(5):
                tasks.refresh_stats(running.pk)
                now.shift(15)
                sandbox.clock.advance(15)
            answer = operator.get(f"/broadcasts/{running.pk}/")
        assert "Calls a minute" in words(answer)
        assert markup(answer).count('<path class="area"') == 2


class TestNamesFromOutside:
    def test_markup_in_anything_callfire_sends_is_text(self, operator: SignedIn, seen: Seen) -> None:
        nasty = seen(
            NASTY,
            labels=[NASTY],
            fromNumber=NASTY,
            answeringMachineConfig=NASTY,
            sounds={"liveSoundText": NASTY, "transferDigit": "1", "transferNumber": NASTY},
            schedules=[{"timeZone": NASTY, "daysOfWeek": [NASTY]}],
            status=NASTY,
        )
        sent = markup(operator.get(f"/broadcasts/{nasty.pk}/"))
        assert "&lt;script&gt;alert" in sent
        assert "<script>alert" not in sent

    def test_markup_in_a_refusal_of_callfire_is_text(
        self, operator: SignedIn, sandbox: Sandbox, db: None
    ) -> None:
        sandbox.fail_next("GET", "", status=400, message=NASTY)
        answer = operator.get("/broadcasts/6725000003/")
        assert answer.status_code == 409
        assert "<script>alert" not in markup(answer)

    def test_a_broadcast_with_nothing_but_an_id_has_a_page(
        self, operator: SignedIn, sandbox: Sandbox, db: None
    ) -> None:
        sandbox.fail_next("GET", "/broadcasts/77", status=200, body='{"id": 77}')
        answer = operator.get("/broadcasts/77/")
        assert answer.status_code == 200
        assert "Broadcast 77 Unknown" in words(answer)

    @pytest.mark.parametrize("body", ["{}", '{"id": 78, "name": "Another"}'], ids=["none", "another"])
    def test_an_answer_without_the_id_that_was_asked_for_is_not_taken_for_it(
        self, operator: SignedIn, sandbox: Sandbox, db: None, body: str
    ) -> None:
        sandbox.fail_next("GET", "/broadcasts/77", status=200, body=body)
        answer = operator.get("/broadcasts/77/")
        assert answer.status_code == 502
        assert "CallFire sent an answer we cannot read" in words(answer)
        assert not BroadcastSnapshot.objects.exists()


class TestWhenCallFireDoesNotKnowIt:
    def test_it_answers_404_and_helps_to_find_another(self, operator: SignedIn, sandbox: Sandbox) -> None:
        answer = operator.get("/broadcasts/123456/")
        assert answer.status_code == 404
        assert "CallFire does not know this" in words(answer)
        assert "/broadcasts/" in links(answer)

    def test_a_broadcast_that_vanished_leaves_the_list(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        vanished = seen("Vanished")
        sandbox.fail_next("GET", f"/{vanished.pk}", status=404)
        assert operator.get(f"/broadcasts/{vanished.pk}/").status_code == 404
        assert "Vanished" not in words(operator.get("/broadcasts/"))

    @pytest.mark.parametrize("number", ["0", str(2**63), "9" * 40])
    def test_numbers_that_are_no_id_answer_404(
        self, operator: SignedIn, sandbox: Sandbox, number: str
    ) -> None:
        assert operator.get(f"/broadcasts/{number}/").status_code == 404


class TestWhenCallFireDoesNotAnswer:
    @pytest.fixture(autouse=True)
    def now(self) -> Iterator[time_machine.Traveller]:
        """Five past noon where the people are, before anybody signs in."""
        with time_machine.travel("2026-11-23 20:05:07Z", tick=False) as traveller:
            yield traveller

    def test_one_we_never_saw_answers_503_and_says_what_to_do(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        sandbox.stop_listening()
        answer = operator.get("/broadcasts/6725000003/")
        assert answer.status_code == 503
        said = words(answer)
        assert "CallFire cannot be reached" in said
        assert "Try again" in said
        assert "Stop still works" in said

    def test_one_we_saw_is_shown_with_its_age_and_the_reason(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        seen_before = seen("Storm warning", status="RUNNING", **CAREFUL)
        sandbox.stop_listening()
        now.shift(90)
        answer = operator.get(f"/broadcasts/{seen_before.pk}/")
        assert answer.status_code == 200
        said = words(answer)
        assert "Storm warning Running" in said
        assert "Settings and status are from 12:05:07. CallFire could not be reached." in said
        assert "status as of 12:05:07" in said
        assert "Caller ID (213) 555-0100" in said

    def test_stop_stays_on_the_page(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        sandbox.stop_listening()
        assert "Stop calling" in page(operator, running)

    @pytest.mark.parametrize(
        ("status", "sentence"),
        [
            (401, "CallFire rejected the API credentials."),
            (403, "This API key may not do that on CallFire."),
            (429, "CallFire asks us to slow down."),
            (500, "CallFire had a problem."),
            (502, "CallFire had a problem."),
        ],
    )
    def test_each_refusal_gives_its_reason_beside_what_we_last_saw(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, status: int, sentence: str
    ) -> None:
        seen_before = seen()
        sandbox.fail_next("GET", f"/{seen_before.pk}", status=status)
        answer = operator.get(f"/broadcasts/{seen_before.pk}/")
        assert answer.status_code == 200
        assert sentence in words(answer)

    @pytest.mark.parametrize(("status", "ours"), [(401, 502), (403, 502), (429, 503), (500, 502)])
    def test_each_refusal_of_one_we_never_saw_is_a_page_of_its_own(
        self, operator: SignedIn, sandbox: Sandbox, status: int, ours: int
    ) -> None:
        sandbox.fail_next("GET", "", status=status)
        assert operator.get("/broadcasts/6725000003/").status_code == ours

    def test_html_instead_of_json_is_a_problem_and_not_a_crash(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        seen_before = seen()
        sandbox.fail_next(
            "GET", f"/{seen_before.pk}", status=200, body="<html>Oops</html>", content_type="text/html"
        )
        assert "CallFire sent an answer that could not be read." in page(operator, seen_before)

    def test_the_page_recovers_by_itself(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        seen_before = seen()
        sandbox.fail_next("GET", f"/{seen_before.pk}", status=503)
        assert "Settings and status are from" in page(operator, seen_before)
        assert "Settings and status are from" not in page(operator, seen_before)

    def test_without_redis_the_page_is_there_and_says_why_figures_stand_still(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, settings: Settings
    ) -> None:
        running = seen(status="RUNNING")
        cut_off_redis(settings)
        answer = operator.get(f"/broadcasts/{running.pk}/")
        assert answer.status_code == 200
        assert "Outage notice Running" in words(answer)
        assert "(Redis) does not answer" in words(answer)


class TestWhatItCosts:
    def test_it_reads_the_broadcast_once_and_no_batches(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        done = seen(status="FINISHED")
        tasks.refresh_stats(done.pk)
        sandbox.clear_requests()
        operator.get(f"/broadcasts/{done.pk}/")
        assert [entry.path for entry in sandbox.requests] == [f"/calls/broadcasts/{done.pk}"]

    def test_the_number_of_queries_does_not_grow_with_the_history(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        seen: Seen,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        running = seen(status="RUNNING", recipients=2_000)
        with time_machine.travel(timezone.now(), tick=False) as now:
            for _ in range(40):
                now.shift(timedelta(seconds=11))
                tasks.refresh_stats(running.pk)
            with django_assert_max_num_queries(16):
                operator.get(f"/broadcasts/{running.pk}/")

    def test_it_changes_nothing(self, operator: SignedIn, seen: Seen) -> None:
        assert operator.post(f"/broadcasts/{seen().pk}/").status_code == 405

    def test_signed_out_it_leads_to_the_sign_in_page(self, client: SignedIn, db: None) -> None:
        assert client.get("/broadcasts/1/")["Location"] == "/accounts/login/?next=/broadcasts/1/"
