"""Before people are added to a broadcast: how it stands, and who of a pasted list would be added.

CallFire acts on them without validation and, when the broadcast runs, calls them at once.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.crypto import salted_hmac

from callfire_api import BroadcastStatus
from campaigns.actions import DIALLING, START, STARTING
from campaigns.models import BroadcastSnapshot
from campaigns.services import broadcasts, heard, spoken
from campaigns.services.pasted import Line, Pasted, Person

ADD: Final = "add people"
SWITCH: Final = "switch people"
MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """A broadcast as CallFire says now, and what that means for people who are added to it.

    ``when`` says when they are called. ``refusal`` is the reason why nobody can be added, ``trouble`` why
    CallFire did not say; the snapshot is then what we last saw.
    """

    snapshot: BroadcastSnapshot
    when: str
    is_calling: bool
    refusal: str = ""
    trouble: str = ""

    @property
    def is_open(self) -> bool:
        """Whether people can be added."""
        return not (self.refusal or self.trouble)

    @property
    def is_archived(self) -> bool:
        """Whether nothing can be done with it any more."""
        return self.snapshot.status == BroadcastStatus.ARCHIVED


@dataclass(frozen=True, slots=True)
class Earlier:
    """When somebody was brought to the broadcast before, and by whom; ``is_sure`` once CallFire has them."""

    at: datetime
    by_name: str
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One pasted line, and how its person was brought before, if that is so."""

    line: Line
    earlier: Earlier | None
    is_added: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Who would be added, line by line; ``people`` are in the order of the lines."""

    entries: Sequence[Entry] = ()
    people: Sequence[Person] = ()

    @property
    def bad(self) -> int:
        """How many lines need fixing."""
        return sum(bool(entry.line.problem) for entry in self.entries)

    @property
    def merged(self) -> int:
        """How many lines repeat the number of an earlier line."""
        return sum(entry.line.is_repeated for entry in self.entries)

    @property
    def added_before(self) -> int:
        """How many people were brought before, left out or not."""
        return sum(entry.earlier is not None for entry in self.entries)

    def seal(self, token: uuid.UUID, to: Standing) -> str:
        """A word that stands for exactly this list, sent once, to a broadcast that stands as it was shown."""
        shown = [str(token), to.snapshot.pk, to.when]
        list_shown = [[person.number, person.attributes] for person in self.people]
        text = json.dumps([shown, list_shown])
        return salted_hmac("campaigns.people", text, algorithm="sha256").hexdigest()


def standing(broadcast_id: int) -> Standing:
    """The broadcast, read from CallFire just now.

    Raises:
        NotFound: CallFire does not know it.
        CallFireError: CallFire did not say, and we never saw this broadcast.
    """
    look = broadcasts.look(broadcast_id)
    status = BroadcastStatus(look.snapshot.status)
    is_calling = status in DIALLING
    return Standing(
        snapshot=look.snapshot,
        when=_when(status),
        is_calling=is_calling,
        refusal="" if is_calling or look.trouble else START.why_not(status),
        trouble=look.trouble,
    )


def plan(pasted: Pasted, *, earlier: Mapping[str, Earlier], again: bool) -> Plan:
    """Who of the pasted people would be added; those brought ``earlier`` only when asked for ``again``."""
    entries = []
    for line in pasted.lines:
        before = earlier.get(line.person.number) if line.person is not None else None
        entries.append(Entry(line, before, is_added=line.person is not None and (before is None or again)))
    return Plan(
        entries=entries,
        people=[entry.line.person for entry in entries if entry.is_added and entry.line.person is not None],
    )


def lacking(people: Sequence[Person], to: Standing) -> list[str]:
    """The attributes that the messages of the broadcast speak of, and that not all of these people bring."""
    said = [text for text in heard.texts(spoken.with_words(to.snapshot)) if not text.is_script]
    names = [field.name for field in heard.merge_fields(said)]
    return [name for name in names if not all(name in person.attributes for person in people)]


def _when(status: BroadcastStatus) -> str:
    if status == BroadcastStatus.RUNNING:
        return "It is running, so they are called at once."
    if status in STARTING:
        return "It is starting, so they are called as soon as it runs."
    if status == BroadcastStatus.SCHEDULED:
        return "They are called when its schedule starts it."
    if status == BroadcastStatus.FINISHED:
        return "It has finished. CallFire may call them by itself, or wait until it is started again."
    return "Nobody is called until it is started."
