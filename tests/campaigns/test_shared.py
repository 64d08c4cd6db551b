"""campaigns/shared.py"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django import Settings
from redis import Redis
from redis.exceptions import RedisError

from campaigns import shared
from campaigns.services import health
from dashboard import valkey
from tests.campaigns.outages import cut_off_redis


class PrivateRedis:
    """A server of this test's own, which may be frozen, killed and started again."""

    def __init__(self, folder: Path) -> None:
        embedded = valkey.prepare(folder)
        self.url = embedded.url
        self._command = embedded.command

    def start(self) -> None:
        self._server = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        with Redis.from_url(self.url) as client:
            while time.monotonic() < deadline:
                try:
                    client.ping()
                except RedisError:
                    continue
                return
        pytest.fail("the private server does not answer")

    def freeze(self) -> None:
        self._server.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._server.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._server.kill()
        self._server.wait()


@pytest.fixture
def private_redis(tmp_path: Path, settings: Settings) -> Iterator[PrivateRedis]:
    """Callboard's Redis, as long as the test lasts."""
    server = PrivateRedis(tmp_path)
    server.start()
    default = settings.CACHES["default"]
    settings.CACHES = settings.CACHES | {"default": default | {"LOCATION": server.url}}
    yield server
    server.kill()


class TestClaims:
    def test_the_first_gets_it_and_nobody_else(self) -> None:
        assert [shared.claim("work", 60) for _ in range(3)] == [True, False, False]

    def test_of_many_at_once_one_gets_it(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            claims = list(pool.map(lambda _: shared.claim("work", 60), range(32)))
        assert claims.count(True) == 1

    def test_another_work_is_another_claim(self) -> None:
        assert shared.claim("one", 60)
        assert shared.claim("other", 60)

    def test_it_ends_by_itself(self) -> None:
        shared.claim("work", 60)
        shared.hold("work", 0.001)
        deadline = time.monotonic() + 5
        while not (claimed := shared.claim("work", 60)) and time.monotonic() < deadline:
            pass
        assert claimed

    def test_it_can_be_given_back_at_once(self) -> None:
        shared.claim("work", 60)
        shared.hold("work", 0)
        assert shared.claim("work", 60)

    def test_it_can_be_held_a_little_longer(self) -> None:
        shared.claim("work", 1)
        shared.hold("work", 60)
        assert not shared.claim("work", 60)

    @pytest.mark.parametrize("seconds", [0.5, 2.7, 60])
    def test_a_part_of_a_second_is_a_time_too(self, seconds: float) -> None:
        assert shared.claim("work", seconds)
        assert not shared.claim("work", seconds)


class TestWhatIsRemembered:
    @pytest.mark.parametrize(
        "value",
        [
            "text",
            12,
            ("a reason", None),
            datetime(2026, 11, 23, 20, 5, tzinfo=UTC),
            Decimal("0.1000"),
            health.Trouble("CallFire did not answer.", datetime(2026, 11, 23, tzinfo=UTC)),
        ],
    )
    def test_it_comes_back_as_it_was(self, value: object) -> None:
        shared.remember("fact", value, 60)
        assert shared.recall("fact") == value

    def test_what_was_never_kept_is_none(self) -> None:
        assert shared.recall("fact") is None

    def test_it_can_be_kept_for_ever(self, settings: Settings) -> None:
        shared.remember("fact", 1, None)
        shared.remember("passing-fact", 1, 60)
        with Redis.from_url(settings.REDIS_URL) as client:
            left = [client.ttl(cache.make_key(key)) for key in ("fact", "passing-fact")]
        assert left == [-1, 60]

    def test_it_can_be_forgotten(self) -> None:
        shared.remember("fact", 1, 60)
        shared.forget("fact")
        assert shared.recall("fact") is None

    def test_forgetting_what_is_not_there_is_fine(self) -> None:
        shared.forget("fact")
        assert shared.recall("fact") is None


class TestWhenRedisIsAway:
    @pytest.fixture(autouse=True)
    def _away(self, settings: Settings) -> None:
        shared.remember("fact", 1, 60)
        cut_off_redis(settings)

    def test_nobody_gets_a_claim(self) -> None:
        assert not shared.claim("work", 60)

    def test_nothing_is_recalled(self) -> None:
        assert shared.recall("fact") is None

    def test_nothing_raises(self) -> None:
        shared.remember("fact", 2, 60)
        shared.forget("fact")
        shared.hold("fact", 5)
        shared.hold("fact", 0)
        assert not shared.is_up()

    def test_the_log_names_the_error_and_no_address(self, caplog: pytest.LogCaptureFixture) -> None:
        shared.recall("fact")
        assert "Redis does not answer: ConnectionError" in caplog.text
        assert "127.0.0.1" not in caplog.text


@pytest.mark.process
class TestWhenRedisGoesAwayAndComesBack:
    def test_a_server_that_was_killed_is_noticed_and_so_is_its_return(
        self, private_redis: PrivateRedis
    ) -> None:
        assert shared.is_up()
        assert shared.claim("work", 60)
        private_redis.kill()
        assert not shared.is_up()
        assert not shared.claim("more-work", 60)
        private_redis.start()
        assert shared.is_up()
        assert shared.claim("more-work", 60)

    def test_what_was_remembered_survives_a_crash_of_the_server(self, private_redis: PrivateRedis) -> None:
        shared.remember("fact", "kept", None)
        with Redis.from_url(private_redis.url) as client:
            client.execute_command("WAITAOF", 1, 0, 5000)
        private_redis.kill()
        private_redis.start()
        assert shared.recall("fact") == "kept"

    def test_a_server_that_hangs_costs_about_a_second_and_no_more(self, private_redis: PrivateRedis) -> None:
        assert shared.is_up()
        private_redis.freeze()
        began = time.monotonic()
        assert shared.recall("fact") is None
        took = time.monotonic() - began
        private_redis.thaw()
        assert 0.5 < took < 5
        assert shared.is_up()
