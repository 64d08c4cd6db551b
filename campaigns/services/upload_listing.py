"""The list of uploads: who brought what for which broadcast, how far it is, and what waits for somebody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, Sum

from campaigns.labels import Badge, upload_badge
from campaigns.models import Chunk, Upload
from campaigns.services import upload_bars
from campaigns.services.upload_bars import Part
from campaigns.states import ChunkState, UploadState

BEFORE: Final = frozenset({UploadState.CHECKING, UploadState.UNREADABLE, UploadState.CHECKED})
MOVING: Final = frozenset({UploadState.CHECKING, UploadState.HANDING_OVER, UploadState.FOLLOWING})
ENDED: Final = frozenset({UploadState.DONE, UploadState.CANCELLED})
TAKEN: Final = (ChunkState.CONFIRMED, ChunkState.ACTIVE, ChunkState.FAULTY)
GAPS: Final = (ChunkState.FAULTY, ChunkState.REFUSED, ChunkState.LEFT_OUT)
_PER_PAGE: Final = 25
_FEW: Final = 4
_EVERY: Final = 3.0

_REFUSED: Final = Exists(Chunk.objects.filter(upload=OuterRef("pk"), state=ChunkState.REFUSED))
_WAITS: Final = Q(state__in=[UploadState.CHECKED, UploadState.PAUSED], files_removed_at=None)
_NEEDING: Final = _WAITS | (~Q(state=UploadState.CANCELLED) & Q(_REFUSED))
_SHOWN: Final[Mapping[str, tuple[str, Q]]] = {
    "": ("All", Q()),
    "needing": ("Needs somebody", _NEEDING),
    "moving": ("Under way", Q(state__in=MOVING)),
    "ended": ("Ended", Q(state__in=ENDED)),
}
SHOWN: Final = tuple(_SHOWN)


@dataclass(frozen=True, slots=True)
class UploadQuery:
    """What the list shows; ``shown`` is one of ``SHOWN``."""

    shown: str = ""
    broadcast_id: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One upload of a list."""

    upload: Upload
    badge: Badge
    parts: tuple[Part, ...]
    taken: int
    uncertain: int
    refused: int
    rejected: int

    @property
    def is_before(self) -> bool:
        """Whether nobody has said yet that its people are to be handed over."""
        return self.upload.state in BEFORE

    @property
    def is_moving(self) -> bool:
        """Whether the row changes by itself."""
        return self.upload.state in MOVING

    @property
    def in_words(self) -> str:
        """What the bar shows."""
        if self.upload.source == Upload.Source.CONTACT_LIST:
            return "A contact list, of which CallFire knows who is in it"
        if self.is_before:
            return f"{self.upload.accepted:,} accepted, {self.rejected:,} left out"
        said = f"{self.taken:,} of {self.upload.accepted:,} people handed over"
        said += f", {self.uncertain:,} uncertain" if self.uncertain else ""
        return said + (f", {self.refused:,} refused" if self.refused else "")


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter over the list, with how many uploads it would show."""

    name: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class UploadPage:
    """One page of uploads, newest first. ``every`` is None when nothing on it changes by itself."""

    query: UploadQuery
    rows: Sequence[Row]
    chips: Sequence[Chip]
    total: int
    page: int
    pages: int
    first: int
    last: int
    every: float | None


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest uploads for one broadcast, for a panel on its page."""

    broadcast_id: int
    rows: Sequence[Row]
    every: float | None


def recent(*, most: int = 6) -> list[tuple[Upload, Badge]]:
    """The newest uploads, each with where it stands."""
    gap = Exists(Chunk.objects.filter(upload=OuterRef("pk"), state__in=GAPS))
    uploads = Upload.objects.select_related("by").annotate(has_gap=gap)
    return [(upload, upload_badge(upload.state, has_gap=upload.has_gap)) for upload in uploads[:most]]


def find(query: UploadQuery) -> UploadPage:
    """The page of uploads the query asks for; a page past the end gives the last one."""
    uploads = Upload.objects.select_related("by")
    if query.broadcast_id is not None:
        uploads = uploads.filter(broadcast_id=query.broadcast_id)
    paginator = Paginator(uploads.filter(_SHOWN[query.shown][1]), _PER_PAGE)
    page = paginator.get_page(query.page)
    rows = rows_of(list(page.object_list))
    return UploadPage(
        query=query,
        rows=rows,
        chips=[
            Chip(name, label, uploads.filter(fits).count(), chosen=name == query.shown)
            for name, (label, fits) in _SHOWN.items()
        ],
        total=paginator.count,
        page=page.number,
        pages=paginator.num_pages,
        first=page.start_index(),
        last=page.end_index(),
        every=_every(rows),
    )


def newest(broadcast_id: int) -> Newest:
    """The newest uploads for this broadcast."""
    uploads = Upload.objects.select_related("by").filter(broadcast_id=broadcast_id)
    rows = rows_of(uploads[:_FEW])
    return Newest(broadcast_id, rows, _every(rows))


def rows_of(uploads: Iterable[Upload]) -> list[Row]:
    """These uploads as rows of a list, in their order, with one query for all their chunks."""
    listed = list(uploads)
    if not listed:
        return []
    sums = (
        Chunk.objects.filter(upload__in=listed)
        .order_by()
        .values_list("upload_id", "state")
        .annotate(people=Sum("rows"))
    )
    people: dict[int, dict[str, int]] = defaultdict(dict)
    for upload_id, state, count in sums:
        people[upload_id][state] = count
    return [_row(upload, people[upload.pk]) for upload in listed]


def under_way() -> list[Row]:
    """What is being checked or handed over right now, newest first."""
    return rows_of(Upload.objects.select_related("by").filter(state__in=MOVING))


def needing_somebody(*, most: int = 5) -> list[Row]:
    """What goes on only when somebody decides, newest first."""
    return rows_of(Upload.objects.select_related("by").filter(_NEEDING)[:most])


def needing_count() -> int:
    """How many uploads go on only when somebody decides."""
    return Upload.objects.filter(_NEEDING).count()


def checked_share(upload: Upload) -> float:
    """How much of the file is checked, between 0 and 1."""
    if upload.state != UploadState.CHECKING:
        return 1.0
    return min(upload.bytes_checked / upload.size, 1.0) if upload.size else 0.0


def _every(rows: Sequence[Row]) -> float | None:
    return _EVERY if any(row.is_moving for row in rows) else None


def _row(upload: Upload, people: Mapping[str, int]) -> Row:
    rejected = sum(upload.rejected.values())
    is_before = upload.state in BEFORE
    return Row(
        upload=upload,
        badge=upload_badge(upload.state, has_gap=any(state in people for state in GAPS)),
        parts=upload_bars.checked(accepted=upload.accepted, rejected=rejected, done=checked_share(upload))
        if is_before
        else upload_bars.handed_over(people),
        taken=sum(people.get(state, 0) for state in TAKEN),
        uncertain=people.get(ChunkState.UNCERTAIN, 0),
        refused=people.get(ChunkState.REFUSED, 0),
        rejected=rejected,
    )
