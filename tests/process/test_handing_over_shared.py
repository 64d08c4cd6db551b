"""Several at once: workers, uploads, and people who press the same button twice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from os import environ

import pytest
from django.db import connection

from campaigns.models import Chunk
from campaigns.states import ChunkState, UploadState
from tests.dashboard import servers
from tests.dashboard.processes import ROOT
from tests.process import databases
from tests.process.stage import CONCURRENCY, Stage

pytestmark = pytest.mark.process

ExactlyOnce = Callable[..., None]

CONFIRM = """
from campaigns.models import Upload
from campaigns.services import handing_over
upload = Upload.objects.select_related("by").get(pk={pk})
print("confirming", flush=True)
handing_over.begin(upload=upload, by=upload.by)
"""


class TestSeveralWorkers:
    @pytest.mark.parametrize("count", [2, 3])
    def test_share_the_work(self, stage: Stage, exactly_once: ExactlyOnce, count: int) -> None:
        stage.sandbox.fail_share("POST", "/batches", share=0.2, drop="after")
        uploads = [stage.upload(people=600), stage.upload(people=60), stage.upload(people=300)]
        stage.start_workers(count)
        for upload in uploads:
            stage.hand_over(upload)
        stage.until_done(*uploads)
        exactly_once(*uploads, fault=f"{count} workers, three uploads, 20 % of answers cut")

    def test_keep_to_the_number_of_batches_on_their_way(
        self, stage: Stage, exactly_once: ExactlyOnce
    ) -> None:
        """Counted in the database while every answer is late and three workers would like to send."""
        stage.sandbox.fail_share("POST", "/batches", share=1, delay_seconds=0.3)
        upload = stage.upload(people=400)
        stage.start_workers(3)
        stage.hand_over(upload)
        stage.enqueue("hand_over", times=6)
        most = 0

        def is_done() -> bool:
            nonlocal most
            most = max(most, stage.chunks(ChunkState.SENDING))
            return stage.state_of(upload) == UploadState.DONE

        stage.until(is_done, "the upload to be done")
        assert 1 < most <= CONCURRENCY


class TestConfirming:
    def test_twice_at_the_same_moment_is_once(self, stage: Stage, exactly_once: ExactlyOnce) -> None:
        upload = stage.upload()
        with databases.held():
            pressed = [stage.run(CONFIRM.format(pk=upload.pk)) for _ in range(2)]
            for process in pressed:
                process.says("confirming")
                stage.disturbed()
        for process in pressed:
            process.ends()
        assert Chunk.objects.count() == 15
        stage.start_worker()
        stage.enqueue("hand_over")
        stage.until_done(upload)
        exactly_once(upload, fault="confirmed twice at the same moment")

    def test_killed_while_it_writes_is_not_at_all(self, stage: Stage, exactly_once: ExactlyOnce) -> None:
        upload = stage.upload()
        with databases.held():
            process = stage.run(CONFIRM.format(pk=upload.pk))
            process.says("confirming")
            stage.kill(process)
        assert stage.state_of(upload) == UploadState.CHECKED
        assert Chunk.objects.count() == 0
        stage.start_worker()
        stage.hand_over(upload)
        stage.until_done(upload)
        exactly_once(upload, fault="killed while it was being confirmed")


@pytest.mark.timeout(900)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="this is the run on PostgreSQL")
def test_the_same_holds_on_postgresql() -> None:
    """Where rows are locked instead of everything: once more, on a PostgreSQL made for the purpose."""
    with servers.postgresql() as url:
        chosen = (
            "after_callfire_took_it or that_was_written_down or beyond_its_lease or TestTheDatabase"
            " or TestConfirming or share_the_work"
        )
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "tests/process", "-k", chosen]
        finished = subprocess.run(
            command,
            cwd=ROOT,
            env={name: value for name, value in environ.items() if not name.startswith("CALLBOARD_TEST_")}
            | {"DATABASE_URL": url},
            capture_output=True,
            text=True,
            timeout=870,
        )
    assert finished.returncode == 0, finished.stdout
