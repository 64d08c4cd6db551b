"""Misbehaviour on demand, from Python and over the control address."""

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests

import callfire_api.sandbox
from callfire_api.sandbox import Sandbox, Switches
from tests.callfire_api.sandbox_caller import call, control, get, numbers

LIST = "/calls/broadcasts"


class TestStatusFaults:
    def test_it_befalls_the_next_matching_request_only(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="RUNNING")
        stop = f"{LIST}/{broadcast.id}/stop"
        sandbox.fail_next("POST", "/stop", status=503, headers={"Retry-After": "1"})
        assert call(sandbox, "GET", LIST).status_code == 200
        failed = call(sandbox, "POST", stop)
        assert (failed.status_code, failed.headers["Retry-After"]) == (503, "1")
        assert failed.json()["httpStatusCode"] == 503
        assert broadcast.status == "RUNNING"
        assert call(sandbox, "POST", stop).status_code == 200
        assert [(entry.status, entry.applied) for entry in sandbox.requests_to("POST", "/stop")] == [
            (503, False), (200, True),
        ]  # fmt: skip

    def test_it_can_last_for_several(self, sandbox: Sandbox) -> None:
        sandbox.fail_next(
            "GET", times=3, status=429, headers={"X-Rate-Limit-Retry-After-Milliseconds": "250"}
        )
        answers = [call(sandbox, "GET", LIST) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
        assert answers[0].headers["X-Rate-Limit-Retry-After-Milliseconds"] == "250"

    def test_a_rate_limit_can_be_a_400_with_a_sentence(self, sandbox: Sandbox) -> None:
        sandbox.fail_next(status=400, message="Rate limit reached")
        answer = call(sandbox, "GET", LIST)
        assert (answer.status_code, answer.json()["message"]) == (400, "Rate limit reached")
        assert sandbox.violations == []

    def test_a_write_can_be_applied_and_yet_answered_with_an_error(self, sandbox: Sandbox) -> None:
        sandbox.fail_next("POST", LIST, status=500, body="", applied=True)
        answer = call(sandbox, "POST", LIST, {"name": "There"})
        assert (answer.status_code, answer.content) == (500, b"")
        assert [row["name"] for row in get(sandbox, LIST)["items"]] == ["There"]


class TestBodies:
    def test_a_gateways_html(self, sandbox: Sandbox) -> None:
        sandbox.fail_next(status=502, body="<html>Bad gateway</html>", content_type="text/html")
        answer = call(sandbox, "GET", LIST)
        assert (answer.status_code, answer.text) == (502, "<html>Bad gateway</html>")
        assert answer.headers["Content-Type"] == "text/html"

    def test_a_garbled_answer_to_a_write_that_happened(self, sandbox: Sandbox) -> None:
        sandbox.fail_next("POST", LIST, body='{"id": ')
        answer = call(sandbox, "POST", LIST, {"name": "There"})
        assert (answer.status_code, answer.text) == (201, '{"id": ')
        assert len(sandbox.world.broadcasts) == 1
        assert sandbox.requests[-1].applied


class TestDroppedConnections:
    @pytest.mark.parametrize(("drop", "batches"), [("before", 0), ("after", 1)])
    def test_before_and_after_applying(self, sandbox: Sandbox, drop: Any, batches: int) -> None:
        broadcast = sandbox.world.add_broadcast(recipients=0)
        sandbox.fail_next("POST", "/batches", drop=drop)
        path = f"{LIST}/{broadcast.id}/batches"
        with pytest.raises(requests.ConnectionError):
            call(sandbox, "POST", path, {"name": "B", "recipients": numbers(2)})
        assert len(sandbox.world.batches(broadcast.id)) == batches
        (entry,) = sandbox.requests
        assert (entry.status, entry.applied) == (None, bool(batches))

    def test_what_was_refused_was_not_applied(self, sandbox: Sandbox) -> None:
        sandbox.fail_next("POST", "/stop", drop="after")
        with pytest.raises(requests.ConnectionError):
            call(sandbox, "POST", f"{LIST}/1/stop")
        assert [entry.applied for entry in sandbox.requests] == [False]

    def test_a_connection_kept_alive_is_dropped_too(self, sandbox: Sandbox) -> None:
        with requests.Session() as session:
            session.auth = (sandbox.login, sandbox.password)
            assert session.get(sandbox.url + LIST, timeout=10).ok
            sandbox.fail_next(drop="after")
            with pytest.raises(requests.ConnectionError):
                session.get(sandbox.url + LIST, timeout=10)
            assert session.get(sandbox.url + LIST, timeout=10).ok


class TestDelays:
    def test_the_answer_is_late_and_the_write_happened(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="RUNNING")
        sandbox.fail_next("POST", "/stop", delay_seconds=0.2)
        begun = time.monotonic()
        assert call(sandbox, "POST", f"{LIST}/{broadcast.id}/stop").status_code == 200
        assert time.monotonic() - begun >= 0.2
        assert broadcast.status == "STOPPED"


class TestShares:
    def answers(self, sandbox: Sandbox) -> list[int]:
        return [call(sandbox, "GET", LIST).status_code for _ in range(60)]

    def test_a_seeded_share_fails(self, sandbox: Sandbox) -> None:
        sandbox.fail_share("GET", share=0.3, status=500)
        first = self.answers(sandbox)
        assert 8 <= first.count(500) <= 30
        sandbox.clear_faults()
        assert set(self.answers(sandbox)) == {200}
        sandbox.clear_faults()
        sandbox.fail_share("GET", share=0.3, status=500)
        assert self.answers(sandbox) == first

    def test_other_methods_are_spared(self, sandbox: Sandbox) -> None:
        sandbox.fail_share("POST", share=1, status=500)
        assert set(self.answers(sandbox)) == {200}
        assert call(sandbox, "POST", LIST, {"name": "n"}).status_code == 500


class TestControlAddress:
    def test_health_and_overview_need_no_credentials(self, sandbox: Sandbox) -> None:
        assert control(sandbox, "GET", "health").json() == {"status": "ok"}
        overview = control(sandbox, "GET", "")
        assert overview.headers["Content-Type"].startswith("text/plain")
        assert sandbox.url in overview.text

    def test_faults(self, sandbox: Sandbox) -> None:
        assert control(sandbox, "POST", "faults", {"path": "/stats", "status": 500, "times": 2}).ok
        assert control(sandbox, "POST", "faults", {"share": 1.0, "method": "PUT", "status": 502}).ok
        described = control(sandbox, "GET", "faults").json()
        assert [(fault["path"], fault["times"]) for fault in described] == [("/stats", 2), ("", None)]
        assert call(sandbox, "GET", f"{LIST}/1/stats").status_code == 500
        assert control(sandbox, "DELETE", "faults").ok
        assert call(sandbox, "GET", f"{LIST}/1/stats").status_code == 404

    def test_clock_and_switches(self, sandbox: Sandbox) -> None:
        before = sandbox.clock.now()
        assert control(sandbox, "POST", "clock", {"advance_seconds": 90}).json() == {"now": before + 90}
        assert control(sandbox, "POST", "switches", {"start_via": ["START_PENDING"]}).ok
        assert sandbox.switches.start_via == ("START_PENDING",)
        assert control(sandbox, "GET", "switches").json()["start_via"] == ["START_PENDING"]

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("switches", {"colour": "red"}),
            ("switches", {"create_status": "200"}),
            ("switches", {"omit_items": 1}),
            ("faults", {"colour": "red"}),
            ("faults", {"status": "503"}),
            ("faults", {"drop": "sometimes"}),
            ("faults", {"headers": ["Retry-After"]}),
            ("faults", {"delay_seconds": True}),
            ("clock", {"advance_seconds": -1}),
            ("clock", {}),
            ("reset", {"scenario": "paradise"}),
            ("switches", [1]),
        ],
    )
    def test_nonsense_is_refused_with_a_sentence(self, sandbox: Sandbox, path: str, body: Any) -> None:
        answer = control(sandbox, "POST", path, body)
        assert answer.status_code == 400
        assert answer.json()["error"]
        assert call(sandbox, "GET", LIST).status_code == 200

    def test_requests_since_and_violations(self, sandbox: Sandbox) -> None:
        for name in ("one", ""):
            call(sandbox, "POST", LIST, {"name": name})
        first, second = control(sandbox, "GET", "requests").json()
        assert (first["body"], second["status"]) == ({"name": "one"}, 400)
        assert control(sandbox, "GET", f"requests?since={first['number']}").json() == [second]
        assert control(sandbox, "GET", "violations").json() == [second]
        control(sandbox, "DELETE", "requests")
        assert sandbox.requests == []
        assert sandbox.violations == []

    def test_reset_begins_anew(self, sandbox: Sandbox) -> None:
        sandbox.world.add_broadcast()
        sandbox.switches.create_status = 200
        sandbox.fail_next(status=500)
        assert control(sandbox, "POST", "reset", {"scenario": "empty"}).ok
        assert get(sandbox, LIST)["items"] == []
        assert sandbox.switches.create_status == 201

    def test_an_unknown_address_is_404(self, sandbox: Sandbox) -> None:
        assert control(sandbox, "GET", "nothing").status_code == 404
        assert sandbox.requests == []


class TestSwitches:
    def test_each_is_in_the_readme_with_its_default(self) -> None:
        readme = Path(callfire_api.sandbox.__file__).with_name("README.md").read_text()
        for switch in dataclasses.fields(Switches):
            default = json.dumps(switch.default) if isinstance(switch.default, str) else repr(switch.default)
            assert f"| `{switch.name}` | `{default}` |" in readme

    def test_a_misspelt_switch_raises(self, sandbox: Sandbox) -> None:
        with pytest.raises(AttributeError):
            sandbox.switches.__setattr__("creat_status", 200)
