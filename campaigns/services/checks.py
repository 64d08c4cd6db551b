"""Checking an upload: claimed for a while, told as it goes, and valid as a whole or not at all.

A check holds its upload by the moment until which its claim runs: whoever changes that, by claiming it later
or by asking for another check, makes it end without a trace.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from campaigns.labels import REASONS
from campaigns.models import Upload
from campaigns.recipient_files import checking
from campaigns.recipient_files.checking import Check, Mapping, Progress, Reason
from campaigns.recipient_files.reading import Reading, Unreadable
from campaigns.services import overlaps, upload_files
from campaigns.states import UploadState

logger = logging.getLogger(__name__)

# Longer than the longest silence between two heartbeats: a large workbook is read in one go.
LEASE: Final = timedelta(seconds=60)
_HEARTBEAT_SECONDS: Final = 0.3
_WRITTEN: Final = re.compile(r"(?:(checking)|accepted|rejects|numbers)-(\d+)[.-].*")
_WORDS: Final = {reason: badge.label for reason, badge in REASONS.items()}


class _Lost(Exception):  # noqa: N818 - the name is the fact
    """Somebody else checks the upload now, or it is to be checked in another way."""


def run(upload_id: int) -> None:
    """Check the upload, unless somebody does or nothing is to be checked; safe to run twice at once."""
    held = _claim(upload_id)
    if held is None:
        return
    try:
        _check(held)
    except _Lost:
        logger.info("Upload %d: this check was overtaken", upload_id)
    except Unreadable as why:
        held.end_unreadable(why.sentence)
    except FileNotFoundError:
        held.end_unreadable("The file is no longer kept. Upload it again.")
    except OSError as error:
        logger.warning("Upload %d was not checked: %s", upload_id, error)
        held.end_unreadable(
            f"Callboard’s disk failed during the check ({error.strerror}). "
            "Tell whoever runs it, then check again."
        )
    except DatabaseError:
        raise  # checked again when the claim has run out
    except Exception:
        held.end_unreadable("Callboard failed on this file. Its log says why; ask whoever runs it.")
        raise


def stalled() -> list[int]:
    """Uploads that ought to be checked and that nobody checks: never begun, or whose check went away."""
    nobody = Q(check_lease_until=None) | Q(check_lease_until__lt=timezone.now())
    return list(Upload.objects.filter(nobody, state=UploadState.CHECKING).values_list("pk", flat=True))


@dataclass(slots=True)
class _Held:
    """The upload as it is to be checked, and the claim on it."""

    upload: Upload
    until: datetime
    beats_at: float = 0.0

    def heartbeat(self, progress: Progress) -> None:
        """Tell where the check stands, now and then, and hold the claim."""
        if time.monotonic() >= self.beats_at:
            self.hold(**_told(progress))

    def hold(self, **changes: Any) -> None:
        """Renew the claim. Raises ``_Lost`` when it is another's."""
        until = timezone.now() + LEASE
        self.change(check_lease_until=until, **changes)
        self.until = until
        self.beats_at = time.monotonic() + _HEARTBEAT_SECONDS

    def change(self, **changes: Any) -> None:
        """Change the upload as long as it is held. Raises ``_Lost``."""
        held = Upload.objects.filter(
            pk=self.upload.pk,
            state=UploadState.CHECKING,
            check_number=self.upload.check_number,
            check_lease_until=self.until,
        )
        if not held.update(**changes):
            raise _Lost

    def end_unreadable(self, sentence: str) -> None:
        """Say why nobody of it can be handed over; nothing if it is another's by now."""
        try:
            self.change(state=UploadState.UNREADABLE, problem=sentence, check_lease_until=None)
        except _Lost:
            logger.info("Upload %d: this check was overtaken", self.upload.pk)


def _claim(upload_id: int) -> _Held | None:
    upload = Upload.objects.filter(pk=upload_id, state=UploadState.CHECKING).first()
    if upload is None:
        return None
    now = timezone.now()
    free = Upload.objects.filter(
        Q(check_lease_until=None) | Q(check_lease_until__lt=now),
        pk=upload_id,
        state=UploadState.CHECKING,
        check_number=upload.check_number,
    )
    until = now + LEASE
    claimed = free.update(check_lease_until=until, check_started_at=now)
    return _Held(upload, until) if claimed else None


def _check(held: _Held) -> None:
    upload = held.upload
    before = overlaps.before(upload, heartbeat=held.hold)
    prefix = f"checking-{upload.check_number}-"
    with TemporaryDirectory(prefix=prefix, dir=upload_files.folder(upload.pk)) as name:
        folder = Path(name)
        accepted, rejects, numbers = folder / "accepted", folder / "rejects", folder / "numbers"
        found = checking.check(
            upload_files.original(upload),
            Reading.from_json(upload.reading),
            Mapping.from_json(upload.mapping),
            columns=upload.columns,
            earlier=before.people,
            maybe_called=before.maybe_called,
            words=_WORDS,
            accepted_to=accepted,
            rejects_to=rejects,
            numbers_to=numbers,
            heartbeat=held.heartbeat,
        )
        held.hold(**_told(found.counts))
        findings = {
            **_findings(found),
            "compared_with": before.standing,
            **overlaps.find(
                upload,
                numbers,
                before,
                left_out=found.counts.rejected.get(Reason.EARLIER, 0),
                maybe_called=found.maybe_called,
                heartbeat=held.hold,
            ),
        }
        _publish(
            held,
            {
                accepted: upload_files.accepted(upload),
                rejects: upload_files.rejects(upload),
                numbers: upload_files.numbers(upload),
            },
            **_told(found.counts) | {"findings": findings, "bytes_checked": upload.size},
        )


def _publish(held: _Held, files: dict[Path, Path], **told: Any) -> None:
    """Put the files in place and say that the upload is checked, both or neither."""
    for written in files:
        with written.open("rb") as file:
            os.fsync(file.fileno())
    with transaction.atomic():
        held.change(
            state=UploadState.CHECKED,
            problem="",
            checked_at=timezone.now(),
            check_lease_until=None,
            **told,
        )
        for written, place in files.items():
            written.replace(place)
    _remove_outdated(held.upload)


def _remove_outdated(upload: Upload) -> None:
    """What earlier checks left, and what those that were killed had begun; never what a later one writes."""
    for path in upload_files.folder(upload.pk).iterdir():
        written = _WRITTEN.fullmatch(path.name)
        if written is None or int(written[2]) > upload.check_number:
            continue
        if written[1]:
            shutil.rmtree(path, ignore_errors=True)
        elif int(written[2]) < upload.check_number:
            path.unlink(missing_ok=True)


def _told(progress: Progress) -> dict[str, Any]:
    return {
        "bytes_checked": progress.position,
        "rows": progress.rows,
        "accepted": progress.accepted,
        "rejected": progress.rejected,
        "findings": {"examples": progress.examples, "repaired": progress.repaired},
    }


def _findings(found: Check) -> dict[str, Any]:
    counts = found.counts
    return {"examples": counts.examples, "repaired": counts.repaired, "runs": asdict(found.runs)}
