"""Small checks that combine into the shape of a body or a query; they raise ViolationError."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from . import phone
from .errors import ViolationError
from .hours import is_time_zone

Check = Callable[[Any, str], None]

_WHOLE_NUMBER = re.compile("[0-9]{1,19}")


def text(value: Any, where: str) -> None:
    if not isinstance(value, str):
        raise ViolationError(f"{where} must be a string")


def filled(value: Any, where: str) -> None:
    text(value, where)
    if not value.strip():
        raise ViolationError(f"{where} must not be empty")


def boolean(value: Any, where: str) -> None:
    if not isinstance(value, bool):
        raise ViolationError(f"{where} must be true or false")


def anything(value: Any, where: str) -> None:
    """For what the documents leave open."""


def phone_number(value: Any, where: str) -> None:
    text(value, where)
    if not phone.is_valid(phone.normalise(value)):
        raise ViolationError(f"{where} is not a phone number: {value}")


def time_zone(value: Any, where: str) -> None:
    text(value, where)
    if not is_time_zone(value):
        raise ViolationError(f"{where} is not a known time zone: {value}")


def digit(value: Any, where: str) -> None:
    text(value, where)
    if len(value) != 1 or value not in "0123456789*#":
        raise ViolationError(f"{where} must be one key of a phone")


def integer(least: int = 0, most: int = 2**63 - 1) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ViolationError(f"{where} must be an integer")
        if not least <= value <= most:
            raise ViolationError(f"{where} must lie between {least} and {most}")

    return check


def one_of(words: Collection[str]) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or value not in words:
            raise ViolationError(f"{where} must be one of {', '.join(sorted(words))}")

    return check


def array(item: Check) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, list):
            raise ViolationError(f"{where} must be an array")
        for position, element in enumerate(value):
            item(element, f"{where}[{position}]")

    return check


def set_of(item: Check) -> Check:
    """An array whose elements are all different."""

    def check(value: Any, where: str) -> None:
        array(item)(value, where)
        if len(set(value)) < len(value):
            raise ViolationError(f"{where} must not hold anything twice")

    return check


def mapping(item: Check) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise ViolationError(f"{where} must be an object")
        for name, element in value.items():
            item(element, f"{where}.{name}")

    return check


def record(properties: Mapping[str, Check], *, required: Collection[str] = ()) -> Check:
    """An object with these properties and no others; null counts as absent."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise ViolationError(f"{where} must be an object")
        for name, element in value.items():
            if name not in properties:
                raise ViolationError(f"{where} has an unknown property {name}")
            if element is not None:
                properties[name](element, f"{where}.{name}")
        for name in required:
            if value.get(name) is None:
                raise ViolationError(f"{where} needs {name}")

    return check


def both(*checks: Check) -> Check:
    def check(value: Any, where: str) -> None:
        for each in checks:
            each(value, where)

    return check


def parse(raw: bytes, content_type: str, check: Check) -> Any:
    """The JSON in ``raw``, once ``check`` is content with it."""
    if content_type != "application/json":
        raise ViolationError(
            f"the body must be sent as application/json, not {content_type or 'without a type'}"
        )
    try:
        value = json.loads(raw)
    except ValueError as error:
        raise ViolationError("the body is not JSON") from error
    check(value, "body")
    return value


Reader = Callable[[str, str], Any]

# Query parameters arrive as text; a reader turns one into its value.


def as_text(value: str, where: str) -> str:
    return value


def as_integer(value: str, where: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(value):
        raise ViolationError(f"{where} must be an integer, not {value!r}")
    number = int(value)
    integer()(number, where)
    return number


def as_boolean(value: str, where: str) -> bool:
    one_of(("true", "false"))(value, where)
    return value == "true"


def as_phone(value: str, where: str) -> str:
    phone_number(value, where)
    return phone.normalise(value)


def as_word(words: Collection[str]) -> Reader:
    """One word from a list."""

    def read(value: str, where: str) -> str:
        one_of(words)(value, where)
        return value

    return read


def as_words(words: Collection[str]) -> Callable[[str, str], frozenset[str]]:
    """One comma-separated value of words from a list."""

    def read(value: str, where: str) -> frozenset[str]:
        chosen = frozenset(word.strip() for word in value.split(","))
        for word in chosen:
            one_of(words)(word, where)
        return chosen

    return read


def read_query(
    query: Mapping[str, list[str]], readers: Mapping[str, Reader], lists: Collection[str] = ()
) -> dict[str, Any]:
    """The parameters that were given, by name; those in ``lists`` may repeat and become lists."""
    for name, values in query.items():
        if name not in readers:
            raise ViolationError(f"unknown query parameter {name}")
        if len(values) > 1 and name not in lists:
            raise ViolationError(f"query parameter {name} is given {len(values)} times")
    return {
        name: [readers[name](value, name) for value in values]
        if name in lists
        else readers[name](values[0], name)
        for name, values in query.items()
    }
