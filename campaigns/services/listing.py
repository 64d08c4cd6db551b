"""The list of broadcasts: which snapshots match, in which order, a page of them.

CallFire's own list has no status filter, no sort and hides archived broadcasts for ever. This one has all
of that, costs no request to CallFire, and says how old it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

from callfire_api import BroadcastStatus
from campaigns.actions import DIALLING
from campaigns.labels import STATUS_GROUPS, in_a_row, shown_labels
from campaigns.models import BroadcastSnapshot, SnapshotLabel
from campaigns.services.outcomes import Outcomes, read
from campaigns.services.snapshots import Freshness, freshness


@dataclass(frozen=True, slots=True)
class BroadcastQuery:
    """What the list shows: a page of snapshots that match."""

    text: str = ""
    statuses: tuple[str, ...] = ()
    label: str = ""
    running: bool | None = None
    sort: str = "-changed"
    page: int = 1
    per_page: int = 25

    @property
    def in_words(self) -> str:
        """What is filtered by: "the words “grid”, the label “outage” and the chosen status"."""
        parts = [f"the words “{self.text}”"] if self.text else []
        parts += [f"the label “{self.label}”"] if self.label else []
        parts += ["the chosen status"] if self.statuses or self.running is not None else []
        return in_a_row(parts, "and")

    @property
    def may_be_id(self) -> bool:
        """Whether the words may be the id of a call or a recording instead."""
        return self.text.isascii() and self.text.isdigit()


@dataclass(frozen=True, slots=True)
class Group:
    """A status filter of the list, with how many broadcasts it would show."""

    name: str
    label: str
    statuses: tuple[str, ...]
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One broadcast of a list: what we last saw of it, and its figures."""

    snapshot: BroadcastSnapshot
    outcomes: Outcomes

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels people gave it."""
        return shown_labels(self.snapshot.labels)

    @property
    def is_live(self) -> bool:
        """Whether the row changes by itself."""
        return BroadcastStatus(self.snapshot.status) in DIALLING


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """One page of the list. ``total`` counts all that match, ``everything`` all that is not archived."""

    rows: Sequence[Row]
    total: int
    everything: int
    page: int
    pages: int
    first: int
    last: int
    groups: Sequence[Group]
    all_chosen: bool
    known_labels: Sequence[str]
    freshness: Freshness


def find(query: BroadcastQuery) -> SnapshotPage:
    """The page of snapshots the query asks for; a page past the end gives the last one."""
    known = BroadcastSnapshot.objects.filter(gone_at=None)
    matching = _narrowed(known, query)
    shown = _of_statuses(matching, query.statuses)
    paginator = Paginator(_sorted(shown, query.sort), query.per_page)
    page = paginator.get_page(query.page)
    by_status = dict(matching.order_by().values_list("status").annotate(n=Count("pk")))
    groups = _groups(by_status, query.statuses)
    return SnapshotPage(
        rows=[row_of(snapshot) for snapshot in page.object_list],
        total=paginator.count,
        everything=sum(by_status.values()) - by_status.get(BroadcastStatus.ARCHIVED, 0),
        page=page.number,
        pages=paginator.num_pages,
        first=page.start_index(),
        last=page.end_index(),
        groups=groups,
        all_chosen=not query.statuses,
        known_labels=known_labels(),
        freshness=freshness(),
    )


def row_of(snapshot: BroadcastSnapshot) -> Row:
    """The snapshot as a row of a list."""
    return Row(snapshot, read(snapshot.counters))


def known_labels() -> tuple[str, ...]:
    """Every label that people gave a broadcast, in the order of the alphabet."""
    labels = SnapshotLabel.objects.order_by("label").values_list("label", flat=True).distinct()
    return shown_labels(list(labels))


def _narrowed(snapshots: QuerySet[BroadcastSnapshot], query: BroadcastQuery) -> QuerySet[BroadcastSnapshot]:
    if query.text:
        wanted = Q(name_folded__contains=query.text.casefold())
        if query.text.isascii() and query.text.isdigit() and len(query.text) < 19:
            wanted |= Q(pk=int(query.text))
        snapshots = snapshots.filter(wanted)
    if query.label:
        snapshots = snapshots.filter(label_rows__label=query.label)
    if query.running is not None:
        is_running = Q(status=BroadcastStatus.RUNNING)
        snapshots = snapshots.filter(is_running if query.running else ~is_running)
    return snapshots


def _of_statuses(
    snapshots: QuerySet[BroadcastSnapshot], statuses: tuple[str, ...]
) -> QuerySet[BroadcastSnapshot]:
    if statuses:
        return snapshots.filter(status__in=statuses)
    return snapshots.exclude(status=BroadcastStatus.ARCHIVED)


def _sorted(snapshots: QuerySet[BroadcastSnapshot], sort: str) -> QuerySet[BroadcastSnapshot]:
    backwards = "-" if sort.startswith("-") else ""
    match sort.removeprefix("-"):
        case "name":
            return snapshots.order_by(f"{backwards}name_folded", "id")
        case "status":
            ranks = [
                When(status__in=group.statuses, then=Value(rank)) for rank, group in enumerate(STATUS_GROUPS)
            ]
            rank = Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())
            return snapshots.annotate(rank=rank).order_by(f"{backwards}rank", "-last_modified", "-id")
        case _:
            changed = F("last_modified")
            by_change = changed.desc(nulls_last=True) if backwards else changed.asc(nulls_last=True)
            return snapshots.order_by(by_change, f"{backwards}id")


def _groups(by_status: dict[str, int], chosen: tuple[str, ...]) -> list[Group]:
    return [
        Group(
            name=group.name,
            label=group.label,
            statuses=tuple(group.statuses),
            count=sum(by_status.get(status, 0) for status in group.statuses),
            chosen=bool(chosen) and set(chosen) == {str(status) for status in group.statuses},
        )
        for group in STATUS_GROUPS
    ]
