"""The contact lists kept at CallFire, of which one can be handed over as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from callfire_api import CallFireError, ContactList, ContactListStatus
from campaigns import shared
from campaigns.services import health

_MOST: Final = 1000
_FRESH_SECONDS: Final = 30
_KEY: Final = "contact-lists"


@dataclass(frozen=True, slots=True)
class Choice:
    """A list that can be handed over; ``size`` is None when CallFire does not say."""

    id: int
    name: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """The lists to choose from, and how many CallFire cannot use, or not yet.

    ``goes_on`` means that there are more than were read; ``trouble`` says why none could be read.
    """

    lists: Sequence[Choice] = ()
    unusable: int = 0
    goes_on: bool = False
    trouble: str = ""


def find() -> Found:
    """The lists, read from CallFire or kept from a moment ago."""
    held = shared.recall(_KEY)
    if isinstance(held, Found):
        return held
    try:
        with health.quickly() as callfire:
            page = callfire.contact_lists.find(limit=_MOST)
    except CallFireError as error:
        return Found(trouble=error.user_message)
    usable = [_choice(each) for each in page.items if each.status == ContactListStatus.ACTIVE and each.id]
    found = Found(
        lists=sorted(usable, key=lambda choice: choice.name.casefold()),
        unusable=len(page.items) - len(usable),
        goes_on=len(page.items) >= _MOST,
    )
    shared.remember(_KEY, found, _FRESH_SECONDS)
    return found


def _choice(each: ContactList) -> Choice:
    return Choice(each.id or 0, each.name or f"List {each.id}", each.size)
