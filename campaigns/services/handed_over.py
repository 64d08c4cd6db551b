"""Who was handed over by an upload: its people while its files are kept, digests of them afterwards.

Both are eight bytes for each accepted person in the order of the chunks, so that a chunk which is given up
later takes its people out of either. The digests are keyed: without the secret key nobody can tell numbers
from them, and they mean nothing once that key is another.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Final

from django.db.models import Q
from django.utils.crypto import salted_hmac

from campaigns.models import Chunk, Upload
from campaigns.services import following, upload_files
from campaigns.services.on_hold import NOBODY_HELD, OnHold
from campaigns.states import ChunkState

_DROPPED: Final = Q(state__in=[ChunkState.CANCELLED, ChunkState.LEFT_OUT])
# Chunks whose batch, or a twin of it, is off or about to be. CallFire may have called from it before.
OFF: Final = Q(batch_enabled=False) | _DROPPED & ~Q(twins=[])
_BYTES: Final = 8
_NOBODY: Final = 0


class NotKept(Exception):  # noqa: N818 - the name is the fact
    """Nothing is kept by which the people of an upload could be known again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The people of an upload who were handed over or are going to be, or the digests of them.

    ``maybe_called`` are none of these, but people of batches that are off: CallFire called them before that,
    or nobody can say that it did not.
    """

    people: array[int]
    is_digested: bool
    maybe_called: array[int] = field(default_factory=lambda: array("q"))


def of(upload: Upload, on_hold: OnHold = NOBODY_HELD) -> Kept:
    """Everybody of this upload but those who were never sent, or are ``on_hold`` in batches that are off.

    Raises:
        NotKept: its files are gone, and there are no digests that could be compared.
    """
    parts = list(upload.chunks.order_by("number"))
    unsent = set(upload.chunks.filter(never_sent()).values_list("pk", flat=True))
    off = set(upload.chunks.filter(OFF).values_list("pk", flat=True))
    if all(part.pk in unsent for part in parts):
        return Kept(array("q"), is_digested=False)
    everybody, is_digested = _everybody(upload)
    if len(everybody) != sum(part.rows for part in parts):
        raise NotKept
    if not unsent | off:
        return Kept(everybody, is_digested)
    kept, first = Kept(array("q"), is_digested), 0
    for part in parts:
        people = everybody[first : first + part.rows]
        first += part.rows
        if part.pk in off:
            free = _on_hold_in_each(part, on_hold)
            known = set(digests(free)) if is_digested else free
            kept.maybe_called.extend(person for person in people if person not in known)
        elif part.pk not in unsent:
            kept.people.extend(people)
    return kept


def never_sent() -> Q:
    """The chunks that CallFire never had, as far as can be told by now: nobody of them was called."""
    return _DROPPED & Q(twins=[], batch_id=None) & ~following.watched()


def batches_of(part: Chunk) -> set[int]:
    """Every batch that CallFire has of this chunk: the confirmed one, and those that turned up beside it."""
    return {batch for batch in (part.batch_id, *(twin["id"] for twin in part.twins)) if batch is not None}


def digests(people: Iterable[int]) -> array[int]:
    """What stands for each of these people once their numbers are forgotten."""
    key = salted_hmac("campaigns.handed_over", "people", algorithm="sha256").digest()
    keyed = blake2b(key=key, digest_size=_BYTES)
    found = bytearray()
    for person in people:
        one = keyed.copy()
        one.update(person.to_bytes(_BYTES, "big", signed=True))
        found += one.digest()
    return array("q", bytes(found))


def keep_digests(upload: Upload) -> None:
    """Write the digests beside the people, whole or not at all; nothing when the people are not there."""
    place = upload_files.digests(upload)
    try:
        people = _read(upload_files.numbers(upload))
    except FileNotFoundError:
        return
    written = place.with_suffix(".new")
    with written.open("wb") as file:
        digests((_NOBODY,)).tofile(file)
        digests(people).tofile(file)
        file.flush()
        os.fsync(file.fileno())
    written.replace(place)


def _on_hold_in_each(part: Chunk, on_hold: OnHold) -> set[int]:
    """Who was called from none of the batches of this chunk."""
    held = [set(on_hold.by_batch.get(batch, ())) for batch in batches_of(part)]
    return set.intersection(*held) if held else set()


def _everybody(upload: Upload) -> tuple[array[int], bool]:
    """Everybody who was accepted, and whether these are digests. Those are there before the people go."""
    try:
        return _read(upload_files.numbers(upload)), False
    except FileNotFoundError:
        pass
    try:
        found = _read(upload_files.digests(upload))
    except FileNotFoundError as error:
        raise NotKept from error
    if found[:1] != digests((_NOBODY,)):
        raise NotKept
    return found[1:], True


def _read(path: Path) -> array[int]:
    found = array("q")
    content = path.read_bytes()
    found.frombytes(content[: len(content) // _BYTES * _BYTES])
    return found
