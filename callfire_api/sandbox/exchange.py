"""One request and one reply, as the handlers see them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What arrived, as it arrived; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    raw_body: bytes = b""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass
class Reply:
    """What goes out. ``cut_after`` and ``bytes_per_second`` misbehave on purpose while sending."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    omit_length: bool = False
    cut_after: int | None = None
    bytes_per_second: int | None = None


def json_reply(value: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), "application/json; charset=utf-8")


def milliseconds(seconds: float) -> int:
    """CallFire's timestamps: unix milliseconds."""
    return round(seconds * 1000)
