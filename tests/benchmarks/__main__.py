"""Runs every benchmark and holds it against its limit: ``make bench``.

Ours and the bare thing are measured in turns, so that a busy machine slows both alike.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

import urllib3  # noqa: E402 - Django must be set up before anything that reads its settings
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment, teardown_test_environment  # noqa: E402
from django.utils import timezone  # noqa: E402

from callfire_api import CallFire, LocalPacer  # noqa: E402
from callfire_api.sandbox import ManualClock, Sandbox  # noqa: E402
from campaigns.models import BroadcastSnapshot, User  # noqa: E402
from campaigns.permissions import Role  # noqa: E402
from tests.benchmarks import call_page, checking, handing_over, listening  # noqa: E402

ROUNDS = 15
ROWS = 1000


@dataclass(frozen=True)
class Benchmark:
    """Ours against the bare thing; the ratio may not exceed the limit."""

    name: str
    ours: Callable[[], object]
    bare: Callable[[], object]
    limit: float
    repeats: int


def main() -> None:
    """Print a line for each benchmark; exit with 1 when one is over its limit."""
    with _database(), Sandbox(scenario="empty", port=0, clock=ManualClock()) as sandbox:
        results = [_measure(benchmark) for benchmark in (_list_page(), *_reads(sandbox))]
        results.append(handing_over.run())
    results.append(call_page.run())
    results.append(checking.run())
    results.append(listening.run())
    if not all(results):
        sys.exit(1)


def _list_page() -> Benchmark:
    """The page people look at all day, against the one query it cannot do without."""
    now = timezone.now()
    BroadcastSnapshot.objects.bulk_create(
        BroadcastSnapshot(
            id=number,
            name=f"Broadcast {number}",
            name_folded=f"broadcast {number}",
            status="STOPPED",
            last_modified=now,
            labels=["spring"],
            seen_at=now,
        )
        for number in range(1, ROWS + 1)
    )
    browser = Client()
    person = User.objects.create_user("viewer", role=Role.VIEWER)
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    def page() -> None:
        answer = browser.get("/broadcasts/")
        assert answer.status_code == 200
        assert b"Broadcast 1" in answer.content

    def query() -> None:
        assert len(BroadcastSnapshot.objects.order_by("-last_modified", "-id")[:50]) == 50

    return Benchmark("list of broadcasts : its query", page, query, limit=40, repeats=5)


def _reads(sandbox: Sandbox) -> Iterator[Benchmark]:
    """One broadcast through the client, against the same request sent and parsed by hand."""
    record = sandbox.world.add_broadcast(name="Spring", status="RUNNING", recipients=10)
    broadcast_id = int(record["id"])
    unpaced = LocalPacer(requests_per_second=1e6, max_in_flight=16)
    client = CallFire(sandbox.login, sandbox.password, sandbox.url, pacer=unpaced)
    pool = urllib3.PoolManager(headers=urllib3.make_headers(basic_auth=f"{sandbox.login}:{sandbox.password}"))
    url = f"{sandbox.url}/calls/broadcasts/{broadcast_id}"

    def through_the_client() -> None:
        assert client.broadcasts.get(broadcast_id).name == "Spring"

    def by_hand() -> None:
        assert json.loads(pool.request("GET", url).data)["name"] == "Spring"

    yield Benchmark("client read : urllib3 and json", through_the_client, by_hand, limit=4, repeats=40)


def _measure(benchmark: Benchmark) -> bool:
    benchmark.ours()
    benchmark.bare()
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(benchmark.ours, benchmark.repeats))
        bare.append(_seconds(benchmark.bare, benchmark.repeats))
    ratio = statistics.median(ours) / statistics.median(bare)
    passed = ratio <= benchmark.limit
    sys.stdout.write(
        f"{'ok    ' if passed else 'OVER  '} {benchmark.name:34} {statistics.median(ours) * 1000:8.2f} ms : "
        f"{statistics.median(bare) * 1000:7.2f} ms = {ratio:5.1f}   (limit {benchmark.limit:g})\n"
    )
    sys.stdout.flush()
    return passed


def _seconds(work: Callable[[], object], repeats: int) -> float:
    gc.collect()
    started = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - started) / repeats


@contextmanager
def _database() -> Iterator[None]:
    name = connection.settings_dict["NAME"]
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()


if __name__ == "__main__":
    main()
