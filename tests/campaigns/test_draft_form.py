"""The form of a broadcast against anything people may type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.campaigns.test_broadcast_create import NEW, filled
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

ODD_TEXTS = st.sampled_from(
    [
        "",
        " ",
        "<b>bold</b>",
        '"><script>alert(1)</script>',
        "=1+1",
        "שלום עולם",
        "مرحبا",
        "🎉" * 20,
        "\x00\x01",
        "\u200b",
        "\x85",
        "\ud83d",
        "a" * 10_000,
        "${name} owes ${amount}",
        "2135550111",
        "-1",
        "99999999999999999999",
        "NaN",
        "2026-02-30",
        "25:61",
    ]
)
TYPED = ODD_TEXTS | st.text(max_size=40)
FIELDS = [name for name in filled() if name != "strict"]
FORMS = st.dictionaries(
    st.sampled_from([*FIELDS, "script", "transfer_digit", "transfer_number", "people", "opened", "token"]),
    TYPED | st.lists(TYPED, max_size=3) | st.none(),
    max_size=6,
)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "schedules-TOTAL_FORMS": st.sampled_from(["0", "1", "3", "99999", "x", "-1"]),
        "schedules-0-start_date": st.sampled_from(
            ["2026-11-26", "2026-02-30", "0001-01-01", "9999-12-31", "", "x"]
        ),
        "schedules-0-start_time": st.sampled_from(["10:00", "25:00", ""]),
        "schedules-0-stop_time": st.sampled_from(["09:00", "18:00", ""]),
        "schedules-0-days": st.lists(st.sampled_from(["MONDAY", "FUNDAY"]), max_size=2),
        "schedules-0-zone": st.sampled_from(["America/New_York", "Mars/Base", ""]),
    },
)


# What Django says by itself.
STOCK = [
    "This field is required",
    "Ensure this value",
    "Ensure that",
    "Enter a whole number.",
    "Enter a valid",
    "Enter a list",
    "Select a valid choice",
    "Null characters",
    "ManagementForm data",
    "Please submit",
]


def encodable(value: Any) -> Any:
    """As a browser would send it: halves of surrogate pairs become question marks."""
    if isinstance(value, list):
        return [encodable(each) for each in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


class TestWhateverIsTyped:
    @pytest.mark.timeout(300)
    @settings(
        max_examples=300,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(changes=FORMS, rows=ROWS)
    def test_it_never_breaks_and_never_reaches_callfire_broken(
        self, operator: SignedIn, sandbox: Sandbox, changes: dict[str, Any], rows: dict[str, Any]
    ) -> None:
        form = filled(**{name: encodable(value) for name, value in {**changes, **rows}.items()})
        answer = operator.post(NEW, form)
        assert answer.status_code in {302, 422}
        assert sandbox.violations == []
        assert "<script>alert(1)</script>" not in answer.text

    @pytest.mark.parametrize(
        "typed", ["", "x", "-5", "99999999999999999999", "\x00", "y" * 50_000, "2026-02-30"]
    )
    def test_every_sentence_is_our_own(self, operator: SignedIn, sandbox: Sandbox, typed: str) -> None:
        rows = {
            f"schedules-0-{name}": typed
            for name in ("start_date", "start_time", "stop_date", "stop_time", "days", "zone")
        }
        more = ("script", "transfer_digit", "transfer_number", "people", "live_sound_id", "next_day")
        fields = [name for name in (*FIELDS, *more) if name not in {"kind", "schedules-TOTAL_FORMS"}]
        for kind in ("sounds", "script", typed):
            form = filled(**dict.fromkeys(fields, typed), **rows) | {
                "kind": kind,
                "schedules-TOTAL_FORMS": "1",
            }
            answer = operator.post(NEW, form)
            assert answer.status_code == 422
            assert [sentence for sentence in STOCK if sentence in answer.text] == []
        assert [sentence for sentence in STOCK if sentence in operator.post(NEW, {}).text] == []

    @pytest.mark.parametrize(
        "name", ["<b>bold</b>", "שלום עולם", "🎉 party", "=HYPERLINK(1)", "O'Brien & Söhne"]
    )
    def test_odd_names_come_back_as_they_were_typed(
        self, operator: SignedIn, sandbox: Sandbox, name: str
    ) -> None:
        operator.post(NEW, filled(name=name))
        (made,) = sandbox.world.broadcasts.values()
        assert made.name == name
        page = operator.get(f"/broadcasts/{made.id}/").text
        assert "<b>bold</b>" not in page

    @pytest.mark.parametrize(
        "script",
        [
            '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><d>&b;</d>',
            '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>',
            '<!DOCTYPE d SYSTEM "http://127.0.0.1:1/evil.dtd"><d/>',
        ],
    )
    def test_bombs_and_entities_from_outside_are_refused(
        self, operator: SignedIn, sandbox: Sandbox, script: str
    ) -> None:
        answer = operator.post(NEW, filled(kind="script", script=script))
        assert answer.status_code == 422
        assert "root:" not in answer.text
        assert not sandbox.requests_to("POST", "/calls/broadcasts")
