"""The chunks of one upload, as its page shows them: a few or all, and those that need words of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404

from campaigns.models import Chunk, Upload
from campaigns.services.books import Books
from campaigns.states import ChunkState

_FEW: Final = 8
_PER_PAGE: Final = 50
_MOST_TOLD: Final = 3
# What waits for a decision comes first, then what moves, then what is still to come.
_RANKS: Final = (
    (ChunkState.UNCERTAIN, ChunkState.REFUSED, ChunkState.FAULTY),
    (ChunkState.SENDING,),
    (ChunkState.CONFIRMED,),
    (ChunkState.WAITING,),
    (ChunkState.LEFT_OUT,),
)


@dataclass(frozen=True, slots=True)
class ChunkQuery:
    """Which chunks are shown: the few that matter most, or a page of all in their order."""

    everything: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class ChunkPage:
    """The chunks that are shown, of how many."""

    chunks: Sequence[Chunk]
    total: int
    page: int
    pages: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Telling:
    """Chunks that need words of their own: the first few, and how many people are in all of them."""

    chunks: Sequence[Chunk]
    count: int
    people: int

    @property
    def more(self) -> int:
        """How many are not among the first few."""
        return self.count - len(self.chunks)


@dataclass(frozen=True, slots=True)
class Twin:
    """A second batch of the people of a chunk, and whether it is switched off."""

    chunk: Chunk
    batch_id: int
    is_off: bool


def find(upload: Upload, query: ChunkQuery, total: int) -> ChunkPage:
    """The chunks the query asks for, of ``total``; a page past the end gives the last one."""
    chunks = upload.chunks.all()
    if not query.everything:
        ranks = [When(state__in=states, then=Value(rank)) for rank, states in enumerate(_RANKS)]
        rank = Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())
        few = list(chunks.annotate(rank=rank).order_by("rank", "number")[:_FEW])
        return ChunkPage(few, total, 1, 1, 1, len(few))
    page = Paginator(chunks, _PER_PAGE).get_page(query.page)
    return ChunkPage(
        list(page.object_list),
        total,
        page.number,
        page.paginator.num_pages,
        page.start_index(),
        page.end_index(),
    )


def telling(upload: Upload, state: ChunkState, figures: Books) -> Telling:
    """The chunks in this state, of which the books say how many there are."""
    count = figures.chunks.get(state, 0)
    chunks = list(upload.chunks.filter(state=state)[:_MOST_TOLD]) if count else []
    return Telling(chunks, count, figures.people.get(state, 0))


def twins(upload: Upload) -> list[Twin]:
    """The batches that hold people of this upload a second time."""
    return [
        Twin(chunk, int(twin["id"]), bool(twin["disabled"]))
        for chunk in upload.chunks.exclude(twins=[])
        for twin in chunk.twins
    ]


def chunk_of(upload: Upload, number: int) -> Chunk:
    """The chunk with this number.

    Raises:
        Http404: the upload has none.
    """
    chunk = upload.chunks.filter(number=number).first()
    if chunk is None:
        raise Http404("This upload has no such chunk.")
    chunk.upload = upload
    return chunk
