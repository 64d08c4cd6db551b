"""/broadcasts/<id>/uploads/"""

from __future__ import annotations

from typing import TYPE_CHECKING

from campaigns.services import handing_over
from tests.campaigns.conftest import Seen
from tests.campaigns.handing import begun
from tests.campaigns.reading import links, panel, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

FRAGMENT = {"HX-Request": "true", "HX-Target": "broadcast-uploads"}


class TestThePanel:
    def test_the_page_of_a_broadcast_shows_what_is_on_its_way_to_it(
        self, viewer: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        here, elsewhere = seen("North"), seen("South")
        upload = begun(sandbox, broadcast_id=here.pk, people=30)
        page = viewer.get(f"/broadcasts/{here.pk}/")
        assert "members.csv Handing over" in words(page)
        assert {f"/uploads/{upload.pk}/", f"/uploads/?broadcast={here.pk}"} <= set(links(page))
        assert panel(page, "broadcast-uploads")["data-url"] == f"/broadcasts/{here.pk}/uploads/"
        assert "members.csv" not in words(viewer.get(f"/broadcasts/{elsewhere.pk}/"))

    def test_its_clock_gets_the_panel_and_stops_when_nothing_moves(
        self, viewer: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        upload = begun(sandbox, broadcast_id=seen().pk)
        url = f"/broadcasts/{upload.broadcast_id}/uploads/"
        assert "data-every" in panel(viewer.get(url, headers=FRAGMENT), "broadcast-uploads")
        handing_over.pause(upload=upload, by=viewer.user)
        answer = viewer.get(url, headers=FRAGMENT)
        assert "data-every" not in panel(answer, "broadcast-uploads")
        assert "Paused" in words(answer)
        assert "<html" not in answer.text

    def test_opened_by_itself_it_leads_to_the_list(self, viewer: SignedIn) -> None:
        answer = viewer.get("/broadcasts/42/uploads/")
        assert answer["Location"] == "/uploads/?broadcast=42"
