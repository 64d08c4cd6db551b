"""Whose phone number a reader sees whole, and how it looks to everybody else: the whole rule.

A number of a person is theirs; the account's own caller IDs are nobody's. Readers without the right see area
code and exchange, ``(213) 555-••••``, on every page, in notes and attributes, and in every export.
"""

from __future__ import annotations

import re
from typing import Final

from callfire_api import Call
from campaigns.labels import nice_number
from campaigns.permissions import Permission, may

UNKNOWN: Final = "–"
_DOT: Final = "•"
# A day, perhaps with a time, is no number of anybody's: as 2026-11-23, 2026-11-23T09:00:30 or 11/23/2026.
_DAY_OR_MONTH: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_DAY: Final = (
    rf"(?<!\d)(?:(?:19|20)\d\d(?P<s>[-/.]){_DAY_OR_MONTH}(?P=s){_DAY_OR_MONTH}"
    rf"|{_DAY_OR_MONTH}(?P<t>[-/.]){_DAY_OR_MONTH}(?P=t)(?:19|20)\d\d)"
    r"(?:[T ]\d\d:\d\d(?::\d\d)?)?(?![-/.:]?\d)"
)
_LONG_RUN: Final = re.compile(rf"(?P<day>{_DAY})|\d(?:[\W_]{{0,3}}\d){{6,}}")
_DIGIT: Final = re.compile(r"\d")


class Numbers:
    """How one reader sees the numbers of people; ``whole`` tells whether nothing is hidden from them."""

    __slots__ = ("whole",)

    def __init__(self, person: object) -> None:
        self.whole = may(person, Permission.SEE_NUMBERS)

    @classmethod
    def of(cls, *, whole: bool) -> Numbers:
        """The same without asking who reads, for work whose right was settled when it began."""
        seen = cls(None)
        seen.whole = whole
        return seen

    def show(self, number: str | None) -> str:
        """A person's number as the reader may see it, in the spelling of the screens; an en dash for none."""
        shown = nice_number(number) or UNKNOWN
        return shown if self.whole else self.text(shown)

    def text(self, text: str | None) -> str:
        """A text somebody else wrote, with everything in it that may be a phone number masked if need be."""
        return (text or "") if self.whole else _LONG_RUN.sub(_masked, text or "")


def person_number(call: Call) -> str | None:
    """The number of the person: who called us, or whom we called."""
    return call.from_number if call.inbound else call.to_number


def own_number(call: Call) -> str | None:
    """The account's own number in a call, which is shown to everybody."""
    return call.to_number if call.inbound else call.from_number


def _masked(run: re.Match[str]) -> str:
    """The run with area code and exchange left; of a short one, the first three digits; a day as it is."""
    if run["day"]:
        return run.group()
    digits = _DIGIT.findall(run.group())
    kept = 3 if len(digits) < 10 else 6 + (digits[0] == "1")
    left = iter([*digits[:kept], *_DOT * (len(digits) - kept)])
    return _DIGIT.sub(lambda _: next(left), run.group())
