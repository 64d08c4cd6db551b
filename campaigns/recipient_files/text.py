"""Tables as text: which encoding, which delimiter, and the rows at about the speed of ``csv.reader``."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import Final

from campaigns.recipient_files.archives import Unpacked, opened
from campaigns.recipient_files.headers import Numbered, is_phone, numbered, sample
from campaigns.recipient_files.tables import DELIMITERS, ENCODINGS, Reading, Rows, Unreadable, hold_to_width

_BLOCK: Final = 2**17
_LONGEST_LINE: Final = 2**23  # characters
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_CONTROL: Final = re.compile(r"[\x01-\x08\x0e-\x19\x1b-\x1f\x7f]")
_DECLARED: Final = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)

_OTHER_TEXTS: Final = {
    "a web page": re.compile(r"\s*<(!doctype|html|head|body|table|meta)\b", re.IGNORECASE),
    "an XML file": re.compile(r"\s*<\?xml\b", re.IGNORECASE),
    "a JSON file": re.compile(r"\s*(\[\s*)?\{\s*[\"}]"),
    "a formatted text document": re.compile(r"\{\\rtf"),
    "an address card": re.compile(r"BEGIN:VCARD", re.IGNORECASE),
}

_SAVE_AGAIN: Final = "Look at that place, correct it, and upload the file again."
_NUL: Final = (
    "The file has NUL bytes in it, which no text has: it is another kind of file, or damaged. Open it in a "
    "spreadsheet program, save it as CSV or XLSX, and upload that."
)
_NO_ENCODING: Final = (
    "The letters in the file are neither UTF-8 nor Windows-1252. Save it as “CSV UTF-8” and upload that."
)


def detect(path: Path, archive: str) -> tuple[Reading, list[Numbered]]:
    """How the text is best read, and its first rows. Raises ``Unreadable``."""
    encoding = _encoding(path, archive)
    with opened(path, archive) as stream:
        start = next(_decoded(stream, encoding, "replace"), "")
    if found := _what_else(start):
        raise Unreadable(f"This is {found}, not a table of people. Upload a CSV file or a spreadsheet.")
    reading = Reading("text", archive, encoding, _delimiter(start))
    return reading, sample(numbered(batches(path, reading, 200)))


def batches(path: Path, reading: Reading, size: int) -> Iterator[Rows]:
    """All rows after the header. Raises ``Unreadable``."""
    with opened(path, reading.archive) as stream:
        table = _Table(stream, reading)
        table.take(reading.header_row)
        first = table.rows_taken + 1
        while rows := table.take(size):
            yield Rows(first=first, rows=rows, position=stream.position)
            first += len(rows)


class _Table:
    """The rows of a text.

    ``csv`` reads strictly, so that a quotation mark nobody closed cannot swallow the rows after it unseen.
    What it refuses within one line is read again with patience: people write “"Jo" Smith”.
    """

    def __init__(self, stream: Unpacked, reading: Reading) -> None:
        self._lines = _Lines(stream, reading.encoding)
        self._delimiter = reading.delimiter
        self._reader = csv.reader(iter(self._lines), delimiter=reading.delimiter, strict=True)
        self.rows_taken = 0

    def take(self, count: int) -> list[list[str]]:
        """The next rows; fewer than asked for only at the end. Raises ``Unreadable``."""
        rows: list[list[str]] = []
        line = self._reader.line_num
        while len(rows) < count:
            before = len(rows)
            try:
                rows.extend(islice(self._reader, count - before))
                break
            except csv.Error as error:
                line += sum(map(_lines_of, rows[before:])) + 1
                if line != self._reader.line_num:
                    raise Unreadable(_unclosed(self.rows_taken + len(rows) + 1)) from error
                rows += self._read_patiently(self.rows_taken + len(rows) + 1)
        hold_to_width(rows, after=self.rows_taken)
        self.rows_taken += len(rows)
        return rows

    def _read_patiently(self, row: int) -> list[list[str]]:
        try:
            return list(csv.reader([self._lines.last()], delimiter=self._delimiter))
        except csv.Error as error:
            raise Unreadable(_too_long(row)) from error


class _Lines:
    """The lines of a text with their endings, and the last of them once more."""

    def __init__(self, stream: Unpacked, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._block = ""
        self._unread = io.StringIO()

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(map(self._split, self._blocks()))

    def last(self) -> str:
        """The line that was read last; it has something in it."""
        end = self._unread.tell()
        inside = len(self._block[:end].rstrip("\r\n"))
        start = max(self._block.rfind("\n", 0, inside), self._block.rfind("\r", 0, inside)) + 1
        return self._block[start:end]

    def _split(self, block: str) -> io.StringIO:
        self._block = block
        self._unread = io.StringIO(block, newline="")  # as fast as a file, and it leaves line endings alone
        return self._unread

    def _blocks(self) -> Iterator[str]:
        """The text in blocks of whole lines."""
        lines, rest = 1, ""
        try:
            for text in _decoded(self._stream, self._encoding):
                block = rest + text
                cut = max(block.rfind("\n"), block.rfind("\r", 0, -1)) + 1
                rest = block[cut:]
                if len(rest) > _LONGEST_LINE:
                    raise Unreadable(f"Line {lines:,} is longer than any row of a table. {_SAVE_AGAIN}")
                lines += text.count("\n") or text.count("\r")
                if cut:
                    yield block[:cut]
        except UnicodeError as error:
            raise Unreadable(_undecodable(lines, self._encoding, error)) from error
        if rest:
            yield rest


def _decoded(stream: Unpacked, encoding: str, errors: str = "strict") -> Iterator[str]:
    """The text without its byte order mark. Raises ``UnicodeError`` and ``Unreadable``."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    mark = "\ufeff"
    while block := stream.read(_BLOCK):
        text = decoder.decode(block)
        if "\0" in text:
            raise Unreadable(_NUL)
        if text:
            yield text.removeprefix(mark)
            mark = ""
    yield decoder.decode(b"", final=True)


def _encoding(path: Path, archive: str) -> str:
    with opened(path, archive) as stream:
        start = stream.read(_BLOCK)
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    if start[1::2].count(0) * 2 > len(start[1::2]) and 0 not in start[::2]:
        return "utf-16-le"  # as Windows writes it: the lower byte first
    if _fits(path, archive, "utf-8") or _is_damaged_utf8(path, archive):
        return "utf-8"
    if _fits(path, archive, "cp1252"):
        return "cp1252"
    raise Unreadable(_NO_ENCODING)


def _fits(path: Path, archive: str, encoding: str) -> bool:
    """Whether every byte of the file is text in this encoding."""
    with opened(path, archive) as stream:
        try:
            for _ in _decoded(stream, encoding):
                pass
        except UnicodeError:
            return False
    return True


def _is_damaged_utf8(path: Path, archive: str) -> bool:
    """Whether most of its accented letters are UTF-8; reading it as Windows-1252 would garble them all."""
    letters = broken = 0
    with opened(path, archive) as stream:
        for text in _decoded(stream, "utf-8", "replace"):
            if not text.isascii():
                letters += len(text) - len(text.encode("ascii", "ignore"))
                broken += text.count("\ufffd")
    return letters > 4 * broken


def _delimiter(start: str) -> str:
    """The one that makes the most even table, with phone numbers alone in their cells."""
    if declared := _DECLARED.match(start):
        return declared[1]
    return max(DELIMITERS, key=lambda delimiter: _evenness(_first_rows(start, delimiter)))


def _first_rows(start: str, delimiter: str) -> list[list[str]]:
    """Some rows as this delimiter would part them, read without strictness: only their shape matters."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(islice(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), 200))
    return [row for row in rows if any(row)]


def _evenness(rows: list[list[str]]) -> tuple[float, float, int]:
    if not rows:
        return (0, 0, 0)
    width, even = Counter(map(len, rows)).most_common(1)[0]
    phones = sum(any(map(is_phone, row)) for row in rows)
    return (round(phones / len(rows), 1), even / len(rows) if width > 1 else 0, width)


def _what_else(start: str) -> str:
    """What a text is when it is no table, in words; empty when it may be one."""
    for kind, beginning in _OTHER_TEXTS.items():
        if beginning.match(start):
            return kind
    sample = start[:10_000]
    return "a file of another kind" if len(_CONTROL.findall(sample)) * 50 > len(sample) else ""


def _lines_of(row: list[str]) -> int:
    """How many lines a row went over."""
    return 1 + sum(len(_LINE_BREAK.findall(cell)) for cell in row if "\n" in cell or "\r" in cell)


def _unclosed(row: int) -> str:
    return (
        f'A quotation mark (") is opened in row {row:,} and not closed where its cell ends, so the rows '
        "after it would be read as part of it. Correct that row, and upload the file again."
    )


def _too_long(row: int) -> str:
    return f"Row {row:,} has a cell with more than {csv.field_size_limit():,} characters. {_SAVE_AGAIN}"


def _undecodable(line: int, encoding: str, error: UnicodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        line += error.object.count(b"\n", 0, error.start)
    return (
        f"Near line {line:,} there are letters that are not {ENCODINGS[encoding]}. Save the file as "
        "“CSV UTF-8” and upload that, or choose another encoding."
    )
