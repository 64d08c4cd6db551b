"""campaigns/gateway.py"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from callfire_api import BadCredentials, CallFireError, NotSent, OutcomeUnknown, ServerTrouble
from campaigns.gateway import get_callfire, get_callfire_for_sending, get_callfire_quickly, get_pacer
from tests.campaigns.outages import cut_off_redis

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


class TestTheClient:
    def test_it_speaks_to_the_callfire_of_the_settings(self, sandbox: Sandbox) -> None:
        made = sandbox.world.add_broadcast(name="Storm")
        assert get_callfire().base_url == sandbox.url
        assert get_callfire().broadcasts.get(made.id).name == "Storm"

    def test_it_is_made_once(self, sandbox: Sandbox) -> None:
        assert get_callfire() is get_callfire()

    def test_credentials_that_changed_are_used_at_once(self, sandbox: Sandbox, settings: Settings) -> None:
        get_callfire().account.plan_usage()
        settings.CALLFIRE_PASSWORD = "wrong"
        with pytest.raises(BadCredentials):
            get_callfire().account.plan_usage()

    def test_it_repeats_a_read_that_failed_for_a_moment(self, sandbox: Sandbox) -> None:
        sandbox.fail_next("GET", "", status=503, headers={"Retry-After": "0"})
        get_callfire().account.plan_usage()
        assert [entry.status for entry in sandbox.requests] == [503, 200]


class TestWhatAPageWaitsFor:
    def test_it_asks_once_and_no_more(self, sandbox: Sandbox) -> None:
        sandbox.fail_next("GET", "", status=503, times=None)
        with pytest.raises(ServerTrouble):
            get_callfire_quickly().account.plan_usage()
        assert len(sandbox.requests) == 1

    def test_a_callfire_that_is_not_there_is_told_at_once(self, sandbox: Sandbox) -> None:
        sandbox.stop_listening()
        began = time.monotonic()
        with pytest.raises(NotSent):
            get_callfire_quickly().account.plan_usage()
        assert time.monotonic() - began < 2

    def test_it_does_not_stand_in_a_queue(self, sandbox: Sandbox, settings: Settings) -> None:
        settings.CALLFIRE_MAX_REQUESTS_PER_SECOND = 0.1
        settings.CALLFIRE_MAX_IN_FLIGHT = 1
        get_callfire_quickly().account.plan_usage()
        with pytest.raises(NotSent, match="waiting"):
            get_callfire_quickly().account.plan_usage()
        assert len(sandbox.requests) == 1


class TestSending:
    def test_a_write_is_sent_once_even_when_it_fails(self, sandbox: Sandbox) -> None:
        idle = sandbox.world.add_broadcast(recipients=500)
        sandbox.fail_next("POST", "/start", status=503, times=None)
        with pytest.raises(CallFireError) as failure:
            get_callfire_for_sending().broadcasts.start(idle.id)
        assert failure.value.may_have_applied
        assert len(sandbox.requests) == 1

    def test_a_slow_answer_to_a_write_is_waited_for_where_a_read_has_given_up(self, sandbox: Sandbox) -> None:
        idle = sandbox.world.add_broadcast(recipients=500)
        sandbox.fail_next("", "", delay_seconds=4.5, times=2)
        with ThreadPoolExecutor(2) as pool:
            sending = pool.submit(get_callfire_for_sending().broadcasts.start, idle.id)
            reading = pool.submit(get_callfire_quickly().account.plan_usage)
            assert isinstance(reading.exception(timeout=10), OutcomeUnknown)
            assert sending.exception(timeout=10) is None
        assert sandbox.world.broadcasts[idle.id].status == "RUNNING"

    def test_stop_does_not_wait_for_the_pace(self, sandbox: Sandbox, settings: Settings) -> None:
        settings.CALLFIRE_MAX_REQUESTS_PER_SECOND = 0.1
        settings.CALLFIRE_MAX_IN_FLIGHT = 1
        running = sandbox.world.add_broadcast(status="RUNNING")
        get_callfire().account.plan_usage()
        began = time.monotonic()
        get_callfire_quickly().broadcasts.stop(running.id)
        assert time.monotonic() - began < 2
        assert sandbox.world.broadcasts[running.id].status == "STOPPED"


class TestThePace:
    def test_all_clients_share_it(self, sandbox: Sandbox) -> None:
        for client in (get_callfire(), get_callfire_quickly(), get_callfire_for_sending()):
            client.account.plan_usage()
        usage = get_pacer().usage()
        assert (usage.requests_last_hour, usage.is_shared) == (3, True)

    def test_without_redis_each_process_keeps_a_pace_of_its_own(
        self, sandbox: Sandbox, settings: Settings
    ) -> None:
        cut_off_redis(settings)
        get_callfire().account.plan_usage()
        usage = get_pacer().usage()
        assert (usage.requests_last_hour, usage.is_shared) == (1, False)
