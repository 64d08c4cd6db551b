"""The one place that talks HTTP: credentials, timeouts, pace, repeating reads, and naming every failure.

There is no `requests.Session` here. What a session adds to its connection pool is cookies, netrc, redirects
and the environment, and each of them could carry credentials where they must not go.
"""

import logging
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass, field
from typing import Self, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from callfire_api.answers import Answer, lost_answer
from callfire_api.audio import AudioStream
from callfire_api.connections import (
    Adapter,
    audio_chunks,
    checked_base_url,
    is_loopback,
    is_safe_address,
    named_failure,
    origin,
    whole_body,
)
from callfire_api.errors import CallFireError, RateLimited, Refused
from callfire_api.pacing import Pacer
from callfire_api.retries import RetryPolicy
from callfire_api.wire import json_bytes, masked_path, whole_number

logger = logging.getLogger("callfire_api")

READ_HEADERS = {"Accept": "application/json"}
WRITE_HEADERS = {"Accept": "application/json", "Content-Type": "application/json; charset=utf-8"}
AUDIO_HEADERS = {"Accept": "audio/mpeg, */*", "Accept-Encoding": "identity"}
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 3
POOL_SIZE = 32

Query = Iterable[tuple[str, str]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """How patient we are. All times are seconds; see `CallFire` for what each means."""

    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    audio_timeout: float = 60.0
    patience: float = 60.0
    urgent: bool = False
    retries: RetryPolicy = field(default_factory=RetryPolicy)


class Transport:
    """Requests to one CallFire address with one pair of credentials. Safe to use from many threads."""

    def __init__(
        self, base_url: str, login: str, password: str, *, user_agent: str, pacer: Pacer, options: Options
    ) -> None:
        self._base_url = checked_base_url(base_url)
        self._authorization = "Basic " + b64encode(f"{login}:{password}".encode()).decode("ascii")
        self._user_agent = user_agent
        self._pacer = pacer
        self._options = options
        self._proxies = {} if is_loopback(self._base_url) else get_environ_proxies(self._base_url)
        self._adapter = Adapter(pool_maxsize=POOL_SIZE)

    def with_options(self, options: Options) -> Self:
        """The same connections and pace with other options."""
        sibling = copy(self)
        sibling._options = options
        return sibling

    @property
    def base_url(self) -> str:
        """Where CallFire is, without a slash at the end."""
        return self._base_url

    @property
    def options(self) -> Options:
        """How patient this transport is."""
        return self._options

    @property
    def pacer(self) -> Pacer:
        """Whose pace is kept."""
        return self._pacer

    def close(self) -> None:
        """Close idle connections. Using the transport again opens new ones."""
        self._adapter.close()

    # --- what resources call --------------------------------------------------------------------------------

    def read(self, path: str, query: Query = ()) -> dict[str, object]:
        """The JSON object at `path`."""

        def once(patience: float) -> dict[str, object]:
            return self._exchange("GET", path, query, patience=patience).json_object(is_read=True)

        return self._repeating(once, is_read=True)

    def write(
        self, method: str, path: str, query: Query = (), body: object = None, *, urgent: bool = False
    ) -> None:
        """Carry out a write whose answer says nothing but yes."""
        self._write(method, path, query, body, urgent=urgent)

    def write_and_read(
        self, method: str, path: str, query: Query = (), body: object = None
    ) -> dict[str, object]:
        """Carry out a write and return the JSON object it is answered with."""
        return self._write(method, path, query, body).json_object(is_read=False)

    def create(self, path: str, query: Query = (), body: object = None) -> int:
        """Create something and return its id.

        Raises:
            OutcomeUnknown: CallFire said yes but no id: it was probably created.
        """
        created = whole_number(self.write_and_read("POST", path, query, body).get("id"))
        if created is None:
            raise lost_answer("a success without an id")
        return created

    def open_audio(self, path: str) -> AudioStream:
        """The audio at `path`, to be closed by the caller."""
        return self._repeating(lambda patience: self._open_audio(path, patience), is_read=True)

    # --- one request, perhaps several times -----------------------------------------------------------------

    def _write(self, method: str, path: str, query: Query, body: object, *, urgent: bool = False) -> Answer:
        return self._repeating(
            lambda patience: self._exchange(method, path, query, body, patience=patience, urgent=urgent),
            is_read=False,
        )

    def _repeating(self, once: Callable[[float], T], *, is_read: bool) -> T:
        """What `once` returns, which is told how many seconds it may wait for the pace."""
        retries, give_up_at = self._options.retries, time.monotonic() + self._options.patience
        attempt = 1
        while True:
            try:
                return once(give_up_at - time.monotonic())
            except CallFireError as error:
                delay = retries.delay(error, attempt=attempt)
                if isinstance(error, RateLimited):
                    self._pacer.pause(delay)
                may_repeat = retries.allows(error, is_read=is_read, attempt=attempt)
                if not may_repeat or time.monotonic() + delay > give_up_at:
                    raise
            time.sleep(delay)
            attempt += 1

    def _exchange(
        self,
        method: str,
        path: str,
        query: Query = (),
        body: object = None,
        *,
        patience: float,
        urgent: bool = False,
    ) -> Answer:
        is_read = method == "GET"
        headers = READ_HEADERS if is_read else WRITE_HEADERS
        with self._slot(patience, urgent=urgent):
            response = self._send(
                method, self._base_url + path, headers, self._options.read_timeout, query, body
            )
            answer = self._answer(response)
        if not answer.is_success:
            raise answer.refusal(is_read=is_read)
        return answer

    def _open_audio(self, path: str, patience: float) -> AudioStream:
        url = self._base_url + path
        for _ in range(MOST_REDIRECTS + 1):
            with self._slot(patience):
                response = self._send("GET", url, AUDIO_HEADERS, self._options.audio_timeout)
            location = response.headers.get("Location")
            if response.status_code not in REDIRECTS or not location:
                return self._audio(response)
            response.close()
            url = self._followed(url, location, response.status_code)
        raise Refused("CallFire sends its audio round in circles.", status=response.status_code)

    def _audio(self, response: requests.Response) -> AudioStream:
        if not 200 <= response.status_code < 300:
            raise self._answer(response).refusal(is_read=True)
        chunked = bool(response.raw.chunked)
        try:
            return AudioStream(
                audio_chunks(response),
                response.close,
                declared_type=response.headers.get("Content-Type", ""),
                length=None if chunked else whole_number(response.headers.get("Content-Length")),
                chunked=chunked,
            )
        except CallFireError:
            response.close()
            raise

    def _followed(self, url: str, location: str, status: int) -> str:
        """Where a redirect leads, if audio may be fetched from there."""
        target = urljoin(url, location) if is_safe_address(location, base=url) else ""
        if urlsplit(target).scheme == "https" or (target and is_loopback(self._base_url)):
            return target
        raise Refused("CallFire points to audio at an address that is not safe.", status=status)

    def _slot(self, patience: float, *, urgent: bool = False) -> AbstractContextManager[None]:
        return self._pacer.slot(urgent=urgent or self._options.urgent, max_wait=patience)

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        read_timeout: float,
        query: Query = (),
        body: object = None,
    ) -> requests.Response:
        """Send one request and return the answer with its body still to come."""
        request = requests.Request(
            method,
            url,
            params=list(query),
            headers={"User-Agent": self._user_agent, **headers, **self._credentials_for(url)},
            data=None if body is None else json_bytes(body),
        ).prepare()
        timeout = (self._options.connect_timeout, read_timeout)
        started, outcome = time.monotonic(), "no answer"
        try:
            response = self._adapter.send(request, stream=True, timeout=timeout, proxies=self._proxies)
            outcome = str(response.status_code)
        except (OSError, HTTPError) as error:
            raise named_failure(error, is_read=method == "GET") from None  # it holds URL and credentials
        finally:
            _log(method, url, outcome, started)
        return response

    def _answer(self, response: requests.Response) -> Answer:
        body = whole_body(response, self._options.read_timeout)
        return Answer(response.status_code, response.headers, body)

    def _credentials_for(self, url: str) -> dict[str, str]:
        return {"Authorization": self._authorization} if origin(url) == origin(self._base_url) else {}


def _log(method: str, url: str, outcome: str, started: float) -> None:
    level = logging.DEBUG if method == "GET" and outcome.startswith("2") else logging.INFO
    took_ms = (time.monotonic() - started) * 1000
    logger.log(level, "%s %s %s %.0f ms", method, masked_path(urlsplit(url).path), outcome, took_ms)
