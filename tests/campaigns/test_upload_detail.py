"""/uploads/<id>/"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from campaigns.models import Chunk, Upload
from campaigns.services import handing_over
from campaigns.states import ChunkState, UploadState
from tests.campaigns.handing import begun, checked, chunk, look, send_everything, wait
from tests.campaigns.reading import links, panel, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.UPLOAD_CHUNK_ROWS = 10


def show(browser: SignedIn, upload: Upload, query: str = "") -> str:
    """The words of the page."""
    return words(browser.get(f"/uploads/{upload.pk}/{query}"))


class TestTheHead:
    def test_it_says_which_file_for_which_broadcast_and_who_brought_it(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, name="members.csv", broadcast_name="Outage north")
        page = viewer.get(f"/uploads/{upload.pk}/")
        assert "members.csv Handing over For Outage north · Otto" in words(page)
        assert f"/broadcasts/{upload.broadcast_id}/" in links(page)

    def test_an_operator_may_pause_and_cancel_a_viewer_may_not(
        self, operator: SignedIn, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox)
        assert f'action="/uploads/{upload.pk}/pause/"' in operator.get(f"/uploads/{upload.pk}/").text
        assert f"/uploads/{upload.pk}/cancel/" in links(operator.get(f"/uploads/{upload.pk}/"))
        looked_at = viewer.get(f"/uploads/{upload.pk}/")
        assert f"/uploads/{upload.pk}/pause/" not in looked_at.text
        assert f"/uploads/{upload.pk}/cancel/" not in links(looked_at)

    def test_a_paused_one_may_be_resumed(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        handing_over.pause(upload=upload, by=operator.user)
        page = operator.get(f"/uploads/{upload.pk}/").text
        assert f'action="/uploads/{upload.pk}/resume/"' in page
        assert f"/uploads/{upload.pk}/pause/" not in page

    def test_one_that_is_not_handed_over_yet_leads_to_its_columns(
        self, operator: SignedIn, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = checked(sandbox)
        assert f"/uploads/{upload.pk}/mapping/" in links(operator.get(f"/uploads/{upload.pk}/"))
        assert f"/uploads/{upload.pk}/mapping/" not in links(viewer.get(f"/uploads/{upload.pk}/"))

    def test_one_with_rows_left_out_offers_them_and_a_corrected_file(
        self, operator: SignedIn, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, rows=32, rejected={"duplicate": 2})
        page = operator.get(f"/uploads/{upload.pk}/")
        assert f"/uploads/{upload.pk}/rejects.csv" in links(page)
        assert f"/broadcasts/{upload.broadcast_id}/uploads/new/?continues={upload.pk}" in links(page)
        assert f"/uploads/{upload.pk}/rejects.csv" not in links(viewer.get(f"/uploads/{upload.pk}/"))

    def test_a_corrected_file_and_the_one_it_corrects_lead_to_one_another(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        first = begun(sandbox, name="members.csv", rows=32, rejected={"duplicate": 2})
        again = checked(sandbox, name="fixed.csv", broadcast_id=first.broadcast_id, continues=first)
        checked(
            sandbox,
            name="discarded.csv",
            broadcast_id=first.broadcast_id,
            continues=first,
            state=UploadState.CANCELLED,
        )
        page = viewer.get(f"/uploads/{first.pk}/")
        assert "Corrected by fixed.csv" in words(page)
        assert f"/uploads/{again.pk}/" in links(page)
        assert "discarded.csv" not in words(page)
        page = viewer.get(f"/uploads/{again.pk}/")
        assert "Corrects members.csv" in words(page)
        assert f"/uploads/{first.pk}/" in links(page)


class TestTheBars:
    def test_the_check_while_it_runs(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = checked(
            sandbox,
            state=UploadState.CHECKING,
            rows=100,
            accepted=90,
            rejected={"invalid": 10},
            size=1000,
            bytes_checked=250,
        )
        page = viewer.get(f"/uploads/{upload.pk}/")
        assert "Checked 100 rows, 25.0% of the file 90 accepted, 10 left out." in words(page)
        assert '<rect class="bar__sure" x="0.00%" width="22.50%" height="100%"/>' in page.text

    def test_the_hand_over_by_what_became_of_its_chunks(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=40)
        sandbox.fail_next("POST", "/batches", drop="after")
        handing_over.send_next()
        handing_over.send_next()
        page = viewer.get(f"/uploads/{upload.pk}/")
        assert "Handed over to CallFire 10 of 40 people" in words(page)
        assert "Chunks: 1 confirmed, 1 uncertain, 2 waiting." in words(page)
        assert '<rect class="bar__unsure" x="25.00%" width="25.00%" height="100%"/>' in page.text

    def test_the_pace_and_the_time_left_are_told_while_it_goes_on(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=40)
        handing_over.send_next()
        assert " a minute now, " in show(viewer, upload)
        assert " left." in show(viewer, upload)
        handing_over.pause(upload=upload, by=viewer.user)
        assert " a minute now, " not in show(viewer, upload)

    def test_when_nothing_arrives_no_time_left_is_claimed(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=40)
        handing_over.send_next()
        wait(upload)
        page = show(viewer, upload)
        assert "Nobody was confirmed within the last minute;" in page
        assert "a minute now" not in page


class TestTheBooks:
    def test_an_open_upload_does_not_balance_yet_and_locks_the_start(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=30)
        handing_over.send_next()
        page = show(viewer, upload)
        assert "Do the books balance? Not yet 30 = 30 + 0 Rows = accepted + left out" in page
        assert "30 = 10 + 20 Accepted = confirmed + to go" in page
        assert "The broadcast cannot be started until it is known whom it would call" in page

    def test_a_finished_upload_balances(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=30)
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        page = show(viewer, upload)
        assert "Do the books balance? Yes" in page
        assert "30 = 30 Confirmed = in CallFire’s batches" in page
        assert "cannot be started" not in page

    def test_a_difference_is_red_and_counted(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=30)
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        Chunk.objects.filter(upload=upload, number=1).update(batch_size=7)
        page = viewer.get(f"/uploads/{upload.pk}/")
        assert "Do the books balance? No" in words(page)
        assert "30 ≠ 27 Confirmed = in CallFire’s batches. 3 missing" in words(page)
        assert '<div class="ledger__line" data-tone="bad">' in page.text

    def test_people_whom_callfire_may_have_left_out_are_told(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=30, scrub_duplicates=True)
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        Chunk.objects.filter(upload=upload, number=1).update(batch_size=7)
        page = show(viewer, upload)
        assert "Do the books balance? Not yet" in page
        assert "30 = 27 + 3 Confirmed = in CallFire’s batches + left out by CallFire." in page
        assert "CallFire left out 3, and we know of no reason" in page

    def test_of_a_contact_list_only_callfire_knows_who_is_in_it(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        number = sandbox.world.add_contact_list(name="Households", size=42)
        upload = begun(
            sandbox, people=0, name="Households", source=Upload.Source.CONTACT_LIST, contact_list_id=number
        )
        send_everything()
        page = show(viewer, upload)
        assert "Handed over to CallFire the whole list Chunks: 1 confirmed." in page
        assert "CallFire has not said it yet" in page
        sandbox.clock.advance(60)
        look(upload)
        page = show(viewer, upload)
        assert "Do the books balance? Yes 42 People in CallFire’s batch of this list" in page
        assert upload.state == UploadState.DONE


class TestWhatNeedsWords:
    def test_an_uncertain_chunk_says_what_is_looked_for_and_how_often_it_was(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=10)
        sandbox.fail_next("POST", "/batches", drop="before")
        send_everything()
        page = show(operator, upload)
        assert "10 people are uncertain Chunk 1, 10 people, sent" in page
        assert f"We look through CallFire’s batches for {chunk(upload).token}." in page
        assert "The next look that counts is due" in page
        look(upload)
        page = show(operator, upload)
        assert f"We looked 1 time through CallFire’s batches for {chunk(upload).token}, last" in page

    def test_only_after_a_look_it_may_be_decided_by_hand(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        sandbox.fail_next("POST", "/batches", drop="before")
        send_everything()
        by_hand = f"/uploads/{upload.pk}/chunks/1/send-again/"
        page = operator.get(f"/uploads/{upload.pk}/")
        assert f'action="/uploads/{upload.pk}/look/"' in page.text
        assert by_hand not in links(page)
        look(upload)
        assert by_hand in links(operator.get(f"/uploads/{upload.pk}/"))

    def test_a_refusal_is_told_in_callfires_words_with_a_way_to_try_again(
        self, operator: SignedIn, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=10)
        sandbox.fail_next("POST", "/batches", status=400, message="Recipients are not valid.")
        send_everything()
        page = operator.get(f"/uploads/{upload.pk}/")
        assert "CallFire refused 10 people Chunk 1, 10 people:" in words(page)
        assert "Recipients are not valid." in words(page)
        assert f'action="/uploads/{upload.pk}/chunks/1/retry/"' in page.text
        assert f"/uploads/{upload.pk}/chunks/1/leave-out/" in links(page)
        assert "/chunks/1/" not in viewer.get(f"/uploads/{upload.pk}/").text

    def test_a_batch_with_errors_is_told(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        sandbox.switches.batch_outcome = "ERRORS"
        upload = begun(sandbox, people=10)
        send_everything()
        sandbox.clock.advance(60)
        look(upload)
        page = show(viewer, upload)
        assert "CallFire found problems in 1 batch Chunk 1, 10 people: CallFire found errors" in page
        assert "Complete with a gap" in page

    def test_a_second_batch_of_the_same_people_is_told(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        send_everything()
        Chunk.objects.filter(upload=upload).update(twins=[{"id": 77, "disabled": True}])
        assert "batch 77 held them once more. We switched it off" in show(viewer, upload)
        Chunk.objects.filter(upload=upload).update(twins=[{"id": 77, "disabled": False}])
        assert "batch 77 holds them once more and is not off yet." in show(viewer, upload)

    def test_a_pause_of_its_own_gives_the_reason(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        sandbox.fail_next("POST", "/batches", status=403, message="No right to do this.")
        send_everything()
        upload.refresh_from_db()
        assert upload.state == UploadState.PAUSED
        assert f"It paused by itself. {upload.problem}" in show(viewer, upload)

    def test_without_a_worker_it_says_so(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        assert "No worker for uploads is running. Nothing is lost" in show(viewer, upload)

    def test_what_callfire_has_of_a_cancelled_one_is_told_and_can_be_disabled(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=30)
        handing_over.send_next()
        handing_over.cancel(upload=upload, by=operator.user)
        page = operator.get(f"/uploads/{upload.pk}/")
        assert "CallFire has 10 people of it They were handed over before" in words(page)
        assert f"/uploads/{upload.pk}/disable/" in links(page)


class TestTheChunks:
    def test_what_needs_somebody_comes_first_and_all_can_be_shown(
        self, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, people=120)
        Chunk.objects.filter(upload=upload, number=11).update(state=ChunkState.REFUSED)
        page = viewer.get(f"/uploads/{upload.pk}/")
        rows = words(page).partition("Chunk People Status Sent Confirmed ")[2]
        assert rows.startswith("11 ")
        assert "8 of 12 shown" in words(page)
        assert f"/uploads/{upload.pk}/?chunks=all#chunks" in links(page)
        everything = show(viewer, upload, "?chunks=all")
        assert "1 –\u2060 12 of 12" in everything

    def test_all_of_many_are_paged(self, viewer: SignedIn, sandbox: Sandbox, settings: Settings) -> None:
        settings.UPLOAD_CHUNK_ROWS = 1
        upload = begun(sandbox, people=60)
        assert "51 –\u2060 60 of 60" in show(viewer, upload, "?chunks=all&page=2")
        assert "51 –\u2060 60 of 60" in show(viewer, upload, "?chunks=all&page=99")

    def test_a_mistyped_query_shows_the_few(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        assert "1 of 1 shown" in show(viewer, upload, "?chunks=some&page=last")


class TestTheClock:
    def test_it_ticks_while_something_moves_and_no_longer(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox, people=10)
        assert panel(viewer.get(f"/uploads/{upload.pk}/"), "progress")["data-every"] == "2.0"
        send_everything()
        wait(upload)
        sandbox.clock.advance(60)
        look(upload)
        page = viewer.get(f"/uploads/{upload.pk}/")
        assert "data-every" not in panel(page, "progress")
        assert "final," in words(page)

    def test_it_asks_callfire_nothing(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        sandbox.clear_requests()
        viewer.get(f"/uploads/{upload.pk}/")
        assert not sandbox.requests


class TestWhoMay:
    def test_one_that_is_not_there_says_so(self, viewer: SignedIn) -> None:
        answer = viewer.get("/uploads/99/")
        assert answer.status_code == 404
        assert "Callboard does not know this upload" in answer.text

    def test_nobody_is_let_in_without_signing_in(self, client: SignedIn, db: None) -> None:
        assert client.get("/uploads/1/").status_code == 302
