"""The one door to CallFire: a client built from the settings, its pace shared by all our processes."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from callfire_api import CallFire, LocalPacer, SharedPacer


def get_callfire() -> CallFire:
    """The client for background work: patient, and repeating reads."""
    return _build(
        settings.CALLFIRE_BASE_URL,
        settings.CALLFIRE_LOGIN,
        settings.CALLFIRE_PASSWORD,
        settings.CALLFIRE_CONNECT_TIMEOUT,
        settings.CALLFIRE_READ_TIMEOUT,
        get_pacer(),
    )


def get_callfire_for_panels() -> CallFire:
    """The client for live figures: one try, since the next tick is the next try, and no long wait for it."""
    return get_callfire().with_options(connect_timeout=3.0, read_timeout=8.0, read_attempts=1, patience=10.0)


def get_callfire_quickly() -> CallFire:
    """The client for what a page waits for: one try, and an answer within four seconds."""
    return get_callfire().with_options(connect_timeout=3.0, read_timeout=4.0, read_attempts=1, patience=2.0)


def get_callfire_for_sending() -> CallFire:
    """The client for a write a page waits for: long enough that a slow answer is not taken for a lost one."""
    return get_callfire().with_options(connect_timeout=3.0, read_timeout=20.0, patience=5.0)


def get_callfire_for_batches() -> CallFire:
    """The client that hands a batch over: one try, and its end is known (``longest_batch_claim``)."""
    return get_callfire().with_options(read_attempts=1, patience=_batch_pause())


def get_callfire_for_exports() -> CallFire:
    """The client that reads a long list: one try a page, and its end is known (``longest_page``)."""
    return get_callfire().with_options(read_attempts=1, patience=_batch_pause())


def longest_page() -> float:
    """Seconds after which a page of a long list was read or not: the wait for the pace and the request."""
    return _batch_pause() + _longest_request()


def batch_head_start() -> float:
    """Seconds after its claim within which the request for a batch has to begin."""
    return _batch_pause()


def longest_batch_claim() -> float:
    """Seconds after which a batch that was claimed is no longer under way, whatever happened to it.

    The head start, the wait for the pace and the request, and a connection more for clocks that differ.
    """
    spare = float(settings.CALLFIRE_CONNECT_TIMEOUT)
    return batch_head_start() + _batch_pause() + _longest_request() + spare


def _batch_pause() -> float:
    return float(settings.CALLFIRE_READ_TIMEOUT / 2)


def get_pacer() -> SharedPacer:
    """The pace of all our processes against this CallFire account, and how much of it was used."""
    return _pacer(
        settings.REDIS_URL,
        settings.CALLFIRE_MAX_REQUESTS_PER_SECOND,
        settings.CALLFIRE_MAX_IN_FLIGHT,
        _longest_request(),
    )


def _longest_request() -> float:
    """Seconds after which a request is over: the connection, the wait for an answer and that for its end.

    A process that is killed leaves its places in the pace taken for so long; everybody else waits for them.
    """
    return float(settings.CALLFIRE_CONNECT_TIMEOUT + 2 * settings.CALLFIRE_READ_TIMEOUT)


@lru_cache(maxsize=1)
def _pacer(
    redis_url: str, requests_per_second: float, max_in_flight: int, lease_seconds: float
) -> SharedPacer:
    redis = Redis.from_url(redis_url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
    return SharedPacer(
        redis,
        key="callboard:pace",
        requests_per_second=requests_per_second,
        max_in_flight=max_in_flight,
        lease_seconds=lease_seconds,
        fallback=LocalPacer(requests_per_second=requests_per_second, max_in_flight=max_in_flight),
    )


@lru_cache(maxsize=1)
def _build(
    base_url: str,
    login: str,
    password: str,
    connect_timeout: float,
    read_timeout: float,
    pacer: SharedPacer,
) -> CallFire:
    return CallFire(
        login,
        password,
        base_url,
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        pacer=pacer,
    )
