"""A call as one row of an export, and the rows as a file: CSV or a workbook."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, TextIO
from zoneinfo import ZoneInfo

import xlsxwriter
from django.conf import settings

from callfire_api import Call, is_plausible
from campaigns.labels import call_result, call_state_badge, shown_labels
from campaigns.models import BroadcastSnapshot, Export
from campaigns.recipient_files.rejects import guarded
from campaigns.services.call_rows import given, last_try, result_of, tried_at, tries_of
from campaigns.services.masking import Numbers, own_number, person_number

Cell = str | int | float
Row = Sequence[Cell]

# CSV with the mark by which spreadsheets know that it is UTF-8.
ENCODING: Final = "utf-8-sig"
_HEARTBEAT_ROWS: Final = 2_000
# What a cell of a workbook holds at most: https://support.microsoft.com, "Excel specifications and limits".
_LONGEST_CELL: Final = 32_767
_COLUMNS: Final = (
    "Call ID",
    "Broadcast ID",
    "Broadcast",
    "Batch ID",
    "Direction",
    "Person’s number",
    "Our number",
    "First name",
    "Last name",
    "State",
    "Result",
    "Tries",
    "Last tried",
    "Answered",
    "Finished",
    "Seconds",
    "Credits",
    "Answers",
    "Labels",
    "Attributes",
    "Notes",
    "Recording IDs",
    "Created",
    "Changed",
)
_TIMES: Final = {"Last tried", "Answered", "Finished", "Created", "Changed"}


def header() -> Row:
    """The names of the columns; those of times name their zone."""
    zone = settings.DISPLAY_TIME_ZONE
    return [f"{column} ({zone})" if column in _TIMES else column for column in _COLUMNS]


def rows(calls: Sequence[Call], numbers: Numbers) -> list[Row]:
    """These calls as rows, in their order, for a reader who sees numbers like this.

    Ids and phone numbers are text, so that no spreadsheet rounds them.
    """
    names = BroadcastSnapshot.objects.in_bulk({call.campaign_id for call in calls if call.campaign_id})
    named = {pk: snapshot.name for pk, snapshot in names.items()}
    return [_row(call, named.get(call.campaign_id or 0, ""), numbers) for call in calls]


def write(
    path: Path, kind: str, rows: Iterable[Row], *, heartbeat: Callable[[], None] = lambda: None
) -> None:
    """Write header and rows into a new file of this kind (``Export.Format``), in constant memory.

    Args:
        heartbeat: called every now and then; what it raises ends the writing.
    """
    beating = _beating(rows, heartbeat)
    if kind == Export.Format.XLSX:
        _write_workbook(path, beating)
        return
    with path.open("w", encoding=ENCODING, newline="") as file:
        write_csv(file, beating)


def write_csv(file: TextIO, rows: Iterable[Row]) -> None:
    """Write header and rows as CSV in which no spreadsheet sees a formula."""
    writer = csv.writer(file)
    writer.writerow(header())
    for row in rows:
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])


def _write_workbook(path: Path, rows: Iterable[Row]) -> None:
    """Text is written as text, so that nothing in it becomes a formula, a link or a number."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
    sheet = book.add_worksheet("Calls")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(_COLUMNS) - 1, 16)
    bold = book.add_format({"bold": True})
    for column, name in enumerate(header()):
        sheet.write_string(0, column, str(name), bold)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if not isinstance(cell, str):
                sheet.write_number(number, column, cell)
            elif cell:
                sheet.write_string(number, column, cell[:_LONGEST_CELL])
    book.close()


def _beating(rows: Iterable[Row], heartbeat: Callable[[], None]) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number % _HEARTBEAT_ROWS == 0:
            heartbeat()
        yield row


def _row(call: Call, broadcast: str, numbers: Numbers) -> Row:
    last, result, contact = last_try(call), result_of(call), call.contact
    billed = [record.billed_amount for record in call.records if record.billed_amount is not None]
    said = [each for record in call.records for each in record.question_responses]
    recordings = [each for record in call.records for each in record.recordings]
    return [
        _text(call.id),
        _text(call.campaign_id),
        broadcast,
        _text(call.batch_id),
        "inbound" if call.inbound else "outbound",
        _number(person_number(call), numbers),
        own_number(call) or "",
        numbers.text(given(contact.first_name)) if contact is not None else "",
        numbers.text(given(contact.last_name)) if contact is not None else "",
        call_state_badge(call.state).label,
        call_result(result).label if result else "",
        len(tries_of(call)),
        _time(tried_at(call)),
        _time(last.answer_time if last is not None else None),
        _time(last.finish_time if last is not None else None),
        last.duration if last is not None and last.duration is not None else "",
        float(sum(billed, Decimal(0))) if billed else "",
        numbers.text("; ".join(f"{each.question or ''}: {each.response or ''}" for each in said)),
        "; ".join(map(numbers.text, shown_labels(call.labels))),
        "; ".join(
            f"{numbers.text(name)}: {numbers.text(given(text))}" for name, text in call.attributes.items()
        ),
        numbers.text("; ".join(note.text for note in call.notes if note.text)),
        "; ".join(_text(each.id) for each in recordings),
        _time(call.created),
        _time(call.modified),
    ]


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _number(number: str | None, numbers: Numbers) -> str:
    """Eleven digits, as other systems read them; as on screen for those who do not see them whole."""
    if not number or numbers.whole:
        return number or ""
    return numbers.show(number)


def _time(moment: datetime | None) -> str:
    """2026-11-24 14:02:07; nothing for a time that cannot be true."""
    if moment is None or not is_plausible(moment):
        return ""
    return f"{moment.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE)):%Y-%m-%d %H:%M:%S}"
