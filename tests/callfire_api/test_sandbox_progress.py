"""How a run moves with the clock: pace, outcomes, retries, hours, credits, figures."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from callfire_api.sandbox import ManualClock, Sandbox
from tests.callfire_api.sandbox_caller import call, get

LIST = "/calls/broadcasts"
OUTCOMES = (
    "liveCount", "answeringMachineCount", "busyCount", "noAnswerCount", "transferCount", "doNotCallCount",
    "errorCount", "miscCount",
)  # fmt: skip


def stats(sandbox: Sandbox, broadcast_id: int, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = get(sandbox, f"{LIST}/{broadcast_id}/stats", **query)
    return answer


class TestPace:
    def test_nothing_happens_while_the_clock_stands_still(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="RUNNING")
        assert stats(sandbox, broadcast.id) == stats(sandbox, broadcast.id)

    def test_numbers_change_within_seconds(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="RUNNING", recipients=1_000, maxActive=100)
        seen = []
        for _ in range(10):
            sandbox.clock.advance(3)
            seen.append(stats(sandbox, broadcast.id)["callsAttempted"])
        assert seen[-1] > seen[4] > 0

    def test_never_more_calls_at_once_than_max_active(self, sandbox: Sandbox) -> None:
        sandbox.world.add_broadcast(status="RUNNING", maxActive=4)
        busiest = 0
        for _ in range(60):
            sandbox.clock.advance(7)
            busiest = max(busiest, len(get(sandbox, "/calls", states="SELECTED")["items"]))
        assert 2 <= busiest <= 4

    def test_it_does_not_matter_how_often_somebody_looks(self) -> None:
        answers = []
        for steps in (1, 600):
            with Sandbox(clock=ManualClock()) as practice:
                broadcast = practice.world.add_broadcast(status="RUNNING", recipients=300, maxActive=20)
                for _ in range(steps):
                    practice.clock.advance(600 / steps)
                    assert broadcast.status == "RUNNING"
                answers.append((stats(practice, broadcast.id), practice.world.calls(broadcast.id)))
        assert answers[0] == answers[1]

    def test_it_finishes_when_everybody_is_done(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="RUNNING", recipients=50, maxActive=10)
        sandbox.clock.advance(3_600)
        shown = get(sandbox, f"{LIST}/{broadcast.id}")
        assert shown["status"] == "FINISHED"
        assert shown["lastModified"] < sandbox.clock.now() * 1000
        assert stats(sandbox, broadcast.id)["remainingOutboundCount"] == 0

    def test_calls_in_progress_end_after_a_stop(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="RUNNING", maxActive=20)
        sandbox.clock.advance(60)
        call(sandbox, "POST", f"{LIST}/{broadcast.id}/stop")
        before = stats(sandbox, broadcast.id)
        sandbox.clock.advance(600)
        after = stats(sandbox, broadcast.id)
        sandbox.clock.advance(600)
        assert stats(sandbox, broadcast.id) == after
        assert before["callsRemaining"] == after["callsRemaining"]  # nobody new was called
        assert after["callsAttempted"] > before["callsAttempted"]  # attempts that were still under way

    def test_it_goes_on_where_it_stopped(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(progress=0.5, recipients=200)
        begun = stats(sandbox, broadcast.id)["callsAttempted"]
        assert 60 < begun < 140
        call(sandbox, "POST", f"{LIST}/{broadcast.id}/start")
        sandbox.clock.advance(3_600)
        assert broadcast.status == "FINISHED"
        assert stats(sandbox, broadcast.id)["callsAttempted"] == 200


class TestOutcomes:
    def test_rates_are_plausible(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="FINISHED", recipients=20_000, maxActive=100)
        counters = stats(sandbox, broadcast.id)
        shares = {name: counters[name] / counters["totalCount"] for name in OUTCOMES}
        assert shares["liveCount"] == pytest.approx(0.37, abs=0.02)
        assert shares["answeringMachineCount"] == pytest.approx(0.35, abs=0.02)
        assert shares["noAnswerCount"] == pytest.approx(0.16, abs=0.015)
        assert shares["busyCount"] == pytest.approx(0.05, abs=0.01)
        assert shares["errorCount"] == pytest.approx(0.045, abs=0.01)
        assert shares["transferCount"] == pytest.approx(0.015, abs=0.005)
        assert shares["doNotCallCount"] == pytest.approx(0.008, abs=0.004)

    def test_without_detection_machines_count_as_live(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="FINISHED", answeringMachineConfig="LIVE_IMMEDIATE")
        counters = stats(sandbox, broadcast.id)
        assert counters["answeringMachineCount"] == 0
        assert counters["liveCount"] > 50

    def test_a_pressed_opt_out_lands_on_the_do_not_contact_list(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="RUNNING", recipients=600, maxActive=100)
        sandbox.clock.advance(3_600)
        opted_out = get(sandbox, "/calls", results="DNC", campaignId=broadcast.id)["items"]
        assert opted_out
        listed = {entry["number"] for entry in get(sandbox, "/contacts/dncs")["items"]}
        assert listed == {row["toNumber"] for row in opted_out}


class TestRetries:
    RETRIES = {"maxAttempts": 2, "minutesBetweenAttempts": 30, "retryResults": ["BUSY", "NO_ANS"]}

    def test_people_wait_for_another_call_and_get_it(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="RUNNING", maxActive=50, retryConfig=self.RETRIES)
        sandbox.clock.advance(600)
        waiting = get(sandbox, "/calls", states="CALLBACK")["items"]
        assert len(waiting) == stats(sandbox, broadcast.id)["callsAwaitingRedial"] > 5
        assert {row["finalCallResult"] for row in waiting} <= {"BUSY", "NO_ANS"}
        assert broadcast.status == "RUNNING"
        sandbox.clock.advance(3_600)
        assert broadcast.status == "FINISHED"
        again = get(sandbox, f"/calls/{waiting[0]['id']}")["records"]
        assert len(again) == 2
        assert again[1]["originateTime"] - again[0]["finishTime"] >= 30 * 60 * 1000

    def test_nobody_is_called_again_by_default(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="FINISHED")
        assert {len(row["records"]) for row in sandbox.world.calls(broadcast.id)} == {1}

    def test_attempts_can_count_without_the_first(self, sandbox: Sandbox) -> None:
        sandbox.switches.max_attempts_is_total = False
        broadcast = sandbox.world.add_broadcast(status="RUNNING", maxActive=50, retryConfig=self.RETRIES)
        sandbox.clock.advance(3 * 3_600)
        assert max(len(row["records"]) for row in sandbox.world.calls(broadcast.id)) == 3


class TestCallingHours:
    HOURS = {"enabled": True, "beginHour": 9, "beginMinute": 0, "endHour": 20, "endMinute": 0}

    def run_at_dawn(self, honoured: bool, settings: dict[str, Any]) -> tuple[list[int], list[int]]:
        """People called in Los Angeles and New York, half an hour before and after 9 in New York."""
        dawn = ManualClock(datetime(2026, 11, 23, 13, 30, tzinfo=UTC))
        people = [{"phoneNumber": f"{area}55501{n:02}"} for n in range(10) for area in ("1213", "1212")]
        with Sandbox(clock=dawn) as practice:
            practice.switches.honour_local_hours = honoured
            broadcast = practice.world.add_broadcast(recipients=people, localTimeRestriction=settings)
            call(practice, "POST", f"{LIST}/{broadcast.id}/start")
            reached: list[list[int]] = []
            for _ in range(2):
                dawn.advance(1_790 if not reached else 1_800)
                rows = practice.world.calls(broadcast.id)
                called = [row["toNumber"][:4] for row in rows if row["state"] != "READY"]
                reached.append([called.count("1213"), called.count("1212")])
            return reached[0], reached[1]

    def test_they_bind_by_area_code_when_switched_on(self) -> None:
        assert self.run_at_dawn(True, self.HOURS) == ([0, 0], [0, 10])

    def test_they_do_not_bind_without_enabled(self) -> None:
        assert self.run_at_dawn(True, self.HOURS | {"enabled": False})[0] == [10, 10]

    def test_they_do_not_bind_without_the_switch(self) -> None:
        assert self.run_at_dawn(False, self.HOURS)[0] == [10, 10]


class TestCredits:
    def test_the_balance_falls_by_what_the_calls_cost(self, sandbox: Sandbox) -> None:
        before = get(sandbox, "/me/billing/plan-usage")["totalRemainingCredits"]
        broadcast = sandbox.world.add_broadcast(status="RUNNING", recipients=40)
        sandbox.clock.advance(3_600)
        after = get(sandbox, "/me/billing/plan-usage")["totalRemainingCredits"]
        spent = stats(sandbox, broadcast.id)["billedAmount"]
        assert before - after == pytest.approx(spent)
        assert spent > 10

    def test_a_run_ends_below_zero_with_people_undialed(self, sandbox: Sandbox) -> None:
        sandbox.world.account.credits_e4 = 100_000
        broadcast = sandbox.world.add_broadcast(status="RUNNING", recipients=500, maxActive=20)
        sandbox.clock.advance(7_200)
        assert broadcast.status == "STOPPED"
        assert get(sandbox, "/me/billing/plan-usage")["totalRemainingCredits"] < 0
        undialed = get(sandbox, "/calls", results="UNDIALED", campaignId=broadcast.id, limit=1000)["items"]
        assert 0 < len(undialed) < 500
        assert {row["state"] for row in undialed} == {"READY"}
        assert stats(sandbox, broadcast.id)["remainingOutboundCount"] == len(undialed)

    def test_after_a_top_up_the_undialed_are_called(self, sandbox: Sandbox) -> None:
        sandbox.world.account.credits_e4 = 10_000
        broadcast = sandbox.world.add_broadcast(status="RUNNING", recipients=300, maxActive=20)
        sandbox.clock.advance(7_200)
        assert broadcast.status == "STOPPED"
        sandbox.world.account.credits_e4 = 90_000_000
        call(sandbox, "POST", f"{LIST}/{broadcast.id}/start")
        assert get(sandbox, "/calls", results="UNDIALED")["items"] == []
        sandbox.clock.advance(7_200)
        assert broadcast.status == "FINISHED"

    def test_usage_adds_up_over_an_interval(self, sandbox: Sandbox) -> None:
        past = sandbox.world.add_broadcast(status="FINISHED", recipients=30)
        total = stats(sandbox, past.id)["billedAmount"]
        assert get(sandbox, "/me/billing/credit-usage")["creditsUsed"] == pytest.approx(total)
        now = int(sandbox.clock.now() * 1000)
        assert get(sandbox, "/me/billing/credit-usage", intervalBegin=now)["creditsUsed"] == 0


class TestStatistics:
    def test_the_published_relations_hold(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="RUNNING", recipients=400, maxActive=40, messy=True)
        for _ in range(5):
            sandbox.clock.advance(60)
            counters = stats(sandbox, broadcast.id)
            assert counters["totalCount"] == sum(counters[name] for name in OUTCOMES) > 0
            assert counters["dialedCount"] == counters["totalCount"] - counters["doNotCallCount"]
            assert counters["totalOutboundCount"] == 400

    def test_they_agree_with_the_calls(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="FINISHED", recipients=250)
        counters = stats(sandbox, broadcast.id)
        rows = sandbox.world.calls(broadcast.id)
        results = Counter(row.get("finalCallResult") for row in rows)
        records = [record for row in rows for record in row["records"]]
        assert counters["liveCount"] == results["LA"]
        assert counters["errorCount"] == sum(
            results[word] for word in ("CARRIER_ERROR", "CARRIER_TEMP_ERROR", "INTERNAL_ERROR")
        )
        assert counters["callsDuration"] == sum(record["duration"] for record in records)
        assert counters["billedAmount"] == pytest.approx(sum(record["billedAmount"] for record in records))
        assert counters["miscCount"] == sum(row["state"] == "TIMEOUT" for row in rows)

    def test_a_window_counts_what_ended_inside(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="RUNNING", recipients=200, maxActive=20)
        begin = int(sandbox.clock.now() * 1000)
        sandbox.clock.advance(120)
        middle = int(sandbox.clock.now() * 1000)
        so_far = stats(sandbox, broadcast.id)
        sandbox.clock.advance(3_600)
        whole = stats(sandbox, broadcast.id)
        first = stats(sandbox, broadcast.id, begin=begin, end=middle)
        second = stats(sandbox, broadcast.id, begin=middle + 1)
        assert first["totalCount"] == so_far["totalCount"] > 0
        assert first["totalCount"] + second["totalCount"] == whole["totalCount"]
        assert first["billedAmount"] + second["billedAmount"] == pytest.approx(whole["billedAmount"])

    def test_contradictory_by_switch(self, sandbox: Sandbox) -> None:
        sandbox.switches.stats = "contradictory"
        counters = stats(sandbox, sandbox.world.add_broadcast(status="FINISHED").id)
        assert counters["totalCount"] != sum(counters[name] for name in OUTCOMES)
        assert counters["callsRemaining"] != counters["remainingOutboundCount"]

    def test_partial_by_switch(self, sandbox: Sandbox) -> None:
        sandbox.switches.stats = "partial"
        counters = stats(sandbox, sandbox.world.add_broadcast(status="FINISHED").id)
        assert "busyCount" not in counters
        assert "totalCount" in counters

    def test_they_lag_by_switch(self, sandbox: Sandbox) -> None:
        sandbox.switches.stats_lag_seconds = 30
        broadcast = sandbox.world.add_broadcast(status="RUNNING", maxActive=50)
        early = stats(sandbox, broadcast.id)
        sandbox.clock.advance(29)
        assert stats(sandbox, broadcast.id) == early
        sandbox.clock.advance(1)
        assert stats(sandbox, broadcast.id)["callsAttempted"] > 0
