"""Where the files of an upload lie. Rows of people are only in these, never in the database or a task."""

from __future__ import annotations

import logging
from pathlib import Path

from django.conf import settings

from campaigns.models import Upload
from campaigns.recipient_files.reading import Unreadable

logger = logging.getLogger(__name__)


def incoming() -> Path:
    """The folder of files that are arriving, on the same volume as the uploads."""
    return Path(settings.DATA_DIR) / "uploads" / "incoming"


def folder(upload_id: int) -> Path:
    """The folder of one upload; on several machines DATA_DIR is shared by all of them."""
    return Path(settings.DATA_DIR) / "uploads" / str(upload_id)


def original(upload: Upload) -> Path:
    """The file as it came."""
    return folder(upload.pk) / "original"


def accepted(upload: Upload) -> Path:
    """One line for each accepted person, cut into chunks by bytes: row number, tab, JSON recipient."""
    return folder(upload.pk) / f"accepted-{upload.check_number}.jsonl"


def rejects(upload: Upload) -> Path:
    """The rows that were left out, with their reasons, as CSV."""
    return folder(upload.pk) / f"rejects-{upload.check_number}.csv"


def numbers(upload: Upload) -> Path:
    """The accepted people alone, eight bytes each: phone numbers, and ids of contacts below zero."""
    return folder(upload.pk) / f"numbers-{upload.check_number}.bin"


def digests(upload: Upload) -> Path:
    """What the accepted people are known again by once the other files are removed: see ``handed_over``."""
    return folder(upload.pk) / "digests.bin"


def not_kept(error: OSError) -> Unreadable:
    """Why the disk did not take a file, for whoever brought it; the log says it to whoever runs Callboard."""
    logger.error("A file of recipients could not be kept: %s", error)
    return Unreadable(
        f"Callboard could not keep the file on its disk ({error.strerror}). "
        "Tell whoever runs it, and upload the file again when that is mended."
    )
