"""What all processes must see within a second: claims and short-lived facts, in Redis.

Nothing here is the only copy of anything. Every function survives Redis being down, so that a page can
say so instead of failing; losing the contents costs a few requests to CallFire.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from math import ceil
from typing import Any, TypeVar

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
T = TypeVar("T")


def claim(key: str, seconds: float) -> bool:
    """Whether the caller, and nobody else for these seconds (rounded up), may do the work named by the key.

    False also when Redis does not answer: work that must happen exactly once is not done on a guess.
    """
    return bool(_quietly(lambda: cache.add(key, 1, timeout=ceil(seconds)), default=False))


def hold(key: str, seconds: float) -> None:
    """Let a claim of the caller's end these seconds from now; at once when there are none left."""
    if seconds > 0:
        _quietly(lambda: cache.touch(key, timeout=ceil(seconds)), default=False)
    else:
        forget(key)


def remember(key: str, value: Any, seconds: float | None) -> None:
    """Keep a small value where all processes find it; for ever when ``seconds`` is None."""
    _quietly(lambda: cache.set(key, value, timeout=seconds), default=None)


def forget(key: str) -> None:
    """Drop the value kept under the key."""
    _quietly(lambda: cache.delete(key), default=False)


def recall(key: str) -> Any:
    """The value kept under the key; None when there is none or Redis does not answer."""
    return _quietly(lambda: cache.get(key), default=None)


def is_up() -> bool:
    """Whether Redis answers right now."""
    return _quietly(lambda: cache.get("shared:is-up", "yes"), default="no") == "yes"


def _quietly(ask: Callable[[], T], *, default: T) -> T:
    try:
        return ask()
    except RedisError as error:
        logger.warning("Redis does not answer: %s", error.__class__.__name__)
        return default
