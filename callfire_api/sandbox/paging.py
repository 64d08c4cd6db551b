"""Pages of a list, with every way CallFire has been seen to get them wrong."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .exchange import Json
from .switches import Switches

Find = Callable[[int, int], tuple[Sequence[Json], int]]


def answer(
    query: Mapping[str, Any], switches: Switches, find: Find, *, default_limit: int | None = None
) -> Json:
    """The page asked for; ``find(offset, limit)`` gives its rows and how many there are in all."""
    standard = switches.default_limit if default_limit is None else default_limit
    limit = min(query.get("limit", standard), switches.maximum_limit)
    if switches.smaller_limit is not None:
        limit = min(limit, switches.smaller_limit)
    offset = query.get("offset", 0)
    rows, total = find(max(0, offset - switches.shift_rows), limit)
    page: Json = {} if switches.omit_items else {"items": list(rows)}
    if not switches.omit_limit_offset:
        page |= {"limit": limit, "offset": offset}
    if not switches.omit_total_count:
        page["totalCount"] = _total(total, switches)
    return page


def of(rows: Sequence[Json]) -> Find:
    """A ``find`` over rows that are all there already."""
    return lambda offset, limit: (rows[offset : offset + limit], len(rows))


def _total(total: int, switches: Switches) -> int:
    if switches.total_count_unknown:
        return -1
    return total if switches.wrong_total_count is None else switches.wrong_total_count
