"""Which column of a recipient file is what: phone numbers, ids of contacts, attributes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from campaigns.recipient_files import phones
from campaigns.recipient_files.phones import Number
from campaigns.recipient_files.reasons import Reason

# The columns that a file of rejected rows has at its end; handed in again, they mean nothing.
HELPERS: Final = ("_row", "_reason", "_suggestion")
# Callboard puts this attribute on people itself, to find them again at CallFire.
RESERVED: Final = "client_ref"
LONGEST_NAME: Final = 64

_PHONE_NAME: Final = re.compile(r"phone|mobile|\bcell\b|\btel\b|telephone|\bmsisdn\b|^number$", re.IGNORECASE)
_CONTACT_NAME: Final = re.compile(r"contact[\s_-]*id", re.IGNORECASE)
_WORD_BREAK: Final = re.compile(r"[_\d-]+")
_NEARLY: Final = frozenset({Reason.DAMAGED, Reason.ABROAD, Reason.AREA_CODE})


@dataclass(frozen=True, slots=True)
class Mapping:
    """What the columns are, each by its place from 0: the first callable of ``phones`` is the number.

    ``contact_id`` is asked where all of them are empty. ``attributes`` are places with the attribute's name.
    """

    phones: tuple[int, ...]
    contact_id: int | None = None
    attributes: tuple[tuple[int, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "phones": list(self.phones),
            "contact_id": self.contact_id,
            "attributes": [list(attribute) for attribute in self.attributes],
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """What ``to_json`` gave."""
        return cls(
            phones=tuple(kept["phones"]),
            contact_id=kept["contact_id"],
            attributes=tuple((place, name) for place, name in kept["attributes"]),
        )


def guess(columns: Sequence[str], sample_rows: Sequence[Sequence[str]]) -> Mapping:
    """The likeliest mapping: by the names of the columns, held against what is in the sample.

    Columns that are called phones and have numbers or nothing in them come first, in their order; without
    any, the first column that is mostly numbers. Ids of contacts are looked for only where there are no
    numbers: another system's ids would be strangers at CallFire. What nothing looks like is left empty.
    """
    places = range(len(columns))
    shares = [_share_of_numbers([_cell(row, place) for row in sample_rows]) for place in places]
    called = [place for place in places if _is_called_phone(columns[place])]
    numbers = [place for place in called if shares[place] != 0]
    numbers = numbers or [place for place in places if (shares[place] or 0) >= 0.5][:1]
    contact_id = None if numbers else next((at for at in places if _is_called_contact(columns[at])), None)
    if contact_id is None:
        numbers = numbers or called[:1]
    attributes: dict[str, int] = {}
    for place, name in enumerate(columns):
        name = name.strip()
        is_named = name != unnamed(place)
        if is_named and place not in numbers and place != contact_id and _may_be_attribute(name):
            attributes.setdefault(name, place)
    return Mapping(
        phones=tuple(numbers),
        contact_id=contact_id,
        attributes=tuple((place, name) for name, place in attributes.items()),
    )


def own_columns(columns: Sequence[str]) -> Sequence[str]:
    """The columns as they were before rejected rows were told why: a corrected file is of the same kind."""
    told = tuple(columns[-len(HELPERS) :]) == HELPERS
    return columns[: -len(HELPERS)] if told else columns


def unnamed(place: int) -> str:
    """What the reader calls a column that has no name of its own."""
    return f"Column {place + 1}"


def _is_called_phone(name: str) -> bool:
    return _PHONE_NAME.search(_WORD_BREAK.sub(" ", name).strip()) is not None


def _is_called_contact(name: str) -> bool:
    return _CONTACT_NAME.fullmatch(name.strip()) is not None


def _may_be_attribute(name: str) -> bool:
    is_ours = name in HELPERS or name.casefold() == RESERVED
    return 0 < len(name) <= LONGEST_NAME and not is_ours


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _share_of_numbers(texts: Sequence[str]) -> float | None:
    """How many of those that are not empty can be called or are nearly so; None when all are empty."""
    filled = [text for text in texts if text.strip()]
    if not filled:
        return None
    return sum(_looks_like_a_number(text) for text in filled) / len(filled)


def _looks_like_a_number(text: str) -> bool:
    """Also a damaged one, so that a damaged column is recognised and told."""
    read = phones.parse(text)
    return isinstance(read, Number) or read.reason in _NEARLY
