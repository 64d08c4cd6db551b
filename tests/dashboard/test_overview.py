"""/"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from campaigns import tasks
from campaigns.models import AuditEvent
from campaigns.services import health, snapshots
from tests.campaigns.handing import begun, checked
from tests.campaigns.reading import links, panel, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

CLOCK = {"HX-Request": "true", "HX-Target": "board"}


class TestTheBoard:
    def test_every_running_broadcast_is_a_row_with_its_figures_and_stop(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        broadcast = sandbox.world.add_broadcast(name="Grid 14", status="RUNNING", recipients=40, progress=0.5)
        snapshots.refresh()
        tasks.refresh_stats(broadcast.id)
        page = operator.get("/").text
        assert "Grid 14" in page
        assert f'action="/broadcasts/{broadcast.id}/stop/"' in page
        assert " of 40</small>" in page

    def test_a_viewer_is_offered_no_stop(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        sandbox.world.add_broadcast(name="Grid 14", status="RUNNING")
        snapshots.refresh()
        page = viewer.get("/").text
        assert "Grid 14" in page
        assert "/stop/" not in page
        assert "Stop all" not in page

    def test_stop_all_asks_about_everything_that_calls_or_is_about_to(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        running = sandbox.world.add_broadcast(name="One", status="RUNNING")
        starting = sandbox.world.add_broadcast(name="Two", status="START_PENDING")
        snapshots.refresh()
        page = operator.get("/").text
        assert f"?action=stop&amp;id={running.id}&amp;id={starting.id}" in page

    def test_what_is_only_starting_has_its_stop_too(self, operator: SignedIn, sandbox: Sandbox) -> None:
        starting = sandbox.world.add_broadcast(name="Two", status="VALIDATING_START")
        snapshots.refresh()
        page = operator.get("/").text
        assert f'action="/broadcasts/{starting.id}/stop/"' in page
        assert f"?action=stop&amp;id={starting.id}" in page

    def test_what_callfire_holds_back_needs_attention(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.world.add_broadcast(name="Winter tariff", status="BLOCKED_SUSPICIOUS")
        snapshots.refresh()
        page = operator.get("/").text
        assert "Winter tariff" in page
        assert "Blocked: content flagged." in page

    def test_an_action_whose_outcome_is_unknown_needs_attention(self, operator: SignedIn) -> None:
        AuditEvent.objects.create(
            action="start",
            by_name="Otto",
            object_kind="broadcast",
            object_id=5,
            object_name="Grid 9",
            outcome="unknown",
            sentence="CallFire did not answer.",
        )
        assert "Grid 9: start outcome unknown" in operator.get("/").text

    def test_what_failed_without_a_broadcast_leads_to_none(self, operator: SignedIn) -> None:
        AuditEvent.objects.create(
            action="listen", by_name="Otto", object_kind="sound", object_id=5, outcome="failed"
        )
        page = operator.get("/").text
        assert "listen not done" in page
        assert "/broadcasts/5/" not in page

    def test_uploads_that_move_are_shown_and_those_that_wait_need_attention(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        moving = begun(sandbox, name="moving.csv")
        waiting = checked(sandbox, name="waiting.csv")
        page = viewer.get("/")
        under_way, _, attention = words(page).partition("Needs attention")
        assert "Uploads under way All uploads moving.csv Handing over" in under_way
        assert "waiting.csv: waits for you" in attention
        assert {f"/uploads/{moving.pk}/", f"/uploads/{waiting.pk}/"} <= set(links(page))

    def test_nothing_running_says_so_and_how_old_that_is(self, operator: SignedIn, sandbox: Sandbox) -> None:
        snapshots.refresh()
        page = operator.get("/").text
        assert "Nobody is being called" in page
        assert "as far as CallFire said" in page

    def test_it_asks_callfire_nothing(self, operator: SignedIn, sandbox: Sandbox) -> None:
        operator.get("/")
        assert not sandbox.requests

    def test_its_clock_gets_the_board_alone(self, operator: SignedIn) -> None:
        answer = operator.get("/", headers=CLOCK)
        assert "<live-panel" in answer.text
        assert "<html" not in answer.text

    def test_its_clock_brings_the_health_of_the_shell_along_when_that_turned(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        broadcast = sandbox.world.add_broadcast(name="Grid 14", status="RUNNING")
        snapshots.refresh()
        health.beat()
        where = panel(operator.get("/"), "board")["data-url"]
        assert 'id="health"' not in operator.get(where, headers=CLOCK).text
        sandbox.fail_next("GET", "", status=403, times=None)
        tasks.refresh_stats(broadcast.id)
        turned = operator.get(where, headers=CLOCK)
        assert re.search(r'id="health" hx-swap-oob="true"', turned.text)
        assert "CallFire not answering" in words(turned)
        assert 'id="health"' not in operator.get(panel(turned, "board")["data-url"], headers=CLOCK).text

    def test_figures_that_were_never_read_are_said_to_be_missing(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        sandbox.world.add_broadcast(name="Grid 14", status="RUNNING")
        snapshots.refresh()
        assert "Done – not counted yet" in words(operator.get("/"))


class TestWhoMay:
    def test_nobody_is_let_in_without_signing_in(self, client: SignedIn) -> None:
        answer = client.get("/")
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")
