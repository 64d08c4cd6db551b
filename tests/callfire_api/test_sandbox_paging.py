"""Pages and the ways in which they can be wrong."""

from typing import Any

import pytest

from callfire_api.sandbox import Sandbox
from tests.callfire_api.sandbox_caller import call, get

LIST = "/calls/broadcasts"


@pytest.fixture
def thirty(sandbox: Sandbox) -> Sandbox:
    for number in range(30):
        sandbox.world.add_broadcast(name=f"No. {number}", recipients=0)
    return sandbox


def ids(page: Any) -> list[int]:
    return [row["id"] for row in page["items"]]


class TestPages:
    def test_limit_and_offset(self, thirty: Sandbox) -> None:
        everything = ids(get(thirty, LIST, limit=100))
        page = get(thirty, LIST, limit=7, offset=21)
        assert (page["limit"], page["offset"], page["totalCount"]) == (7, 21, 30)
        assert ids(page) == everything[21:28]
        assert ids(get(thirty, LIST, limit=7, offset=28)) == everything[28:]
        assert ids(get(thirty, LIST, limit=7, offset=35)) == []

    def test_broadcasts_default_to_ten_and_other_lists_to_a_hundred(self, thirty: Sandbox) -> None:
        assert len(ids(get(thirty, LIST))) == 10
        thirty.switches.broadcasts_default_limit = 100
        assert len(ids(get(thirty, LIST))) == 30
        assert get(thirty, "/campaigns/sounds")["limit"] == 100

    def test_too_large_a_limit_is_cut(self, thirty: Sandbox) -> None:
        assert get(thirty, LIST, limit=5_000)["limit"] == 1_000


class TestOddities:
    def test_a_smaller_limit_than_asked_for(self, thirty: Sandbox) -> None:
        thirty.switches.smaller_limit = 4
        page = get(thirty, LIST, limit=20)
        assert page["limit"] == len(page["items"]) == 4

    @pytest.mark.parametrize(
        ("switch", "missing"),
        [
            ("omit_limit_offset", {"limit", "offset"}),
            ("omit_total_count", {"totalCount"}),
            ("omit_items", {"items"}),
        ],
    )
    def test_keys_can_be_missing(self, thirty: Sandbox, switch: str, missing: set[str]) -> None:
        setattr(thirty.switches, switch, True)
        assert get(thirty, LIST).keys() == {"items", "limit", "offset", "totalCount"} - missing

    def test_the_total_can_be_unknown_or_wrong(self, thirty: Sandbox) -> None:
        thirty.switches.wrong_total_count = 3
        assert get(thirty, LIST)["totalCount"] == 3
        thirty.switches.total_count_unknown = True
        assert get(thirty, LIST)["totalCount"] == -1

    def test_rows_can_repeat_on_the_next_page(self, thirty: Sandbox) -> None:
        thirty.switches.shift_rows = 2
        first, second = (ids(get(thirty, LIST, limit=10, offset=offset)) for offset in (0, 10))
        assert second[:2] == first[-2:]
        assert len(set(first + second)) == 18

    @pytest.mark.parametrize(("name", "value"), [("limit", "ten"), ("offset", "-1"), ("limit", "1.5")])
    def test_nonsense_is_a_violation(self, thirty: Sandbox, name: str, value: str) -> None:
        assert call(thirty, "GET", f"{LIST}?{name}={value}").status_code == 400
        assert len(thirty.violations) == 1
