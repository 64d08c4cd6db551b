"""Forgetting people: the files of uploads go after a while; counts and digests stay."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from campaigns.models import Upload
from campaigns.services import upload_files
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
    for upload in uploads:
        shutil.rmtree(upload_files.folder(upload.pk), ignore_errors=True)
        findings = {name: found for name, found in upload.findings.items() if name not in _SHOWS_NUMBERS}
        Upload.objects.filter(pk=upload.pk).update(files_removed_at=now, findings=findings)
    return len(uploads)


def _forget_arrivals(now: datetime) -> None:
    for path in upload_files.incoming().glob("*"):
        if path.stat().st_mtime < (now - _ARRIVES_WITHIN).timestamp():
            path.unlink(missing_ok=True)
