"""Who was handed over before, as far as it is kept.

A person is a phone number, or the id of a contact as a number below zero. People of chunks that somebody
cancelled or left out, or whose batch was switched off, are not called, so they may come again.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from campaigns.models import Chunk, Upload
from campaigns.services import handed_over
from campaigns.services.handed_over import Kept, NotKept

REACHES: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Before:
    """What was handed to the same broadcast before. ``standing`` tells later whether that has changed.

    ``unknown`` are the uploads whose people cannot be known again.
    """

    uploads: Sequence[Upload]
    standing: dict[str, list[int]]
    people: Set[int]
    unknown: Sequence[Upload]


class Known(set[int]):
    """People, and whoever else has one of these digests; looked through it shows only the people."""

    def __init__(self, people: Iterable[int], digests: Iterable[int]) -> None:
        super().__init__(people)
        self._digests = set(digests)

    def __contains__(self, person: object) -> bool:
        return super().__contains__(person) or (isinstance(person, int) and bool(self._by_digest({person})))

    def __rand__(self, people: Set[int]) -> set[int]:
        return {person for person in people if super(Known, self).__contains__(person)} | self._by_digest(
            people
        )

    def _by_digest(self, people: Set[int]) -> set[int]:
        found = zip(people, handed_over.digests(people), strict=True)
        return {person for person, digest in found if digest in self._digests}


def before(upload: Upload) -> Before:
    """Everybody who was handed to the same broadcast by other uploads, or is going to be."""
    standing = _standing(upload)
    uploads = list(_same_broadcast(upload).select_related("confirmed_by"))
    people, digests, unknown = set[int](), set[int](), []
    for other in uploads:
        try:
            kept = handed_over.of(other)
        except NotKept:
            unknown.append(other)
        else:
            (digests if kept.is_digested else people).update(kept.people)
    return Before(uploads, standing, Known(people, digests) if digests else people, unknown)


def find(
    upload: Upload, numbers: Path, known: Before, *, left_out: int, heartbeat: Callable[[], None]
) -> dict[str, Any]:
    """What is worth telling of uploads before: ``overlaps``, and those that could not be compared.

    An overlap has people of this upload, or is of the same file. ``numbers`` are the people of this one,
    without those ``left_out`` because ``known`` has them; ``heartbeat`` is called between uploads.
    """
    ours = _Ours(numbers)
    found = [_again(other, ours, known, left_out) for other in known.uploads if _is_same(upload, other)]
    unknown = list(known.unknown)
    lately = _confirmed(upload).filter(confirmed_at__gt=timezone.now() - REACHES)
    for other in lately.exclude(broadcast_id=upload.broadcast_id).select_related("confirmed_by"):
        heartbeat()
        is_same_file = _is_same(upload, other)
        try:
            common = ours.among(handed_over.of(other))
        except NotKept:
            unknown.append(other)
            common = min(len(ours.people), other.accepted) if is_same_file else 0
        if common or is_same_file:
            found.append(_overlap(other, common, len(ours.people), is_same_file=is_same_file))
    return {"overlaps": found, "not_compared": [_name(other) for other in unknown]}


def of_contact_list(contact_list_id: int) -> list[dict[str, Any]]:
    """When this contact list was handed over of late, in the same shape; who was on it then is not known."""
    since = timezone.now() - REACHES
    lately = Upload.objects.filter(contact_list_id=contact_list_id, confirmed_at__gt=since)
    return [
        _overlap(other, other.accepted, other.accepted, is_same_file=True)
        for other in lately.select_related("confirmed_by")
    ]


def is_outdated(upload: Upload) -> bool:
    """Whether what was handed to the same broadcast is no longer what the check of this upload knew."""
    known = upload.findings.get("compared_with")
    return known is not None and known != _standing(upload)


class _Ours:
    """The people of the upload that is compared; their digests are made once, and only if they are needed."""

    def __init__(self, numbers: Path) -> None:
        found = array("q")
        found.frombytes(numbers.read_bytes())
        self.people = set(found)

    @cached_property
    def digests(self) -> set[int]:
        return set(handed_over.digests(self.people))

    def among(self, kept: Kept) -> int:
        """How many of those are among ours."""
        return sum(map((self.digests if kept.is_digested else self.people).__contains__, kept.people))


def _same_broadcast(upload: Upload) -> QuerySet[Upload]:
    return _confirmed(upload).filter(broadcast_id=upload.broadcast_id)


def _standing(upload: Upload) -> dict[str, list[int]]:
    """The uploads to the same broadcast and what of them is given up, as JSON keeps it."""
    uploads = sorted(_same_broadcast(upload).values_list("pk", flat=True))
    given_up = Chunk.objects.filter(handed_over.GIVEN_UP, upload__in=uploads)
    return {"uploads": uploads, "given_up": sorted(given_up.values_list("pk", flat=True))}


def _confirmed(upload: Upload) -> QuerySet[Upload]:
    """Other uploads whose people are known here; those of contact lists are not."""
    others = Upload.objects.filter(confirmed_at__isnull=False).exclude(pk=upload.pk)
    return others.exclude(source=Upload.Source.CONTACT_LIST)


def _is_same(upload: Upload, other: Upload) -> bool:
    return bool(upload.digest) and other.digest == upload.digest


def _again(other: Upload, ours: _Ours, known: Before, left_out: int) -> dict[str, Any]:
    """The same file for the same broadcast: its people are left out, unless they cannot be known again."""
    if other in known.unknown:
        common = min(len(ours.people), other.accepted)
        return _overlap(other, common, len(ours.people), is_same_file=True)
    common = min(left_out, other.accepted)  # somebody may be in several rows that are left out
    return _overlap(other, common, len(ours.people) + common, is_same_file=True, is_left_out=True)


def _overlap(
    other: Upload, common: int, people: int, *, is_same_file: bool, is_left_out: bool = False
) -> dict[str, Any]:
    return {
        "upload": other.pk,
        "people": common,
        "share": round(common / people, 4) if people else 0.0,
        "at": other.confirmed_at.isoformat() if other.confirmed_at else "",
        "by": other.confirmed_by.display_name if other.confirmed_by else "",
        "broadcast_id": other.broadcast_id,
        "broadcast_name": other.broadcast_name,
        "same_file": is_same_file,
        "left_out": is_left_out,
    }


def _name(other: Upload) -> dict[str, Any]:
    return {"upload": other.pk, "name": other.name, "broadcast_name": other.broadcast_name}
