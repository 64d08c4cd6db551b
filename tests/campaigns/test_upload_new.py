"""/broadcasts/<id>/uploads/new/ and /uploads/new/"""

from __future__ import annotations

import gzip
import hashlib
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django import Settings

from campaigns.models import AuditEvent, Upload
from campaigns.services import arrivals, handing_over, upload_files
from campaigns.states import UploadState
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import markup, words
from tests.campaigns.recipient_files.making import Cell, xlsx
from tests.campaigns.uploading import PEOPLE, address, brought, little_room, send
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

HTMX = {"HX-Request": "true", "HX-Target": "arrival"}


def arriving() -> list[Path]:
    """Files that are on our disk and belong to no upload yet."""
    folder = upload_files.incoming()
    return list(folder.iterdir()) if folder.exists() else []


class TestThePage:
    def test_it_says_what_can_be_brought_and_when_people_are_called(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        answer = operator.get(address(seen()))
        assert answer.status_code == 200
        assert "Nobody is called until it is started." in words(answer)
        assert "CSV, TSV, XLSX, XLS or ODS, also inside gzip or zip, up to 512 MB" in words(answer)

    def test_a_running_broadcast_is_said_in_words(self, operator: SignedIn, seen: Seen) -> None:
        assert "they are called at once" in words(operator.get(address(seen(status="RUNNING"))))

    def test_its_example_is_read_without_a_word_of_complaint(self, operator: SignedIn, seen: Seen) -> None:
        example = finders.find("examples/people.csv")
        assert example
        upload = brought(operator, seen(), Path(str(example)).read_bytes())
        assert (upload.state, upload.rows, upload.accepted) == (UploadState.CHECKED, 4, 4)

    def test_a_broadcast_that_takes_nobody_says_why(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        closed = seen()
        sandbox.world.broadcasts[closed.pk].status = "ARCHIVED"
        answer = operator.get(address(closed))
        assert answer.status_code == 409
        assert "It is archived" in words(answer)
        assert send(operator, closed).status_code == 409
        assert not Upload.objects.exists()

    def test_a_broadcast_callfire_does_not_know_is_not_found(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        assert operator.get("/broadcasts/4711/uploads/new/").status_code == 404

    def test_a_viewer_may_not(self, viewer: SignedIn, seen: Seen) -> None:
        broadcast = seen()
        assert viewer.get(address(broadcast)).status_code == 403
        assert send(viewer, broadcast).status_code == 403
        assert not Upload.objects.exists()

    def test_while_callfire_is_silent_a_file_can_be_checked(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen()
        sandbox.fail_next("GET", f"/broadcasts/{broadcast.pk}", status=503, times=9)
        assert "A file can be checked all the same" in words(operator.get(address(broadcast)))
        assert brought(operator, broadcast).state == UploadState.CHECKED


class TestAFile:
    def test_it_becomes_an_upload_that_is_checked(self, operator: SignedIn, seen: Seen) -> None:
        broadcast = seen("Planned outage")
        answer = send(operator, broadcast, PEOPLE, name="grid 9.csv")
        upload = Upload.objects.get()
        assert answer["Location"] == f"/uploads/{upload.pk}/mapping/"
        assert (upload.name, upload.by, upload.broadcast_name) == (
            "grid 9.csv",
            operator.user,
            "Planned outage",
        )
        assert (upload.state, upload.rows, upload.accepted) == (UploadState.CHECKED, 5, 3)

    def test_its_bytes_are_kept_as_they_came(self, operator: SignedIn, seen: Seen) -> None:
        content = gzip.compress(PEOPLE.encode())
        upload = brought(operator, seen(), content, name="people.csv.gz")
        assert upload_files.original(upload).read_bytes() == content
        assert (upload.size, upload.digest) == (len(content), hashlib.sha256(content).hexdigest())
        assert arriving() == []

    def test_who_brought_it_is_written_down_without_a_number(self, operator: SignedIn, seen: Seen) -> None:
        broadcast = seen()
        upload = brought(operator, broadcast)
        event = AuditEvent.objects.get(action=arrivals.UPLOAD)
        assert (event.by, event.object_id, event.detail["upload"]) == (
            operator.user,
            broadcast.pk,
            upload.pk,
        )
        assert "555" not in f"{event.sentence} {event.detail}"

    def test_the_same_form_sent_twice_is_one_upload(self, operator: SignedIn, seen: Seen) -> None:
        broadcast, token = seen(), str(uuid.uuid4())
        first, second = (send(operator, broadcast, token=token) for _ in range(2))
        assert first["Location"] == second["Location"]
        assert Upload.objects.count() == 1
        assert arriving() == []

    @pytest.mark.django_db(transaction=True)
    def test_the_same_form_sent_twice_at_once_is_one_upload(self, operator: SignedIn, seen: Seen) -> None:
        broadcast, token = seen(), str(uuid.uuid4())

        def press(_: int) -> int:
            browser = Client()
            browser.cookies = operator.cookies
            try:
                return send(browser, broadcast, token=token).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as presses:
            assert list(presses.map(press, range(2))) == [302, 302]
        assert Upload.objects.count() == 1
        assert arriving() == []

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\n\n\n",
            b"phone,name\n",
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n",
            b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01",
            b"phone,name\n2135550142,\x00\x00\x00\n",
        ],
        ids=["empty", "blank", "header only", "a PDF", "a picture", "NUL"],
    )
    def test_what_is_no_list_of_people_gets_a_sentence_beside_the_field(
        self, operator: SignedIn, seen: Seen, content: bytes
    ) -> None:
        answer = send(operator, seen(), content)
        assert answer.status_code == 422
        assert 'id="id_file_error"' in markup(answer)
        assert not Upload.objects.exists()
        assert arriving() == []

    def test_no_file_is_said(self, operator: SignedIn, seen: Seen) -> None:
        answer = operator.post(address(seen()), {"source": "file"})
        assert answer.status_code == 422
        assert "Choose a file first." in words(answer)

    def test_one_that_is_too_large_is_refused_and_not_kept(
        self, operator: SignedIn, seen: Seen, settings: Settings
    ) -> None:
        settings.UPLOAD_MAX_MB = 1
        answer = send(operator, seen(), b"phone\n" + b"2135550142\n" * 200_000)
        assert answer.status_code == 422
        assert "The file has 2 MB, and 1 MB is the most." in words(answer)
        assert arriving() == []

    @pytest.mark.parametrize(
        "name",
        ["../../../etc/passwd", "x." + "y" * 250, "Müller – Straße \N{BLACK TELEPHONE}.csv", "a<b>.csv"],
    )
    def test_it_may_be_called_anything(self, operator: SignedIn, seen: Seen, name: str) -> None:
        answer = send(operator, seen(), name=name)
        assert answer.status_code == 302
        upload = Upload.objects.get()
        assert "/" not in upload.name
        assert upload_files.original(upload).is_file()
        assert "<b>" not in markup(operator.get(answer["Location"]))

    def test_htmx_is_sent_on_and_a_mistake_changes_the_form_alone(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        broadcast = seen()
        bad = operator.post(address(broadcast), {"source": "file"}, headers=HTMX)
        assert bad.status_code == 422
        assert markup(bad).strip().startswith('<form class="stack" id="arrival"')
        operator.defaults |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in HTMX.items()}
        good = send(operator, broadcast)
        assert good.status_code == 204
        assert good["HX-Redirect"] == f"/uploads/{Upload.objects.get().pk}/mapping/"


class TestAWorkbook:
    ROWS: tuple[list[Cell], ...] = (["phone", "name"], ["(213) 555-0142", "Elena"], [3235550172, "Ines"])

    def test_its_rows_are_kept_with_it(self, operator: SignedIn, seen: Seen) -> None:
        content = xlsx({"People": self.ROWS})
        upload = brought(operator, seen(), content, name="people.xlsx")
        assert (upload.state, upload.rows, upload.accepted) == (UploadState.CHECKED, 2, 2)
        assert upload_files.original(upload).read_bytes() == content
        assert upload_files.original(upload).with_name("original.rows").is_file()
        assert arriving() == []

    def test_one_that_is_not_taken_in_leaves_nothing_behind(self, operator: SignedIn, seen: Seen) -> None:
        broadcast, token, content = seen(), str(uuid.uuid4()), xlsx({"People": self.ROWS})
        for _ in range(2):
            assert send(operator, broadcast, content, name="people.xlsx", token=token).status_code == 302
        form = {"source": "file", "file": SimpleUploadedFile("people.xlsx", content)}
        assert operator.post("/uploads/new/", form).status_code == 422
        assert Upload.objects.count() == 1
        assert arriving() == []


class TestADiskWithoutRoom:
    @pytest.mark.parametrize(
        "content",
        [
            b"phone,name\n" + b"2135550142,Elena\n" * 200_000,
            gzip.compress(xlsx({"People": [["phone", "name"], *[["2135550142", "x" * 20_000]] * 200]})),
        ],
        ids=["for the file", "for the rows of a workbook"],
    )
    def test_it_is_said_beside_the_field_and_nothing_is_left(
        self, operator: SignedIn, seen: Seen, content: bytes
    ) -> None:
        broadcast = seen()
        with little_room(megabytes=2):
            answer = send(operator, broadcast, content)
        assert answer.status_code == 422
        assert 'id="id_file_error"' in markup(answer)
        assert "Callboard could not keep the file on its disk" in words(answer)
        assert not Upload.objects.exists()
        assert arriving() == []


class TestChoosingTheBroadcast:
    def test_those_that_can_take_people_are_offered(self, operator: SignedIn, seen: Seen) -> None:
        for status in ("STOPPED", "RUNNING", "SUSPENDED"):
            seen(f"It is {status}", status=status)
        shown = words(operator.get("/uploads/new/"))
        assert "It is STOPPED" in shown
        assert "It is RUNNING" in shown
        assert "It is SUSPENDED" not in shown

    def test_the_file_goes_to_the_chosen_one(self, operator: SignedIn, seen: Seen) -> None:
        seen("One"), seen("Another")
        form = {"source": "contact_ids", "contact_ids": "17", "broadcast": str(seen("This").pk)}
        assert operator.post("/uploads/new/", form).status_code == 302
        assert Upload.objects.get().broadcast_name == "This"

    def test_nothing_typed_is_lost_by_a_mistake(self, operator: SignedIn, seen: Seen) -> None:
        chosen = seen()
        form = {"source": "contact_ids", "contact_ids": "17, seventeen", "broadcast": str(chosen.pk)}
        answer = operator.post("/uploads/new/", form)
        assert answer.status_code == 422
        assert "These are not: “seventeen”." in words(answer)
        assert f'<option value="{chosen.pk}" selected' in markup(answer)
        assert "17, seventeen" in markup(answer)

    def test_none_is_said(self, operator: SignedIn, seen: Seen) -> None:
        answer = operator.post("/uploads/new/", {"source": "contact_ids", "contact_ids": "17"})
        assert answer.status_code == 422
        assert "Choose a broadcast." in words(answer)


class TestContactIds:
    def test_no_browser_cuts_what_is_pasted(self, operator: SignedIn, seen: Seen) -> None:
        page = markup(operator.get(address(seen()) + "?source=contact_ids"))
        tag = re.search('<textarea[^>]*name="contact_ids"[^>]*>', page)
        assert tag is not None
        assert "maxlength" not in tag.group()

    def give(self, browser: SignedIn, seen: Seen, text: str) -> Upload:
        answer = browser.post(address(seen()), {"source": "contact_ids", "contact_ids": text})
        assert answer.status_code == 302, words(answer)
        return Upload.objects.get()

    def test_they_go_the_way_of_every_file(self, operator: SignedIn, seen: Seen) -> None:
        upload = self.give(operator, seen, "17\n18, 19;17")
        assert (upload.state, upload.rows, upload.accepted) == (UploadState.CHECKED, 4, 3)
        assert upload.rejected == {"duplicate": 1}
        lines = upload_files.accepted(upload).read_text().splitlines()
        assert [line.split("\t")[1] for line in lines] == [
            '{"contactId":17}',
            '{"contactId":18}',
            '{"contactId":19}',
        ]

    @pytest.mark.parametrize("text", ["", " , ", "-1", "0", "9" * 19, "1.5", "１７", "(213) 555-0142"])
    def test_what_is_no_id_gets_a_sentence(self, operator: SignedIn, seen: Seen, text: str) -> None:
        answer = operator.post(address(seen()), {"source": "contact_ids", "contact_ids": text})
        assert answer.status_code == 422
        assert 'id="id_contact_ids_error"' in markup(answer)

    def test_there_is_a_limit(self, operator: SignedIn, seen: Seen) -> None:
        text = "\n".join(map(str, range(1, 20_002)))
        answer = operator.post(address(seen()), {"source": "contact_ids", "contact_ids": text})
        assert answer.status_code == 422
        assert "These are 20,001 IDs; 20,000 at a time is the most." in words(answer)


class TestAContactList:
    def page(self, seen: Seen) -> str:
        return f"{address(seen())}?source=contact_list"

    def test_those_callfire_can_use_are_offered(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        sandbox.world.add_contact_list(name="Grid 14 households", size=420)
        sandbox.world.add_contact_list(name="Half imported", size=3, status="IMPORTING")
        answer = operator.get(self.page(seen))
        assert "Grid 14 households (420 people)" in words(answer)
        assert "Half imported" not in words(answer)
        assert "1 more cannot be used, or not yet" in words(answer)

    def test_it_is_taken_as_it_is(self, operator: SignedIn, seen: Seen, sandbox: Sandbox) -> None:
        number = sandbox.world.add_contact_list(name="Grid 14 households", size=420)
        answer = operator.post(address(seen()), {"source": "contact_list", "contact_list": str(number)})
        upload = Upload.objects.get()
        assert answer["Location"] == f"/uploads/{upload.pk}/mapping/"
        assert (upload.state, upload.accepted, upload.contact_list_id) == (UploadState.CHECKED, 420, number)
        assert "Hand over 420 people" in words(operator.get(answer["Location"]))

    def test_one_that_was_handed_over_before_is_told(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        number = sandbox.world.add_contact_list(name="Grid 14 households", size=420)
        form = {"source": "contact_list", "contact_list": str(number)}
        operator.post(address(seen("Yesterday")), form)
        handing_over.begin(upload=Upload.objects.get(), by=operator.user)
        answer = operator.post(address(seen("Today")), form, follow=True)
        assert "This list was handed over already, just now" in words(answer)
        assert "by Otto Operator to Yesterday: 420 people. If you go on, their phones" in words(answer)

    def test_one_that_is_not_offered_is_refused(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        answer = operator.post(address(seen()), {"source": "contact_list", "contact_list": "4711"})
        assert answer.status_code == 422
        assert "CallFire does not offer this list any more." in words(answer)

    def test_callfire_not_telling_is_said(self, operator: SignedIn, seen: Seen, sandbox: Sandbox) -> None:
        page = self.page(seen)
        sandbox.fail_next("GET", "/contacts/lists", status=503, times=9)
        answer = operator.get(page)
        assert answer.status_code == 200
        assert "The contact lists cannot be read." in words(answer)


class TestACorrectedFile:
    def test_whoever_was_handed_over_before_is_left_out(self, operator: SignedIn, seen: Seen) -> None:
        broadcast = seen()
        first = brought(operator, broadcast)
        handing_over.begin(upload=first, by=operator.user)
        page = operator.get(f"{address(broadcast)}?continues={first.pk}")
        assert "A corrected file for people.csv." in words(page)
        corrected = PEOPLE.replace("1.32356E+10", "(213) 555-0156")
        second = brought(operator, broadcast, corrected, continues=str(first.pk))
        assert second.continues == first
        assert (second.accepted, second.rejected) == (1, {"earlier": 4})

    @pytest.mark.parametrize("other", ["4711", "x", "-1", "9" * 40])
    def test_one_that_is_not_there_is_not_found(self, operator: SignedIn, seen: Seen, other: str) -> None:
        assert operator.get(f"{address(seen())}?continues={other}").status_code == 404

    def test_one_of_another_broadcast_is_not_found(self, operator: SignedIn, seen: Seen) -> None:
        theirs = brought(operator, seen("Theirs"))
        assert operator.get(f"{address(seen('Ours'))}?continues={theirs.pk}").status_code == 404
