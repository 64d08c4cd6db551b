"""Who was handed over before: kept from being called twice, and told before anybody confirms."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns.models import AuditEvent, Upload
from campaigns.recipient_files.checking import Mapping
from campaigns.services import checks, handing_over, overlaps, retention, upload_files
from campaigns.services.handed_over import digests
from campaigns.states import ChunkState, UploadState
from tests.campaigns.test_checks import checked

pytestmark = pytest.mark.django_db


def people(first: int, last: int) -> str:
    """A file with the numbers that end in these."""
    return "phone\n" + "".join(f"213555{end:04}\n" for end in range(first, last))


def handed_over(content: str, **more: Any) -> Upload:
    """A checked upload that somebody confirmed."""
    upload = checked(content, Mapping((0,)), **more)
    handing_over.begin(upload=upload, by=upload.by)
    upload.refresh_from_db()
    return upload


def forgotten(content: str, **more: Any) -> Upload:
    """One that ended long ago: its files are removed."""
    upload = handed_over(content, **more)
    long_ago = timezone.now() - timedelta(days=400)
    Upload.objects.filter(pk=upload.pk).update(state=UploadState.DONE, ended_at=long_ago)
    retention.forget()
    assert not upload_files.numbers(upload).exists()
    return upload


class TestEarlierUploadsToTheSameBroadcast:
    def test_their_people_are_left_out(self) -> None:
        handed_over(people(0, 10))
        upload = checked(people(5, 15), Mapping((0,)))
        assert (upload.accepted, upload.rejected) == (5, {"earlier": 5})

    @pytest.mark.parametrize("action", ["add people", "create"])
    def test_people_who_came_without_a_file_are_left_out(self, action: str) -> None:
        upload = checked(people(0, 3), Mapping((0,)))
        event = AuditEvent.objects.create(
            action=action,
            object_kind="broadcast",
            object_id=42,
            detail={"digests": list(digests([12135550001]))},
            outcome=AuditEvent.Outcome.UNKNOWN,
        )
        assert overlaps.is_outdated(upload)
        assert checked(people(0, 3), Mapping((0,))).rejected == {"earlier": 1}
        assert checked(people(0, 3), Mapping((0,)), broadcast_id=7).rejected == {}
        AuditEvent.objects.filter(pk=event.pk).update(outcome=AuditEvent.Outcome.FAILED)
        assert not overlaps.is_outdated(upload)

    def test_those_of_other_broadcasts_and_of_unconfirmed_uploads_are_not(self) -> None:
        handed_over(people(0, 10), broadcast_id=7)
        checked(people(0, 10), Mapping((0,)))
        assert checked(people(5, 15), Mapping((0,))).rejected == {}

    def test_people_whose_chunks_were_given_up_may_come_again(self, settings: Any) -> None:
        settings.UPLOAD_CHUNK_ROWS = 4
        earlier = handed_over(people(0, 12))
        earlier.chunks.filter(number=1).update(state=ChunkState.LEFT_OUT)
        earlier.chunks.filter(number=3).update(state=ChunkState.CANCELLED)
        earlier.chunks.filter(number=2).update(state=ChunkState.REFUSED)
        upload = checked(people(0, 12), Mapping((0,)))
        assert (upload.accepted, upload.rejected) == (8, {"earlier": 4})

    def test_contacts_are_known_again_too(self, settings: Any) -> None:
        settings.UPLOAD_CHUNK_ROWS = 1
        earlier = checked("contact_id\n4711\n4712\n", Mapping((), 0))
        handing_over.begin(upload=earlier, by=earlier.by)
        earlier.chunks.filter(number=1).update(state=ChunkState.CANCELLED)
        upload = checked("contact_id\n4711\n4712\n12135550100\n", Mapping((), 0))
        assert (upload.accepted, upload.rejected) == (2, {"earlier": 1})

    def test_their_people_are_left_out_when_only_digests_are_kept(self) -> None:
        forgotten(people(0, 10))
        handed_over(people(20, 25))
        upload = checked(people(5, 30), Mapping((0,)))
        assert (upload.accepted, upload.rejected) == (15, {"earlier": 10})
        assert upload.findings["not_compared"] == []

    def test_what_is_given_up_after_its_files_were_removed_may_come_again(self, settings: Any) -> None:
        settings.UPLOAD_CHUNK_ROWS = 4
        earlier = forgotten(people(0, 12))
        earlier.chunks.filter(number=2).update(state=ChunkState.LEFT_OUT)
        upload = checked("phone\n2135550003\n2135550004\n2135550007\n2135550008\n", Mapping((0,)))
        assert (upload.accepted, upload.rejected) == (2, {"earlier": 2})

    def test_what_was_left_out_after_it_was_sent_comes_again_when_it_can_no_longer_turn_up(self) -> None:
        earlier = handed_over(people(0, 10))
        earlier.chunks.update(state=ChunkState.LEFT_OUT, sent_at=timezone.now())
        upload = checked(people(5, 15), Mapping((0,)))
        assert (upload.accepted, upload.rejected) == (5, {"earlier": 5})
        earlier.chunks.update(sent_at=timezone.now() - timedelta(hours=1))
        assert overlaps.is_outdated(upload)
        assert checked(people(5, 15), Mapping((0,))).accepted == 10

    def test_an_upload_without_files_and_digests_is_said_not_to_be_compared(self) -> None:
        earlier = handed_over(people(0, 10), broadcast_name="Grid 42")
        shutil.rmtree(upload_files.folder(earlier.pk))
        upload = checked(people(0, 10), Mapping((0,)))
        assert upload.accepted == 10
        assert upload.findings["not_compared"] == [
            {"upload": earlier.pk, "name": "people.csv", "broadcast_name": "Grid 42"}
        ]

    def test_digests_of_another_secret_key_are_said_not_to_be_compared(self, settings: Any) -> None:
        earlier = forgotten(people(0, 10))
        settings.SECRET_KEY = "another"
        [told] = checked(people(0, 10), Mapping((0,))).findings["not_compared"]
        assert told["upload"] == earlier.pk

    @pytest.mark.parametrize("change", [{"state": ChunkState.CANCELLED}, {"batch_enabled": False}])
    def test_a_check_is_outdated_when_something_was_given_up_since(self, change: dict[str, Any]) -> None:
        earlier = handed_over(people(0, 10))
        upload = checked(people(5, 15), Mapping((0,)))
        assert not overlaps.is_outdated(upload)
        earlier.chunks.update(**change)
        assert overlaps.is_outdated(upload)

    def test_a_check_is_outdated_when_others_were_handed_over_since(self) -> None:
        upload = checked(people(0, 10), Mapping((0,)))
        assert not overlaps.is_outdated(upload)
        handed_over(people(5, 15), broadcast_id=7)
        assert not overlaps.is_outdated(upload)
        handed_over(people(5, 15))
        assert overlaps.is_outdated(upload)


class TestOverlaps:
    def test_they_are_told_with_share_when_and_by_whom(self) -> None:
        earlier = handed_over(people(0, 10), broadcast_id=7, broadcast_name="Grid 7")
        upload = checked(people(5, 25), Mapping((0,)))
        assert earlier.confirmed_at is not None
        assert upload.findings["overlaps"] == [
            {
                "upload": earlier.pk,
                "people": 5,
                "share": 0.25,
                "at": earlier.confirmed_at.isoformat(),
                "by": "Otto",
                "broadcast_id": 7,
                "broadcast_name": "Grid 7",
                "same_file": False,
                "left_out": False,
            }
        ]

    def test_the_same_file_is_known_whatever_its_name(self) -> None:
        handed_over(people(0, 10), digest="d", name="a.csv", broadcast_id=7)
        [told] = checked(people(0, 10), Mapping((0,)), digest="d", name="b.csv").findings["overlaps"]
        assert (told["same_file"], told["people"], told["left_out"]) == (True, 10, False)

    def test_the_same_file_for_the_same_broadcast_is_left_out_and_said_so(self, settings: Any) -> None:
        settings.UPLOAD_CHUNK_ROWS = 5
        earlier = handed_over(people(0, 20), digest="d")
        earlier.chunks.filter(number=1).update(state=ChunkState.CANCELLED)
        upload = checked(people(0, 20), Mapping((0,)), digest="d")
        [told] = upload.findings["overlaps"]
        assert (told["same_file"], told["people"], told["share"], told["left_out"]) == (True, 15, 0.75, True)
        assert upload.accepted == 5

    def test_people_of_whom_only_digests_are_kept_are_counted(self) -> None:
        forgotten(people(0, 10), broadcast_id=7)
        [told] = checked(people(5, 25), Mapping((0,))).findings["overlaps"]
        assert (told["people"], told["share"]) == (5, 0.25)

    def test_the_same_file_is_known_when_its_rows_are_no_longer_kept(self) -> None:
        earlier = handed_over(people(0, 10), digest="d", broadcast_id=7)
        shutil.rmtree(upload_files.folder(earlier.pk))
        Upload.objects.filter(pk=earlier.pk).update(files_removed_at=timezone.now())
        [told] = checked(people(0, 10), Mapping((0,)), digest="d").findings["overlaps"]
        assert (told["same_file"], told["people"], told["share"]) == (True, 10, 1.0)

    def test_strangers_and_what_is_long_ago_are_not_told(self) -> None:
        handed_over(people(100, 110), broadcast_id=7)
        handed_over(people(0, 10), broadcast_id=7)
        Upload.objects.filter(accepted=10).update(confirmed_at=timezone.now() - timedelta(days=91))
        assert checked(people(0, 10), Mapping((0,))).findings["overlaps"] == []

    def test_people_who_were_never_sent_are_not_told(self) -> None:
        earlier = handed_over(people(0, 10), broadcast_id=7)
        handing_over.cancel(upload=earlier, by=earlier.by)
        assert checked(people(0, 10), Mapping((0,))).findings["overlaps"] == []

    def test_checking_again_does_not_find_oneself(self) -> None:
        upload = checked(people(0, 10), Mapping((0,)), digest="d")
        Upload.objects.filter(pk=upload.pk).update(state="checking", confirmed_at=timezone.now())
        checks.run(upload.pk)
        upload.refresh_from_db()
        assert (upload.accepted, upload.findings["overlaps"]) == (10, [])
