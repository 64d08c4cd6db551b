"""/numbers/ and /search/"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import BroadcastSnapshot
from campaigns.services import upload_files
from campaigns.states import ChunkState
from tests.campaigns import handing
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import links, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

REJECTS = (
    "Name,Phone,_row,_reason,_suggestion\r\n"
    "Ana,1 (213) 555-0142,17,Twice in this file,The first one is kept.\r\n"
    'Ben,"=""213.555.0142""",18,Twice in this file,\r\n'
    "Cleo,12135550142 7,19,Not a phone number,\r\n"
    "Dan,'+1 213 555 0142,20,Twice in this file,\r\n"
)


class TestTheStory:
    def test_calls_to_the_number_are_shown(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        person = {"phoneNumber": "12135550142"}
        broadcast = seen("Grid 14", recipients=[person], status="FINISHED")
        page = operator.get("/numbers/?q=%2B1+213.555.0142")
        assert page.status_code == 200
        assert "Calls to it" in words(page)
        assert f"/broadcasts/{broadcast.pk}/" in links(page)
        assert sandbox.requests[0].query["toNumber"] == ["12135550142"]

    def test_a_line_that_was_handed_over_tells_chunk_and_batch(
        self, operator: SignedIn, sandbox: Sandbox, settings: Settings
    ) -> None:
        settings.UPLOAD_CHUNK_ROWS = 10
        upload = handing.begun(sandbox, people=30)
        handing.send_everything()
        chunk = upload.chunks.get(number=2)
        assert chunk.state == ChunkState.CONFIRMED
        number = handing.numbers(30)[13]
        told = words(operator.get(f"/numbers/?q={number}"))
        assert "members.csv 15 Yes Chunk 2 Confirmed" in told
        assert str(chunk.batch_id) in told

    def test_a_line_that_was_left_out_tells_why_in_any_spelling(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = handing.checked(sandbox)
        upload_files.rejects(upload).write_text(REJECTS, encoding="utf-8-sig")
        told = words(operator.get("/numbers/?q=(213)+555-0142"))
        assert "members.csv 17 No: Twice in this file" in told
        assert " Name: Ana" in told
        assert "Name: Dan, Phone: +1 213 555 0142" in told
        assert "members.csv 18 No: Twice in this file" in told

    def test_a_number_in_no_file_is_said_to_be_in_none(self, operator: SignedIn, sandbox: Sandbox) -> None:
        handing.checked(sandbox)
        told = words(operator.get("/numbers/?q=7185550142"))
        assert "No file that is still kept has this number." in told
        assert "CallFire knows of no call to this number." in told

    def test_what_we_know_ourselves_is_told_while_callfire_is_silent(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = handing.checked(sandbox)
        upload_files.rejects(upload).write_text(REJECTS)
        sandbox.fail_next("GET", "/calls", status=503, times=5)
        page = operator.get("/numbers/?q=2135550142")
        assert page.status_code == 200
        assert "The calls are missing." in words(page)
        assert "Twice in this file" in words(page)

    def test_a_viewer_sees_it_masked(self, viewer: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        seen(recipients=[{"phoneNumber": "12135550142"}], status="FINISHED")
        upload_files.rejects(handing.checked(sandbox)).write_text(REJECTS)
        told = words(viewer.get("/numbers/?q=2135550142"))
        assert "Twice in this file" in told
        assert "555-0142" not in told
        assert "555.0142" not in told
        assert "(213)\N{NO-BREAK SPACE}555-••••" in told or "(213) 555-••••" in told

    @pytest.mark.parametrize("wrong", ["12345", "CALLFIRE", "", "%00", "+44 20 7946 0958", "9" * 70])
    def test_what_is_no_number_gets_a_sentence(
        self, operator: SignedIn, sandbox: Sandbox, wrong: str
    ) -> None:
        page = operator.get("/numbers/", {"q": wrong})
        assert page.status_code == 422
        assert 'id="number-error"' in page.text

    def test_without_a_number_there_is_a_field_for_one(self, operator: SignedIn, sandbox: Sandbox) -> None:
        assert operator.get("/numbers/").status_code == 200
        assert not sandbox.requests


class TestTheSearch:
    @pytest.mark.parametrize("spelled", ["(213) 555-0142", "213.555.0142", "+1 213 555 0142", "12135550142"])
    def test_a_number_leads_to_its_story(self, viewer: SignedIn, sandbox: Sandbox, spelled: str) -> None:
        answer = viewer.get("/search/", {"q": spelled})
        assert answer["Location"].startswith("/numbers/?q=")

    @pytest.mark.parametrize("other", ["Grid 14", "482210003", "", "CALLFIRE", "\x00"])
    def test_all_else_leads_to_broadcasts(self, viewer: SignedIn, sandbox: Sandbox, other: str) -> None:
        assert viewer.get("/search/", {"q": other})["Location"].startswith("/broadcasts/?q=")

    def test_without_words_there_is_a_field_for_them(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        page = viewer.get("/search/")
        assert page.status_code == 200
        assert 'aria-label="Search everything"' in page.text
        assert not sandbox.requests

    def test_the_id_of_a_broadcast_leads_to_broadcasts(self, viewer: SignedIn) -> None:
        BroadcastSnapshot.objects.create(pk=2135550142, name="Grid 15", seen_at=timezone.now())
        assert viewer.get("/search/?q=2135550142")["Location"] == "/broadcasts/?q=2135550142"
