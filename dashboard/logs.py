"""What every process writes to its console: one line an event, and nothing that identifies a person.

Phone numbers and credentials are masked in the finished text, so that tracebacks and the lines of
libraries are covered, too. The rule errs on the safe side: a long id may be masked with them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any

_PHONE = re.compile(r"(?<![\w.:])\+?\(?\d(?:[ ().-]{0,2}\d){9,14}(?![\w:])")
_NOT_A_PHONE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[ .-]\d+)?"  # a date, perhaps with the hour
    r"|\d{1,3}(?:\.\d{1,3}){3}"  # an address of a machine
)
_ADDRESS_WITH_PASSWORD = re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*@")
_AUTHORIZATION = re.compile(r"\b(basic|bearer)\s+[\w+/=.~-]{6,}", re.IGNORECASE)


def mask(text: str) -> str:
    """The text without phone numbers (the last two digits stay) and without credentials."""
    text = _ADDRESS_WITH_PASSWORD.sub("***@", text)
    text = _AUTHORIZATION.sub(r"\1 ***", text)
    return _PHONE.sub(_mask_phone, text)


def _mask_phone(match: re.Match[str]) -> str:
    found = match.group()
    return found if _NOT_A_PHONE.fullmatch(found) else f"***{found[-2:]}"


class MaskingFormatter(logging.Formatter):
    """Formats a record, then masks it."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """The ``secrets`` are masked wherever they appear, besides everything that looks like one."""
        super().__init__("{levelname} {name}: {message}", style="{")
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return mask(text)


def configuration(secrets: Iterable[str]) -> dict[str, Any]:
    """``LOGGING`` for Django; Celery and granian write through the same handler."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"masking": {"()": MaskingFormatter, "secrets": list(secrets)}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "masking"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            # At INFO it writes a line for every request.
            "callfire_api": {"level": "WARNING"},
            "campaigns": {"level": "INFO"},
            "dashboard": {"level": "INFO"},
            # Every refused or unknown address would be a line; what fails is an error and stays.
            "django.request": {"level": "ERROR"},
            # Both bring handlers of their own, which mask nothing.
            "django": {"handlers": [], "propagate": True},
            "_granian": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        },
    }
