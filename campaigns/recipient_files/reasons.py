"""Why a row of a recipient file is left out: one reason for each such row."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why somebody cannot be handed over; the words on screen are in ``labels``."""

    EMPTY = "empty"
    INVALID = "invalid"
    AREA_CODE = "area_code"
    DAMAGED = "damaged"
    SHORT_CODE = "short_code"
    ABROAD = "abroad"
    TOO_WIDE = "too_wide"
    DUPLICATE = "duplicate"
    EARLIER = "earlier"
    MAYBE_CALLED = "maybe_called"
