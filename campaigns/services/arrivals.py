"""How people arrive: a file, contact ids or a contact list become an upload.

The file is in place before anybody can see its row, and the same form sent twice is one upload.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns.models import BroadcastSnapshot, Upload, User
from campaigns.recipient_files import reading
from campaigns.recipient_files.mapping import Mapping
from campaigns.recipient_files.reading import Preview, Reading
from campaigns.services import contact_lists, overlaps, upload_files, uploads
from campaigns.states import UploadState

UPLOAD: Final = "upload"
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


def open_file(path: Path, *, name: str, size: int, digest: str) -> FileSource:
    """The file with the way it is best read.

    Raises:
        Unreadable: it is no list of people, or the disk has no room for the rows of a workbook.
    """
    try:
        read = reading.detect(path, name=name)
        return FileSource(path, name, size, digest, read, reading.preview(path, read))
    except OSError as error:
        raise upload_files.not_kept(error) from error


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


def _receive_file(source: FileSource, delivery: Delivery) -> Upload:
    signature = uploads.signature_of(source.reading, source.preview.columns)
    mapping = uploads.likely_mapping(signature, source.preview)
    return _arrive(
        delivery,
        lambda place: reading.move(source.path, place),
        name=source.name,
        size=source.size,
        digest=source.digest,
        reading=source.reading.to_json(),
        columns=list(source.preview.columns),
        header_signature=signature,
        **uploads.checkable(mapping),
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
        **uploads.checkable(Mapping(phones=(), contact_id=0, attributes=())),
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
        findings={"overlaps": overlaps.of_contact_list(chosen.id)},
    )


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
            uploads.note(upload, UPLOAD, by=delivery.by, request_id=delivery.request_id)
    except IntegrityError:
        return Upload.objects.get(token=delivery.token)
    return upload
