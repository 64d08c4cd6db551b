"""GET /broadcasts/<id>/batches/"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import time_machine
from pytest_django import Settings

from campaigns.models import BroadcastSnapshot
from campaigns.services import snapshots
from tests.campaigns.outages import cut_off_redis
from tests.campaigns.reading import link, markup, panel, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.http import HttpResponseBase

    from callfire_api.sandbox import Sandbox

HTMX = {"HX-Request": "true", "HX-Target": "batches"}


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    """Five past noon where the people are; time stands still unless a test moves it."""
    with time_machine.travel("2026-11-23 20:05:07Z", tick=False) as traveller:
        yield traveller


def broadcast_with(sandbox: Sandbox, batches: int, *, people: int | None = None) -> BroadcastSnapshot:
    """A broadcast that Callboard knows, whose people came in so many batches."""
    made = sandbox.world.add_broadcast(name="Storm", recipients=people or 10 * batches, batches=batches)
    snapshots.refresh()
    sandbox.clear_requests()
    return BroadcastSnapshot.objects.get(pk=made.id)


def batch_names(answer: HttpResponseBase) -> list[str]:
    return re.findall(r'<th scope="row"><bdi>(.*?)</bdi>', markup(answer))


def reads(sandbox: Sandbox) -> list[tuple[str, str]]:
    """The limit and offset of each page CallFire was asked for."""
    return [
        (each.query["limit"][0], each.query["offset"][0]) for each in sandbox.requests_to("GET", "/batches")
    ]


@pytest.fixture
def storm(db: None, sandbox: Sandbox) -> BroadcastSnapshot:
    """A broadcast with 25 batches."""
    return broadcast_with(sandbox, 25)


class TestThePage:
    def test_it_shows_ten_batches_with_their_people(
        self, operator: SignedIn, storm: BroadcastSnapshot
    ) -> None:
        answer = operator.get(f"/broadcasts/{storm.pk}/batches/")
        assert batch_names(answer) == [f"List {n}" for n in range(1, 11)]
        assert "List 1 Ready to call 10 10" in words(answer)
        assert "about 25" in words(answer)

    def test_htmx_gets_the_panel_alone(self, operator: SignedIn, storm: BroadcastSnapshot) -> None:
        answer = operator.get(f"/broadcasts/{storm.pk}/batches/", headers=HTMX)
        assert "<html" not in markup(answer)
        assert panel(answer, "batches")
        assert len(batch_names(answer)) == 10

    def test_a_broadcast_without_batches_says_so(self, operator: SignedIn, sandbox: Sandbox) -> None:
        empty = broadcast_with(sandbox, 0, people=0)
        assert "Nobody was added to this broadcast yet." in words(
            operator.get(f"/broadcasts/{empty.pk}/batches/")
        )

    def test_a_batch_that_is_switched_off_says_so(
        self, operator: SignedIn, sandbox: Sandbox, storm: BroadcastSnapshot
    ) -> None:
        broadcast = sandbox.world.broadcasts[storm.pk]
        broadcast.roster.enable_batch(broadcast.roster.batches[0], False, sandbox.clock.now())
        assert "List 1 Switched off" in words(operator.get(f"/broadcasts/{storm.pk}/batches/"))

    @pytest.mark.parametrize(
        ("sent", "shown"),
        [
            ({"id": 5, "name": "<b>x</b>", "status": "ACTIVE"}, "<b>x</b> Ready to call – –"),
            ({"id": 5}, "5 Unknown – –"),
            ({"id": 5, "status": "SOURCE_ERROR", "size": 0}, "5 List unreadable 0 –"),
            ({"id": 5, "status": "A_NEW_WORD"}, "5 Other (A_NEW_WORD)"),
        ],
    )
    def test_whatever_callfire_says_of_a_batch_is_shown(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        storm: BroadcastSnapshot,
        sent: dict[str, object],
        shown: str,
    ) -> None:
        sandbox.fail_next("GET", "/batches", status=200, body=json.dumps({"items": [sent]}))
        answer = operator.get(f"/broadcasts/{storm.pk}/batches/")
        assert shown in words(answer)
        assert "<b>x</b>" not in markup(answer)

    def test_a_page_without_items_is_an_empty_one(
        self, operator: SignedIn, sandbox: Sandbox, storm: BroadcastSnapshot
    ) -> None:
        sandbox.switches.omit_items = True
        assert "No batches" in words(operator.get(f"/broadcasts/{storm.pk}/batches/"))


class TestPaging:
    def test_pages_follow_each_other(self, operator: SignedIn, storm: BroadcastSnapshot) -> None:
        names = [
            name
            for page in (1, 2, 3)
            for name in batch_names(operator.get(f"/broadcasts/{storm.pk}/batches/?page={page}"))
        ]
        assert names == [f"List {n}" for n in range(1, 26)]

    def test_each_page_asks_callfire_for_its_part_alone(
        self, operator: SignedIn, sandbox: Sandbox, storm: BroadcastSnapshot
    ) -> None:
        operator.get(f"/broadcasts/{storm.pk}/batches/?page=3")
        assert reads(sandbox) == [("11", "20")]

    def test_the_last_page_has_no_next(self, operator: SignedIn, storm: BroadcastSnapshot) -> None:
        answer = operator.get(f"/broadcasts/{storm.pk}/batches/?page=3")
        assert not link(answer, "next")
        assert link(answer, "prev") == {"page": ["2"]}

    def test_a_page_past_the_end_says_so_and_leads_back(
        self, operator: SignedIn, storm: BroadcastSnapshot
    ) -> None:
        answer = operator.get(f"/broadcasts/{storm.pk}/batches/?page=9")
        assert answer.status_code == 200
        assert "There are no batches this far." in words(answer)
        assert link(answer, "prev")

    @pytest.mark.parametrize("oddity", ["omit_total_count", "total_count_unknown", "omit_limit_offset"])
    def test_a_total_or_limit_that_is_missing_does_not_lose_the_way(
        self, operator: SignedIn, sandbox: Sandbox, storm: BroadcastSnapshot, oddity: str
    ) -> None:
        setattr(sandbox.switches, oddity, True)
        first = operator.get(f"/broadcasts/{storm.pk}/batches/")
        last = operator.get(f"/broadcasts/{storm.pk}/batches/?page=3")
        assert link(first, "next") == {"page": ["2"]}
        assert not link(last, "next")

    def test_no_total_shows_no_number(
        self, operator: SignedIn, sandbox: Sandbox, storm: BroadcastSnapshot
    ) -> None:
        sandbox.switches.total_count_unknown = True
        assert "about" not in words(operator.get(f"/broadcasts/{storm.pk}/batches/", headers=HTMX))

    def test_a_total_that_is_wrong_does_not_hide_what_is_there(
        self, operator: SignedIn, sandbox: Sandbox, storm: BroadcastSnapshot
    ) -> None:
        sandbox.switches.wrong_total_count = 1
        answer = operator.get(f"/broadcasts/{storm.pk}/batches/")
        assert len(batch_names(answer)) == 10
        assert link(answer, "next") == {"page": ["2"]}

    def test_a_smaller_limit_loses_no_batch(
        self, operator: SignedIn, sandbox: Sandbox, storm: BroadcastSnapshot
    ) -> None:
        sandbox.switches.smaller_limit = 4
        names: list[str] = []
        following: dict[str, list[str]] = {"page": ["1"]}
        for _ in range(10):
            answer = operator.get(f"/broadcasts/{storm.pk}/batches/", following)
            names += batch_names(answer)
            if not (following := link(answer, "next")):
                break
        assert names == [f"List {n}" for n in range(1, 26)]

    @pytest.mark.parametrize("page", ["0", "-1", "two", "", "1.5", "²", "9" * 30, "100001", "1%00"])
    def test_a_page_that_is_no_number_is_the_first(
        self, operator: SignedIn, sandbox: Sandbox, storm: BroadcastSnapshot, page: str
    ) -> None:
        answer = operator.get(f"/broadcasts/{storm.pk}/batches/?page={page}")
        assert answer.status_code == 200
        assert batch_names(answer)[0] == "List 1"


class TestKeeping:
    def test_within_seconds_callfire_is_asked_once(
        self, operator: SignedIn, viewer: SignedIn, sandbox: Sandbox, storm: BroadcastSnapshot
    ) -> None:
        for browser in (operator, viewer, operator):
            browser.get(f"/broadcasts/{storm.pk}/batches/")
        assert len(reads(sandbox)) == 1

    def test_after_that_it_is_asked_again(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        storm: BroadcastSnapshot,
        now: time_machine.Traveller,
    ) -> None:
        operator.get(f"/broadcasts/{storm.pk}/batches/")
        now.shift(6)
        operator.get(f"/broadcasts/{storm.pk}/batches/")
        assert len(reads(sandbox)) == 2

    def test_a_page_read_before_is_shown_with_its_age_and_the_reason_when_callfire_fails(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        storm: BroadcastSnapshot,
        now: time_machine.Traveller,
    ) -> None:
        operator.get(f"/broadcasts/{storm.pk}/batches/?page=2")
        sandbox.stop_listening()
        now.shift(60)
        answer = operator.get(f"/broadcasts/{storm.pk}/batches/?page=2")
        assert answer.status_code == 200
        assert batch_names(answer)[0] == "List 11"
        assert "These batches are old. CallFire could not be reached." in words(answer)
        assert "as of 12:05:07" in words(answer)
        assert 'data-age="lost"' in markup(answer)

    def test_it_keeps_trying_while_they_are_old(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        storm: BroadcastSnapshot,
        now: time_machine.Traveller,
    ) -> None:
        operator.get(f"/broadcasts/{storm.pk}/batches/")
        sandbox.fail_next("GET", "/batches", status=503)
        now.shift(60)
        answer = operator.get(f"/broadcasts/{storm.pk}/batches/", headers=HTMX)
        assert panel(answer, "batches")["data-every"] == "30.0"
        now.shift(30)
        again = operator.get(f"/broadcasts/{storm.pk}/batches/", headers=HTMX)
        assert "These batches are old" not in words(again)
        assert "as of 12:06:37" in words(again)

    def test_a_page_never_read_is_a_problem_that_says_what_to_do(
        self, operator: SignedIn, sandbox: Sandbox, storm: BroadcastSnapshot
    ) -> None:
        sandbox.stop_listening()
        answer = operator.get(f"/broadcasts/{storm.pk}/batches/")
        assert answer.status_code == 503
        assert "CallFire cannot be reached" in words(answer)

    def test_htmx_gets_that_problem_as_a_notice(
        self, operator: SignedIn, sandbox: Sandbox, storm: BroadcastSnapshot
    ) -> None:
        sandbox.fail_next("GET", "/batches", status=500)
        answer = operator.get(f"/broadcasts/{storm.pk}/batches/", headers=HTMX)
        assert answer.status_code == 502
        assert answer["HX-Retarget"] == "#notices"

    def test_without_redis_it_is_read_from_callfire(
        self, operator: SignedIn, sandbox: Sandbox, storm: BroadcastSnapshot, settings: Settings
    ) -> None:
        cut_off_redis(settings)
        assert len(batch_names(operator.get(f"/broadcasts/{storm.pk}/batches/"))) == 10


class TestItsClock:
    def test_a_batch_that_is_being_checked_is_looked_at_again(
        self, operator: SignedIn, sandbox: Sandbox, storm: BroadcastSnapshot
    ) -> None:
        broadcast = sandbox.world.broadcasts[storm.pk]
        broadcast.add_batch("New people", [{"phoneNumber": "12135550123"}], sandbox.clock.now(), scrub=False)
        answer = operator.get(f"/broadcasts/{storm.pk}/batches/?page=3", headers=HTMX)
        assert "New people Accepted 1" in words(answer)
        assert panel(answer, "batches")["data-every"] == "5.0"
        assert panel(answer, "batches")["data-url"].endswith("?page=3")

    def test_it_ends_when_the_check_did(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        storm: BroadcastSnapshot,
        now: time_machine.Traveller,
    ) -> None:
        broadcast = sandbox.world.broadcasts[storm.pk]
        broadcast.add_batch("New people", [{"phoneNumber": "12135550123"}], sandbox.clock.now(), scrub=False)
        operator.get(f"/broadcasts/{storm.pk}/batches/?page=3", headers=HTMX)
        sandbox.clock.advance(10)
        now.shift(6)
        answer = operator.get(f"/broadcasts/{storm.pk}/batches/?page=3", headers=HTMX)
        assert "New people Ready to call 1" in words(answer)
        assert "data-every" not in panel(answer, "batches")


class TestWhoMay:
    def test_a_viewer_may_look(self, viewer: SignedIn, storm: BroadcastSnapshot) -> None:
        assert viewer.get(f"/broadcasts/{storm.pk}/batches/").status_code == 200

    def test_it_changes_nothing(self, operator: SignedIn, storm: BroadcastSnapshot) -> None:
        assert operator.post(f"/broadcasts/{storm.pk}/batches/").status_code == 405

    def test_a_broadcast_we_never_saw_answers_404(self, operator: SignedIn, sandbox: Sandbox) -> None:
        assert operator.get("/broadcasts/123/batches/").status_code == 404

    def test_signed_out_it_is_not_shown(self, client: SignedIn, storm: BroadcastSnapshot) -> None:
        assert client.get(f"/broadcasts/{storm.pk}/batches/").status_code == 302
