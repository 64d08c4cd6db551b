"""campaigns/services/health.py"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from callfire_api import (
    BadCredentials,
    BadRequest,
    CallFireError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    ServerTrouble,
)
from campaigns import shared
from campaigns.services import health
from tests.campaigns.outages import cut_off_redis
from tests.campaigns.reading import words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


def meets(error: CallFireError) -> None:
    """Something asks CallFire and meets this."""
    with pytest.raises(type(error)), health.watching():
        raise error


def lines() -> list[str]:
    return [line.text for line in health.report().lines]


class TestTheReport:
    def test_all_is_well_when_callfire_answers_and_the_worker_lives(self, sandbox: Sandbox) -> None:
        health.beat()
        health.check_callfire()
        report = health.report()
        assert (report.state, report.headline) == ("good", "All systems working")
        assert lines()[0].startswith("CallFire answered in ")
        assert lines()[1] == "The background worker is running"

    def test_it_says_that_callfire_was_not_asked_yet(self) -> None:
        health.beat()
        assert lines()[0] == "CallFire was not asked yet"
        assert health.report().state == "good"

    def test_a_worker_that_is_silent_is_bad(self) -> None:
        report = health.report()
        assert (report.state, report.headline) == ("bad", "Worker not running")
        assert "live figures stand still" in lines()[1]

    def test_callfire_not_answering_is_bad_with_its_reason_and_since_when(self) -> None:
        health.beat()
        with time_machine.travel("2026-11-23 20:05:07Z", tick=False):
            meets(OutcomeUnknown())
            began = timezone.now()
        report = health.report()
        assert (report.state, report.headline) == ("bad", "CallFire not answering")
        assert (report.lines[0].text, report.lines[0].at) == ("CallFire did not answer in time.", began)

    def test_callfire_comes_before_the_worker(self) -> None:
        meets(OutcomeUnknown())
        assert health.report().headline == "CallFire not answering"

    def test_it_counts_the_requests_of_this_hour(self, sandbox: Sandbox) -> None:
        for _ in range(3):
            health.check_callfire()
        assert lines()[2] == "This hour: 3 requests to CallFire"

    def test_without_redis_it_says_so_at_once(self, settings: Settings) -> None:
        health.beat()
        cut_off_redis(settings)
        report = health.report()
        assert (report.state, report.headline) == ("bad", "Redis not answering")
        assert lines() == ["Redis does not answer: live figures stand still. Stop still works."]

    def test_it_stands_on_every_page(self, operator: SignedIn, sandbox: Sandbox) -> None:
        assert "Worker not running" in words(operator.get("/activity/"))
        health.beat()
        assert "All systems working" in words(operator.get("/activity/"))


class TestTrouble:
    def test_there_is_none_at_first(self) -> None:
        assert health.trouble() is None

    def test_since_when_is_the_first_failure(self) -> None:
        with time_machine.travel("2026-11-23 20:05:07Z", tick=False) as now:
            began = timezone.now()
            meets(OutcomeUnknown())
            now.shift(60)
            meets(CallFireError("Later trouble."))
        found = health.trouble()
        assert found is not None
        assert (found.since, found.sentence) == (began, "Later trouble.")

    def test_an_answer_ends_it(self, sandbox: Sandbox) -> None:
        meets(OutcomeUnknown())
        health.check_callfire()
        assert health.trouble() is None

    @pytest.mark.parametrize("answer", [NotFound(status=404), BadRequest(status=400)])
    def test_a_plain_no_is_an_answer(self, answer: CallFireError) -> None:
        meets(OutcomeUnknown())
        meets(answer)
        assert health.trouble() is None

    def test_what_is_no_trouble_of_callfire_is_none(self) -> None:
        with pytest.raises(ZeroDivisionError), health.watching():
            raise ZeroDivisionError
        assert health.trouble() is None


class TestSilence:
    def test_nobody_is_let_wait_right_after_it(self, sandbox: Sandbox) -> None:
        meets(OutcomeUnknown())
        with pytest.raises(NotSent, match="did not answer a moment ago"), health.quickly():
            pytest.fail("Nobody may ask now.")

    @pytest.mark.parametrize("word", [None, NotFound(status=404), ServerTrouble(status=503)])
    def test_any_word_of_callfire_ends_it(self, sandbox: Sandbox, word: CallFireError | None) -> None:
        meets(OutcomeUnknown())
        if word is None:
            health.check_callfire()
        else:
            meets(word)
        with health.quickly() as callfire:
            assert callfire.account.plan_usage() is not None


class TestWrongCredentials:
    def test_they_pause_reading_in_the_background(self) -> None:
        assert health.background_may_read()
        meets(BadCredentials(status=401))
        assert not health.background_may_read()
        found = health.trouble()
        assert found is not None

    @pytest.mark.parametrize("error", [OutcomeUnknown(), NotFound(status=404)])
    def test_nothing_else_does(self, error: CallFireError) -> None:
        meets(error)
        assert health.background_may_read()

    def test_callfire_is_not_asked_meanwhile(self, sandbox: Sandbox) -> None:
        meets(BadCredentials(status=401))
        health.check_callfire()
        assert not sandbox.requests

    def test_without_redis_reading_is_not_paused_for_ever(self, settings: Settings) -> None:
        meets(BadCredentials(status=401))
        cut_off_redis(settings)
        assert health.background_may_read()


class TestTheWorker:
    def test_it_was_never_seen(self) -> None:
        assert health.worker_seen_at() is None

    def test_each_beat_is_seen(self) -> None:
        with time_machine.travel("2026-11-23 20:05:07Z", tick=False) as now:
            health.beat()
            now.shift(5)
            health.beat()
            assert health.worker_seen_at() == timezone.now()

    def test_what_is_no_moment_is_no_sign_of_life(self) -> None:
        shared.remember(health.WORKER_KEY, "yes", 20)
        assert health.worker_seen_at() is None


class TestTheBalance:
    def test_it_is_unknown_before_it_was_read(self) -> None:
        assert health.credits() is None

    def test_it_keeps_every_digit_and_its_age(self, sandbox: Sandbox) -> None:
        sandbox.world.account.credits_e4 = 94_123_501
        with time_machine.travel("2026-11-23 20:05:07Z", tick=False):
            health.check_callfire()
            read_at = timezone.now()
        assert health.credits() == health.Credits(Decimal("9412.3501"), read_at)

    def test_it_stays_when_callfire_does_not_say(self, sandbox: Sandbox) -> None:
        health.check_callfire()
        before = health.credits()
        sandbox.fail_next("GET", "", status=200, body="{}")
        health.check_callfire()
        assert health.credits() == before

    def test_below_zero_is_below_zero(self, sandbox: Sandbox) -> None:
        sandbox.world.account.credits_e4 = -5_000
        health.check_callfire()
        found = health.credits()
        assert found is not None
        assert found.amount == Decimal("-0.5")
