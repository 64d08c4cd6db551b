"""The page of one upload: how far it is, whether its books balance, and what waits for a decision.

Everything comes from our own tables; CallFire is never asked here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from campaigns.labels import CHUNKS, Badge, Tone, as_sentence, reason_badge, upload_badge
from campaigns.models import AuditEvent, Upload
from campaigns.services import audit, books, chunk_listing, disabling, following, health, ledger, upload_bars
from campaigns.services.books import Books
from campaigns.services.chunk_listing import ChunkPage, ChunkQuery, Telling, Twin
from campaigns.services.ledger import Ledger
from campaigns.services.upload_bars import Part
from campaigns.services.upload_listing import BEFORE, ENDED, GAPS, MOVING, checked_share
from campaigns.states import UPLOAD_TRANSITIONS, ChunkState, UploadState

_TOLD_AS: Final = (
    ChunkState.ACTIVE,
    ChunkState.CONFIRMED,
    ChunkState.FAULTY,
    ChunkState.SENDING,
    ChunkState.UNCERTAIN,
    ChunkState.REFUSED,
    ChunkState.WAITING,
    ChunkState.LEFT_OUT,
    ChunkState.CANCELLED,
)
_EVERY: Final = {
    UploadState.CHECKING: 1.0,
    UploadState.HANDING_OVER: 2.0,
    UploadState.FOLLOWING: 3.0,
}
_SETTLING_EVERY: Final = 3.0
# Somebody else may decide.
_WAITING_EVERY: Final = 10.0
_SETTLING: Final = (ChunkState.SENDING, ChunkState.UNCERTAIN, ChunkState.CONFIRMED)
_AFTERWARDS: Final = frozenset({UploadState.FOLLOWING, UploadState.DONE, UploadState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing moves, or what somebody has to know first."""

    tone: Tone
    headline: str
    text: str


@dataclass(frozen=True, slots=True)
class UploadPanel:
    """What the page shows.

    ``kept`` is how many batches CallFire has that are on, as far as we know, once nothing more is sent.
    ``every`` is None when nothing changes by itself any more.
    """

    upload: Upload
    badge: Badge
    books: Books
    ledger: Ledger
    checked: tuple[Part, ...]
    handed_over: tuple[Part, ...]
    uncertain: Telling
    refused: Telling
    faulty: Telling
    twins: Sequence[Twin]
    locks_start: bool
    kept: int
    is_disabling: bool
    trouble: Trouble | None
    shown: ChunkPage
    as_of: datetime
    every: float | None

    @property
    def version(self) -> str:
        """What a browser that already shows this version need not be sent again."""
        told = [
            (chunk.number, chunk.looks, chunk.not_before, chunk.problem)
            for telling in (self.uncertain, self.refused, self.faulty)
            for chunk in telling.chunks
        ]
        strays = [(twin.batch_id, twin.is_off) for twin in self.twins]
        counts = sorted(self.books.chunks.items()), self.checked_in_words, self.pace_in_words, self.kept
        looked_at = self.upload.looked_at if self.uncertain.count else None
        return _digest(
            self.upload.state,
            counts,
            self.ledger,
            self.trouble,
            told,
            looked_at,
            strays,
            self.is_disabling,
            self.locks_start,
        )

    @property
    def head_version(self) -> str:
        """The same for the head of the page."""
        return _digest(self.badge, self.books.rejected_total, self.upload.files_removed_at, self.kept)

    @property
    def age(self) -> str:
        """Final once nothing changes any more."""
        return "" if self.every else "final"

    @property
    def is_before(self) -> bool:
        """Whether nobody has said yet that its people are to be handed over."""
        return self.upload.state in BEFORE

    @property
    def ways(self) -> frozenset[UploadState]:
        """The states it may be put into."""
        return UPLOAD_TRANSITIONS[UploadState(self.upload.state)]

    @property
    def checked_share(self) -> float | None:
        """How much of the file is checked, None once all of it is."""
        return checked_share(self.upload) if self.upload.state == UploadState.CHECKING else None

    @property
    def checked_in_words(self) -> str:
        """What the bar of the check shows."""
        return f"{self.upload.accepted:,} accepted, {self.books.rejected_total:,} left out"

    @property
    def handed_over_in_words(self) -> str:
        """What the bar of the hand-over shows."""
        counts = [(CHUNKS[state].label.lower(), self.books.chunks.get(state, 0)) for state in _TOLD_AS]
        said = [f"{count:,} {word}" for word, count in counts if count]
        off = f"; {self.off:,} of them switched off" if self.off else ""
        return f"Chunks: {', '.join(said)}{off}" if said else "Nothing was sent yet"

    @property
    def off(self) -> int:
        """How many batches are off at CallFire, as far as we know, once nothing more is sent."""
        taken = sum(self.books.chunks.get(state, 0) for state in books.TAKEN)
        return taken - self.kept if self.upload.state in _AFTERWARDS else 0

    @property
    def tells_kept(self) -> bool:
        """Whether what CallFire has of it needs words: more than was wanted, or all of it off."""
        is_news = self.upload.state == UploadState.CANCELLED or self.is_disabling or not self.kept
        return self.upload.state in _AFTERWARDS and self.has_batches and is_news

    @property
    def pace_in_words(self) -> str:
        """How fast people reach CallFire, and about how long the rest takes; empty unless they do."""
        if self.upload.state != UploadState.HANDING_OVER or not self.books.rate_overall:
            return ""
        average = f"{self.books.rate_overall:,.0f} people a minute on average"
        if not self.books.rate_now:
            return f"Nobody was confirmed within the last minute; {average}."
        said = f"{self.books.rate_now:,.0f} a minute now, {average}"
        return f"{said}, {_span(*self.books.time_left)} left." if self.books.time_left else f"{said}."

    @property
    def left_out(self) -> list[tuple[Badge, int]]:
        """Why rows were left out, and how many for each reason; the most frequent first."""
        by_count = sorted(self.books.rejected.items(), key=lambda each: -each[1])
        return [(reason_badge(reason), rows) for reason, rows in by_count if rows]

    @property
    def has_batches(self) -> bool:
        """Whether CallFire has anything of it."""
        return any(self.books.chunks.get(state) for state in books.TAKEN)

    @property
    def unsettled(self) -> int:
        """People of whom it is not known yet whether CallFire has them."""
        return self.books.in_flight + self.books.uncertain


def read(upload: Upload, query: ChunkQuery) -> UploadPanel:
    """The panel of this upload as it stands now."""
    figures = books.of(upload)
    state = UploadState(upload.state)
    kept, is_disabling = _kept(upload) if state in _AFTERWARDS else (0, False)
    twins = chunk_listing.twins(upload)
    is_settling = is_disabling or any(figures.chunks.get(chunk_state) for chunk_state in _SETTLING)
    every = _EVERY.get(state, _SETTLING_EVERY if is_settling else None if state in ENDED else _WAITING_EVERY)
    return UploadPanel(
        upload=upload,
        badge=upload_badge(state, has_gap=any(figures.chunks.get(gap) for gap in GAPS)),
        books=figures,
        ledger=ledger.of(figures),
        checked=upload_bars.checked(
            accepted=upload.accepted, rejected=figures.rejected_total, done=checked_share(upload)
        ),
        handed_over=upload_bars.handed_over(figures.chunks if figures.is_list else figures.people),
        trouble=_trouble(upload),
        uncertain=chunk_listing.telling(upload, ChunkState.UNCERTAIN, figures),
        refused=chunk_listing.telling(upload, ChunkState.REFUSED, figures),
        faulty=chunk_listing.telling(upload, ChunkState.FAULTY, figures),
        twins=twins,
        locks_start=upload.confirmed_at is not None
        and state != UploadState.DONE
        and following.is_unsettled(upload),
        kept=kept,
        is_disabling=is_disabling,
        shown=chunk_listing.find(upload, query, sum(figures.chunks.values())),
        as_of=upload.ended_at if every is None and upload.ended_at else timezone.now(),
        every=every,
    )


def _trouble(upload: Upload) -> Trouble | None:
    state = UploadState(upload.state)
    if state == UploadState.UNREADABLE:
        return Trouble("bad", "It cannot be read.", upload.problem)
    if state == UploadState.PAUSED and upload.problem:
        return Trouble(
            "warn", "It paused by itself.", f"{as_sentence(upload.problem)} Resume it when that is put right."
        )
    if state in MOVING and (why := health.no_worker(health.UPLOADS)):
        return Trouble("bad", why, "Nothing is lost, and nothing is sent. It goes on by itself afterwards.")
    if state == UploadState.HANDING_OVER and upload.problem:
        return Trouble(
            "warn", "It waits for CallFire.", f"{as_sentence(upload.problem)} We try again by ourselves."
        )
    return None


def _kept(upload: Upload) -> tuple[int, bool]:
    """How many batches may still be on at CallFire, and whether somebody is disabling them."""
    asked = AuditEvent.objects.filter(
        action=disabling.DISABLE,
        object_kind=audit.BROADCAST,
        object_id=upload.broadcast_id,
        settled_at=None,
        detail__upload=upload.pk,
    )
    return disabling.left(upload).count(), asked.exists()


def _span(least: timedelta, most: timedelta) -> str:
    """About 5 – 8 min, in the unit that suits the longer one."""
    units = ((90, 1, "s"), (5400, 60, "min"), (float("inf"), 3600, "h"))
    unit, word = next((unit, word) for limit, unit, word in units if most.total_seconds() < limit)
    low, high = (max(1, round(span.total_seconds() / unit)) for span in (least, most))
    return f"about {high:,} {word}" if low == high else f"about {low:,} –\N{WORD JOINER} {high:,} {word}"


def _digest(*shown: object) -> str:
    return hashlib.blake2s(repr(shown).encode(), digest_size=6).hexdigest()
