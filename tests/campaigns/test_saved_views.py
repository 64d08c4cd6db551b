"""/calls/views/ and /calls/views/<id>/delete/"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from campaigns.models import AuditEvent, SavedView
from campaigns.services import saved_views
from tests.campaigns.reading import links, markup, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


def save(who: SignedIn, name: str, query: str) -> int:
    """Press Save view; the status of the answer."""
    return who.post("/calls/views/", {"name": name, "query": query}).status_code


class TestSaving:
    def test_a_view_stands_beside_the_call_log_of_its_owner(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        answer = viewer.post("/calls/views/", {"name": "Opt-outs", "query": "result=DNC&period=7d&zone=UTC"})
        assert answer["Location"] == "/calls/?period=7d&zone=UTC&result=DNC"
        page = viewer.get("/calls/")
        assert "Saved views Opt-outs" in words(page)
        assert "/calls/?period=7d&zone=UTC&result=DNC" in links(page)

    def test_the_one_that_is_shown_is_marked(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        save(viewer, "Opt-outs", "result=DNC")
        save(viewer, "Busy", "result=BUSY")
        marked = re.findall(
            r'aria-current="true">.*?<bdi>(.*?)</bdi>', markup(viewer.get("/calls/?result=DNC"))
        )
        assert set(marked) == {"Opt-outs"}

    def test_nobody_else_sees_it(self, viewer: SignedIn, operator: SignedIn, sandbox: Sandbox) -> None:
        save(viewer, "Opt-outs", "result=DNC")
        assert "Opt-outs" not in words(operator.get("/calls/"))

    def test_it_keeps_filters_and_no_page(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        save(viewer, "Busy", "result=BUSY&offset=50&until=1795165200000")
        assert SavedView.objects.get().query == "result=BUSY"

    def test_the_same_name_again_replaces_it(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        save(viewer, "Mine", "result=BUSY")
        save(viewer, "Mine", "result=AM")
        assert SavedView.objects.get().query == "result=AM"

    def test_who_saved_what_is_written_down(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        save(viewer, "Mine", "result=BUSY")
        event = AuditEvent.objects.get()
        assert (event.action, event.by, event.object_name) == ("save view", viewer.user, "Mine")

    @pytest.mark.parametrize(
        ("name", "query", "sentence"),
        [
            ("", "result=BUSY", "Give the view a name."),
            ("x" * 61, "result=BUSY", "Use at most 60 characters for the name."),
            ("Mine", "result=GREAT", "These filters cannot be read."),
            ("Mine", "to=12", "These filters cannot be read."),
            ("Mine", f"label={255 * '€'}", "These are more filters than a view keeps. Take some away."),
            ("Mine", f"id={','.join(str(10**18 + n) for n in range(100))}", "These are more"),
        ],
    )
    def test_what_cannot_be_saved_gets_a_sentence(
        self, viewer: SignedIn, sandbox: Sandbox, name: str, query: str, sentence: str
    ) -> None:
        answer = viewer.post("/calls/views/", {"name": name, "query": query})
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert not SavedView.objects.exists()

    def test_there_are_only_so_many(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        for number in range(saved_views.MOST):
            SavedView.objects.create(user=viewer.user, name=f"View {number}", query="")
        assert save(viewer, "One more", "") == 422
        assert save(viewer, "View 3", "result=AM") == 302

    def test_its_name_is_shown_as_text(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        save(viewer, "<b>Mine</b>", "")
        assert "<b>Mine" not in markup(viewer.get("/calls/"))


class TestDeleting:
    def test_the_owner_may(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        save(viewer, "Mine", "result=BUSY")
        view = SavedView.objects.get()
        assert f'action="/calls/views/{view.pk}/delete/"' in markup(viewer.get("/calls/?result=BUSY"))
        viewer.post(f"/calls/views/{view.pk}/delete/")
        assert not SavedView.objects.exists()
        assert AuditEvent.objects.filter(action="delete view", object_name="Mine").exists()

    def test_nobody_else_may(self, viewer: SignedIn, admin: SignedIn, sandbox: Sandbox) -> None:
        save(viewer, "Mine", "result=BUSY")
        assert admin.post(f"/calls/views/{SavedView.objects.get().pk}/delete/").status_code == 404
        assert SavedView.objects.exists()

    def test_looking_deletes_nothing(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        save(viewer, "Mine", "result=BUSY")
        assert viewer.get(f"/calls/views/{SavedView.objects.get().pk}/delete/").status_code == 405
