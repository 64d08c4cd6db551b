"""The question before quick calls: who hears what, at which hour of theirs, and for about how much."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from callfire_api import Broadcast, BroadcastStatus, CallRecipient
from callfire_api.wire import read
from campaigns.labels import nice_number
from campaigns.models import User
from campaigns.services import estimates, health, people, quick_calls, sounds, summary, windows
from campaigns.services.estimates import Estimate, Tries
from campaigns.services.people import Standing
from campaigns.services.quick_calls import Message, QuickCalls
from campaigns.services.windows import Hours, Window


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing a person may hear: when, and the words or the name of the sound."""

    when: str
    words: str


@dataclass(frozen=True, slots=True)
class PersonShown:
    """One person of the question: number, what they hear, and what their clock shows."""

    number: str
    attributes: str
    heard: Sequence[Heard]
    window: Window


@dataclass(frozen=True, slots=True)
class Question:
    """What would happen.

    Attributes:
        to: the broadcast whose settings are used, as CallFire says now.
        refusal: why nobody can be called like this; empty when they can.
        odd: what is unusual and has to be agreed to, a sentence each.
    """

    people: Sequence[PersonShown]
    to: Standing | None
    hours: str
    estimate: Estimate
    balance: health.Credits | None
    left: int
    refusal: str
    odd: Sequence[str]

    @property
    def shown(self) -> list[str]:
        """What a press of the button is held to, besides the calls themselves."""
        status = (
            [self.to.snapshot.status, json.dumps(self.to.snapshot.settings, sort_keys=True)]
            if self.to
            else []
        )
        return [*self.odd, *status]


def ask(calls: QuickCalls, *, by: User) -> Question:
    """What these calls would do, the broadcast read from CallFire now.

    Raises:
        NotFound: CallFire does not know the broadcast.
        CallFireError: CallFire did not say how the broadcast stands, and we never saw it.
    """
    to = people.standing(calls.broadcast_id) if calls.broadcast_id else None
    broadcast = read(Broadcast, to.snapshot.settings) if to is not None else None
    hours = Hours.of(broadcast.local_time_restriction) if broadcast is not None else None
    shown = [_shown(person, calls, to, hours) for person in calls.people]
    left = quick_calls.left_this_hour(by)
    return Question(
        people=shown,
        to=to,
        hours=summary.hours_in_words(to.snapshot) if to is not None else "At once, at any hour",
        estimate=estimates.cost(len(shown), Tries(1, 1) if broadcast is None else Tries.of(broadcast)),
        balance=health.credits(),
        left=left,
        refusal=_refusal(len(shown), left, to),
        odd=[*_at_odd_hours(shown), *_odd_broadcast(to)],
    )


def _refusal(number: int, left: int, to: Standing | None) -> str:
    if number > left:
        return f"You can call {left} more people within this hour. Wait a while, or make a broadcast."
    return (to.refusal or to.trouble) if to is not None else ""


def _at_odd_hours(shown: Sequence[PersonShown]) -> list[str]:
    """These sentences are kept with the event, so there is no number in them."""
    night = sum(person.window.is_night for person in shown)
    closed = sum(not person.window.is_open for person in shown)
    said = []
    if night:
        said.append(f"For {_of(night, shown)} it is before 08:00 or after 21:00, or may be.")
    if closed:
        said.append(
            f"The hours of the broadcast do not permit {_of(closed, shown)} now. CallFire may call them "
            "later, or at once all the same."
        )
    return said


def _of(number: int, shown: Sequence[PersonShown]) -> str:
    return f"{number} of {len(shown)}" if len(shown) > 1 else "this person"


def _odd_broadcast(to: Standing | None) -> list[str]:
    if to is None or to.snapshot.status == BroadcastStatus.RUNNING:
        return []
    sentence = (
        "The broadcast is not running. Whether CallFire starts it for these calls is not documented: "
        "everybody who waits in it may be called."
    )
    return [sentence]


def _shown(person: CallRecipient, calls: QuickCalls, to: Standing | None, hours: Hours | None) -> PersonShown:
    number = person.phone_number or ""
    reach = windows.for_people([number], hours, now=timezone.now())
    attributes = [f"{name}: {value}" for name, value in (person.attributes or {}).items()]
    return PersonShown(
        nice_number(number), " · ".join(attributes), _heard(person, calls, to), reach.windows[0]
    )


def _heard(person: CallRecipient, calls: QuickCalls, to: Standing | None) -> list[Heard]:
    """What CallFire plays to this person, own messages before those for everybody."""
    if person.dialplan_xml:
        return [Heard("When a person answers", "An IVR script of their own")]
    own = Message(person.live_message or "", person.live_message_sound_id)
    machine = Message(person.machine_message or "", person.machine_message_sound_id)
    of_broadcast = "What the broadcast says" if to is not None else "Nothing: we hang up"
    heard = [
        Heard("When a person answers", _words(own or calls.live) or of_broadcast),
        Heard("When a machine answers", _words(machine or calls.machine) or of_broadcast),
    ]
    if person.transfer_digit:
        said = _words(Message(person.transfer_message or "", person.transfer_message_sound_id))
        leads = f"{person.transfer_digit} transfers to {nice_number(person.transfer_number)}"
        heard.append(Heard("If they press a key", f"{leads}{f', saying {said}' if said else ''}"))
    voice = summary.VOICES.get(person.voice or calls.voice, str(person.voice or calls.voice))
    return [*heard, Heard("Voice", voice)]


def _words(message: Message) -> str:
    if message.sound_id:
        return f"Sound “{sounds.get(message.sound_id).name}”"
    return f"“{message.text}”" if message.text else ""
