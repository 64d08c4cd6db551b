"""What a check found, for whoever decides whether these people are handed over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Final

from django.conf import settings

from campaigns.labels import nice_number, reason_badge
from campaigns.models import BroadcastSnapshot, Upload
from campaigns.recipient_files import phones
from campaigns.recipient_files.mapping import Mapping
from campaigns.recipient_files.phones import Problem
from campaigns.recipient_files.reading import Preview
from campaigns.services import health, heard, upload_bars, upload_files
from campaigns.services.heard import MergeField, Piece
from campaigns.services.upload_bars import Part
from campaigns.states import UploadState

EVERY_SECONDS: Final = 1.0
_NAMES: Final = ("name", "full name", "fullname", "first name", "firstname", "first_name", "full_name")
_MOST_OVERLAPS: Final = 3
_WORTH_TELLING: Final = 0.05


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the preview; ``problem`` says why it is no number, where it ought to be one."""

    text: str
    is_used: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why some rows are left out, how many, and the first of them: its number, what is in it, what to do."""

    label: str
    rows: int
    example_row: int | None
    example: str
    advice: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """An earlier hand-over to which many of these people belonged.

    ``share`` is of those accepted now; where they are left out, it is of all who could be called.
    """

    upload_id: int
    people: int
    share: float
    at: datetime | None
    by: str
    name: str
    broadcast_name: str
    is_same_file: bool
    is_left_out: bool


@dataclass(frozen=True, slots=True)
class MaybeCalled:
    """People who are left out because their batches, of these uploads, were called from before they went off.

    ``is_log_known`` is False when CallFire did not say whom it called, so that all of them are left out.
    """

    people: int
    uploads: Sequence[Overlap]
    is_log_known: bool


@dataclass(frozen=True, slots=True)
class NotCompared:
    """An earlier hand-over whose people are not kept, so that they cannot be known again."""

    upload_id: int
    name: str
    broadcast_name: str


@dataclass(frozen=True, slots=True)
class Run:
    """Numbers that follow one another from the first on."""

    first: str
    people: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What the first accepted person hears, text by text."""

    who: str
    texts: Sequence[tuple[str, Sequence[Piece]]]


@dataclass(frozen=True, slots=True)
class Review:
    """Everything a check found so far. ``every`` is None once nothing changes by itself.

    ``on_hold`` are people among the accepted whom CallFire holds in batches that are off, and never called.
    ``stands_still`` is a sentence while nobody checks, empty otherwise.
    """

    upload: Upload
    is_checking: bool
    stands_still: str
    is_ready: bool
    parts: Sequence[Part]
    share: float
    left_out: Sequence[LeftOut]
    rejected: int
    repaired: int
    chunks: int
    chunk_rows: int
    overlaps: Sequence[Overlap]
    maybe_called: MaybeCalled | None
    on_hold: int
    not_compared: Sequence[NotCompared]
    not_compared_more: int
    runs: Sequence[Run]
    people_in_runs: int
    heard: Heard | None
    every: float | None


def of(upload: Upload, snapshot: BroadcastSnapshot) -> Review:
    """The review of an upload that is not handed over yet."""
    findings: dict[str, Any] = upload.findings
    is_checking = upload.state == UploadState.CHECKING
    is_checked = upload.state == UploadState.CHECKED
    rejected = sum(upload.rejected.values())
    share = min(upload.bytes_checked / upload.size, 1.0) if upload.size else 0.0
    runs: dict[str, Any] = findings.get("runs") or {}
    not_compared = findings.get("not_compared") or []
    return Review(
        upload=upload,
        is_checking=is_checking,
        stands_still=health.no_worker(health.UPLOADS) if is_checking else "",
        is_ready=is_checked and upload.accepted > 0,
        parts=upload_bars.checked(
            accepted=upload.accepted, rejected=rejected, done=share if is_checking else 1.0
        ),
        share=share,
        left_out=_left_out(upload.rejected, findings.get("examples") or {}),
        rejected=rejected,
        repaired=findings.get("repaired") or 0,
        chunks=_chunks(upload),
        chunk_rows=settings.UPLOAD_CHUNK_ROWS,
        overlaps=_overlaps(findings.get("overlaps") or []),
        maybe_called=_maybe_called(findings.get("maybe_called") or {}),
        on_hold=findings.get("on_hold") or 0,
        not_compared=[
            NotCompared(each["upload"], each["name"], each["broadcast_name"])
            for each in not_compared[:_MOST_OVERLAPS]
        ],
        not_compared_more=len(not_compared[_MOST_OVERLAPS:]),
        runs=[Run(nice_number(str(first)), people) for first, people in runs.get("longest", ())],
        people_in_runs=runs.get("people", 0),
        heard=_heard(upload, snapshot) if is_checked else None,
        every=EVERY_SECONDS if is_checking else None,
    )


def cells(preview: Preview, mapping: Mapping) -> list[tuple[int, list[Cell]]]:
    """The first rows, with what is wrong in their columns of numbers."""
    return [(row, _cells(texts, mapping)) for row, texts in preview.rows]


def missing_fields(fields: Sequence[MergeField], upload: Upload) -> list[MergeField]:
    """The merge fields of the broadcast for which these people bring nothing.

    What contacts bring is known to CallFire alone.
    """
    if upload.source != Upload.Source.FILE:
        return []
    brought = {name for _, name in Mapping.from_json(upload.mapping).attributes}
    return [field for field in fields if field.name not in brought]


def foreign_words(preview: Preview) -> list[str]:
    """A few words of the file that read differently in another encoding."""
    words = (word for _, texts in preview.rows for text in texts for word in text.split())
    return list(dict.fromkeys(word[:30] for word in words if not word.isascii()))[:2]


def _cells(texts: Sequence[str], mapping: Mapping) -> list[Cell]:
    used = {*mapping.phones, mapping.contact_id, *(place for place, _ in mapping.attributes)}
    problems = _problems(texts, mapping)
    return [Cell(text, place in used, problems.get(place, "")) for place, text in enumerate(texts)]


def _problems(texts: Sequence[str], mapping: Mapping) -> dict[int, str]:
    """What is wrong in columns of numbers; an empty one is wrong only where nothing else names anybody."""
    places = [place for place in mapping.phones if place < len(texts)]
    filled = [place for place in places if texts[place].strip()]
    if not filled and mapping.contact_id is None:
        filled = places[:1]
    read = {place: phones.parse(texts[place]) for place in filled}
    return {place: found.sentence for place, found in read.items() if isinstance(found, Problem)}


def _left_out(rejected: dict[str, int], examples: dict[str, Any]) -> list[LeftOut]:
    shown = []
    for name, rows in sorted(rejected.items(), key=lambda each: -each[1]):
        row, text, _ = next(iter(examples.get(name, ())), (None, "", ""))
        shown.append(LeftOut(reason_badge(name).label, rows, row, text, reason_badge(name).help))
    return shown


def _overlaps(found: Sequence[dict[str, Any]]) -> list[Overlap]:
    """The largest overlaps; a few people in common are no news."""
    overlaps = [_overlap(each) for each in found if each["same_file"] or each["share"] >= _WORTH_TELLING]
    return sorted(overlaps, key=lambda each: (-each.is_same_file, -each.share))[:_MOST_OVERLAPS]


def _maybe_called(found: dict[str, Any]) -> MaybeCalled | None:
    if not found.get("people"):
        return None
    return MaybeCalled(
        people=found["people"],
        uploads=[_overlap(each) for each in found["uploads"]],
        is_log_known=found["is_log_known"],
    )


def _overlap(found: dict[str, Any]) -> Overlap:
    return Overlap(
        upload_id=found["upload"],
        people=found["people"],
        share=found["share"],
        at=datetime.fromisoformat(found["at"]) if found["at"] else None,
        by=found["by"],
        name=found.get("name", ""),
        broadcast_name=found["broadcast_name"],
        is_same_file=found["same_file"],
        is_left_out=found.get("left_out", False),
    )


def _chunks(upload: Upload) -> int:
    if upload.source == Upload.Source.CONTACT_LIST:
        return 1
    return ceil(upload.accepted / settings.UPLOAD_CHUNK_ROWS)


def _heard(upload: Upload, snapshot: BroadcastSnapshot) -> Heard | None:
    """None where no text is spoken, or the first person is not known here."""
    said = [text for text in heard.texts(snapshot) if not text.is_script]
    person = _first_accepted(upload)
    if not said or person is None or "phoneNumber" not in person:
        return None
    attributes: dict[str, str] = person.get("attributes") or {}
    names = {name.casefold(): value for name, value in attributes.items()}
    who = next((names[name] for name in _NAMES if names.get(name)), "")
    return Heard(
        who or nice_number(person["phoneNumber"]),
        [(text.label, heard.spoken(text, attributes)) for text in said],
    )


def _first_accepted(upload: Upload) -> dict[str, Any] | None:
    try:
        with upload_files.accepted(upload).open(encoding="ascii") as file:
            line = file.readline()
    except OSError:
        return None
    person: dict[str, Any] | None = json.loads(line.partition("\t")[2]) if line else None
    return person
