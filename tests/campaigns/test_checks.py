"""Checking uploads in the background: told as it goes, valid as a whole, never two results."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from campaigns import tasks
from campaigns.models import Upload
from campaigns.recipient_files import reading
from campaigns.recipient_files.checking import Mapping
from campaigns.recipient_files.reading import Reading
from campaigns.services import checks, handing_over, upload_files, uploads
from campaigns.states import UploadState
from tests.campaigns.handing import otto
from tests.campaigns.uploading import little_room

pytestmark = pytest.mark.django_db

PEOPLE = "phone,name\n(213) 555-0142,Elena\n555-0107,Sam\n213 555 0142,Elena\n13235550172.0,Ines\n"


def arrived(content: str | bytes = PEOPLE, mapping: Mapping | None = None, **more: Any) -> Upload:
    """An upload whose file is in place and waits for its check."""
    upload = Upload.objects.create(
        **{
            "broadcast_id": 42,
            "by": otto(),
            "name": "people.csv",
            "mapping": (mapping or Mapping((0,), None, ((1, "name"),))).to_json(),
        }
        | more
    )
    path = upload_files.original(upload)
    shutil.rmtree(path.parent, ignore_errors=True)  # of a test before, when the database counts anew
    path.parent.mkdir(parents=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    upload.size = path.stat().st_size
    upload.reading = upload.reading or reading.detect(path, name=upload.name).to_json()
    upload.columns = list(reading.preview(path, Reading.from_json(upload.reading)).columns)
    upload.save()
    return upload


def checked(*args: Any, **more: Any) -> Upload:
    """The same, checked."""
    upload = arrived(*args, **more)
    checks.run(upload.pk)
    upload.refresh_from_db()
    return upload


def files(upload: Upload) -> set[str]:
    """What is in the folder of the upload."""
    return {path.name for path in upload_files.folder(upload.pk).iterdir()}


class TestRunning:
    def test_it_ends_with_counts_findings_and_files(self) -> None:
        upload = checked()
        assert upload.state == UploadState.CHECKED
        assert (upload.rows, upload.accepted) == (4, 2)
        assert upload.rejected == {"invalid": 1, "duplicate": 1}
        assert upload.bytes_checked == upload.size
        assert upload.check_lease_until is None
        assert upload.checked_at is not None
        assert upload.findings["repaired"] == 1
        assert upload.findings["examples"]["invalid"][0][:2] == [3, "555-0107"]
        assert upload.findings["overlaps"] == []
        assert files(upload) == {"original", "accepted-0.jsonl", "rejects-0.csv", "numbers-0.bin"}
        assert upload_files.accepted(upload).read_text().splitlines()[0] == (
            '2\t{"phoneNumber":"12135550142","attributes":{"name":"Elena"}}'
        )
        assert "Twice in this file" in upload_files.rejects(upload).read_text("utf-8-sig")

    def test_line_breaks_in_cells_blank_lines_and_rows_left_out_do_not_stop_it_short(self) -> None:
        upload = checked(
            'phone,name\n\n2135550142,"Elena\n\nMarsh"\n555-0107,"Sam\nHill"\n\n,\n2135550143,Ines\n\n'
        )
        assert upload.bytes_checked == upload.size
        assert upload.rows == upload.accepted + sum(upload.rejected.values())
        assert (upload.rows, upload.accepted) == (4, 2)

    def test_the_task_checks(self) -> None:
        upload = arrived()
        tasks.check_upload.delay(upload.pk)
        upload.refresh_from_db()
        assert upload.state == UploadState.CHECKED

    def test_runs_of_numbers_are_told(self) -> None:
        upload = checked("phone,name\n" + "".join(f"21355501{end:02},x\n" for end in range(25)))
        assert upload.findings["runs"] == {"count": 1, "people": 25, "longest": [[12135550100, 25]]}

    def test_contact_ids_are_checked_the_same_way(self) -> None:
        upload = checked("contact_id\n4711\n4712\n4711\n", Mapping((), 0), source=Upload.Source.CONTACT_IDS)
        assert (upload.accepted, upload.rejected) == (2, {"duplicate": 1})

    def test_a_file_that_cannot_be_read_to_its_end_says_so(self) -> None:
        upload = checked(PEOPLE + "2135550143,x\n" * 1000 + '"never closed,1\n' + PEOPLE)
        assert upload.state == UploadState.UNREADABLE
        assert "row 1,006" in upload.problem
        assert files(upload) == {"original"}

    def test_a_file_that_is_gone_says_so(self) -> None:
        upload = arrived()
        upload_files.original(upload).unlink()
        checks.run(upload.pk)
        upload.refresh_from_db()
        assert upload.state == UploadState.UNREADABLE
        assert "Upload it again." in upload.problem

    def test_a_disk_without_room_says_so_and_the_check_can_be_begun_again(self) -> None:
        upload = arrived(
            "phone\n" + "".join(f"213{n:07}\n" for n in range(2_000_000, 2_040_000)), Mapping((0,))
        )
        with little_room(megabytes=1):
            checks.run(upload.pk)
        upload.refresh_from_db()
        assert upload.state == UploadState.UNREADABLE
        assert upload.problem.startswith("Callboard’s disk failed during the check")
        assert files(upload) == {"original"}
        uploads.map_again(upload, Mapping((0,)), by=upload.by, request_id="")
        checks.run(upload.pk)
        upload.refresh_from_db()
        assert upload.state == UploadState.CHECKED

    @pytest.mark.parametrize("state", [state for state in UploadState if state != UploadState.CHECKING])
    def test_what_is_not_to_be_checked_is_left_alone(self, state: UploadState) -> None:
        upload = checked(state=state)
        assert (upload.state, upload.check_started_at) == (state, None)
        checks.run(upload.pk + 1000)


class TestMeanwhile:
    def test_a_second_run_while_one_is_at_it_does_nothing(self) -> None:
        upload = arrived()
        with on_heartbeat(lambda: checks.run(upload.pk)) as happened:
            checks.run(upload.pk)
        upload.refresh_from_db()
        assert happened
        assert (upload.state, upload.accepted) == (UploadState.CHECKED, 2)

    def test_a_check_that_was_taken_over_leaves_no_trace(self) -> None:
        upload = arrived()

        def take_over() -> None:
            Upload.objects.update(check_lease_until=timezone.now() - timedelta(seconds=1))
            checks.run(upload.pk)
            Upload.objects.update(findings={"marked": True})

        with on_heartbeat(take_over):
            checks.run(upload.pk)
        upload.refresh_from_db()
        assert (upload.state, upload.findings) == (UploadState.CHECKED, {"marked": True})
        assert files(upload) == {"original", "accepted-0.jsonl", "rejects-0.csv", "numbers-0.bin"}

    def test_mapping_anew_ends_the_check_and_counts_from_the_start(self) -> None:
        upload = arrived()
        other = Mapping((0,), None, ((1, "first_name"),))
        with on_heartbeat(lambda: uploads.map_again(upload, other, by=upload.by, request_id="")):
            checks.run(upload.pk)
        upload.refresh_from_db()
        assert (upload.state, upload.check_number, upload.rows) == (UploadState.CHECKING, 1, 0)
        assert files(upload) == {"original"}
        checks.run(upload.pk)
        upload.refresh_from_db()
        assert (upload.state, upload.accepted) == (UploadState.CHECKED, 2)
        assert "first_name" in upload_files.accepted(upload).read_text()

    def test_an_upload_that_is_cancelled_meanwhile_stays_cancelled(self) -> None:
        upload = arrived()
        with on_heartbeat(lambda: handing_over.cancel(upload=upload, by=upload.by)):
            checks.run(upload.pk)
        upload.refresh_from_db()
        assert upload.state == UploadState.CANCELLED
        assert files(upload) == {"original"}

    def test_what_was_found_so_far_is_told_while_the_rest_runs(self) -> None:
        upload = arrived(PEOPLE + "911,x\n" * 600)
        with on_heartbeat(lambda: None) as happened:
            checks.run(upload.pk)
        [first, *_] = happened
        assert "short_code" in str(first)


class TestTroubles:
    def test_a_check_that_was_killed_begins_again_and_clears_up(self) -> None:
        upload = arrived()
        left = upload_files.folder(upload.pk) / "checking-0-abc"
        left.mkdir()
        (left / "accepted").write_text("2\t{")
        long_ago = timezone.now() - timedelta(seconds=1)
        Upload.objects.update(check_lease_until=long_ago, rows=3, accepted=3, bytes_checked=10)
        assert checks.stalled() == [upload.pk]
        checks.run(upload.pk)
        upload.refresh_from_db()
        assert (upload.state, upload.rows, upload.accepted) == (UploadState.CHECKED, 4, 2)
        assert files(upload) == {"original", "accepted-0.jsonl", "rejects-0.csv", "numbers-0.bin"}
        assert checks.stalled() == []

    @pytest.mark.django_db(transaction=True)
    def test_a_database_that_fails_is_no_verdict(self) -> None:
        upload = arrived()

        def fail() -> None:
            raise OperationalError("database is locked")

        with on_heartbeat(fail), pytest.raises(OperationalError):
            checks.run(upload.pk)
        upload.refresh_from_db()
        assert upload.state == UploadState.CHECKING
        assert files(upload) == {"original"}
        assert checks.stalled() == []
        Upload.objects.update(check_lease_until=timezone.now() - checks.LEASE)
        tasks.look_after_uploads.delay()
        upload.refresh_from_db()
        assert upload.state == UploadState.CHECKED

    def test_a_check_nobody_began_is_found(self) -> None:
        upload = arrived()
        assert checks.stalled() == [upload.pk]
        Upload.objects.update(check_lease_until=timezone.now() + checks.LEASE)
        assert checks.stalled() == []

    def test_files_of_earlier_checks_are_removed_and_those_of_later_ones_are_not(self) -> None:
        upload = checked()
        uploads.map_again(upload, Mapping((0,)), by=upload.by, request_id="")
        (upload_files.folder(upload.pk) / "checking-7-abc").mkdir()
        checks.run(upload.pk)
        assert files(upload) == {
            "original",
            "accepted-1.jsonl",
            "rejects-1.csv",
            "numbers-1.bin",
            "checking-7-abc",
        }

    def test_no_number_is_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        checked()
        checked(PEOPLE + "2135550143,x\n" * 1000 + '"2135550199,x\n' + PEOPLE)
        assert "555" not in caplog.text


@contextmanager
def on_heartbeat(act: Callable[[], object]) -> Iterator[list[Any]]:
    """Have something happen just before the first heartbeat; gives what the heartbeats were to write."""
    happened: list[Any] = []

    def wrap(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and "bytes_checked" in sql and "check_started_at" not in sql:
            happened.append(params)
            if len(happened) == 1:
                act()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrap):
        yield happened
