"""campaigns/services/stats.py"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from campaigns import shared
from campaigns.models import BroadcastSnapshot, StatsSample
from campaigns.services import health, snapshots, stats
from campaigns.services.stats import MOST_UNCOUNTED
from tests.campaigns.conftest import Seen
from tests.campaigns.outages import cut_off_redis

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    """Time stands still unless a test moves it."""
    with time_machine.travel("2026-11-23 20:05:07Z", tick=False) as traveller:
        yield traveller


def again(snapshot: BroadcastSnapshot) -> BroadcastSnapshot:
    """The snapshot as it is now."""
    return BroadcastSnapshot.objects.get(pk=snapshot.pk)


def asked(sandbox: Sandbox) -> list[str]:
    """The ends of the addresses CallFire was asked for, and the log emptied."""
    paths = [entry.path.rsplit("/", 1)[-1] for entry in sandbox.requests]
    sandbox.clear_requests()
    return paths


def answers(sandbox: Sandbox, **counters: Any) -> None:
    """CallFire's next answer about counters."""
    sandbox.fail_next("GET", "/stats", status=200, body=json.dumps(counters))


class TestReadingTheCounters:
    def test_they_are_kept_with_when_they_were_read(self, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING", recipients=500)
        sandbox.clock.advance(60)
        stats.refresh(running.pk)
        kept = again(running)
        assert kept.counters["totalOutboundCount"] == 500
        assert kept.counters["totalCount"] > 0
        assert kept.counters_at == timezone.now()

    def test_counters_nobody_can_trust_are_not_kept(self, seen: Seen) -> None:
        running = seen(status="RUNNING")
        stats.refresh(running.pk)
        assert not {"callsLiveAnswer", "responseRatePercent", "callsRemaining"} & set(again(running).counters)

    def test_a_broadcast_we_never_saw_is_seen_by_it(self, sandbox: Sandbox) -> None:
        unseen = sandbox.world.add_broadcast(name="Unseen", status="RUNNING")
        stats.refresh(unseen.id)
        assert BroadcastSnapshot.objects.get().name == "Unseen"

    def test_one_callfire_no_longer_knows_leaves_the_lists(self, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        sandbox.fail_next("GET", "/stats", status=404)
        stats.refresh(running.pk)
        assert again(running).gone_at is not None

    @pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
    def test_a_counter_too_large_to_be_true_breaks_nothing(
        self, sandbox: Sandbox, seen: Seen, number: int
    ) -> None:
        running = seen(status="RUNNING")
        answers(
            sandbox, totalOutboundCount=number, callsAttempted=number, dialedCount=number, liveCount=number
        )
        stats.refresh(running.pk)
        assert again(running).counters_at == timezone.now()
        assert stats.panel(again(running)).as_of == timezone.now()

    def test_an_amount_too_large_to_be_true_breaks_nothing(self, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        answers(sandbox, totalOutboundCount=5, billedAmount=1e28)
        stats.refresh(running.pk)
        assert stats.panel(again(running)).outcomes.people == 5


class TestReadingTheStatus:
    def test_a_running_broadcast_is_asked_for_its_status_now_and_then(
        self, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=5_000)
        stats.refresh(running.pk)
        assert asked(sandbox) == ["stats"]
        now.shift(10)
        stats.refresh(running.pk)
        assert asked(sandbox) == ["stats"]
        now.shift(6)
        stats.refresh(running.pk)
        assert asked(sandbox) == [str(running.pk), "stats"]

    def test_it_is_asked_at_once_when_nobody_is_left(
        self, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=20)
        sandbox.clock.advance(3_600)
        stats.refresh(running.pk)
        assert again(running).status == "RUNNING"
        now.shift(3)
        stats.refresh(running.pk)
        assert again(running).status == "FINISHED"

    @pytest.mark.parametrize("status", ["STOPPED", "SCHEDULED", "START_PENDING", "A_NEW_WORD"])
    def test_any_other_status_is_read_every_time(self, sandbox: Sandbox, seen: Seen, status: str) -> None:
        other = seen(status=status)
        stats.refresh(other.pk)
        assert asked(sandbox) == [str(other.pk), "stats"]

    def test_an_answer_about_another_broadcast_is_not_kept(self, sandbox: Sandbox, seen: Seen) -> None:
        other = seen("Mine", status="STOPPED")
        sandbox.fail_next("GET", f"/{other.pk}", status=200, body='{"id": 78, "name": "Another"}')
        stats.refresh(other.pk)
        assert [each.name for each in BroadcastSnapshot.objects.all()] == ["Mine"]


class TestSamples:
    def test_each_reading_is_one_ten_seconds_apart_at_the_closest(
        self, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=5_000)
        for _ in range(21):
            stats.refresh(running.pk)
            now.shift(3)
            sandbox.clock.advance(3)
        moments = list(StatsSample.objects.order_by("at").values_list("at", flat=True))
        apart = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
        assert apart == [12.0] * 5

    def test_it_holds_what_the_charts_need(self, sandbox: Sandbox, seen: Seen) -> None:
        done = seen(status="FINISHED", recipients=100)
        stats.refresh(done.pk)
        sample = StatsSample.objects.get()
        counters = again(done).counters
        assert sample.attempted == counters["callsAttempted"]
        assert sample.dialed == counters["dialedCount"]
        assert sample.reached == counters["liveCount"] + counters["transferCount"]
        assert sample.remaining == 0
        assert sample.billed == Decimal(counters["billedAmount"])

    def test_a_pause_while_it_runs_is_sampled(
        self, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=5_000)
        for _ in range(3):
            stats.refresh(running.pk)
            now.shift(11)
        assert StatsSample.objects.count() == 3

    def test_what_stands_still_for_good_is_sampled_once(
        self, seen: Seen, now: time_machine.Traveller
    ) -> None:
        done = seen(status="FINISHED")
        for _ in range(3):
            stats.refresh(done.pk)
            now.shift(60)
        assert StatsSample.objects.count() == 1

    def test_missing_counters_are_missing_in_the_sample(self, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        answers(sandbox, totalOutboundCount=5)
        stats.refresh(running.pk)
        sample = StatsSample.objects.get()
        assert (sample.attempted, sample.dialed, sample.reached, sample.billed) == (None, None, None, None)


class TestTrouble:
    def test_a_failure_is_kept_beside_the_old_figures(
        self, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=500)
        stats.refresh(running.pk)
        before = again(running)
        now.shift(30)
        sandbox.fail_next("GET", "", status=403)
        stats.refresh(running.pk)
        after = again(running)
        assert (after.counters, after.counters_at) == (before.counters, before.counters_at)
        assert after.trouble == "This API key may not do that on CallFire."
        assert after.trouble_since == timezone.now()

    def test_since_when_is_the_first_failure(
        self, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING")
        began = timezone.now()
        for status in (403, 401):
            sandbox.fail_next("GET", "", status=status)
            stats.refresh(running.pk)
            now.shift(30)
        assert again(running).trouble == "CallFire rejected the API credentials."
        assert again(running).trouble_since == began

    def test_a_reading_that_works_ends_it(self, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        sandbox.fail_next("GET", "", status=403)
        stats.refresh(running.pk)
        stats.refresh(running.pk)
        assert (again(running).trouble, again(running).trouble_since) == ("", None)

    def test_a_reason_no_database_could_hold_is_kept_without_what_it_cannot(
        self, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        sandbox.fail_next("GET", "", status=400, body='{"message": "No \\u0000 way \\ud800."}')
        stats.refresh(running.pk)
        kept = again(running).trouble
        assert kept.startswith("No ")
        assert "\x00" not in kept

    def test_it_is_told_to_the_whole_of_callboard(self, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        sandbox.fail_next("GET", "", status=403)
        stats.refresh(running.pk)
        found = health.trouble()
        assert found is not None
        assert found.sentence == "This API key may not do that on CallFire."


class TestTheClaim:
    def test_one_alone_reads(self, seen: Seen) -> None:
        running = seen(status="RUNNING")
        assert [stats.is_due(running) for _ in range(3)] == [True, False, False]

    def test_figures_just_read_are_not_due(self, seen: Seen, now: time_machine.Traveller) -> None:
        running = seen(status="RUNNING")
        stats.refresh(running.pk)
        shared.forget(f"stats:{running.pk}")
        assert not stats.is_due(again(running))
        now.shift(3)
        assert stats.is_due(again(running))

    def test_it_is_kept_until_the_next_beat_after_a_reading(self, seen: Seen) -> None:
        running = seen(status="RUNNING")
        assert stats.is_due(running)
        stats.refresh(running.pk)
        assert not shared.claim(f"stats:{running.pk}", 1)

    def test_it_is_given_back_after_a_reading_that_failed_too(
        self, sandbox: Sandbox, seen: Seen, settings: Settings
    ) -> None:
        settings.STATS_INTERVAL_SECONDS = 0.0
        running = seen(status="RUNNING")
        assert shared.claim(f"stats:{running.pk}", 60)
        sandbox.fail_next("GET", "", status=403)
        stats.refresh(running.pk)
        assert shared.claim(f"stats:{running.pk}", 60)

    def test_without_redis_nobody_reads(self, seen: Seen, settings: Settings) -> None:
        running = seen(status="RUNNING")
        cut_off_redis(settings)
        assert not stats.is_due(running)
        assert stats.due_in_background() == []

    def test_what_ended_is_never_due(self, seen: Seen, now: time_machine.Traveller) -> None:
        done = seen(status="FINISHED")
        stats.refresh(done.pk)
        now.shift(86_400)
        assert not stats.is_due(again(done))


class TestTheBackground:
    def test_whatever_dials_is_due_every_quarter_minute(
        self, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING")
        stats.refresh(running.pk)
        shared.forget(f"stats:{running.pk}")
        assert stats.due_in_background() == []
        now.shift(15)
        assert stats.due_in_background() == [running.pk]

    def test_it_is_due_once(self, seen: Seen) -> None:
        running = seen(status="RUNNING")
        assert stats.due_in_background() == [running.pk]
        assert stats.due_in_background() == []

    def test_what_settles_is_due_and_then_no_more(
        self, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=500)
        stats.refresh(running.pk)
        sandbox.world.broadcasts[running.pk].stop(sandbox.clock.now())
        snapshots.refresh()
        shared.forget(f"stats:{running.pk}")
        now.shift(20)
        assert stats.due_in_background() == [running.pk]
        shared.forget(f"stats:{running.pk}")
        now.shift(60)
        assert stats.due_in_background() == []

    def test_a_few_that_were_never_counted_are_due_those_changed_last_first(self, sandbox: Sandbox) -> None:
        made = [
            sandbox.world.add_broadcast(created_ago_seconds=float(n), recipients=0)
            for n in range(MOST_UNCOUNTED + 3)
        ]
        snapshots.refresh()
        assert set(stats.due_in_background()) == {each.id for each in made[:MOST_UNCOUNTED]}

    def test_one_that_cannot_be_counted_does_not_hold_up_the_others(
        self, sandbox: Sandbox, seen: Seen
    ) -> None:
        stuck, other = seen("Stuck"), seen("Other")
        sandbox.fail_next("GET", "", status=403)
        stats.refresh(stuck.pk)
        shared.forget(f"stats:{stuck.pk}")
        assert stats.due_in_background() == [other.pk]

    def test_one_that_could_not_be_counted_is_tried_again_after_a_rest(
        self, sandbox: Sandbox, seen: Seen
    ) -> None:
        stuck = seen("Stuck")
        sandbox.fail_next("GET", "", status=403)
        stats.refresh(stuck.pk)
        shared.forget(f"stats:{stuck.pk}")
        assert stats.due_in_background() == []
        shared.forget(f"stats:rest:{stuck.pk}")  # as time does
        assert stats.due_in_background() == [stuck.pk]

    def test_those_never_counted_leave_half_of_the_pace_and_never_starve(
        self, sandbox: Sandbox, seen: Seen, settings: Settings
    ) -> None:
        for number in range(6):
            seen(f"Finished {number}", status="FINISHED")
        settings.CALLFIRE_MAX_REQUESTS_PER_SECOND = 1
        due = stats.due_in_background()
        assert len(due) == 2
        for broadcast_id in due:
            shared.forget(f"stats:{broadcast_id}")
        for number in range(3):
            seen(f"Running {number}", status="RUNNING")
        assert len(stats.due_in_background()) == 3 + 1

    def test_one_that_was_over_when_first_seen_costs_one_request(self, sandbox: Sandbox, seen: Seen) -> None:
        finished = seen(status="FINISHED")
        stats.refresh(finished.pk)
        assert asked(sandbox) == ["stats"]
        stats.refresh(finished.pk)
        assert asked(sandbox) == [str(finished.pk), "stats"]

    def test_what_callfire_no_longer_knows_is_never_due(self, seen: Seen) -> None:
        gone = seen(status="RUNNING")
        snapshots.forget(gone.pk)
        assert stats.due_in_background() == []


class TestThePanel:
    def test_pace_is_calls_a_minute_over_the_last_two(
        self, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=5_000)
        for attempted in (0, 600, 620):
            answers(sandbox, callsAttempted=attempted, totalOutboundCount=5_000)
            stats.refresh(running.pk)
            now.shift(120)
        panel = stats.panel(again(running))
        assert panel.pace == pytest.approx(10)
        assert panel.average_pace == pytest.approx(620 / 4)

    def test_a_first_reading_has_no_pace_yet(self, seen: Seen) -> None:
        running = seen(status="RUNNING")
        stats.refresh(running.pk)
        assert stats.panel(again(running)).pace is None

    @pytest.mark.parametrize(
        ("seconds", "age"), [(0, ""), (18, ""), (19, "late"), (33, "late"), (34, "lost"), (3_600, "lost")]
    )
    def test_its_age_has_words(
        self, seen: Seen, now: time_machine.Traveller, seconds: float, age: str
    ) -> None:
        running = seen(status="RUNNING")
        stats.refresh(running.pk)
        now.shift(seconds)
        assert stats.panel(again(running)).age == age

    def test_figures_of_what_ended_never_grow_old(self, seen: Seen, now: time_machine.Traveller) -> None:
        done = seen(status="FINISHED")
        stats.refresh(done.pk)
        now.shift(86_400 * 30)
        panel = stats.panel(again(done))
        assert (panel.age, panel.every, panel.trouble) == ("final", None, "")
        assert not panel.is_old

    def test_figures_never_read_are_unknown_and_not_zero(self, seen: Seen) -> None:
        panel = stats.panel(seen(status="RUNNING"))
        assert panel.as_of is None
        assert panel.outcomes.people is None
        assert panel.history is None


class TestTheVersion:
    def test_it_stays_while_nothing_that_is_shown_changes(
        self, seen: Seen, now: time_machine.Traveller
    ) -> None:
        running = seen(status="RUNNING", recipients=5_000)
        stats.refresh(running.pk)
        before = stats.version_of(again(running))
        now.shift(3)
        stats.refresh(running.pk)
        assert stats.version_of(again(running)) == before

    def test_it_changes_with_the_figures(self, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING", recipients=500)
        stats.refresh(running.pk)
        before = stats.version_of(again(running))
        sandbox.clock.advance(60)
        stats.refresh(running.pk)
        assert stats.version_of(again(running)) != before

    def test_it_changes_with_the_status(self, seen: Seen) -> None:
        running = seen(status="RUNNING")
        before = stats.version_of(running)
        running.status = "STOPPED"
        assert stats.version_of(running) != before

    def test_it_changes_when_the_figures_grow_old(self, seen: Seen, now: time_machine.Traveller) -> None:
        running = seen(status="RUNNING")
        stats.refresh(running.pk)
        before = stats.version_of(again(running))
        now.shift(60)
        assert stats.version_of(again(running)) != before

    def test_the_version_of_several_changes_with_any_of_them(self, seen: Seen) -> None:
        one, other = seen("One", status="RUNNING"), seen("Other", status="RUNNING")
        before = stats.version_of_all([one, other])
        other.status = "STOPPED"
        assert stats.version_of_all([one, other]) != before
        assert stats.version_of_all([]) != before
