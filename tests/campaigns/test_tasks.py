"""campaigns/tasks.py: each task may run twice"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import time_machine
from celery import Celery
from django.utils import timezone
from pytest_django import Settings

from campaigns import shared, tasks
from campaigns.actions import ARCHIVE, START, STOP, Action
from campaigns.models import AuditEvent, BroadcastSnapshot, StatsSample, User
from campaigns.permissions import Role
from campaigns.services import broadcasts, health, snapshots
from dashboard.celery import app
from tests.campaigns.conftest import Seen, status_at_callfire
from tests.campaigns.outages import NOWHERE

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def otto(db: None) -> User:
    return User.objects.create_user("otto", role=Role.OPERATOR)


@pytest.fixture
def no_broker(settings: Settings) -> Iterator[None]:
    """Tasks go to a broker that is not there."""
    settings.CELERY_TASK_ALWAYS_EAGER = False
    settings.CELERY_BROKER_URL = NOWHERE
    cut_off = Celery("cut off", set_as_current=False)
    cut_off.config_from_object("django.conf:settings", namespace="CELERY")
    cut_off.set_current()
    yield
    app.set_current()
    cut_off.close()


def twice(task: Callable[..., None], *args: int) -> None:
    task(*args)
    task(*args)


class TestReadingTheList:
    def test_twice_is_the_same_list(self, sandbox: Sandbox) -> None:
        sandbox.world.add_broadcast(labels=["north"])
        twice(tasks.refresh_snapshots)
        assert BroadcastSnapshot.objects.count() == 1

    def test_nobody_reads_while_somebody_else_does(self, sandbox: Sandbox) -> None:
        assert snapshots.may_refresh()
        twice(tasks.refresh_snapshots)
        assert not sandbox.requests

    def test_whoever_holds_the_claim_reads(self, sandbox: Sandbox) -> None:
        assert snapshots.may_refresh()
        tasks.read_snapshots()
        assert len(sandbox.requests) == 1

    def test_a_failure_is_written_down_and_not_raised(self, sandbox: Sandbox) -> None:
        sandbox.fail_next("GET", "", status=403, times=2)
        twice(tasks.refresh_snapshots)
        assert snapshots.freshness().trouble == "This API key may not do that on CallFire."


class TestReadingCounters:
    def test_twice_is_one_sample(self, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        twice(tasks.refresh_stats, running.pk)
        assert StatsSample.objects.count() == 1

    def test_whatever_dials_is_read_once_an_interval(self, sandbox: Sandbox, seen: Seen) -> None:
        for _ in range(2):
            seen(status="RUNNING")
        twice(tasks.refresh_running)
        assert len(sandbox.requests_to("GET", "/stats")) == 2

    def test_a_failure_is_written_down_and_not_raised(self, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        sandbox.fail_next("GET", "", status=403, times=2)
        twice(tasks.refresh_stats, running.pk)
        running.refresh_from_db()
        assert running.trouble == "This API key may not do that on CallFire."


class TestWrongCredentials:
    @pytest.fixture(autouse=True)
    def _rejected(self, sandbox: Sandbox, seen: Seen, settings: Settings) -> None:
        seen(status="RUNNING")
        settings.CALLFIRE_PASSWORD = "changed"
        tasks.check_callfire()
        sandbox.clear_requests()

    def test_the_background_asks_nothing_more(self, sandbox: Sandbox) -> None:
        for task in (tasks.check_callfire, tasks.refresh_snapshots, tasks.refresh_running):
            twice(task)
        assert not sandbox.requests

    def test_it_is_told_to_the_people(self) -> None:
        found = health.trouble()
        assert found is not None
        assert found.sentence == "CallFire rejected the API credentials."

    def test_it_asks_again_after_a_while(self, sandbox: Sandbox, settings: Settings) -> None:
        settings.CALLFIRE_PASSWORD = sandbox.password
        shared.forget("health:locked-out")  # five minutes on Redis's own clock
        tasks.refresh_snapshots()
        assert len(sandbox.requests) == 1
        assert health.trouble() is None

    def test_stop_is_pressed_all_the_same(self, sandbox: Sandbox, settings: Settings, otto: User) -> None:
        running = BroadcastSnapshot.objects.get()
        settings.CALLFIRE_PASSWORD = sandbox.password
        event = broadcasts.intend(STOP, broadcast_id=running.pk, by=otto)
        tasks.carry_out(event.pk)
        assert status_at_callfire(sandbox, running) == "STOPPED"


class TestCarryingOut:
    @pytest.mark.parametrize(
        ("action", "path", "status"), [(START, "/start", "RUNNING"), (ARCHIVE, "/archive", "ARCHIVED")]
    )
    def test_twice_is_sent_once(
        self, sandbox: Sandbox, seen: Seen, otto: User, action: Action, path: str, status: str
    ) -> None:
        idle = seen(recipients=500)
        event = broadcasts.intend(action, broadcast_id=idle.pk, by=otto)
        twice(tasks.carry_out, event.pk)
        assert len(sandbox.requests_to("POST", path)) == 1
        assert status_at_callfire(sandbox, idle) == status

    def test_a_stop_twice_is_sent_once_when_it_held(self, sandbox: Sandbox, seen: Seen, otto: User) -> None:
        running = seen(status="RUNNING")
        event = broadcasts.intend(STOP, broadcast_id=running.pk, by=otto)
        twice(tasks.carry_out, event.pk)
        assert len(sandbox.requests_to("POST", "/stop")) == 1
        assert AuditEvent.objects.get(pk=event.pk).outcome == "done"

    def test_a_start_whose_answer_was_lost_is_never_sent_again(
        self, sandbox: Sandbox, seen: Seen, otto: User
    ) -> None:
        idle = seen(recipients=500)
        sandbox.fail_next("POST", "/start", drop="before")
        event = broadcasts.intend(START, broadcast_id=idle.pk, by=otto)
        twice(tasks.carry_out, event.pk)
        with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
            twice(tasks.follow_up, event.pk)
        assert len(sandbox.requests_to("POST", "/start")) == 1
        assert AuditEvent.objects.get(pk=event.pk).outcome == "failed"


class TestFollowingUp:
    def test_twice_settles_once(self, sandbox: Sandbox, seen: Seen, otto: User) -> None:
        idle = seen(recipients=500)
        sandbox.fail_next("POST", "/start", drop="after")
        sandbox.fail_next("GET", f"/{idle.pk}", times=1)
        sandbox.fail_next("GET", f"/{idle.pk}", status=503)
        event = broadcasts.intend(START, broadcast_id=idle.pk, by=otto)
        tasks.carry_out(event.pk)
        assert AuditEvent.objects.get(pk=event.pk).outcome == "unknown"
        twice(tasks.follow_up, event.pk)
        assert AuditEvent.objects.get(pk=event.pk).outcome == "done"
        assert len(sandbox.requests_to("POST", "/start")) == 1

    def test_everything_open_is_followed_up_but_what_was_asked_for_just_now(
        self, sandbox: Sandbox, seen: Seen, otto: User
    ) -> None:
        running = seen(status="RUNNING")
        event = broadcasts.intend(STOP, broadcast_id=running.pk, by=otto)
        tasks.follow_up_open_actions()
        assert not sandbox.requests_to("POST", "/stop")
        with time_machine.travel(timezone.now() + timedelta(seconds=5), tick=False):
            twice(tasks.follow_up_open_actions)
        assert len(sandbox.requests_to("POST", "/stop")) == 1
        assert AuditEvent.objects.get(pk=event.pk).outcome == "done"

    def test_a_stop_that_a_worker_took_with_it_into_its_grave_is_pressed(
        self, sandbox: Sandbox, seen: Seen, otto: User
    ) -> None:
        running = seen(status="RUNNING")
        event = broadcasts.intend(STOP, broadcast_id=running.pk, by=otto)
        AuditEvent.objects.filter(pk=event.pk).update(tried_at=timezone.now())
        with time_machine.travel(timezone.now() + timedelta(seconds=5), tick=False):
            tasks.follow_up_open_actions()
        assert status_at_callfire(sandbox, running) == "STOPPED"

    def test_a_start_nobody_tried_is_not_done_late(self, sandbox: Sandbox, seen: Seen, otto: User) -> None:
        idle = seen(recipients=500)
        event = broadcasts.intend(START, broadcast_id=idle.pk, by=otto)
        with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
            twice(tasks.follow_up_open_actions)
            tasks.carry_out(event.pk)
        assert not sandbox.requests_to("POST", "/start")
        assert AuditEvent.objects.get(pk=event.pk).outcome == "failed"

    def test_a_start_that_waited_too_long_in_the_queue_is_not_done_late(
        self, sandbox: Sandbox, seen: Seen, otto: User
    ) -> None:
        idle = seen(recipients=500)
        event = broadcasts.intend(START, broadcast_id=idle.pk, by=otto)
        with time_machine.travel(timezone.now() + timedelta(minutes=30), tick=False):
            tasks.carry_out(event.pk)
        assert not sandbox.requests_to("POST", "/start")
        assert AuditEvent.objects.get(pk=event.pk).outcome == "failed"

    def test_a_stop_that_waited_long_in_the_queue_is_still_wanted(
        self, sandbox: Sandbox, seen: Seen, otto: User
    ) -> None:
        running = seen(status="RUNNING")
        event = broadcasts.intend(STOP, broadcast_id=running.pk, by=otto)
        with time_machine.travel(timezone.now() + timedelta(minutes=30), tick=False):
            tasks.carry_out(event.pk)
        assert status_at_callfire(sandbox, running) == "STOPPED"

    def test_what_is_no_action_on_a_broadcast_is_left_alone(self, otto: User) -> None:
        AuditEvent.objects.create(action="sign in", by=otto, by_name="otto", token=uuid.uuid4())
        with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
            tasks.follow_up_open_actions()
        assert AuditEvent.objects.get(action="sign in").outcome == "pending"


class TestTheRest:
    def test_the_heart_beats(self) -> None:
        twice(tasks.heartbeat)
        assert health.worker_seen_at() is not None

    def test_the_balance_is_read(self, sandbox: Sandbox) -> None:
        sandbox.world.account.credits_e4 = 12_345_678
        twice(tasks.check_callfire)
        found = health.credits()
        assert found is not None
        assert found.amount == Decimal("1234.5678")

    def test_a_balance_that_cannot_be_read_is_not_raised(self, sandbox: Sandbox) -> None:
        sandbox.fail_next("GET", "", status=403, times=2)
        twice(tasks.check_callfire)
        assert health.credits() is None
        assert health.trouble() is not None

    def test_pruning_forgets_what_is_old_and_nothing_else(self, seen: Seen) -> None:
        snapshot = seen()
        for days in (91, 89):
            StatsSample.objects.create(snapshot=snapshot, at=timezone.now() - timedelta(days=days))
        twice(tasks.prune)
        assert StatsSample.objects.count() == 1

    def test_every_task_of_the_schedule_exists(self, settings: Settings) -> None:
        app.finalize()
        scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
        assert scheduled <= set(app.tasks)


class TestEnqueueing:
    def test_a_task_that_was_handed_over_says_so(self) -> None:
        assert tasks.enqueue(tasks.heartbeat)
        assert health.worker_seen_at() is not None

    def test_without_a_broker_it_says_so_and_raises_nothing(self, no_broker: None) -> None:
        assert not tasks.enqueue(tasks.heartbeat)
        assert health.worker_seen_at() is None

    def test_without_a_broker_whatever_dials_is_passed_over(
        self, no_broker: None, sandbox: Sandbox, seen: Seen
    ) -> None:
        seen(status="RUNNING")
        tasks.refresh_running()
        assert not sandbox.requests
