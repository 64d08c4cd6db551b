"""/activity/"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from campaigns.models import AuditEvent, User
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import words
from tests.campaigns.test_broadcast_start import look, press
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


@pytest.fixture
def past(operator: SignedIn) -> None:
    """Two things Otto did, and one somebody else did."""
    dana = User.objects.create_user("dana", first_name="Dana", last_name="Ruiz")
    for by, action, name, outcome, day in (
        (operator.user, "start", "Grid 14", "done", 20),
        (operator.user, "stop", "Grid 14", "done", 21),
        (dana, "archive", "<b>Grid</b> 9", "refused", 22),
    ):
        event = AuditEvent.objects.create(
            action=action,
            by=by,
            by_name=by.display_name,
            object_kind="broadcast",
            object_id=14 if "14" in name else 9,
            object_name=name,
            outcome=outcome,
            sentence=f"CallFire said {outcome}.",
        )
        at = datetime(2026, 11, day, 20, 0, tzinfo=UTC)
        AuditEvent.objects.filter(pk=event.pk).update(at=at)


def actions_on(page: str) -> list[str]:
    """The actions a page of the activity shows, from the top."""
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    return [row.partition('<th scope="row">')[2].partition(":")[0] for row in rows]


@pytest.mark.usefixtures("past")
class TestTheLog:
    def test_it_shows_who_did_what_newest_first(self, viewer: SignedIn) -> None:
        page = viewer.get("/activity/").text
        assert actions_on(page) == ["Archive", "Stop calling", "Start calling"]
        assert "Dana Ruiz" in page

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("q=grid+14", ["Stop calling", "Start calling"]),
            ("q=dana", ["Archive"]),
            ("action=stop", ["Stop calling"]),
            ("outcome=refused", ["Archive"]),
            ("object=9", ["Archive"]),
            ("since=2026-11-21", ["Archive", "Stop calling"]),
            ("until=2026-11-20", ["Start calling"]),
            ("since=2026-11-21&until=2026-11-21", ["Stop calling"]),
        ],
    )
    def test_it_filters(self, viewer: SignedIn, query: str, shown: list[str]) -> None:
        assert actions_on(viewer.get(f"/activity/?{query}").text) == shown

    def test_the_id_is_that_of_a_broadcast(self, viewer: SignedIn) -> None:
        AuditEvent.objects.create(action="sign in", by_name="Tom", object_kind="person", object_id=9)
        assert actions_on(viewer.get("/activity/?object=9").text) == ["Archive"]

    def test_me_is_the_reader(self, operator: SignedIn) -> None:
        assert actions_on(operator.get("/activity/?by=me").text) == ["Stop calling", "Start calling"]

    def test_names_are_shown_as_text(self, viewer: SignedIn) -> None:
        page = viewer.get("/activity/").text
        assert "&lt;b&gt;Grid&lt;/b&gt; 9" in page
        assert "<b>Grid</b>" not in page

    def test_nothing_matches_offers_the_way_out(self, viewer: SignedIn) -> None:
        page = viewer.get("/activity/?q=zzz").text
        assert "No activity fits these filters." in page
        assert "Show all activity" in page

    def test_htmx_gets_the_results_alone(self, viewer: SignedIn) -> None:
        answer = viewer.get("/activity/", headers={"HX-Request": "true", "HX-Target": "results"})
        assert 'id="results"' in answer.text
        assert "<html" not in answer.text


class TestBadFilters:
    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("since=yesterday", "Write the day as 2026-11-23."),
            ("since=2026-11-22&until=2026-11-20", "The last day lies before the first."),
            ("by=somebody", "Choose a person from the list."),
            ("outcome=great", "Choose an outcome from the list."),
            ("object=x", "ID is a whole number."),
        ],
    )
    def test_a_filter_we_cannot_read_gets_a_sentence(
        self, viewer: SignedIn, query: str, sentence: str
    ) -> None:
        answer = viewer.get(f"/activity/?{query}")
        assert answer.status_code == 422
        assert sentence in answer.text


class TestWhatIsWrittenDown:
    def test_signing_in_and_out(self, client: Client, operator: SignedIn) -> None:
        client.post("/accounts/login/", {"username": "operator", "password": "operator-password"})
        client.post("/accounts/logout/")
        assert list(AuditEvent.objects.values_list("action", "by_name", "outcome")) == [
            ("sign out", "Otto Operator", "done"),
            ("sign in", "Otto Operator", "done"),
        ]

    def test_a_wrong_password_names_the_person_it_was_tried_for(
        self, client: Client, operator: SignedIn
    ) -> None:
        client.post("/accounts/login/", {"username": "operator", "password": "guess"})
        event = AuditEvent.objects.get()
        assert (event.by, event.outcome, event.object_name) == (None, "refused", "operator")

    def test_a_name_nobody_has_is_not_kept(self, client: Client, db: None) -> None:
        client.post("/accounts/login/", {"username": "my secret password", "password": "x"})
        event = AuditEvent.objects.get()
        assert event.object_name == ""
        assert "secret" not in event.sentence


class TestWhatIsKeptWithAnEvent:
    def test_a_start_tells_the_figures_that_were_shown_and_what_was_agreed_to(
        self, operator: SignedIn, viewer: SignedIn, seen: Seen
    ) -> None:
        stopped = seen(recipients=30, fromNumber="12135550111")
        press(operator, stopped, look(operator, stopped))
        page = words(viewer.get("/activity/"))
        assert "What was shown Read" in page
        assert "People 30 to call" in page
        assert "Caller ID (213) 555-0111" in page
        assert "Hours At any hour: quiet hours are off; all can be called now" in page
        assert re.search(r"Cost, in credits [\d.,]+", page)
        assert "Balance, in credits 2,000.00" in page
        assert "Agreed to These people agreed to automated calls like this one." in page
        assert "Quiet hours are off." in page

    def test_a_stop_tells_who_pressed_it_again(
        self, operator: SignedIn, admin: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        sandbox.fail_next("POST", "/stop", status=503)
        operator.post(f"/broadcasts/{running.pk}/stop/")
        admin.post(f"/broadcasts/{running.pk}/stop/")
        assert re.search(r"Asked again \d\d:\d\d:\d\d by Ada Admin", words(admin.get("/activity/")))

    def test_an_event_with_nothing_more_to_tell_has_nothing_to_open(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        operator.post(f"/broadcasts/{seen(status='RUNNING').pk}/stop/")
        assert '<details class="disclose' not in operator.get("/activity/").text

    @pytest.mark.parametrize(
        ("kind", "page"),
        [("broadcast", "/broadcasts/7/"), ("call", "/calls/7/"), ("recording", "/recordings/7/")],
    )
    def test_it_leads_to_what_something_was_done_to(self, operator: SignedIn, kind: str, page: str) -> None:
        AuditEvent.objects.create(action="look", by_name="Otto", object_kind=kind, object_id=7)
        assert f'href="{page}"' in operator.get("/activity/").text

    @pytest.mark.parametrize("object_id", [7, None])
    def test_what_has_no_page_is_named_without_a_link(
        self, operator: SignedIn, object_id: int | None
    ) -> None:
        AuditEvent.objects.create(
            action="look", by_name="Otto", object_kind="view", object_id=object_id, object_name="Mine"
        )
        page = operator.get("/activity/")
        assert "Look: Mine" in words(page)
        assert "/7/" not in page.text

    @pytest.mark.parametrize("at", ["", None, "yesterday", "2026-11-23T10:00:00"])
    def test_odd_figures_of_old_break_nothing(self, operator: SignedIn, at: str | None) -> None:
        shown = {"at": at, "people": None, "caller_id": None, "warnings": ["<b>Night</b>"]}
        AuditEvent.objects.create(action="start", by_name="Otto", object_id=7, detail={"shown": shown})
        page = operator.get("/activity/")
        assert "People CallFire did not say how many Caller ID Not chosen" in words(page)
        assert "<b>Night</b>" not in page.text
