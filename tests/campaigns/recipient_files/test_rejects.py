"""The file of rows that were left out, and its way back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.recipient_files import rejects
from campaigns.recipient_files.checking import Mapping
from campaigns.recipient_files.reading import Reading
from tests.campaigns.recipient_files.checked import check, check_file

PEOPLE = """phone,name,street
(213) 555-0142,Elena Marsh,1180 Fargo St
555-0107,Sam Petrov,2010 Effie St
213 555 0142,Elena again,1180 Fargo St
1.32E+10,"=HYPERLINK(""http://x"")","@home"
"""


class TestWriting:
    def test_rows_are_there_as_they_came_with_their_reasons(self, tmp_path: Path) -> None:
        left_out = check(tmp_path, PEOPLE).rejects
        assert list(left_out[0]) == ["phone", "name", "street", "_row", "_reason", "_suggestion"]
        assert [(row["name"], row["_row"], row["_reason"]) for row in left_out[:2]] == [
            ("Sam Petrov", "3", "Because invalid"),
            ("Elena again", "4", "Because duplicate"),
        ]
        assert "area code is missing" in left_out[0]["_suggestion"]

    def test_no_cell_is_a_formula(self, tmp_path: Path) -> None:
        content = "phone,name,=x\n" + "".join(f"911,{mark}1,'{mark}1\n" for mark in "=+-@")
        path = check(tmp_path, content).rejects_path
        with path.open(encoding="utf-8-sig", newline="") as file:
            written = [cell for row in csv.reader(file) for cell in row]
        assert len(written) == 5 * 6
        assert not [cell for cell in written if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]

    def test_excel_reads_its_letters(self, tmp_path: Path) -> None:
        path = check(tmp_path, "phone,name\n911,Peña\n").rejects_path
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")

    def test_cells_beyond_the_columns_are_kept_at_the_end(self, tmp_path: Path) -> None:
        path = check(
            tmp_path, "phone,name,street\n2135550142,Marsh, Elena,1180 Fargo\n", Mapping((0,))
        ).rejects_path
        with path.open(encoding="utf-8-sig", newline="") as file:
            _, row = csv.reader(file)
        assert row[:3] == ["2135550142", "Marsh", " Elena"]
        assert "1180 Fargo" in row

    def test_columns_without_names_are_numbered(self, tmp_path: Path) -> None:
        how = Reading("text", encoding="utf-8", delimiter=",", header_row=0)
        [row] = check(tmp_path, "911,Elena\n", Mapping((0,)), how=how).rejects
        assert (row["Column 1"], row["Column 2"]) == ("911", "Elena")


class TestTheWayBack:
    def test_corrected_rows_are_accepted_with_everything_they_brought(self, tmp_path: Path) -> None:
        path = check(tmp_path, PEOPLE).rejects_path
        path.write_text(path.read_text("utf-8-sig").replace("555-0107", "213 555 0107"), "utf-8-sig")
        again = check_file(path)
        assert again.accepted == [
            (
                2,
                {
                    "phoneNumber": "12135550107",
                    "attributes": {"name": "Sam Petrov", "street": "2010 Effie St"},
                },
            ),
            (
                3,
                {
                    "phoneNumber": "12135550142",
                    "attributes": {"name": "Elena again", "street": "1180 Fargo St"},
                },
            ),
        ]

    def test_what_is_still_wrong_comes_out_with_one_set_of_our_columns(self, tmp_path: Path) -> None:
        [row] = check_file(check(tmp_path, PEOPLE).rejects_path, Mapping((0,))).rejects[1:]
        assert list(row) == ["phone", "name", "street", "_row", "_reason", "_suggestion"]
        assert row["name"] == """'=HYPERLINK("http://x")"""
        assert (row["_row"], row["_reason"]) == ("4", "Because damaged")

    def test_guarded_cells_are_what_they_were(self, tmp_path: Path) -> None:
        path = check(tmp_path, PEOPLE).rejects_path
        path.write_text(path.read_text("utf-8-sig").replace("1.32E+10", "2135550143"), "utf-8-sig")
        attributes = check_file(path).accepted[-1][1]["attributes"]
        assert attributes == {"name": '=HYPERLINK("http://x")', "street": "@home"}

    def test_cells_of_other_files_are_left_alone(self, tmp_path: Path) -> None:
        found = check(tmp_path, "phone,name\n2135550142,'=x\n")
        assert found.accepted[0][1]["attributes"] == {"name": "'=x"}


@given(st.text(alphabet="'=+-@\t\rab ", max_size=6) | st.text(max_size=6))
def test_guarding_is_undone_without_a_doubt(cell: str) -> None:
    guarded = rejects.guarded(cell)
    assert rejects.unguarded(guarded) == cell
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("cell", ["", "Elena", "2135550142", "'", "a=b"])
def test_an_innocent_cell_is_not_touched(cell: str) -> None:
    assert rejects.guarded(cell) == cell
