"""What a handler is given, and what it may give back."""

from dataclasses import dataclass, field
from typing import Any

from .account import Account
from .exchange import Json, Reply
from .switches import Switches
from .world import World

Answer = Json | list[Json] | bool | Reply | None


@dataclass(frozen=True)
class Visit:
    """One validated request. ``query`` holds the parameters that were given, ``body`` the checked JSON."""

    world: World
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    raw_body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def now(self) -> float:
        return self.world.now()

    @property
    def switches(self) -> Switches:
        return self.world.switches

    @property
    def account(self) -> Account:
        return self.world.account

    def seconds(self, name: str) -> float | None:
        """A query parameter in milliseconds, as seconds."""
        value = self.query.get(name)
        return None if value is None else value / 1000
