"""How audio is answered: whole, or in the parts a player asks for, and never so much that a thread waits."""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags

from campaigns.services.audio import Audio

# Players ask for "everything from here"; they get this much and ask again. A slow listener then never
# holds a thread, because the bytes leave it at once.
MOST_AT_ONCE: Final = 256 * 1024
_RANGE: Final = re.compile(r"bytes\s*=\s*([0-9]*)\s*-\s*([0-9]*)", re.IGNORECASE)


def answer(request: HttpRequest, audio: Audio) -> HttpResponse:
    """The audio, or the part of it that the request names: 200, 206, 304 or 416.

    Of audio that still arrives, a 206 has what is here of the part.

    Raises:
        NotThereYet: nothing of it is here.
    """
    wanted = request.headers.get("Range", "") if request.method == "GET" else ""
    if request.headers.get("If-Range", audio.etag) != audio.etag:
        wanted = ""
    span = span_of(wanted, audio.size)
    known = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    if not known.isdisjoint({audio.etag, "*"}):
        response = HttpResponse(status=304)
    elif span is None:
        body = audio.whole() if request.method == "GET" else b""
        response = HttpResponse(body, headers={"Content-Length": str(audio.size)})
    elif not span:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{audio.size}"})
    else:
        span = audio.there(span)
        place = f"bytes {span.start}-{span.stop - 1}/{audio.size}"
        response = HttpResponse(audio.read(span), status=206, headers={"Content-Range": place})
    response["Content-Type"] = audio.content_type
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = audio.etag
    response["Cache-Control"] = "private, max-age=3600"
    return response


def span_of(header: str, size: int) -> range | None:
    """The positions that a ``Range`` header names, at most ``MOST_AT_ONCE`` of them, in ``size`` bytes.

    None for a header to be ignored (none, several ranges, another unit, nonsense); empty when it names
    nothing that exists.
    """
    asked = _RANGE.fullmatch(header.strip())
    if asked is None or asked.groups() == ("", ""):
        return None
    first, last = asked.groups()
    if not first:
        begin, end = max(0, size - _whole(last)), size
    else:
        begin, end = _whole(first), _whole(last) + 1 if last else size
        if last and end <= begin:
            return None
    return range(min(begin, size), min(end, size, begin + MOST_AT_ONCE))


def _whole(digits: str) -> int:
    """The number, or one as far beyond every file when there are too many digits to read."""
    return int(digits.lstrip("0")[:20] or "0")
