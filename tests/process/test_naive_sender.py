"""The stage tells exactly once from nearly: a sender that just tries again does not pass."""

from __future__ import annotations

import pytest

from campaigns.models import Upload
from campaigns.services import upload_files
from tests.process.conftest import Judge
from tests.process.stage import CHUNK_ROWS, Stage

pytestmark = pytest.mark.process


def send_naively(stage: Stage, upload: Upload) -> None:
    path = str(upload_files.accepted(upload))
    for first in range(0, upload.accepted, CHUNK_ROWS):
        arguments = (upload.broadcast_id, path, first // CHUNK_ROWS + 1, first, CHUNK_ROWS)
        stage.queue.send_task("naive.send", arguments)


class TestANaiveSender:
    def test_it_passes_while_nothing_goes_wrong(self, stage: Stage, judge: Judge) -> None:
        upload = stage.upload()
        stage.start_naive_worker()
        send_naively(stage, upload)
        stage.until(lambda: stage.judge(upload).is_exactly_once, "everybody to arrive")
        judge(upload, fault="naive sender: nothing")

    def test_a_connection_cut_after_callfire_accepted_makes_it_call_people_twice(
        self, stage: Stage, judge: Judge
    ) -> None:
        stage.sandbox.fail_share("POST", "/batches", share=0.2, drop="after")
        upload = stage.upload()
        stage.start_naive_worker()
        send_naively(stage, upload)
        stage.until(lambda: stage.judge(upload).lost == 0, "everybody to arrive")
        stage.until(
            lambda: stage.judge(upload).doubled == stage.faults * CHUNK_ROWS > 0,
            "everybody in a batch without an answer to arrive twice",
        )
        judge(upload, fault="naive sender: 20 % of answers cut after CallFire accepted")

    def test_being_killed_while_callfire_answers_makes_it_call_people_twice(
        self, stage: Stage, judge: Judge
    ) -> None:
        stage.sandbox.fail_next("POST", "/batches", times=4, delay_seconds=2)
        upload = stage.upload()
        worker = stage.start_naive_worker()
        send_naively(stage, upload)
        stage.until(lambda: stage.posts() > 0, "a batch to be sent")
        stage.kill(worker)
        stage.start_naive_worker()
        stage.until(lambda: stage.judge(upload).doubled > 0, "somebody to arrive twice")
        # Not everybody has to arrive: a task that was taken and not yet noted as taken died with the worker.
        stage.until(lambda: stage.is_idle("celery"), "everything that is left to be sent")
        judge(upload, fault="naive sender: killed after the request, before the answer")
