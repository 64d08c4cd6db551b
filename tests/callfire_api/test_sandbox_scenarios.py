"""The worlds a sandbox can begin with, and the process that serves one."""

import os
import signal
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import requests

from callfire_api.sandbox import ManualClock, Sandbox
from callfire_api.sandbox.ids import BROADCASTS
from tests.callfire_api.sandbox_caller import call, get

LIST = "/calls/broadcasts"
STATUSES = {
    "TEST", "SETUP", "START_PENDING", "RUNNING", "SCHEDULED", "STOPPED", "SUSPENDED", "FINISHED", "ARCHIVED",
    "VALIDATING_START", "VALIDATING_EMAIL", "BLOCKED_SUSPICIOUS", "DECLINED", "APPROVED",
}  # fmt: skip
STATES = {
    "READY", "SELECTED", "CALLBACK", "FINISHED", "DISABLED", "SKIPPED", "DNC", "DUP", "INVALID", "TIMEOUT",
    "PERIOD_LIMIT", "RESTRICTED_NUMBER",
}  # fmt: skip
RESULTS = {
    "LA", "AM", "BUSY", "DNC", "XFER", "NO_ANS", "XFER_LEG", "INTERNAL_ERROR", "CARRIER_ERROR",
    "CARRIER_TEMP_ERROR", "UNDIALED", "SD", "POSTPONED", "ABANDONED", "SKIPPED",
}  # fmt: skip


@cache
def demo_later() -> tuple[Sandbox, list[dict[str, Any]]]:
    """The demo after forty minutes, when retries have begun to wait, and all its calls; only looked at."""
    practice = Sandbox("demo", clock=ManualClock())
    practice.clock.advance(2_400)
    return practice, practice.world.calls()


class TestDemo:
    @pytest.fixture
    def demo(self) -> Iterator[Sandbox]:
        with Sandbox("demo", clock=ManualClock()) as practice:
            practice.clock.advance(1)
            yield practice

    def running(self, demo: Sandbox) -> list[Any]:
        return [broadcast for broadcast in demo.world.broadcasts.values() if broadcast.status == "RUNNING"]

    def test_about_sixty_broadcasts_in_every_status_and_one_unknown(self, demo: Sandbox) -> None:
        statuses = Counter(broadcast.status for broadcast in demo.world.broadcasts.values())
        assert 55 <= statuses.total() <= 70
        assert len(set(statuses) - STATUSES) == 1
        assert set(statuses) >= STATUSES
        assert statuses["RUNNING"] == 3

    def test_thousands_of_calls_in_every_state_with_every_result(self) -> None:
        _, rows = demo_later()
        assert len(rows) > 5_000
        assert {row["state"] for row in rows} >= STATES
        assert {row.get("finalCallResult") for row in rows} >= RESULTS
        assert any(row["inbound"] for row in rows)
        assert any(row["agentCall"] for row in rows)
        assert any("callResult" in record for row in rows for record in row.get("records", ()))

    def test_batches_in_every_status(self, demo: Sandbox) -> None:
        broadcasts = demo.world.broadcasts
        batches = [batch for number in broadcasts for batch in demo.world.batches(number)]
        assert {batch["status"] for batch in batches} >= {"ACTIVE", "ERRORS", "SOURCE_ERROR", "VALIDATING"}
        assert not all(batch["enabled"] for batch in batches)
        assert max(Counter(batch["broadcastId"] for batch in batches).values()) > 100

    def test_people_in_many_scripts(self) -> None:
        _, rows = demo_later()
        contacts = [row["contact"] for row in rows if "contact" in row]
        letters = {letter for contact in contacts for letter in contact.get("lastName", "")}
        scripts = {unicodedata.name(letter, "?").split()[0] for letter in letters}
        assert scripts >= {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HANGUL", "DEVANAGARI"}

    def test_awkward_names(self, demo: Sandbox) -> None:
        names = [broadcast.name for broadcast in demo.world.broadcasts.values()]
        assert any("<script>" in name for name in names)
        assert any(name.startswith("=") for name in names)
        assert any(unicodedata.bidirectional(name[0]) == "AL" for name in names)
        assert any(broadcast.id > 2**53 for broadcast in demo.world.broadcasts.values())

    def test_every_number_is_fictitious(self) -> None:
        _, rows = demo_later()
        numbers = {row[key] for row in rows for key in ("toNumber", "fromNumber") if key in row}
        assert all(number[4:9] == "55501" for number in numbers)
        assert len({number[1:4] for number in numbers}) > 100

    def test_three_runs_move_and_obey(self, demo: Sandbox) -> None:
        runs = self.running(demo)
        before = [get(demo, f"{LIST}/{run.id}/stats") for run in runs]
        demo.clock.advance(10)
        after = [get(demo, f"{LIST}/{run.id}/stats") for run in runs]
        assert all(
            late["totalCount"] > early["totalCount"] for early, late in zip(before, after, strict=True)
        )
        for run in runs:
            assert call(demo, "POST", f"{LIST}/{run.id}/stop").status_code == 200
            assert run.status == "STOPPED"
            assert call(demo, "POST", f"{LIST}/{run.id}/start").status_code == 200
            assert run.status == "RUNNING"

    def test_one_run_ends_within_ten_minutes_and_the_others_last_for_hours(self, demo: Sandbox) -> None:
        runs = self.running(demo)
        demo.clock.advance(600)
        assert sorted(run.status for run in runs) == ["FINISHED", "RUNNING", "RUNNING"]
        demo.clock.advance(5_400)
        assert sorted(run.status for run in runs) == ["FINISHED", "RUNNING", "RUNNING"]

    def test_recordings_can_be_heard(self, demo: Sandbox) -> None:
        survey = next(run for run in demo.world.broadcasts.values() if run.name.startswith("Customer survey"))
        rows = demo.world.calls(survey.id)
        made = [r for row in rows for record in row.get("records", ()) for r in record.get("recordings", ())]
        assert {recording["state"] for recording in made} >= {"READY", "ERROR"}
        ready = next(recording for recording in made if recording["state"] == "READY")
        assert call(demo, "GET", f"/calls/recordings/{ready['id']}.mp3").content[0] == 0xFF

    def test_nothing_lies_in_the_future(self) -> None:
        later, rows = demo_later()
        now = later.clock.now() * 1000
        assert all(broadcast["lastModified"] <= now for broadcast in later.world.broadcasts.values())
        assert all(row["modified"] <= now for row in rows)

    def test_it_is_the_same_every_time(self, demo: Sandbox) -> None:
        twin = Sandbox("demo", clock=ManualClock())
        twin.clock.advance(1)
        for number, broadcast in demo.world.broadcasts.items():
            same = twin.world.broadcasts[number]
            assert same.to_json() == broadcast.to_json()
            assert same.roster.dialler.totals == broadcast.roster.dialler.totals
        oldest = next(iter(demo.world.broadcasts))
        assert twin.world.calls(oldest) == demo.world.calls(oldest)


class TestBusy:
    @pytest.fixture
    def busy(self) -> Iterator[Sandbox]:
        with Sandbox("busy", clock=ManualClock()) as practice:
            yield practice

    def built(self, busy: Sandbox) -> int:
        return sum(broadcast.roster.is_built for broadcast in busy.world.newest_first())

    def test_five_thousand_broadcasts_and_two_hundred_thousand_calls(self, busy: Sandbox) -> None:
        assert len(busy.world.broadcasts) == 5_000
        assert get(busy, "/calls", limit=1)["totalCount"] == 200_000

    def test_nobody_exists_before_somebody_looks(self, busy: Sandbox) -> None:
        running = 4
        assert self.built(busy) <= running
        get(busy, LIST, limit=100)
        get(busy, "/calls", limit=100, offset=150_000)
        assert self.built(busy) <= running + 5

    def test_a_filtered_search_stops_counting_in_time(self, busy: Sandbox) -> None:
        page = get(busy, "/calls", results="XFER", limit=50)
        assert len(page["items"]) == 50
        assert page["totalCount"] == -1
        assert self.built(busy) < 1_000

    def test_pages_are_stable(self, busy: Sandbox) -> None:
        call_of_a_page = get(busy, "/calls", limit=1, offset=123_456)["items"]
        assert get(busy, "/calls", limit=1, offset=123_456)["items"] == call_of_a_page
        assert get(busy, f"/calls/{call_of_a_page[0]['id']}") == call_of_a_page[0]


class TestLargeRuns:
    def test_reading_figures_again_costs_only_what_changed(self, sandbox: Sandbox) -> None:
        run = sandbox.world.add_broadcast(status="RUNNING", recipients=50_000, maxActive=200)
        sandbox.clock.advance(60)
        assert run.status == "RUNNING"
        made = run.roster.dialler.totals.attempts
        assert made > 60
        sandbox.clock.advance(3)
        assert run.status == "RUNNING"
        assert run.roster.dialler.totals.attempts - made < 60


def test_skipped_ids_are_the_ids_of_nothing_and_later_ones_are_whole(sandbox: Sandbox) -> None:
    old = sandbox.world.add_broadcast(recipients=2)
    sandbox.world.skip_ids(699_999)
    new = sandbox.world.add_broadcast(recipients=3, status="FINISHED", recorded=True)
    assert list(sandbox.world.broadcasts) == [old.id, new.id]
    calls = sandbox.world.calls(new.id)
    assert len(calls) == 3
    for each in calls:
        assert each["id"] < 2**53
        assert all(record["id"] < 2**53 for record in each.get("records", ()))
        assert get(sandbox, f"/calls/{each['id']}")["campaignId"] == new.id
    assert call(sandbox, "GET", f"{LIST}/{old.id + 1000}").status_code == 404


@pytest.mark.process
class TestProcess:
    def start(self, **environment: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "callfire_api.sandbox", "--port", "0", "--scenario", "demo"]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment
        )

    def test_it_prints_one_line_serves_and_ends_on_a_signal(self) -> None:
        with self.start(SANDBOX_LOGIN="who", SANDBOX_PASSWORD="what") as process:
            assert process.stdout is not None
            assert process.stderr is not None
            url = process.stdout.readline().split()[-1]
            answer = requests.get(f"{url}{LIST}", params={"limit": 1}, auth=("who", "what"), timeout=10)
            refused = requests.get(f"{url}{LIST}", auth=("practice", "practice"), timeout=10)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 0
            assert (process.stdout.read(), process.stderr.read()) == ("", "")
        assert (answer.status_code, refused.status_code) == (200, 401)

    def test_a_later_process_does_not_give_the_ids_of_an_earlier_one(self) -> None:
        begun = time.time()
        with self.start() as process:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            login = ("practice", "practice")
            made = requests.post(f"{url}{LIST}", json={"name": "New"}, auth=login, timeout=10).json()["id"]
            read = requests.get(f"{url}{LIST}/{made}", auth=login, timeout=10).json()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 0
        assert read["name"] == "New"
        expected = [BROADCASTS.make(int(at / 10) % 700_000) for at in (begun, time.time())]
        assert expected[0] <= made <= expected[1]

    def test_a_taken_port_is_one_sentence(self, sandbox: Sandbox) -> None:
        port = sandbox.url.removesuffix("/v2").rpartition(":")[2]
        command = [sys.executable, "-m", "callfire_api.sandbox", "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30)
        assert ended.returncode == 1
        assert ended.stderr.strip().count("\n") == 0
        assert port in ended.stderr
