"""Batches that were switched off when CallFire may have called from them: nobody twice, and nobody lost."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from campaigns.gateway import get_callfire
from campaigns.models import Upload
from campaigns.recipient_files.checking import Mapping
from campaigns.services import (
    checks,
    disabling,
    handing_over,
    people,
    reconciling,
    retention,
    switching,
    upload_files,
)
from campaigns.services.pasted import Person
from campaigns.states import ChunkState, UploadState
from tests.campaigns.handing import chunk, send_everything, wait
from tests.campaigns.test_checks import checked

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.django_db

EVERYBODY = [f"1213555{end:04}" for end in range(20)]
FILE = "phone\n" + "".join(f"{number}\n" for number in EVERYBODY)


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.UPLOAD_CHUNK_ROWS = 10


def sent(sandbox: Sandbox, content: str = FILE, mapping: Mapping | None = None, **more: Any) -> Upload:
    """An upload whose batches CallFire has checked; nobody is called yet, and then one after the other."""
    if "broadcast_id" not in more:
        more["broadcast_id"] = sandbox.world.add_broadcast(name="Outage", recipients=0, maxActive=1).id
    upload = checked(content, mapping or Mapping((0,)), **more)
    Upload.objects.filter(pk=upload.pk).update(scrub_duplicates=False)
    handing_over.begin(upload=upload, by=upload.by)
    send_everything()
    sandbox.clock.advance(10)
    reconciling.look(upload.pk)
    upload.refresh_from_db()
    return upload


def call_some(sandbox: Sandbox, upload: Upload, *, seconds: float = 120) -> None:
    """Call for a while and stop."""
    get_callfire().broadcasts.start(upload.broadcast_id)
    sandbox.clock.advance(seconds)
    get_callfire().broadcasts.stop(upload.broadcast_id)
    sandbox.clock.advance(300)


def switch_off(upload: Upload) -> None:
    """Disable the batches of the upload, as its button does."""
    disabling.follow_up(handing_over.disable_batches(upload=upload, by=upload.by))
    assert not disabling.left(upload).exists()


def called(sandbox: Sandbox, upload: Upload) -> Counter[str]:
    """Whose phone the broadcast rang: how many calls of each person have an attempt."""
    calls = sandbox.world.calls(upload.broadcast_id)
    return Counter(call["toNumber"] for call in calls if call.get("records"))


def accepted(upload: Upload) -> set[str]:
    """Who would be handed over."""
    people = memoryview(upload_files.numbers(upload).read_bytes()).cast("q")
    return {str(person) for person in people}


class TestWhoeverComesAgain:
    def test_is_left_out_if_callfire_called_and_accepted_if_not(self, sandbox: Sandbox) -> None:
        earlier = sent(sandbox)
        call_some(sandbox, earlier)
        switch_off(earlier)
        rang = set(called(sandbox, earlier))
        assert 0 < len(rang) < len(EVERYBODY)
        upload = checked(FILE, Mapping((0,)), broadcast_id=earlier.broadcast_id)
        assert accepted(upload) == set(EVERYBODY) - rang
        assert upload.rejected == {"maybe_called": len(rang)}

    def test_is_called_once_by_all_of_it_together(self, sandbox: Sandbox) -> None:
        earlier = sent(sandbox)
        call_some(sandbox, earlier)
        switch_off(earlier)
        again = sent(sandbox, broadcast_id=earlier.broadcast_id)
        call_some(sandbox, again, seconds=7200)
        assert called(sandbox, again) == Counter(EVERYBODY)

    def test_is_accepted_if_the_broadcast_never_ran(self, sandbox: Sandbox) -> None:
        earlier = sent(sandbox)
        switch_off(earlier)
        upload = checked(FILE, Mapping((0,)), broadcast_id=earlier.broadcast_id)
        assert (upload.accepted, upload.rejected) == (20, {})

    def test_is_left_out_while_the_batch_is_on(self, sandbox: Sandbox) -> None:
        earlier = sent(sandbox)
        get_callfire().batches.update(chunk(earlier, 1).batch_id or 0, enabled=False)
        reconciling.look(earlier.pk)
        upload = checked(FILE, Mapping((0,)), broadcast_id=earlier.broadcast_id)
        assert accepted(upload) == set(EVERYBODY[:10])
        assert upload.rejected == {"earlier": 10}

    def test_is_left_out_if_the_batch_was_switched_on_again_at_callfire(self, sandbox: Sandbox) -> None:
        earlier = sent(sandbox)
        switch_off(earlier)
        get_callfire().batches.update(chunk(earlier, 2).batch_id or 0, enabled=True)
        upload = checked(FILE, Mapping((0,)), broadcast_id=earlier.broadcast_id)
        assert accepted(upload) == set(EVERYBODY[:10])
        assert upload.rejected == {"maybe_called": 10}

    def test_is_left_out_while_callfire_does_not_say(self, sandbox: Sandbox) -> None:
        earlier = sent(sandbox)
        switch_off(earlier)
        sandbox.fail_next("GET", "/calls", status=503, times=9)
        upload = checked(FILE, Mapping((0,)), broadcast_id=earlier.broadcast_id)
        assert (upload.accepted, upload.rejected) == (0, {"maybe_called": 20})
        assert upload.findings["maybe_called"]["is_log_known"] is False
        sandbox.clear_faults()
        Upload.objects.filter(pk=upload.pk).update(state=UploadState.CHECKING)
        checks.run(upload.pk)
        upload.refresh_from_db()
        assert (upload.accepted, upload.rejected) == (20, {})

    def test_is_left_out_if_callfire_shows_an_attempt_only_by_its_result(self, sandbox: Sandbox) -> None:
        earlier = sent(sandbox)
        call_some(sandbox, earlier)
        switch_off(earlier)
        rang = set(called(sandbox, earlier))
        sandbox.switches.omit_records = True
        upload = checked(FILE, Mapping((0,)), broadcast_id=earlier.broadcast_id)
        assert accepted(upload) == set(EVERYBODY) - rang

    def test_is_known_again_when_only_digests_are_kept(self, sandbox: Sandbox) -> None:
        earlier = sent(sandbox)
        call_some(sandbox, earlier)
        switch_off(earlier)
        long_ago = timezone.now() - timedelta(days=400)
        Upload.objects.filter(pk=earlier.pk).update(state=UploadState.DONE, ended_at=long_ago)
        assert retention.forget() == 1
        upload = checked(FILE, Mapping((0,)), broadcast_id=earlier.broadcast_id)
        assert accepted(upload) == set(EVERYBODY) - set(called(sandbox, earlier))
        [told] = upload.findings["maybe_called"]["uploads"]
        assert (told["upload"], told["people"]) == (earlier.pk, upload.rejected["maybe_called"])

    def test_is_left_out_once_for_two_reasons(self, sandbox: Sandbox) -> None:
        earlier = sent(sandbox)
        call_some(sandbox, earlier)
        switch_off(earlier)
        rang = len(called(sandbox, earlier))
        sent(sandbox, broadcast_id=earlier.broadcast_id)
        upload = checked(FILE + FILE[6:], Mapping((0,)), broadcast_id=earlier.broadcast_id)
        assert upload.rejected == {"maybe_called": 2 * rang, "earlier": 2 * (20 - rang)}
        assert upload.findings["maybe_called"]["people"] == rang


class TestWhoeverWasHeldBackByTheirNumber:
    @pytest.fixture
    def earlier(self, sandbox: Sandbox) -> Upload:
        """Its batches are off, and somebody held the first person back before that."""
        earlier = sent(sandbox)
        self.switch(earlier, enable=False)
        switch_off(earlier)
        return earlier

    def switch(self, upload: Upload, *, enable: bool) -> None:
        """Hold the first person back, or let them through."""
        switching.switch(
            switching.find(upload.broadcast_id, [Person(EVERYBODY[0])]),
            enable=enable,
            to=people.standing(upload.broadcast_id),
            by=upload.by,
            token=uuid.uuid4(),
            request_id="",
        )

    def test_is_left_out(self, sandbox: Sandbox, earlier: Upload) -> None:
        upload = checked(FILE, Mapping((0,)), broadcast_id=earlier.broadcast_id)
        assert accepted(upload) == set(EVERYBODY[1:])
        assert upload.rejected == {"earlier": 1}

    def test_is_accepted_once_they_were_let_through(self, sandbox: Sandbox, earlier: Upload) -> None:
        self.switch(earlier, enable=True)
        get_callfire().batches.update(chunk(earlier).batch_id or 0, enabled=False)
        upload = checked(FILE, Mapping((0,)), broadcast_id=earlier.broadcast_id)
        assert accepted(upload) == set(EVERYBODY)


class TestABatchOfPeopleWhoWereLeftOut:
    def test_its_people_come_again_only_if_it_called_nobody_before_it_was_off(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(name="Outage", recipients=0, maxActive=1)
        upload = checked(FILE, Mapping((0,)), broadcast_id=broadcast.id)
        handing_over.begin(upload=upload, by=upload.by)
        sandbox.fail_next("POST", f"/{broadcast.id}/batches", drop="after")
        send_everything()
        lost = upload.chunks.get(state=ChunkState.UNCERTAIN)
        handing_over.leave_out(chunk=lost, by=upload.by)
        sandbox.clock.advance(10)
        call_some(sandbox, upload)
        wait(upload)
        reconciling.look(upload.pk)
        assert chunk(upload, lost.number).twins[0]["disabled"]
        theirs = set(EVERYBODY[10 * (lost.number - 1) : 10 * lost.number])
        again = checked(FILE, Mapping((0,)), broadcast_id=broadcast.id)
        assert accepted(again) == theirs - set(called(sandbox, upload))
        assert again.rejected["earlier"] == 10


class TestTheCallLog:
    def test_is_not_asked_for_when_every_batch_is_on(self, sandbox: Sandbox) -> None:
        earlier = sent(sandbox)
        sandbox.clear_requests()
        checked(FILE, Mapping((0,)), broadcast_id=earlier.broadcast_id)
        assert sandbox.requests_to("GET", "/calls") == []

    def test_is_read_page_by_page(self, sandbox: Sandbox) -> None:
        sandbox.switches.smaller_limit = 7
        earlier = sent(sandbox)
        switch_off(earlier)
        upload = checked(FILE, Mapping((0,)), broadcast_id=earlier.broadcast_id)
        assert (upload.accepted, upload.rejected) == (20, {})
        assert len(sandbox.requests_to("GET", "/calls")) >= 3
