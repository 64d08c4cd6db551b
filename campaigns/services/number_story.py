"""All that is known of one phone number: lines of files with their chunks, and calls to and from it."""

from __future__ import annotations

from dataclasses import dataclass

from callfire_api import CallFireError
from campaigns.services import call_pages, file_lines
from campaigns.services.call_log import CallQuery
from campaigns.services.call_pages import CallPage
from campaigns.services.file_lines import FoundLines
from campaigns.services.masking import Numbers


@dataclass(frozen=True, slots=True)
class NumberStory:
    """What is known of a number; ``trouble`` says why calls are missing, and is empty when none are.

    Attributes:
        shown: the number as the reader may see it.
        calls_to: the newest calls to it, None when CallFire did not tell; likewise ``calls_from``.
        in_files: the lines of files it stands in.
    """

    shown: str
    calls_to: CallPage | None
    calls_from: CallPage | None
    in_files: FoundLines
    trouble: str


def read(digits: str, numbers: Numbers) -> NumberStory:
    """The story of a number, eleven digits; what we know ourselves is told even while CallFire is silent."""
    in_files = file_lines.find(digits, numbers)
    shown = numbers.show(digits)
    try:
        calls_to = call_pages.page(CallQuery(to_number=digits), numbers)
        calls_from = call_pages.page(CallQuery(from_number=digits), numbers)
    except CallFireError as error:
        return NumberStory(shown, None, None, in_files, error.user_message)
    return NumberStory(shown, calls_to, calls_from, in_files, "")
