"""Whether values that came as JSON fit the dataclass they are meant for."""

from collections.abc import Mapping
from dataclasses import fields
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin


def fitting(owner: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` for fields of ``owner``, lists as tuples; raises ValueError for one it lacks or mistypes."""
    kinds = {field.name: field.type for field in fields(owner)}
    if unknown := sorted(set(values) - set(kinds)):
        raise ValueError(f"{owner.__name__} has no {', '.join(unknown)}")
    for name, value in values.items():
        if not _takes(kinds[name], value):
            raise ValueError(f"{name} does not take {value!r}")
    return {name: _frozen(value) for name, value in values.items()}


def _takes(kind: Any, value: Any) -> bool:
    origin = get_origin(kind) or kind
    if origin in (Union, UnionType):
        return any(_takes(option, value) for option in get_args(kind))
    if origin is Literal:
        return value in get_args(kind)
    if isinstance(value, bool):
        return origin is bool
    accepted = {float: (int, float), tuple: (list, tuple)}.get(origin, origin)
    return isinstance(value, accepted)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
