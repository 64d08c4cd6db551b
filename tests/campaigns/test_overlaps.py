"""Who was handed over before: kept from being called twice, and told before anybody confirms."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns.models import Upload
from campaigns.recipient_files.checking import Mapping
from campaigns.services import checks, handing_over, overlaps, upload_files
from campaigns.states import ChunkState
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


class TestEarlierUploadsToTheSameBroadcast:
    def test_their_people_are_left_out(self) -> None:
        handed_over(people(0, 10))
        upload = checked(people(5, 15), Mapping((0,)))
        assert (upload.accepted, upload.rejected) == (5, {"earlier": 5})

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

    def test_an_upload_whose_files_are_removed_holds_nobody_back(self) -> None:
        earlier = handed_over(people(0, 10))
        shutil.rmtree(upload_files.folder(earlier.pk))
        assert checked(people(0, 10), Mapping((0,))).accepted == 10

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
            }
        ]

    def test_the_same_file_is_known_whatever_its_name(self) -> None:
        handed_over(people(0, 10), digest="d", name="a.csv")
        [told] = checked(people(0, 10), Mapping((0,)), digest="d", name="b.csv").findings["overlaps"]
        assert (told["same_file"], told["people"]) == (True, 0)

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
