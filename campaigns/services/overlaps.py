"""Who was handed over before, from the files of earlier uploads.

A person is a phone number, or the id of a contact as a number below zero. People of chunks that somebody
cancelled or left out were never called, so they may come again.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from campaigns.models import Upload
from campaigns.services import upload_files
from campaigns.states import ChunkState

REACHES: Final = timedelta(days=90)

_GIVEN_UP: Final = (ChunkState.CANCELLED, ChunkState.LEFT_OUT)
_PERSON: Final = re.compile(rb'\d+\t\{"(?:phoneNumber": ?"(\d+)|contactId": ?(\d+))')
_AT_ONCE: Final = 8 * 65_536


def same_broadcast(upload: Upload) -> QuerySet[Upload]:
    """The other uploads to the same broadcast that somebody confirmed."""
    return _confirmed(upload).filter(broadcast_id=upload.broadcast_id)


def people(uploads: Iterable[Upload]) -> set[int]:
    """Everybody in these uploads who was handed over or is going to be, as far as their files are kept."""
    found: set[int] = set()
    for upload in uploads:
        for some in _handed_over(upload):
            found.update(some)
    return found


def find(upload: Upload, numbers: Path, *, heartbeat: Callable[[], None]) -> list[dict[str, Any]]:
    """Uploads of late with people of this one, or of the same file, in the shape of ``findings["overlaps"]``.

    ``numbers`` are the people of this one; ``heartbeat`` is called between uploads.
    """
    lately = _confirmed(upload).filter(confirmed_at__gt=timezone.now() - REACHES)
    ours = {person for some in _read(numbers) for person in some}
    overlaps = []
    for other in lately.select_related("confirmed_by"):
        heartbeat()
        is_same_file = bool(upload.digest) and other.digest == upload.digest
        if other.files_removed_at and is_same_file:
            common = min(len(ours), other.accepted)
        else:
            common = sum(sum(map(ours.__contains__, some)) for some in _handed_over(other))
        if common or is_same_file:
            overlaps.append(_overlap(other, common, len(ours), is_same_file=is_same_file))
    return overlaps


def of_contact_list(contact_list_id: int) -> list[dict[str, Any]]:
    """When this contact list was handed over of late, in the same shape; who was on it then is not known."""
    since = timezone.now() - REACHES
    lately = Upload.objects.filter(contact_list_id=contact_list_id, confirmed_at__gt=since)
    return [
        _overlap(other, other.accepted, other.accepted, is_same_file=True)
        for other in lately.select_related("confirmed_by")
    ]


def is_outdated(upload: Upload) -> bool:
    """Whether others were handed to the same broadcast whom the check of this upload did not know of."""
    known = upload.findings.get("compared_with")
    return known is not None and same_broadcast(upload).exclude(pk__in=known).exists()


def _confirmed(upload: Upload) -> QuerySet[Upload]:
    """Other uploads whose people are known here; those of contact lists are not."""
    others = Upload.objects.filter(confirmed_at__isnull=False).exclude(pk=upload.pk)
    return others.exclude(source=Upload.Source.CONTACT_LIST)


def _overlap(other: Upload, common: int, people: int, *, is_same_file: bool) -> dict[str, Any]:
    return {
        "upload": other.pk,
        "people": common,
        "share": round(common / people, 4) if people else 0.0,
        "at": other.confirmed_at.isoformat() if other.confirmed_at else "",
        "by": other.confirmed_by.display_name if other.confirmed_by else "",
        "broadcast_id": other.broadcast_id,
        "broadcast_name": other.broadcast_name,
        "same_file": is_same_file,
    }


def _handed_over(upload: Upload) -> Iterator[Iterable[int]]:
    """The people of an upload, some at a time; nobody once its files are removed."""
    try:
        if upload.chunks.filter(state__in=_GIVEN_UP).exists():
            yield from _kept_chunks(upload)
        else:
            yield from _read(upload_files.numbers(upload))
    except FileNotFoundError:
        return


def _kept_chunks(upload: Upload) -> Iterator[Iterable[int]]:
    with upload_files.accepted(upload).open("rb") as file:
        for offset, length in upload.chunks.exclude(state__in=_GIVEN_UP).values_list("offset", "length"):
            file.seek(offset)
            found = _PERSON.findall(file.read(length))
            yield [int(number) if number else -int(contact) for number, contact in found]


def _read(path: Path) -> Iterator[array[int]]:
    with path.open("rb") as file:
        while content := file.read(_AT_ONCE):
            some = array("q")
            some.frombytes(content)
            yield some
