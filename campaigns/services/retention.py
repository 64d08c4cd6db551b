"""Forgetting people: the files of uploads go after a while; counts and digests stay."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from campaigns.models import Upload
from campaigns.services import handed_over, upload_files
from campaigns.services.moves import move_upload
from campaigns.states import UploadState

_NEVER_CONFIRMED = (UploadState.CHECKING, UploadState.UNREADABLE, UploadState.CHECKED)
# What a check quoted from the rows.
_SHOWS_NUMBERS = ("examples", "runs")
_ARRIVES_WITHIN = timedelta(days=1)


def forget() -> int:
    """Remove the files of uploads that ended, or that nobody confirmed, so long ago; how many those were.

    What was arriving when a web process was killed goes too, as soon as nothing can be writing it any more.
    """
    now = timezone.now()
    _forget_arrivals(now)
    long_ago = now - timedelta(days=settings.UPLOAD_RETENTION_DAYS)
    for state in _NEVER_CONFIRMED:
        for upload in Upload.objects.filter(state=state, at__lt=long_ago):
            move_upload(upload, was=state, to=UploadState.CANCELLED, ended_at=upload.at)
    is_over = Q(state=UploadState.DONE) | Q(state=UploadState.CANCELLED)
    uploads = list(Upload.objects.filter(is_over, ended_at__lt=long_ago, files_removed_at=None))
    return sum(_forget(upload, now) for upload in uploads)


def _forget(upload: Upload, now: datetime) -> bool:
    """Remove its files and leave digests of whom it handed over; False when it is taken up again meanwhile.

    Whoever takes it up waits for that, and is told that its people are no longer kept.
    """
    if upload.confirmed_at is not None:
        handed_over.keep_digests(upload)
    findings = {name: found for name, found in upload.findings.items() if name not in _SHOWS_NUMBERS}
    is_as_it_was = Upload.objects.filter(
        pk=upload.pk, state=upload.state, ended_at=upload.ended_at, files_removed_at=None
    )
    with transaction.atomic():
        if not is_as_it_was.update(files_removed_at=now, findings=findings):
            return False
        _remove_files(upload)
    return True


def _remove_files(upload: Upload) -> None:
    """Everything but the digests of whom it handed over."""
    folder, digests = upload_files.folder(upload.pk), upload_files.digests(upload)
    if upload.confirmed_at is None or not digests.exists():
        shutil.rmtree(folder, ignore_errors=True)
        return
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path != digests:
            path.unlink(missing_ok=True)


def _forget_arrivals(now: datetime) -> None:
    for path in upload_files.incoming().glob("*"):
        if path.stat().st_mtime < (now - _ARRIVES_WITHIN).timestamp():
            path.unlink(missing_ok=True)
