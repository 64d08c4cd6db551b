"""Audio that broadcasts play: `/campaigns/sounds`."""

from collections.abc import Iterator
from functools import partial
from typing import TypedDict, Unpack

from callfire_api.audio import AudioStream
from callfire_api.models import Sound
from callfire_api.pagination import DEFAULT_LIMIT, DEFAULT_MAX_PAGES, Page, check_limit, read_page, walk
from callfire_api.resources.base import Resource
from callfire_api.wire import clean_text, query, read


class SoundFilters(TypedDict, total=False):
    """What `Sounds.find` and `Sounds.iterate` can narrow a list by."""

    filter: str | None
    include_archived: bool | None
    include_pending: bool | None
    include_scrubbed: bool | None
    fields: str | None


class Sounds(Resource):
    """The account's sounds."""

    def find(
        self,
        *,
        filter: str | None = None,
        include_archived: bool | None = None,
        include_pending: bool | None = None,
        include_scrubbed: bool | None = None,
        fields: str | None = None,
        limit: int = DEFAULT_LIMIT,
        offset: int = 0,
    ) -> Page[Sound]:
        """One page of sounds.

        Args:
            filter: has this in its name.
            include_archived: archived ones too.
            include_pending: ones still being made too.
            include_scrubbed: ones whose audio was removed too.
            fields: which properties to send, e.g. `limit,offset,totalCount,items(id,name)`.
            limit: how many, from 1 to 1000.
            offset: how many to skip.
        """
        parameters = query(
            filter=filter,
            include_archived=include_archived,
            include_pending=include_pending,
            include_scrubbed=include_scrubbed,
            fields=fields,
            limit=check_limit(limit),
            offset=offset,
        )
        return read_page(Sound, self._transport.read("/campaigns/sounds", parameters))

    def iterate(
        self,
        *,
        page_size: int = DEFAULT_LIMIT,
        max_pages: int = DEFAULT_MAX_PAGES,
        **filters: Unpack[SoundFilters],
    ) -> Iterator[Sound]:
        """Every sound that `find` can reach, once."""
        fetch = partial(self.find, **filters)
        return walk(
            lambda limit, offset: fetch(limit=limit, offset=offset), page_size=page_size, max_pages=max_pages
        )

    def get(self, id: int, *, fields: str | None = None) -> Sound:
        """One sound."""
        return read(Sound, self._transport.read(f"/campaigns/sounds/{id:d}", query(fields=fields)))

    def text_to_speech(self, message: str, voice: str, *, fields: str | None = None) -> Sound:
        """Make a sound of text: what people would hear. It stays in the account's library.

        Args:
            message: what is said.
            voice: who says it; see `Voice`.
            fields: which properties to send back, e.g. `id,status`.

        Raises:
            OutcomeUnknown: the sound may have been made.
        """
        body = {"message": clean_text(message), "voice": str(voice)}
        return read(
            Sound,
            self._transport.write_and_read("POST", "/campaigns/sounds/tts", query(fields=fields), body),
        )

    def open_mp3(self, id: int) -> AudioStream:
        """Its audio, to be used in a `with` block."""
        return self._transport.open_audio(f"/campaigns/sounds/{id:d}.mp3")
