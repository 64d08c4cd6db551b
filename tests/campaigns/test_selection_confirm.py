"""/broadcasts/selection/"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from campaigns.models import AuditEvent
from tests.campaigns.conftest import Seen, status_at_callfire, token_of
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

ADDRESS = "/broadcasts/selection/"


class TestTheConfirmation:
    def test_it_lists_every_broadcast_and_what_will_happen_to_it(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        running, finished = seen("Grid 14", status="RUNNING"), seen("Grid 9", status="FINISHED")
        page = operator.get(f"{ADDRESS}?action=stop&id={running.pk}&id={finished.pk}").text
        assert "Stop 2 broadcasts?" in page
        assert "It is stopped." in page
        assert "Probably nothing: It has finished; nobody is being called." in page

    def test_it_changes_nothing(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        operator.get(f"{ADDRESS}?action=stop&id={running.pk}")
        assert not sandbox.requests
        assert not AuditEvent.objects.exists()

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("?action=stop", "Select at least one broadcast"),
            ("?id=5", "Choose Stop or Archive."),
            ("?action=start&id=5", "Several broadcasts can be stopped or archived, nothing else."),
            ("?action=stop&id=x", "A broadcast’s ID is a whole number."),
            ("?action=stop&id=-4", "A broadcast’s ID is a whole number."),
            ("?action=stop&id=99999999999999999999", "A broadcast’s ID is a whole number."),
            ("?action=stop&" + "&".join(f"id={n}" for n in range(1, 102)), "at most 100 broadcasts"),
        ],
    )
    def test_bad_input_gets_a_sentence(self, operator: SignedIn, query: str, sentence: str) -> None:
        answer = operator.get(ADDRESS + query)
        assert answer.status_code == 422
        assert sentence in answer.text


class TestDoingIt:
    def test_each_is_done_and_has_its_own_result(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running, finished = seen("Grid 14", status="RUNNING"), seen("Grid 9", status="FINISHED")
        answer = operator.post(ADDRESS, {"action": "stop", "id": [running.pk, finished.pk]}, follow=True)
        assert status_at_callfire(sandbox, running) == "STOPPED"
        assert re.search(r"Grid 14.*?Done.*?Grid 9.*?Refused", answer.text, re.DOTALL)
        assert "All of them are settled." in answer.text

    def test_one_that_fails_does_not_keep_the_others_waiting(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        first, second = seen("First", status="RUNNING"), seen("Second", status="RUNNING")
        sandbox.fail_next("POST", f"/{first.pk}/stop", status=503)
        answer = operator.post(ADDRESS, {"action": "stop", "id": [first.pk, second.pk]}, follow=True)
        assert status_at_callfire(sandbox, second) == "STOPPED"
        assert re.search(r"First.*?Under way.*?Second.*?Done", answer.text, re.DOTALL)
        assert 'data-every="2"' in answer.text

    def test_the_same_form_sent_twice_does_everything_once(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        old = [seen(f"Old {n}", status="FINISHED").pk for n in range(3)]
        token = token_of(operator.get(f"{ADDRESS}?action=archive&id={old[0]}").text)
        answers = [operator.post(ADDRESS, {"action": "archive", "id": old, "token": token}) for _ in range(2)]
        assert answers[0]["Location"] == answers[1]["Location"]
        assert len(sandbox.requests_to("POST", "/archive")) == 3
        assert AuditEvent.objects.count() == 3

    def test_a_viewer_may_not(self, viewer: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        running = seen(status="RUNNING")
        assert viewer.post(ADDRESS, {"action": "stop", "id": [running.pk]}).status_code == 403
        assert status_at_callfire(sandbox, running) == "RUNNING"
