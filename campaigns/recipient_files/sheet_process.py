"""Reads one worksheet of a workbook in a process of its own, and writes it to its output as lines of JSON.

A workbook comes from outside and is read by native code that holds the whole sheet in memory. Whatever it
does there, only this process is lost. It is started by path and imports nothing of ours.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

_MOST_MEMORY: Final = 3 * 2**30
_MOST_SECONDS: Final = 300
_ROWS_A_LINE: Final = 1000
_HAS_A_PASSWORD: Final = 3  # what this process ends with then

Value = str | int | float | bool | date | time | timedelta


def main(path: str, wanted: str) -> None:
    """Write the sheets' names, the one that is read and its last row; its rows, in lists of lists; ``null``.

    Without a wanted sheet it is the first that has anything in it.
    """
    for limit, most in ((resource.RLIMIT_AS, _MOST_MEMORY), (resource.RLIMIT_CPU, _MOST_SECONDS)):
        with suppress(ValueError):  # where the system's own limit is lower still
            resource.setrlimit(limit, (most, most))
    with Path(path).open("rb") as file, CalamineWorkbook.from_filelike(file) as workbook:
        names = _names(workbook)
        sheet = workbook.get_sheet_by_name(wanted) if wanted else _first_with_rows(workbook, names)
        _say({"sheets": names, "sheet": sheet.name, "last_row": sheet.total_height + 1})
        for rows in _texts(sheet):
            _say(rows)
        _say(None)


def _asks_for_a_password(path: str) -> bool:
    """Whether that is why it cannot be read; calamine tells only when a file's name says what it is."""
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("xls", "xlsx"):
            named = Path(folder) / f"workbook.{ending}"
            named.symlink_to(Path(path).resolve())
            try:
                CalamineWorkbook.from_path(named).close()
            except PasswordError:
                return True
            except CalamineError:
                continue
    return False


def _names(workbook: CalamineWorkbook) -> list[str]:
    """The worksheets people see; all of them in a workbook that hides every one."""
    tables = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    seen = [sheet.name for sheet in tables if sheet.visible == SheetVisibleEnum.Visible]
    return seen or [sheet.name for sheet in tables]


def _first_with_rows(workbook: CalamineWorkbook, names: list[str]) -> CalamineSheet:
    first = workbook.get_sheet_by_name(names[0])  # each call reads a whole sheet
    others = map(workbook.get_sheet_by_name, names[1:])
    return first if first.height else next((sheet for sheet in others if sheet.height), first)


def _texts(sheet: CalamineSheet) -> Iterator[list[list[str]]]:
    rows: list[list[str]] = []
    for values in sheet.iter_rows():
        cells = [value if type(value) is str else _text(value) for value in values]
        rows.append(cells if any(cells) else [])
        if len(rows) == _ROWS_A_LINE:
            yield rows
            rows = []
    yield rows


def _text(value: Value) -> str:
    """A value as people read it; numbers without the decimals that only the workbook's format knows."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00").removesuffix(":00")
    return str(value)


def _say(said: object) -> None:
    print(json.dumps(said), flush=True)  # noqa: T201 - its output is what it is for


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except CalamineError:
        sys.exit(_HAS_A_PASSWORD if _asks_for_a_password(sys.argv[1]) else 1)
