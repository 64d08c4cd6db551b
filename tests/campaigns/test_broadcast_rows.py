"""GET /broadcasts/rows/"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns import tasks
from campaigns.models import BroadcastSnapshot
from campaigns.services import snapshots
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import markup, panel, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

HTMX = {"HX-Request": "true", "HX-Target": "rows-clock"}


def address(browser: SignedIn) -> str:
    """Where the list says that its rows refresh themselves."""
    return panel(browser.get("/broadcasts/"), "rows-clock")["data-url"]


class TestRowsThatChanged:
    def test_each_cell_arrives_in_its_place(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING", recipients=200)
        where = address(operator)
        sandbox.clock.advance(60)
        tasks.refresh_stats(running.pk)
        answer = operator.get(where, headers=HTMX)
        assert answer.status_code == 200
        for cell in ("status", "progress", "reached", "people", "from", "changed"):
            assert f'id="b{running.pk}-{cell}" hx-swap-oob="true"' in markup(answer)
        assert "200" in words(answer)

    def test_a_row_that_ended_says_so_and_the_clock_stops(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        where = address(operator)
        sandbox.world.broadcasts[running.pk].stop(sandbox.clock.now())
        snapshots.refresh()
        answer = operator.get(where, headers=HTMX)
        assert "Stopped" in words(answer)
        assert "data-every" not in panel(answer, "rows-clock")

    def test_the_clock_goes_on_with_the_rows_that_still_run(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        ended, running = seen("One", status="RUNNING"), seen("Two", status="RUNNING")
        where = address(operator)
        sandbox.world.broadcasts[ended.pk].stop(sandbox.clock.now())
        snapshots.refresh()
        clock = panel(operator.get(where, headers=HTMX), "rows-clock")
        assert clock["data-every"] == "5"
        assert f"id={running.pk}&" in clock["data-url"]
        assert str(ended.pk) not in clock["data-url"]

    def test_broadcasts_we_never_saw_are_left_out(self, operator: SignedIn, seen: Seen) -> None:
        running = seen(status="RUNNING")
        answer = operator.get(f"/broadcasts/rows/?id={running.pk}&id=123", headers=HTMX)
        assert answer.status_code == 200
        assert "b123-status" not in markup(answer)

    def test_asking_twice_for_one_gives_it_once(self, operator: SignedIn, seen: Seen) -> None:
        running = seen(status="RUNNING")
        answer = operator.get(f"/broadcasts/rows/?id={running.pk}&id={running.pk}", headers=HTMX)
        assert markup(answer).count(f'id="b{running.pk}-status"') == 1


class TestRowsThatDidNotChange:
    def test_nothing_is_sent_but_the_age(self, operator: SignedIn, seen: Seen) -> None:
        running = seen(status="RUNNING", recipients=500)
        tasks.refresh_stats(running.pk)
        answer = operator.get(address(operator), headers=HTMX)
        assert (answer.status_code, answer.content) == (204, b"")
        running.refresh_from_db()
        assert running.counters_at is not None
        assert json.loads(answer["HX-Trigger"]) == {
            "fresh": {"id": "rows-clock", "asOf": running.counters_at.isoformat()}
        }

    def test_a_reading_with_the_same_figures_changes_nothing_but_the_age(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        running = seen(status="RUNNING", recipients=500)
        tasks.refresh_stats(running.pk)
        where = address(operator)
        tasks.refresh_stats(running.pk)
        answer = operator.get(where, headers=HTMX)
        assert answer.status_code == 204
        running.refresh_from_db()
        assert running.counters_at is not None
        assert running.counters_at.isoformat() in answer["HX-Trigger"]


class TestBadRequests:
    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("", "Select at least one broadcast"),
            ("id=x", "A broadcast’s ID is a whole number."),
            ("id=0", "A broadcast’s ID is a whole number."),
            ("id=-5", "A broadcast’s ID is a whole number."),
            (f"id={2**63}", "A broadcast’s ID is a whole number."),
            ("id=" + "9" * 5000, "A broadcast’s ID is a whole number."),
            ("&".join(f"id={n}" for n in range(1, 102)), "at most 100 broadcasts"),
        ],
        ids=["none", "a word", "zero", "negative", "above 64 bits", "endless", "too many"],
    )
    def test_each_answers_422_with_a_sentence(
        self, operator: SignedIn, db: None, query: str, sentence: str
    ) -> None:
        answer = operator.get(f"/broadcasts/rows/?{query}")
        assert answer.status_code == 422
        assert sentence in words(answer)

    def test_htmx_gets_a_notice_and_keeps_its_rows(self, operator: SignedIn, db: None) -> None:
        answer = operator.get("/broadcasts/rows/?id=x", headers=HTMX)
        assert answer.status_code == 422
        assert answer["HX-Retarget"] == "#notices"


class TestWhatItCosts:
    def test_callfire_is_not_asked(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        operator.get(f"/broadcasts/rows/?id={running.pk}", headers=HTMX)
        assert not sandbox.requests

    @pytest.mark.parametrize("count", [2, 100])
    def test_the_number_of_queries_does_not_grow(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        django_assert_num_queries: DjangoAssertNumQueries,
        count: int,
    ) -> None:
        for _ in range(count):
            sandbox.world.add_broadcast(status="RUNNING")
        snapshots.refresh()
        ids = BroadcastSnapshot.objects.values_list("pk", flat=True)
        where = "/broadcasts/rows/?" + "&".join(f"id={pk}" for pk in ids)
        with django_assert_num_queries(3):
            operator.get(where, headers=HTMX)

    def test_it_changes_nothing(self, operator: SignedIn, db: None) -> None:
        assert operator.post("/broadcasts/rows/?id=1").status_code == 405


class TestWhoMay:
    def test_a_viewer_may_look(self, viewer: SignedIn, seen: Seen) -> None:
        running = seen(status="RUNNING")
        assert viewer.get(f"/broadcasts/rows/?id={running.pk}").status_code == 200

    def test_a_session_that_ended_gets_a_notice_and_no_sign_in_page(
        self, client: SignedIn, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        answer = client.get(f"/broadcasts/rows/?id={running.pk}", headers=HTMX)
        assert answer.status_code == 401
        assert answer["HX-Retarget"] == "#notices"
        assert "<form" not in markup(answer)
