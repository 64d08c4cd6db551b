"""The practice CallFire over HTTP: connections, credentials, faults, the log."""

import base64
import binascii
import hmac
import logging
import socket
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from .exchange import Reply, Request

logger = logging.getLogger(__name__)

_WRITING_SLICE = 16 * 1024
_STILL_ALIVE_SECONDS = 0.02


class HangUpError(Exception):
    """Ends the connection without another byte."""


class Application(Protocol):
    """What answers requests."""

    def answer(self, request: Request) -> Reply:
        """Raises HangUpError to end the connection instead."""
        ...

    def control(self, request: Request) -> Reply: ...


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # 1 ms a request instead of 44
    server_version = "PracticeCallFire/1"
    server: "_Listener"

    def _serve(self) -> None:
        request = self._read()
        try:
            if request.path.startswith("/_sandbox"):
                reply = self.server.application.control(request)
            else:
                reply = self.server.application.answer(request)
        except HangUpError:
            self.close_connection = True
            return
        self._write(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815

    def _read(self) -> Request:
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        return Request(
            method=self.command,
            path=parts.path,
            query=parse_qs(parts.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            raw_body=self.rfile.read(length) if length else b"",
        )

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        if reply.body or reply.status >= 300:
            self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.omit_length:
            self.send_header("Connection", "close")
        elif reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self._write_body(reply)

    def _write_body(self, reply: Reply) -> None:
        body = reply.body[: reply.cut_after] if reply.cut_after is not None else reply.body
        size = min(_WRITING_SLICE, reply.bytes_per_second or _WRITING_SLICE)
        for begin in range(0, len(body), size):
            self.wfile.write(body[begin : begin + size])
            if reply.bytes_per_second:
                time.sleep(size / reply.bytes_per_second)
        if reply.cut_after is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """The journal knows it all; nothing is printed."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, application: Application) -> None:
        self.application = application
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up_on_everybody(self) -> None:
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                logger.debug("a connection was gone already")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no news."""
        logger.debug("a connection ended early")


class HttpServer:
    """Serves an application on a loopback port, which it keeps across ``stop`` and ``start``."""

    def __init__(self, port: int, application: Application) -> None:
        self.port = port
        self._application = application
        self._listener: _Listener | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Raises OSError when the port is taken."""
        if self._listener is not None:
            return
        self._listener = _Listener(self.port, self._application)
        self.port = self._listener.server_address[1]
        self._thread = threading.Thread(
            target=self._listener.serve_forever,
            args=(_STILL_ALIVE_SECONDS,),
            name="practice-callfire",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Refuses new connections and ends those that are open."""
        if self._listener is None or self._thread is None:
            return
        self._listener.shutdown()
        self._listener.server_close()
        self._listener.hang_up_on_everybody()
        self._thread.join()
        self._listener = self._thread = None


def credentials(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Login and password of a Basic Authorization header."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        login, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (login, password) if colon else None


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
