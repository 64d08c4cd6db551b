"""Uploads before anybody is handed over: how they arrive, how they are read, what their columns mean.

The file is in place before its row can be seen by others, and the same form sent twice is one upload. Every
change of reading or mapping begins a check of its own; the one before it finds that out and ends.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import Http404
from django.utils import timezone

from callfire_api import BroadcastStatus
from campaigns import permissions
from campaigns.actions import DIALLING, START
from campaigns.models import AuditEvent, BroadcastSnapshot, Upload, User
from campaigns.permissions import Permission
from campaigns.recipient_files import checking, reading
from campaigns.recipient_files.checking import Mapping
from campaigns.recipient_files.mapping import own_columns
from campaigns.recipient_files.reading import Preview, Reading, Unreadable
from campaigns.services import audit, contact_lists, upload_files
from campaigns.states import UploadState

UPLOAD: Final = "upload"
DOWNLOAD: Final = "download rows left out"
CHECK_AGAIN: Final = "check upload again"
NO_NUMBERS: Final = (
    "No column looks like phone numbers or contact IDs. Say below which one it is, then check again."
)
OVERLAP_REACHES: Final = timedelta(days=90)
BEFORE: Final = frozenset({UploadState.CHECKING, UploadState.UNREADABLE, UploadState.CHECKED})
_MOST_LOOKED_AT: Final = 500
_MOST_CHOICES: Final = 200
_LONGEST_ID: Final = 19
_ID_COLUMN: Final = "contact_id"


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on the disk of the uploads, which will be moved, and how it is read."""

    path: Path
    name: str
    size: int
    digest: str
    reading: Reading
    preview: Preview


@dataclass(frozen=True, slots=True)
class IdsSource:
    """Contacts of CallFire's that somebody typed or pasted."""

    ids: Sequence[int]


Source = FileSource | IdsSource | contact_lists.Choice


@dataclass(frozen=True, slots=True)
class Delivery:
    """Who brings people for which broadcast, by which form, and the upload this one puts right."""

    to: BroadcastSnapshot
    by: User
    token: uuid.UUID
    continues: Upload | None = None
    request_id: str = ""


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


def named(text: str, *, broadcast_id: int | None) -> Upload | None:
    """The upload to this broadcast with the id in the text, as an address has it; None for no text.

    Raises:
        Http404: there is none.
    """
    if not text:
        return None
    is_id = broadcast_id is not None and text.isascii() and text.isdigit() and len(text) < _LONGEST_ID
    found = Upload.objects.filter(pk=int(text), broadcast_id=broadcast_id).first() if is_id else None
    if found is None:
        raise Http404("Callboard does not know this upload.")
    return found


def open_file(path: Path, *, name: str, size: int, digest: str) -> FileSource:
    """The file with the way it is best read.

    Raises:
        Unreadable: it is no list of people.
    """
    read = reading.detect(path, name=name)
    return FileSource(path, name, size, digest, read, reading.preview(path, read))


def receive(source: Source, delivery: Delivery) -> Upload:
    """Take these people in, once; the same token again gives the upload it made. Nobody is handed over."""
    held = Upload.objects.filter(token=delivery.token).first()
    if held is not None:
        return held
    if isinstance(source, contact_lists.Choice):
        return _receive_list(source, delivery)
    if isinstance(source, IdsSource):
        return _receive_ids(source, delivery)
    return _receive_file(source, delivery)


def read_again(upload: Upload, how: Reading, *, by: User, request_id: str) -> bool:
    """Read the file this other way and check it again; False when it is too late for that.

    Raises:
        Unreadable: it cannot be read this way; nothing was changed.
    """
    found = reading.preview(upload_files.original(upload), how)
    signature = _signature(how, found.columns)
    # The columns may have moved or changed their names, and with them what was said about each.
    same = list(found.columns) == upload.columns
    mapping = Mapping.from_json(upload.mapping) if same else _mapping(signature, found)
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
    try:
        return reading.preview(upload_files.original(upload), Reading.from_json(upload.reading))
    except OSError as error:
        raise Unreadable("The file is no longer kept. Upload it again.") from error


def remembered_from(upload: Upload) -> Upload | None:
    """The newest upload with the same columns that was handed over with just this mapping."""
    kept = _handed_over(upload.header_signature).exclude(pk=upload.pk).first()
    return kept if kept is not None and kept.mapping == upload.mapping else None


def recent(*, most: int = 6) -> list[Upload]:
    """The newest uploads."""
    return list(Upload.objects.select_related("by")[:most])


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
    _note(upload, DOWNLOAD, by=by, request_id=request_id)
    return file


def _takes_people(snapshot: BroadcastSnapshot) -> bool:
    return BroadcastStatus(snapshot.status) in DIALLING or not START.why_not(snapshot.status)


def _receive_file(source: FileSource, delivery: Delivery) -> Upload:
    signature = _signature(source.reading, source.preview.columns)
    mapping = _mapping(signature, source.preview)
    return _arrive(
        delivery,
        source.path.replace,
        name=source.name,
        size=source.size,
        digest=source.digest,
        reading=source.reading.to_json(),
        columns=list(source.preview.columns),
        header_signature=signature,
        **_checkable(mapping),
    )


def _receive_ids(source: IdsSource, delivery: Delivery) -> Upload:
    """Contact ids become a small file of their own and go the way of every file."""
    content = "\n".join([_ID_COLUMN, *map(str, source.ids), ""]).encode()

    def write(place: Path) -> None:
        place.write_bytes(content)

    how = Reading("text", encoding="utf-8", delimiter=",", header_row=1)
    return _arrive(
        delivery,
        write,
        source=Upload.Source.CONTACT_IDS,
        name="Contact IDs",
        size=len(content),
        digest=hashlib.sha256(content).hexdigest(),
        reading=how.to_json(),
        columns=[_ID_COLUMN],
        **_checkable(Mapping(phones=(), contact_id=0, attributes=())),
    )


def _receive_list(chosen: contact_lists.Choice, delivery: Delivery) -> Upload:
    """A contact list stays at CallFire: there is nothing here to check."""
    size = chosen.size or 0
    return _arrive(
        delivery,
        None,
        source=Upload.Source.CONTACT_LIST,
        contact_list_id=chosen.id,
        name=chosen.name[:255],
        state=UploadState.CHECKED,
        rows=size,
        accepted=size,
        checked_at=timezone.now(),
        findings={"overlaps": _earlier_hand_overs(chosen.id)},
    )


def _earlier_hand_overs(contact_list_id: int) -> list[dict[str, Any]]:
    """When this contact list was handed over lately, in the shape of ``findings``."""
    since = timezone.now() - OVERLAP_REACHES
    earlier = Upload.objects.filter(contact_list_id=contact_list_id, confirmed_at__gt=since)
    return [
        {
            "upload": each.pk,
            "people": each.accepted,
            "share": 1.0,
            "at": each.confirmed_at.isoformat() if each.confirmed_at else "",
            "by": each.confirmed_by.display_name if each.confirmed_by else "",
            "broadcast_id": each.broadcast_id,
            "broadcast_name": each.broadcast_name,
            "same_file": True,
        }
        for each in earlier.select_related("confirmed_by")
    ]


def _arrive(delivery: Delivery, place: Callable[[Path], object] | None, **fields: Any) -> Upload:
    """The row of the upload, once its file is where it belongs."""
    try:
        with transaction.atomic():
            upload = Upload.objects.create(
                broadcast_id=delivery.to.pk,
                broadcast_name=delivery.to.name,
                by=delivery.by,
                token=delivery.token,
                continues=delivery.continues,
                **fields,
            )
            if place is not None:
                upload_files.folder(upload.pk).mkdir(parents=True, exist_ok=True)
                place(upload_files.original(upload))
            _note(upload, UPLOAD, by=delivery.by, request_id=delivery.request_id)
    except IntegrityError:
        return Upload.objects.get(token=delivery.token)
    return upload


def _check_again(upload: Upload, mapping: Mapping, *, by: User, request_id: str, **fields: Any) -> bool:
    changed = Upload.objects.filter(pk=upload.pk, state__in=BEFORE).update(
        check_number=F("check_number") + 1,
        check_lease_until=None,
        check_started_at=None,
        checked_at=None,
        bytes_checked=0,
        rows=0,
        accepted=0,
        rejected={},
        findings={},
        **fields,
        **_checkable(mapping),
    )
    upload.refresh_from_db()
    if changed:
        _note(upload, CHECK_AGAIN, by=by, request_id=request_id)
    return bool(changed)


def _checkable(mapping: Mapping) -> dict[str, Any]:
    """The mapping, and whether there is anything to check with it."""
    has_people = bool(mapping.phones) or mapping.contact_id is not None
    return {
        "mapping": mapping.to_json(),
        "state": UploadState.CHECKING if has_people else UploadState.UNREADABLE,
        "problem": "" if has_people else NO_NUMBERS,
    }


def _mapping(signature: str, found: Preview) -> Mapping:
    """What the columns meant the last time a file with them was handed over, else what they look like."""
    kept = _handed_over(signature).first()
    if kept is not None and len(own_columns(kept.columns)) == len(own_columns(found.columns)):
        return Mapping.from_json(kept.mapping)
    return checking.guess(found.columns, [cells for _, cells in found.rows])


def _handed_over(signature: str) -> Any:
    return Upload.objects.filter(header_signature=signature, confirmed_at__isnull=False).exclude(
        header_signature=""
    )


def _signature(how: Reading, columns: Sequence[str]) -> str:
    """What files with the same columns are recognised by; columns without names of their own tell nothing."""
    return reading.header_signature(own_columns(columns)) if how.header_row else ""


def _note(upload: Upload, action: str, *, by: User, request_id: str) -> AuditEvent:
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
