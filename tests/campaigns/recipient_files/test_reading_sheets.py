"""Recipient files as workbooks: XLSX, XLS and ODS arrive as text, as people see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import psutil
import pytest

from campaigns.recipient_files.reading import Unreadable, batches, move, preview
from tests.campaigns.recipient_files.asking import laid, numbered
from tests.campaigns.recipient_files.making import Cell, Sheets, compound, ods, xls, xlsx, zipped

PEOPLE: list[list[Cell]] = [
    ["Phone", "Name", "Paid"],
    [13232834422.0, "Peña", True],
    ["2135550101", "Jo", False],
]
ROWS = [["13232834422", "Peña", "TRUE"], ["2135550101", "Jo", "FALSE"]]
EVERY_KIND = pytest.mark.parametrize("made", [xlsx, xls, ods])
Made = Callable[[Sheets], bytes]


def people(count: int) -> list[list[Cell]]:
    """As many rows, each with a number of its own."""
    return [[2130000000 + number] for number in range(count)]


class TestCells:
    @EVERY_KIND
    def test_numbers_texts_and_truths_arrive_as_text(self, tmp_path: Path, made: Made) -> None:
        file = laid(tmp_path, made({"List": PEOPLE}))
        assert file.preview.columns == ("Phone", "Name", "Paid")
        assert file.cells == ROWS

    @EVERY_KIND
    def test_decimals_stay_and_a_number_too_large_for_a_phone_is_not_shortened(
        self, tmp_path: Path, made: Made
    ) -> None:
        file = laid(tmp_path, made({"List": [["Phone", "Sum"], [2135550100, 12.5], [1.32e16, -3]]}))
        assert file.cells == [["2135550100", "12.5"], ["13200000000000000", "-3"]]

    @pytest.mark.parametrize("made", [xlsx, ods])
    def test_dates_are_written_so_that_they_sort(self, tmp_path: Path, made: Made) -> None:
        file = laid(tmp_path, made({"List": [["Phone", "Due"], [2135550100, date(2025, 3, 9)]]}))
        assert file.cells == [["2135550100", "2025-03-09"]]


class TestRows:
    @EVERY_KIND
    def test_their_numbers_are_the_spreadsheets(self, tmp_path: Path, made: Made) -> None:
        rows: list[list[Cell]] = [
            [None],
            ["Customers"],
            ["Phone", "Name"],
            [2135550100, "Jo"],
            [None],
            [2135550101],
        ]
        file = laid(tmp_path, made({"List": rows}))
        assert file.reading.header_row == 3
        assert file.rows == [(4, ["2135550100", "Jo"]), (5, []), (6, ["2135550101", ""])]

    def test_many_arrive_in_batches(self, tmp_path: Path) -> None:
        file = laid(tmp_path, xlsx({"List": [["Phone"], *people(7_500)]}))
        found = list(batches(file.path, file.reading, size=2_000))
        assert [(batch.first, len(batch.rows)) for batch in found] == [
            (2, 2_000),
            (2_002, 2_000),
            (4_002, 2_000),
            (6_002, 1_500),
        ]
        assert found[-1].rows[-1] == ["2130007499"]
        assert 0 < found[0].position < found[-1].position == file.path.stat().st_size

    def test_whoever_stops_early_leaves_no_process_behind(self, tmp_path: Path) -> None:
        file = laid(tmp_path, xlsx({"List": [["Phone"], *people(20_000)]}))
        assert len(preview(file.path, file.reading, rows=3).rows) == 3
        left = [child.cmdline() for child in psutil.Process().children()]
        assert not any(str(file.path) in command for command in left)


class TestOpening:
    """A workbook is opened once for each sheet; bytes that are no workbook any more show that it is not."""

    @EVERY_KIND
    def test_it_is_not_opened_again_for_its_first_rows_or_all_of_them(
        self, tmp_path: Path, made: Made
    ) -> None:
        file = laid(tmp_path, made({"List": PEOPLE}))
        how = file.reading
        laid(tmp_path, "no workbook")
        assert preview(file.path, how).columns == ("Phone", "Name", "Paid")
        assert [row for _, row in numbered(file.path, how)] == ROWS
        assert preview(file.path, replace(how, header_row=0)).rows[0] == (1, ("Phone", "Name", "Paid"))

    def test_another_sheet_is_opened_once(self, tmp_path: Path) -> None:
        file = laid(tmp_path, xlsx({"List": PEOPLE, "Other": [["Phone"], [2135550199]]}))
        first = file.reading
        other = replace(first, sheet="Other")
        assert preview(file.path, other).columns == ("Phone",)
        laid(tmp_path, "no workbook")
        assert list(numbered(file.path, other)) == [(2, ["2135550199"])]
        with pytest.raises(Unreadable):
            preview(file.path, first)

    def test_somebody_who_reads_one_sheet_is_not_given_the_rows_of_another(self, tmp_path: Path) -> None:
        file = laid(tmp_path, xlsx({"List": [["Phone"], *people(10)], "Other": PEOPLE}))
        how = file.reading
        reading = batches(file.path, how, size=4)
        found = next(reading).rows
        preview(file.path, replace(how, sheet="Other"))
        for batch in reading:
            found += batch.rows
        assert found == [[str(2130000000 + number)] for number in range(10)]

    def test_the_rows_go_where_the_file_goes(self, tmp_path: Path) -> None:
        file, place = laid(tmp_path, xlsx({"List": PEOPLE})), tmp_path / "there"
        how = file.reading
        move(file.path, place)
        place.write_text("no workbook")
        assert [row for _, row in numbered(place, how)] == ROWS
        assert {path.name for path in tmp_path.iterdir()} == {"there", "there.rows"}

    @pytest.mark.parametrize("share", [0, 0.3, 0.99])
    def test_what_is_kept_and_lacks_its_end_is_made_anew(self, tmp_path: Path, share: float) -> None:
        file = laid(tmp_path, xlsx({"List": PEOPLE}))
        how = file.reading
        kept = file.path.with_name(f"{file.path.name}.rows")
        whole = kept.read_bytes()
        kept.write_bytes(whole[: int(share * len(whole))])
        assert [row for _, row in numbered(file.path, how)] == ROWS
        assert kept.read_bytes() == whole

    def test_one_that_cannot_be_read_leaves_nothing_behind(self, tmp_path: Path) -> None:
        file = laid(tmp_path, xlsx({"List": PEOPLE}, stray="XFD1048576"))
        assert file.refusal
        assert list(tmp_path.iterdir()) == [file.path]


class TestSheets:
    @EVERY_KIND
    def test_the_first_with_rows_is_read_and_another_may_be_chosen(self, tmp_path: Path, made: Made) -> None:
        file = laid(tmp_path, made({"Empty": [], "List": PEOPLE, "Año": [["Phone"], [2135550199]]}))
        assert file.reading.sheets == ("Empty", "List", "Año")
        assert file.reading.sheet == "List"
        assert list(numbered(file.path, replace(file.reading, sheet="Año"))) == [(2, ["2135550199"])]

    def test_hidden_ones_are_not_offered(self, tmp_path: Path) -> None:
        file = laid(tmp_path, xlsx({"Secret": PEOPLE, "List": PEOPLE}, hidden=["Secret"]))
        assert file.reading.sheets == ("List",)

    def test_a_sheet_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        file = laid(tmp_path, xlsx({"List": PEOPLE}))
        with pytest.raises(Unreadable):
            preview(file.path, replace(file.reading, sheet="Gone"))


class TestRefusals:
    @EVERY_KIND
    def test_a_workbook_without_a_row(self, tmp_path: Path, made: Made) -> None:
        assert laid(tmp_path, made({"A": [], "B": []})).refusal.startswith("There is not a single row")

    @EVERY_KIND
    def test_a_workbook_with_a_header_only(self, tmp_path: Path, made: Made) -> None:
        assert laid(tmp_path, made({"A": [["Phone", "Name"]]})).refusal.startswith("There is nothing below")

    @pytest.mark.parametrize(
        "locked",
        [compound({"EncryptionInfo": b"x", "EncryptedPackage": b"y"}), xls({"List": PEOPLE}, locked=True)],
        ids=["xlsx", "xls"],
    )
    def test_one_with_a_password(self, tmp_path: Path, locked: bytes) -> None:
        assert laid(tmp_path, locked).refusal.startswith("The workbook asks for a password.")

    def test_other_documents(self, tmp_path: Path) -> None:
        assert "cannot be read" in laid(tmp_path, compound({"WordDocument": b"x"})).refusal
        word = zipped({"[Content_Types].xml": "", "word/document.xml": ""})
        assert laid(tmp_path, word).refusal.startswith("This is a document, not a table")
        text = zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""})
        assert laid(tmp_path, text).refusal.startswith("This is a document, not a table")
        assert "Save it as XLSX" in laid(tmp_path, zipped({"xl/workbook.bin": b""})).refusal
        assert "Export it as CSV" in laid(tmp_path, zipped({"Index/Document.iwa": b""})).refusal

    @EVERY_KIND
    def test_one_that_is_damaged(self, tmp_path: Path, made: Made) -> None:
        whole = made({"List": PEOPLE})
        assert laid(tmp_path, whole[: len(whole) // 2]).refusal
        assert laid(tmp_path, zipped({"[Content_Types].xml": "", "xl/x": b"?"})).refusal.startswith(
            "The workbook"
        )

    def test_one_with_a_stray_cell_in_the_last_corner_costs_us_nothing(self, tmp_path: Path) -> None:
        file = laid(tmp_path, xlsx({"List": PEOPLE}, stray="XFD1048576"))
        assert file.refusal.startswith("The workbook cannot be read: it is damaged, far too large")

    def test_one_with_too_many_columns(self, tmp_path: Path) -> None:
        assert "Row 1 has 1,001 columns" in laid(tmp_path, xlsx({"A": [["x"] * 1_001, ["y"]]})).refusal
