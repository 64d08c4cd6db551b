"""Looks at every row of a recipient file once: who can be handed over, and who is left out and why.

A number stands for itself; the id of a contact stands below zero, so that both fit into one set.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence, Set
from collections.abc import Mapping as Words
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from campaigns.recipient_files import reading, rejects, runs
from campaigns.recipient_files.judging import Judge, Verdicts
from campaigns.recipient_files.lines import Lines
from campaigns.recipient_files.mapping import Mapping, guess, unnamed
from campaigns.recipient_files.reading import Reading
from campaigns.recipient_files.reasons import Reason
from campaigns.recipient_files.runs import Runs

__all__ = ["Check", "Example", "Mapping", "Progress", "Reason", "check", "guess"]

Example = tuple[int, str, str]

# Fewer rows than make Python's garbage collector look through them: it takes half as long as the reading.
_BATCH: Final = 500
_BATCHES_PER_BEAT: Final = 10
_EXAMPLES: Final = 5
_LONGEST_EXAMPLE: Final = 80


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a check stands. ``rows`` are those that are not blank: accepted and rejected together.

    ``examples`` are the first few of each reason: the row's number, the text in question, what to do.
    ``position`` is how many bytes of the file have been looked at; ``repaired`` are accepted people whose
    number a spreadsheet had turned into a quantity.
    """

    position: int
    rows: int
    accepted: int
    rejected: dict[str, int]
    repaired: int
    examples: dict[str, list[Example]]


@dataclass(frozen=True, slots=True)
class Check:
    """A check that came to the end of the file; ``maybe_called`` are people who are left out for that."""

    counts: Progress
    runs: Runs
    maybe_called: Set[int]


@dataclass(slots=True)
class _Tally:
    """What has been counted so far."""

    position: int = 0
    accepted: int = 0
    repaired: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[Example]] = field(default_factory=dict)

    def add(self, verdicts: Verdicts, position: int) -> None:
        self.position = position
        self.accepted += len(verdicts.people)
        self.repaired += verdicts.repaired
        for rejection in verdicts.rejections:
            reason, text, suggestion = rejection.fault
            self.rejected[reason] = self.rejected.get(reason, 0) + 1
            examples = self.examples.setdefault(reason, [])
            if len(examples) < _EXAMPLES:
                examples.append((rejection.row, text[:_LONGEST_EXAMPLE], suggestion))

    def progress(self) -> Progress:
        return Progress(
            position=self.position,
            rows=self.accepted + sum(self.rejected.values()),
            accepted=self.accepted,
            rejected=dict(self.rejected),
            repaired=self.repaired,
            examples={reason: list(examples) for reason, examples in self.examples.items()},
        )


def check(
    path: Path,
    how: Reading,
    mapping: Mapping,
    *,
    columns: Sequence[str],
    earlier: Set[int],
    maybe_called: Set[int],
    words: Words[Reason, str],
    accepted_to: Path,
    rejects_to: Path,
    numbers_to: Path,
    heartbeat: Callable[[Progress], None],
) -> Check:
    """Judge every row and write down who can be handed over and who cannot; memory grows by the numbers only.

    Args:
        columns: what its columns are called, as ``reading.preview`` says.
        earlier: who was brought to the same broadcast before.
        maybe_called: whom they have sent in batches that are off now, and whom CallFire may have called.
        words: what a rejected row is told by in the file of rejects.
        accepted_to: becomes a line for each accepted person: row number, tab, JSON as CallFire takes it.
        rejects_to: becomes the rejected rows as they came, with reasons; see ``rejects``.
        numbers_to: becomes the accepted numbers, eight bytes each in this machine's order.
        heartbeat: called after the first few hundred rows, then every few thousand; what it raises ends the
            check.

    Raises:
        Unreadable: the file cannot be read to its end.
    """
    width = _width(columns, mapping) if how.header_row else None
    judge = Judge(mapping, earlier=earlier, maybe_called=maybe_called, width=width)
    lines, tally, in_runs = Lines(mapping), _Tally(), list[int]()
    is_corrected = rejects.is_corrected(columns)
    with (
        accepted_to.open("w", encoding="ascii", newline="\n") as accepted,
        rejects_to.open("w", encoding="utf-8-sig", newline="") as rejected,
        numbers_to.open("wb") as numbers,
    ):
        left_out = rejects.Writer(rejected, columns)
        for turn, batch in enumerate(reading.batches(path, how, size=_BATCH)):
            verdicts = judge.judge(rejects.undone(batch) if is_corrected else batch)
            accepted.write(lines.of(verdicts))
            array("q", verdicts.people).tofile(numbers)
            for each in verdicts.rejections:
                left_out.write(each, words[each.fault.reason])
            tally.add(verdicts, batch.position)
            in_runs += runs.likely(verdicts.people)
            if turn % _BATCHES_PER_BEAT == 0:
                heartbeat(tally.progress())
    return Check(tally.progress(), runs.find(judge.seen, in_runs), judge.met)


def _width(columns: Sequence[str], mapping: Mapping) -> int:
    """How many columns somebody named, in the header or by mapping them; the reader numbers the others."""
    named = [place for place, name in enumerate(columns) if name != unnamed(place)]
    mapped = [*mapping.phones, *(place for place, _ in mapping.attributes), mapping.contact_id or 0]
    return max(named + mapped) + 1
