"""campaigns/actions.py"""

from __future__ import annotations

import pytest

from callfire_api import BroadcastStatus
from campaigns.actions import ACTIONS, ARCHIVE, DIALLING, ENDED, START, STOP, Action, offered, took_effect
from campaigns.models import User
from campaigns.permissions import Permission, Role

OPERATOR = User(username="otto", role=Role.OPERATOR)
VIEWER = User(username="viv", role=Role.VIEWER)
NEW_WORD = "A_NEW_WORD"

# Status -> what a person who may do everything is offered.
OFFERED = {
    "SETUP": {"start", "archive"},
    "TEST": {"start", "stop", "archive"},
    "STOPPED": {"start", "archive"},
    "SCHEDULED": {"start", "stop"},
    "VALIDATING_START": {"stop"},
    "START_PENDING": {"stop"},
    "RUNNING": {"stop"},
    "FINISHED": {"start", "archive"},
    "SUSPENDED": {"stop", "archive"},
    "BLOCKED_SUSPICIOUS": {"stop", "archive"},
    "VALIDATING_EMAIL": {"stop", "archive"},
    "APPROVED": {"start", "stop", "archive"},
    "DECLINED": {"stop", "archive"},
    "ARCHIVED": set(),
}


class TestWhatIsOffered:
    def test_the_table_of_this_test_names_every_status(self) -> None:
        assert set(OFFERED) == set(BroadcastStatus.known())

    @pytest.mark.parametrize(("status", "names"), OFFERED.items())
    def test_every_known_status_offers_exactly_what_it_allows(self, status: str, names: set[str]) -> None:
        assert {action.name for action in offered(status, OPERATOR)} == names

    def test_an_unknown_status_offers_stop_alone(self) -> None:
        assert offered(NEW_WORD, OPERATOR) == [STOP]

    def test_no_status_at_all_offers_stop_alone(self) -> None:
        assert offered("", OPERATOR) == [STOP]

    def test_stop_comes_first(self) -> None:
        assert offered("SCHEDULED", OPERATOR)[0] is STOP

    @pytest.mark.parametrize("status", [*OFFERED, NEW_WORD])
    def test_a_viewer_is_offered_nothing(self, status: str) -> None:
        assert offered(status, VIEWER) == []

    def test_only_some_actions_may_be_asked_about(self) -> None:
        assert offered("STOPPED", OPERATOR, among=[ARCHIVE]) == [ARCHIVE]


class TestTheReasonWhyNot:
    @pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
    @pytest.mark.parametrize("status", [*OFFERED, NEW_WORD, ""])
    def test_there_is_a_whole_sentence_exactly_where_it_is_not_offered(
        self, action: Action, status: str
    ) -> None:
        reason = action.why_not(status)
        assert bool(reason) == (action not in offered(status, OPERATOR))
        assert reason == "" or reason.endswith(".")

    def test_a_word_in_the_tables_is_a_known_status(self) -> None:
        refused = {status for action in ACTIONS.values() for status in action.refusals}
        assert all(status.is_known for status in refused)

    def test_whatever_may_call_people_can_be_stopped(self) -> None:
        assert not any(STOP.why_not(status) for status in DIALLING)

    def test_whatever_dials_must_be_stopped_before_it_is_archived(self) -> None:
        assert all(ARCHIVE.why_not(status) == "Stop it first." for status in DIALLING)

    def test_what_callfire_blocked_says_whom_to_ask(self) -> None:
        assert START.why_not("SUSPENDED") == "CallFire suspended it. Contact CallFire."


class TestWhatTheTableSays:
    def test_actions_are_found_by_their_name(self) -> None:
        assert {name: action.name for name, action in ACTIONS.items()} == {
            "stop": "stop",
            "start": "start",
            "archive": "archive",
        }

    def test_each_needs_the_permission_of_its_own(self) -> None:
        assert [START.permission, STOP.permission, ARCHIVE.permission] == [
            Permission.START,
            Permission.STOP,
            Permission.ARCHIVE,
        ]

    def test_only_stop_acts_without_asking_first(self) -> None:
        assert [action.name for action in ACTIONS.values() if not action.asks_first] == ["stop"]


class TestWhetherItTookEffect:
    @pytest.mark.parametrize("status", [*BroadcastStatus.known(), NEW_WORD])
    def test_a_start_shows_in_a_broadcast_that_calls_or_has_called(self, status: str) -> None:
        assert took_effect(START, status) == (
            status in {"VALIDATING_START", "START_PENDING", "RUNNING", "FINISHED"}
        )

    @pytest.mark.parametrize("status", [*BroadcastStatus.known(), NEW_WORD])
    def test_a_stop_shows_in_a_broadcast_that_calls_nobody(self, status: str) -> None:
        assert took_effect(STOP, status) == (status in {"STOPPED", "FINISHED", "ARCHIVED"})

    @pytest.mark.parametrize("status", [*BroadcastStatus.known(), NEW_WORD])
    def test_an_archive_shows_in_an_archived_broadcast(self, status: str) -> None:
        assert took_effect(ARCHIVE, status) == (status == "ARCHIVED")

    def test_nothing_both_dials_and_has_ended(self) -> None:
        assert not DIALLING & ENDED
