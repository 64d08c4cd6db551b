"""Phone numbers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.services import numbers
from campaigns.services.numbers import Number, Problem

digits = st.integers(min_value=2, max_value=9).map(str)
blocks = st.builds(lambda first, rest: f"{first}{rest:02}", digits, st.integers(0, 99)).filter(
    lambda block: not block.endswith("11")
)


def problem(text: str) -> str:
    """What is wrong with the text."""
    read = numbers.parse(text)
    assert isinstance(read, Problem)
    return read.sentence


class TestNumbersThatCanBeCalled:
    @pytest.mark.parametrize(
        "text",
        [
            "2135550190",
            "12135550190",
            "+12135550190",
            "+1 213 555 0190",
            "1-213-555-0190",
            "(213) 555-0190",
            "(213) 5550190",
            "213.555.0190",
            "213–555–0190",
            "213\N{NO-BREAK SPACE}555\N{NO-BREAK SPACE}0190",
            "２１３５５５０１９０",  # full-width digits
            "＋１（２１３）５５５－０１９０",
            "٢١٣٥٥٥٠١٩٠",  # Arabic digits
            " 2135550190 ",
            "'2135550190",
            "’2135550190",
            "\ufeff2135550190",
            "\u202a(213) 555-0190\u202c",  # the invisible marks of an address book
            "011 1 213 555 0190",
            "001 213 555 0190",
        ],
    )
    def test_every_usual_spelling_becomes_eleven_digits(self, text: str) -> None:
        assert numbers.parse(text) == Number("12135550190")

    def test_the_style_of_callfires_samples_is_read(self) -> None:
        assert numbers.parse("(347) 2521003") == Number("13472521003")

    @pytest.mark.parametrize("area", ["201", "212", "416", "604", "787", "800", "907", "983"])
    def test_practice_numbers_of_every_kind_of_area_are_read(self, area: str) -> None:
        assert numbers.parse(f"{area}5550101") == Number(f"1{area}5550101")

    @pytest.mark.parametrize(
        "damaged",
        ["13232834422.0", "13232834422.00", "1.3232834422E+10", "1,3232834422e10", "3.232834422E+9"],
    )
    def test_what_a_spreadsheet_did_is_undone_when_every_digit_is_left(self, damaged: str) -> None:
        read = numbers.parse(damaged)
        assert isinstance(read, Number)
        assert read.digits == "13232834422"
        assert damaged in read.note


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("213555019", "One digit is missing."),
            ("1 213 555 019", "One digit is missing."),
            ("+1 213 555 019", "One digit is missing."),
            ("21355501", "Two digits are missing."),
            ("213555019001", "Two digits are too many."),
            ("555-0107", "The area code is missing."),
            ("911", "emergency numbers cannot be called"),
            ("64633", "Short codes"),
            ("0135550190", "does not begin with 0, as 013 does"),
            ("1115550190", "digit"),
            ("9115550190", "911 is a service number, not an area code"),
            ("(347) 1521003", "do not begin with 1, as 152 does"),
            ("2130550190", "do not begin with 0, as 055 does"),
            ("2134110190", "as 411 is"),
            ("+44 20 7946 0018", "country code +44"),
            ("011 44 20 7946 0018", "country code +44"),
            ("0044 20 7946 0018", "country code +44"),
            ("+999 123 4567", "No country has this code"),
            ("+", "No country has this code"),
            ("876 555 0190", "Area code 876 is outside the US and Canada"),
            ("809-555-0190", "Area code 809 is outside the US and Canada"),
            ("1.32E+10", "A spreadsheet cut the digits: 1.32E+10"),
            ("1.32356E+10", "A spreadsheet cut the digits"),
            ("818 555 0127 x12", "extension"),
            ("818 555 0127 ext. 12", "extension"),
            ("818 555 0127 #12", "extension"),
            ("213-555-CALL", "letters"),
            ("Elena Marsh", "There is no number in it."),
            ("", "There is no number here."),
            ("1", "There is no number here."),
            ("2135550190 2135550191", "Put each number on a line of its own."),
            ("$2135550190", "“$” does not belong"),
            ("²135550190", "“²” does not belong"),
            ("<b>2135550190</b>", "letters"),
        ],
    )
    def test_it_is_said_in_a_sentence(self, text: str, words: str) -> None:
        assert words in problem(text)

    def test_the_sentence_shows_how_a_number_looks(self) -> None:
        assert problem("213555019") == ("Enter a 10-digit number, like (213) 555-0190. One digit is missing.")


class TestAnything:
    @given(st.text())
    def test_no_text_makes_it_fail(self, text: str) -> None:
        read = numbers.parse(text)
        if isinstance(read, Number):
            assert len(read.digits) == 11
            assert read.digits.isascii()
            assert read.digits.startswith("1")
        else:
            assert read.sentence.endswith(".")

    @given(st.text(alphabet="0123456789+-().eEx# '１٢", max_size=24))
    def test_nothing_that_resembles_a_number_does_either(self, text: str) -> None:
        read = numbers.parse(text)
        assert isinstance(read, Problem) or numbers.parse(read.digits) == Number(read.digits)

    @given(blocks, blocks, st.integers(0, 9999), st.sampled_from(["{}{}{}", "({}) {}-{}", "+1 {}.{}.{}"]))
    def test_every_number_the_plan_allows_here_is_read_as_it_is(
        self, area: str, exchange: str, line: int, spelling: str
    ) -> None:
        read = numbers.parse(spelling.format(area, exchange, f"{line:04}"))
        if isinstance(read, Number):
            assert read == Number(f"1{area}{exchange}{line:04}")
        else:
            where = f"Area code {area} is"
            assert read.sentence.startswith((f"{where} outside the US and Canada.", f"{where} not in use."))


class TestTraces:
    def test_a_digest_compares_and_does_not_show_the_number(self) -> None:
        assert numbers.digest("12135550190") == numbers.digest("12135550190")
        assert numbers.digest("12135550190") != numbers.digest("12135550191")
        assert "5550190" not in numbers.digest("12135550190")

    @pytest.mark.parametrize(
        "said",
        ["Invalid phone number: 12135550190", "(213) 555-0190 is bad", "+1-213-555-0190", "1 213 555 0190."],
    )
    def test_a_sentence_is_kept_without_the_number_in_it(self, said: str) -> None:
        kept = numbers.masked(said)
        assert "555" not in kept
        assert "90" in kept

    def test_the_rest_of_a_sentence_stays(self) -> None:
        assert numbers.masked("At most 100 recipients in 2026.") == "At most 100 recipients in 2026."
