"""/broadcasts/<id>/archive/"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from campaigns.models import AuditEvent
from campaigns.services import snapshots
from tests.campaigns.conftest import Seen, status_at_callfire
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


class TestTheConfirmation:
    def test_it_says_that_there_is_no_way_back_and_who_is_left(self, operator: SignedIn, seen: Seen) -> None:
        stopped = seen(recipients=12)
        page = operator.get(f"/broadcasts/{stopped.pk}/archive/").text
        assert "CallFire cannot un-archive it." in page
        assert "12 people were not called yet." in page

    def test_it_changes_nothing(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        stopped = seen()
        operator.get(f"/broadcasts/{stopped.pk}/archive/")
        assert status_at_callfire(sandbox, stopped) == "STOPPED"
        assert {entry.method for entry in sandbox.requests} == {"GET"}

    def test_a_running_one_has_to_be_stopped_first(self, operator: SignedIn, seen: Seen) -> None:
        running = seen(status="RUNNING")
        answer = operator.get(f"/broadcasts/{running.pk}/archive/")
        assert answer.status_code == 409
        assert "Stop it first." in answer.text


class TestArchiving:
    def test_it_archives_and_stays_findable(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        finished = seen("Spring campaign", status="FINISHED")
        operator.post(f"/broadcasts/{finished.pk}/archive/", follow=True)
        assert status_at_callfire(sandbox, finished) == "ARCHIVED"
        snapshots.refresh()
        assert "Spring campaign" not in operator.get("/broadcasts/").text
        assert "Spring campaign" in operator.get("/broadcasts/?status=ARCHIVED").text
        assert operator.get(f"/broadcasts/{finished.pk}/").status_code == 200

    @pytest.mark.parametrize("status", ["RUNNING", "VALIDATING_START", "SCHEDULED", "ARCHIVED", "A_NEW_WORD"])
    def test_it_is_not_sent_where_it_is_not_allowed(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, status: str
    ) -> None:
        other = seen("Elsewhere", status="STOPPED")
        sandbox.world.broadcasts[other.pk].status = status
        assert operator.post(f"/broadcasts/{other.pk}/archive/").status_code == 409
        assert not sandbox.requests_to("POST", "/archive")
        assert AuditEvent.objects.get().outcome == "refused"

    def test_a_lost_answer_is_looked_up(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        finished = seen(status="FINISHED")
        sandbox.fail_next("POST", "/archive", drop="after")
        operator.post(f"/broadcasts/{finished.pk}/archive/")
        assert AuditEvent.objects.get().outcome == "done"
        assert len(sandbox.requests_to("POST", "/archive")) == 1

    def test_a_viewer_may_not_archive(self, viewer: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        finished = seen(status="FINISHED")
        assert viewer.get(f"/broadcasts/{finished.pk}/archive/").status_code == 403
        assert viewer.post(f"/broadcasts/{finished.pk}/archive/").status_code == 403
        assert not sandbox.requests
