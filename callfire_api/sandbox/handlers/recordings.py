"""Recordings of calls and their audio."""

import re

from callfire_api.sandbox.errors import RefusalError, error_body, title
from callfire_api.sandbox.exchange import Json, Reply, json_reply
from callfire_api.sandbox.rows import recording_bytes
from callfire_api.sandbox.visit import Visit


def of_call(visit: Visit, call_id: int) -> Json:
    return {"items": visit.world.recordings(*visit.world.find_call(call_id))}


def get(visit: Visit, recording_id: int) -> Json:
    return visit.world.find_recording(recording_id)


def get_mp3(visit: Visit, recording_id: int) -> Reply:
    return _mp3_of(visit, visit.world.find_recording(recording_id))


def by_name(visit: Visit, call_id: int, name: str) -> Json:
    for recording in of_call(visit, call_id)["items"]:
        if recording["name"] == name:
            return dict(recording)
    raise RefusalError(404, f"Call {call_id} has no recording named {name}.")


def mp3_by_name(visit: Visit, call_id: int, name: str) -> Reply:
    return _mp3_of(visit, by_name(visit, call_id, name))


def audio(visit: Visit) -> Reply:
    """The sound file, served the way the switches say."""
    switches = visit.switches
    if switches.mp3_redirect_to is not None:
        return Reply(302, headers={"Location": switches.mp3_redirect_to})
    if switches.mp3_json_error:
        return json_reply(error_body(500, title(500), "the audio could not be read", switches))
    reply = Reply(
        body=recording_bytes(),
        content_type=switches.mp3_content_type,
        omit_length=switches.mp3_omit_length,
        cut_after=switches.mp3_cut_after_bytes,
        bytes_per_second=switches.mp3_drip_bytes_per_second,
    )
    if switches.mp3_supports_range:
        reply.headers["Accept-Ranges"] = "bytes"
        _cut_to_range(reply, visit.headers.get("range", ""))
    return reply


def _mp3_of(visit: Visit, recording: Json) -> Reply:
    if recording["state"] != "READY":
        raise RefusalError(
            visit.switches.recording_not_ready_status, f"The recording is {recording['state']}."
        )
    return audio(visit)


def _cut_to_range(reply: Reply, header: str) -> None:
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", header.strip())
    if asked is None or asked.groups() == ("", ""):
        return
    size = len(reply.body)
    first, last = asked.groups()
    begin = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if begin > end:
        reply.status, reply.body = 416, b""
        reply.headers["Content-Range"] = f"bytes */{size}"
        return
    reply.status, reply.body = 206, reply.body[begin : end + 1]
    reply.headers["Content-Range"] = f"bytes {begin}-{end}/{size}"
