"""The practice CallFire as one object: a world, a way to reach it, and ways to disturb it."""

import logging
import time
from dataclasses import asdict
from types import TracebackType
from typing import Self, Unpack

from .clock import Clock, ManualClock
from .control import Control
from .errors import RefusalError, ViolationError, error_body, title
from .exchange import Reply, Request, json_reply
from .faults import Fault, FaultBook, Harm
from .request_log import Journal, RequestLog
from .routes import PREFIX, carry_out
from .scenario import build_world
from .server import HangUpError, HttpServer, credentials, same
from .switches import Switches
from .world import World

logger = logging.getLogger(__name__)

DEFAULT_LOGIN = "practice"  # the password too, unless another is given


class Sandbox:
    """Answers at ``url`` while the ``with`` block lasts.

    Args:
        scenario: the world it begins with: ``empty``, ``demo`` or ``busy``.
        port: 0 picks a free one, which is kept across ``stop_listening`` and ``start_listening``.
        clock: what moves the world; a ManualClock unless given.
        login, password: the API credentials that may do everything. ``limited_login`` with
            ``limited_password`` may only read.
        seed: fixes every random choice.
    """

    def __init__(
        self,
        scenario: str = "empty",
        *,
        port: int = 0,
        clock: Clock | None = None,
        login: str = DEFAULT_LOGIN,
        password: str = DEFAULT_LOGIN,
        seed: int = 1,
    ) -> None:
        self.login, self.password = login, password
        self.limited_login, self.limited_password = "limited", "limited"
        self.clock: Clock = clock or ManualClock()
        self.switches = Switches()
        self._seed = seed
        self._faults = FaultBook(seed)
        self._journal = Journal()
        self._violations: list[RequestLog] = []
        self._world = build_world(scenario, self.clock, self.switches, seed)
        self._control = Control(self)
        self._server = HttpServer(port, self)

    def __enter__(self) -> Self:
        self.start_listening()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_listening()

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self._server.port}{PREFIX}"

    @property
    def world(self) -> World:
        return self._world

    def start_listening(self) -> None:
        """Raises OSError when the port is taken."""
        self._server.start()

    def stop_listening(self) -> None:
        """From now on connections are refused, as if CallFire were down; the world stays."""
        self._server.stop()

    def reset(self, scenario: str = "empty") -> None:
        """A new world at the clock's present time; faults, switches, log and violations are forgotten."""
        self.switches.change(asdict(Switches()))
        self._world = build_world(scenario, self.clock, self.switches, self._seed)
        self.clear_faults()
        self.clear_requests()

    # What it was asked

    @property
    def requests(self) -> list[RequestLog]:
        """The latest requests, oldest first; those to the control address are not among them."""
        return self._journal.entries()

    def requests_to(self, method: str, path: str) -> list[RequestLog]:
        """Those with this method whose path ends in ``path``."""
        return [entry for entry in self.requests if entry.method == method and entry.path.endswith(path)]

    def requests_since(self, number: int) -> list[RequestLog]:
        return self._journal.entries(number)

    def clear_requests(self) -> None:
        """Empties the log and the violations."""
        self._journal.clear()
        self._violations.clear()

    @property
    def violations(self) -> list[RequestLog]:
        """Requests answered 400 because they broke the documented shape."""
        return list(self._violations)

    # Disturbing it

    def fail_next(
        self, method: str = "", path: str = "", *, times: int | None = 1, **harm: Unpack[Harm]
    ) -> Fault:
        """Spoils the next ``times`` requests whose path ends in ``path``; see Fault for what is possible."""
        return self._disturb(Fault(method, path, times=times, **harm))

    def fail_share(self, method: str = "", path: str = "", *, share: float, **harm: Unpack[Harm]) -> Fault:
        """Spoils a share (0 to 1) of the matching requests until the faults are cleared."""
        return self._disturb(Fault(method, path, times=None, share=share, **harm))

    def _disturb(self, fault: Fault) -> Fault:
        self._faults.add(fault)
        return fault

    def clear_faults(self) -> None:
        self._faults.clear()

    @property
    def faults(self) -> FaultBook:
        return self._faults

    # Answering

    def control(self, request: Request) -> Reply:
        """Answers at the control address."""
        return self._control.answer(request)

    def answer(self, request: Request) -> Reply:
        """Answers an API request; raises HangUpError where a fault says so."""
        path = request.path.removeprefix(PREFIX)
        fault = self._faults.pick(request.method, path)
        happens = fault is None or fault.lets_it_happen
        reply, violated = self._handle(request) if happens else (Reply(), False)
        applied = happens and reply.status < 400
        if fault is not None and fault.replaces_the_answer:
            reply = self._spoilt(fault, reply)
        dropped = fault is not None and fault.drop is not None
        entry = self._journal.add(
            method=request.method,
            path=path,
            query=dict(request.query),
            raw_body=request.raw_body,
            status=None if dropped else reply.status,
            applied=applied,
            at=self.clock.now(),
        )
        if violated:
            self._violations.append(entry)
        if fault is not None and fault.delay_seconds:
            time.sleep(fault.delay_seconds)
        if dropped:
            raise HangUpError
        return reply

    def _handle(self, request: Request) -> tuple[Reply, bool]:
        try:
            self._admit(request)
            return carry_out(self._world, request), False
        except RefusalError as refusal:
            body = error_body(refusal.status, refusal.message, refusal.detail, self.switches)
            return json_reply(body, refusal.status), isinstance(refusal, ViolationError)
        except Exception as error:
            logger.exception("the sandbox failed to answer %s %s", request.method, request.path)
            return json_reply(error_body(500, title(500), repr(error), self.switches), 500), False

    def _admit(self, request: Request) -> None:
        given = credentials(request.headers)
        if given is None:
            raise RefusalError(401)
        if same(given[0], self.limited_login) and same(given[1], self.limited_password):
            if request.method != "GET":
                raise RefusalError(403)
        elif not (same(given[0], self.login) and same(given[1], self.password)):
            raise RefusalError(401)

    def _spoilt(self, fault: Fault, reply: Reply) -> Reply:
        status = fault.status if fault.status is not None else reply.status
        if fault.body is None:
            body = error_body(status, fault.message or title(status), "", self.switches)
            spoilt = json_reply(body, status) if status >= 300 else Reply(status, reply.body)
        else:
            text = fault.body.encode() if isinstance(fault.body, str) else fault.body
            spoilt = Reply(status, text)
        spoilt.content_type = fault.content_type or spoilt.content_type
        spoilt.headers.update(fault.headers)
        return spoilt
