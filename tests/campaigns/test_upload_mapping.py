"""/uploads/<id>/mapping/"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from campaigns.models import AuditEvent, BroadcastSnapshot, Upload
from campaigns.services import handing_over, upload_files, uploads
from campaigns.states import UploadState
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import links, markup, panel, words
from tests.campaigns.recipient_files.making import Sheets, xlsx
from tests.campaigns.test_on_hold import FILE, call_some, called, sent, switch_off
from tests.campaigns.uploading import PEOPLE, brought, form_of, review, send
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.http import HttpResponse

    from callfire_api.sandbox import Sandbox

TICK = {"HX-Request": "true", "HX-Target": "check"}
SPOKEN = {"liveSoundText": "Hello ${name}, power at ${street} will be off."}


def again(browser: SignedIn, upload: Upload, *, step: str = "check", **changes: str) -> HttpResponse:
    """Change something in the form and press Check again or Read again; the upload is read anew."""
    form = form_of(browser, upload) | {"step": step, **changes}
    answer: HttpResponse = browser.post(review(upload), form)  # type: ignore[assignment]
    upload.refresh_from_db()
    return answer


class TestThePage:
    def test_it_shows_how_the_file_is_read_and_its_first_rows(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen(), PEOPLE.replace(",", ";").replace("Elena", "Iñés").encode("cp1252"))
        shown = markup(operator.get(review(upload)))
        assert '<option value="cp1252" selected' in shown
        assert '<option value=";" selected' in shown
        assert '<option value="1" selected' in shown
        assert ">Iñés Marsh</td>" in shown

    def test_cells_that_are_no_numbers_are_marked_with_the_reason(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        shown = markup(operator.get(review(brought(operator, seen()))))
        assert shown.count('<td class="bad"') == 1
        assert '<td class="bad" title="A spreadsheet cut the digits: 1.32356E+10 is all' in shown

    def test_a_second_number_may_be_missing(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen(), "phone,mobile\n2135550142,\n,2135550143\nx,\n")
        shown = markup(operator.get(review(upload)))
        assert shown.count('<td class="bad"') == 1

    def test_who_is_left_out_is_told_by_reason_with_an_example(self, operator: SignedIn, seen: Seen) -> None:
        shown = words(operator.get(review(brought(operator, seen()))))
        assert "Left out: 2 rows all rows checked" in shown
        assert "Spreadsheet cut the digits 1 Row 4: 1.32356E+10 Format the column as text" in shown
        assert "Twice in this file 1 Row 6: (213) 555-0142 The first one is kept." in shown

    def test_the_sum_is_right(self, operator: SignedIn, seen: Seen) -> None:
        shown = words(operator.get(review(brought(operator, seen()))))
        assert "Rows in the file 5 Left out − 2 People 3" in shown
        assert "Handed over in 1 chunk. Nobody is called until it is started." in shown

    def test_what_a_spreadsheet_turned_into_quantities_is_told(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen(), "phone\n12135550142.0\n1.2135550143E+10\n2135550144\n")
        assert "2 numbers a spreadsheet had turned into quantities were repaired" in words(
            operator.get(review(upload))
        )

    def test_numbers_that_follow_one_another_are_told(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen(), "phone\n" + "\n".join(str(2135550100 + n) for n in range(40)))
        shown = words(operator.get(review(upload)))
        assert "40 numbers follow one another." in shown
        assert "The longest: 40 from (213) 555-0100." in shown

    def test_what_is_in_the_file_is_shown_as_text(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen(), "phone,<script>alert(1)</script>\n2135550142,<b>bold</b>\n")
        shown = markup(operator.get(review(upload)))
        assert "<script>alert" not in shown
        assert "<b>bold" not in shown

    def test_a_viewer_may_not(self, viewer: SignedIn, operator: SignedIn, seen: Seen) -> None:
        assert viewer.get(review(brought(operator, seen()))).status_code == 403

    def test_one_that_is_not_there_is_not_found(self, operator: SignedIn) -> None:
        assert operator.get("/uploads/4711/mapping/").status_code == 404

    def test_once_handed_over_it_leads_on(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen())
        handing_over.begin(upload=upload, by=operator.user)
        for answer in (operator.get(review(upload)), operator.post(review(upload), {"step": "check"})):
            assert (answer.status_code, answer["Location"]) == (302, f"/uploads/{upload.pk}/")

    def test_a_file_that_is_gone_is_said(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen())
        shutil.rmtree(upload_files.folder(upload.pk))
        answer = operator.get(review(upload))
        assert answer.status_code == 200
        assert "The file is no longer kept. Upload it again." in words(answer)


class TestWhatPeopleHear:
    def test_the_first_accepted_person_is_spoken_to(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen(sounds=SPOKEN))
        shown = markup(operator.get(review(upload)))
        assert "Heard by <bdi>Elena Marsh</bdi>" in shown
        assert (
            "“Hello <strong>Elena Marsh</strong>, power at <strong>1180 Fargo St</strong> will be off.”"
            in shown
        )

    def test_a_field_nobody_brings_is_warned_about(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen(sounds=SPOKEN), "phone,name\n2135550142,Elena\n")
        answer = operator.get(review(upload))
        assert "No attribute is called “street”. People hear a gap there." in words(answer)
        assert "<mark>${street}</mark>" in markup(answer)

    def test_each_field_names_the_texts_that_speak_it(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen(sounds=SPOKEN))
        assert "What the message speaks of name Live message street Live message" in words(
            operator.get(review(upload))
        )


class TestReadingAgain:
    def test_another_separator_gives_other_columns(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen(), "phone;a,b\n2135550142;x,y\n")
        assert upload.columns == ["phone", "a,b"]
        assert again(operator, upload, step="read", delimiter=",").status_code == 302
        assert upload.columns == ["phone;a", "b"]
        assert upload.check_number == 1

    def test_without_a_header_the_first_row_is_a_person(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen(), "phone\n2135550142\n")
        again(operator, upload, step="read", header_row="0")
        assert (upload.columns, upload.rows, upload.accepted) == (["Column 1"], 2, 1)

    def test_what_was_said_about_the_columns_stays_where_they_stay(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        upload = brought(operator, seen())
        again(operator, upload, role_2="")
        again(operator, upload, step="read", encoding="utf-8-sig")
        assert upload.mapping["attributes"] == [[1, "name"]]

    def test_a_way_that_does_not_work_changes_nothing(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen())
        answer = again(operator, upload, step="read", header_row="10")
        assert answer.status_code == 422
        assert "It is read as before." in words(answer)
        assert (upload.state, upload.check_number) == (UploadState.CHECKED, 0)

    def test_a_choice_that_is_none_gets_a_sentence(self, operator: SignedIn, seen: Seen) -> None:
        answer = again(operator, brought(operator, seen()), step="read", encoding="ebcdic")
        assert answer.status_code == 422
        assert "Choose one of these." in words(answer)

    def test_a_workbook_is_not_opened_for_it_again(self, operator: SignedIn, seen: Seen) -> None:
        content = xlsx({"People": [["phone", "name"], ["2135550142", "Elena"], ["3235550172", "Ines"]]})
        upload = brought(operator, seen(), content, name="people.xlsx")
        upload_files.original(upload).write_text("no workbook any more")
        assert ">Elena</td>" in markup(operator.get(review(upload)))
        assert again(operator, upload, role_1="").status_code == 302
        assert (upload.state, upload.check_number, upload.accepted) == (UploadState.CHECKED, 1, 2)
        assert again(operator, upload, step="read", header_row="0").status_code == 302
        assert (upload.state, upload.check_number, upload.rows) == (UploadState.CHECKED, 2, 3)

    def test_a_workbook_that_begins_with_another_sheet_than_the_people_says_which_was_read(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        sheets: Sheets = {"Notes": [["About"], ["A list"]], "People": [["phone"], ["2135550142"]]}
        upload = brought(operator, seen(), xlsx(sheets), name="people.xlsx")
        hint = "This is the worksheet “ Notes ” of 2; if the people are in another, choose it"
        assert hint in words(operator.get(review(upload)))
        form = form_of(operator, upload) | {"step": "read", "sheet": "People"}
        operator.post(review(upload), form)
        upload.refresh_from_db()
        assert upload.accepted == 1
        assert hint not in words(operator.get(review(upload)))

    def test_another_sheet_is_read_by_its_own_rows(self, operator: SignedIn, seen: Seen) -> None:
        sheets: Sheets = {
            "People": [["phone"], ["2135550142"]],
            "More": [["mobile"], ["3235550172"], ["6265550163"]],
        }
        upload = brought(operator, seen(), xlsx(sheets), name="people.xlsx")
        assert again(operator, upload, step="read", sheet="More").status_code == 302
        assert (upload.columns, upload.accepted) == (["mobile"], 2)
        assert again(operator, upload, step="read", sheet="People").status_code == 302
        assert (upload.columns, upload.accepted) == (["phone"], 1)

    def test_a_file_that_is_gone_is_said(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen())
        form = form_of(operator, upload) | {"step": "read", "delimiter": ";"}
        shutil.rmtree(upload_files.folder(upload.pk))
        answer = operator.post(review(upload), form)
        assert answer.status_code == 422
        assert "The file is no longer kept. Upload it again." in words(answer)

    def test_it_is_written_down(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen())
        again(operator, upload, step="read", encoding="cp1252")
        assert AuditEvent.objects.get(action=uploads.CHECK_AGAIN).detail["upload"] == upload.pk


class TestTheColumns:
    def test_an_attribute_can_be_left_out_and_named(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen())
        assert again(operator, upload, role_1="", name_2="address").status_code == 302
        assert upload.mapping == {"phones": [0], "contact_id": None, "attributes": [[2, "address"]]}
        assert '"attributes":{"address":"1180 Fargo St"}' in upload_files.accepted(upload).read_text()

    def test_phones_have_an_order(self, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen(), "phone,mobile\n2135550142,2135550143\n")
        again(operator, upload, role_0="phone1", role_1="phone0")
        assert upload.mapping["phones"] == [1, 0]
        assert "12135550143" in upload_files.accepted(upload).read_text()

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"role_0": ""}, "Say which column has the phone numbers, or the contact IDs."),
            ({"role_1": "phone0"}, "Another column is this already. Choose another rank."),
            ({"name_1": ""}, "An attribute needs a name."),
            ({"name_1": "street"}, "Two attributes are named “street”."),
            ({"name_1": "client_ref"}, "Callboard uses client_ref itself. Choose another name."),
            ({"name_1": "x" * 65}, "A name has at most 64 characters."),
            ({"role_1": "whatever"}, "Choose one of these."),
        ],
    )
    def test_what_makes_no_sense_gets_a_sentence_and_loses_nothing(
        self, operator: SignedIn, seen: Seen, changes: dict[str, str], sentence: str
    ) -> None:
        upload = brought(operator, seen())
        answer = again(operator, upload, **changes, name_2="address" if "name_1" not in changes else "street")
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert (upload.state, upload.check_number) == (UploadState.CHECKED, 0)
        if "name_1" not in changes:
            assert 'value="address"' in markup(answer)

    def test_without_a_column_of_numbers_somebody_has_to_say_which(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        upload = brought(operator, seen(), "a,b\nElena,2135550142 or 2135550143\nInes,n/a\n")
        assert upload.state == UploadState.UNREADABLE
        answer = operator.get(review(upload))
        assert "No column looks like phone numbers" in words(answer)
        assert "formaction" not in markup(answer)
        again(operator, upload, role_1="phone0")
        assert (upload.state, upload.rejected) == (UploadState.CHECKED, {"invalid": 2})

    def test_a_thousand_columns_can_be_said(self, operator: SignedIn, seen: Seen) -> None:
        head = ",".join(["phone", *(f"c{n}" for n in range(999))])
        upload = brought(operator, seen(), f"{head}\n2135550142{',x' * 999}\n")
        assert again(operator, upload, role_999="").status_code == 302
        assert len(upload.mapping["attributes"]) == 998


class TestWhatIsRemembered:
    def test_the_columns_mean_what_they_meant_when_they_were_last_handed_over(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        first = brought(operator, seen())
        again(operator, first, role_1="", name_2="address")
        handing_over.begin(upload=first, by=operator.user)
        second = brought(operator, seen("Another"), PEOPLE + "2135550177,New,Street\n")
        assert second.mapping == first.mapping
        assert "Taken as the last time, for people.csv" in words(operator.get(review(second)))

    def test_what_nobody_handed_over_is_not(self, operator: SignedIn, seen: Seen) -> None:
        broadcast = seen()
        again(operator, brought(operator, broadcast), role_1="")
        assert brought(operator, broadcast).mapping["attributes"] == [[1, "name"], [2, "street"]]


class TestPeopleWhoWereSentAlready:
    def test_the_same_people_are_told_whatever_the_file_is_called(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        first = brought(operator, seen("Yesterday"), name="a.csv")
        handing_over.begin(upload=first, by=operator.user)
        second = brought(operator, seen("Today"), name="b.csv")
        shown = words(operator.get(review(second)))
        assert "All of these people were handed over already" in shown
        assert "by Otto Operator to Yesterday: 3 people. It is the same file." in shown

    def test_a_share_of_them_is_told(self, operator: SignedIn, seen: Seen) -> None:
        first = brought(operator, seen("Yesterday"), PEOPLE)
        handing_over.begin(upload=first, by=operator.user)
        second = brought(operator, seen("Today"), PEOPLE + "2135550177,New,Street\n")
        shown = words(operator.get(review(second)))
        assert "75.0% of these people were handed over already" in shown
        assert "It is the same file." not in shown

    def test_for_the_same_broadcast_they_are_left_out_and_said_to_be(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        broadcast = seen()
        first = brought(operator, broadcast)
        handing_over.begin(upload=first, by=operator.user)
        shown = words(operator.get(review(brought(operator, broadcast))))
        assert "All of these people were handed over already" in shown
        assert (
            "3 people. It is the same file. They are left out here, so that nobody is called twice" in shown
        )
        assert "ring again" not in shown

    def test_a_file_nobody_of_which_was_called_does_not_ring_twice(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        broadcast = seen()
        first = brought(operator, broadcast)
        handing_over.begin(upload=first, by=operator.user)
        handing_over.cancel(upload=first, by=operator.user)
        shown = words(operator.get(review(brought(operator, broadcast))))
        assert "This file was handed over already" in shown
        assert "Nobody here is to be called by that hand-over." in shown
        assert "0%" not in shown.split("Look at it")[0]

    def test_those_who_may_have_been_called_before_their_batch_was_off_are_left_out_and_told(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        earlier = sent(sandbox, broadcast_id=seen(recipients=0, maxActive=1).pk)
        call_some(sandbox, earlier)
        switch_off(earlier)
        rang = len(called(sandbox, earlier))
        broadcast = BroadcastSnapshot.objects.get(pk=earlier.broadcast_id)
        answer = operator.get(review(brought(operator, broadcast, FILE)))
        shown = words(answer)
        assert f"{rang} people are left out: CallFire may have called them already." in shown
        assert f"had them already: {rang} of people.csv, handed over just now by Otto." in shown
        assert "To call them all the same, use another broadcast." in shown
        assert f"/uploads/{earlier.pk}/" in links(answer)
        assert f"{20 - rang} people wait in batches that are off, and CallFire never called them." in shown
        assert f"Perhaps called already {rang} Row 2: 12135550000" in shown
        assert f"Rows in the file 20 Left out − {rang} People {20 - rang}" in shown

    def test_all_of_such_a_batch_are_left_out_while_callfire_does_not_say_whom_it_called(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        earlier = sent(sandbox, broadcast_id=seen(recipients=0).pk)
        switch_off(earlier)
        broadcast = BroadcastSnapshot.objects.get(pk=earlier.broadcast_id)
        sandbox.fail_next("GET", "/calls", status=503, times=9)
        upload = brought(operator, broadcast, FILE)
        shown = words(operator.get(review(upload)))
        assert "20 people are left out" in shown
        assert "CallFire did not say whom it called, so all of them are left out." in shown
        sandbox.clear_faults()
        again(operator, upload)
        assert "20 people wait in batches that are off" in words(operator.get(review(upload)))

    def test_uploads_that_cannot_be_compared_are_named(self, operator: SignedIn, seen: Seen) -> None:
        broadcast = seen("Yesterday")
        first = brought(operator, broadcast, name="old.csv")
        handing_over.begin(upload=first, by=operator.user)
        upload_files.numbers(first).unlink()
        second = brought(operator, broadcast, PEOPLE + "2135550177,New,Street\n")
        shown = words(operator.get(review(second)))
        assert "Earlier uploads could not be compared." in shown
        assert "may be called twice: old.csv to Yesterday." in shown


class TestWhileItIsChecked:
    @pytest.fixture
    def checking(self, operator: SignedIn, seen: Seen) -> Upload:
        """An upload in the middle of its check."""
        upload = brought(operator, seen())
        upload.state = UploadState.CHECKING
        upload.bytes_checked = upload.size // 2
        upload.save()
        return upload

    def test_it_says_when_nobody_checks(self, operator: SignedIn, checking: Upload) -> None:
        shown = words(operator.get(review(checking)))
        assert "No worker for uploads is running. Nothing is lost" in shown

    def test_the_page_looks_again_by_itself(self, operator: SignedIn, checking: Upload) -> None:
        answer = operator.get(review(checking))
        assert panel(answer, "check") == {
            "class": "stack",
            "id": "check",
            "data-url": review(checking),
            "data-every": "1.0",
        }
        assert "50.0% checked" in words(answer)

    def test_nobody_can_be_handed_over_yet(self, operator: SignedIn, checking: Upload) -> None:
        assert f'formaction="/uploads/{checking.pk}/confirm/"' not in markup(operator.get(review(checking)))

    def test_problems_are_there_before_it_ends(self, operator: SignedIn, checking: Upload) -> None:
        assert "Spreadsheet cut the digits" in words(operator.get(review(checking), headers=TICK))

    def test_a_tick_brings_everything_that_moves_and_nothing_typed(
        self, operator: SignedIn, checking: Upload
    ) -> None:
        shown = markup(operator.get(review(checking), headers=TICK))
        for part in ("upload-head", "findings", "sums"):
            assert f'id="{part}"' in shown
        assert shown.count('hx-swap-oob="true"') == 3
        assert "<select" not in shown

    @pytest.mark.parametrize("headers", [{}, TICK])
    def test_no_cache_takes_a_tick_for_the_page(
        self, operator: SignedIn, checking: Upload, headers: dict[str, str]
    ) -> None:
        assert "HX-Request" in operator.get(review(checking), headers=headers)["Vary"]

    def test_a_tick_asks_callfire_nothing(
        self, operator: SignedIn, checking: Upload, sandbox: Sandbox
    ) -> None:
        sandbox.clear_requests()
        operator.get(review(checking), headers=TICK)
        assert sandbox.requests == []

    def test_the_ticking_ends_with_the_check(self, operator: SignedIn, checking: Upload) -> None:
        Upload.objects.filter(pk=checking.pk).update(state=UploadState.CHECKED)
        answer = operator.get(review(checking), headers=TICK)
        assert "data-every" not in panel(answer, "check")
        assert "Hand over 3 people" in words(answer)

    def test_another_reading_begins_another_check(self, operator: SignedIn, checking: Upload) -> None:
        again(operator, checking, step="read", encoding="cp1252")
        assert (checking.state, checking.check_number) == (UploadState.CHECKED, 1)


def test_a_check_that_fails_says_why_and_lets_it_be_read_another_way(operator: SignedIn, seen: Seen) -> None:
    rows = "".join(f"213555{n:04},Elena\n" for n in range(3000))
    answer = send(operator, seen(), f'phone,name\n{rows}2135550142,"never closed\n{rows}')
    upload = Upload.objects.get()
    assert upload.state == UploadState.UNREADABLE
    shown = operator.get(answer["Location"])
    assert shown.status_code == 200
    assert upload.problem in words(shown)
    assert "Read again" in words(shown)
