"""Walking a list that CallFire pages loosely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callfire_api import Broadcast, CallFire, Page
from callfire_api.pagination import walk
from callfire_api.sandbox import Sandbox
from tests.callfire_api.wire_server import Reply, WireServer


def add_broadcasts(sandbox: Sandbox, count: int) -> list[int]:
    """That many broadcasts; returns their ids, sorted."""
    return sorted(sandbox.world.add_broadcast(name=f"No. {n}", recipients=0).id for n in range(count))


def ids_found(callfire: CallFire, page_size: int = 10) -> list[int | None]:
    """The ids a walk brings, in its order."""
    return [broadcast.id for broadcast in callfire.broadcasts.iterate(page_size=page_size)]


class TestAPage:
    def test_it_says_what_callfire_says(self, callfire: CallFire, sandbox: Sandbox) -> None:
        add_broadcasts(sandbox, 7)
        page = callfire.broadcasts.find(limit=5, offset=5)
        assert (len(page.items), page.limit, page.offset, page.total_count) == (2, 5, 5, 7)

    def test_limit_and_offset_are_always_sent(self, callfire: CallFire, sandbox: Sandbox) -> None:
        callfire.broadcasts.find()
        assert sandbox.requests[-1].query == {"limit": ["100"], "offset": ["0"]}

    @pytest.mark.parametrize(
        "answer",
        [{"items": []}, {"items": [], "limit": None, "totalCount": -1}, {"items": [], "limit": "many"}, {}],
    )
    def test_what_is_missing_is_unknown(
        self, client: CallFire, wire: WireServer, answer: dict[str, object]
    ) -> None:
        wire.reply_json(answer)
        assert client.broadcasts.find() == Page(items=())

    def test_a_page_without_items_is_empty_and_logged(
        self, callfire: CallFire, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        sandbox.switches.omit_items = True
        assert callfire.broadcasts.find().items == ()
        assert "CallFire sent a list of Broadcast without items" in caplog.messages

    @pytest.mark.parametrize("limit", [0, -1, 1001])
    def test_a_limit_callfire_would_not_take_is_refused(self, callfire: CallFire, limit: int) -> None:
        with pytest.raises(ValueError, match="between 1 and 1000"):
            callfire.broadcasts.find(limit=limit)
        with pytest.raises(ValueError, match="between 1 and 1000"):
            list(callfire.broadcasts.iterate(page_size=limit))


class TestAWalk:
    @pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 30])
    def test_it_brings_everything_once(self, callfire: CallFire, sandbox: Sandbox, count: int) -> None:
        expected = add_broadcasts(sandbox, count)
        assert sorted(filter(None, ids_found(callfire))) == expected

    @pytest.mark.parametrize(
        "oddity",
        [
            {"omit_limit_offset": True},
            {"omit_total_count": True},
            {"total_count_unknown": True},
            {"wrong_total_count": 1},
            {"wrong_total_count": 1000},
            {"shift_rows": 3},
            {"smaller_limit": 4},
            {"maximum_limit": 7},
            {"smaller_limit": 4, "omit_limit_offset": True},
            {"smaller_limit": 4, "omit_limit_offset": True, "omit_total_count": True},
        ],
    )
    def test_no_looseness_makes_it_miss_or_repeat(
        self, callfire: CallFire, sandbox: Sandbox, oddity: dict[str, object]
    ) -> None:
        expected = add_broadcasts(sandbox, 25)
        sandbox.switches.change(dict(oddity))
        found = ids_found(callfire)
        assert len(found) == len(set(found))
        assert sorted(filter(None, found)) == expected

    def test_it_ends_at_a_short_page(self, callfire: CallFire, sandbox: Sandbox) -> None:
        add_broadcasts(sandbox, 12)
        ids_found(callfire)
        assert [request.query["offset"] for request in sandbox.requests] == [["0"], ["10"]]

    def test_a_short_page_that_leaves_out_its_limit_may_not_be_the_last(
        self, callfire: CallFire, sandbox: Sandbox
    ) -> None:
        add_broadcasts(sandbox, 12)
        sandbox.switches.omit_limit_offset = True
        ids_found(callfire)
        assert [request.query["offset"] for request in sandbox.requests] == [["0"], ["10"], ["12"]]

    def test_nor_one_that_is_followed_by_more_according_to_callfire(
        self, client: CallFire, wire: WireServer
    ) -> None:
        wire.reply(
            Reply(body=b'{"items": [{"id": 1}, {"id": 2}], "limit": 9, "totalCount": 3}'),
            Reply(body=b'{"items": [{"id": 3}], "limit": 9, "totalCount": 3}'),
        )
        assert [found.id for found in client.broadcasts.iterate(page_size=9)] == [1, 2, 3]
        assert len(wire.requests) == 2

    def test_it_ends_when_a_page_brings_nothing_new(self, client: CallFire, wire: WireServer) -> None:
        wire.reply_json({"items": [{"id": 1}, {"id": 2}], "limit": 2})
        assert [found.id for found in client.broadcasts.iterate(page_size=2)] == [1, 2]
        assert len(wire.requests) == 2

    def test_it_asks_for_no_more_than_it_gets(self, callfire: CallFire, sandbox: Sandbox) -> None:
        add_broadcasts(sandbox, 10)
        sandbox.switches.smaller_limit = 4
        ids_found(callfire, page_size=100)
        limits = [request.query["limit"] for request in sandbox.requests]
        assert limits == [["100"], ["4"], ["4"]]

    def test_it_stops_at_the_agreed_page_and_says_so(
        self, client: CallFire, wire: WireServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        wire.reply(*(Reply(body=b'{"items": [{"id": %d}]}' % number) for number in range(1, 9)))
        found = [broadcast.id for broadcast in client.broadcasts.iterate(page_size=1, max_pages=3)]
        assert found == [1, 2, 3]
        assert "goes on after 3 pages" in caplog.text

    def test_it_asks_only_as_far_as_it_is_followed(self, callfire: CallFire, sandbox: Sandbox) -> None:
        add_broadcasts(sandbox, 30)
        next(iter(callfire.broadcasts.iterate(page_size=10)))
        assert len(sandbox.requests) == 1

    def test_items_without_ids_are_all_given(self, callfire: CallFire, sandbox: Sandbox) -> None:
        add_broadcasts(sandbox, 5)
        found = callfire.broadcasts.iterate(page_size=2, fields="items(name)")
        assert sorted(broadcast.name or "" for broadcast in found) == [f"No. {n}" for n in range(5)]

    @given(
        pages=st.lists(st.lists(st.none() | st.integers(1, 6), max_size=5), max_size=8),
        limits=st.lists(st.none() | st.integers(0, 9), min_size=9, max_size=9),
    )
    def test_it_always_ends_and_never_repeats_an_id(
        self, pages: list[list[int | None]], limits: list[int | None]
    ) -> None:
        asked: list[tuple[int, int]] = []

        def fetch(limit: int, offset: int) -> Page[Broadcast]:
            number = len(asked)
            asked.append((limit, offset))
            rows = pages[number] if number < len(pages) else []
            return Page(items=tuple(Broadcast(id=row) for row in rows), limit=limits[number % 9])

        found = [broadcast.id for broadcast in walk(fetch, page_size=5, max_pages=20)]
        known = [number for number in found if number is not None]
        assert len(known) == len(set(known))
        assert len(asked) <= len(pages) + 1
        assert all(1 <= limit <= 5 for limit, _ in asked)
