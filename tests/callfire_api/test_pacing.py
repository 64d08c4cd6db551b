"""The pace: for one process on a clock the test moves, for several on a real store."""

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from redis.backoff import NoBackoff
from redis.retry import Retry

from callfire_api import CallFire, LocalPacer, NotSent, Pacer, SharedPacer
from callfire_api.sandbox import Sandbox
from callfire_api.shared_pacing import LEASE_SECONDS, STORE_RETRY_SECONDS

MakeShared = Callable[..., SharedPacer]


class HandClock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def take(pacer: Pacer) -> None:
    """One request that is over at once, or NotSent where it would have to wait."""
    with pacer.slot(max_wait=0):
        pass


def refused_wait(pacer: Pacer) -> float:
    """The seconds a request would have to wait; fails when it need not."""
    with pytest.raises(NotSent) as caught, pacer.slot(max_wait=0):
        pass
    assert caught.value.safe_to_repeat
    assert caught.value.retry_after is not None
    return caught.value.retry_after


class TestOneProcess:
    @pytest.fixture
    def clock(self) -> HandClock:
        return HandClock()

    @pytest.fixture
    def pacer(self, clock: HandClock) -> LocalPacer:
        return LocalPacer(requests_per_second=2, max_in_flight=3, clock=clock)

    def test_a_burst_goes_at_once_and_the_next_waits_its_turn(
        self, pacer: LocalPacer, clock: HandClock
    ) -> None:
        for _ in range(3):
            take(pacer)
        assert refused_wait(pacer) == pytest.approx(0.5)
        clock.now += 0.5
        take(pacer)
        assert refused_wait(pacer) == pytest.approx(0.5)

    def test_a_long_rest_earns_no_more_than_one_burst(self, pacer: LocalPacer, clock: HandClock) -> None:
        clock.now += 3600
        for _ in range(3):
            take(pacer)
        refused_wait(pacer)

    def test_no_more_than_agreed_are_under_way(self, clock: HandClock) -> None:
        pacer = LocalPacer(requests_per_second=1000, max_in_flight=2, clock=clock)
        with ExitStack() as under_way:
            for _ in range(2):
                under_way.enter_context(pacer.slot())
                clock.now += 1
            assert pacer.usage().in_flight == 2
            refused_wait(pacer)
        assert pacer.usage().in_flight == 0
        take(pacer)

    def test_a_request_that_fails_gives_its_place_back(self, pacer: LocalPacer) -> None:
        with pytest.raises(RuntimeError), pacer.slot():
            raise RuntimeError
        assert pacer.usage().in_flight == 0

    def test_the_urgent_never_wait_but_are_counted(self, pacer: LocalPacer, clock: HandClock) -> None:
        pacer.pause(60)
        for _ in range(20):
            with pacer.slot(urgent=True, max_wait=0):
                pass
        assert pacer.usage().requests_last_hour == 20
        clock.now += 60
        take(pacer)

    def test_a_pause_holds_everybody_back_and_only_the_longest_counts(
        self, pacer: LocalPacer, clock: HandClock
    ) -> None:
        pacer.pause(30)
        pacer.pause(5)
        assert refused_wait(pacer) == pytest.approx(30)
        clock.now += 20
        assert pacer.usage().paused_seconds == pytest.approx(10)
        clock.now += 10
        take(pacer)

    def test_the_last_hour_is_counted(self, pacer: LocalPacer, clock: HandClock) -> None:
        take(pacer)
        clock.now += 1800
        take(pacer)
        assert pacer.usage().requests_last_hour == 2
        clock.now += 1860
        assert pacer.usage().requests_last_hour == 1
        assert not pacer.usage().is_shared

    @pytest.mark.parametrize(("rate", "places"), [(0, 1), (-1, 1), (1, 0)])
    def test_a_pace_that_lets_nobody_through_is_refused(self, rate: float, places: int) -> None:
        with pytest.raises(ValueError, match="more than 0"):
            LocalPacer(rate, places)
        with pytest.raises(ValueError, match="more than 0"):
            SharedPacer(BrokenStore(), key="x", requests_per_second=rate, max_in_flight=places)

    @given(
        rests=st.lists(st.floats(min_value=0, max_value=3), max_size=60),
        rate=st.sampled_from([0.5, 2, 7.5]),
        burst=st.integers(1, 5),
    )
    def test_no_second_ever_sees_more_than_agreed(self, rests: list[float], rate: float, burst: int) -> None:
        clock = HandClock()
        pacer = LocalPacer(rate, burst, clock=clock)
        started: list[float] = []
        for rest in rests:
            clock.now += rest
            try:
                take(pacer)
            except NotSent as held:
                clock.now += (held.retry_after or 0) + 1e-6
                take(pacer)
            started.append(clock.now)
        for first, _ in enumerate(started):
            for last in range(first, len(started)):
                seconds = started[last] - started[first]
                assert last - first + 1 <= burst + rate * seconds + 1e-3

    def test_threads_wait_for_each_other(self) -> None:
        run_many(LocalPacer(requests_per_second=200, max_in_flight=3), rate=200, places=3)


def run_many(*pacers: Pacer, rate: float, places: int) -> None:
    """Send requests from many threads through `pacers`, which share one pace, and check what came of it."""
    started: list[float] = []
    under_way, most = 0, 0
    lock = threading.Lock()

    def work(pacer: Pacer) -> None:
        nonlocal under_way, most
        for _ in range(5):
            with pacer.slot():
                with lock:
                    started.append(time.monotonic())
                    under_way += 1
                    most = max(most, under_way)
                with lock:
                    under_way -= 1

    threads = [threading.Thread(target=work, args=(pacer,)) for pacer in pacers * (8 // len(pacers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 40
    assert most <= places
    assert max(started) - min(started) >= (40 - places) / rate * 0.9
    assert all(second >= first for first, second in pairwise(started))


@pytest.fixture
def store() -> Iterator[redis.Redis]:
    """A real store, the one the whole run uses."""
    with redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=5, socket_connect_timeout=5) as client:
        yield client


@pytest.fixture
def shared(store: redis.Redis) -> MakeShared:
    """Makes pacers of one pace that nobody else uses, as processes would."""
    key = f"pace-{uuid.uuid4()}"

    def make(
        requests_per_second: float = 2, max_in_flight: int = 3, lease_seconds: float = LEASE_SECONDS
    ) -> SharedPacer:
        return SharedPacer(
            store,
            key=key,
            requests_per_second=requests_per_second,
            max_in_flight=max_in_flight,
            lease_seconds=lease_seconds,
        )

    return make


class TestSeveralProcesses:
    def test_they_share_one_burst_and_one_rate(self, shared: MakeShared) -> None:
        one, other = shared(), shared()
        take(one)
        take(other)
        take(one)
        assert 0 < refused_wait(other) <= 0.5
        assert 0 < refused_wait(one) <= 0.5

    def test_they_share_the_places(self, shared: MakeShared) -> None:
        one, other = shared(1000, 1), shared(1000, 1)
        with one.slot():
            assert other.usage().in_flight == 1
            refused_wait(other)
        assert other.usage().in_flight == 0
        with other.slot(max_wait=1):
            pass

    def test_they_share_a_pause(self, shared: MakeShared) -> None:
        one, other = shared(), shared()
        one.pause(30)
        one.pause(5)
        assert 29 < refused_wait(other) <= 30
        assert 29 < other.usage().paused_seconds <= 30
        with other.slot(urgent=True, max_wait=0):
            pass

    def test_they_share_the_count_and_say_so(self, shared: MakeShared) -> None:
        one, other = shared(), shared()
        take(one)
        with other.slot(urgent=True):
            pass
        usage = one.usage()
        assert (usage.requests_last_hour, usage.in_flight, usage.paused_seconds) == (2, 0, 0.0)
        assert usage.is_shared

    def test_a_place_that_was_never_given_back_becomes_free(self, shared: MakeShared) -> None:
        dead, living = shared(1000, 1, 0.05), shared(1000, 1, 0.05)
        with dead.slot(), living.slot(max_wait=5):
            assert living.usage().in_flight == 1

    def test_threads_of_several_wait_for_each_other(self, shared: MakeShared) -> None:
        run_many(shared(200, 3), shared(200, 3), rate=200, places=3)

    def test_two_logins_do_not_hold_each_other_back(self, store: redis.Redis) -> None:
        for login in ("one", "other"):
            pacer = SharedPacer(
                store, key=f"{login}-{uuid.uuid4()}", requests_per_second=0.1, max_in_flight=1
            )
            take(pacer)

    def test_a_client_keeps_it(self, shared: MakeShared, sandbox: Sandbox) -> None:
        with CallFire(sandbox.login, sandbox.password, sandbox.url, pacer=shared(), patience=0.1) as callfire:
            for _ in range(3):
                callfire.account.get()
            with pytest.raises(NotSent):
                callfire.account.get()
            assert callfire.pace().requests_last_hour == 3
        assert len(sandbox.requests) == 3


class BrokenStore:
    """A store that is away until it is mended; then it answers as if nothing had been used."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_mended = False

    def eval(self, script: str, numkeys: int, /, *keys_and_args: object) -> object:
        self.asked += 1
        if not self.is_mended:
            raise ConnectionError("away")
        return [0, 0, 0] if "HGETALL" in script else 0


class TestWhileTheStoreIsAway:
    def test_each_process_keeps_the_pace_by_itself(self, caplog: pytest.LogCaptureFixture) -> None:
        clock = HandClock()
        store = BrokenStore()
        fallback = LocalPacer(2, 3, clock=clock)
        pacer = SharedPacer(store, key="x", fallback=fallback, clock=clock)
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                take(pacer)
            assert refused_wait(pacer) == pytest.approx(0.5)
            pacer.pause(30)
            assert refused_wait(pacer) == pytest.approx(30)
            with pacer.slot(urgent=True):
                pass
        assert not pacer.usage().is_shared
        assert pacer.usage().requests_last_hour == 4
        assert pacer.usage().paused_seconds == pytest.approx(30)
        assert store.asked == 1
        assert caplog.messages == ["The shared pace is away (ConnectionError); this process keeps its own"]

    def test_it_is_asked_again_after_a_while(self) -> None:
        clock = HandClock()
        store = BrokenStore()
        pacer = SharedPacer(store, key="x", clock=clock)
        take(pacer)
        store.is_mended = True
        take(pacer)
        assert not pacer.usage().is_shared
        clock.now += STORE_RETRY_SECONDS
        take(pacer)
        assert pacer.usage().is_shared

    def test_a_place_taken_before_it_went_is_given_back_quietly(self) -> None:
        store = BrokenStore()
        store.is_mended = True
        pacer = SharedPacer(store, key="x", clock=HandClock())
        with pacer.slot(max_wait=0):
            store.is_mended = False
        assert not pacer.usage().is_shared

    def test_a_real_store_that_does_not_answer_stops_nobody(self) -> None:
        with redis.Redis(
            host="127.0.0.1", port=9, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
        ) as nobody:
            pacer = SharedPacer(nobody, key="x")
            take(pacer)
            assert pacer.usage().requests_last_hour == 1
