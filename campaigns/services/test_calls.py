"""A test call: this broadcast's messages, once, to a phone that the operator proved to be theirs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from django.conf import settings
from django.utils.crypto import salted_hmac

from callfire_api import AnsweringMachineConfig, Broadcast, CallFireError, CallRecipient, Sounds, Voice
from campaigns.gateway import get_callfire_quickly
from campaigns.models import AuditEvent, BroadcastSnapshot, OwnNumber, User
from campaigns.services import audit, health, own_numbers, single_calls, snapshots, summary

Outcome = AuditEvent.Outcome

TEST: Final = "test call"


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of a test call: when it is heard, its words, and the sound to listen to beforehand."""

    when: str
    words: str
    sound_id: int | None = None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a test call would do, read from CallFire just now.

    ``seal`` stands for exactly these messages, ``left`` is how many more calls the person may make this hour.
    """

    snapshot: BroadcastSnapshot
    heard: Sequence[Heard]
    numbers: Sequence[OwnNumber]
    left: int
    balance: health.Credits | None
    refusal: str
    seal: str


def rehearse(broadcast_id: int, *, by: User) -> Rehearsal:
    """What a test call of this broadcast to this person would do.

    Raises:
        NotFound: CallFire does not know the broadcast.
        CallFireError: CallFire did not say.
    """
    broadcast = _read(broadcast_id)
    heard = _heard(broadcast)
    return Rehearsal(
        snapshot=snapshots.record(broadcast),
        heard=heard,
        numbers=list(own_numbers.confirmed(by)),
        left=max(0, settings.TEST_CALLS_PER_HOUR - single_calls.placed_within_an_hour(TEST, by=by)),
        balance=health.credits(),
        refusal="" if heard else "It has no message yet, so there is nothing to hear.",
        seal=_seal(broadcast),
    )


def call(
    broadcast_id: int,
    *,
    own: OwnNumber,
    seal: str,
    by: User,
    token: uuid.UUID | None = None,
    request_id: str = "",
) -> AuditEvent:
    """Make a test call to a confirmed number of this person; the same token again calls nobody.

    Args:
        seal: of the messages the person saw; when they are others by now, nobody is called.

    Outcomes: those of ``single_calls.send_once``; refused also for a seal that is out of date and after too
    many calls within an hour.
    """
    held = BroadcastSnapshot.objects.filter(pk=broadcast_id).first()
    event, _ = audit.intend(
        action=TEST,
        by=by,
        object_kind=audit.BROADCAST,
        object_id=broadcast_id,
        object_name=held.name if held is not None else "",
        token=token,
        request_id=request_id,
        detail={"own_number": own.pk},
    )
    if event.action != TEST or not audit.claim_try(event):
        return event
    most = settings.TEST_CALLS_PER_HOUR
    if single_calls.placed_within_an_hour(TEST, by=by, before=event) >= most:
        return audit.settle(
            event,
            Outcome.REFUSED,
            f"You made {most} test calls within an hour. Wait a while, then try again.",
        )
    try:
        broadcast = _read(broadcast_id)
    except CallFireError as error:
        return audit.settle(event, Outcome.FAILED, f"{error.user_message} Nobody was called.")
    if not _heard(broadcast) or _seal(broadcast) != seal:
        return audit.settle(
            event,
            Outcome.REFUSED,
            "The messages are not those you saw any more. Look at them again, then make the call.",
        )
    return single_calls.send_once(event, replace(_recipient(broadcast), phone_number=own.number))


def get(broadcast_id: int, token: uuid.UUID, *, by: User) -> AuditEvent | None:
    """The test call that this person made under this token."""
    return AuditEvent.objects.filter(action=TEST, object_id=broadcast_id, token=token, by=by).first()


def _recipient(broadcast: Broadcast) -> CallRecipient:
    """What is sent, but for the number. Sounds go by the id of the audio people will really hear."""
    if broadcast.dialplan_xml:
        return CallRecipient(from_number=broadcast.from_number or None, dialplan_xml=broadcast.dialplan_xml)
    live, machine = _live_and_machine(broadcast)
    transfer = _Slot.of(broadcast, "transfer")
    spoken = next((slot.voice for slot in (live, machine, transfer) if slot.text and slot.voice), None)
    sounds = broadcast.sounds or Sounds()
    return CallRecipient(
        from_number=broadcast.from_number or None,
        live_message=live.text,
        live_message_sound_id=live.sound_id,
        machine_message=machine.text,
        machine_message_sound_id=machine.sound_id,
        transfer_message=transfer.text if sounds.transfer_digit else None,
        transfer_message_sound_id=transfer.sound_id if sounds.transfer_digit else None,
        transfer_digit=sounds.transfer_digit,
        transfer_number=sounds.transfer_number if sounds.transfer_digit else None,
        voice=spoken or Voice.FEMALE1,
    )


@dataclass(frozen=True, slots=True)
class _Slot:
    """One message by its text or by its sound, never both; nothing when there is none."""

    words: str = ""
    text: str | None = None
    sound_id: int | None = None
    voice: Voice | None = None

    @classmethod
    def of(cls, broadcast: Broadcast, name: str) -> _Slot:
        sounds = broadcast.sounds or Sounds()
        text, sound_id = getattr(sounds, f"{name}_sound_text"), getattr(sounds, f"{name}_sound_id")
        voice = getattr(sounds, f"{name}_sound_text_voice")
        words = f"“{text}”" if text else f"Sound {sound_id}" if sound_id else ""
        return cls(words, None if sound_id else text or None, sound_id, voice)


def _live_and_machine(broadcast: Broadcast) -> tuple[_Slot, _Slot]:
    """What a person and what a machine hears, as the broadcast treats machines.

    One that leaves messages on machines alone would hang up on whoever answers the test: they hear the
    machine's message instead.
    """
    live, machine = _Slot.of(broadcast, "live"), _Slot.of(broadcast, "machine")
    match broadcast.answering_machine_config:
        case AnsweringMachineConfig.LIVE_IMMEDIATE:
            return live, live
        case AnsweringMachineConfig.LIVE_WITH_AMD:
            return live, _Slot()
        case AnsweringMachineConfig.AM_ONLY:
            return machine, machine
        case _:
            return live, machine


def _heard(broadcast: Broadcast) -> list[Heard]:
    """The messages of the call, in the order they may be heard."""
    if broadcast.dialplan_xml:
        return [Heard("When you answer", summary.script(broadcast))]
    live, machine = _live_and_machine(broadcast)
    heard = [
        Heard(when, slot.words, slot.sound_id)
        for when, slot in (("When you answer", live), ("On your voicemail", machine))
        if slot.words
    ]
    sounds = broadcast.sounds or Sounds()
    if heard and sounds.transfer_digit:
        transfer = _Slot.of(broadcast, "transfer")
        words = summary.transfer(broadcast)
        heard.append(Heard("If you press a key", words, transfer.sound_id))
    return heard


def _seal(broadcast: Broadcast) -> str:
    """A word that stands for exactly what would be sent."""
    text = json.dumps(asdict(_recipient(broadcast)), sort_keys=True, default=str)
    return salted_hmac("campaigns.test_calls", text, algorithm="sha256").hexdigest()


def _read(broadcast_id: int) -> Broadcast:
    return snapshots.checked(get_callfire_quickly().broadcasts.get(broadcast_id), broadcast_id)
