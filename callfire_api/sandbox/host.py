"""What a broadcast may ask of the world around it."""

from typing import Protocol

from .account import Account
from .switches import Switches


class Host(Protocol):
    """The world, seen from inside one broadcast."""

    seed: int
    switches: Switches
    account: Account

    def now(self) -> float: ...

    def catch_up(self) -> None: ...
