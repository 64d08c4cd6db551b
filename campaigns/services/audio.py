"""Audio of CallFire, kept on our disk: fetched once, then served from here to everybody.

Nothing here is the only copy of anything. Files that nobody played for longest leave when there are too
many, recordings after their time; losing all of them costs a few requests to CallFire.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings

from callfire_api import OutcomeUnknown
from callfire_api.audio import sniffed_type
from campaigns.services import fetching
from campaigns.services.fetching import About, Fetch, Told

# The name of a recording's file begins with this: those are forgotten after AUDIO_RETENTION_DAYS.
RECORDING_PREFIX: Final = "recording-"
# Who needs all of it waits in a web thread while CallFire sends.
_LONGEST_WAIT: Final = 45.0
# Who plays it waits this long for bytes that are not here yet, then asks again. Less than all of a part is
# handed over after the first of these, or once there is a helping of it.
_SHORT_WAIT: Final = 1.0
_PLAYER_WAIT: Final = 3.0
_HELPING: Final = 64 * 1024
_HEAD: Final = 16
_LOOK_EVERY: Final = 0.01
_LEFT_BEHIND_SECONDS: Final = 3600
_LOCKS: Final = 64
# No more than half of a web process's threads wait; everybody else is told to come again.
_waiting: Final = threading.BoundedSemaphore(4)


class NotThereYet(Exception):  # noqa: N818 - the fact a caller acts on
    """CallFire is still sending this; asking again in a moment helps."""


@dataclass(frozen=True, slots=True)
class Audio:
    """An open file of audio, perhaps still arriving.

    ``content_type`` is what its bytes show, ``size`` how large it is when whole, ``etag`` names its content:
    what was fetched anew has another.
    """

    file: BinaryIO
    size: int
    content_type: str
    etag: str
    path: Path

    def read(self, span: range) -> bytes:
        """The bytes at these positions, as far as they are here."""
        self.file.seek(span.start)
        return self.file.read(len(span))

    def there(self, span: range) -> range:
        """The beginning of this part that is here, after a short wait for a helping of it.

        Raises:
            NotThereYet: nothing of it is here.
            CallFireError: and never will be, for the fetch failed.
        """
        wanted, began = min(span.stop, span.start + _HELPING), time.monotonic()
        with _patience(_PLAYER_WAIT) as patience:
            while True:
                have = self._arrived()
                waited = time.monotonic() - began
                if have >= wanted or (have > span.start and waited > min(patience, _SHORT_WAIT)):
                    return range(span.start, min(span.stop, have))
                if waited > patience:
                    raise NotThereYet
                time.sleep(_LOOK_EVERY)

    def whole(self) -> bytes:
        """All of it.

        Raises:
            NotThereYet: it is still arriving.
            CallFireError: it stopped arriving.
        """
        if self._arrived() < self.size:
            raise NotThereYet
        return self.read(range(self.size))

    def _arrived(self) -> int:
        """How many bytes of the file are here."""
        found = os.fstat(self.file.fileno())
        if found.st_size < self.size and not found.st_nlink:
            raise OutcomeUnknown(fetching.trouble(self.path) or "CallFire stopped sending this audio.")
        return found.st_size


@contextmanager
def opened(key: str, fetch: Fetch, told: Told = Told()) -> Iterator[Audio]:  # noqa: B008 - it is frozen
    """All of the audio of this key, for a ``with`` block; fetched once, whoever else wants it meanwhile.

    Args:
        key: names the audio for good, and is the name of its file.
        fetch: opens it at CallFire.
        told: what CallFire told of it beforehand.

    Raises:
        NotFound: CallFire has no such audio.
        CallFireError: CallFire did not send it, or sent something else, too much or too slowly.
    """
    path, give_up_at = _folder() / key, time.monotonic() + _LONGEST_WAIT
    while (file := _kept(path)) is None:
        under_way = fetching.begin(path, fetch, told, afterwards=make_room)
        if time.monotonic() > give_up_at:
            raise OutcomeUnknown("CallFire sends this audio too slowly.")
        if under_way is None:
            time.sleep(_LOOK_EVERY)
            continue
        with suppress(TimeoutError):
            under_way.result(_LONGEST_WAIT)
    with file:
        yield _audio(file, path, _played(file))


@contextmanager
def playing(key: str, fetch: Fetch, told: Told = Told()) -> Iterator[Audio]:  # noqa: B008 - it is frozen
    """The audio of this key as soon as its beginning and its size are here; else like ``opened``.

    Raises:
        NotThereYet: CallFire has not sent as much yet.
    """
    path = _folder() / key
    kept = _kept(path)
    file, about = (kept, _played(kept)) if kept else _beginning(path, fetch, told)
    with file:
        yield _audio(file, path, about)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one caller at a time through for this name, among all processes on this machine; others wait."""
    with _lock(str(zlib.crc32(name.encode()) % _LOCKS)):
        yield


def has(key: str) -> bool:
    """Whether this audio is on our disk."""
    return (_folder() / key).exists()


def is_doubtful(key: str) -> bool:
    """Whether this audio is on our disk although it contradicts what CallFire told of it."""
    return has(key) and fetching.is_doubtful(_folder() / key)


def make_room() -> None:
    """Remove recordings whose time is over, what nobody played for longest until the rest fits, and what a
    crash left behind.
    """
    folder, room, now = _folder(), settings.AUDIO_CACHE_MAX_MB * 2**20, time.time()
    oldest = now - timedelta(days=settings.AUDIO_RETENTION_DAYS).total_seconds()
    with _lock("room"):
        for part in folder.glob(f"{fetching.UNFINISHED}*"):
            with suppress(FileNotFoundError):
                if part.stat().st_mtime < now - _LEFT_BEHIND_SECONDS:
                    part.unlink()
        kept = [(path.stat(), path) for path in folder.iterdir() if not path.name.startswith(".")]
        kept.sort(key=lambda each: each[0].st_atime_ns, reverse=True)
        for place, (found, path) in enumerate(kept):
            room -= found.st_size
            is_too_old = path.name.startswith(RECORDING_PREFIX) and found.st_mtime < oldest
            if is_too_old or (room < 0 and place):  # the last one played stays, however large
                path.unlink()


def _beginning(path: Path, fetch: Fetch, told: Told) -> tuple[BinaryIO, About]:
    """The file that arrives, and what is known of it."""
    began, under_way = time.monotonic(), None
    with _patience(_PLAYER_WAIT) as patience:
        while True:
            under_way = under_way or fetching.begin(path, fetch, told, afterwards=make_room)
            if under_way is not None and under_way.done():
                under_way.result()
            if (file := _kept(path)) is not None:
                return file, _played(file)
            with suppress(FileNotFoundError):
                part = fetching.part_of(path).open("rb")
                about = fetching.announced(path)
                if about is not None and os.fstat(part.fileno()).st_size >= min(_HEAD, about.size):
                    return part, about
                part.close()
            if time.monotonic() - began > patience:
                raise NotThereYet
            time.sleep(_LOOK_EVERY)


@contextmanager
def _patience(seconds: float) -> Iterator[float]:
    """How long the caller may wait: not at all when too many wait already."""
    may_wait = _waiting.acquire(blocking=False)
    try:
        yield seconds if may_wait else 0.0
    finally:
        if may_wait:
            _waiting.release()


def _played(file: BinaryIO) -> About:
    """What is known of a file that is whole; from now on it is the last to leave."""
    found = os.fstat(file.fileno())
    os.utime(file.fileno(), ns=(time.time_ns(), found.st_mtime_ns))
    return About(found.st_size, found.st_mtime_ns)


def _audio(file: BinaryIO, path: Path, about: About) -> Audio:
    # What the client took for audio by its label alone is mp3: CallFire sends nothing else.
    content_type = sniffed_type(file.read(_HEAD)) or "audio/mpeg"
    # Nobody promises that CallFire never changes the audio of an id: each fetch has a name of its own.
    etag = f'"{path.name}-{about.size:x}-{about.mark:x}"'
    return Audio(file, about.size, content_type, etag, path)


def _kept(path: Path) -> BinaryIO | None:
    with suppress(FileNotFoundError):
        return path.open("rb")
    return None


@contextmanager
def _lock(name: str) -> Iterator[None]:
    locks = _folder() / ".locks"
    locks.mkdir(exist_ok=True)
    with (locks / name).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _folder() -> Path:
    folder = Path(settings.DATA_DIR) / "audio"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
