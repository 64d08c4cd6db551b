"""Phone numbers: read as people write them, and kept or told without showing them.

How they are read is one rule for a number typed into a form and for a million in a file.
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.crypto import salted_hmac

from callfire_api import mask_phone
from campaigns.recipient_files.phones import ENTER, Number, Problem, parse

__all__ = ["ENTER", "Number", "Problem", "digest", "masked", "parse"]

_LONG_RUN: Final = re.compile(r"\d(?:[\s().-]{0,2}\d){6,}")


def digest(digits: str) -> str:
    """A number in a form that can be compared and not read back, for records that outlive their purpose.

    Keyed with the installation's secret: there are too few phone numbers for a bare hash to hide one.
    """
    return salted_hmac("campaigns.numbers", digits, algorithm="sha256").hexdigest()[:32]


def masked(text: str) -> str:
    """The text with all but the last two digits of anything that may be a phone number starred out."""
    return _LONG_RUN.sub(lambda run: mask_phone("".join(filter(str.isdecimal, run.group()))), text)
