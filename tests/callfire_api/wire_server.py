"""A server that answers exactly what a test tells it to, for oddities no sane CallFire would show."""

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

DRIP_SECONDS = 0.02


@dataclass(frozen=True)
class Reply:
    """One scripted answer.

    `then` says what follows the part that is sent: the rest of the exchange as usual, a closed connection,
    silence until the test is over, or one more byte every now and then until the test is over.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    announce: int | None = None
    then: Literal["go on", "hang up", "fall silent", "drip"] = "go on"
    before: Literal["answer", "hang up", "fall silent"] = "answer"


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class WireServer:
    """Replies in the order in which they were scripted, the last of them for ever.

    Attributes:
        requests: what arrived, in order.
        connections: how many connections were opened.
        closed: how many of them the server has closed.
    """

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.connections = self.closed = 0
        self.script: deque[Reply] = deque([Reply()])
        self.over = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self.port}/v2"

    def reply(self, *replies: Reply) -> None:
        """From now on answer with `replies`."""
        self.script = deque(replies)

    def reply_json(self, value: object, status: int = 200, **headers: str) -> None:
        """From now on answer with `value` as JSON; underscores in header names stand for hyphens."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        self.reply(Reply(status, json.dumps(value).encode(), named))

    @property
    def last(self) -> Received:
        """The latest request."""
        return self.requests[-1]

    def next_reply(self) -> Reply:
        """What to answer now."""
        return self.script.popleft() if len(self.script) > 1 else self.script[0]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, wire: WireServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.wire = wire

    def get_request(self) -> tuple[socket.socket, Any]:
        self.wire.connections += 1
        return super().get_request()

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.wire.closed += 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle_any(self) -> None:
        wire = self.server.wire
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        wire.requests.append(
            Received(self.command, address.path, parse_qs(address.query), dict(self.headers.items()), body)
        )
        self._answer(wire, wire.next_reply())

    do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - the names BaseHTTPRequestHandler looks for

    def _answer(self, wire: WireServer, reply: Reply) -> None:
        if reply.before == "fall silent":
            wire.over.wait()
        if reply.before != "answer":
            self.close_connection = True
            return
        self.send_response(reply.status)
        length = len(reply.body) if reply.announce is None else reply.announce
        for name, text in {"Content-Length": str(length), **reply.headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(reply.body)
        if reply.then != "go on":
            self.close_connection = True
        while reply.then == "drip" and not wire.over.wait(DRIP_SECONDS):
            self.wfile.write(b" ")
        if reply.then == "fall silent":
            wire.over.wait()

    def log_message(self, format: str, *args: object) -> None:
        """Tests look at `requests`."""


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port on which every connection is handed to `serve` and then closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve_all() -> None:
            with suppress(OSError):  # the listener was shut down
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):  # the client hung up
                        serve(connection)

        thread = threading.Thread(target=serve_all)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
