"""What happens around Callboard when one of its own parts goes away."""

from __future__ import annotations

from pytest_django import Settings

# Nothing listens there: connections are refused at once.
NOWHERE = "redis://127.0.0.1:1/0"


def cut_off_redis(settings: Settings) -> None:
    """From now on nothing answers where Redis was; the test's settings come back by themselves."""
    default = settings.CACHES["default"]
    settings.CACHES = settings.CACHES | {"default": default | {"LOCATION": NOWHERE}}
    settings.REDIS_URL = NOWHERE
