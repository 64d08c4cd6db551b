"""The quick way to read plain numbers says what the thorough way says. How texts are read: test_numbers."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import is_valid_number, parse, region_code_for_number

from campaigns.recipient_files import phones
from campaigns.recipient_files.phones import Number, Problem
from campaigns.recipient_files.reasons import Reason

SPELLINGS = (
    "{}{}{}",
    "1{}{}{}",
    "+1{}{}{}",
    "({}) {}-{}",
    "{}.{}.{}",
    "+1 ({}) {}.{}",
    "1-{}-{}-{}",
    " {} {} {} ",
)
RESEMBLING = st.text(alphabet="0123456789+-(). eE#\n\t１'", max_size=18)


def thorough(text: str) -> int:
    """What ``parse`` reads, 0 for no number."""
    read = phones.parse(text)
    return int(read.digits) if isinstance(read, Number) else 0


def reason(text: str) -> Reason:
    """Why it is no number."""
    read = phones.parse(text)
    assert isinstance(read, Problem)
    return read.reason


class TestPlain:
    def test_every_area_code_with_every_exchange_begins_as_the_thorough_way_says(self) -> None:
        texts = [f"{area:03}{exchange:03}0123" for area, exchange in product(range(1000), range(0, 1000, 7))]
        assert phones.plain(texts) == [thorough(text) for text in texts]

    def test_a_hundred_thousand_numbers_in_every_spelling_are_read_the_same(self) -> None:
        chance = random.Random(7)
        texts = [
            chance.choice(SPELLINGS).format(
                f"{chance.randrange(1000):03}",
                f"{chance.randrange(1000):03}",
                f"{chance.randrange(10_000):04}",
            )
            for _ in range(100_000)
        ]
        plain = phones.plain(texts)
        assert plain == [thorough(text) for text in texts]
        assert sum(map(bool, plain)) > 25_000

    def test_its_area_codes_are_those_the_library_has_in_the_us_and_canada(self) -> None:
        for area in range(200, 1000):
            samples = [parse(f"+1{area}{exchange}0123") for exchange in range(200, 1000, 9)]
            regions = {region_code_for_number(sample) for sample in samples if is_valid_number(sample)}
            read = phones.plain([f"{area}5550123"])
            assert bool(read[0]) == bool(regions & {"US", "CA", "AS", "GU", "MP", "PR", "VI"}), area

    @given(st.lists(RESEMBLING | st.text(max_size=12), max_size=8))
    def test_what_it_reads_is_what_the_thorough_way_reads(self, texts: list[str]) -> None:
        plain = phones.plain(texts)
        assert len(plain) == len(texts)
        for number, text in zip(plain, texts, strict=True):
            assert number in (0, thorough(text))

    @pytest.mark.parametrize(
        "text", ["323283442.0", "1323283442.5", "2135550190.5", "+2135550190", "2135550190 x1"]
    )
    def test_what_only_resembles_a_number_needs_a_closer_look(self, text: str) -> None:
        assert phones.plain([text]) == [0]

    def test_a_line_break_in_a_cell_moves_no_number_to_another_row(self) -> None:
        assert phones.plain(["2135550190\n2135550191", "2135550192"]) == [0, 0]

    def test_nothing_to_read_is_nothing_read(self) -> None:
        assert phones.plain([]) == []


class TestReasons:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", Reason.EMPTY),
            ("  ", Reason.EMPTY),
            ("'", Reason.EMPTY),
            ("555-0107", Reason.INVALID),
            ("21355501901", Reason.INVALID),
            ("call me", Reason.INVALID),
            ("818 555 0127 x12", Reason.INVALID),
            ("2130550190", Reason.INVALID),
            ("0135550190", Reason.AREA_CODE),
            ("911 555 0190", Reason.AREA_CODE),
            ("1.32E+10", Reason.DAMAGED),
            ("1,32356E+10", Reason.DAMAGED),
            ("1323283442.5", Reason.DAMAGED),
            ("72345", Reason.SHORT_CODE),
            ("911", Reason.SHORT_CODE),
            ("+44 20 7946 0018", Reason.ABROAD),
            ("+2135550190", Reason.ABROAD),
            ("876 555 0190", Reason.ABROAD),
        ],
    )
    def test_each_problem_has_one(self, text: str, expected: Reason) -> None:
        assert reason(text) == expected


class TestSpreadsheets:
    def test_a_quantity_is_read_digit_by_digit_or_not_at_all(self) -> None:
        assert phones.parse("13232834422.0") == Number(
            "13232834422", "A spreadsheet had made it 13232834422.0."
        )
        assert "One digit is missing" in str(phones.parse("323283442.0"))

    def test_the_formula_by_which_exports_keep_digits_is_undone(self) -> None:
        assert phones.parse('="2135550190"') == Number("12135550190")
