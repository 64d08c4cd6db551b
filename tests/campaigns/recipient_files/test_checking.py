"""Every row ends in exactly one place: accepted, or left out for one reason."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.recipient_files import phones
from campaigns.recipient_files.checking import Mapping
from campaigns.recipient_files.phones import Number
from campaigns.recipient_files.reading import Reading
from tests.campaigns.recipient_files.checked import check

GOOD, OTHER = "(213) 555-0142", "323.555.0172"

# What is in the column of phones, how many of them are accepted, and why the others are not.
ODD_ROWS: list[tuple[str, Sequence[str], int, dict[str, int]]] = [
    ("ten digits", ["2135550142", "3235550172"], 2, {}),
    ("eleven digits", ["12135550142"], 1, {}),
    ("spelled with a plus", ["+1 213 555 0142"], 1, {}),
    ("spelled with dots", ["213.555.0142"], 1, {}),
    ("full-width digits", ["２１３５５５０１４２"], 1, {}),
    ("no-break spaces", ["213\N{NO-BREAK SPACE}555\N{NO-BREAK SPACE}0142"], 1, {}),
    ("an apostrophe before it", ["'2135550142"], 1, {}),
    ("a formula around it", ['="2135550142"'], 1, {}),
    ("a line break in it", ["213\n5550142", OTHER], 2, {}),
    ("a tab in it", ["213\t5550142"], 1, {}),
    ("dialled from abroad", ["011 1 213 555 0142"], 1, {}),
    ("area codes that nobody has", ["999 555 2345", "370-555-2345", GOOD], 1, {"area_code": 2}),
    ("the same spelled twice", [GOOD, "213-555-0142", "+12135550142"], 1, {"duplicate": 2}),
    ("the same, repaired", [GOOD, "12135550142.0"], 1, {"duplicate": 1}),
    ("repaired, then the same", ["12135550142.0", GOOD], 1, {"duplicate": 1}),
    ("the same as an earlier upload's", ["8185550127", GOOD], 1, {"earlier": 1}),
    ("an earlier upload's, twice", ["8185550127", "818 555 0127"], 0, {"earlier": 2}),
    ("perhaps called already, twice", ["8185550128", GOOD, "818 555 0128"], 1, {"maybe_called": 2}),
    ("in an earlier upload, and perhaps called", ["8185550129"], 0, {"earlier": 1}),
    ("blanks", ["   ", GOOD], 1, {"empty": 1}),
    ("nothing", ["", GOOD, ""], 1, {"empty": 2}),
    ("an invisible mark", ["\u200b", GOOD], 1, {"empty": 1}),
    ("a quantity with its digits", ["13232834422.0", "13232834423,00"], 2, {}),
    ("scientific with its digits", ["1.3232834422E+10"], 1, {}),
    ("scientific, cut", ["1.32E+10", "1.32E+10"], 0, {"damaged": 2}),
    ("a quantity with a fraction", ["1323283442.5"], 0, {"damaged": 1}),
    ("a quantity too short", ["323283442.0"], 0, {"invalid": 1}),
    ("no area code", ["555-0107"], 0, {"invalid": 1}),
    ("a digit too many", ["213555014299"], 0, {"invalid": 1}),
    ("two numbers in one cell", [f"{GOOD} / {OTHER}"], 0, {"invalid": 1}),
    ("an extension", ["818 555 0128 x12"], 0, {"invalid": 1}),
    ("words", ["call me", "n/a", "-"], 0, {"invalid": 2, "empty": 1}),
    (
        "an impossible area code",
        ["0135550142", "1115550142", "911 555 0142"],
        0,
        {"area_code": 2, "invalid": 1},
    ),
    ("an impossible exchange", ["213 155 0142", "213 911 0142"], 0, {"invalid": 2}),
    ("short codes", ["72345", "911", "411"], 0, {"short_code": 3}),
    ("other countries", ["+44 20 7946 0018", "0049 30 123456789"], 0, {"abroad": 2}),
    ("islands that share +1", ["876 555 0142", "+1 242 555 0142"], 0, {"abroad": 2}),
    ("territories of the US", ["787 555 0142", "671 555 0142"], 2, {}),
    ("a plus without the 1", ["+2135550142"], 0, {"abroad": 1}),
    ("a web page", ["<b>2135550142</b>"], 0, {"invalid": 1}),
    ("a lone quotation mark", ['"', GOOD], 1, {"invalid": 1}),
]


def table(*rows: Sequence[str], delimiter: str = ",") -> str:
    """The rows as a file."""
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(rows)
    return written.getvalue()


class TestOddRows:
    @pytest.mark.parametrize(
        ("texts", "accepted", "rejected"), [odd[1:] for odd in ODD_ROWS], ids=[odd[0] for odd in ODD_ROWS]
    )
    def test_each_ends_where_it_belongs(
        self, tmp_path: Path, texts: Sequence[str], accepted: int, rejected: dict[str, int]
    ) -> None:
        content = table(("phone", "name"), *((text, "Elena") for text in texts))
        how = Reading("text", encoding="utf-8", delimiter=",", header_row=1)
        found = check(
            tmp_path,
            content,
            Mapping((0,)),
            how=how,
            earlier={18185550127, 18185550129},
            maybe_called={18185550128, 18185550129},
        )
        assert found.rejected == rejected
        assert len(found.accepted) == found.check.counts.accepted == accepted
        assert found.check.counts.rows == len(texts)

    def test_blank_lines_are_no_rows_and_keep_the_numbers_true(self, tmp_path: Path) -> None:
        found = check(tmp_path, f"phone,name\n\n{GOOD},Elena\n\n\n{OTHER},Ines\n")
        assert [row for row, _ in found.accepted] == [3, 6]
        assert (found.check.counts.rows, found.rejected) == (2, {})

    def test_short_rows_lack_what_they_lack(self, tmp_path: Path) -> None:
        found = check(tmp_path, f"name,phone,street\nElena,{GOOD}\nInes\n")
        assert found.rejected == {"empty": 1}
        assert found.accepted[0][1]["attributes"] == {"name": "Elena", "street": ""}

    def test_a_row_whose_cells_have_moved_is_left_out(self, tmp_path: Path) -> None:
        found = check(
            tmp_path, f"phone,name,street\n{GOOD},Marsh, Elena,1180 Fargo\n{OTHER},Ines,902 Echo,,\n"
        )
        assert found.rejected == {"too_wide": 1}
        assert found.people == ["13235550172"]
        [(row, text, advice)] = found.check.counts.examples["too_wide"]
        assert (row, text) == (2, "1180 Fargo")
        assert "quotation marks" in advice

    def test_without_a_header_no_row_is_too_wide(self, tmp_path: Path) -> None:
        found = check(tmp_path, f"{GOOD},Marsh\n{OTHER},Ines,902 Echo\n", Mapping((0,)))
        assert len(found.accepted) == 2


class TestPeople:
    def test_a_person_is_told_as_callfire_takes_it(self, tmp_path: Path) -> None:
        content = table(("phone", "name", "50% off"), (GOOD, 'Zoë "Z" Pe\\ña\n2nd', "100%"))
        found = check(tmp_path, content)
        attributes = {"name": 'Zoë "Z" Pe\\ña\n2nd', "50% off": "100%"}
        assert found.accepted == [(2, {"phoneNumber": "12135550142", "attributes": attributes})]

    def test_without_attributes_there_are_none(self, tmp_path: Path) -> None:
        assert check(tmp_path, f"phone\n{GOOD}\n").accepted == [(2, {"phoneNumber": "12135550142"})]

    def test_the_first_callable_number_is_taken(self, tmp_path: Path) -> None:
        content = table(
            ("phone_1", "phone_2"),
            (GOOD, OTHER),
            ("", "8185550127"),
            ("555-0107", "626 555 0163"),
            ("1.32E+10", "555-0107"),
            ("", " "),
            ("6265550164", ""),
        )
        found = check(tmp_path, content)
        assert found.people == ["12135550142", "18185550127", "16265550163", "16265550164"]
        assert found.rejected == {"damaged": 1, "empty": 1}

    def test_the_order_of_the_columns_is_the_mapping_s(self, tmp_path: Path) -> None:
        found = check(tmp_path, f"landline,mobile\n{GOOD},{OTHER}\n", Mapping((1, 0)))
        assert found.people == ["13235550172"]

    def test_contacts_are_told_by_their_ids(self, tmp_path: Path) -> None:
        content = "contact_id,name\n4711,Elena\n 4712 ,Ines\n4711,Elena\n\n0,x\nabc,x\n,x\n-4,x\n4.0,x\n"
        found = check(tmp_path, content)
        assert found.accepted == [
            (2, {"contactId": 4711, "attributes": {"name": "Elena"}}),
            (3, {"contactId": 4712, "attributes": {"name": "Ines"}}),
        ]
        assert found.rejected == {"duplicate": 1, "invalid": 4, "empty": 1}
        assert found.numbers == [-4711, -4712]

    def test_a_contact_stands_in_only_where_there_is_no_number(self, tmp_path: Path) -> None:
        content = f"phone,contact\n{GOOD},1\n,2\n555-0107,3\n"
        found = check(tmp_path, content, Mapping((0,), 1))
        assert found.numbers == [12135550142, -2]
        assert found.rejected == {"invalid": 1}

    def test_repaired_numbers_are_counted_when_they_are_accepted(self, tmp_path: Path) -> None:
        found = check(tmp_path, "phone\n13232834422.0\n1.3232834423E+10\n13232834422.0\n", Mapping((0,)))
        assert found.people == ["13232834422", "13232834423"]
        assert found.check.counts.repaired == 2

    def test_the_numbers_are_those_of_the_people(self, tmp_path: Path) -> None:
        found = check(tmp_path, f"phone\n{OTHER}\n{GOOD}\n{OTHER}\n")
        assert found.numbers == [13235550172, 12135550142]

    def test_runs_are_told(self, tmp_path: Path) -> None:
        content = "phone\n" + "".join(f"21355501{end:02}\n" for end in reversed(range(12)))
        assert check(tmp_path, content).check.runs.longest == ((12135550100, 12),)


class TestProgress:
    def test_it_is_told_at_once_and_then_now_and_then(self, tmp_path: Path) -> None:
        content = "phone,name\n" + "".join(f"213555{end:04},{'x' * 50}\n" for end in range(9000))
        told = check(tmp_path, content).told
        assert [progress.rows for progress in told] == [500, 5500]
        assert told[0].position < told[1].position <= len(content)

    def test_a_few_examples_of_each_reason_are_told(self, tmp_path: Path) -> None:
        content = "phone\n" + "911\n" * 7 + "x" * 500 + "\n"
        counts = check(tmp_path, content, Mapping((0,))).check.counts
        assert [row for row, _, _ in counts.examples["short_code"]] == [2, 3, 4, 5, 6]
        [(row, text, advice)] = counts.examples["invalid"]
        assert (row, len(text)) == (9, 80)
        assert advice.endswith(".")


cells = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            GOOD,
            OTHER,
            "2135550142",
            "1.32E+10",
            "13232834422.0",
            "911",
            "+44 20 7946 0018",
            "x",
            '="1"',
        ]
    ),
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6),
)
mappings = st.builds(
    Mapping,
    st.lists(st.integers(0, 3), max_size=3, unique=True).map(tuple),
    st.none() | st.integers(0, 3),
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["a", "b%s", 'c"'])),
        max_size=3,
        unique_by=lambda each: each[1],
    ).map(tuple),
)


class TestAnyFile:
    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.lists(cells, min_size=1, max_size=5), min_size=1, max_size=12), mappings)
    def test_every_row_is_counted_once_and_every_number_is_there_once(
        self, tmp_path: Path, rows: list[list[str]], mapping: Mapping
    ) -> None:
        rows = [[*cells, "end"] for cells in rows]
        how = Reading("text", encoding="utf-8", delimiter=",", header_row=1)
        found = check(tmp_path, table(["h1", "h2", "h3", "h4"], *rows), mapping, how=how)
        counts = found.check.counts
        assert counts.rows == len(rows) == counts.accepted + sum(counts.rejected.values())
        assert len(found.accepted) == counts.accepted == len(set(found.numbers))
        assert len(found.rejects) == sum(counts.rejected.values())
        told = sorted([row for row, _ in found.accepted] + [int(row["_row"]) for row in found.rejects])
        assert len(set(told)) == len(rows)
        for _, person in found.accepted:
            assert person.get("attributes", {}).keys() == {name for _, name in mapping.attributes}

    @given(st.lists(cells, min_size=1, max_size=20))
    def test_it_says_the_same_as_one_number_after_the_other(
        self, tmp_path_factory: pytest.TempPathFactory, texts: list[str]
    ) -> None:
        how = Reading("text", encoding="utf-8", delimiter=",", header_row=1)
        content = table(("phone", "end"), *((text, "end") for text in texts))
        found = check(tmp_path_factory.mktemp("any"), content, Mapping((0,)), how=how)
        single = [phones.parse(text) for text in texts]
        expected = Counter(read.digits for read in single if isinstance(read, Number))
        assert found.people == list(expected)
        assert found.rejected.get("duplicate", 0) == sum(expected.values()) - len(expected)
