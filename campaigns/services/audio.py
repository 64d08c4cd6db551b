"""Audio of CallFire, kept on our disk: fetched once and whole, then served from here to everybody.

Nothing here is the only copy of anything. Files that nobody played for longest leave when there are too
many; losing all of them costs a few requests to CallFire.
"""

from __future__ import annotations

import fcntl
import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO, Final

from django.conf import settings
from django.utils import timezone

from callfire_api import AudioStream, CallFireError, OutcomeUnknown, UnreadableAnswer
from callfire_api.audio import sniffed_type
from campaigns import shared

Fetch = Callable[[], AudioStream]

MOST_BYTES: Final = 64 * 2**20
# A web thread waits while CallFire sends: longer than this, and it is told as trouble.
MOST_TIME: Final = timedelta(seconds=45)
# Those who waited for a fetch that failed hear of it at once, instead of each trying again in turn.
_REST_SECONDS: Final = 5
_LEFT_BEHIND_SECONDS: Final = 3600
_LOCKS: Final = 64
_UNFINISHED: Final = ".part-"


@dataclass(frozen=True, slots=True)
class Audio:
    """An open file of audio. ``content_type`` is what its bytes show, ``etag`` names this very content."""

    file: BinaryIO
    size: int
    content_type: str
    etag: str

    def read(self, span: range) -> bytes:
        """The bytes at these positions."""
        self.file.seek(span.start)
        return self.file.read(len(span))


@contextmanager
def opened(key: str, fetch: Fetch) -> Iterator[Audio]:
    """The audio of this key, for a ``with`` block; ``fetch`` is asked once, whoever else wants it meanwhile.

    Args:
        key: names the audio for good, and is the name of its file.
        fetch: opens it at CallFire.

    Raises:
        NotFound: CallFire has no such audio.
        CallFireError: CallFire did not send it, or sent something else, too much or too slowly.
    """
    with _kept(key) or _fetched(key, fetch) as file:
        found = _played_now(file)
        # What the client took for audio by its label alone is mp3: CallFire sends nothing else.
        content_type = sniffed_type(file.read(16)) or "audio/mpeg"
        yield Audio(file, found.st_size, content_type, f'"{found.st_mtime_ns:x}-{found.st_size:x}"')


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one caller at a time through for this name, among all processes on this machine; others wait."""
    with _lock(str(zlib.crc32(name.encode()) % _LOCKS)):
        yield


def _kept(key: str) -> BinaryIO | None:
    with suppress(FileNotFoundError):
        return (_folder() / key).open("rb")
    return None


def _fetched(key: str, fetch: Fetch) -> BinaryIO:
    with alone(key):
        if (kept := _kept(key)) is not None:
            return kept
        trouble = f"audio:trouble:{key}"
        if told := shared.recall(trouble):
            raise OutcomeUnknown(told)
        try:
            file = _download(_folder() / key, fetch)
        except CallFireError as error:
            if error.is_transient:
                shared.remember(trouble, error.user_message, _REST_SECONDS)
            raise
    _make_room()
    return file


def _download(path: Path, fetch: Fetch) -> BinaryIO:
    """The whole audio, in its place once it is complete."""
    with NamedTemporaryFile(dir=path.parent, prefix=_UNFINISHED, delete=False) as part:
        try:
            with fetch() as stream:
                _copy(stream, part)
            part.flush()
            return _moved(Path(part.name), path)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise


def _copy(stream: AudioStream, part: IO[bytes]) -> None:
    give_up_at = timezone.now() + MOST_TIME
    for chunk in stream.iter_chunks():
        part.write(chunk)
        if part.tell() > MOST_BYTES:
            raise UnreadableAnswer(f"This audio is larger than {MOST_BYTES // 2**20} MB.")
        if timezone.now() > give_up_at:
            raise OutcomeUnknown("CallFire sends this audio too slowly.")


def _moved(part: Path, path: Path) -> BinaryIO:
    """The file, opened before it takes its place: from then on it may be removed to make room."""
    with ExitStack() as stack:
        file = stack.enter_context(part.open("rb"))
        _played_now(file)
        part.replace(path)
        stack.pop_all()
        return file


def _played_now(file: BinaryIO) -> os.stat_result:
    """What is known of the file, which is from now on the last to leave."""
    found = os.fstat(file.fileno())
    os.utime(file.fileno(), ns=(time.time_ns(), found.st_mtime_ns))
    return found


def _make_room() -> None:
    """Remove what nobody played for longest until the rest fits, and what a crash left behind."""
    folder, room = _folder(), settings.AUDIO_CACHE_MAX_MB * 2**20
    with _lock("room"):
        long_ago = time.time() - _LEFT_BEHIND_SECONDS
        for part in folder.glob(f"{_UNFINISHED}*"):
            with suppress(FileNotFoundError):
                if part.stat().st_mtime < long_ago:
                    part.unlink()
        kept = [(path.stat(), path) for path in folder.iterdir() if not path.name.startswith(".")]
        for found, path in sorted(kept, key=lambda each: each[0].st_atime_ns, reverse=True):
            room -= found.st_size
            if room < 0:
                path.unlink()


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
