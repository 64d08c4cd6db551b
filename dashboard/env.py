"""Typed readers of the environment. Every variable is asked for here and nowhere else.

Each reader remembers what it was asked for, so that a test can hold the table in the README
against the code. A value that cannot be used ends the start with one sentence that says what to
write instead.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class Variable:
    """One documented variable: its name, and its default as the README shows it."""

    name: str
    default: str


VARIABLES: dict[str, Variable] = {}


def text(name: str, default: str = "", *, shown_default: str | None = None) -> str:
    """The variable as text, without blanks around it; empty counts as unset."""
    VARIABLES[name] = Variable(name, default if shown_default is None else shown_default)
    return os.environ.get(name, "").strip() or default


def secret(name: str, *, shown_default: str = "unset") -> str:
    """A credential: from ``NAME``, or from the file that ``NAME_FILE`` names. Empty when neither is set."""
    value = text(name, shown_default=shown_default)
    file_name = text(f"{name}_FILE", shown_default="unset")
    if value or not file_name:
        return value
    try:
        return Path(file_name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"{name}_FILE names {file_name}, which cannot be read ({error.__class__.__name__}). "
            "Name a readable text file that holds only the secret, or unset the variable."
        ) from error


def flag(name: str, *, default: bool = False) -> bool:
    """A switch: 1, true, yes, on; or 0, false, no, off."""
    value = text(name, "on" if default else "off").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}. Write on or off.")


def whole(name: str, default: int, *, least: int = 1) -> int:
    """A whole number of at least ``least``."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write a whole number, like {default}.") from None
    if number < least:
        raise ImproperlyConfigured(f"{name} is {number}. Write {least} or more.")
    return number


def port(name: str, default: int) -> int:
    """A port to listen on; 0 means any that is free."""
    number = whole(name, default, least=0)
    if number > 65535:
        raise ImproperlyConfigured(f"{name} is {number}. Write a port, from 0 to 65535.")
    return number


def number(name: str, default: float, *, more_than: float = 0.0) -> float:
    """A number greater than ``more_than``; decimals are allowed."""
    value = text(name, f"{default:g}")
    try:
        amount = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write a number, like {default:g}.") from None
    if not amount > more_than:
        raise ImproperlyConfigured(f"{name} is {value}. Write a number above {more_than:g}.")
    return amount


def words(name: str, default: str, *, shown_default: str | None = None) -> list[str]:
    """A list, separated by commas."""
    return [
        part.strip() for part in text(name, default, shown_default=shown_default).split(",") if part.strip()
    ]


def folder(name: str, default: Path, *, shown_default: str) -> Path:
    """A folder, as an absolute path; a relative one counts from where the process was started."""
    return Path(text(name, str(default), shown_default=shown_default)).expanduser().resolve()


def address(name: str, default: str) -> str:
    """An https address; plain http is taken only for this machine itself."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.hostname and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    ):
        return value
    raise ImproperlyConfigured(
        f"{name} is {value!r}. Write an address that starts with https:// (http:// only for 127.0.0.1)."
    )


def redis(name: str, *, shown_default: str) -> str:
    """The address of a Redis; empty when unset."""
    value = text(name, shown_default=shown_default)
    if value and not (urlsplit(value).scheme in {"redis", "rediss"} and urlsplit(value).hostname):
        raise ImproperlyConfigured(
            f"{name} names no Redis. Write redis://:PASSWORD@HOST:6379/0, or unset it for the embedded one."
        )
    return value


def time_zone(name: str, default: str) -> str:
    """A time zone by its name in the time zone database."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ImproperlyConfigured(f"{name} is {value!r}. Write a name like {default} or UTC.") from None
    return value


def is_loopback(host: str) -> bool:
    """Whether the name or address means this machine, seen from itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
