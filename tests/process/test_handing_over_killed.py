"""Workers that are killed, frozen or replaced while they hand people over: nobody is lost, nobody doubled."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from campaigns.states import ChunkState
from tests.process import databases
from tests.process.stage import CONCURRENCY, Stage

pytestmark = pytest.mark.process

ExactlyOnce = Callable[..., None]


class TestKilled:
    def test_before_it_wrote_down_what_it_would_send(self, stage: Stage, exactly_once: ExactlyOnce) -> None:
        upload = stage.upload()
        stage.confirm(upload)
        with databases.held():
            worker = stage.start_worker()
            stage.enqueue("hand_over")
            stage.until(lambda: stage.tasks_waiting() == 0, "the worker to begin")
            stage.kill(worker)
        assert stage.chunks(ChunkState.WAITING) == 15
        assert stage.posts() == 0
        stage.start_worker()
        stage.until_done_by_itself(upload)
        exactly_once(upload, fault="killed before the intent was written")

    def test_after_it_wrote_that_down_and_before_callfire_took_it(
        self, stage: Stage, exactly_once: ExactlyOnce
    ) -> None:
        upload = stage.upload()
        worker = stage.start_worker()
        with stage.silence():
            stage.hand_over(upload)
            stage.until(lambda: stage.chunks(ChunkState.SENDING) > 0, "a chunk to be on its way")
            stage.kill(worker)
        assert stage.posts() == 0
        stage.start_worker()
        stage.until_done(upload)
        exactly_once(upload, fault="killed after the intent, before the request arrived")

    def test_after_callfire_took_it_and_before_it_answered(
        self, stage: Stage, exactly_once: ExactlyOnce
    ) -> None:
        stage.sandbox.fail_next("POST", "/batches", times=CONCURRENCY, delay_seconds=1.2)
        upload = stage.upload()
        worker = stage.start_worker()
        stage.hand_over(upload)
        stage.until_posts(1)
        stage.kill(worker)
        stage.start_worker()
        stage.until_done(upload)
        exactly_once(upload, fault="killed after the request, before the answer")

    def test_after_the_answer_and_before_that_was_written_down(
        self, stage: Stage, exactly_once: ExactlyOnce
    ) -> None:
        stage.sandbox.fail_next("POST", "/batches", times=CONCURRENCY, delay_seconds=0.5)
        upload = stage.upload()
        worker = stage.start_worker()
        stage.hand_over(upload)
        stage.until_posts(1)
        with databases.held():
            stage.until(lambda: stage.requests_under_way() == 0, "the answers to arrive")
            stage.kill(worker)
        stage.start_worker()
        stage.until_done(upload)
        exactly_once(upload, fault="killed after the answer, before it was saved")

    def test_while_it_looks_for_batches_without_an_answer(
        self, stage: Stage, exactly_once: ExactlyOnce
    ) -> None:
        stage.sandbox.fail_next("POST", "/batches", times=CONCURRENCY, drop="after")
        stage.sandbox.fail_next("GET", "/batches", times=2, delay_seconds=1.2)
        upload = stage.upload()
        worker = stage.start_worker()
        stage.hand_over(upload)
        stage.until(lambda: stage.looks() > 0, "a look")
        stage.kill(worker)
        stage.start_worker()
        stage.until_done(upload)
        exactly_once(upload, fault="killed while it looked for a batch")

    def test_while_it_follows_batches_to_their_end(self, stage: Stage, exactly_once: ExactlyOnce) -> None:
        stage.sandbox.switches.batch_validating_seconds = 3
        stage.sandbox.fail_next("GET", "/batches", times=2, delay_seconds=1.2)
        upload = stage.upload()
        worker = stage.start_worker()
        stage.hand_over(upload)
        stage.until(lambda: stage.looks() > 0 and stage.posts() == 15, "a look at what was sent")
        stage.kill(worker)
        stage.start_worker()
        stage.until_done(upload)
        exactly_once(upload, fault="killed while it followed batches")

    @pytest.mark.parametrize("seed", [1, 2])
    def test_at_any_moment_again_and_again(self, stage: Stage, exactly_once: ExactlyOnce, seed: int) -> None:
        moments = random.Random(seed)
        stage.sandbox.fail_share("POST", "/batches", share=1, delay_seconds=0.1)
        upload = stage.upload(people=800)
        worker = stage.start_worker()
        stage.hand_over(upload)
        for _ in range(5):
            then = stage.posts() + moments.randint(1, 7)
            stage.until_posts(min(then, 40))
            stage.kill(worker)
            worker = stage.start_worker()
        stage.until_done(upload)
        exactly_once(upload, fault=f"killed at random moments, seed {seed}")


class TestFrozen:
    def test_beyond_its_lease_with_an_answer_on_its_way(
        self, stage: Stage, exactly_once: ExactlyOnce
    ) -> None:
        stage.sandbox.fail_next("POST", "/batches", times=CONCURRENCY, delay_seconds=0.5)
        upload = stage.upload()
        sleeper = stage.start_worker()
        stage.hand_over(upload)
        stage.until_posts(1)
        stage.freeze(sleeper)
        stage.start_worker()
        stage.until_done(upload)
        stage.wake(sleeper)
        stage.until(lambda: stage.requests_under_way() == 0, "the late answers to be read")
        stage.until(lambda: stage.judge(upload).is_exactly_once, "what was sent late to be switched off")
        exactly_once(upload, fault="frozen beyond its lease, woken with the answer")

    def test_before_its_request_left_and_until_another_finished_the_work(
        self, stage: Stage, exactly_once: ExactlyOnce
    ) -> None:
        """It wakes up and sends what was long sent by the other, unless it notices; such a batch goes off."""
        stage.settings["CALLFIRE_READ_TIMEOUT"] = 24.0  # half of it is how long a batch waits for the pace
        upload = stage.upload()
        sleeper = stage.start_worker()
        stage.slow_the_pace(10)
        stage.hand_over(upload)
        stage.until(lambda: stage.chunks(ChunkState.SENDING) > 0, "a chunk to wait for the pace")
        stage.freeze(sleeper)
        assert stage.posts() == 0
        stage.end_leases()
        stage.start_worker()
        stage.until_done(upload)
        stage.wake(sleeper)
        stage.until(lambda: stage.posts() > 15 or "NotSent" in sleeper.output, "the late requests")
        stage.until(lambda: stage.requests_under_way() == 0, "their answers")
        stage.until(lambda: stage.judge(upload).is_exactly_once, "the late batches to be switched off")
        exactly_once(upload, fault="frozen before its request left, woken when all was done")


class TestReplaced:
    def test_by_a_new_version_in_the_middle(self, stage: Stage, exactly_once: ExactlyOnce) -> None:
        stage.sandbox.fail_share("POST", "/batches", share=1, delay_seconds=0.2)
        upload = stage.upload(people=600)
        worker = stage.start_worker()
        stage.hand_over(upload)
        for batches in (3, 10, 17):
            stage.until_posts(batches)
            worker = stage.deploy(worker)
        stage.until_done(upload)
        exactly_once(upload, fault="replaced by a new version (SIGTERM)")
