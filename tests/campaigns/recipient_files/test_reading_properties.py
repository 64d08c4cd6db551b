"""Whatever the bytes are, reading answers or says why not; and what ``csv`` wrote is read back as it was."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from campaigns.recipient_files.reading import (
    DELIMITERS,
    ENCODINGS,
    Reading,
    Unreadable,
    detect,
    preview,
)
from tests.campaigns.recipient_files.asking import numbered
from tests.campaigns.recipient_files.making import ods, xls, xlsx, zipped

_WORKBOOKS = [made({"List": [["Phone", "Name"], [2135550100, "Jo"]]}) for made in (xlsx, xls, ods)]
_PACKED = [gzip.compress(b"Phone\n2135550100\n"), zipped({"a.csv": "Phone\n2135550100\n"})]
_SEEDS = [
    *_PACKED,
    b"\xff\xfeP\x00h\x00",
    b"\xef\xbb\xbfPhone",
    b'Phone,Name\n2135550100,"Jo\n',
    b"sep=;\n1;2",
]

letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")
table = st.lists(st.lists(st.text(letters, max_size=8), min_size=1, max_size=4), min_size=1, max_size=12)
latin = st.text(st.characters(codec="cp1252", exclude_characters="\0"), max_size=8)


@st.composite
def mangled(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A file that was whole once: some bytes changed, and perhaps cut short."""
    content = bytearray(draw(st.sampled_from(seeds)))
    places = st.integers(0, len(content) - 1)
    for place, byte in draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=6)):
        content[place] = byte
    return bytes(content[: draw(st.integers(1, len(content)))])


def read_through(content: bytes) -> None:
    """Ask everything of a file; anything but an answer or a sentence fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "original"
        path.write_bytes(content)
        with suppress(Unreadable):
            reading = detect(path, name="people.csv")
            assert preview(path, reading).columns
            assert any(any(row) for _, row in numbered(path, reading))


class TestAnyBytes:
    @given(st.binary(max_size=400))
    @example(b"\0")
    @example(b'"')
    @example(b"\r")
    @example(b"\x1f\x8b")
    @example(b"PK\x03\x04")
    @example(b"PK\x05\x06" + bytes(18))
    @example(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    def test_become_a_table_or_a_sentence(self, content: bytes) -> None:
        read_through(content)

    @given(mangled(_SEEDS))
    def test_of_a_damaged_file_too(self, content: bytes) -> None:
        read_through(content)

    @settings(max_examples=40)
    @given(mangled(_WORKBOOKS))
    def test_of_a_damaged_workbook_too(self, content: bytes) -> None:
        read_through(content)

    @given(st.text(st.sampled_from('a1,;\t|"\r\n ñ'), max_size=60))
    def test_of_a_text_full_of_marks_too(self, content: str) -> None:
        read_through(content.encode())


class TestWhatWasWritten:
    @given(
        written=table,
        delimiter=st.sampled_from(list(DELIMITERS)),
        encoding=st.sampled_from([name for name in ENCODINGS if name != "cp1252"]),
        # Python's writer leaves a line break bare that is not its own, unless it quotes everything.
        style=st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)]),
        size=st.integers(1, 6),
    )
    def test_is_read_back_equal(
        self, written: list[list[str]], delimiter: str, encoding: str, style: tuple[str, int], size: int
    ) -> None:
        assert read_back(written, delimiter, encoding, style, size) == written

    @given(st.lists(st.lists(latin, min_size=1, max_size=4), min_size=1, max_size=12))
    def test_is_read_back_equal_in_windows_1252(self, written: list[list[str]]) -> None:
        assert read_back(written, ";", "cp1252", ("\r\n", csv.QUOTE_MINIMAL), 5) == written


def read_back(
    rows: list[list[str]], delimiter: str, encoding: str, style: tuple[str, int], size: int
) -> list[list[str]]:
    """The rows, written by ``csv`` and read by us."""
    ending, quoting = style
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "original"
        path.write_bytes(text.getvalue().encode(encoding))
        return [row for _, row in numbered(path, Reading("text", "", encoding, delimiter), size=size)]
