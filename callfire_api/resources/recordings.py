"""Recordings by their own id: `/calls/recordings`."""

from callfire_api.audio import AudioStream
from callfire_api.models import Recording
from callfire_api.resources.base import Resource
from callfire_api.wire import query, read


class Recordings(Resource):
    """What is known of a recording, and its audio.

    Both take the recording's id, as the SDK's tests do. The OpenAPI speaks of a call's id for the
    audio; by that one could hear somebody else.
    """

    def get(self, id: int, *, fields: str | None = None) -> Recording:
        """About one recording. Only in state READY is there audio."""
        return read(Recording, self._transport.read(f"/calls/recordings/{id:d}", query(fields=fields)))

    def open_mp3(self, id: int) -> AudioStream:
        """The audio, to be used in a `with` block.

        A redirect is followed over https only, and the credentials stay behind when the host changes.

        Raises:
            UnreadableAnswer: what came is no audio.
        """
        return self._transport.open_audio(f"/calls/recordings/{id:d}.mp3")
