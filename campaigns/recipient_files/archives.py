"""The bytes of a file, unpacked on the way when it is a gzip or a zip with one file inside."""

from __future__ import annotations

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final, Protocol

from campaigns.recipient_files.tables import Unreadable

# Tables of people shrink to a fifth or a twentieth; what grows a hundredfold was made to fill a disk.
_GROWTH: Final = 100
_ALWAYS_ALLOWED: Final = 64 * 2**20
_NEVER_ALLOWED: Final = 2 * 2**30

_DAMAGED: Final = "The archive is damaged or was cut short. Pack the file again, or upload it unpacked."
_CUT_SHORT: Final = (
    "The archive is damaged or was cut short. Pack the file again; if it is a workbook "
    "(which is a zip inside), save it again where it comes from."
)
_NOT_PEOPLES: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db")

# What the libraries raise for archives that are damaged, or packed as they cannot unpack them.
TROUBLE: Final = (
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Unpacked:
    """The unpacked bytes as a stream, and how far the file on disk has been read for them."""

    def __init__(self, disk: IO[bytes], stream: _Source, limit: int | None) -> None:
        self._disk = disk
        self._stream = stream
        self._left = limit

    @property
    def position(self) -> int:
        """Bytes of the file on disk that have been consumed."""
        return self._disk.tell()

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes, none at the end. Raises ``Unreadable`` for damage and for too much."""
        try:
            block = self._stream.read(size)
        except TROUBLE as error:
            raise Unreadable(_DAMAGED) from error
        if self._left is not None:
            self._left -= len(block)
            if self._left < 0:
                raise Unreadable(_too_much())
        return block


@contextmanager
def opened(path: Path, archive: str) -> Iterator[Unpacked]:
    """The file as a stream; ``archive`` is "gzip", "zip" or nothing. Raises ``Unreadable``."""
    with ExitStack() as stack:
        disk = stack.enter_context(path.open("rb"))
        limit = allowed(path) if archive else None
        stream: _Source = disk
        if archive == "gzip":
            stream = stack.enter_context(gzip.GzipFile(fileobj=disk))
        elif archive == "zip":
            stream = stack.enter_context(_only_member(stack.enter_context(opened_zip(disk))))
        yield Unpacked(disk, stream, limit)


@contextmanager
def on_disk(path: Path, archive: str) -> Iterator[Path]:
    """The file itself, or an unpacked copy beside it for as long as this lasts. Raises ``Unreadable``."""
    if not archive:
        yield path
        return
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix="unpacked-") as copy:
        with opened(path, archive) as unpacked:
            while block := unpacked.read(2**20):
                copy.write(block)
        copy.flush()
        yield Path(copy.name)


def opened_zip(file: IO[bytes] | Path) -> zipfile.ZipFile:
    """A zip archive with its list of contents. Raises ``Unreadable``."""
    try:
        return zipfile.ZipFile(file)
    except TROUBLE as error:
        raise Unreadable(_CUT_SHORT) from error


def allowed(path: Path) -> int:
    """How many bytes may come out of an archive: a hundred times its size, never more than 2 GB."""
    return min(max(_GROWTH * path.stat().st_size, _ALWAYS_ALLOWED), _NEVER_ALLOWED)


def hold_to_the_limit(packed: zipfile.ZipFile, path: Path) -> None:
    """Raise ``Unreadable`` when the parts of a workbook say that they unpack to more than is allowed."""
    if sum(part.file_size for part in packed.infolist()) > allowed(path):
        raise Unreadable(_too_much())


def _only_member(packed: zipfile.ZipFile) -> IO[bytes]:
    files = [member for member in packed.infolist() if _is_somebodys(member)]
    if not files:
        raise Unreadable("There is no file in the zip archive. Pack the file with the people into it.")
    if len(files) > 1:
        names = ", ".join(f"“{Path(member.filename).name}”" for member in files[:3])
        more = " and more" if len(files) > 3 else ""
        raise Unreadable(
            f"There are {len(files):,} files in the zip archive: {names}{more}. "
            "Upload the one with the people, alone."
        )
    (member,) = files
    if member.flag_bits & 1:
        raise Unreadable("The zip archive asks for a password. Upload the file without one.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable("The zip archive was packed in an unusual way. Upload the file unpacked.")
    try:
        return packed.open(member)
    except TROUBLE as error:
        raise Unreadable(_DAMAGED) from error


def _is_somebodys(member: zipfile.ZipInfo) -> bool:
    """Whether a person packed it, rather than the system's own files that come along."""
    return not member.is_dir() and not any(mark in member.filename for mark in _NOT_PEOPLES)


def _too_much() -> str:
    return "The archive unpacks to far more than a file of people holds. Upload the file unpacked."
