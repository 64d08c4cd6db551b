"""/broadcasts/<id>/start/"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from campaigns import tasks
from campaigns.models import AuditEvent, BroadcastSnapshot
from tests.campaigns.conftest import Seen, status_at_callfire
from tests.campaigns.handing import checked
from tests.campaigns.outages import cut_off_redis
from tests.conftest import SignedIn
from tests.dashboard.processes import wait_until

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

LATER = timedelta(seconds=10)


HOURS = {"enabled": True, "beginHour": 9, "beginMinute": 0, "endHour": 20, "endMinute": 0}
NOON_IN_NEW_YORK = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
LIVE = "The power is out. Press 9 to stop these calls."
MESSAGES = {"liveSoundText": LIVE, "machineSoundText": "The power is out.", "dncDigit": "9"}


def fields_of(page: str) -> dict[str, str]:
    """What the form of a confirmation sends by itself."""
    return dict(re.findall(r'<input type="hidden" name="(token|shown)" value="([^"]+)"', page))


def look(browser: SignedIn, broadcast: BroadcastSnapshot) -> dict[str, str]:
    """Open the confirmation and tick the agreement; returns what its form would send."""
    found = fields_of(browser.get(f"/broadcasts/{broadcast.pk}/start/").text)
    assert set(found) == {"token", "shown"}
    return found | {"agreed": "on"}


def press(
    browser: SignedIn, broadcast: BroadcastSnapshot, form: dict[str, str], *, follow: bool = True
) -> Any:
    """Press Start calling in that form."""
    return browser.post(f"/broadcasts/{broadcast.pk}/start/", form, follow=follow)


def click(browser: SignedIn, broadcast: BroadcastSnapshot, form: dict[str, str]) -> int:
    """Press Start calling in a thread of its own; returns the status of the answer."""
    other = Client()
    other.cookies = browser.cookies
    try:
        return other.post(f"/broadcasts/{broadcast.pk}/start/", form).status_code
    finally:
        connection.close()


def page_at(moment: datetime, browser: SignedIn, broadcast: BroadcastSnapshot) -> str:
    """The words of the confirmation, opened at that moment."""
    with time_machine.travel(moment, tick=False):
        browser.force_login(browser.user, backend="django.contrib.auth.backends.ModelBackend")
        return words(browser.get(f"/broadcasts/{broadcast.pk}/start/").text)


def words(page: str) -> str:
    """The text of a page without its tags, spelled as people read it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\N{WORD JOINER}", "").split())


class TestTheConfirmation:
    def test_it_says_how_many_from_which_number_and_within_which_hours(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        stopped = seen(
            recipients=30,
            fromNumber="12135550111",
            localTimeRestriction=HOURS,
        )
        page = operator.get(f"/broadcasts/{stopped.pk}/start/").text
        assert "Start calling 30 people?" in page
        assert "(213)\N{NO-BREAK SPACE}555-0111" in page
        assert "09:00 – 20:00 local to each person" in page

    def test_it_warns_when_quiet_hours_are_off_and_no_way_to_opt_out_is_offered(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        stopped = seen(localTimeRestriction={"enabled": False, "beginHour": 8, "endHour": 21})
        page = operator.get(f"/broadcasts/{stopped.pk}/start/").text
        assert "Quiet hours are off." in page
        assert "No opt-out key is offered." in page

    def test_it_shows_the_balance(self, operator: SignedIn, seen: Seen) -> None:
        stopped = seen()
        page = words(operator.get(f"/broadcasts/{stopped.pk}/start/").text)
        assert re.search(r"Balance 2,000\.00 as of \d\d:\d\d:\d\d , about [\d,]+ – [\d,]+ after this", page)

    def test_it_shows_the_last_balance_when_callfire_does_not_give_one(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.world.account.credits_e4 = 12_340_000
        operator.get(f"/broadcasts/{stopped.pk}/start/")
        sandbox.world.account.credits_e4 = 10_000
        sandbox.fail_next("GET", "/plan-usage", status=503)
        assert "Balance 1,234.00 as of" in words(operator.get(f"/broadcasts/{stopped.pk}/start/").text)
        assert "Balance 1.00 as of" in words(operator.get(f"/broadcasts/{stopped.pk}/start/").text)

    def test_it_reads_callfire_and_changes_nothing(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        operator.get(f"/broadcasts/{stopped.pk}/start/")
        assert {entry.method for entry in sandbox.requests} == {"GET"}
        assert not AuditEvent.objects.exists()

    def test_htmx_gets_the_dialog_alone(self, operator: SignedIn, seen: Seen) -> None:
        stopped = seen()
        answer = operator.get(
            f"/broadcasts/{stopped.pk}/start/",
            headers={"HX-Request": "true", "HX-Target": "dialog"},
        )
        assert answer.text.strip().startswith("<dialog")
        assert "<html" not in answer.text

    def test_it_offers_no_start_where_none_is_possible(self, operator: SignedIn, seen: Seen) -> None:
        running = seen(status="RUNNING")
        answer = operator.get(f"/broadcasts/{running.pk}/start/")
        assert answer.status_code == 409
        assert "It is calling already." in answer.text
        assert "data-waiting" not in answer.text.partition('id="question"')[2]

    def test_without_callfire_there_is_nothing_to_confirm(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.stop_listening()
        assert operator.get(f"/broadcasts/{stopped.pk}/start/").status_code in {502, 503, 504}

    def test_a_broadcast_callfire_does_not_know_is_not_found(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        assert operator.get("/broadcasts/4711/start/").status_code == 404

    def test_a_viewer_sees_no_confirmation(self, viewer: SignedIn, seen: Seen) -> None:
        assert viewer.get(f"/broadcasts/{seen().pk}/start/").status_code == 403


class TestStarting:
    def test_it_starts_a_stopped_broadcast(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        stopped = seen()
        answer = press(operator, stopped, look(operator, stopped))
        assert status_at_callfire(sandbox, stopped) == "RUNNING"
        assert "Outage notice was started." in answer.text

    def test_it_reads_before_and_after(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        stopped = seen()
        form = look(operator, stopped)
        sandbox.clear_requests()
        press(operator, stopped, form, follow=False)
        own = [entry.method for entry in sandbox.requests if f"/{stopped.pk}" in entry.path]
        sent = own.index("POST")
        assert own[sent - 1 : sent + 2] == ["GET", "POST", "GET"]

    def test_it_believes_callfire_not_the_snapshot(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        believed_stopped = seen()
        form = look(operator, believed_stopped)
        sandbox.world.broadcasts[believed_stopped.pk].status = "SUSPENDED"
        answer = press(operator, believed_stopped, form)
        assert answer.status_code == 409
        assert "CallFire suspended it." in answer.text
        assert not sandbox.requests_to("POST", "/start")

    def test_the_statuses_on_the_way_are_shown_as_callfire_gives_them(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        sandbox.switches.start_via = ("VALIDATING_START", "START_PENDING")
        stopped = seen()
        answer = press(operator, stopped, look(operator, stopped))
        assert "Starting: checking lists" in answer.text

    def test_callfires_refusal_is_shown_in_its_own_words(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/start", status=400, message="Your account needs a review first.")
        answer = press(operator, stopped, look(operator, stopped))
        assert answer.status_code == 409
        assert "Your account needs a review first." in answer.text
        assert AuditEvent.objects.get().outcome == "refused"

    def test_nobody_to_call_is_nothing_to_start(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        nobody = seen(recipients=0)
        answer = operator.get(f"/broadcasts/{nobody.pk}/start/")
        assert answer.status_code == 409
        assert "Nobody is left to call. Add people first." in answer.text
        assert f'href="/broadcasts/{nobody.pk}/recipients/new/"' in answer.text
        operator.post(f"/broadcasts/{nobody.pk}/start/")
        assert not sandbox.requests_to("POST", "/start")

    def test_a_viewer_may_not_start(self, viewer: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        stopped = seen()
        assert viewer.post(f"/broadcasts/{stopped.pk}/start/").status_code == 403
        assert not sandbox.requests


class TestNeverTwice:
    def test_the_same_form_sent_twice_starts_once(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        form = look(operator, stopped)
        for _ in range(2):
            press(operator, stopped, form)
        assert len(sandbox.requests_to("POST", "/start")) == 1
        assert AuditEvent.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_clicks_at_the_same_moment_start_once_and_all_are_told_so(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        form = look(operator, stopped)
        sandbox.clear_requests()
        sandbox.fail_next("POST", "/start", delay_seconds=0.3)
        with ThreadPoolExecutor(6) as hands:
            answers = list(hands.map(lambda _: click(operator, stopped, form), range(6)))
        assert answers == [302] * 6
        assert len(sandbox.requests_to("POST", "/start")) == 1
        assert len(sandbox.requests_to("GET", "/stats")) == 1

    @pytest.mark.django_db(transaction=True)
    def test_clicks_at_the_same_moment_start_once_without_redis_too(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, settings: Settings
    ) -> None:
        stopped = seen()
        form = look(operator, stopped)
        cut_off_redis(settings)
        with ThreadPoolExecutor(4) as hands:
            answers = list(hands.map(lambda _: click(operator, stopped, form), range(4)))
        assert answers == [302] * 4
        assert len(sandbox.requests_to("POST", "/start")) == 1

    @pytest.mark.django_db(transaction=True)
    def test_a_click_that_gets_no_figures_tells_what_became_of_the_one_that_did(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, settings: Settings
    ) -> None:
        stopped = seen()
        form = look(operator, stopped)
        cut_off_redis(settings)  # nobody waits for anybody's turn
        refused = sandbox.fail_next("GET", "/stats", status=503, delay_seconds=3)
        with ThreadPoolExecutor(1) as hands:
            late = hands.submit(click, operator, stopped, form)
            wait_until(lambda: refused.times == 0, 10, "the figures that are refused")
            assert click(operator, stopped, form) == 302
            assert late.result() == 302
        assert len(sandbox.requests_to("POST", "/start")) == 1

    def test_a_lost_answer_is_looked_up_and_found(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/start", drop="after")
        answer = press(operator, stopped, look(operator, stopped))
        assert "was started." in answer.text
        assert len(sandbox.requests_to("POST", "/start")) == 1

    def test_a_start_that_never_arrived_is_not_repeated_and_is_told(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/start", drop="before")
        answer = press(operator, stopped, look(operator, stopped))
        assert "Nothing is sent twice" in answer.text
        for seconds in (10, 60, 130):
            with time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False):
                tasks.follow_up_open_actions()
        event = AuditEvent.objects.get()
        assert event.outcome == "failed"
        assert "It did not take effect: CallFire says Stopped." in event.sentence
        assert len(sandbox.requests_to("POST", "/start")) == 1

    def test_a_server_fault_is_an_unknown_outcome(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/start", status=500)
        press(operator, stopped, look(operator, stopped))
        assert AuditEvent.objects.get().outcome == "unknown"

    def test_a_crash_after_sending_is_looked_up_not_repeated(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        AuditEvent.objects.create(
            action="start",
            by=operator.user,
            by_name="Otto",
            object_kind="broadcast",
            object_id=stopped.pk,
            tried_at=timezone.now(),
        )
        sandbox.world.broadcasts[stopped.pk].status = "RUNNING"
        with time_machine.travel(timezone.now() + LATER, tick=False):
            tasks.follow_up_open_actions()
        assert AuditEvent.objects.get().outcome == "done"
        assert not sandbox.requests_to("POST", "/start")

    def test_a_start_nobody_got_to_in_time_is_given_up(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        AuditEvent.objects.create(
            action="start",
            by=operator.user,
            by_name="Otto",
            object_kind="broadcast",
            object_id=stopped.pk,
        )
        with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
            tasks.follow_up_open_actions()
        assert AuditEvent.objects.get().outcome == "failed"
        assert not sandbox.requests_to("POST", "/start")

    def test_without_callfire_nothing_is_sent_and_the_operator_is_told(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        form = look(operator, stopped)
        sandbox.stop_listening()
        answer = press(operator, stopped, form)
        assert answer.status_code == 503
        assert "Nothing was sent." in answer.text
        assert not AuditEvent.objects.exists()

    def test_a_start_that_cannot_be_sent_is_on_record_as_not_done(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.fail_next("POST", "/start", status=429)
        answer = press(operator, stopped, look(operator, stopped))
        assert answer.status_code == 409
        assert AuditEvent.objects.get().outcome == "refused"
        assert status_at_callfire(sandbox, stopped) == "STOPPED"


class TestWhatIsShown:
    def test_people_in_a_batch_that_is_off_are_left_out_and_named(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen(recipients=30)
        broadcast = sandbox.world.broadcasts[stopped.pk]
        off = broadcast.add_batch("North", people(12), sandbox.clock.now(), scrub=False)
        sandbox.clock.advance(60)
        assert len(sandbox.world.batches(stopped.pk)) == 2
        broadcast.roster.enable_batch(off, False, sandbox.clock.now())
        page = words(operator.get(f"/broadcasts/{stopped.pk}/start/").text)
        assert "Start calling 30 people?" in page
        assert "30 to call of 42" in page
        assert "Left out: 12 in a batch that is off: North" in page

    def test_people_still_being_checked_are_counted_and_said(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen(recipients=30)
        sandbox.world.broadcasts[stopped.pk].add_batch("North", people(12), sandbox.clock.now(), scrub=False)
        page = words(operator.get(f"/broadcasts/{stopped.pk}/start/").text)
        assert "Start calling 42 people?" in page
        assert "12 of them are called as soon as the check allows it." in page

    def test_a_batch_with_errors_is_left_out_and_named(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        sandbox.switches.batch_outcome = "ERRORS"
        stopped = seen(recipients=30)
        sandbox.world.broadcasts[stopped.pk].add_batch("South", people(5), sandbox.clock.now(), scrub=False)
        sandbox.clock.advance(60)
        page = words(operator.get(f"/broadcasts/{stopped.pk}/start/").text)
        assert "Start calling 30 people?" in page
        assert "A batch has errors. Left out: 5 in a batch with errors: South." in page

    def test_figures_that_contradict_each_other_are_said_to(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen(recipients=40, progress=0.5)
        sandbox.switches.stats = "contradictory"
        page = words(operator.get(f"/broadcasts/{stopped.pk}/start/").text)
        assert "CallFire’s figures do not add up." in page

    @pytest.mark.parametrize(
        ("number", "said"),
        [
            ("12135550100", "(213) 555-0100, verified"),
            ("13125550199", "is not among the account’s caller IDs."),
        ],
    )
    def test_the_caller_id_is_held_against_those_of_the_account(
        self, operator: SignedIn, seen: Seen, number: str, said: str
    ) -> None:
        stopped = seen(fromNumber=number)
        assert said in words(operator.get(f"/broadcasts/{stopped.pk}/start/").text)

    def test_who_can_be_called_now_is_judged_by_each_persons_own_clock(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        numbers = ["12125550101", "12125550102", "13125550101", "12135550101", "18005550101"]
        stopped = seen(
            recipients=[{"phoneNumber": number} for number in numbers],
            localTimeRestriction=HOURS,
        )
        operator.cookies["tz"] = "America/New_York"
        page = page_at(NOON_IN_NEW_YORK.replace(hour=14, minute=30), operator, stopped)
        assert "2 of 5 can be called now" in page
        assert "Eastern (EST) 2 09:30 now" in page
        assert "Central (CST) 1 08:30 from 09:00 there, 10:00:00" in page
        assert "Pacific (PST) 1 06:30 from 09:00 there, 12:00:00" in page
        assert "Zone not known 1 – never, as far as we know" in page
        assert "The last times are Eastern (EST)." in page

    def test_before_the_hours_it_says_when_calls_begin(self, operator: SignedIn, seen: Seen) -> None:
        stopped = seen(recipients=[{"phoneNumber": "12135550101"}], localTimeRestriction=HOURS)
        page = page_at(NOON_IN_NEW_YORK - timedelta(hours=1), operator, stopped)
        assert "nobody can be called now, the first from 09:00:00" in page
        assert "Calls begin when the hours allow it, first 09:00:00 ." in page
        assert "Calls begin within a minute." not in page

    def test_without_numbers_it_shows_the_usual_zones(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen(localTimeRestriction=HOURS)
        sandbox.fail_next("GET", "/calls", status=500)
        page = page_at(NOON_IN_NEW_YORK, operator, stopped)
        assert "all can be called now" in page
        assert "Mountain (MST) 10:00 now" in page

    def test_a_call_at_night_is_warned_of(self, operator: SignedIn, seen: Seen) -> None:
        stopped = seen(recipients=[{"phoneNumber": "12135550101"}])
        page = page_at(NOON_IN_NEW_YORK.replace(hour=12), operator, stopped)
        assert "It is night for some people right now. Their phones would ring: Pacific (PST)." in page

    def test_tries_say_the_worst_case(self, operator: SignedIn, seen: Seen) -> None:
        retry = {"maxAttempts": 2, "minutesBetweenAttempts": 30, "retryResults": ["BUSY", "NO_ANS"]}
        stopped = seen(recipients=30, retryConfig=retry)
        page = words(operator.get(f"/broadcasts/{stopped.pk}/start/").text)
        assert "At worst 3 calls a person, 90 in all" in page

    def test_a_schedule_says_when_it_starts_next_and_that_a_start_by_hand_comes_before(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        schedule = {
            "startDate": {"year": 2026, "month": 11, "day": 25},
            "startTimeOfDay": {"hour": 9, "minute": 0, "second": 0},
            "stopTimeOfDay": {"hour": 17, "minute": 0, "second": 0},
            "stopDate": {"year": 2026, "month": 12, "day": 1},
            "daysOfWeek": ["WEDNESDAY"],
            "timeZone": "America/New_York",
        }
        stopped = seen(schedules=[schedule])
        page = page_at(NOON_IN_NEW_YORK, operator, stopped)
        assert "next Nov 25, 06:00" in page
        assert "It has a schedule. Started by hand, it may call people before the schedule says." in page

    def test_the_cost_is_an_interval_and_wide_without_history(self, operator: SignedIn, seen: Seen) -> None:
        stopped = seen(recipients=100)
        page = words(operator.get(f"/broadcasts/{stopped.pk}/start/").text)
        assert "20 – 180 credits estimate, wide, because there is little history" in page

    def test_credits_that_may_not_last_are_warned_of(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen(recipients=100)
        sandbox.world.account.credits_e4 = 500_000
        page = words(operator.get(f"/broadcasts/{stopped.pk}/start/").text)
        assert "Credits may run out. CallFire looks at the balance about every 100 numbers" in page

    def test_a_careful_broadcast_is_shown_without_a_warning(self, operator: SignedIn, seen: Seen) -> None:
        numbers = [{"phoneNumber": f"1213555{line:04}"} for line in range(100, 120)]
        careful = seen(recipients=numbers, localTimeRestriction=HOURS, sounds=MESSAGES)
        page = operator.get(f"/broadcasts/{careful.pk}/start/").text
        assert 'aria-label="Warnings"' not in page

    def test_the_checks_that_passed_are_listed(self, operator: SignedIn, seen: Seen) -> None:
        careful = seen(recipients=people(20), localTimeRestriction=HOURS, sounds=MESSAGES)
        page = page_at(NOON_IN_NEW_YORK + timedelta(hours=2), operator, careful)
        assert "Calling hours are kept. Nobody is called at night" in page
        assert "Opt-out is offered. Key 9, spoken in the message." in page
        assert "Machines have a message." in page
        assert "The caller ID is yours. It is verified at CallFire." in page
        assert "No phone rings at night now." in page
        assert "CallFire’s figures add up." in page
        assert "Credits last. They cover the highest estimate." in page
        assert "The account is in order." in page

    def test_what_is_warned_of_is_not_among_what_passed(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        careless = seen(fromNumber="13125550199", recipients=100)
        sandbox.world.account.credits_e4 = 10_000
        page = page_at(NOON_IN_NEW_YORK.replace(hour=6), operator, careless)
        for headline in (
            "Calling hours are kept",
            "Opt-out is offered",
            "The caller ID is yours",
            "Credits last",
        ):
            assert headline not in page
        assert "No phone rings at night now" not in page

    def test_a_message_that_does_not_name_the_opt_out_key_is_warned_of(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        silent = seen(localTimeRestriction=HOURS, sounds=MESSAGES | {"liveSoundText": "The power is out."})
        page = words(operator.get(f"/broadcasts/{silent.pk}/start/").text)
        assert "The message does not name the opt-out key. Say it, like: Press 9 to stop." in page

    def test_hours_that_reach_into_the_night_are_warned_of(self, operator: SignedIn, seen: Seen) -> None:
        late = seen(localTimeRestriction=HOURS | {"endHour": 22}, sounds=MESSAGES)
        page = words(operator.get(f"/broadcasts/{late.pk}/start/").text)
        assert (
            "Calling hours reach into the night. Before 08:00 and after 21:00 is against the rules." in page
        )

    def test_a_long_message_can_be_read_to_its_end(self, operator: SignedIn, seen: Seen) -> None:
        long = "Stay away from wires. " * 40 + LIVE
        stopped = seen(sounds=MESSAGES | {"liveSoundText": long})
        assert f"“{long}”" in words(operator.get(f"/broadcasts/{stopped.pk}/start/").text)

    def test_what_keys_do_is_shown(self, operator: SignedIn, seen: Seen) -> None:
        transfer = {"transferDigit": "0", "transferNumber": "12135550199", "transferSoundText": "One moment."}
        stopped = seen(sounds=MESSAGES | transfer | {"dncSoundText": "Good bye."})
        page = words(operator.get(f"/broadcasts/{stopped.pk}/start/").text)
        assert "Keys 0 transfers to (213) 555-0199, after “One moment.”, Text" in page
        assert "9 opts out, with “Good bye.”, Text" in page
        assert "Keys None" in words(operator.get(f"/broadcasts/{seen().pk}/start/").text)

    def test_who_can_be_called_says_when_it_rests_on_some_of_the_people(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        all_of_them, many = (seen(recipients=people(number)) for number in (500, 501))
        page = words(operator.get(f"/broadcasts/{many.pk}/start/").text)
        assert "all can be called now, judging by 500 of 501 people" in page
        assert "judging by" not in operator.get(f"/broadcasts/{all_of_them.pk}/start/").text

    @pytest.mark.parametrize("path", ["/batches", "/calls", "/callerids", "/account", "/plan-usage"])
    def test_anything_but_the_broadcast_and_its_counters_may_be_missing(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, path: str
    ) -> None:
        stopped = seen()
        sandbox.fail_next("GET", path, status=500)
        answer = operator.get(f"/broadcasts/{stopped.pk}/start/")
        assert answer.status_code == 200
        assert "Start calling 20 people?" in answer.text

    def test_without_its_counters_nothing_is_confirmed(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        sandbox.fail_next("GET", "/stats", status=500)
        assert operator.get(f"/broadcasts/{stopped.pk}/start/").status_code == 502

    def test_a_name_with_markup_stays_a_name(self, operator: SignedIn, seen: Seen) -> None:
        stopped = seen("<script>alert(1)</script>")
        assert "<script>alert(1)" not in operator.get(f"/broadcasts/{stopped.pk}/start/").text


class TestAgreement:
    def test_without_it_nothing_starts_and_nothing_typed_is_lost(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, settings: Settings
    ) -> None:
        settings.START_TYPED_ABOVE = 10
        stopped = seen()
        form = look(operator, stopped) | {"typed": "20"}
        del form["agreed"]
        answer = press(operator, stopped, form)
        assert answer.status_code == 422
        assert "People who did not agree may not be called." in answer.text
        assert re.search(r'name="typed"[^>]* value="20"', answer.text)
        assert not sandbox.requests_to("POST", "/start")
        assert not AuditEvent.objects.exists()

    def test_it_is_kept_with_who_gave_it_and_when(self, operator: SignedIn, seen: Seen) -> None:
        stopped = seen()
        press(operator, stopped, look(operator, stopped))
        event = AuditEvent.objects.get()
        assert event.detail["agreed"] == "These people agreed to automated calls like this one."
        assert event.by == operator.user
        assert timezone.now() - event.at < timedelta(minutes=1)

    def test_what_was_shown_is_kept_too(self, operator: SignedIn, seen: Seen) -> None:
        stopped = seen(recipients=30, localTimeRestriction=HOURS)
        press(operator, stopped, look(operator, stopped))
        shown = AuditEvent.objects.get().detail["shown"]
        assert shown["people"] == 30
        assert shown["caller_id"] == "12135550100"
        assert shown["hours"].startswith("09:00 – 20:00 local to each person; ")
        assert shown["balance"] == "2000.0"
        assert shown["estimate"]
        assert "No opt-out key is offered." in shown["warnings"]

    def test_the_words_that_were_shown_and_who_could_be_called_when_are_kept_too(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        long = "Stay away from wires. " * 40 + LIVE
        stopped = seen(
            recipients=people(2), localTimeRestriction=HOURS, sounds=MESSAGES | {"liveSoundText": long}
        )
        press(operator, stopped, look(operator, stopped))
        shown = AuditEvent.objects.get().detail["shown"]
        assert ["Live message", f"“{long}”", "Text"] in shown["heard"]
        assert ["Keys", "9 opts out"] in shown["heard"]
        assert re.fullmatch(r"Pacific \(P.T\), \d\d:\d\d there, 2 people: .+", shown["zones"][0])
        kept = words(operator.get("/activity/").text)
        assert f"Live message “{long}”; Text" in kept
        assert "Keys 9 opts out" in kept
        assert "Who can be called when Pacific" in kept


class TestTypingTheNumber:
    @pytest.fixture(autouse=True)
    def _above_ten(self, settings: Settings) -> None:
        settings.START_TYPED_ABOVE = 10

    @pytest.mark.parametrize("typed", ["1200", "1,200", "1 200", "1.200", "1\N{NO-BREAK SPACE}200", " 1200 "])
    def test_it_may_be_written_with_separators(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, typed: str
    ) -> None:
        large = seen(recipients=1200)
        press(operator, large, look(operator, large) | {"typed": typed})
        assert status_at_callfire(sandbox, large) == "RUNNING"

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("", "Type 1200: so many people would be called."),
            ("120", "This is not 1,200, the number of people who would be called."),
            ("-1200", "This is not 1,200"),
            ("twelve hundred", "This is not 1,200"),
            ("1200²", "This is not 1,200"),
        ],
    )
    def test_anything_else_starts_nothing(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, typed: str, said: str
    ) -> None:
        large = seen(recipients=1200)
        answer = press(operator, large, look(operator, large) | {"typed": typed})
        assert answer.status_code == 422
        assert said in answer.text
        assert re.search(r'name="agreed"[^>]* checked', answer.text)
        assert status_at_callfire(sandbox, large) == "STOPPED"

    def test_whoever_types_what_a_complaint_says_can_start_although_the_number_moved(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        large = seen(recipients=1200)
        form = look(operator, large)
        sandbox.world.broadcasts[large.pk].add_recipients(people(1), sandbox.clock.now())
        answer = press(operator, large, form)
        assert "Type 1201: so many people would be called." in answer.text
        assert "1200" not in words(answer.text)
        press(operator, large, fields_of(answer.text) | {"agreed": "on", "typed": "1201"})
        assert status_at_callfire(sandbox, large) == "RUNNING"

    def test_a_number_that_moved_while_something_else_was_missing_is_asked_for_anew(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        large = seen(recipients=1200)
        form = look(operator, large) | {"typed": "1200"}
        del form["agreed"]
        sandbox.world.broadcasts[large.pk].add_recipients(people(1), sandbox.clock.now())
        answer = press(operator, large, form)
        assert answer.status_code == 422
        assert "This is not 1,201, the number of people who would be called." in answer.text
        assert status_at_callfire(sandbox, large) == "STOPPED"

    def test_few_people_need_none(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        few = seen(recipients=10)
        assert "to confirm" not in operator.get(f"/broadcasts/{few.pk}/start/").text
        press(operator, few, look(operator, few))
        assert status_at_callfire(sandbox, few) == "RUNNING"


class TestNeverASurprise:
    def test_more_people_than_were_shown_are_shown_before_anything_starts(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen(recipients=100)
        form = look(operator, stopped)
        sandbox.world.broadcasts[stopped.pk].add_recipients(people(6), sandbox.clock.now())
        answer = press(operator, stopped, form)
        assert answer.status_code == 409
        assert "Now 106 people would be called; when you looked it was 100." in answer.text
        assert status_at_callfire(sandbox, stopped) == "STOPPED"
        again = fields_of(answer.text) | {"agreed": "on"}
        assert again["token"] == form["token"]
        press(operator, stopped, again)
        assert status_at_callfire(sandbox, stopped) == "RUNNING"

    def test_a_few_more_or_less_are_no_surprise(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen(recipients=100)
        # At an hour when it is day for everybody: the night of a few more would be a surprise.
        with time_machine.travel(timezone.now().replace(hour=20), tick=False):
            operator.force_login(operator.user, backend="django.contrib.auth.backends.ModelBackend")
            form = look(operator, stopped)
            sandbox.world.broadcasts[stopped.pk].add_recipients(people(5), sandbox.clock.now())
            press(operator, stopped, form)
        assert status_at_callfire(sandbox, stopped) == "RUNNING"

    def test_a_few_more_that_make_it_many_have_to_be_typed(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, settings: Settings
    ) -> None:
        settings.START_TYPED_ABOVE = 100
        stopped = seen(recipients=100)
        form = look(operator, stopped)
        sandbox.world.broadcasts[stopped.pk].add_recipients(people(1), sandbox.clock.now())
        answer = press(operator, stopped, form)
        assert answer.status_code == 409
        assert "Type 101 to confirm" in answer.text

    @pytest.mark.parametrize(
        ("change", "term"),
        [
            ({"fromNumber": "13125550101"}, "Caller ID"),
            ({"localTimeRestriction": HOURS | {"endHour": 21}}, "Hours"),
            ({"labels": ["late"], "maxActive": 3}, "Pace limit and Labels"),
            ({"sounds": MESSAGES | {"dncSoundText": "Good bye"}}, "Settings"),
        ],
    )
    def test_settings_that_changed_meanwhile_are_shown_again(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, change: dict[str, Any], term: str
    ) -> None:
        stopped = seen(localTimeRestriction=HOURS, sounds=MESSAGES)
        form = look(operator, stopped)
        broadcast = sandbox.world.broadcasts[stopped.pk]
        broadcast.reconfigure(broadcast.settings | change, sandbox.clock.now())
        answer = press(operator, stopped, form)
        assert answer.status_code == 409
        assert f"Changed on CallFire since you looked: {term}." in answer.text
        assert not sandbox.requests_to("POST", "/start")

    def test_a_new_warning_is_shown_first(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        stopped = seen(recipients=100)
        form = look(operator, stopped)
        sandbox.world.account.credits_e4 = 100_000
        answer = press(operator, stopped, form)
        assert answer.status_code == 409
        assert "New since you looked: Credits may run out." in answer.text
        assert not sandbox.requests_to("POST", "/start")

    def test_what_was_shown_an_hour_ago_is_shown_again(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped = seen()
        with time_machine.travel(timezone.now() - timedelta(hours=1), tick=False):
            form = look(operator, stopped)
        answer = press(operator, stopped, form)
        assert answer.status_code == 409
        assert "What this page showed you is too old" in words(answer.text)
        assert not sandbox.requests_to("POST", "/start")

    def test_a_form_of_somebody_else_or_for_another_broadcast_starts_nothing(
        self, operator: SignedIn, admin: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped, other = seen(), seen("Another")
        assert press(operator, stopped, look(admin, stopped)).status_code == 409
        assert press(operator, stopped, look(operator, other)).status_code == 409
        assert not sandbox.requests_to("POST", "/start")

    @pytest.mark.parametrize("missing", ["token", "shown"])
    def test_a_form_without_its_record_starts_nothing(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, missing: str
    ) -> None:
        stopped = seen()
        form = look(operator, stopped)
        del form[missing]
        assert press(operator, stopped, form).status_code == 422
        assert not sandbox.requests_to("POST", "/start")

    @given(typed=st.text(max_size=60), shown=st.text(max_size=200), token=st.text(max_size=40))
    @hypothesis_settings(
        max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_nothing_anybody_sends_starts_it_or_breaks_the_page(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, typed: str, shown: str, token: str
    ) -> None:
        stopped = seen()
        sent = {"typed": typed, "shown": shown, "token": token, "agreed": "on"}
        answer = press(operator, stopped, sent)
        assert answer.status_code in {409, 422}
        assert not sandbox.requests_to("POST", "/start")


class TestLocks:
    @pytest.mark.parametrize("action", ["add people", "switch people"])
    @pytest.mark.parametrize("outcome", ["pending", "unknown"])
    def test_it_is_locked_while_nobody_knows_who_would_be_called(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, action: str, outcome: str
    ) -> None:
        stopped = seen()
        form = look(operator, stopped)
        AuditEvent.objects.create(
            action=action,
            by=operator.user,
            by_name="Otto Operator",
            object_kind="broadcast",
            object_id=stopped.pk,
            outcome=outcome,
        )
        page = operator.get(f"/broadcasts/{stopped.pk}/start/")
        assert page.status_code == 409
        assert "Start is locked." in page.text
        assert f"Whether “{action}” by Otto Operator took effect is not settled yet." in page.text
        assert f"/activity/?object={stopped.pk}" in page.text
        forced = press(operator, stopped, form)
        assert forced.status_code == 409
        assert not sandbox.requests_to("POST", "/start")

    @pytest.mark.parametrize(
        ("state", "said"),
        [
            ("checking", "is still being checked. After that, hand it over or discard it."),
            ("checked", "is checked, but nobody handed it over. Do that, or discard it."),
            ("unreadable", "cannot be read. Change how it is read, or discard it."),
        ],
    )
    def test_it_is_locked_by_an_upload_until_that_is_handed_over_or_discarded(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, state: str, said: str
    ) -> None:
        stopped = seen()
        form = look(operator, stopped)
        upload = checked(sandbox, broadcast_id=stopped.pk, state=state)
        page = operator.get(f"/broadcasts/{stopped.pk}/start/")
        assert page.status_code == 409
        assert f"Start is locked. Upload “members.csv” {said}" in words(page.text)
        assert f'href="/uploads/{upload.pk}/"' in page.text
        assert "Discard…" in operator.get(f"/uploads/{upload.pk}/").text
        assert press(operator, stopped, form).status_code == 409
        operator.post(f"/uploads/{upload.pk}/cancel/")
        press(operator, stopped, form)
        assert status_at_callfire(sandbox, stopped) == "RUNNING"

    def test_what_is_settled_or_concerns_another_broadcast_locks_nothing(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        stopped, other = seen(), seen("Another")
        about = {"by": operator.user, "by_name": "Otto", "object_kind": "broadcast"}
        AuditEvent.objects.create(action="add people", object_id=other.pk, **about)
        checked(sandbox, broadcast_id=other.pk)
        AuditEvent.objects.create(
            action="add people", object_id=stopped.pk, outcome="done", settled_at=timezone.now(), **about
        )
        press(operator, stopped, look(operator, stopped))
        assert status_at_callfire(sandbox, stopped) == "RUNNING"


def people(number: int) -> list[dict[str, str]]:
    """That many people in Los Angeles."""
    return [{"phoneNumber": f"1213555{line:04}"} for line in range(100, 100 + number)]
