"""Where hand-overs are made to fail: workers in processes of their own, a Valkey and a database that can be
killed and held, and a practice CallFire that can be hung up, silenced and slowed down.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from celery import Celery
from django.utils import timezone
from redis import Redis

from callfire_api import SharedPacer
from callfire_api.sandbox import Sandbox
from callfire_api.sandbox.phone import fictitious
from campaigns.models import Chunk, Upload, User
from campaigns.permissions import Role
from campaigns.services import handing_over, upload_files
from campaigns.states import ChunkState, UploadState
from dashboard import parts, valkey
from dashboard.celery import WORKER_READY
from tests.dashboard.processes import Talking, environment, manage, wait_until
from tests.process import databases
from tests.process.oracle import Verdict, verdict

CHUNK_ROWS = 20
CONCURRENCY = 4
SETTINGS: dict[str, float] = {
    "UPLOAD_CHUNK_ROWS": CHUNK_ROWS,
    "UPLOAD_CONCURRENCY": CONCURRENCY,
    "UPLOAD_SETTLE_SECONDS": 0.5,
    "CALLFIRE_CONNECT_TIMEOUT": 0.5,
    "CALLFIRE_READ_TIMEOUT": 1.5,
    "CALLFIRE_MAX_REQUESTS_PER_SECOND": 1000,
    "CALLFIRE_MAX_IN_FLIGHT": 16,
}
PATIENCE_SECONDS = 180.0


class Stage:
    """Everything a hand-over needs, and ways to disturb it."""

    def __init__(self, sandbox: Sandbox, data_dir: Path) -> None:
        self.sandbox = sandbox
        self._disturbances = 0
        self.settings = dict(SETTINGS)
        self._data_dir = data_dir
        self._hurry_at = 0.0
        self._processes: list[Talking] = []
        self._kept: list[Talking] = []
        self._valkey = valkey.prepare(data_dir / "valkey")
        self._server = self._started_server()
        self.queue = Celery("stage", broker=self._valkey.url, set_as_current=False)

    def close(self) -> None:
        """Leave nothing running."""
        for process in self._processes:
            process.clean_up()
        self.queue.close()
        self._server.kill()
        self._server.wait()

    # --- the parts ------------------------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        """What every process of ours is started with."""
        return environment(
            self._data_dir,
            DATABASE_URL=databases.url(),
            REDIS_URL=self._valkey.url,
            SECRET_KEY="a key that only tests use, long enough for every check there is",
            CALLFIRE_BASE_URL=self.sandbox.url,
            CALLFIRE_LOGIN=self.sandbox.login,
            CALLFIRE_PASSWORD=self.sandbox.password,
            **{name: f"{value:g}" for name, value in self.settings.items()},
        )

    def start_workers(self, count: int) -> list[Talking]:
        """Workers for uploads that take tasks from now on."""
        workers = [self._launch_worker() for _ in range(count)]
        for worker in workers:
            worker.says(WORKER_READY)
        return workers

    def _launch_worker(self) -> Talking:
        self._kept.append(self._launch(manage("worker", "--queue", "uploads")))
        return self._kept[-1]

    def _supervise(self) -> None:
        """Start a worker again that ended by itself, as ``manage.py up`` does."""
        for worker in [worker for worker in self._kept if worker.has_ended]:
            self._kept.remove(worker)
            self._launch_worker()

    def start_worker(self) -> Talking:
        return self.start_workers(1)[0]

    def start_naive_worker(self) -> Talking:
        """A worker of the naive sender that takes tasks from now on."""
        options = ["--pool=threads", f"--concurrency={CONCURRENCY}", "--loglevel=INFO", "--without-gossip"]
        worker = self._launch(
            [sys.executable, "-m", "celery", "-A", "tests.process.naive", "worker", *options]
        )
        worker.says(" ready.")
        return worker

    def run(self, code: str) -> Talking:
        """A process of ours that runs this code, as a web process would."""
        return self._launch(manage("shell", "--no-imports", "--command", code))

    def _launch(self, command: list[str]) -> Talking:
        self._processes.append(Talking(command, self.environment))
        return self._processes[-1]

    def disturbed(self, times: int = 1) -> None:
        """Count what was done to it; requests that were not simply answered are counted anyway."""
        self._disturbances += times

    def kill(self, worker: Talking) -> None:
        """``kill -9``, and nobody starts it again."""
        if worker in self._kept:
            self._kept.remove(worker)
        worker.clean_up()
        self.disturbed()

    def freeze(self, worker: Talking) -> None:
        """Stop a worker in the middle of what it does, but not while it holds the database."""
        with databases.held():
            worker.send(signal.SIGSTOP)
            wait_until(lambda: worker.is_frozen, 60, "every thread to stop")
        self.disturbed()

    def end_leases(self) -> None:
        """Let the time pass for which the chunks on their way are claimed."""
        Chunk.objects.filter(state=ChunkState.SENDING).update(lease_until=timezone.now())

    def wake(self, worker: Talking) -> None:
        """Let a frozen worker go on, which does not know how late it is."""
        worker.send(signal.SIGCONT)

    def deploy(self, worker: Talking) -> Talking:
        """End a worker the way a new version does, and start the next."""
        self._kept.remove(worker)
        worker.send(signal.SIGTERM)
        self.disturbed()
        worker.ends()
        return self.start_worker()

    def kill_redis(self) -> None:
        self._server.kill()
        self._server.wait()
        self.disturbed()

    def start_redis(self) -> None:
        self._server = self._started_server()

    def _started_server(self) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        server = subprocess.Popen(self._valkey.command, stdout=quiet, stderr=quiet)
        wait_until(lambda: parts.redis_answers(self._valkey.url), 60, "Valkey")
        return server

    def lose_what_is_queued(self) -> None:
        """Redis comes back without anything it knew."""
        with Redis.from_url(self._valkey.url) as redis:
            redis.flushall()
        self.disturbed()

    def enqueue(self, task: str, *arguments: int, times: int = 1) -> None:
        """Hand the worker a task as a page does, or as a broker that delivers it again and again."""
        for _ in range(times):
            self.queue.send_task(f"campaigns.tasks.{task}", arguments, queue="uploads")

    # --- the work -------------------------------------------------------------------------------------------

    def upload(self, *, people: int = 300) -> Upload:
        """A checked upload of so many people with a number of their own, to a broadcast of its own."""
        person, _ = User.objects.get_or_create(username="otto", role=Role.OPERATOR)
        upload = Upload.objects.create(
            broadcast_id=self.sandbox.world.add_broadcast(name="Outage", recipients=0).id,
            by=person,
            name="members.csv",
            state=UploadState.CHECKED,
            check_number=1,
            rows=people,
            accepted=people,
            scrub_duplicates=False,  # CallFire must not hide what was sent twice
        )
        path = upload_files.accepted(upload)
        path.parent.mkdir(parents=True)
        path.write_text(
            "".join(
                f"{row}\t{json.dumps({'phoneNumber': number, 'attributes': {'row': str(row)}})}\n"
                for row, number in enumerate(numbers(people), start=2)
            ),
            encoding="ascii",
        )
        return upload

    def confirm(self, upload: Upload) -> None:
        """Press the button, and let the scheduler find the work."""
        handing_over.begin(upload=upload, by=upload.by)

    def hand_over(self, upload: Upload) -> None:
        """Press the button, and tell the worker as the page does."""
        self.confirm(upload)
        self.enqueue("hand_over")

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until the condition holds; fail with what every chunk and process says when it never does."""

        def holds() -> bool:
            self._supervise()
            return condition()

        try:
            wait_until(holds, PATIENCE_SECONDS, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._account()}") from None

    def until_done(self, *uploads: Upload) -> None:
        """Wait for the end of the uploads, with a scheduler that is more eager than its five seconds."""
        self.until(lambda: self._are_done(uploads, hurry=True), f"{uploads} to be done")

    def until_done_by_itself(self, *uploads: Upload) -> None:
        """Wait for the end of the uploads; nobody but the scheduler looks after them."""
        self.until(lambda: self._are_done(uploads, hurry=False), f"{uploads} to be done")

    def _are_done(self, uploads: Sequence[Upload], *, hurry: bool) -> bool:
        if hurry and time.monotonic() > self._hurry_at:
            self._hurry_at = time.monotonic() + 0.5
            self.enqueue("look_after_uploads")
        return all(self.state_of(upload) == UploadState.DONE for upload in uploads)

    # --- looking --------------------------------------------------------------------------------------------

    def state_of(self, upload: Upload) -> str:
        upload.refresh_from_db()
        return upload.state

    def until_posts(self, count: int) -> None:
        """Wait until CallFire was asked to take so many batches."""
        self.until(lambda: self.posts() >= count, f"{count} batches to be sent")

    def posts(self) -> int:
        """How many batches CallFire was asked to take."""
        return len(self.sandbox.requests_to("POST", "/batches"))

    @property
    def faults(self) -> int:
        """How often something was done to it: disturbances, and requests that were not simply answered."""
        spoilt = [entry for entry in self.sandbox.requests if entry.status is None or entry.status >= 400]
        return self._disturbances + len(spoilt)

    def slow_the_pace(self, seconds: float) -> None:
        """Nobody asks CallFire anything for so long, as after a rate limit."""
        with Redis.from_url(self._valkey.url) as redis:
            SharedPacer(redis, key="callboard:pace").pause(seconds)

    def requests_under_way(self) -> int:
        """How many requests to CallFire our processes wait for."""
        with Redis.from_url(self._valkey.url) as redis:
            return SharedPacer(redis, key="callboard:pace").usage().in_flight

    def tasks_waiting(self) -> int:
        """How many tasks nobody has taken yet."""
        with Redis.from_url(self._valkey.url) as redis:
            return int(redis.llen("uploads"))

    def is_idle(self, queue: str) -> bool:
        """Whether no task of the queue waits, and none is noted as taken."""
        with Redis.from_url(self._valkey.url) as redis:
            return not redis.llen(queue) and not redis.hlen("unacked")

    def looks(self) -> int:
        """How many pages of batches CallFire was asked for."""
        return len(self.sandbox.requests_to("GET", "/batches"))

    def chunks(self, *states: ChunkState) -> int:
        return Chunk.objects.filter(state__in=states).count()

    @contextmanager
    def silence(self) -> Iterator[None]:
        """CallFire takes connections and requests, and neither carries them out nor answers."""
        self.disturbed()
        self.sandbox.stop_listening()
        with socket.create_server(("127.0.0.1", urlsplit(self.sandbox.url).port or 0), backlog=64):
            yield
        self.sandbox.start_listening()

    def judge(self, upload: Upload) -> Verdict:
        return verdict(self.sandbox.world, upload.broadcast_id, numbers(upload.accepted))

    def _account(self) -> str:
        chunks = Chunk.objects.exclude(state=ChunkState.ACTIVE)
        lines = [
            f"{chunk} generation {chunk.generation}, {chunk.looks} looks {chunk.problem}" for chunk in chunks
        ]
        spoken = [process.output[-6000:] for process in self._processes]
        return "\n".join([*map(str, Upload.objects.all()), *lines, *spoken])


def numbers(people: int) -> list[str]:
    """So many different numbers reserved for fiction."""
    return [str(fictitious(position)) for position in range(people)]
