"""What goes wrong between a worker and CallFire, Redis or the database: nobody is lost, nobody doubled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from campaigns.models import Chunk
from campaigns.states import ChunkState
from tests.process import databases
from tests.process.stage import Stage

pytestmark = pytest.mark.process

ExactlyOnce = Callable[..., None]


class TestCallFire:
    @pytest.mark.parametrize(
        ("fault", "what"),
        [
            ({"drop": "after"}, "20 % of answers cut after CallFire accepted"),
            ({"drop": "before"}, "20 % of requests cut before CallFire saw them"),
            ({"status": 503, "applied": True}, "20 % answered 503, and accepted"),
            ({"status": 500}, "20 % answered 500, and not accepted"),
            ({"status": 201, "body": "<html>Thank you</html>"}, "20 % answered 201 with rubbish"),
            ({"status": 429, "headers": {"Retry-After": "1"}}, "20 % answered 429, wait a second"),
            ({"delay_seconds": 4.0}, "20 % answered later than we wait"),
        ],
    )
    def test_answers_one_in_five_wrongly(
        self, stage: Stage, exactly_once: ExactlyOnce, fault: dict[str, Any], what: str
    ) -> None:
        stage.sandbox.fail_share("POST", "/batches", share=0.2, **fault)
        upload = stage.upload()
        stage.start_worker()
        stage.hand_over(upload)
        stage.until_done(upload)
        stage.disturbed()
        exactly_once(upload, fault=what)

    def test_is_down_for_a_while(self, stage: Stage, exactly_once: ExactlyOnce) -> None:
        stage.sandbox.fail_share("POST", "/batches", share=1, delay_seconds=0.1)
        upload = stage.upload(people=600)
        stage.start_worker()
        stage.hand_over(upload)
        stage.until_posts(5)
        stage.sandbox.stop_listening()
        stage.disturbed()
        stage.until(lambda: Chunk.objects.filter(not_before__isnull=False).exists(), "a chunk to be put back")
        stage.sandbox.start_listening()
        stage.until_done(upload)
        exactly_once(upload, fault="CallFire down for a while")

    def test_hangs_for_a_while(self, stage: Stage, exactly_once: ExactlyOnce) -> None:
        upload = stage.upload(people=600)
        stage.start_worker()
        with stage.silence():
            stage.hand_over(upload)
            stage.until(lambda: stage.chunks(ChunkState.UNCERTAIN) > 0, "the worker to give up waiting")
        stage.until_done(upload)
        exactly_once(upload, fault="CallFire hung for a while")

    def test_shows_new_batches_late(self, stage: Stage, exactly_once: ExactlyOnce) -> None:
        stage.sandbox.switches.batch_visible_after_seconds = 3
        stage.sandbox.fail_share("POST", "/batches", share=0.3, drop="after")
        upload = stage.upload()
        stage.start_worker()
        stage.hand_over(upload)
        stage.until_done(upload)
        assert max(Chunk.objects.values_list("looks", flat=True)) > 0
        exactly_once(upload, fault="30 % of answers cut, batches listed 3 s later")

    def test_shows_a_batch_long_after_it_was_sent_again(
        self, stage: Stage, exactly_once: ExactlyOnce
    ) -> None:
        """The one case in which a person is at CallFire twice for a while: seen, switched off and told."""
        stage.sandbox.switches.batch_validating_seconds = 1800
        stage.sandbox.fail_next("POST", "/batches", times=2, drop="after")
        upload = stage.upload()
        stage.start_worker()
        stage.sandbox.switches.batch_visible_after_seconds = 3600
        stage.hand_over(upload)
        stage.until_posts(2)
        stage.sandbox.switches.batch_visible_after_seconds = 0
        stage.until(lambda: stage.posts() == 17, "both to be sent again")
        stage.sandbox.clock.advance(3600)
        stage.until_done(upload)
        stage.until(lambda: stage.judge(upload).is_exactly_once, "the twins to be switched off")
        twins = [twin for chunk in Chunk.objects.all() for twin in chunk.twins]
        assert len(twins) == 2
        exactly_once(upload, fault="batches listed after they were sent again")

    def test_does_everything_wrong_at_once(self, stage: Stage, exactly_once: ExactlyOnce) -> None:
        stage.sandbox.switches.batch_visible_after_seconds = 0.7
        for fault in (
            {"drop": "after"},
            {"drop": "before"},
            {"status": 503, "applied": True},
            {"status": 502},
            {"status": 429, "headers": {"Retry-After": "1"}},
            {"status": 201, "body": ""},
        ):
            stage.sandbox.fail_share("POST", "/batches", share=0.1, **fault)
            stage.sandbox.fail_share("GET", "/batches", share=0.05, **fault)
        first, second = stage.upload(), stage.upload()
        workers = stage.start_workers(2)
        stage.hand_over(first)
        stage.hand_over(second)
        stage.until_posts(10)
        stage.kill(workers[0])
        stage.start_worker()
        stage.until_done(first, second)
        exactly_once(first, second, fault="everything at once, two workers, one killed")


class TestRedis:
    def test_is_killed_and_comes_back(self, stage: Stage, exactly_once: ExactlyOnce) -> None:
        stage.sandbox.fail_share("POST", "/batches", share=1, delay_seconds=0.2)
        upload = stage.upload(people=600)
        stage.start_worker()
        stage.hand_over(upload)
        for batches in (4, 12):
            stage.until_posts(batches)
            stage.kill_redis()
            stage.start_redis()
        stage.until_done(upload)
        exactly_once(upload, fault="Redis killed and started again")

    def test_forgets_everything(self, stage: Stage, exactly_once: ExactlyOnce) -> None:
        stage.sandbox.fail_share("POST", "/batches", share=1, delay_seconds=0.2)
        upload = stage.upload(people=600)
        worker = stage.start_worker()
        stage.hand_over(upload)
        stage.until_posts(4)
        stage.kill(worker)
        stage.lose_what_is_queued()
        stage.start_worker()
        stage.until_done(upload)
        exactly_once(upload, fault="worker killed and Redis emptied")


class TestTheDatabase:
    def test_is_held_while_answers_arrive(self, stage: Stage, exactly_once: ExactlyOnce) -> None:
        """Longer than a worker waits: what CallFire said cannot be written down, and is looked up."""
        stage.sandbox.fail_share("POST", "/batches", share=1, delay_seconds=0.3)
        upload = stage.upload()
        stage.start_worker()
        stage.hand_over(upload)
        for batches in (2, 8):
            stage.until_posts(batches)
            with databases.held():
                stage.disturbed()
                databases.outwait()
        stage.until_done(upload)
        exactly_once(upload, fault=f"database held for more than {databases.LOCK_SECONDS} s")


class TestTheQueue:
    def test_delivers_the_same_tasks_many_times(self, stage: Stage, exactly_once: ExactlyOnce) -> None:
        stage.sandbox.fail_share("POST", "/batches", share=0.2, drop="after")
        upload = stage.upload(people=600)
        stage.start_workers(2)
        stage.hand_over(upload)
        for _ in range(3):
            seen = stage.posts()
            for task, arguments in (
                ("hand_over", ()),
                ("settle_upload", (upload.pk,)),
                ("look_after_uploads", ()),
            ):
                stage.enqueue(task, *arguments, times=20)
            stage.disturbed(60)
            stage.until_posts(min(seen + 8, 30))
        stage.until_done(upload)
        exactly_once(upload, fault="every task delivered twenty times over, two workers")
