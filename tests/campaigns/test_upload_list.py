"""/uploads/"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from campaigns.services import handing_over
from campaigns.states import UploadState
from tests.campaigns.conftest import Seen
from tests.campaigns.handing import begun, checked, look, send_everything
from tests.campaigns.reading import links, panel, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

FRAGMENT = {"HX-Request": "true", "HX-Target": "results"}


class TestTheRows:
    def test_nothing_uploaded_yet_says_where_to_begin(self, operator: SignedIn) -> None:
        page = operator.get("/uploads/")
        assert "Nothing was uploaded yet" in words(page)
        assert "/broadcasts/" in links(page)

    def test_a_row_tells_the_file_its_broadcast_its_state_and_how_far_it_is(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=30, name="members.csv", broadcast_name="Outage north")
        sandbox.fail_next("POST", "/batches", drop="after")
        send_everything()
        page = viewer.get("/uploads/")
        assert f"/uploads/{upload.pk}/" in links(page)
        assert "members.csv for Outage north Handing over 30 uncertain" in words(page)
        assert "0 of 30 people handed over, 30 uncertain" in page.text

    def test_one_that_is_complete_but_for_some_people_says_so(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox)
        sandbox.fail_next("POST", "/batches", status=400, message="No.")
        send_everything()
        look(upload)
        assert upload.state == UploadState.DONE
        assert "Complete with a gap 30 refused" in words(viewer.get("/uploads/"))

    def test_names_are_shown_as_they_came_and_never_run(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        begun(sandbox, name="<script>alert(1)</script>.csv")
        page = viewer.get("/uploads/").text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;.csv" in page

    def test_only_what_changes_by_itself_ticks(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        assert panel(viewer.get("/uploads/"), "results")["data-every"]
        handing_over.pause(upload=upload, by=viewer.user)
        assert "data-every" not in panel(viewer.get("/uploads/"), "results")

    def test_its_clock_gets_the_rows_alone(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        begun(sandbox)
        answer = viewer.get("/uploads/", headers=FRAGMENT)
        assert "members.csv" in answer.text
        assert "<html" not in answer.text

    def test_it_asks_callfire_nothing(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        begun(sandbox)
        sandbox.clear_requests()
        viewer.get("/uploads/")
        assert not sandbox.requests


class TestTheFilters:
    def test_what_needs_somebody_is_found_at_once(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        checked(sandbox, name="checked.csv")
        begun(sandbox, name="moving.csv")
        paused = begun(sandbox, name="paused.csv")
        handing_over.pause(upload=paused, by=viewer.user)
        page = words(viewer.get("/uploads/?show=needing"))
        assert "Needs somebody 2" in page
        assert "checked.csv" in page
        assert "paused.csv" in page
        assert "moving.csv" not in page

    def test_a_refused_chunk_needs_somebody_even_when_all_else_is_done(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, name="refused.csv")
        sandbox.fail_next("POST", "/batches", status=400, message="No.")
        send_everything()
        assert "refused.csv" in words(viewer.get("/uploads/?show=needing"))
        handing_over.leave_out(chunk=upload.chunks.get(), by=viewer.user)
        assert "refused.csv" not in words(viewer.get("/uploads/?show=needing"))

    def test_the_menu_counts_what_needs_somebody(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        checked(sandbox)
        assert "Uploads 1 needs somebody" in words(viewer.get("/uploads/"))

    def test_the_uploads_of_one_broadcast(self, viewer: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        here = begun(sandbox, name="here.csv", broadcast_id=seen().pk)
        begun(sandbox, name="elsewhere.csv")
        page = words(viewer.get(f"/uploads/?broadcast={here.broadcast_id}"))
        assert "here.csv" in page
        assert "elsewhere.csv" not in page

    def test_a_filter_that_fits_nothing_offers_the_way_out(self, viewer: SignedIn) -> None:
        page = viewer.get("/uploads/?show=ended")
        assert "No upload fits" in words(page)
        assert "/uploads/" in links(page)

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("show=everything", "Show those that need somebody, are under way or have ended."),
            ("broadcast=north", "A broadcast’s ID is a whole number."),
            ("page=last", "The page is a number."),
        ],
    )
    def test_what_is_mistyped_is_said_and_all_are_shown(
        self, viewer: SignedIn, sandbox: Sandbox, query: str, sentence: str
    ) -> None:
        begun(sandbox)
        answer = viewer.get(f"/uploads/?{query}")
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "members.csv" in answer.text

    def test_a_page_past_the_end_is_the_last_one(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        for number in range(26):
            checked(sandbox, people=1, name=f"file {number}.csv", broadcast_id=1)
        assert "26 –\u2060 26 of 26" in words(viewer.get("/uploads/?page=9"))


class TestWhoMay:
    def test_nobody_is_let_in_without_signing_in(self, client: SignedIn, db: None) -> None:
        assert client.get("/uploads/").status_code == 302

    def test_it_cannot_be_posted_to(self, operator: SignedIn) -> None:
        assert operator.post("/uploads/").status_code == 405
