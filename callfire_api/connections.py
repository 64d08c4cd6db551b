"""Below the transport: addresses we may talk to, connections, bodies, and what it means when one fails."""

import time
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from callfire_api.errors import CallFireError, NotSent, OutcomeUnknown

CHUNK_BYTES = 64 * 1024
LARGEST_ANSWER_BYTES = 64 * 1024 * 1024

# --- addresses ----------------------------------------------------------------------------------------------


def checked_base_url(url: str) -> str:
    """`url` without its last slash, if credentials may be sent there.

    Raises:
        ValueError: it is not https (http will do for this machine itself), or is more than a host and a path.
    """
    if not is_safe_address(url):
        raise ValueError(
            "The CallFire address must begin with https://. Plain http is for a stand-in on this machine."
        )
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("The CallFire address is a host and a path, without credentials, query or fragment.")
    return url.rstrip("/")


def is_safe_address(url: str, *, base: str = "") -> bool:
    """Whether `url`, seen from `base`, is https or stays on this machine."""
    try:
        parts = urlsplit(urljoin(base, url))
        has_host = parts.hostname is not None and parts.port != 0
    except ValueError:  # brackets or a port that make no sense
        return False
    return has_host and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.geturl())))


def is_loopback(url: str) -> bool:
    """Whether `url` stays on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: who is spoken to. Credentials never leave their origin."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


# --- connections, bodies and their failures -----------------------------------------------------------------


class _HTTPSConnection(HTTPSConnection):
    """Says of every failure to connect that it was one.

    Without this a handshake that fails looks like a connection lost after the request, and a write that was
    never sent would count as one that may have happened.
    """

    def connect(self) -> None:
        try:
            super().connect()
        except OSError as error:
            self.close()
            raise NewConnectionError(self, type(error).__name__) from error


class _HTTPSConnectionPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class Adapter(HTTPAdapter):
    """requests' connection pool with our connections; it repeats nothing by itself."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **options)
        _use_our_connections(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        _use_our_connections(manager)
        return manager


def _use_our_connections(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": _HTTPSConnectionPool}


def named_failure(error: BaseException, *, is_read: bool) -> CallFireError:
    """Our name for what the library raised: did the request leave us or not?

    Only a failure to connect proves that it did not. Everything else, a connection the server closed under
    a POST included, leaves the outcome open.
    """
    causes = list(_causes(error))
    detail = type(causes[-1]).__name__
    if any(isinstance(cause, ConnectTimeoutError) for cause in causes):
        return NotSent(detail=detail)
    return OutcomeUnknown(may_have_applied=not is_read, detail=detail)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and what it wraps; the libraries hide causes in four places."""
    yield error
    hidden = (getattr(error, "reason", None), getattr(error, "original_error", None), *error.args)
    inner = next((each for each in (*hidden, error.__cause__) if isinstance(each, BaseException)), None)
    if inner is not None:
        yield from _causes(inner)


def whole_body(response: requests.Response, seconds: float) -> bytes:
    """The body, if it is complete within `seconds`; otherwise none, and only the status counts.

    A whole body gives the connection back to the pool, any other closes it.
    """
    body = bytearray()
    give_up_at = time.monotonic() + seconds
    try:
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > LARGEST_ANSWER_BYTES or time.monotonic() > give_up_at:
                raise HTTPError("too much or too slow")
    except (OSError, HTTPError):
        response.close()
        return b""
    return bytes(body)


def audio_chunks(response: requests.Response) -> Iterator[bytes]:
    """The body piece by piece, each as soon as it is here.

    Raises:
        OutcomeUnknown: it stopped before its end.
    """
    try:
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            yield chunk
    except (OSError, HTTPError) as error:
        raise named_failure(error, is_read=True) from None
