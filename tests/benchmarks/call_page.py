"""The page of one call, against the bare request it cannot do without, at a CallFire that takes its time."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import urllib3
from django.test import Client, override_settings

from callfire_api.sandbox import ManualClock, Sandbox
from campaigns.models import User
from campaigns.permissions import Role

ANSWER_SECONDS = 0.1
ROUNDS = 25
# Reading, telling and rendering may cost so much more than the answer itself.
LIMIT = 1.5


def run() -> bool:
    """Print a line; False when the page costs too much more than its one read."""
    with (
        Sandbox(scenario="empty", port=0, clock=ManualClock()) as sandbox,
        override_settings(
            CALLFIRE_BASE_URL=sandbox.url, CALLFIRE_LOGIN=sandbox.login, CALLFIRE_PASSWORD=sandbox.password
        ),
    ):
        call_id = _call(sandbox)
        sandbox.fail_share("GET", f"/calls/{call_id}", share=1.0, delay_seconds=ANSWER_SECONDS)
        page, read = _page(call_id), _bare_read(sandbox, call_id)
        page()
        read()
        rounds = [(_seconds(page), _seconds(read)) for _ in range(ROUNDS)]
    ours, bare = (statistics.median(seconds) for seconds in zip(*rounds, strict=True))
    passed = bool(ours / bare <= LIMIT)
    sys.stdout.write(
        f"{'ok    ' if passed else 'OVER  '} {'page of a call : its read':34} {ours * 1000:8.2f} ms : "
        f"{bare * 1000:7.2f} ms = {ours / bare:5.1f}   (limit {LIMIT:g})\n"
    )
    sys.stdout.flush()
    return passed


def _page(call_id: int) -> Callable[[], None]:
    person, _ = User.objects.get_or_create(username="listener", role=Role.OPERATOR)
    browser = Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    def page() -> None:
        answer = browser.get(f"/calls/{call_id}/")
        assert answer.status_code == 200
        assert b"Try 3" in answer.content

    return page


def _bare_read(sandbox: Sandbox, call_id: int) -> Callable[[], None]:
    pool = urllib3.PoolManager(headers=urllib3.make_headers(basic_auth=f"{sandbox.login}:{sandbox.password}"))

    def read() -> None:
        answer = pool.request("GET", f"{sandbox.url}/calls/{call_id}")
        assert json.loads(answer.data)["id"] == call_id

    return read


def _call(sandbox: Sandbox) -> int:
    """A call with three tries, a recording, notes and attributes."""
    at = 1_793_000_000_000
    records = [
        {"id": number, "result": result, "originateTime": at, "duration": 30, "billedAmount": 0.6}
        for number, result in enumerate(("NO_ANS", "AM", "LA"), start=1)
    ]
    call = sandbox.world.add_call(
        sandbox.world.add_broadcast(name="Spring", recipients=0),
        fromNumber="12135550111",
        toNumber="13235550172",
        finalCallResult="LA",
        records=[*records[:2], records[2] | {"recordings": [{"state": "READY", "lengthInSeconds": 30}]}],
        attributes={"street": "1180 Fargo St", "account": "4471"},
        notes=[{"text": "Sent to the field", "created": at}],
    )
    return int(call["id"])


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
