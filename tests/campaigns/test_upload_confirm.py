"""/uploads/<id>/confirm/"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from campaigns.gateway import get_callfire
from campaigns.models import AuditEvent, BroadcastSnapshot, Upload
from campaigns.services import handing_over, reconciling, upload_confirming
from campaigns.states import UploadState
from tests.campaigns.conftest import Seen, status_at_callfire
from tests.campaigns.reading import markup, words
from tests.campaigns.test_on_hold import switch_off
from tests.campaigns.uploading import PEOPLE, brought, form_of, review
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.http import HttpResponse

    from callfire_api.sandbox import Sandbox

AGREED = {"asked": "on", "agreed": "on"}


def address(upload: Upload) -> str:
    """Where handing over is confirmed."""
    return f"/uploads/{upload.pk}/confirm/"


def press(browser: Client, upload: Upload, **more: str) -> HttpResponse:
    """Press Hand over as the page of the check stands, and read the upload anew."""
    form = {"check": str(upload.check_number), "strict_validation": "on", "scrub_duplicates": "on", **more}
    answer = browser.post(address(upload), form)
    upload.refresh_from_db()
    return cast("HttpResponse", answer)


def sent(sandbox: Sandbox, broadcast: BroadcastSnapshot) -> list[str]:
    """The numbers in batches at CallFire."""
    entries = sandbox.requests_to("POST", f"/broadcasts/{broadcast.pk}/batches")
    return sorted(person["phoneNumber"] for entry in entries for person in entry.body["recipients"])


class TestPeopleOnHoldInBatchesThatAreOff:
    @pytest.fixture
    def again(self, operator: SignedIn, seen: Seen, sandbox: Sandbox) -> Upload:
        """The check of people whose batch is off; nobody was called from it."""
        broadcast = seen(recipients=0)
        earlier = brought(operator, broadcast)
        press(operator, earlier)
        sandbox.clock.advance(10)
        reconciling.look(earlier.pk)
        switch_off(earlier)
        return brought(operator, broadcast)

    def test_if_the_batch_is_on_again_by_then_they_are_checked_again_and_stay_out(
        self, operator: SignedIn, sandbox: Sandbox, again: Upload
    ) -> None:
        (batch,) = sandbox.world.batches(again.broadcast_id)
        get_callfire().batches.update(batch["id"], enabled=True)
        answer = operator.post(address(again), form_of(operator, again), follow=True)
        assert "checked again. Nobody was handed over." in words(answer)
        again.refresh_from_db()
        assert (again.state, again.accepted) == (UploadState.CHECKED, 0)
        assert len(sandbox.world.batches(again.broadcast_id)) == 1

    def test_nobody_is_handed_over_while_callfire_does_not_say_whether_it_is_still_off(
        self, operator: SignedIn, sandbox: Sandbox, again: Upload
    ) -> None:
        sandbox.fail_next("GET", "/batches", status=503, times=5)
        answer = operator.post(address(again), form_of(operator, again), follow=True)
        assert "CallFire did not say whether its batches that were off still are." in words(answer)
        assert "Nobody was handed over." in words(answer)
        again.refresh_from_db()
        assert again.state == UploadState.CHECKED

    def test_callfire_is_not_asked_to_take_them_for_duplicates(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen(recipients=0)
        earlier = brought(operator, broadcast)
        press(operator, earlier)
        sandbox.clock.advance(10)
        reconciling.look(earlier.pk)
        switch_off(earlier)
        upload = brought(operator, broadcast)
        press(operator, upload)
        entries = sandbox.requests_to("POST", f"/broadcasts/{broadcast.pk}/batches")
        assert [entry.body["scrubDuplicates"] for entry in entries] == [True, False]
        sandbox.clock.advance(10)
        assert [batch["size"] for batch in sandbox.world.batches(broadcast.pk)] == [3, 3]


class TestAStoppedBroadcast:
    def test_one_press_hands_everybody_over_who_was_accepted(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen()
        upload = brought(operator, broadcast)
        answer = operator.post(address(upload), form_of(operator, upload))
        assert answer["Location"] == f"/uploads/{upload.pk}/"
        upload.refresh_from_db()
        assert upload.confirmed_by == operator.user
        assert sent(sandbox, broadcast) == ["12135550142", "13235550172", "16265550163"]
        assert status_at_callfire(sandbox, broadcast) == "STOPPED"

    def test_pressed_twice_it_is_done_once(self, operator: SignedIn, seen: Seen, sandbox: Sandbox) -> None:
        broadcast = seen()
        upload = brought(operator, broadcast)
        assert [press(operator, upload).status_code for _ in range(2)] == [302, 302]
        assert len(sent(sandbox, broadcast)) == 3

    @pytest.mark.django_db(transaction=True)
    def test_pressed_twice_at_once_it_is_done_once(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen()
        upload = brought(operator, broadcast)

        def once(_: int) -> int:
            browser = Client()
            browser.cookies = operator.cookies
            try:
                return press(browser, Upload.objects.get()).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as presses:
            assert list(presses.map(once, range(2))) == [302, 302]
        assert upload.chunks.count() == 1
        assert len(sent(sandbox, broadcast)) == 3

    def test_the_options_are_kept(self, operator: SignedIn, seen: Seen, sandbox: Sandbox) -> None:
        upload = brought(operator, seen())
        operator.post(address(upload), {"check": "0"})
        upload.refresh_from_db()
        assert (upload.scrub_duplicates, upload.strict_validation) == (False, False)

    def test_looking_changes_nothing(self, operator: SignedIn, seen: Seen, sandbox: Sandbox) -> None:
        broadcast = seen()
        upload = brought(operator, broadcast)
        answer = operator.get(address(upload))
        assert answer.status_code == 200
        assert "Hand over 3 people? Nobody is called until it is started." in words(answer)
        assert sent(sandbox, broadcast) == []

    def test_a_contact_list_goes_as_it_is(self, operator: SignedIn, seen: Seen, sandbox: Sandbox) -> None:
        number = sandbox.world.add_contact_list(name="Grid 14 households", size=42)
        broadcast = seen()
        operator.post(
            f"/broadcasts/{broadcast.pk}/uploads/new/",
            {"source": "contact_list", "contact_list": str(number)},
        )
        press(operator, Upload.objects.get())
        (entry,) = sandbox.requests_to("POST", f"/broadcasts/{broadcast.pk}/batches")
        assert entry.body["contactListId"] == number


class TestARunningBroadcast:
    def test_it_is_said_in_words_before_anybody_is_called(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen(status="RUNNING")
        upload = brought(operator, broadcast)
        answer = press(operator, upload)
        assert answer.status_code == 200
        shown = words(answer)
        assert "Hand over and call 3 people?" in shown
        assert "It is running, so they are called at once." in shown
        assert "stop it, hand these people over, look at the books, then start it again" in shown
        assert (upload.state, sent(sandbox, broadcast)) == (UploadState.CHECKED, [])

    def test_it_wants_to_be_agreed_to(self, operator: SignedIn, seen: Seen, sandbox: Sandbox) -> None:
        broadcast = seen(status="RUNNING")
        upload = brought(operator, broadcast)
        answer = press(operator, upload, asked="on")
        assert answer.status_code == 422
        assert "Tick this if it is so." in words(answer)
        assert sent(sandbox, broadcast) == []

    def test_agreed_to_they_are_handed_over(self, operator: SignedIn, seen: Seen, sandbox: Sandbox) -> None:
        broadcast = seen(status="RUNNING")
        press(operator, brought(operator, broadcast), **AGREED)
        assert len(sent(sandbox, broadcast)) == 3

    def test_who_agreed_to_what_is_written_down(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        press(operator, brought(operator, seen(status="RUNNING")), **AGREED)
        event = AuditEvent.objects.get(action=upload_confirming.AGREE)
        assert (event.by, event.detail["people"]) == (operator.user, 3)
        assert event.detail["said_when"] == "It is running, so they are called at once."
        assert "These people agreed to automated calls like this one." in event.sentence

    def test_many_people_have_to_be_typed(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox, settings: Settings
    ) -> None:
        settings.START_TYPED_ABOVE = 2
        broadcast = seen(status="RUNNING")
        upload = brought(operator, broadcast)
        for typed in ("", "4", "three"):
            answer = press(operator, upload, **AGREED, typed=typed)
            assert answer.status_code == 422
            assert "Type 3: so many people would be called." in words(answer)
            assert "checked" in markup(answer).split('id="id_agreed"')[1][:20]
        assert press(operator, upload, **AGREED, typed="3").status_code == 302

    def test_it_can_be_stopped_first(self, operator: SignedIn, seen: Seen, sandbox: Sandbox) -> None:
        broadcast = seen(status="RUNNING")
        upload = brought(operator, broadcast)
        answer = operator.post(address(upload), {"step": "stop"}, follow=True)
        assert status_at_callfire(sandbox, broadcast) == "STOPPED"
        assert "Hand over 3 people? Nobody is called until it is started." in words(answer)
        assert press(operator, upload, asked="on").status_code == 302

    def test_a_choice_made_before_the_question_is_kept_through_it(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        upload = brought(operator, seen(status="RUNNING"))
        question = markup(operator.post(address(upload), {"check": "0", "strict_validation": "on"}))
        assert 'name="strict_validation" value="on"' in question
        assert 'name="scrub_duplicates"' not in question

    def test_callfire_is_asked_not_the_snapshot(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen()
        upload = brought(operator, broadcast)
        sandbox.world.broadcasts[broadcast.pk].status = "RUNNING"
        assert "Hand over and call 3 people?" in words(press(operator, upload))
        assert sent(sandbox, broadcast) == []

    def test_a_finished_one_may_call_by_itself(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen(status="FINISHED")
        answer = press(operator, brought(operator, broadcast))
        assert "CallFire may call them by itself" in words(answer)
        assert sent(sandbox, broadcast) == []


class TestWhatMovedMeanwhile:
    def test_another_check_than_the_one_shown_hands_nobody_over(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen()
        upload = brought(operator, broadcast)
        Upload.objects.filter(pk=upload.pk).update(check_number=5)
        answer = operator.post(address(upload), {"check": "4"}, follow=True)
        assert "Another check was begun meanwhile. Nobody was handed over." in words(answer)
        assert sent(sandbox, broadcast) == []

    def test_columns_that_were_changed_and_not_checked_are_checked_first(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen()
        upload = brought(operator, broadcast)
        answer = operator.post(address(upload), form_of(operator, upload) | {"role_1": ""})
        assert answer["Location"] == review(upload)
        upload.refresh_from_db()
        assert upload.mapping["attributes"] == [[2, "street"]]
        assert (upload.state, sent(sandbox, broadcast)) == (UploadState.CHECKED, [])

    def test_columns_that_make_no_sense_get_their_sentence(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen()
        upload = brought(operator, broadcast)
        answer = operator.post(address(upload), form_of(operator, upload) | {"role_0": ""})
        assert answer.status_code == 422
        assert "Say which column has the phone numbers" in words(answer)
        assert sent(sandbox, broadcast) == []

    def test_people_another_upload_took_meanwhile_are_left_out_first(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen()
        first, second = (
            brought(operator, broadcast),
            brought(operator, broadcast, PEOPLE + "2135550177,x,y\n"),
        )
        press(operator, first)
        answer = operator.post(address(second), {"check": "0"}, follow=True)
        assert "What was handed to this broadcast changed since the check" in words(answer)
        second.refresh_from_db()
        assert (second.state, second.accepted) == (UploadState.CHECKED, 1)
        press(operator, second)
        assert sorted(set(sent(sandbox, broadcast))) == sent(sandbox, broadcast)

    def test_people_another_upload_gave_up_meanwhile_are_taken_in_first(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen()
        first = brought(operator, broadcast)
        handing_over.begin(upload=first, by=operator.user)
        second = brought(operator, broadcast, PEOPLE + "2135550177,x,y\n")
        assert second.accepted == 1
        handing_over.cancel(upload=first, by=operator.user)
        answer = operator.post(address(second), {"check": "0"}, follow=True)
        assert "What was handed to this broadcast changed since the check" in words(answer)
        second.refresh_from_db()
        assert (second.state, second.accepted) == (UploadState.CHECKED, 4)

    def test_nothing_checked_hands_nobody_over(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        upload = brought(operator, seen(), "a,b\nx,y\n")
        answer = operator.post(address(upload), {"check": "0"}, follow=True)
        assert "Nobody was handed over." in words(answer)
        upload.refresh_from_db()
        assert upload.state == UploadState.UNREADABLE

    def test_once_handed_over_it_leads_on(self, operator: SignedIn, seen: Seen, sandbox: Sandbox) -> None:
        upload = brought(operator, seen())
        handing_over.begin(upload=upload, by=operator.user)
        assert operator.get(address(upload))["Location"] == f"/uploads/{upload.pk}/"


class TestWhenItCannotBe:
    @pytest.mark.parametrize(
        ("status", "reason"), [("ARCHIVED", "It is archived"), ("SUSPENDED", "CallFire suspended it.")]
    )
    def test_a_closed_broadcast_says_why(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox, status: str, reason: str
    ) -> None:
        broadcast = seen()
        upload = brought(operator, broadcast)
        sandbox.world.broadcasts[broadcast.pk].status = status
        answer = press(operator, upload, **AGREED)
        assert answer.status_code == 409
        assert reason in words(answer)
        assert (upload.state, sent(sandbox, broadcast)) == (UploadState.CHECKED, [])

    def test_nobody_is_handed_over_on_an_old_status(
        self, operator: SignedIn, seen: Seen, sandbox: Sandbox
    ) -> None:
        broadcast = seen()
        upload = brought(operator, broadcast)
        sandbox.fail_next("GET", f"/broadcasts/{broadcast.pk}", status=503, times=9)
        answer = press(operator, upload)
        assert answer.status_code == 503
        assert "Nobody is handed over until CallFire says how the broadcast stands." in words(answer)
        assert sent(sandbox, broadcast) == []

    def test_a_viewer_may_not(self, viewer: SignedIn, operator: SignedIn, seen: Seen) -> None:
        upload = brought(operator, seen())
        assert viewer.get(address(upload)).status_code == 403
        assert press(viewer, upload).status_code == 403
        assert upload.state == UploadState.CHECKED

    def test_who_handed_over_is_written_down(self, operator: SignedIn, seen: Seen, sandbox: Sandbox) -> None:
        press(operator, brought(operator, seen()))
        event = AuditEvent.objects.get(action=handing_over.HAND_OVER)
        assert event.by == operator.user
        assert "555" not in f"{event.sentence} {event.detail}"
