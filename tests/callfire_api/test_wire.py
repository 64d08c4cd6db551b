"""Between JSON and dataclasses: what is read, what is sent back, what is never shown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callfire_api import BroadcastStatus, is_plausible, mask_phone
from callfire_api.wire import (
    WireModel,
    camel_case,
    clean_text,
    comma_separated,
    json_bytes,
    masked_path,
    milliseconds,
    parse_json,
    query,
    read,
    read_all,
    wire_names,
    write,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf(WireModel):
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree(WireModel):
    """One field of every kind that a model can have."""

    tree_name: str | None = None
    height: int | None = None
    price: Decimal | None = None
    is_old: bool | None = None
    planted_at: datetime | None = None
    felled_on: date | None = None
    watered_at: time | None = None
    status: BroadcastStatus | None = None
    kind: str | None = field(default=None, metadata=wire_names("kind", "oldKind"))
    leaf: Leaf | None = None
    leaves: tuple[Leaf, ...] = ()
    names: tuple[str, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict, hash=False)


class TestReading:
    def test_it_reads_every_kind_of_property(self) -> None:
        tree = read(
            Tree,
            parse_json(b"""{"treeName": "Ash", "height": 9007199254741003, "price": 0.3333, "isOld": false,
                "plantedAt": 1473781817000, "felledOn": {"year": 2026, "month": 2, "day": 28},
                "wateredAt": {"hour": 7, "minute": 5, "second": 9}, "status": "RUNNING",
                "leaf": {"size": 3}, "leaves": [{"size": 1}, {"size": 2}], "names": ["a", "b"],
                "marks": {"x": "y"}}"""),
        )
        assert tree.tree_name == "Ash"
        assert tree.height == 9007199254741003
        assert tree.price == Decimal("0.3333")
        assert tree.is_old is False
        assert tree.planted_at == datetime(2016, 9, 13, 15, 50, 17, tzinfo=UTC)
        assert tree.felled_on == date(2026, 2, 28)
        assert tree.watered_at == time(7, 5, 9)
        assert tree.status is BroadcastStatus.RUNNING
        assert tree.leaf == Leaf(size=3)
        assert tree.leaves == (Leaf(size=1), Leaf(size=2))
        assert tree.names == ("a", "b")
        assert tree.marks == {"x": "y"}

    def test_absent_and_null_mean_the_same(self) -> None:
        assert (
            read(Tree, dict.fromkeys(("treeName", "leaves", "marks", "status"))) == read(Tree, {}) == Tree()
        )

    @pytest.mark.parametrize(
        ("key", "wrong"),
        [
            ("treeName", {"not": "text"}),
            ("height", "tall"),
            ("height", 1.5),
            ("height", 2**63),
            ("height", True),
            ("price", "free"),
            ("price", [1]),
            ("isOld", "perhaps"),
            ("isOld", 2),
            ("plantedAt", 10**18),
            ("plantedAt", "some day"),
            ("felledOn", {"year": 2026, "month": 13, "day": 1}),
            ("felledOn", {"year": 2026}),
            ("felledOn", 7),
            ("wateredAt", {"hour": 24}),
            ("wateredAt", {"minute": 5}),
            ("wateredAt", "noon"),
            ("status", 0.5j),
            ("status", ""),
            ("leaf", "green"),
            ("leaves", {"size": 1}),
            ("names", "a"),
            ("marks", ["x"]),
        ],
    )
    def test_one_wrong_property_is_left_out_and_the_rest_is_read(self, key: str, wrong: object) -> None:
        tree = read(Tree, {key: wrong, "kind": "ash"})
        assert tree == Tree(kind="ash")

    def test_scalars_of_another_kind_are_taken_where_their_meaning_is_plain(self) -> None:
        tree = read(
            Tree, {"treeName": 12, "height": "7", "price": 3, "isOld": "TRUE", "plantedAt": "1473781817000"}
        )
        assert (tree.tree_name, tree.height, tree.price, tree.is_old) == ("12", 7, Decimal(3), True)
        assert tree.planted_at == datetime(2016, 9, 13, 15, 50, 17, tzinfo=UTC)

    def test_iso_texts_are_taken_for_times_too(self) -> None:
        tree = read(
            Tree, {"plantedAt": "2026-01-05T10:00:00+02:00", "felledOn": "2026-01-06", "wateredAt": "06:30"}
        )
        assert tree.planted_at == datetime(2026, 1, 5, 8, tzinfo=UTC)
        assert (tree.felled_on, tree.watered_at) == (date(2026, 1, 6), time(6, 30))
        assert read(Tree, {"plantedAt": "2026-01-05T10:00:00"}).planted_at == datetime(
            2026, 1, 5, 10, tzinfo=UTC
        )

    def test_wrong_items_of_a_list_are_left_out(self) -> None:
        tree = read(Tree, {"leaves": [1, {"size": 2}, None, "x"], "names": ["a", None, ["b"], 3]})
        assert tree.leaves == (Leaf(size=2),)
        assert tree.names == ("a", "3")

    def test_values_of_a_map_become_text(self) -> None:
        assert read(Tree, {"marks": {"a": 1, "b": True, "c": Decimal("1.50"), "d": None, "e": []}}).marks == {
            "a": "1",
            "b": "true",
            "c": "1.50",
        }

    def test_a_second_spelling_is_read_where_the_first_is_missing(self) -> None:
        assert read(Tree, {"oldKind": "oak"}).kind == "oak"
        assert read(Tree, {"kind": None, "oldKind": "oak"}).kind == "oak"
        assert read(Tree, {"kind": "ash", "oldKind": "oak"}).kind == "ash"

    def test_everything_received_is_kept(self) -> None:
        received = {"height": "wrong", "novel": {"deep": [1]}}
        assert read(Tree, received).raw == received

    def test_something_that_is_no_object_reads_as_an_empty_one(self) -> None:
        assert read(Tree, ["x"]) == Tree()
        assert read_all(Leaf, {"size": 1}) == ()

    def test_text_that_nothing_can_store_is_mended(self) -> None:
        assert clean_text("a\x00b\ud83dc") == "a\ufffdb\ufffdc"
        assert clean_text("smile \U0001f600") == "smile \U0001f600"

    @given(st.text(alphabet=st.characters()))
    def test_every_text_read_can_be_stored(self, text: str) -> None:
        read_back = read(Tree, {"treeName": text}).tree_name
        assert read_back is not None
        assert "\x00" not in read_back
        assert read_back.encode("utf-8").decode("utf-8") == read_back


class TestParsing:
    def test_money_keeps_every_digit(self) -> None:
        assert parse_json(b'{"a": 0.1, "b": 10.5000}') == {"a": Decimal("0.1"), "b": Decimal("10.5000")}

    def test_numbers_that_are_none_become_null(self) -> None:
        assert parse_json(b"[NaN, Infinity, -Infinity]") == [None, None, None]

    def test_a_byte_order_mark_and_broken_utf8_are_survived(self) -> None:
        assert parse_json(b'\xef\xbb\xbf{"a": "\xff"}') == {"a": "\ufffd"}

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b'{"a": ', b"[" * 200_000, b"9" * 5000, b'{"a": 1e9999999999999999999}']
    )
    def test_what_is_no_json_is_a_value_error(self, body: bytes) -> None:
        with pytest.raises(ValueError, match=r".+"):
            parse_json(body)


class TestWriting:
    def test_what_was_read_is_written_back_as_it_came(self) -> None:
        received = json.loads(
            """{"treeName": "Ash", "isOld": true, "plantedAt": 1473781817000, "status": "NOVEL",
                "felledOn": {"year": 2026, "month": 2, "day": 28},
                "wateredAt": {"hour": 7, "minute": 5, "second": 9},
                "leaf": {"size": 3, "colour": "red"}, "leaves": [{"size": 1}], "names": [],
                "unheardOf": [1, {"b": 2}]}"""
        )
        assert write(read(Tree, received)) == received

    def test_an_edit_keeps_what_it_does_not_touch(self) -> None:
        tree = read(Tree, {"treeName": "Ash", "unheardOf": 1, "leaf": {"size": 1, "colour": "red"}})
        assert tree.leaf is not None
        edited = replace(tree, tree_name="Oak", leaf=replace(tree.leaf, size=2))
        assert write(edited) == {"treeName": "Oak", "unheardOf": 1, "leaf": {"size": 2, "colour": "red"}}

    def test_nothing_is_left_out_but_nothing(self) -> None:
        assert write(Tree()) == {}
        assert write(Tree(is_old=False, height=0, tree_name="")) == {
            "isOld": False,
            "height": 0,
            "treeName": "",
        }

    def test_numbers_and_texts_nobody_declared_can_be_sent_back(self) -> None:
        tree = read(Tree, parse_json(b'{"rate": 0.25, "note": "\\ud83d", "nothing": null, "marks": {}}'))
        assert json.loads(json_bytes(write(tree))) == {"rate": 0.25, "note": "\ud83d", "marks": {}}
        with pytest.raises(TypeError, match="set has no place"):
            json_bytes({1})

    def test_a_list_emptied_on_purpose_is_sent(self) -> None:
        assert write(replace(read(Tree, {"names": ["a"]}), names=())) == {"names": []}

    def test_values_of_a_map_are_sent_as_text(self) -> None:
        assert write(Tree(marks={"a": "1"})) == {"marks": {"a": "1"}}

    def test_a_time_without_a_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            milliseconds(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
        assert milliseconds(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == 1767225600000

    @given(st.integers(min_value=-62_135_596_800_000, max_value=253_402_300_799_999))
    def test_moments_survive_the_way_there_and_back(self, moment: int) -> None:
        read_back = read(Tree, {"plantedAt": moment}).planted_at
        assert read_back is not None
        assert milliseconds(read_back) == moment


class TestQueries:
    def test_names_and_values_become_callfires(self) -> None:
        assert query(
            from_number="12135550100",
            inbound=False,
            limit=5,
            interval_begin=datetime(2026, 1, 1, tzinfo=UTC),
            id=[1, 2],
        ) == [
            ("fromNumber", "12135550100"),
            ("inbound", "false"),
            ("limit", "5"),
            ("intervalBegin", "1767225600000"),
            ("id", "1"),
            ("id", "2"),
        ]
        assert query(name="broken \ud83d") == [("name", "broken \ufffd")]

    def test_what_was_not_asked_for_is_left_out(self) -> None:
        assert query(label=None, name="", id=[], offset=0) == [("offset", "0")]

    def test_several_words_are_one_value(self) -> None:
        assert comma_separated(["READY", "DNC"]) == "READY,DNC"
        assert comma_separated([]) is None

    def test_camel_case(self) -> None:
        assert [camel_case(name) for name in ("id", "extra_phone1", "default_live_message_sound_id")] == [
            "id",
            "extraPhone1",
            "defaultLiveMessageSoundId",
        ]


class TestMasking:
    def test_a_phone_number_keeps_its_last_two_digits(self) -> None:
        assert mask_phone("12135550142") == "*********42"
        assert mask_phone("911") == "***"
        assert mask_phone("") == ""

    @pytest.mark.parametrize(
        ("path", "masked"),
        [
            ("/v2/contacts/dncs/12135550142", "/v2/contacts/dncs/*********42"),
            ("/v2/contacts/dncs/universals/12135550142", "/v2/contacts/dncs/universals/*********42"),
            ("/v2/contacts/dncs", "/v2/contacts/dncs"),
            ("/v2/calls/broadcasts/6725362003/stop", "/v2/calls/broadcasts/6725362003/stop"),
        ],
    )
    def test_paths_lose_their_numbers_and_keep_their_ids(self, path: str, masked: str) -> None:
        assert masked_path(path) == masked


def test_times_before_callfire_existed_are_implausible() -> None:
    assert is_plausible(datetime(2005, 1, 1, tzinfo=UTC))
    assert not is_plausible(datetime(1970, 1, 1, 0, 3, 33, tzinfo=UTC))
    assert not is_plausible(None)
