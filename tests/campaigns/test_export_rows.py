"""campaigns/services/export_rows.py: calls as CSV and as a workbook"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from python_calamine import CalamineWorkbook

from campaigns.services import export_files, export_rows
from campaigns.services.call_log import CallQuery
from tests.campaigns.exporting_of import begun, called, read_csv, run, table
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://example.com")']


@pytest.fixture(autouse=True)
def _files(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.DISPLAY_TIME_ZONE = "America/Los_Angeles"


def noted(sandbox: Sandbox, note: str = "", **properties: object) -> None:
    """A call written by hand, with a note somebody took."""
    broadcast = called(sandbox, 0)
    sandbox.world.add_call(
        broadcast,
        fromNumber="12135550100",
        toNumber="12135550199",
        notes=[{"text": note}] if note else [],
        **properties,
    )


class TestCsv:
    @pytest.mark.parametrize("formula", FORMULAS)
    def test_no_spreadsheet_takes_a_text_for_a_formula(
        self, sandbox: Sandbox, operator: SignedIn, formula: str
    ) -> None:
        noted(sandbox, formula)
        (row,) = table(run(begun(operator.user)))
        assert row["Notes"] == f"'{formula}"

    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
    def test_whatever_a_cell_holds_is_one_cell_and_no_formula(self, text: str) -> None:
        file = io.StringIO(newline="")
        export_rows.write_csv(file, [[text, 5]])
        cell = read_csv(file.getvalue().encode(export_rows.ENCODING))[0]["Call ID"]
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert cell in (text, f"'{text}")

    def test_numbers_and_ids_are_text_as_callfire_has_them(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        sandbox.switches.huge_ids = True
        noted(sandbox)
        (row,) = table(run(begun(operator.user)))
        assert (row["Person’s number"], row["Our number"]) == ("12135550199", "12135550100")
        assert int(row["Call ID"]) > 2**53

    def test_the_person_of_an_inbound_call_is_who_called(self, sandbox: Sandbox, operator: SignedIn) -> None:
        broadcast = called(sandbox, 0)
        sandbox.world.add_call(broadcast, inbound=True, fromNumber="12135550199", toNumber="12135550100")
        (row,) = table(run(begun(operator.user)))
        assert (row["Direction"], row["Person’s number"]) == ("inbound", "12135550199")

    def test_a_call_is_told_in_words_with_its_last_try(self, sandbox: Sandbox, operator: SignedIn) -> None:
        noted(
            sandbox,
            "Asked to call back",
            finalCallResult="LA",
            labels=["winter"],
            attributes={"city": "Berkeley"},
            records=[
                {"result": "BUSY", "originateTime": 1_790_000_000_000, "billedAmount": 0.5},
                {
                    "result": "LA",
                    "originateTime": 1_790_000_600_000,
                    "answerTime": 1_790_000_610_000,
                    "finishTime": 1_790_000_640_000,
                    "duration": 30,
                    "billedAmount": 1.1667,
                    "questionResponses": [{"question": "Are you safe?", "response": "1"}],
                },
            ],
        )
        (row,) = table(run(begun(operator.user)))
        assert row["Result"] == "Answered"
        assert (row["Tries"], row["Seconds"], row["Credits"]) == ("2", "30", "1.6667")
        assert row["Answered (America/Los_Angeles)"] == "2026-09-21 07:23:30"
        assert row["Answers"] == "Are you safe?: 1"
        assert (row["Labels"], row["Attributes"]) == ("winter", "city: Berkeley")
        assert row["Broadcast"] == ""  # nobody looked at it yet

    def test_where_callfire_writes_undefined_there_is_nothing(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        noted(
            sandbox,
            contact={"firstName": "UNDEFINED", "lastName": "Marsh"},
            attributes={"unit": "UNDEFINED", "city": "Berkeley"},
        )
        (row,) = table(run(begun(operator.user)))
        assert (row["First name"], row["Last name"]) == ("", "Marsh")
        assert row["Attributes"] == "unit: ; city: Berkeley"

    def test_quick_calls_are_exported_whatever_broadcast_callfire_puts_them_into(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        noted(sandbox)
        call = sandbox.world.add_call(sandbox.world.individual_calls, toNumber="12135550142")
        (row,) = table(run(begun(operator.user, CallQuery(broadcast=0))))
        assert row["Call ID"] == str(call["id"])

    def test_a_time_that_cannot_be_true_is_left_out(self, sandbox: Sandbox, operator: SignedIn) -> None:
        noted(sandbox, records=[{"result": "LA", "originateTime": 213231}])
        (row,) = table(run(begun(operator.user)))
        assert row["Last tried (America/Los_Angeles)"] == ""

    def test_for_those_who_may_not_see_numbers_they_are_hidden_everywhere(
        self, sandbox: Sandbox, viewer: SignedIn
    ) -> None:
        noted(
            sandbox,
            "Call +1 213 555 0177 instead",
            attributes={"mobile": "213-555-0188", "213-555-0189": "new"},
            labels=["moved to 213-555-0190"],
        )
        export = run(begun(viewer.user))
        (row,) = table(export)
        assert row["Person’s number"] == "(213)\N{NO-BREAK SPACE}555-••••"
        assert row["Our number"] == "12135550100"
        content = export_files.ready(export).read_text(encoding="utf-8-sig")
        assert not any(number in content for number in ("0199", "0177", "0188", "0189", "0190"))

    def test_the_right_counts_that_somebody_had_when_it_was_begun(
        self, sandbox: Sandbox, viewer: SignedIn
    ) -> None:
        noted(sandbox)
        export = begun(viewer.user)
        viewer.user.role = "operator"
        viewer.user.save()
        assert table(run(export))[0]["Person’s number"].endswith("••••")


class TestWorkbook:
    def test_it_holds_the_same_rows_with_texts_as_texts(self, sandbox: Sandbox, operator: SignedIn) -> None:
        noted(sandbox, "=1+1", records=[{"result": "LA", "duration": 30}])
        export = run(begun(operator.user, kind="xlsx"))
        sheet = CalamineWorkbook.from_path(export_files.ready(export)).get_sheet_by_index(0)
        names, cells = sheet.to_python()
        row = dict(zip(map(str, names), cells, strict=True))
        assert row["Person’s number"] == "12135550199"
        assert (row["Notes"], row["Seconds"]) == ("=1+1", 30)

    def test_nothing_in_it_is_a_formula_or_a_link(self, sandbox: Sandbox, operator: SignedIn) -> None:
        for formula in [*FORMULAS, "https://example.com", "mailto:a@example.com"]:
            noted(sandbox, formula)
        export = run(begun(operator.user, kind="xlsx"))
        with zipfile.ZipFile(export_files.ready(export)) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet

    def test_texts_that_are_too_long_for_a_cell_are_cut(self, sandbox: Sandbox, operator: SignedIn) -> None:
        noted(sandbox, "a" * 40_000)
        export = run(begun(operator.user, kind="xlsx"))
        assert CalamineWorkbook.from_path(export_files.ready(export)).get_sheet_by_index(0).height == 2

    def test_nothing_but_the_file_is_left(self, sandbox: Sandbox, operator: SignedIn) -> None:
        called(sandbox, 30)
        export = run(begun(operator.user, kind="xlsx"))
        assert list(export_files.folder(export.pk).iterdir()) == [export_files.ready(export)]
