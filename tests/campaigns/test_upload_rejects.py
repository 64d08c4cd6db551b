"""/uploads/<id>/rejects.csv"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from campaigns.models import AuditEvent, Upload
from campaigns.services import upload_files, uploads
from campaigns.states import UploadState
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import words
from tests.campaigns.uploading import brought
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.http import FileResponse
    from django.test import Client


def download(browser: Client, upload: Upload) -> FileResponse:
    """Ask for the rows that were left out."""
    return cast("FileResponse", browser.get(f"/uploads/{upload.pk}/rejects.csv"))


def text_of(answer: FileResponse) -> str:
    """What was downloaded."""
    return b"".join(cast("Iterable[bytes]", answer.streaming_content)).decode("utf-8-sig")


def test_it_has_every_row_that_was_left_out_with_its_reason(operator: SignedIn, seen: Seen) -> None:
    answer = download(operator, brought(operator, seen(), name="grid 9.csv"))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="grid 9 - rows left out.csv"'
    rows = list(csv.DictReader(io.StringIO(text_of(answer))))
    assert [(row["_row"], row["phone"], row["_reason"]) for row in rows] == [
        ("4", "1.32356E+10", "Spreadsheet cut the digits"),
        ("6", "(213) 555-0142", "Twice in this file"),
    ]


def test_it_goes_back_in_once_it_is_corrected(operator: SignedIn, seen: Seen) -> None:
    broadcast = seen()
    first = brought(operator, broadcast)
    corrected = text_of(download(operator, first)).replace("1.32356E+10", "(213) 555-0156")
    second = brought(operator, broadcast, corrected, continues=str(first.pk))
    assert (second.accepted, second.rejected) == (2, {})
    assert second.mapping["attributes"] == [[1, "name"], [2, "street"]]


def test_who_took_it_is_written_down(operator: SignedIn, seen: Seen) -> None:
    upload = brought(operator, seen())
    text_of(download(operator, upload))
    event = AuditEvent.objects.get(action=uploads.DOWNLOAD)
    assert (event.by, event.detail["upload"]) == (operator.user, upload.pk)


def test_before_the_check_has_ended_it_is_not_there(operator: SignedIn, seen: Seen) -> None:
    upload = brought(operator, seen())
    Upload.objects.filter(pk=upload.pk).update(state=UploadState.CHECKING)
    assert operator.get(f"/uploads/{upload.pk}/rejects.csv").status_code == 409


def test_once_it_is_no_longer_kept_that_is_said(operator: SignedIn, seen: Seen) -> None:
    upload = brought(operator, seen())
    shutil.rmtree(upload_files.folder(upload.pk))
    answer = operator.get(f"/uploads/{upload.pk}/rejects.csv")
    assert answer.status_code == 410
    assert "These rows are no longer kept" in words(answer)


def test_it_has_numbers_in_it_so_a_viewer_may_not(viewer: SignedIn, operator: SignedIn, seen: Seen) -> None:
    upload = brought(operator, seen())
    assert viewer.get(f"/uploads/{upload.pk}/rejects.csv").status_code == 403
