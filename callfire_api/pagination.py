"""Pages of a list, and walking over all of them.

CallFire's paging is loose: `limit`, `offset` and `totalCount` may be absent or wrong (SDK's samples), -1 is a
total nobody knows (per the OpenAPI), and rows shift while one reads. So a walk ends on what it sees, not on
what it is told.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from callfire_api.wire import WireModel, read_all, whole_number

logger = logging.getLogger("callfire_api")

LARGEST_LIMIT = 1000
DEFAULT_LIMIT = 100
DEFAULT_MAX_PAGES = 1000

T_co = TypeVar("T_co", covariant=True)
M = TypeVar("M", bound=WireModel)


class Numbered(Protocol):
    """Anything CallFire gives an id."""

    @property
    def id(self) -> int | None:
        """CallFire's number for it."""


N = TypeVar("N", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """One page of a list.

    Attributes:
        items: what was found.
        limit: the most items CallFire puts on this page; None when it does not say.
        offset: how many items come before this page; None when CallFire does not say.
        total_count: how many there are in all; None when unknown. For display only: it has been seen to be
            wrong.
    """

    items: tuple[T_co, ...]
    limit: int | None = None
    offset: int | None = None
    total_count: int | None = None


def read_page(model: type[M], answer: Mapping[str, object]) -> Page[M]:
    """The page in CallFire's `answer`; a page without `items` is an empty one."""
    return Page(
        items=read_items(model, answer),
        limit=_count(answer, "limit"),
        offset=_count(answer, "offset"),
        total_count=_count(answer, "totalCount"),
    )


def read_items(model: type[M], answer: Mapping[str, object]) -> tuple[M, ...]:
    """The `items` of `answer`. Without any it is empty, which is logged: CallFire should have sent a list."""
    if "items" not in answer:
        logger.warning("CallFire sent a list of %s without items", model.__name__)
    return read_all(model, answer.get("items"))


def _count(answer: Mapping[str, object], key: str) -> int | None:
    number = whole_number(answer.get(key))
    return number if number is not None and number >= 0 else None


def check_limit(limit: int) -> int:
    """`limit`, if CallFire can be asked for it.

    Raises:
        ValueError: it is not between 1 and 1000, the most the older API took.
    """
    if not 1 <= limit <= LARGEST_LIMIT:
        raise ValueError(f"A page holds between 1 and {LARGEST_LIMIT} items, not {limit}.")
    return limit


def walk(fetch: Callable[[int, int], Page[N]], *, page_size: int, max_pages: int) -> Iterator[N]:
    """Every item of a list once, page by page, as `fetch(limit, offset)` gives them.

    Ends at a page that is empty, brings nothing new or is known to be the last, and after `max_pages`. Items
    without an id (their `fields` left it out) cannot be told apart and are all given.
    """
    seen: set[int] = set()
    limit, offset = check_limit(page_size), 0
    for _ in range(max_pages):
        page = fetch(limit, offset)
        limit = min(limit, page.limit or limit)
        brought_something = False
        for item in page.items:
            if item.id is None or item.id not in seen:
                brought_something = True
                seen.update(() if item.id is None else (item.id,))
                yield item
        offset += len(page.items)
        if not brought_something or _is_last(page, limit, read=offset):
            return
    logger.warning("CallFire's list goes on after %d pages; the rest was not read", max_pages)


def _is_last(page: Page[N], limit: int, *, read: int) -> bool:
    """Whether nothing can follow `page`, with which `read` items of the list have been read.

    Fewer items than the limit it states mean that it is (per the OpenAPI). But CallFire's largest page is
    not documented, and a page may leave out its limit (SDK's sample): then only the next one tells.
    """
    says_more = page.total_count is not None and page.total_count > read
    return len(page.items) < limit and page.limit is not None and not says_more
