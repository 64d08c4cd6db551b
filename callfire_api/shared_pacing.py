"""A pace for every process that reaches the same Redis or Valkey."""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from callfire_api.pacing import (
    DEFAULT_MAX_IN_FLIGHT,
    DEFAULT_REQUESTS_PER_SECOND,
    IN_FLIGHT_POLL_SECONDS,
    LocalPacer,
    Pacer,
    PaceUsage,
    check_rates,
    pace_is_full,
)

logger = logging.getLogger("callfire_api")

LEASE_SECONDS = 120.0
STORE_RETRY_SECONDS = 5.0


class SharedStore(Protocol):
    """The one thing asked of a Redis client: run a Lua script. redis-py's and valkey-py's clients fit."""

    def eval(self, script: str, numkeys: int, /, *keys_and_args: Any) -> Any:
        """Run `script` atomically and return what it returns."""


# Times are the store's own, in milliseconds, so that processes on several machines agree. KEYS: pace (a
# hash of full_at and paused_until), leases (a sorted set of requests under way by the time their lease
# ends), sent (a hash of requests by minute). A lease outlives no process: it expires, and its place is free
# again.
_NOW = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
"""

START = (
    _NOW
    + """
local interval, places, lease = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local lease_ms, urgent, poll_ms = tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local pace = redis.call('HMGET', KEYS[1], 'full_at', 'paused_until')
local full_at, paused_until = tonumber(pace[1]) or 0, tonumber(pace[2]) or 0
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if urgent == '0' then
    local wait = math.max(full_at - (places - 1) * interval, paused_until) - now
    if redis.call('ZCARD', KEYS[2]) >= places then wait = math.max(wait, poll_ms) end
    if wait > 0 then return math.ceil(wait) end
end
redis.call('HSET', KEYS[1], 'full_at', math.max(full_at, now) + interval)
redis.call('ZADD', KEYS[2], now + lease_ms, lease)
local minute = math.floor(now / 60000)
if redis.call('HINCRBY', KEYS[3], minute, 1) == 1 then
    for _, old in ipairs(redis.call('HKEYS', KEYS[3])) do
        if tonumber(old) <= minute - 60 then redis.call('HDEL', KEYS[3], old) end
    end
end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, 3660) end
return 0
"""
)

FINISH = "return redis.call('ZREM', KEYS[2], ARGV[1])"

PAUSE = (
    _NOW
    + """
local until_then = now + tonumber(ARGV[1])
if until_then > (tonumber(redis.call('HGET', KEYS[1], 'paused_until')) or 0) then
    redis.call('HSET', KEYS[1], 'paused_until', until_then)
end
redis.call('EXPIRE', KEYS[1], 3660)
return 0
"""
)

USAGE = (
    _NOW
    + """
local minute, sent = math.floor(now / 60000), 0
local minutes = redis.call('HGETALL', KEYS[3])
for i = 1, #minutes, 2 do
    if tonumber(minutes[i]) > minute - 60 then sent = sent + tonumber(minutes[i + 1]) end
end
local paused = (tonumber(redis.call('HGET', KEYS[1], 'paused_until')) or 0) - now
return {sent, redis.call('ZCOUNT', KEYS[2], '(' .. now, '+inf'), math.max(math.ceil(paused), 0)}
"""
)


class SharedPacer:
    """A pace shared by every process that uses the same store and key.

    While the store cannot be reached, each process keeps the fallback's pace by itself, asks the store
    again every five seconds, and says so in the log once. An urgent request goes out before the store is
    even asked.

    Args:
        store: a Redis or Valkey client with short socket timeouts.
        key: names this pace; one per CallFire login.
        requests_per_second: how many requests may start each second on average, all processes together.
        max_in_flight: how many may be under way at once, all processes together.
        fallback: the pace while the store is away; by default the same rates for this process alone.
        lease_seconds: when the place of a request that never ended is free again; longer than any request.
        clock: seconds on any scale that only goes forward.
    """

    def __init__(
        self,
        store: SharedStore,
        *,
        key: str,
        requests_per_second: float = DEFAULT_REQUESTS_PER_SECOND,
        max_in_flight: int = DEFAULT_MAX_IN_FLIGHT,
        fallback: Pacer | None = None,
        lease_seconds: float = LEASE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        check_rates(requests_per_second, max_in_flight)
        self._store = store
        self._keys = tuple(f"{{{key}}}:{part}" for part in ("pace", "leases", "sent"))
        self._interval_ms = 1000 / requests_per_second
        self._max_in_flight = max_in_flight
        self._fallback = fallback or LocalPacer(requests_per_second, max_in_flight)
        self._lease_ms = lease_seconds * 1000
        self._clock = clock
        self._store_away_until = clock()

    @contextmanager
    def slot(self, *, urgent: bool = False, max_wait: float | None = None) -> Iterator[None]:
        """See `Pacer.slot`."""
        lease = uuid.uuid4().hex
        if urgent:
            try:
                yield
            finally:
                self._count_urgent(lease)
        elif self._wait_for_place(lease, max_wait):
            try:
                yield
            finally:
                self._run(FINISH, lease)
        else:
            with self._fallback.slot(max_wait=max_wait):
                yield

    def _count_urgent(self, lease: str) -> None:
        if self._start(lease, urgent=True) is None:
            with self._fallback.slot(urgent=True):
                return
        self._run(FINISH, lease)

    def _wait_for_place(self, lease: str, max_wait: float | None) -> bool:
        """Wait for a place; False when the store is away and keeps no places."""
        give_up_at = None if max_wait is None else self._clock() + max_wait
        while (wait := self._start(lease, urgent=False)) is not None:
            if wait == 0:
                return True
            if give_up_at is not None and self._clock() + wait > give_up_at:
                raise pace_is_full(wait)
            time.sleep(wait)
        return False

    def _start(self, lease: str, *, urgent: bool) -> float | None:
        poll_ms = IN_FLIGHT_POLL_SECONDS * 1000
        answer = self._run(
            START, self._interval_ms, self._max_in_flight, lease, self._lease_ms, int(urgent), poll_ms
        )
        return None if answer is None else int(answer) / 1000

    def pause(self, seconds: float) -> None:
        """See `Pacer.pause`: for every process."""
        self._fallback.pause(seconds)
        self._run(PAUSE, int(seconds * 1000))

    def usage(self) -> PaceUsage:
        """See `Pacer.usage`: of every process, or of this one alone while the store is away."""
        answer = self._run(USAGE)
        if answer is None:
            return self._fallback.usage()
        sent, in_flight, paused_ms = (int(number) for number in answer)
        return PaceUsage(sent, in_flight, paused_ms / 1000, is_shared=True)

    def _run(self, script: str, *arguments: Any) -> Any:
        """What `script` answers; None while the store is away."""
        if self._clock() < self._store_away_until:
            return None
        try:
            return self._store.eval(script, len(self._keys), *self._keys, *arguments)
        except Exception as error:  # whatever the store's client raises, a pace must never stop a request
            self._store_away_until = self._clock() + STORE_RETRY_SECONDS
            logger.warning("The shared pace is away (%s); this process keeps its own", type(error).__name__)
            return None
