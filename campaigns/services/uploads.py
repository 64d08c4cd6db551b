"""Uploads before anybody is handed over: how they are read, and what their columns mean.

Every change of either begins a check of its own; the one before it finds that out and ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.http import Http404

from callfire_api import BroadcastStatus
from campaigns import permissions
from campaigns.actions import DIALLING, START
from campaigns.models import AuditEvent, BroadcastSnapshot, Upload, User
from campaigns.permissions import Permission
from campaigns.recipient_files import checking, reading
from campaigns.recipient_files.checking import Mapping
from campaigns.recipient_files.mapping import own_columns
from campaigns.recipient_files.reading import Preview, Reading, Unreadable
from campaigns.services import audit, upload_files
from campaigns.states import UploadState

DOWNLOAD: Final = "download rows left out"
CHECK_AGAIN: Final = "check upload again"
NO_NUMBERS: Final = (
    "No column looks like phone numbers or contact IDs. Say below which one it is, then check again."
)
BEFORE: Final = frozenset({UploadState.CHECKING, UploadState.UNREADABLE, UploadState.CHECKED})
_MOST_LOOKED_AT: Final = 500
_MOST_CHOICES: Final = 200
_LONGEST_ID: Final = 19


def get_for(person: User, upload_id: int) -> Upload:
    """The upload, for somebody who may look at it.

    Raises:
        Http404: there is none.
        PermissionDenied: this person may not look.
    """
    permissions.check(person, Permission.LOOK)
    found = Upload.objects.select_related("by", "continues", "confirmed_by").filter(pk=upload_id).first()
    if found is None:
        raise Http404("Callboard does not know this upload.")
    return found


def corrections(upload: Upload) -> QuerySet[Upload]:
    """The files by which rows that were left out of this upload came back corrected, in their order."""
    return upload.continued_by.exclude(state=UploadState.CANCELLED).order_by("pk")


def named(text: str, *, broadcast_id: int | None) -> Upload | None:
    """The upload to this broadcast with the id in the text, as an address has it; None for no text.

    Raises:
        Http404: there is none.
    """
    if not text:
        return None
    found = None
    if broadcast_id is not None and text.isascii() and text.isdigit() and len(text) < _LONGEST_ID:
        found = Upload.objects.filter(pk=int(text), broadcast_id=broadcast_id).first()
    if found is None:
        raise Http404("Callboard does not know this upload.")
    return found


def read_again(upload: Upload, how: Reading, *, by: User, request_id: str) -> bool:
    """Read the file this other way and check it again; False when it is too late for that.

    Raises:
        Unreadable: it cannot be read this way, or is no longer kept; nothing was changed.
    """
    found = _preview(upload, how)
    signature = signature_of(how, found.columns)
    # The columns may have moved or changed their names, and with them what was said about each.
    same = list(found.columns) == upload.columns
    mapping = Mapping.from_json(upload.mapping) if same else likely_mapping(signature, found)
    return _check_again(
        upload,
        mapping,
        by=by,
        request_id=request_id,
        reading=how.to_json(),
        columns=list(found.columns),
        header_signature=signature,
    )


def map_again(upload: Upload, mapping: Mapping, *, by: User, request_id: str) -> bool:
    """Take the columns for this and check again; False when it is too late for that."""
    return _check_again(upload, mapping, by=by, request_id=request_id)


def glimpse(upload: Upload) -> Preview:
    """The first rows of the file as it is read now.

    Raises:
        Unreadable: it cannot be read this way, or is no longer kept.
    """
    return _preview(upload, Reading.from_json(upload.reading))


def remembered_from(upload: Upload) -> Upload | None:
    """The newest upload with the same columns that was handed over with just this mapping."""
    kept = _handed_over(upload.header_signature).exclude(pk=upload.pk).first()
    return kept if kept is not None and kept.mapping == upload.mapping else None


def broadcasts_to_choose() -> list[BroadcastSnapshot]:
    """The broadcasts that can take people, as last seen; those changed last come first."""
    known = BroadcastSnapshot.objects.filter(gone_at=None).order_by("-last_modified", "-id")
    return [each for each in known[:_MOST_LOOKED_AT] if _takes_people(each)][:_MOST_CHOICES]


def open_rejects(upload: Upload, *, by: User, request_id: str) -> BinaryIO:
    """The rows that were left out, as CSV; who took them is written down.

    Raises:
        FileNotFoundError: they are no longer kept, or there are none.
    """
    file = upload_files.rejects(upload).open("rb")
    note(upload, DOWNLOAD, by=by, request_id=request_id)
    return file


def _preview(upload: Upload, how: Reading) -> Preview:
    try:
        return reading.preview(upload_files.original(upload), how)
    except FileNotFoundError as error:
        raise Unreadable("The file is no longer kept. Upload it again.") from error
    except OSError as error:
        raise upload_files.not_kept(error) from error


def _takes_people(snapshot: BroadcastSnapshot) -> bool:
    return BroadcastStatus(snapshot.status) in DIALLING or not START.why_not(snapshot.status)


def _check_again(upload: Upload, mapping: Mapping, *, by: User, request_id: str, **fields: Any) -> bool:
    anew: dict[str, Any] = {
        "check_number": F("check_number") + 1,
        "check_lease_until": None,
        "check_started_at": None,
        "checked_at": None,
        "bytes_checked": 0,
        "rows": 0,
        "accepted": 0,
        "rejected": {},
        "findings": {},
    }
    with transaction.atomic():
        before = Upload.objects.filter(pk=upload.pk, state__in=BEFORE)
        changed = before.update(**anew, **fields, **checkable(mapping))
        upload.refresh_from_db()
        if changed:
            note(upload, CHECK_AGAIN, by=by, request_id=request_id)
    return bool(changed)


def checkable(mapping: Mapping) -> dict[str, Any]:
    """The mapping, and whether there is anything to check with it."""
    has_people = bool(mapping.phones) or mapping.contact_id is not None
    return {
        "mapping": mapping.to_json(),
        "state": UploadState.CHECKING if has_people else UploadState.UNREADABLE,
        "problem": "" if has_people else NO_NUMBERS,
    }


def likely_mapping(signature: str, found: Preview) -> Mapping:
    """What the columns meant the last time a file with them was handed over, else what they look like."""
    kept = _handed_over(signature).first()
    if kept is not None and len(own_columns(kept.columns)) == len(own_columns(found.columns)):
        return Mapping.from_json(kept.mapping)
    return checking.guess(found.columns, [cells for _, cells in found.rows])


def _handed_over(signature: str) -> QuerySet[Upload]:
    return Upload.objects.filter(header_signature=signature, confirmed_at__isnull=False).exclude(
        header_signature=""
    )


def signature_of(how: Reading, columns: Sequence[str]) -> str:
    """What files with the same columns are recognised by; columns without names of their own tell nothing."""
    return reading.header_signature(own_columns(columns)) if how.header_row else ""


def note(upload: Upload, action: str, *, by: User, request_id: str) -> AuditEvent:
    """Write down what somebody did with an upload before it was handed over."""
    return audit.note(
        action=action,
        by=by,
        request_id=request_id,
        object_kind=audit.BROADCAST,
        object_id=upload.broadcast_id,
        object_name=upload.broadcast_name,
        detail={"upload": upload.pk, "size": upload.size, "digest": upload.digest},
        sentence=f"{upload.name}, upload {upload.pk}.",
    )
