"""Drafts: what is sent, and what is refused before it is sent."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from callfire_api import (
    BatchDraft,
    Broadcast,
    BroadcastDraft,
    CallFire,
    CallRecipient,
    DayOfWeek,
    LocalTimeRestriction,
    ReadyRecipient,
    Recipient,
    RetryConfig,
    Schedule,
    Sounds,
    Voice,
)
from callfire_api.sandbox import Sandbox
from callfire_api.vocabulary import AnsweringMachineConfig, CallResult
from callfire_api.wire import read
from tests.callfire_api.test_models import example


class TestABroadcastDraft:
    def test_it_sends_what_was_said_and_nothing_else(self) -> None:
        draft = BroadcastDraft(
            name="Frost",
            from_number="14155550170",
            recipients=(Recipient(phone_number="13035550188", attributes={"ref": "1"}),),
            sounds=Sounds(live_sound_text="Hello.", live_sound_text_voice=Voice.MALE1, machine_sound_id=7),
            answering_machine_config=AnsweringMachineConfig.AM_AND_LIVE,
            max_active=10,
            labels=(),
            local_time_restriction=LocalTimeRestriction(
                enabled=True, begin_hour=9, begin_minute=0, end_hour=20, end_minute=0
            ),
            retry_config=RetryConfig(max_attempts=2, retry_results=(CallResult.BUSY,)),
            schedules=(
                Schedule(
                    start_date=date(2026, 1, 9),
                    start_time_of_day=time(16, 5),
                    days_of_week=(DayOfWeek.FRIDAY,),
                    time_zone="America/Denver",
                ),
            ),
            resume_next_day=False,
            extra={"novel": 1},
        )
        assert draft.to_wire() == {
            "name": "Frost",
            "fromNumber": "14155550170",
            "recipients": [{"phoneNumber": "13035550188", "attributes": {"ref": "1"}}],
            "sounds": {"liveSoundText": "Hello.", "liveSoundTextVoice": "MALE1", "machineSoundId": 7},
            "answeringMachineConfig": "AM_AND_LIVE",
            "maxActive": 10,
            "labels": [],
            "localTimeRestriction": {
                "enabled": True, "beginHour": 9, "beginMinute": 0, "endHour": 20, "endMinute": 0
            },
            "retryConfig": {"maxAttempts": 2, "retryResults": ["BUSY"]},
            "schedules": [
                {
                    "startDate": {"year": 2026, "month": 1, "day": 9},
                    "startTimeOfDay": {"hour": 16, "minute": 5, "second": 0},
                    "daysOfWeek": ["FRIDAY"],
                    "timeZone": "America/Denver",
                }
            ],
            "resumeNextDay": False,
            "novel": 1,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("draft", "sentence"),
        [
            (
                BroadcastDraft(sounds=Sounds(live_sound_text="Hello.", live_sound_id=1)),
                "live sound has both a text and a sound",
            ),
            (
                BroadcastDraft(sounds=Sounds(dnc_sound_text="Bye.", dnc_sound_id=1)),
                "dnc sound has both",
            ),
            (
                BroadcastDraft(sounds=Sounds(live_sound_id=1), dialplan_xml="<dialplan/>"),
                "sounds or a dialplan",
            ),
            (BroadcastDraft(recipients=(Recipient(),)), "phone number or a contact"),
        ],
    )
    def test_it_refuses_what_callfire_would_misunderstand(self, draft: BroadcastDraft, sentence: str) -> None:
        with pytest.raises(ValueError, match=sentence):
            draft.to_wire()


class TestTheDraftOfAnExistingBroadcast:
    def test_it_is_everything_that_can_be_written(self) -> None:
        received = example("broadcast") | {
            "recipients": [{"phoneNumber": "13035550188"}],
            "novel": {"a": [1]},
        }
        sent = BroadcastDraft.from_broadcast(read(Broadcast, received)).to_wire()
        expected = {
            key: value
            for key, value in received.items()
            if key not in ("id", "status", "lastModified", "recipients", "sounds", "schedules")
        }
        sounds, schedules = sent.pop("sounds"), sent.pop("schedules")
        assert sent == expected
        assert schedules[0]["id"] == 77001003
        assert schedules[0]["stopTimeOfDay"] == {"hour": 19, "minute": 0, "second": 0}
        assert sounds == {
            "liveSoundId": 3100200003,
            "machineSoundId": 3100201003,
            "transferSoundId": 3100202003,
            "transferDigit": "2",
            "transferNumber": "14155550171",
            "dncDigit": "8",
            "dncSoundText": "You will not be called again.",
        }

    def test_it_adds_nothing_that_was_not_there(self) -> None:
        assert BroadcastDraft.from_broadcast(read(Broadcast, {"id": 1, "name": "x"})).to_wire() == {
            "name": "x"
        }

    def test_an_empty_list_that_was_there_is_sent(self) -> None:
        received: dict[str, object] = {"labels": [], "schedules": []}
        assert BroadcastDraft.from_broadcast(read(Broadcast, received)).to_wire() == received

    def test_its_people_may_be_written_already(self) -> None:
        person = {"phoneNumber": "12135550142", "attributes": {"ref": "r-1"}}
        people = (ReadyRecipient(wire=person), Recipient(contact_id=9))
        draft = BroadcastDraft(name="x", recipients=people)
        assert draft.to_wire() == {"name": "x", "recipients": [person, {"contactId": 9}]}

    @pytest.mark.parametrize("put_replaces", [True, False])
    def test_an_update_changes_one_thing_and_loses_none(
        self, callfire: CallFire, sandbox: Sandbox, put_replaces: bool
    ) -> None:
        sandbox.switches.put_replaces = put_replaces
        broadcast_id = callfire.broadcasts.create(
            BroadcastDraft(
                name="Before",
                from_number="12135550100",
                sounds=Sounds(live_sound_text="Hello.", machine_sound_text="Hello, machine."),
                labels=("a", "b"),
                max_active=7,
                retry_config=RetryConfig(max_attempts=2, minutes_between_attempts=30),
            )
        )
        before = callfire.broadcasts.get(broadcast_id)
        callfire.broadcasts.update(broadcast_id, replace(BroadcastDraft.from_broadcast(before), name="After"))
        after = callfire.broadcasts.get(broadcast_id)
        assert after.name == "After"
        unchanged: dict[str, Any] = {"name": before.name, "last_modified": before.last_modified}
        assert replace(after, sounds=before.sounds, **unchanged) == before
        assert before.sounds is not None
        assert after.sounds is not None
        assert after.sounds.live_sound_id == before.sounds.live_sound_id
        assert not sandbox.violations


class TestABatchDraft:
    def test_it_sends_people_or_a_list(self) -> None:
        people = (Recipient(phone_number="13035550188"), Recipient(contact_id=9, from_number="14155550170"))
        assert BatchDraft(name="Part 1", recipients=people, scrub_duplicates=True).to_wire() == {
            "name": "Part 1",
            "recipients": [{"phoneNumber": "13035550188"}, {"contactId": 9, "fromNumber": "14155550170"}],
            "scrubDuplicates": True,
        }
        assert BatchDraft(name="List", contact_list_id=4).to_wire() == {"name": "List", "contactListId": 4}

    def test_people_who_are_written_already_go_out_as_they_are(self) -> None:
        person = {"phoneNumber": "12135550142", "attributes": {"ref": "r-1"}}
        draft = BatchDraft(name="Part 1", recipients=(ReadyRecipient(wire=person),))
        assert draft.to_wire() == {"name": "Part 1", "recipients": [person]}

    @pytest.mark.parametrize(
        "draft", [BatchDraft(name="Nobody"), BatchDraft(recipients=(), contact_list_id=1)]
    )
    def test_it_needs_exactly_one_source(self, draft: BatchDraft) -> None:
        with pytest.raises(ValueError, match="only one of them"):
            draft.to_wire()


class TestARecipient:
    def test_attributes_are_sent_as_text(self) -> None:
        attributes: Any = {"visits": 2}
        assert Recipient(phone_number="1", attributes=attributes).to_wire()["attributes"] == {"visits": "2"}

    @pytest.mark.parametrize("recipient", [Recipient(), Recipient(phone_number="1", contact_id=2)])
    def test_it_is_a_number_or_a_contact(self, recipient: Recipient) -> None:
        with pytest.raises(ValueError, match="only one of them"):
            recipient.to_wire()

    def test_one_who_is_called_at_once_brings_what_to_hear(self) -> None:
        recipient = CallRecipient(
            phone_number="13035550188", live_message="Hi.", voice=Voice.SPANISH1, transfer_digit="1"
        )
        assert recipient.to_wire() == {
            "phoneNumber": "13035550188",
            "liveMessage": "Hi.",
            "voice": "SPANISH1",
            "transferDigit": "1",
        }
