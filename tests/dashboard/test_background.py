"""The scheduler: what it sends, and that several of them agree."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from celery.schedules import schedule
from django.conf import settings

from dashboard.beat import OncePerBeat
from dashboard.celery import app


class TestTheSchedule:
    @pytest.mark.parametrize("entry", settings.CELERY_BEAT_SCHEDULE.values())
    def test_it_names_tasks_that_exist(self, entry: dict[str, Any]) -> None:
        app.loader.import_default_modules()
        assert entry["task"] in app.tasks

    @pytest.mark.parametrize("entry", settings.CELERY_BEAT_SCHEDULE.values())
    def test_what_waited_longer_than_an_interval_is_dropped(self, entry: dict[str, Any]) -> None:
        assert entry["options"]["expires"] == entry["schedule"]

    def test_a_lost_workers_tasks_are_taken_up_by_another(self) -> None:
        assert app.conf.task_acks_late
        assert app.conf.task_reject_on_worker_lost
        assert app.conf.broker_transport_options["unacked_restore_throttle"] == 1

    def test_waiting_for_the_broker_always_ends(self) -> None:
        assert app.conf.broker_transport_options["socket_timeout"]
        assert app.conf.broker_transport_options["socket_connect_timeout"]


class Recording(OncePerBeat):
    """A scheduler that notes what it would send."""

    def __init__(self, sent: list[str]) -> None:
        self._sent = sent

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **_: Any) -> Any:
        self._sent.append(entry.name)
        return SimpleNamespace(id="1")


class TestSeveralWorkers:
    def test_each_beat_is_sent_by_one_of_their_schedulers(self) -> None:
        sent: list[str] = []
        entry = SimpleNamespace(name="heartbeat", task="t", schedule=schedule(timedelta(seconds=60)))
        for scheduler in (Recording(sent), Recording(sent), Recording(sent)):
            scheduler.apply_entry(entry)
        assert sent == ["heartbeat"]

    def test_the_claim_ends_before_the_next_beat(self) -> None:
        sent: list[str] = []
        entry = SimpleNamespace(name="often", task="t", schedule=schedule(timedelta(seconds=0.001)))
        Recording(sent).apply_entry(entry)
        Recording(sent).apply_entry(entry)
        assert sent == ["often", "often"]

    def test_different_tasks_do_not_stand_in_each_others_way(self) -> None:
        sent: list[str] = []
        for name in ("one", "two"):
            entry = SimpleNamespace(name=name, task="t", schedule=schedule(timedelta(seconds=60)))
            Recording(sent).apply_entry(entry)
        assert sent == ["one", "two"]
