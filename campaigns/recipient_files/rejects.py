"""The file of rows that were left out: as they came, with reasons, ready to be corrected and come back."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TextIO

from campaigns.recipient_files.judging import Rejection
from campaigns.recipient_files.mapping import HELPERS
from campaigns.recipient_files.tables import Rows

# A cell that begins so is a formula to a spreadsheet. Apostrophes before it are counted in, so that
# guarding can be undone without a doubt.
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r]")


def guarded(cell: str) -> str:
    """The cell as no spreadsheet takes it for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """What ``guarded`` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell


def undone(batch: Rows) -> Rows:
    """The batch of a file that ``Writer`` wrote, with every cell as it was before it was guarded."""
    return replace(batch, rows=[list(map(unguarded, cells)) for cells in batch.rows])


def is_corrected(columns: Sequence[str]) -> bool:
    """Whether these are the columns of a file that ``Writer`` wrote."""
    return set(HELPERS) <= {column.strip() for column in columns}


class Writer:
    """Writes rows that were left out. Columns of an earlier file of this kind give way to the new ones."""

    def __init__(self, file: TextIO, columns: Sequence[str]) -> None:
        self._csv = csv.writer(file)
        self._width = len(columns)
        self._ours = {place for place, name in enumerate(columns) if name.strip() in HELPERS}
        self._csv.writerow([*map(guarded, self._without_ours(columns)), *HELPERS])

    def write(self, rejection: Rejection, reason: str) -> None:
        """Add one row; cells beyond the last column follow at the very end, so that none is lost."""
        cells = rejection.cells
        padded = [*cells[: self._width], *[""] * (self._width - len(cells))]
        told = (rejection.row, reason, guarded(rejection.fault.suggestion))
        self._csv.writerow(
            [*map(guarded, self._without_ours(padded)), *told, *map(guarded, cells[self._width :])]
        )

    def _without_ours(self, cells: Sequence[str]) -> list[str]:
        return [cell for place, cell in enumerate(cells) if place not in self._ours]
