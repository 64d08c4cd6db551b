"""Who was handed over by an upload: its people while its files are kept, digests of them afterwards.

Both are eight bytes for each accepted person in the order of the chunks, so that a chunk which is given up
later takes its people out of either. The digests are keyed: without the secret key nobody can tell numbers
from them, and they mean nothing once that key is another.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from django.db.models import Q
from django.utils.crypto import salted_hmac

from campaigns.models import Upload
from campaigns.services import upload_files
from campaigns.states import ChunkState

# Chunks whose people are not called: never sent, or the batch was switched off.
GIVEN_UP: Final = Q(state__in=[ChunkState.CANCELLED, ChunkState.LEFT_OUT]) | Q(batch_enabled=False)
_BYTES: Final = 8
_NOBODY: Final = 0


class NotKept(Exception):  # noqa: N818 - the name is the fact
    """Nothing is kept by which the people of an upload could be known again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The people of an upload who were handed over or are going to be, or the digests of them."""

    people: array[int]
    is_digested: bool


def of(upload: Upload) -> Kept:
    """Everybody of this upload except those who were given up.

    Raises:
        NotKept: its files are gone, and there are no digests that could be compared.
    """
    parts = list(upload.chunks.order_by("number").values_list("pk", "rows"))
    given_up = set(upload.chunks.filter(GIVEN_UP).values_list("pk", flat=True))
    if all(pk in given_up for pk, _ in parts):
        return Kept(array("q"), is_digested=False)
    everybody, is_digested = _everybody(upload)
    if len(everybody) != sum(rows for _, rows in parts):
        raise NotKept
    if not given_up:
        return Kept(everybody, is_digested)
    kept, first = array("q"), 0
    for pk, rows in parts:
        if pk not in given_up:
            kept += everybody[first : first + rows]
        first += rows
    return Kept(kept, is_digested)


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
