"""What we send to CallFire: drafts of a broadcast and of a batch, and the people to call.

None means "not said" and is left out; an empty tuple is sent as an empty list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from callfire_api.models import Broadcast, LocalTimeRestriction, RetryConfig, Schedule, Sounds
from callfire_api.vocabulary import AnsweringMachineConfig, Voice
from callfire_api.wire import WireObject, unknown_properties, write

SOUND_SLOTS = ("live", "machine", "transfer", "dnc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient(WireObject):
    """A person to add to a broadcast: a phone number or the id of a contact, never both.

    `attributes` come back on the person's call (per the OpenAPI) and can be spoken in texts.
    """

    phone_number: str | None = None
    contact_id: int | None = None
    from_number: str | None = None
    attributes: Mapping[str, str] | None = field(default=None, hash=False)

    def to_wire(self) -> dict[str, Any]:
        """The JSON object to send.

        Raises:
            ValueError: there is no phone number and no contact, or both.
        """
        if (self.phone_number is None) == (self.contact_id is None):
            raise ValueError("A recipient needs a phone number or a contact, and only one of them.")
        return write(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecipient(Recipient):
    """A person to call at once, with what that person is to hear."""

    live_message: str | None = None
    live_message_sound_id: int | None = None
    machine_message: str | None = None
    machine_message_sound_id: int | None = None
    transfer_message: str | None = None
    transfer_message_sound_id: int | None = None
    transfer_digit: str | None = None
    transfer_number: str | None = None
    voice: Voice | None = None
    dialplan_xml: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyRecipient(Recipient):
    """A person whose JSON object is written already; it is sent as it is, which long lists are glad of."""

    wire: dict[str, Any]

    def to_wire(self) -> dict[str, Any]:
        """The JSON object to send."""
        return self.wire


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDraft(WireObject):
    """A batch to add to a broadcast: either the people themselves or a contact list.

    Its name is the only handle by which a batch whose outcome is unknown can be found again: make it unique.
    """

    name: str | None = None
    recipients: tuple[Recipient, ...] | None = None
    contact_list_id: int | None = None
    scrub_duplicates: bool | None = None

    def to_wire(self) -> dict[str, Any]:
        """The JSON object to send.

        Raises:
            ValueError: there is neither a source of people nor only one, or a recipient is not whole.
        """
        if (self.recipients is None) == (self.contact_list_id is None):
            raise ValueError("A batch needs recipients or a contact list, and only one of them.")
        return write(replace(self, recipients=None)) | _people(self.recipients)


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastDraft(WireObject):
    """Everything about a broadcast that can be written. `extra` are properties this package does not know."""

    name: str | None = None
    from_number: str | None = None
    recipients: tuple[Recipient, ...] | None = None
    sounds: Sounds | None = None
    dialplan_xml: str | None = None
    answering_machine_config: AnsweringMachineConfig | None = None
    max_active: int | None = None
    max_active_transfers: int | None = None
    labels: tuple[str, ...] | None = None
    local_time_restriction: LocalTimeRestriction | None = None
    retry_config: RetryConfig | None = None
    schedules: tuple[Schedule, ...] | None = None
    resume_next_day: bool | None = None
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    @classmethod
    def from_broadcast(cls, broadcast: Broadcast) -> Self:
        """Everything that can be written of `broadcast`; edit it with `dataclasses.replace`, then update.

        Whether CallFire's PUT merges or replaces is not documented: the API samples hint at the one, the
        older API did the other. Sending everything is right under both. Read the broadcast without `fields`
        first. Each sound slot is reduced to its id, or to its text where it has no id.
        """
        return cls(
            name=broadcast.name,
            from_number=broadcast.from_number,
            sounds=broadcast.sounds and _one_source_per_slot(broadcast.sounds),
            dialplan_xml=broadcast.dialplan_xml,
            answering_machine_config=broadcast.answering_machine_config,
            max_active=broadcast.max_active,
            max_active_transfers=broadcast.max_active_transfers,
            labels=broadcast.labels if "labels" in broadcast.raw else None,
            local_time_restriction=broadcast.local_time_restriction,
            retry_config=broadcast.retry_config,
            schedules=broadcast.schedules if "schedules" in broadcast.raw else None,
            resume_next_day=broadcast.resume_next_day,
            extra={key: value for key, value in unknown_properties(broadcast).items() if key != "recipients"},
        )

    def to_wire(self) -> dict[str, Any]:
        """The JSON object to send.

        Raises:
            ValueError: the draft has sounds and a dialplan, or a sound slot with both a text and an id.
        """
        if self.sounds and self.dialplan_xml:
            raise ValueError("A broadcast has sounds or a dialplan, not both.")
        for slot in SOUND_SLOTS if self.sounds else ():
            if _slot_text(self.sounds, slot) and _slot_id(self.sounds, slot):
                raise ValueError(f"The {slot} sound has both a text and a sound; CallFire takes one of them.")
        return {**self.extra, **write(replace(self, recipients=None)), **_people(self.recipients)}


def _people(recipients: tuple[Recipient, ...] | None) -> dict[str, Any]:
    return {} if recipients is None else {"recipients": [recipient.to_wire() for recipient in recipients]}


def _slot_text(sounds: Sounds | None, slot: str) -> str | None:
    text: str | None = getattr(sounds, f"{slot}_sound_text")
    return text


def _slot_id(sounds: Sounds | None, slot: str) -> int | None:
    sound_id: int | None = getattr(sounds, f"{slot}_sound_id")
    return sound_id


def _one_source_per_slot(sounds: Sounds) -> Sounds:
    by_id = [slot for slot in SOUND_SLOTS if _slot_id(sounds, slot)]
    texts: dict[str, Any] = {
        f"{slot}_sound_text{suffix}": None for slot in by_id for suffix in ("", "_voice")
    }
    return replace(sounds, **texts)
