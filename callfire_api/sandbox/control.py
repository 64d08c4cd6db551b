"""The control address ``/_sandbox/``: what Python callers do with methods, for other processes."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

from .clock import Clock
from .exchange import Json, Reply, Request, json_reply
from .faults import Fault, FaultBook
from .fitting import fitting
from .request_log import RequestLog
from .scenario import SCENARIOS
from .switches import Switches
from .world import World

_OVERVIEW = """The practice CallFire

API          {url}
Broadcasts   {broadcasts}
Clock        {now:.0f} (unix seconds)
Requests     {requests} in the log
Faults       {faults} in force
Violations   {violations}

GET    /_sandbox/health
GET    /_sandbox/requests?since=N     DELETE to empty
GET    /_sandbox/violations
GET    /_sandbox/faults               DELETE to clear, POST {{"path": "/stop", "status": 503}}
GET    /_sandbox/switches             POST {{"create_status": 200}}
POST   /_sandbox/clock                {{"advance_seconds": 60}}
POST   /_sandbox/reset                {{"scenario": "demo"}}
"""


class Controlled(Protocol):
    """The parts of a Sandbox that can be reached from outside."""

    clock: Clock
    switches: Switches

    @property
    def url(self) -> str: ...

    @property
    def world(self) -> World: ...

    @property
    def faults(self) -> FaultBook: ...

    @property
    def requests(self) -> list[RequestLog]: ...

    @property
    def violations(self) -> list[RequestLog]: ...

    def requests_since(self, number: int) -> list[RequestLog]: ...

    def clear_requests(self) -> None: ...

    def reset(self, scenario: str) -> None: ...


class Control:
    """Answers requests to the control address; wrong ones get 400 with a sentence."""

    def __init__(self, sandbox: Controlled) -> None:
        self._sandbox = sandbox
        self._actions: dict[tuple[str, str], Callable[[Request], Reply]] = {
            ("GET", ""): self._overview,
            ("GET", "health"): lambda _: json_reply({"status": "ok"}),
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._clear_requests,
            ("GET", "violations"): lambda _: json_reply([entry.to_json() for entry in sandbox.violations]),
            ("GET", "faults"): lambda _: json_reply(sandbox.faults.describe()),
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "switches"): lambda _: json_reply(asdict(sandbox.switches)),
            ("POST", "switches"): self._change_switches,
            ("POST", "clock"): self._advance,
            ("POST", "reset"): self._reset,
        }

    def answer(self, request: Request) -> Reply:
        name = request.path.removeprefix("/_sandbox").strip("/")
        action = self._actions.get((request.method, name))
        if action is None:
            return json_reply({"error": f"no {request.method} /_sandbox/{name}"}, 404)
        try:
            return action(request)
        except ValueError as error:
            return json_reply({"error": str(error)}, 400)

    def _overview(self, request: Request) -> Reply:
        text = _OVERVIEW.format(
            url=self._sandbox.url,
            broadcasts=len(self._sandbox.world.broadcasts),
            now=self._sandbox.clock.now(),
            requests=len(self._sandbox.requests),
            faults=len(self._sandbox.faults.describe()),
            violations=len(self._sandbox.violations),
        )
        return Reply(200, text.encode(), "text/plain; charset=utf-8")

    def _requests(self, request: Request) -> Reply:
        since = int(request.query.get("since", ["0"])[0])
        return json_reply([entry.to_json() for entry in self._sandbox.requests_since(since)])

    def _clear_requests(self, request: Request) -> Reply:
        self._sandbox.clear_requests()
        return Reply(204)

    def _add_fault(self, request: Request) -> Reply:
        wanted = fitting(Fault, _object(request))
        if "share" in wanted:
            wanted.setdefault("times", None)
        self._sandbox.faults.add(Fault(**wanted))
        return Reply(204)

    def _clear_faults(self, request: Request) -> Reply:
        self._sandbox.faults.clear()
        return Reply(204)

    def _change_switches(self, request: Request) -> Reply:
        self._sandbox.switches.change(_object(request))
        return json_reply(asdict(self._sandbox.switches))

    def _advance(self, request: Request) -> Reply:
        seconds = _object(request).get("advance_seconds")
        if not isinstance(seconds, int | float):
            raise ValueError("advance_seconds must be a number")
        self._sandbox.clock.advance(seconds)
        return json_reply({"now": self._sandbox.clock.now()})

    def _reset(self, request: Request) -> Reply:
        scenario = _object(request).get("scenario", "empty")
        if scenario not in SCENARIOS:
            raise ValueError(f"no such scenario: {scenario}")
        self._sandbox.reset(scenario)
        return Reply(204)


def _object(request: Request) -> Json:
    value: Any = json.loads(request.raw_body or b"{}")
    if not isinstance(value, dict):
        raise ValueError("the body must be an object")
    return value
