"""What holds at every address: who is let in, what a form needs, and that looking changes nothing."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from django.test import Client

from campaigns.models import Chunk, Export, OwnNumber, SavedView, Upload, User
from campaigns.services import snapshots
from tests.campaigns.recorded import recording
from tests.conftest import SignedIn
from tests.test_architecture import VIEWS

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

# Whoever is signed out may sign in, choose a theme, and be a load balancer or Prometheus.
OPEN = {"theme", "admin_sign_in", "healthz", "metrics"}
# These only read at CallFire, or keep something of the reader's own; a selection is judged by its action.
POSTED_BY_VIEWERS = {
    "theme",
    "broadcast_refresh",
    "selection_confirm",
    "saved_view_create",
    "saved_view_delete",
    "call_export",
    "export_cancel",
    "call_reveal",
}
KEPT = (Upload, Chunk, Export, SavedView, OwnNumber, User)


def address(route: str, **ids: int) -> str:
    """An address of this route: with these ids, and with some others for whatever else it names."""
    route = re.sub(r"<uuid:\w+>", str(uuid.UUID(int=1)), route)
    return "/" + re.sub(r"<id:(\w+)>", lambda found: str(ids.get(found[1], 1)), route)


class TestWhoIsLetIn:
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_stranger_is_asked_to_sign_in(self, client: Client, db: None, method: str) -> None:
        for route in (each for each, pattern in VIEWS.items() if pattern.name not in OPEN):
            answer = getattr(client, method)(address(route))
            assert answer.status_code == 302, route
            back = quote(address(route)) if method == "get" else "/"
            assert answer["Location"] == f"/accounts/login/?next={back}"

    def test_whoever_may_only_look_changes_nothing(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        for route in (each for each, pattern in VIEWS.items() if pattern.name not in POSTED_BY_VIEWERS):
            assert viewer.post(address(route)).status_code in {403, 405}, route
        assert not sandbox.requests

    def test_a_form_of_another_site_changes_nothing(self, operator: SignedIn, sandbox: Sandbox) -> None:
        operator.handler.enforce_csrf_checks = True
        for route in VIEWS:
            assert operator.post(address(route)).status_code == 403, route
        assert not sandbox.requests


class TestLooking:
    def test_it_changes_nothing(self, operator: SignedIn, sandbox: Sandbox) -> None:
        made = recording(sandbox)
        snapshots.refresh()
        ids = {"broadcast_id": made["campaignId"], "call_id": made["callId"], "recording_id": made["id"]}
        kept = [model.objects.count() for model in KEPT]
        for route in VIEWS:
            assert operator.get(address(route, **ids)).status_code < 500, route
            assert {request.method for request in sandbox.requests} <= {"GET"}, route
            assert [model.objects.count() for model in KEPT] == kept, route

    @pytest.mark.parametrize("list_of", ["broadcasts", "calls", "uploads", "activity"])
    def test_filters_of_one_tab_are_not_those_of_another(
        self, operator: SignedIn, sandbox: Sandbox, list_of: str
    ) -> None:
        filtered = {
            "broadcasts": "q=zebra&status=RUNNING",
            "calls": "to=12135550142",
            "uploads": "q=zebra",
            "activity": "q=zebra",
        }
        session = dict(operator.session.items())
        assert "zebra" not in operator.get(f"/{list_of}/").text
        operator.get(f"/{list_of}/?{filtered[list_of]}")
        assert not {"zebra", "2135550142"} & set(re.findall(r"\w+", operator.get(f"/{list_of}/").text))
        assert dict(operator.session.items()) == session
