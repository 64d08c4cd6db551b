"""What is no recipient file, or one that cannot be trusted: each gets a sentence of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaigns.recipient_files.asking import laid


class TestNothingToRead:
    def test_zero_bytes(self, tmp_path: Path) -> None:
        assert laid(tmp_path, b"").refusal.startswith("The file is empty: it has 0 bytes.")

    @pytest.mark.parametrize(
        "content", [b"\n\n\n", b" \n,,\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\r\n" * 5_000]
    )
    def test_blank_lines_only(self, tmp_path: Path, content: bytes) -> None:
        assert laid(tmp_path, content).refusal == (
            "There is not a single row in “people.csv”. Upload the file with the people."
        )

    @pytest.mark.parametrize("content", ["Phone,Name\n", "Phone", "A title\nPhone,Name,City\n\n,,\n"])
    def test_a_header_only(self, tmp_path: Path, content: str) -> None:
        assert laid(tmp_path, content).refusal.startswith("There is nothing below the column names in row")


class TestOtherKinds:
    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a picture"),
            (b"\x89PNG\r\n\x1a\n", "a picture"),
            (b"SQLite format 3\0", "a database"),
            (b"<!DOCTYPE html>\n<html><table><tr><td>2135550100", "a web page"),
            (b"\xef\xbb\xbf  <html xmlns:x='urn:schemas-microsoft-com:office:excel'>", "a web page"),
            (b'<?xml version="1.0"?><Workbook>', "an XML file"),
            (b'[{"phone": "2135550100"}]', "a JSON file"),
            (b"{\\rtf1\\ansi 2135550100}", "a formatted text document"),
            (b"BEGIN:VCARD\nTEL:2135550100\nEND:VCARD\n", "an address card"),
            (bytes(range(1, 32)) * 20, "a file of another kind"),
        ],
    )
    def test_they_are_known_by_their_bytes(self, tmp_path: Path, content: bytes, kind: str) -> None:
        refusal = laid(tmp_path, content).refusal
        assert refusal.startswith(f"This is {kind}, not a table of people.")


class TestWhatCannotBeTrusted:
    @pytest.mark.parametrize(
        "where", [b"Phone,Name\n2135550100,J\0o\n", b"Phone\n" + b"2135550100\n" * 99_999 + b"\0"]
    )
    def test_nul_bytes(self, tmp_path: Path, where: bytes) -> None:
        assert laid(tmp_path, where).refusal.startswith("The file has NUL bytes in it")

    def test_ten_thousand_columns(self, tmp_path: Path) -> None:
        wide = ",".join(["x"] * 10_000)
        assert "Row 1 has 10,000 columns" in laid(tmp_path, f"{wide}\n{wide}\n").refusal
        late = "Phone,Name\n" + "2135550100,Jo\n" * 6_000 + wide
        assert "Row 6,002 has 10,000 columns" in laid(tmp_path, late).refusal

    @pytest.mark.parametrize("quote", ["", '"'])
    def test_a_cell_of_a_megabyte(self, tmp_path: Path, quote: str) -> None:
        cell = quote + "x" * 2**20 + quote
        refusal = laid(tmp_path, f"Phone,Note\n2135550100,Jo\n2135550101,{cell}\n").refusal
        assert refusal.startswith("Row 3 has a cell with more than 131,072 characters.")

    def test_a_line_without_end(self, tmp_path: Path) -> None:
        endless = "Phone,Name\n2135550100,Jo\n" + "x," * 5_000_000
        assert laid(tmp_path, endless).refusal.startswith("Line 3 is longer than any row of a table.")
