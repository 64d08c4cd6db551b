"""People as somebody typed or pasted them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.services import pasted
from campaigns.services.pasted import Person

A, B, C = "12135550190", "12135550191", "12135550192"


def people(text: str) -> list[Person]:
    """Everybody in the text, where no line is bad."""
    read = pasted.read(text)
    assert [line.problem for line in read.bad] == []
    return list(read.people)


def problems(text: str) -> dict[int, str]:
    """What is wrong, by the number of the line."""
    return {line.position: line.problem for line in pasted.read(text).bad}


class TestPlainNumbers:
    @pytest.mark.parametrize(
        "text",
        [
            "2135550190\n2135550191",
            "2135550190\r\n2135550191\r\n",
            "\n\n  2135550190\n\n2135550191  \n",
            "2135550190, 2135550191",
            "(213) 555-0190; (213) 555-0191",
            "2135550190\t2135550191",
            "phone\n2135550190\n2135550191",
            "Phone numbers\n2135550190\n2135550191",
        ],
    )
    def test_one_on_a_line_or_several_on_one(self, text: str) -> None:
        assert people(text) == [Person(A), Person(B)]

    def test_a_number_is_taken_once_and_the_repetition_says_where_it_was(self) -> None:
        read = pasted.read("2135550190\n2135550191\n(213) 555-0190")
        assert read.people == [Person(A), Person(B)]
        assert read.lines[2].is_repeated
        assert read.lines[2].note == "The same number as on line 1. Added once."

    def test_what_was_repaired_is_said(self) -> None:
        read = pasted.read("12135550190.0")
        assert read.people == [Person(A)]
        assert "12135550190.0" in read.lines[0].note


class TestAttributes:
    @pytest.mark.parametrize("mark", [",", ";", "\t"])
    def test_a_first_line_names_them(self, mark: str) -> None:
        text = "number, name, street\n2135550190, Elena Marsh, 1180 Fargo St\n2135550191, Ines".replace(
            ", ", mark
        )
        assert people(text) == [
            Person(A, {"name": "Elena Marsh", "street": "1180 Fargo St"}),
            Person(B, {"name": "Ines"}),
        ]

    def test_a_quoted_value_may_hold_the_separator(self) -> None:
        assert people('number,name\n2135550190,"Marsh, Elena"') == [Person(A, {"name": "Marsh, Elena"})]

    def test_an_empty_value_is_not_sent(self) -> None:
        assert people("number;name;street\n2135550190;;1180 Fargo St") == [
            Person(A, {"street": "1180 Fargo St"})
        ]

    def test_without_names_there_is_nothing_to_call_them(self) -> None:
        assert "Name the columns in a first line" in problems("2135550190, Elena")[1]

    def test_more_values_than_names_are_a_problem(self) -> None:
        found = problems("number,name\n2135550190,Elena,1180 Fargo St")
        assert found == {2: "It has 3 columns, and the first line names 2."}

    @pytest.mark.parametrize(
        ("header", "words"),
        [
            ("number,client_ref", "Callboard uses client_ref itself"),
            ("number,Client_Ref", "Callboard uses client_ref itself"),
            ("number,name,name", "Two columns are named “name”."),
            ("number,,name", "Every column needs a name."),
            (f"number,{'n' * 65}", "is too long for the name of a column"),
        ],
    )
    def test_a_name_that_cannot_be_is_a_problem_of_the_first_line(self, header: str, words: str) -> None:
        assert words in problems(f"{header}\n2135550190")[1]

    def test_a_word_where_a_number_should_be_is_not_taken_for_a_name(self) -> None:
        assert set(problems("Elena\n2135550190")) == {1}


class TestBadLines:
    def test_each_keeps_the_number_of_its_line(self) -> None:
        assert set(problems("2135550190\n\n213555019\n2135550191\n911")) == {3, 5}

    def test_the_good_ones_are_read_all_the_same(self) -> None:
        assert pasted.read("2135550190\n911").people == [Person(A)]


class TestAnything:
    @given(st.text())
    def test_no_text_makes_it_fail(self, text: str) -> None:
        pasted.read(text)

    @given(
        st.text(alphabet="2135550190,;\t\n\r\"' nameEx.+", max_size=200),
    )
    def test_nobody_is_in_it_twice_and_every_line_is_accounted_for(self, text: str) -> None:
        read = pasted.read(text)
        found = [person.number for person in read.people]
        assert len(found) == len(set(found))
        for line in read.lines:
            ways = [line.person is not None, bool(line.problem), line.is_repeated]
            assert sum(ways) == (0 if line.is_header and not line.problem else 1)

    @given(
        st.lists(st.sampled_from([A, B, C]), min_size=1),
        st.lists(st.text(alphabet="abc ,;\"'", min_size=1).filter(str.strip), min_size=1, max_size=3),
    )
    def test_what_was_written_as_a_table_is_read_back(self, rows: list[str], values: list[str]) -> None:
        header = "\t".join(["number", *(f"column {place}" for place, _ in enumerate(values))])
        quoted = ['"' + value.strip().replace('"', '""') + '"' for value in values]
        text = "\n".join([header, *("\t".join([row, *quoted]) for row in rows)])
        wanted = {f"column {place}": value.strip() for place, value in enumerate(values)}
        assert people(text) == [Person(row, wanted) for row in dict.fromkeys(rows)]


class TestWhatIsSent:
    def test_a_recipient_has_the_number_its_attributes_and_ours(self) -> None:
        recipient = Person(A, {"name": "Elena"}).to_recipient(client_ref="abc-1")
        assert recipient.to_wire() == {
            "phoneNumber": A,
            "attributes": {"name": "Elena", "client_ref": "abc-1"},
        }
