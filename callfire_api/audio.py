"""A recording or a sound on its way from CallFire, chunk by chunk."""

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from callfire_api.errors import OutcomeUnknown, UnreadableAnswer

CHUNK_BYTES = 64 * 1024
HEAD_BYTES = 16
BROKE_OFF = "CallFire broke off in the middle of this audio."
NEVER_AUDIO = frozenset({"application/json", "text/html"})


def sniffed_type(head: bytes) -> str | None:
    """The media type that the first bytes of a file show; None when they show no audio we know."""
    if head.startswith(b"RIFF"):
        return "audio/wav"
    if head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0):
        return "audio/mpeg"
    return None


class AudioStream:
    """Audio to be read once, in a `with` block, so that the connection goes back to the pool.

    The OpenAPI declares this answer as JSON and describes it as audio. By our decision, what comes declared
    as JSON or HTML is an error, whatever the status and the bytes. Under any other label the bytes decide,
    and the declared type only where they are silent.

    Attributes:
        content_type: what the bytes are, fit for a `Content-Type` header.
        declared_type: what CallFire called them, "" when it said nothing.
        length: how many bytes there are, None when CallFire does not say.
        ends_by_close: whether the connection merely closes after the last byte. Where that is so, audio that
            broke off looks like audio that ended; everywhere else breaking off is an error.
    """

    content_type: str
    declared_type: str
    length: int | None
    ends_by_close: bool

    def __init__(
        self,
        chunks: Iterator[bytes],
        close: Callable[[], None],
        *,
        declared_type: str,
        length: int | None,
        chunked: bool = False,
    ) -> None:
        """Take over `chunks` of any size.

        Raises:
            UnreadableAnswer: this is no audio: JSON, a page, declared as one of them, or nothing.
            OutcomeUnknown: the answer stopped before its first byte.
        """
        self._chunks = chunks
        self._close = close
        self._head = b""
        while len(self._head) < HEAD_BYTES and (chunk := next(chunks, b"")):
            self._head += chunk
        self.declared_type = declared_type
        self.length = length
        self.ends_by_close = length is None and not chunked
        self.content_type = self._recognise()

    def _recognise(self) -> str:
        media_type = self.declared_type.partition(";")[0].strip().lower()
        sniffed = sniffed_type(self._head)
        if sniffed and media_type not in NEVER_AUDIO:
            return sniffed
        looks_like_text = self._head.lstrip()[:1] in (b"", b"{", b"[", b"<")
        if looks_like_text or not (
            media_type.startswith("audio/") or media_type == "application/octet-stream"
        ):
            raise UnreadableAnswer("CallFire sent no audio.", detail=f"declared as {media_type or 'nothing'}")
        return media_type

    def iter_chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """The bytes from the beginning, in chunks of `size` but for the last.

        Raises:
            OutcomeUnknown: the audio stopped before its end.
        """
        rest = bytearray(self._head)
        for chunk in self._following():
            rest += chunk
            while len(rest) >= size:
                yield bytes(rest[:size])
                del rest[:size]
        while rest:
            yield bytes(rest[:size])
            del rest[:size]

    def iter_arriving(self) -> Iterator[bytes]:
        """The bytes from the beginning, each piece as soon as it is here, however small.

        Raises:
            OutcomeUnknown: the audio stopped before its end.
        """
        yield self._head
        yield from self._following()

    def _following(self) -> Iterator[bytes]:
        try:
            yield from self._chunks
        except OutcomeUnknown as error:
            raise OutcomeUnknown(BROKE_OFF, detail=error.detail) from None

    def close(self) -> None:
        """Give the connection back; the audio cannot be read any further."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
