"""Between CallFire's JSON and our dataclasses, in both directions.

A dataclass is the whole declaration: `last_modified: datetime | None` reads `lastModified` in epoch
milliseconds. Reading never fails: CallFire's answers drift from its documents, so a property that is
absent, null or of the wrong kind becomes the field's default, and properties nobody declared stay in `raw`.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from callfire_api.vocabulary import OpenEnum

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OLDEST_PLAUSIBLE = datetime(2005, 1, 1, tzinfo=UTC)
INT64 = range(-(2**63), 2**63)
LARGEST_EXPONENT = 30  # no id and no sum of money is longer; printing 1E+999999 takes a million digits
PHONE_IN_PATH = re.compile(r"(?<=/dncs/universals/)[^/]+|(?<=/dncs/)(?!universals/)[^/]+")

NOT_PROPERTIES = frozenset({"raw", "extra"})

Reader = Callable[[object], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WireObject:
    """A dataclass whose fields are a JSON object's properties."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireModel(WireObject):
    """A JSON object CallFire sent. `raw` is the object as received, so that nothing it said is lost."""

    raw: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)


M = TypeVar("M", bound=WireModel)


class _Slot(NamedTuple):
    """How one field is read and written."""

    name: str
    keys: tuple[str, ...]
    read: Reader
    default: object


_PLANS: dict[type[WireObject], tuple[_Slot, ...]] = {}

# --- JSON to objects ----------------------------------------------------------------------------------------


def parse_json(body: bytes) -> object:
    """The JSON value in `body`, numbers with a point as Decimal so that money keeps every digit.

    Raises:
        ValueError: it is not JSON, or is nested too deep to be an answer.
    """
    text = body.decode("utf-8-sig", errors="replace")
    try:
        value: object = json.loads(text, parse_float=Decimal, parse_constant=lambda _: None)
    except (RecursionError, InvalidOperation) as error:
        raise ValueError("not an answer") from error
    return value


def read(model: type[M], value: object) -> M:
    """`value` as a `model`. Anything that does not fit is left out; nothing raises."""
    if not isinstance(value, Mapping):
        return model()
    found: dict[str, Any] = {"raw": value}
    for slot in _plan(model):
        seen = next((value[key] for key in slot.keys if value.get(key) is not None), None)
        if seen is not None and (converted := slot.read(seen)) is not None:
            found[slot.name] = converted
    return model(**found)


def read_all(model: type[M], values: object) -> tuple[M, ...]:
    """Every JSON object in the list `values` as a `model`; () when it is no list."""
    if not isinstance(values, list):
        return ()
    return tuple(read(model, value) for value in values if isinstance(value, Mapping))


def _plan(model: type[WireObject]) -> tuple[_Slot, ...]:
    if model not in _PLANS:
        _PLANS[model] = _make_plan(model)
    return _PLANS[model]


def _make_plan(model: type[WireObject]) -> tuple[_Slot, ...]:
    hints = get_type_hints(model)
    return tuple(
        _Slot(
            name=each.name,
            keys=each.metadata.get("wire", (camel_case(each.name),)),
            read=_reader_for(hints[each.name]),
            default=each.default if each.default_factory is MISSING else each.default_factory(),
        )
        for each in fields(model)
        if each.name not in NOT_PROPERTIES
    )


def wire_names(*names: str) -> dict[str, tuple[str, ...]]:
    """Metadata of a field that CallFire does not spell like us in camel case; the first name wins."""
    return {"wire": names}


def camel_case(name: str) -> str:
    """`from_number` as CallFire spells it: `fromNumber`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _reader_for(hint: Any) -> Reader:
    if isinstance(hint, UnionType) or get_origin(hint) is Union:
        (hint,) = (arg for arg in get_args(hint) if arg is not NoneType)
    origin = get_origin(hint)
    if origin is tuple:
        return _list_of(_reader_for(get_args(hint)[0]))
    if origin is Mapping:
        return _texts
    if issubclass(hint, OpenEnum):
        return lambda value: hint(word) if (word := _text(value)) else None
    if issubclass(hint, WireObject):
        return lambda value: read(hint, value) if isinstance(value, Mapping) else None
    return READERS[hint]


def _list_of(reader: Reader) -> Reader:
    def read_list(value: object) -> tuple[Any, ...] | None:
        if not isinstance(value, list):
            return None
        return tuple(found for each in value if (found := reader(each)) is not None)

    return read_list


def whole_number(value: object) -> int | None:
    """`value` as a 64-bit integer; None when it is none."""
    if type(value) is int:  # nearly always, and a page holds thousands
        return value if value in INT64 else None
    number = _decimal(value)
    if number is None or number != number.to_integral_value() or int(number) not in INT64:
        return None
    return int(number)


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    if not number.is_finite() or abs(number.adjusted()) > LARGEST_EXPONENT:
        return None
    return number


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    return clean_text(value) if isinstance(value, str) else None


def clean_text(text: str) -> str:
    """`text` without what no database and no page can hold: NUL and halves of surrogate pairs."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _boolean(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def _moment(value: object) -> datetime | None:
    milliseconds = whole_number(value)
    try:
        if milliseconds is not None:
            return EPOCH + timedelta(milliseconds=milliseconds)
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        pass
    return None


def _day(value: object) -> date | None:
    try:
        if isinstance(value, Mapping):
            return date(*(_part(value, key) for key in ("year", "month", "day")))
        return date.fromisoformat(value) if isinstance(value, str) else None
    except (OverflowError, ValueError):
        return None


def _time_of_day(value: object) -> time | None:
    try:
        if isinstance(value, Mapping):
            return time(_part(value, "hour"), _part(value, "minute", 0), _part(value, "second", 0))
        return time.fromisoformat(value) if isinstance(value, str) else None
    except (OverflowError, ValueError):
        return None


def _part(parts: Mapping[str, object], key: str, default: int | None = None) -> int:
    part = whole_number(parts.get(key))
    if part is None:
        part = default
    if part is None:
        raise ValueError(f"no {key}")
    return part


def _texts(value: object) -> dict[str, str] | None:
    if not isinstance(value, Mapping):
        return None
    pairs = ((clean_text(key), _text(each)) for key, each in value.items())
    return {key: text for key, text in pairs if text is not None}


READERS: dict[Any, Reader] = {
    bool: _boolean,
    int: whole_number,
    str: _text,
    Decimal: _decimal,
    datetime: _moment,
    date: _day,
    time: _time_of_day,
}


# --- objects to JSON and query strings ----------------------------------------------------------------------


def write(what: WireObject) -> dict[str, Any]:
    """`what` as the JSON object to send.

    None is left out, so is an empty list that neither was received nor was set on purpose, and properties
    nobody declared go back as they came.
    """
    raw = what.raw if isinstance(what, WireModel) else {}
    written = unknown_properties(what) if isinstance(what, WireModel) else {}
    for slot in _plan(type(what)):
        value = getattr(what, slot.name)
        if value is not None and (value != slot.default or slot.keys[0] in raw):
            written[slot.keys[0]] = _written(value)
    return written


def json_bytes(value: object) -> bytes:
    """`value` as JSON in plain ASCII, which every encoding on the way leaves alone."""
    return json.dumps(value, allow_nan=False, default=_json_number).encode("ascii")


def _json_number(value: object) -> float:
    if isinstance(value, Decimal):  # a property we do not know, on its way back
        return float(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def unknown_properties(model: WireModel) -> dict[str, Any]:
    """What CallFire said about this object beyond the fields of its class."""
    known = {key for slot in _plan(type(model)) for key in slot.keys}
    return {key: value for key, value in model.raw.items() if key not in known and value is not None}


def _written(value: object) -> Any:
    if isinstance(value, WireObject):
        return write(value)
    if isinstance(value, tuple | list):
        return [_written(each) for each in value]
    if isinstance(value, Mapping):
        return {key: str(each) for key, each in value.items()}
    if isinstance(value, datetime):
        return milliseconds(value)
    if isinstance(value, date):
        return {"year": value.year, "month": value.month, "day": value.day}
    if isinstance(value, time):
        return {"hour": value.hour, "minute": value.minute, "second": value.second}
    return value


def milliseconds(moment: datetime) -> int:
    """`moment` as CallFire writes it.

    Raises:
        ValueError: the datetime has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("CallFire's times are moments: give the datetime a time zone.")
    return (moment - EPOCH) // timedelta(milliseconds=1)


def query(**parameters: object) -> list[tuple[str, str]]:
    """`parameters` as a query string's pairs: camel case, a sequence repeated, moments in milliseconds.

    None and "" are left out.
    """
    return [
        (camel_case(name), _query_text(each))
        for name, value in parameters.items()
        for each in (value if isinstance(value, list | tuple) else (value,))
        if each is not None and each != ""
    ]


def comma_separated(words: Iterable[str]) -> str | None:
    """Several words as the single value CallFire expects; None when there are none."""
    return ",".join(words) or None


def _query_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(milliseconds(value)) if isinstance(value, datetime) else clean_text(str(value))


# --- small things callers need ------------------------------------------------------------------------------


def is_plausible(moment: datetime | None) -> bool:
    """Whether `moment` can be a real event; a sample of the SDK's has a call in early 1970."""
    return moment is not None and moment >= OLDEST_PLAUSIBLE


def mask_phone(number: str) -> str:
    """`number` as it may stand in a log: its last two digits, the rest as stars."""
    return "*" * max(len(number) - 2, 0) + number[-2:] if len(number) > 4 else "*" * len(number)


def masked_path(path: str) -> str:
    """`path` with any phone number in it masked."""
    return PHONE_IN_PATH.sub(lambda found: mask_phone(found.group()), path)
