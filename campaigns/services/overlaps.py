"""Who was handed over before, or added by hand, as far as it is kept.

A person is a phone number, or the id of a contact as a number below zero. People of chunks that somebody
cancelled or left out were never sent, so they may come again. Where a batch was switched off, CallFire's call
log says whom it had not called by then: they may come again, and nobody else.
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
from campaigns.services import earlier, handed_over, on_hold
from campaigns.services.handed_over import Kept, NotKept

REACHES: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Before:
    """What was handed to the same broadcast before. ``standing`` tells later whether that has changed.

    ``unknown`` are the uploads whose people cannot be known again. ``maybe_called`` are others, of batches
    that are off, and ``switched_off`` the uploads with such people; ``is_log_known`` is False when CallFire
    did not say whom it called from those batches. ``on_hold`` are people whom it never called from them.
    """

    uploads: Sequence[Upload]
    standing: dict[str, list[int]]
    people: Set[int]
    maybe_called: Set[int]
    unknown: Sequence[Upload]
    switched_off: Sequence[tuple[Upload, Kept]]
    is_log_known: bool
    on_hold: Set[int]


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


def before(upload: Upload, *, heartbeat: Callable[[], None]) -> Before:
    """Everybody who was brought to the same broadcast otherwise: by hand, or by uploads, or is going to be.

    Where batches of theirs are off, CallFire is asked, and ``heartbeat`` called now and then meanwhile.
    """
    standing = _standing(upload)
    uploads = list(_same_broadcast(upload).select_related("confirmed_by"))
    off = Chunk.objects.filter(handed_over.OFF, upload__in=uploads)
    batches = {batch for part in off for batch in handed_over.batches_of(part)}
    by_hand = [each for event in earlier.by_hand(upload.broadcast_id) for each in event.detail["digests"]]
    read = on_hold.read(upload.broadcast_id, batches, heartbeat=heartbeat) if batches else on_hold.NOBODY_HELD
    held = read or on_hold.NOBODY_HELD
    found, unknown = list[tuple[Upload, Kept]](), list[Upload]()
    for other in uploads:
        try:
            found.append((other, handed_over.of(other, held)))
        except NotKept:
            unknown.append(other)
    return Before(
        uploads,
        standing,
        people=_together(
            [
                (by_hand, True),
                (held.held_back, False),
                *((kept.people, kept.is_digested) for _, kept in found),
            ]
        ),
        maybe_called=_together((kept.maybe_called, kept.is_digested) for _, kept in found),
        unknown=unknown,
        switched_off=[(other, kept) for other, kept in found if kept.maybe_called],
        is_log_known=read is not None,
        on_hold=set().union(*held.by_batch.values()),
    )


def _together(several: Iterable[tuple[Iterable[int], bool]]) -> Set[int]:
    """Everybody of these people and digests of people."""
    people, digests = set[int](), set[int]()
    for found, is_digested in several:
        (digests if is_digested else people).update(found)
    return Known(people, digests) if digests else people


def find(
    upload: Upload,
    numbers: Path,
    known: Before,
    *,
    left_out: int,
    maybe_called: Set[int],
    heartbeat: Callable[[], None],
) -> dict[str, Any]:
    """What is worth telling of uploads before: ``overlaps``, and those that could not be compared; who is
    left out because of batches that are off, and how many of these people are ``on_hold`` in such batches.

    An overlap has people of this upload, or is of the same file. ``numbers`` are the people of this one,
    without the ``left_out`` and the ``maybe_called`` whom ``known`` has; ``heartbeat`` is called between
    uploads.
    """
    accepted = array("q")
    accepted.frombytes(numbers.read_bytes())
    ours = _Ours(accepted)
    found = [_again(other, ours, known, left_out) for other in known.uploads if _is_same(upload, other)]
    unknown = list(known.unknown)
    lately = _confirmed(upload).filter(confirmed_at__gt=timezone.now() - REACHES)
    for other in lately.exclude(broadcast_id=upload.broadcast_id).select_related("confirmed_by"):
        heartbeat()
        is_same_file = _is_same(upload, other)
        try:
            kept = handed_over.of(other)
        except NotKept:
            unknown.append(other)
            common = min(len(ours.people), other.accepted) if is_same_file else 0
        else:
            common = ours.among(kept.people + kept.maybe_called, is_digested=kept.is_digested)
        if common or is_same_file:
            found.append(_overlap(other, common, len(ours.people), is_same_file=is_same_file))
    return {
        "overlaps": found,
        "not_compared": [_name(other) for other in unknown],
        "maybe_called": _maybe_called(maybe_called, known),
        "on_hold": ours.among(known.on_hold, is_digested=False),
    }


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
    """People of the upload that is compared; their digests are made once, and only if they are needed."""

    def __init__(self, people: Iterable[int]) -> None:
        self.people = set(people)

    @cached_property
    def digests(self) -> set[int]:
        return set(handed_over.digests(self.people))

    def among(self, kept: Iterable[int], *, is_digested: bool) -> int:
        """How many of those are among ours."""
        return sum(map((self.digests if is_digested else self.people).__contains__, kept))


def _same_broadcast(upload: Upload) -> QuerySet[Upload]:
    return _confirmed(upload).filter(broadcast_id=upload.broadcast_id)


def _standing(upload: Upload) -> dict[str, list[int]]:
    """Uploads to the same broadcast, what of them is given up, and who came by hand, as JSON keeps it."""
    uploads = sorted(_same_broadcast(upload).values_list("pk", flat=True))
    given_up = Chunk.objects.filter(handed_over.never_sent() | handed_over.OFF, upload__in=uploads)
    return {
        "uploads": uploads,
        "given_up": sorted(given_up.values_list("pk", flat=True)),
        "by_hand": [event.pk for event in earlier.by_hand(upload.broadcast_id)],
    }


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


def _maybe_called(people: Set[int], known: Before) -> dict[str, Any]:
    """Who of this upload is left out for the sake of batches that are off, and whose batches those are."""
    ours = _Ours(people)
    uploads = [
        _overlap(other, common, len(people), is_same_file=False, is_left_out=True) | {"name": other.name}
        for other, kept in known.switched_off
        if (common := ours.among(kept.maybe_called, is_digested=kept.is_digested))
    ]
    return {"people": len(people), "is_log_known": known.is_log_known, "uploads": uploads}


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
