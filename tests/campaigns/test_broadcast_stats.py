"""GET /broadcasts/<id>/stats/"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries, Settings

from campaigns import shared, tasks
from campaigns.models import BroadcastSnapshot
from campaigns.services import health, snapshots
from tests.campaigns.conftest import Seen
from tests.campaigns.outages import cut_off_redis
from tests.campaigns.reading import markup, panel, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.http import HttpResponseBase

    from callfire_api.sandbox import Sandbox

HTMX = {"HX-Request": "true", "HX-Target": "stats"}


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    """Five past noon where the people are; time stands still unless a test moves it."""
    with time_machine.travel("2026-11-23 20:05:07Z", tick=False) as traveller:
        yield traveller


def tick(browser: SignedIn, address: str) -> HttpResponseBase:
    """What the panel does each time its clock strikes."""
    return browser.get(address, headers=HTMX)


def address(answer: HttpResponseBase) -> str:
    """Where the panel in this answer looks next."""
    return panel(answer, "stats")["data-url"]


def opened(browser: SignedIn, snapshot: BroadcastSnapshot) -> str:
    """Opens the page of the broadcast; returns where its panel looks next."""
    return address(browser.get(f"/broadcasts/{snapshot.pk}/"))


def swapped(answer: HttpResponseBase) -> set[str]:
    """The ids of what the answer replaces besides the panel."""
    return set(re.findall(r'id="([\w-]+)"[^>]* hx-swap-oob="true"', markup(answer)))


def upstream(sandbox: Sandbox) -> int:
    """How often CallFire was asked for counters."""
    return len(sandbox.requests_to("GET", "/stats"))


class TestOneReaderForAnyNumberOfBrowsers:
    def test_many_ticks_within_the_interval_are_one_reading(
        self, operator: SignedIn, viewer: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        for browser in (operator, viewer) * 10:
            assert tick(browser, f"/broadcasts/{running.pk}/stats/").status_code == 200
        assert upstream(sandbox) == 1

    def test_each_interval_is_read_once(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=5_000)
        for _ in range(4):
            for _ in range(5):
                tick(operator, f"/broadcasts/{running.pk}/stats/")
            now.shift(3)
            shared.forget(f"stats:{running.pk}")  # the claim runs on Redis's own clock
        assert upstream(sandbox) == 4

    def test_nobody_reads_while_somebody_else_does(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        shared.claim(f"stats:{running.pk}", 60)
        answer = tick(operator, f"/broadcasts/{running.pk}/stats/")
        assert answer.status_code == 200
        assert upstream(sandbox) == 0

    def test_the_claim_ends_with_the_reading(
        self, operator: SignedIn, seen: Seen, settings: Settings
    ) -> None:
        settings.STATS_INTERVAL_SECONDS = 0.0
        running = seen(status="RUNNING")
        tasks.refresh_stats(running.pk)
        assert shared.claim(f"stats:{running.pk}", 1)

    def test_a_broadcast_that_ended_is_not_read_again(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        done = seen(status="FINISHED")
        opened(operator, done)
        now.shift(3_600)
        tick(operator, f"/broadcasts/{done.pk}/stats/")
        assert upstream(sandbox) == 1


class TestWhatIsSent:
    def test_nothing_but_the_age_when_nothing_changed(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=5_000)
        where = opened(operator, running)
        now.shift(3)
        tasks.refresh_stats(running.pk)
        answer = tick(operator, where)
        assert (answer.status_code, markup(answer)) == (204, "")
        assert json.loads(answer["HX-Trigger"]) == {
            "fresh": {"id": "stats", "asOf": "2026-11-23T20:05:10+00:00"}
        }

    def test_new_figures_when_they_changed(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=500)
        where = opened(operator, running)
        sandbox.clock.advance(120)
        now.shift(3)
        tasks.refresh_stats(running.pk)
        answer = tick(operator, where)
        done = BroadcastSnapshot.objects.get(pk=running.pk).counters["totalCount"]
        assert done > 0
        assert f"{done} of 500 people" in words(answer)
        assert "as of 12:05:10" in words(answer)
        assert address(answer) != where

    def test_the_head_and_the_activity_stay_when_the_status_did(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING", recipients=500)
        where = opened(operator, running)
        sandbox.clock.advance(120)
        tasks.refresh_stats(running.pk)
        answer = tick(operator, where)
        assert answer.status_code == 200
        assert not swapped(answer)

    def test_the_head_and_the_activity_follow_when_somebody_stopped_it(
        self, operator: SignedIn, admin: SignedIn, seen: Seen
    ) -> None:
        running = seen(status="RUNNING", recipients=500)
        where = opened(operator, running)
        admin.post(f"/broadcasts/{running.pk}/stop/")
        answer = tick(operator, where)
        assert swapped(answer) == {"broadcast-head", "broadcast-activity"}
        assert "Outage notice Stopped" in words(answer)
        assert "Ada Admin stopped it" in words(answer)
        assert "Start calling…" in words(answer)

    def test_they_follow_when_it_was_stopped_on_callfire_itself(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=500)
        where = opened(operator, running)
        sandbox.world.broadcasts[running.pk].stop(sandbox.clock.now())
        now.shift(16)
        tasks.refresh_stats(running.pk)
        answer = tick(operator, where)
        assert swapped(answer) == {"broadcast-head", "broadcast-activity"}
        assert "Outage notice Stopped" in words(answer)

    def test_they_follow_only_once(self, operator: SignedIn, admin: SignedIn, seen: Seen) -> None:
        running = seen(status="RUNNING", recipients=500)
        where = opened(operator, running)
        admin.post(f"/broadcasts/{running.pk}/stop/")
        where = address(tick(operator, where))
        assert not swapped(tick(operator, where))

    def test_a_viewer_is_sent_no_button(self, viewer: SignedIn, operator: SignedIn, seen: Seen) -> None:
        running = seen(status="RUNNING", recipients=500)
        where = opened(viewer, running)
        operator.post(f"/broadcasts/{running.pk}/stop/")
        answer = tick(viewer, where)
        assert "Outage notice Stopped" in words(answer)
        assert "Start calling" not in words(answer)

    def test_a_stop_that_is_under_way_shows_and_ticks_faster(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING", recipients=500)
        where = opened(operator, running)
        sandbox.fail_next("POST", "/stop", status=503)
        operator.post(f"/broadcasts/{running.pk}/stop/")
        answer = tick(operator, where)
        assert "Stopping" in words(answer)
        assert "Stop calling pressed 12:05:07 by Otto Operator." in words(answer)
        assert panel(answer, "stats")["data-every"] == "2.0"

    def test_it_is_a_fragment_and_never_a_page(self, operator: SignedIn, seen: Seen) -> None:
        running = seen(status="RUNNING")
        sent = markup(tick(operator, f"/broadcasts/{running.pk}/stats/"))
        assert "<html" not in sent
        assert sent.lstrip().startswith("<live-panel")


class TestHowOftenItTicks:
    @pytest.mark.parametrize(
        ("status", "every"),
        [
            ("RUNNING", "3.0"),
            ("VALIDATING_START", "3.0"),
            ("START_PENDING", "3.0"),
            ("SCHEDULED", "30.0"),
            ("APPROVED", "30.0"),
        ],
    )
    def test_it_follows_the_status(self, operator: SignedIn, seen: Seen, status: str, every: str) -> None:
        waiting = seen(status=status, recipients=500)
        answer = tick(operator, f"/broadcasts/{waiting.pk}/stats/")
        assert panel(answer, "stats")["data-every"] == every

    @pytest.mark.parametrize("status", ["STOPPED", "FINISHED", "SUSPENDED", "SETUP", "A_NEW_WORD"])
    def test_where_nothing_moves_it_ends(self, operator: SignedIn, seen: Seen, status: str) -> None:
        still = seen(status=status)
        answer = tick(operator, f"/broadcasts/{still.pk}/stats/")
        assert "data-every" not in panel(answer, "stats")
        assert "final" in words(answer)

    def test_it_ends_a_minute_after_the_broadcast_did(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=500)
        sandbox.world.broadcasts[running.pk].stop(sandbox.clock.now())
        snapshots.refresh()
        settling = panel(tick(operator, f"/broadcasts/{running.pk}/stats/"), "stats")
        now.shift(61)
        ended = panel(tick(operator, f"/broadcasts/{running.pk}/stats/"), "stats")
        assert settling["data-every"] == "10.0"
        assert "data-every" not in ended

    def test_one_that_was_never_read_is_asked_about_soon(self, operator: SignedIn, seen: Seen) -> None:
        still = seen(status="STOPPED")
        shared.claim(f"stats:{still.pk}", 60)
        answer = tick(operator, f"/broadcasts/{still.pk}/stats/")
        assert panel(answer, "stats")["data-every"] == "2.0"
        assert "Reading the first figures from CallFire." in words(answer)

    def test_the_interval_is_the_operators_to_choose(
        self, operator: SignedIn, seen: Seen, settings: Settings
    ) -> None:
        settings.STATS_INTERVAL_SECONDS = 10.0
        running = seen(status="RUNNING")
        answer = tick(operator, f"/broadcasts/{running.pk}/stats/")
        assert panel(answer, "stats")["data-every"] == "10.0"


class TestWhenFiguresAreOld:
    def test_callfire_being_down_keeps_the_figures_with_their_age_and_the_reason(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=500)
        sandbox.clock.advance(120)
        where = opened(operator, running)
        done = BroadcastSnapshot.objects.get(pk=running.pk).counters["totalCount"]
        sandbox.fail_next("GET", "", status=403, times=None)
        now.shift(30)
        tasks.refresh_stats(running.pk)
        now.shift(30)
        answer = tick(operator, where)
        said = words(answer)
        assert answer.status_code == 200
        assert f"{done} of 500 people" in said
        assert "as of 12:05:07" in said
        assert "These figures stand still. This API key may not do that on CallFire. Since 12:05:37." in said
        assert 'data-age="lost"' in markup(answer)
        assert panel(answer, "stats")["data-every"] == "3.0"

    def test_an_outage_of_seconds_is_not_worth_a_word(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=500)
        where = opened(operator, running)
        sandbox.fail_next("GET", "", status=403, times=None)
        now.shift(4)
        tasks.refresh_stats(running.pk)
        assert tick(operator, where).status_code == 204

    def test_the_reason_goes_when_callfire_answers_again(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=500)
        where = opened(operator, running)
        sandbox.fail_next("GET", "", status=403, times=None)
        now.shift(60)
        where = address(tick(operator, where))
        sandbox.clear_faults()
        tasks.refresh_stats(running.pk)
        answer = tick(operator, where)
        assert "stand still" not in words(answer)
        assert "as of 12:06:07" in words(answer)

    def test_the_head_and_the_shell_say_so_too_once_when_it_falls_silent_and_once_when_it_is_back(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=500)
        where = opened(operator, running)
        sandbox.fail_next("GET", "", status=403, times=None)
        now.shift(60)
        tasks.refresh_stats(running.pk)
        silent = tick(operator, where)
        assert swapped(silent) == {"broadcast-seen", "health"}
        assert "CallFire not answering" in words(silent)
        assert "HX-Trigger" not in silent
        assert not swapped(tick(operator, address(silent)))
        sandbox.clear_faults()
        tasks.refresh_stats(running.pk)
        back = tick(operator, address(silent))
        assert swapped(back) == {"broadcast-seen", "health"}
        assert "status as of 12:06:07" in words(back)
        assert "CallFire not answering" not in words(back)
        assert back["HX-Trigger"] == "callfire-back"
        assert not swapped(tick(operator, address(back)))

    def test_a_page_that_was_opened_without_callfire_hears_when_it_is_back_and_not_before(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        opened(operator, running)
        sandbox.fail_next("GET", "", status=403, times=None)
        where = opened(operator, running)
        assert "callfire-back" not in tick(operator, where).get("HX-Trigger", "")
        sandbox.clear_faults()
        tasks.refresh_stats(running.pk)
        assert tick(operator, where)["HX-Trigger"] == "callfire-back"

    def test_a_worker_that_is_gone_is_the_reason(
        self, operator: SignedIn, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING")
        where = opened(operator, running)
        shared.claim(f"stats:{running.pk}", 60)
        now.shift(60)
        assert "background worker is not running" in words(tick(operator, where))

    def test_a_worker_that_lives_is_not_blamed(
        self, operator: SignedIn, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING")
        where = opened(operator, running)
        shared.claim(f"stats:{running.pk}", 60)
        now.shift(60)
        health.beat()
        answer = tick(operator, where)
        assert "background worker is not running" not in words(answer)
        assert 'data-age="lost"' in markup(answer)

    def test_redis_being_away_is_the_reason(
        self, operator: SignedIn, seen: Seen, now: time_machine.Traveller, settings: Settings
    ) -> None:
        running = seen(status="RUNNING")
        where = opened(operator, running)
        cut_off_redis(settings)
        now.shift(60)
        answer = tick(operator, where)
        assert answer.status_code == 200
        assert "(Redis) does not answer" in words(answer)

    def test_a_broadcast_callfire_no_longer_knows_answers_404_as_a_notice(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        snapshots.forget(running.pk)
        answer = tick(operator, f"/broadcasts/{running.pk}/stats/")
        assert answer.status_code == 404
        assert answer["HX-Retarget"] == "#notices"


class TestWhoMay:
    def test_a_session_that_ended_gets_a_notice_and_no_sign_in_page(
        self, operator: SignedIn, client: SignedIn, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        where = opened(operator, running)
        answer = client.get(where, headers=HTMX | {"HX-Current-URL": "http://testserver/broadcasts/5/"})
        assert answer.status_code == 401
        assert answer["HX-Retarget"] == "#notices"
        assert "You are signed out" in words(answer)
        assert "/accounts/login/?next=%2Fbroadcasts%2F5%2F" in markup(answer)
        assert "password" not in markup(answer)

    def test_a_viewer_may_watch(self, viewer: SignedIn, seen: Seen) -> None:
        running = seen(status="RUNNING")
        assert tick(viewer, f"/broadcasts/{running.pk}/stats/").status_code == 200

    def test_one_we_never_saw_answers_404(self, operator: SignedIn, sandbox: Sandbox) -> None:
        assert operator.get("/broadcasts/123/stats/").status_code == 404

    def test_it_changes_nothing(self, operator: SignedIn, seen: Seen) -> None:
        assert operator.post(f"/broadcasts/{seen().pk}/stats/").status_code == 405


class TestWhatItCosts:
    def test_an_unchanged_tick_takes_few_queries(
        self,
        operator: SignedIn,
        seen: Seen,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        running = seen(status="RUNNING", recipients=5_000)
        where = opened(operator, running)
        with django_assert_max_num_queries(5):
            assert tick(operator, where).status_code == 204

    def test_it_never_waits_for_callfire_itself(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        where = opened(operator, running)
        sandbox.clear_requests()
        tick(operator, where)
        assert not sandbox.requests
