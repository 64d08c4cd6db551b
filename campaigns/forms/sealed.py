"""What a form carries from one request to the next so that nobody but us can say what it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from django.core import signing

from campaigns.services.units import Wire

_SALT: Final = "campaigns.drafts"


class _Json:
    """Numbers with a point, which CallFire may send in what we do not know, travel as such."""

    def dumps(self, what: Any) -> bytes:
        return json.dumps(what, separators=(",", ":"), default=float).encode("latin-1")

    def loads(self, text: bytes) -> Any:
        return json.loads(text.decode("latin-1"))


def sign(wire: Mapping[str, Any], *, purpose: str = "opened") -> str:
    """A broadcast, or some of its decisions, sealed for this purpose."""
    return signing.dumps(dict(wire), salt=f"{_SALT}.{purpose}", compress=True, serializer=_Json)


def unsign(text: str, *, purpose: str = "opened") -> Wire | None:
    """What ``sign`` was given for this purpose; None when it was not us."""
    try:
        found = signing.loads(text, salt=f"{_SALT}.{purpose}", serializer=_Json)
    except signing.BadSignature:
        return None
    return found if isinstance(found, dict) else None
