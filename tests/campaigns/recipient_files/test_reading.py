"""Recipient files as text: encodings, delimiters, headers, and rows whose numbers are true."""

from __future__ import annotations

import codecs
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from campaigns.recipient_files.reading import (
    DELIMITERS,
    ENCODINGS,
    Reading,
    Unreadable,
    batches,
    detect,
    header_signature,
    preview,
)
from tests.campaigns.recipient_files.asking import laid, numbered

PEOPLE = "Phone,Name\n2135550100,Peña\n2135550101,Ñandú\n"
ROWS = [["2135550100", "Peña"], ["2135550101", "Ñandú"]]


class TestEncodings:
    @pytest.mark.parametrize(
        ("content", "encoding"),
        [
            (PEOPLE.encode(), "utf-8"),
            (PEOPLE.encode("utf-8-sig"), "utf-8-sig"),
            (PEOPLE.encode("cp1252"), "cp1252"),
            (codecs.BOM_UTF16_LE + PEOPLE.encode("utf-16-le"), "utf-16"),
            (codecs.BOM_UTF16_BE + PEOPLE.encode("utf-16-be"), "utf-16"),
            (PEOPLE.encode("utf-16-le"), "utf-16-le"),
        ],
        ids=["utf-8", "utf-8 with mark", "Windows-1252", "utf-16 le", "utf-16 be", "utf-16 without mark"],
    )
    def test_every_usual_encoding_is_recognised(self, tmp_path: Path, content: bytes, encoding: str) -> None:
        file = laid(tmp_path, content)
        assert file.reading.encoding == encoding
        assert file.reading.encoding in ENCODINGS
        assert file.preview.columns == ("Phone", "Name")
        assert file.cells == ROWS

    def test_the_first_accented_letter_may_come_after_a_million_bytes(self, tmp_path: Path) -> None:
        plain = "Phone,Name\n" + "2135550100,Smith\n" * 70_000
        assert laid(tmp_path, plain + "2135550101,Peña\n").reading.encoding == "utf-8"
        assert laid(tmp_path, (plain + "2135550101,Peña\n").encode("cp1252")).reading.encoding == "cp1252"

    def test_a_letter_cut_in_two_by_a_block_is_whole(self, tmp_path: Path) -> None:
        for shift in range(3):
            name = "x" * shift + "ñ€" * 60_000
            assert laid(tmp_path, f"Phone,Name\n2135550100,{name}\n").cells == [["2135550100", name]]

    def test_one_damaged_letter_does_not_garble_all_others(self, tmp_path: Path) -> None:
        good = "2135550100,Peña\n" * 20
        bad = b"2135550101,Pe\xf1a\n"
        near = laid(tmp_path, f"Phone,Name\n{good}".encode() + bad)
        assert near.refusal.startswith("Near line 22 there are letters that are not UTF-8.")
        far = laid(tmp_path, f"Phone,Name\n{good * 1_000}".encode() + bad)
        assert far.reading.encoding == "utf-8"
        assert far.refusal.startswith("Near line 20,002 there are letters that are not UTF-8.")

    def test_another_encoding_may_be_chosen(self, tmp_path: Path) -> None:
        file = laid(tmp_path, PEOPLE.encode())
        chosen = replace(file.reading, encoding="cp1252")
        assert preview(file.path, chosen).rows[0] == (2, ("2135550100", "PeÃ±a"))

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_a_wrong_choice_is_a_sentence_or_shows_in_the_preview(
        self, tmp_path: Path, encoding: str
    ) -> None:
        for right in ("utf-8", "cp1252", "utf-16"):
            file = laid(tmp_path, PEOPLE.encode(right))
            with suppress(Unreadable):
                assert preview(file.path, replace(file.reading, encoding=encoding)).columns

    def test_letters_of_no_encoding_are_refused(self, tmp_path: Path) -> None:
        assert (
            "neither UTF-8 nor Windows-1252" in laid(tmp_path, b"Phone,Name\n2135550100,\x81\x8d\n").refusal
        )


class TestDelimiters:
    @pytest.mark.parametrize("delimiter", DELIMITERS)
    def test_each_is_recognised(self, tmp_path: Path, delimiter: str) -> None:
        file = laid(tmp_path, PEOPLE.replace(",", delimiter))
        assert file.reading.delimiter == delimiter
        assert file.cells == ROWS

    def test_names_with_commas_do_not_hide_the_semicolons(self, tmp_path: Path) -> None:
        file = laid(tmp_path, "Name;Phone\nSmith, Jo;2135550100\nDoe, Al;2135550101\n")
        assert file.reading.delimiter == ";"
        assert file.cells[0] == ["Smith, Jo", "2135550100"]

    def test_semicolons_in_quotes_do_not_hide_the_commas(self, tmp_path: Path) -> None:
        file = laid(tmp_path, 'Phone,Tags\n2135550100,"a;b"\n2135550101,"c;d"\n')
        assert file.reading.delimiter == ","
        assert file.cells[0] == ["2135550100", "a;b"]

    def test_a_list_of_numbers_is_one_column(self, tmp_path: Path) -> None:
        file = laid(tmp_path, "Phone\n(213) 555-0100\n+1 213 555 0101\n")
        assert file.preview.columns == ("Phone",)
        assert file.cells == [["(213) 555-0100"], ["+1 213 555 0101"]]

    def test_a_table_of_contact_ids_needs_no_phone_numbers(self, tmp_path: Path) -> None:
        file = laid(tmp_path, "id;note;city\n1001;12,5;Reno\n1002;13,0;Reno\n")
        assert file.reading.delimiter == ";"
        assert file.preview.columns == ("id", "note", "city")

    def test_excels_own_declaration_is_believed_and_is_no_header(self, tmp_path: Path) -> None:
        file = laid(tmp_path, "sep=|\nPhone|Name\n2135550100|a,b\n")
        assert (file.reading.delimiter, file.reading.header_row) == ("|", 2)
        assert file.rows == [(3, ["2135550100", "a,b"])]

    def test_another_delimiter_may_be_chosen(self, tmp_path: Path) -> None:
        file = laid(tmp_path, PEOPLE)
        assert preview(file.path, replace(file.reading, delimiter=";")).columns == ("Phone,Name",)


class TestHeaders:
    def test_the_first_row_of_names_is_the_header(self, tmp_path: Path) -> None:
        assert laid(tmp_path, PEOPLE).reading.header_row == 1

    def test_it_may_come_after_a_title_and_blank_lines(self, tmp_path: Path) -> None:
        file = laid(tmp_path, "Customers in March\n\n,,\nPhone,First,Last\n2135550100,Jo,Doe\n")
        assert file.reading.header_row == 4
        assert file.preview.columns == ("Phone", "First", "Last")
        assert file.rows == [(5, ["2135550100", "Jo", "Doe"])]

    def test_a_title_may_be_a_year(self, tmp_path: Path) -> None:
        assert laid(tmp_path, "2024\nPhone,Name\n2135550100,Jo\n").reading.header_row == 2

    @pytest.mark.parametrize(
        "first", ["2135550100,Jo", "Jo,(213) 555-0100", "1.32E+10,Jo", "13232834422.0,Jo", "+12135550100,Jo"]
    )
    def test_a_first_row_with_a_phone_number_is_a_person(self, tmp_path: Path, first: str) -> None:
        file = laid(tmp_path, f"{first}\n2135550101,Al\n")
        assert file.reading.header_row == 0
        assert file.preview.columns == ("Column 1", "Column 2")
        assert file.rows[0] == (1, first.split(","))

    def test_a_first_row_with_an_id_or_an_address_is_a_person(self, tmp_path: Path) -> None:
        assert laid(tmp_path, "10023,Jo\n10024,Al\n").reading.header_row == 0
        assert laid(tmp_path, "Jo,jo@example.com\nAl,al@example.com\n").reading.header_row == 0

    def test_names_with_digits_are_names(self, tmp_path: Path) -> None:
        file = laid(tmp_path, "Phone 1,2024,Phone 2\n2135550100,x,2135550101\n")
        assert file.preview.columns == ("Phone 1", "2024", "Phone 2")

    def test_columns_without_a_name_are_numbered_and_line_breaks_in_names_are_spaces(
        self, tmp_path: Path
    ) -> None:
        file = laid(tmp_path, 'Phone,,"First\nname"\n2135550100,a,b,c\n')
        assert file.preview.columns == ("Phone", "Column 2", "First name", "Column 4")

    def test_another_row_may_be_chosen(self, tmp_path: Path) -> None:
        file = laid(tmp_path, PEOPLE)
        none = replace(file.reading, header_row=0)
        assert preview(file.path, none).rows[0] == (1, ("Phone", "Name"))
        second = replace(file.reading, header_row=2)
        assert preview(file.path, second).columns == ("2135550100", "Peña")
        assert list(numbered(file.path, second)) == [(3, ROWS[1])]

    def test_a_row_that_is_not_there_cannot_be_chosen(self, tmp_path: Path) -> None:
        file = laid(tmp_path, PEOPLE)
        with pytest.raises(Unreadable, match=r"The file has no row 9\."):
            preview(file.path, replace(file.reading, header_row=9))
        with pytest.raises(Unreadable, match=r"nothing below the column names in row 3\."):
            preview(file.path, replace(file.reading, header_row=3))

    def test_the_signature_ignores_capitals_and_blanks_but_not_the_order(self) -> None:
        assert header_signature(("Phone ", "First  Name")) == header_signature(("phone", "first name"))
        assert header_signature(("phone", "name")) != header_signature(("name", "phone"))
        assert header_signature(("a", "bc")) != header_signature(("ab", "c"))


class TestRows:
    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    def test_every_line_ending_is_read(self, tmp_path: Path, ending: str) -> None:
        assert laid(tmp_path, PEOPLE.replace("\n", ending)).cells == ROWS
        assert laid(tmp_path, PEOPLE.replace("\n", ending).rstrip()).cells == ROWS

    def test_a_line_break_inside_quotes_does_not_begin_a_row(self, tmp_path: Path) -> None:
        file = laid(tmp_path, 'Phone,Note\n2135550100,"one\r\ntwo"\n2135550101,x\n')
        assert file.rows == [(2, ["2135550100", "one\r\ntwo"]), (3, ["2135550101", "x"])]

    def test_blank_lines_keep_the_numbers_true(self, tmp_path: Path) -> None:
        file = laid(tmp_path, "Phone\n\n2135550100\n\n\n2135550101\n")
        assert file.rows == [(2, []), (3, ["2135550100"]), (4, []), (5, []), (6, ["2135550101"])]
        assert [number for number, _ in file.preview.rows] == [3, 6]

    def test_ragged_rows_come_as_they_are_and_are_shown_as_wide_as_the_widest(self, tmp_path: Path) -> None:
        file = laid(tmp_path, "Phone,Name\n2135550100\n2135550101,Jo,more\n")
        assert file.cells == [["2135550100"], ["2135550101", "Jo", "more"]]
        assert file.preview.rows[0] == (2, ("2135550100", "", ""))

    def test_numbers_stay_true_from_batch_to_batch(self, tmp_path: Path) -> None:
        file = laid(tmp_path, "Phone\n" + "".join(f'213555{n:04}\n"x\ny"\n' for n in range(50)))
        for size in (1, 7, 100, 5000):
            assert list(numbered(file.path, file.reading, size=size)) == file.rows
        assert file.rows[-1] == (101, ["x\ny"])

    def test_the_position_comes_to_the_end_of_the_file(self, tmp_path: Path) -> None:
        file = laid(tmp_path, "Phone\n" + "2135550100\n" * 100_000)
        positions = [batch.position for batch in batches(file.path, file.reading, size=5000)]
        assert positions == sorted(positions)
        assert 0 < positions[0] < positions[-1] == file.path.stat().st_size


class TestQuotationMarks:
    def test_sloppy_ones_within_a_line_are_read_with_patience(self, tmp_path: Path) -> None:
        content = 'Phone,Name\n2135550100,"Jo" Smith\n2135550101,5" pipe\n2135550102,"Al" \n2135550103,x\n'
        file = laid(tmp_path, content)
        assert [row[1] for row in file.cells] == ["Jo Smith", '5" pipe', "Al ", "x"]
        assert file.rows[-1][0] == 5

    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    def test_patience_leaves_every_other_row_as_it_is(self, tmp_path: Path, ending: str) -> None:
        lines = [f'{number},"Jo" S,"{number}"' for number in range(20_000)]
        lines[::3] = [f'{number},"a{ending}b",c' for number in range(0, 20_000, 3)]
        file = laid(tmp_path, ending.join(["Id,Name,Same", *lines]) + ending)
        assert [row[0] for row in file.cells] == [str(number) for number in range(20_000)]
        assert file.cells[1] == ["1", "Jo S", "1"]
        assert file.cells[3] == ["3", f"a{ending}b", "c"]

    def test_one_never_closed_is_refused_with_its_row(self, tmp_path: Path) -> None:
        people = "".join(f"213555{n:04},Al\n" for n in range(9_000))
        for content in (
            'Phone,Name\n2135550199,"Jo\n' + people,
            'Phone,Name\n2135550199,"Jo\n' + people * 10,
        ):
            assert laid(tmp_path, content).refusal.startswith('A quotation mark (") is opened in row 2')

    def test_one_closed_by_the_next_rows_cannot_swallow_people(self, tmp_path: Path) -> None:
        content = 'Phone,Name,City\n2135550100,"Jo,Reno\n2135550101,"Doe, Al",Reno\n2135550102,Bo,Reno\n'
        assert "opened in row 2" in laid(tmp_path, content).refusal

    def test_one_in_the_last_row_hurts_nobody(self, tmp_path: Path) -> None:
        assert laid(tmp_path, 'Phone,Name\n2135550100,"Jo').cells == [["2135550100", "Jo"]]


class TestKeepingAReading:
    def test_it_survives_json(self, tmp_path: Path) -> None:
        for reading in (laid(tmp_path, PEOPLE).reading, Reading("sheet", sheet="B", sheets=("A", "B"))):
            assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading

    def test_its_name_does_not_matter(self, tmp_path: Path) -> None:
        file = laid(tmp_path, PEOPLE)
        assert detect(file.path, name="people.pdf") == file.reading
