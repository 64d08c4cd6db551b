"""Audio on its way from CallFire to our disk: one fetch for everybody, in a thread apart from who waits.

A file that still arrives is ``.part-<key>``, locked by the process that fetches it; ``.part-<key>.size``
says how large it will be, and what marks it. Should that process be killed, the kernel lets go of the lock,
and the next listener begins anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, BinaryIO, Final

from django.conf import settings
from django.utils import timezone

from callfire_api import AudioStream, CallFireError, NotSent, OutcomeUnknown, UnreadableAnswer
from callfire_api.audio import BROKE_OFF
from campaigns import shared

Fetch = Callable[[], AudioStream]

MOST_BYTES: Final = 64 * 2**20
# However slowly CallFire sends: longer than this, and it is told as trouble.
MOST_TIME: Final = timedelta(minutes=3)
UNFINISHED: Final = ".part-"
_MOST_AT_ONCE: Final = 8
# Those who waited for a fetch that failed hear of it at once, instead of each trying again in turn.
_REST_SECONDS: Final = 5
_TOO_MANY: Final = "Much audio is being fetched from CallFire already. Try again in a moment."
_DIGESTS: Final = {32: "md5", 40: "sha1", 64: "sha256"}

_places: Final = threading.BoundedSemaphore(_MOST_AT_ONCE)
_registry: Final = threading.Lock()
_under_way: Final[dict[Path, Future[None]]] = {}


@dataclass(frozen=True, slots=True)
class Told:
    """What CallFire told of the audio beforehand; it does not say what ``digest`` is a digest of."""

    size: int | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """How large audio is when whole, and a mark that no other fetch of it shares.

    The mark, in nanoseconds since 1970, is the time of modification of the file once that is whole.
    """

    size: int
    mark: int


def begin(path: Path, fetch: Fetch, told: Told, *, afterwards: Callable[[], None]) -> Future[None] | None:
    """Have the audio fetched into ``path``, unless that is under way already.

    Returns:
        What ends, or fails, with the fetch; None while another process of this machine is fetching it.

    Raises:
        OutcomeUnknown: it failed a moment ago.
        NotSent: as much as we do at once is being fetched already.
    """
    with _registry:
        if path in _under_way:
            return _under_way[path]
        part = _claimed(path)
        if part is None:
            return None
        future: Future[None] = Future()
        if path.exists():
            _give_up(path, part)
            future.set_result(None)
            return future
        sentence = trouble(path)
        if sentence or not _places.acquire(blocking=False):
            _give_up(path, part)
            raise OutcomeUnknown(sentence) if sentence else NotSent(_TOO_MANY)
        _under_way[path] = future
    work = (path, part, fetch, told, afterwards, future)
    threading.Thread(target=_run, args=work, name=f"fetch {path.name}", daemon=True).start()
    return future


def part_of(path: Path) -> Path:
    """The file that becomes ``path`` once it is complete."""
    return path.with_name(f"{UNFINISHED}{path.name}")


def announced(path: Path) -> About | None:
    """What is known of the audio that arrives for ``path``; None when its size is not known (yet)."""
    with suppress(FileNotFoundError, ValueError):
        size, mark = _size_file(path).read_text().split()
        return About(int(size), int(mark))
    return None


def trouble(path: Path) -> str:
    """Why the last fetch failed, for a few seconds after it; empty otherwise."""
    return str(shared.recall(_trouble_key(path)) or "")


def is_doubtful(path: Path) -> bool:
    """Whether what was fetched last contradicts what was told of it; False while Redis does not answer."""
    return shared.recall(_doubt_key(path)) is not None


def is_busy() -> bool:
    """Whether this process is fetching anything."""
    with _registry:
        return bool(_under_way)


def _run(
    path: Path,
    part: BinaryIO,
    fetch: Fetch,
    told: Told,
    afterwards: Callable[[], None],
    future: Future[None],
) -> None:
    failure: BaseException | None = None
    try:
        _download(path, part, fetch, told)
        afterwards()
    except BaseException as error:  # whatever it is, those who wait must hear of it
        failure = error
        if isinstance(error, CallFireError) and error.is_transient:
            shared.remember(_trouble_key(path), error.user_message, _REST_SECONDS)
        _give_up(path, part)
    finally:
        part.close()
        _places.release()
        with _registry:
            del _under_way[path]
    if failure is None:
        future.set_result(None)
    else:
        future.set_exception(failure)


def _download(path: Path, part: BinaryIO, fetch: Fetch, told: Told) -> None:
    mark = time.time_ns()
    with fetch() as stream:
        if stream.length is not None:
            _refuse_if_too_large(stream.length)
            _size_file(path).write_text(f"{stream.length} {mark}\n")
        _copy(stream, part)
        if stream.length not in (None, part.tell()):
            raise UnreadableAnswer("CallFire sent more or less audio than it announced.")
    _refuse_doubtful_once(path, part.tell(), told, ends_by_close=stream.ends_by_close)
    # Nobody heard it yet, but it is not the first to leave.
    os.utime(part.fileno(), ns=(time.time_ns(), mark))
    part_of(path).replace(path)
    _size_file(path).unlink(missing_ok=True)


def _copy(stream: AudioStream, part: IO[bytes]) -> None:
    give_up_at = timezone.now() + MOST_TIME
    for chunk in stream.iter_arriving():
        part.write(chunk)
        part.flush()
        _refuse_if_too_large(part.tell())
        if timezone.now() > give_up_at:
            raise OutcomeUnknown("CallFire sends this audio too slowly.")


def _refuse_if_too_large(size: int) -> None:
    if size > MOST_BYTES:
        raise UnreadableAnswer(f"This audio is larger than {MOST_BYTES // 2**20} MB.")


def _refuse_doubtful_once(path: Path, size: int, told: Told, *, ends_by_close: bool) -> None:
    """Refuse what contradicts what was told, unless as much came the last time too.

    CallFire documents neither the length nor the hash that it tells: both may well speak of the file that the
    mp3 was made from, and then the recording could never be heard. An accident on the way, though, hardly
    ever happens twice at the same byte.
    """
    doubt = _doubt(path, size, told, ends_by_close=ends_by_close)
    if doubt is None:
        shared.forget(_doubt_key(path))
    elif shared.recall(_doubt_key(path)) != size:
        lasts = timedelta(days=settings.AUDIO_RETENTION_DAYS).total_seconds()
        shared.remember(_doubt_key(path), size, lasts)
        raise doubt


def _doubt(path: Path, size: int, told: Told, *, ends_by_close: bool) -> CallFireError | None:
    """Cut off it may be where only the end of the connection ended it; other audio, by size and hash both."""
    if told.size in (None, size):
        return None
    if ends_by_close and size < told.size:
        return OutcomeUnknown(BROKE_OFF)
    algorithm = _DIGESTS.get(len(told.digest))
    if algorithm is None:
        return None
    with part_of(path).open("rb") as file:
        digest = hashlib.file_digest(file, algorithm).hexdigest()
    if digest == told.digest.lower():
        return None
    return UnreadableAnswer("CallFire sent other audio than it told of.")


def _claimed(path: Path) -> BinaryIO | None:
    """The empty file for the audio, locked for this process; None while another one has it."""
    name = part_of(path)
    part = os.fdopen(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    try:
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Between opening and locking it, another process may have completed or removed it.
        if os.fstat(part.fileno()).st_ino == name.stat().st_ino:
            _size_file(path).unlink(missing_ok=True)
            part.truncate(0)
            return part
    except (BlockingIOError, FileNotFoundError):
        pass
    part.close()
    return None


def _give_up(path: Path, part: BinaryIO) -> None:
    """Remove what arrived, then let go of the lock."""
    _size_file(path).unlink(missing_ok=True)
    part_of(path).unlink(missing_ok=True)
    part.close()


def _size_file(path: Path) -> Path:
    return path.with_name(f"{UNFINISHED}{path.name}.size")


def _trouble_key(path: Path) -> str:
    return f"audio:trouble:{path}"


def _doubt_key(path: Path) -> str:
    return f"audio:doubt:{path}"
