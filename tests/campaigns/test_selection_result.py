"""/broadcasts/selection/<group>/"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import time_machine
from django.utils import timezone

from campaigns import tasks
from tests.campaigns.conftest import Seen
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


class TestTheResult:
    def test_it_looks_again_until_everything_is_settled(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen(status="RUNNING")
        sandbox.fail_next("POST", "/stop", status=503)
        form = {"action": "stop", "id": [running.pk]}
        address = operator.post("/broadcasts/selection/", form)["Location"]
        assert "Some are still under way." in operator.get(address).text
        with time_machine.travel(timezone.now() + timedelta(seconds=10), tick=False):
            tasks.follow_up_open_actions()
        page = operator.get(address).text
        assert "All of them are settled." in page
        assert "data-every" not in page.partition('id="outcome"')[2].partition(">")[0]

    def test_the_clock_of_the_page_gets_the_fragment_alone(self, operator: SignedIn, seen: Seen) -> None:
        finished = seen(status="FINISHED")
        form = {"action": "archive", "id": [finished.pk]}
        address = operator.post("/broadcasts/selection/", form)["Location"]
        answer = operator.get(address, headers={"HX-Request": "true", "HX-Target": "outcome"})
        assert "<live-panel" in answer.text
        assert "<html" not in answer.text

    def test_an_address_nobody_was_sent_to_is_not_found(self, operator: SignedIn) -> None:
        assert operator.get(f"/broadcasts/selection/{uuid.uuid4()}/").status_code == 404
