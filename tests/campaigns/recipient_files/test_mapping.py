"""Which column is what, guessed from names and cells."""

from __future__ import annotations

import pytest

from campaigns.recipient_files.mapping import Mapping, guess, own_columns


class TestGuessing:
    def test_phones_come_in_their_order_and_everything_else_is_offered_as_an_attribute(self) -> None:
        columns = ("name", "phone_1", "street", "phone_2")
        rows = [
            ("Elena Marsh", "(213) 555-0142", "1180 Fargo St", ""),
            ("Ines", "323.555.0172", "902 Echo", ""),
        ]
        assert guess(columns, rows) == Mapping((1, 3), None, ((0, "name"), (2, "street")))

    @pytest.mark.parametrize(
        "name", ["Phone", "Mobile No.", "cell", "Tel", "HOME PHONE", "PhoneNumber", "telephone1"]
    )
    def test_many_names_mean_a_phone(self, name: str) -> None:
        assert guess(("id", name), [("7", "2135550142")]).phones == (1,)

    def test_a_column_about_phones_without_a_number_in_it_is_none(self) -> None:
        mapping = guess(("phone", "phone type"), [("2135550142", "mobile"), ("2135550143", "landline")])
        assert mapping == Mapping((0,), None, ((1, "phone type"),))

    def test_numbers_are_found_without_any_name(self) -> None:
        mapping = guess(("Column 1", "Column 2"), [("Elena", "2135550142"), ("Ines", "1.32356E+10")])
        assert mapping.phones == (1,)

    def test_short_rows_and_an_empty_sample_are_no_trouble(self) -> None:
        assert guess(("name", "phone"), [("Elena",)]).phones == (1,)
        assert guess(("name", "phone"), []).phones == (1,)
        assert guess((), []) == Mapping(())

    def test_contacts_are_looked_for_only_where_there_are_no_numbers(self) -> None:
        assert guess(("Contact ID",), [("4711",)]) == Mapping((), 0)
        both = guess(("contact_id", "phone"), [("4711", "2135550142")])
        assert both == Mapping((1,), None, ((0, "contact_id"),))

    def test_what_is_ours_is_no_attribute(self) -> None:
        columns = ("phone", "name", "_row", "_reason", "_suggestion", "client_ref")
        rows = [("2135550142", "Elena", "7", "No number", "Fill it in.", "x")]
        assert guess(columns, rows).attributes == ((1, "name"),)

    def test_of_two_columns_with_one_name_the_first_is_taken(self) -> None:
        assert guess(("phone", "name", "name "), [("2135550142", "a", "b")]).attributes == ((1, "name"),)

    def test_a_name_nobody_could_read_is_no_attribute(self) -> None:
        assert guess(("phone", "x" * 65), [("2135550142", "a")]).attributes == ()


def test_a_corrected_file_has_the_columns_of_the_file_it_came_from() -> None:
    assert own_columns(["phone", "name", "_row", "_reason", "_suggestion"]) == ["phone", "name"]
    assert own_columns(["phone", "_row", "name"]) == ["phone", "_row", "name"]


def test_json_keeps_everything() -> None:
    mapping = Mapping((3, 1), 2, ((0, "name"), (4, "street")))
    assert Mapping.from_json(mapping.to_json()) == mapping
