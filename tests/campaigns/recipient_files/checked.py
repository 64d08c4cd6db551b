"""Checks a file that a test wrote, and reads what came of it."""

from __future__ import annotations

import csv
import json
from array import array
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaigns.recipient_files import checking, reading
from campaigns.recipient_files.checking import Check, Mapping, Progress, Reason
from campaigns.recipient_files.reading import Reading

WORDS = {reason: f"Because {reason}" for reason in Reason}


@dataclass(frozen=True)
class Checked:
    """A check with its three files, and every progress it told."""

    check: Check
    accepted: list[tuple[int, dict[str, Any]]]
    rejects: list[dict[str, str]]
    numbers: list[int]
    told: list[Progress]
    rejects_path: Path

    @property
    def people(self) -> list[str]:
        """The phone numbers that were accepted."""
        return [person["phoneNumber"] for _, person in self.accepted]

    @property
    def rejected(self) -> dict[str, int]:
        """How many rows were left out, by reason."""
        return self.check.counts.rejected


def check(
    folder: Path,
    content: str,
    mapping: Mapping | None = None,
    *,
    how: Reading | None = None,
    earlier: Set[int] = frozenset(),
    maybe_called: Set[int] = frozenset(),
) -> Checked:
    """The content as a file, checked with this mapping or the one that is guessed."""
    path = folder / "people.csv"
    path.write_text(content, encoding="utf-8", newline="")
    return check_file(path, mapping, how=how, earlier=earlier, maybe_called=maybe_called)


def check_file(
    path: Path,
    mapping: Mapping | None = None,
    *,
    how: Reading | None = None,
    earlier: Set[int] = frozenset(),
    maybe_called: Set[int] = frozenset(),
) -> Checked:
    """A file that is there, checked in the same way."""
    how = how or reading.detect(path, name=path.name)
    shown = reading.preview(path, how)
    if mapping is None:
        mapping = checking.guess(shown.columns, [cells for _, cells in shown.rows])
    accepted, rejects, numbers = (
        path.with_name(f"{path.name}.{name}") for name in ("accepted", "rejects", "numbers")
    )
    told: list[Progress] = []
    found = checking.check(
        path,
        how,
        mapping,
        columns=shown.columns,
        earlier=earlier,
        maybe_called=maybe_called,
        words=WORDS,
        accepted_to=accepted,
        rejects_to=rejects,
        numbers_to=numbers,
        heartbeat=told.append,
    )
    people = array("q", numbers.read_bytes())
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        left_out = list(csv.DictReader(file))
    lines = [line.split("\t", 1) for line in accepted.read_text("ascii").splitlines()]
    return Checked(
        check=found,
        accepted=[(int(row), json.loads(person)) for row, person in lines],
        rejects=left_out,
        numbers=list(people),
        told=told,
        rejects_path=rejects,
    )
