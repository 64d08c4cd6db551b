"""/broadcasts/<id>/recipients/<token>/"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from campaigns.models import AuditEvent, BroadcastSnapshot, User
from campaigns.services import adding, pasted, people
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import panel, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


@pytest.fixture
def event(sandbox: Sandbox, seen: Seen, operator: SignedIn) -> AuditEvent:
    """Two people were added to a stopped broadcast."""
    return add(seen(), operator.user)


def add(snapshot: BroadcastSnapshot, by: User) -> AuditEvent:
    """Add two people, as the page does."""
    list_read = pasted.read("2135550190\n2135550191")
    to = people.standing(snapshot.pk)
    return adding.add(
        list_read.people, to=to, strict=True, by=by, token=uuid.uuid4(), request_id="a-test"
    ).event


def address(event: AuditEvent) -> str:
    """The page of this event."""
    return f"/broadcasts/{event.object_id}/recipients/{event.token}/"


class TestTheResult:
    def test_everybody_is_shown_as_then_and_as_now(
        self, operator: SignedIn, sandbox: Sandbox, event: AuditEvent
    ) -> None:
        assert "1 (213) 555-0190 Waiting Waiting" in words(operator.get(address(event)))
        broadcast = sandbox.world.broadcasts[event.object_id or 0]
        broadcast.start(sandbox.clock.now())
        sandbox.clock.advance(3600)
        said = words(operator.get(address(event)))
        assert "1 (213) 555-0190 Waiting Completed" in said
        assert "2 (213) 555-0191 Waiting Completed" in said

    def test_without_callfire_it_says_what_callfire_said_then(
        self, operator: SignedIn, sandbox: Sandbox, event: AuditEvent
    ) -> None:
        sandbox.stop_listening()
        answer = operator.get(address(event))
        assert answer.status_code == 200
        assert "2 people are at CallFire." in words(answer)
        assert "1 not read Waiting not read" in words(answer)

    def test_it_looks_again_by_itself_until_it_is_settled(
        self, operator: SignedIn, event: AuditEvent
    ) -> None:
        assert "data-every" not in panel(operator.get(address(event)), "outcome")
        AuditEvent.objects.update(outcome="unknown", settled_at=None)
        assert panel(operator.get(address(event)), "outcome")["data-every"] == "2"

    def test_htmx_gets_the_panel_alone(self, operator: SignedIn, event: AuditEvent) -> None:
        answer = operator.get(address(event), headers={"HX-Request": "true", "HX-Target": "outcome"})
        assert answer.text.strip().startswith("<live-panel")
        assert "<html" not in answer.text

    def test_start_is_offered_to_who_may_start(
        self, operator: SignedIn, viewer: SignedIn, event: AuditEvent
    ) -> None:
        assert "Start calling…" in words(operator.get(address(event)))
        assert "Start calling…" not in words(viewer.get(address(event)))

    def test_start_waits_until_the_list_is_settled(self, operator: SignedIn, event: AuditEvent) -> None:
        AuditEvent.objects.update(outcome="unknown", settled_at=None)
        assert "Start calling…" not in words(operator.get(address(event)))

    def test_asking_for_it_changes_nothing(
        self, operator: SignedIn, sandbox: Sandbox, event: AuditEvent
    ) -> None:
        sandbox.clear_requests()
        operator.get(address(event))
        assert {entry.method for entry in sandbox.requests} == {"GET"}

    def test_what_was_never_asked_for_is_not_found(
        self, operator: SignedIn, sandbox: Sandbox, event: AuditEvent
    ) -> None:
        somewhere = f"/broadcasts/{event.object_id}/recipients/{uuid.uuid4()}/"
        assert operator.get(somewhere).status_code == 404
        elsewhere = f"/broadcasts/{(event.object_id or 0) + 1}/recipients/{event.token}/"
        assert operator.get(elsewhere).status_code == 404

    def test_an_event_of_another_kind_is_not_found(self, operator: SignedIn, event: AuditEvent) -> None:
        AuditEvent.objects.update(action="start")
        assert operator.get(address(event)).status_code == 404
