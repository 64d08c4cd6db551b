"""The sound library: what broadcasts play."""

from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP

from callfire_api.sandbox import paging
from callfire_api.sandbox.errors import RefusalError, ViolationError
from callfire_api.sandbox.exchange import Json, Reply
from callfire_api.sandbox.visit import Visit

from .recordings import audio

_HIDDEN_UNLESS = {
    "ARCHIVED": "includeArchived",
    "UPLOAD": "includePending",
    "RECORDING": "includePending",
    "SCRUBBED": "includeScrubbed",
}
_AUDIO_STARTS = (b"ID3", b"RIFF", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")


def find(visit: Visit) -> Json:
    text = visit.query.get("filter", "").casefold()
    rows = [
        _shown(sound)
        for sound in reversed(visit.world.sounds.values())
        if text in sound["name"].casefold()
        and (sound["status"] not in _HIDDEN_UNLESS or visit.query.get(_HIDDEN_UNLESS[sound["status"]]))
    ]
    return paging.answer(visit.query, visit.switches, paging.of(rows))


def get(visit: Visit, sound_id: int) -> Json:
    return _shown(_find(visit, sound_id))


def get_mp3(visit: Visit, sound_id: int) -> Reply:
    status = _find(visit, sound_id)["status"]
    if not status.startswith("ACTIVE"):
        raise RefusalError(404, f"The sound is {status}.")
    return audio(visit)


def create_from_text(visit: Visit) -> Json:
    return get(visit, visit.world.new_sound(visit.body["message"]))


def create_from_file(visit: Visit) -> Json:
    """A file that was sent before gives the same sound again, marked as a duplicate."""
    parts = _parts(visit)
    content = parts.get("file", b"")
    if not content.startswith(_AUDIO_STARTS):
        raise ViolationError("file must be an mp3 or wav")
    name = parts.get("name", b"").decode() or "My sound file"
    number, duplicate = visit.world.sound_of_file(content, name)
    return {**get(visit, number), "duplicate": duplicate}


def _find(visit: Visit, sound_id: int) -> Json:
    if sound_id not in visit.world.sounds:
        raise RefusalError(404, f"Sound {sound_id} was not found.")
    return visit.world.sounds[sound_id]


def _shown(sound: Json) -> Json:
    return dict(sound)


def _parts(visit: Visit) -> dict[str, bytes]:
    content_type = visit.headers.get("content-type", "")
    if not content_type.startswith("multipart/form-data"):
        raise ViolationError("the file must be sent as multipart/form-data")
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message: Message = BytesParser(policy=HTTP).parsebytes(head + visit.raw_body)
    parts: dict[str, bytes] = {}
    for part in message.get_payload() if message.is_multipart() else ():
        if isinstance(part, Message):
            content = part.get_payload(decode=True)
            name = part.get_param("name", header="content-disposition")
            parts[str(name)] = content if isinstance(content, bytes) else b""
    return parts
