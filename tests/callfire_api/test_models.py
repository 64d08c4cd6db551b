"""The models hold what CallFire is documented to send, and survive what it is not."""

import json
import pickle
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callfire_api import (
    Account,
    AnsweringMachineConfig,
    Batch,
    BatchStatus,
    Broadcast,
    BroadcastStats,
    BroadcastStatus,
    Call,
    CallerId,
    CallRecord,
    CallResult,
    CallState,
    Contact,
    ContactList,
    ContactListStatus,
    CreditUsage,
    DayOfWeek,
    DoNotContact,
    LocalTimeRestriction,
    PlanUsage,
    QuestionResponse,
    Recording,
    RecordingState,
    RetryConfig,
    RetryPhoneType,
    Schedule,
    Sound,
    Sounds,
    SoundStatus,
    TrustLevel,
    UniversalDoNotContact,
    Voice,
    is_plausible,
    models,
)
from callfire_api.pagination import read_page
from callfire_api.wire import WireModel, parse_json, read, read_all

EXAMPLES = Path(__file__).parent / "wire_examples"


def example(name: str) -> dict[str, Any]:
    """A hand-written answer in the documented shape."""
    value = parse_json((EXAMPLES / f"{name}.json").read_bytes())
    assert isinstance(value, dict)
    return value


class TestDocumentedShapes:
    def test_a_broadcast(self) -> None:
        broadcast = read(Broadcast, example("broadcast"))
        assert broadcast == Broadcast(
            id=9007199254741003,
            name="Frost warning – riverside",
            status=BroadcastStatus.SCHEDULED,
            last_modified=datetime(2026, 1, 5, 10, tzinfo=UTC),
            from_number="14155550170",
            sounds=Sounds(
                live_sound_text="Tonight the temperature falls below freezing.",
                live_sound_text_voice=Voice.FEMALE2,
                live_sound_id=3100200003,
                machine_sound_id=3100201003,
                transfer_sound_id=3100202003,
                transfer_digit="2",
                transfer_number="14155550171",
                dnc_digit="8",
                dnc_sound_text="You will not be called again.",
            ),
            answering_machine_config=AnsweringMachineConfig.AM_AND_LIVE,
            max_active=40,
            max_active_transfers=3,
            labels=("weather", "district-4"),
            local_time_restriction=LocalTimeRestriction(
                enabled=True, begin_hour=9, begin_minute=30, end_hour=20, end_minute=15
            ),
            retry_config=RetryConfig(
                max_attempts=3,
                minutes_between_attempts=45,
                retry_results=(CallResult.BUSY, CallResult.NO_ANS),
                retry_phone_types=(RetryPhoneType.FIRST_NUMBER, RetryPhoneType.MOBILE_PHONE),
            ),
            schedules=(
                Schedule(
                    id=77001003,
                    campaign_id=9007199254741003,
                    start_date=date(2026, 1, 9),
                    start_time_of_day=time(16, 5),
                    stop_date=date(2026, 1, 12),
                    stop_time_of_day=time(19),
                    days_of_week=(DayOfWeek.FRIDAY, DayOfWeek.MONDAY),
                    time_zone="America/Denver",
                ),
            ),
            resume_next_day=True,
        )

    def test_a_page_that_contradicts_itself(self) -> None:
        page = read_page(Broadcast, example("broadcast_page_without_paging_keys"))
        assert [broadcast.status for broadcast in page.items] == [BroadcastStatus.RUNNING] * 2
        assert (page.limit, page.offset, page.total_count) == (None, None, 1)

    def test_every_counter_of_a_broadcast(self) -> None:
        stats = read(BroadcastStats, example("broadcast_stats"))
        counters = {each.name: getattr(stats, each.name) for each in fields(stats) if each.name != "raw"}
        assert None not in counters.values()
        assert stats.total_count == 150
        assert stats.no_answer_count == 16
        assert stats.billed_amount == Decimal("71.3333")

    def test_batches(self) -> None:
        page = read_page(Batch, example("batch_page"))
        assert page.items[0] == Batch(
            id=500100003,
            name="Riverside, part 1 of 3",
            status=BatchStatus.ACTIVE,
            broadcast_id=41003,
            created=datetime(2026, 1, 5, 10, 1, tzinfo=UTC),
            size=1000,
            remaining=412,
            enabled=True,
        )
        assert page.items[1].size is None
        assert (page.limit, page.offset, page.total_count) == (100, 0, None)

    def test_calls_with_their_attempts(self) -> None:
        page = read_page(Call, example("call_page"))
        assert page.total_count is None
        call, waiting = page.items
        assert (call.id, call.state, call.final_call_result) == (
            1930885150003,
            CallState.FINISHED,
            CallResult.XFER,
        )
        assert (call.campaign_id, call.batch_id, call.inbound, call.agent_call) == (
            41003,
            500100003,
            False,
            False,
        )
        assert call.contact is not None
        assert (call.contact.first_name, call.contact.mobile_phone) == ("Rosa", "13035550188")
        assert call.contact.properties == {"route": "12", "floor": "3"}
        assert call.attributes == {"client_ref": "u7-r14", "visits": "2"}
        assert [note.text for note in call.notes] == ["asked for a text instead"]
        assert waiting.records == ()
        assert waiting.final_call_result is None

        first, second = call.records
        assert first.result is CallResult.BUSY
        assert first.originate_time is not None
        assert not is_plausible(first.originate_time)
        assert (second.result, second.duration, second.billed_amount) == (
            CallResult.XFER,
            33,
            Decimal("1.1667"),
        )
        assert second.question_responses == (QuestionResponse(question="confirm", response="1"),)
        assert [recording.id for recording in second.recordings] == [64837001003]

    def test_a_recording(self) -> None:
        assert read(Recording, example("recording")) == Recording(
            id=64837001003,
            call_id=1930885150003,
            campaign_id=41003,
            name="message",
            created=datetime(2026, 1, 5, 10, 3, 39, tzinfo=UTC),
            length_in_bytes=132096,
            length_in_seconds=33,
            hash="9b1f",
            mp3_url="https://files.example.invalid/64837001003",
            state=RecordingState.RECORDING,
        )

    def test_sounds(self) -> None:
        first, second = read_page(Sound, example("sound_page")).items
        assert (first.id, first.length_in_seconds, first.status) == (3100200003, 9, SoundStatus.ACTIVE)
        assert (second.status, second.duplicate) == (SoundStatus.SCRUBBED, True)

    def test_contact_lists(self) -> None:
        (contact_list,) = read_page(ContactList, example("contact_list_page")).items
        assert (contact_list.name, contact_list.size, contact_list.status) == (
            "Riverside households",
            2400,
            ContactListStatus.ACTIVE,
        )

    def test_an_account_with_more_than_the_documents_say(self) -> None:
        account = read(Account, example("account"))
        assert (account.id, account.email, account.permissions) == (
            12003,
            "desk@example.org",
            ("ACCOUNT_HOLDER", "API"),
        )
        assert (account.trust_level, account.start_capable) == (TrustLevel.NORMAL, True)
        assert account.raw["soaAccount"] == {"id": 11003}

    def test_money(self) -> None:
        plan = read(PlanUsage, example("plan_usage"))
        assert plan.remaining_pay_as_you_go_credits == Decimal("1890.1234")
        assert plan.total_remaining_credits == Decimal("2010.6234")
        assert plan.interval_start == datetime(2026, 1, 1, tzinfo=UTC)
        usage = read(CreditUsage, example("credit_usage"))
        assert (usage.calls_duration_minutes, usage.texts_sent, usage.credits_used) == (
            615,
            0,
            Decimal("640.8333"),
        )

    def test_numbers_of_ours_and_numbers_to_leave_alone(self) -> None:
        assert read_all(CallerId, example("caller_ids")["items"]) == (
            CallerId(phone_number="14155550170"),
            CallerId(phone_number="14155550171"),
        )
        (blocked,) = read_page(DoNotContact, example("do_not_contact_page")).items
        assert (blocked.number, blocked.call, blocked.text, blocked.campaign_id) == (
            "13035550190",
            True,
            False,
            41003,
        )
        (universal,) = read_all(UniversalDoNotContact, example("universal_do_not_contacts")["items"])
        assert (universal.outbound_call, universal.outbound_text) == (True, False)

    def test_what_a_model_holds_can_be_cached(self) -> None:
        call = read_page(Call, example("call_page")).items[0]
        assert pickle.loads(pickle.dumps(call)) == call
        assert len({call, call}) == 1


EVERY_MODEL = [
    found
    for found in vars(models).values()
    if isinstance(found, type) and issubclass(found, WireModel) and found is not WireModel
]


def wire_keys() -> list[str]:
    """Every property name that stands in an example."""

    def within(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            yield from value
            for each in value.values():
                yield from within(each)
        elif isinstance(value, list):
            for each in value:
                yield from within(each)

    return sorted({key for path in EXAMPLES.glob("*.json") for key in within(json.loads(path.read_text()))})


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(wire_keys()) | st.text(), inner, max_size=6)
    ),
    max_leaves=25,
)
ANY_OBJECT = st.dictionaries(st.sampled_from(wire_keys()) | st.text(), ANY_JSON, max_size=12)


class TestAnythingElse:
    @given(answer=ANY_OBJECT, model=st.sampled_from(EVERY_MODEL))
    def test_no_json_object_is_too_strange_for_a_model(
        self, answer: dict[str, object], model: type[WireModel]
    ) -> None:
        held = read(model, answer)
        assert held.raw == answer
        for each in fields(held):
            value = getattr(held, each.name)
            assert not isinstance(value, datetime) or value.tzinfo is UTC
            assert isinstance(value, bool) or not isinstance(value, int) or -(2**63) <= value < 2**63

    @given(answer=ANY_OBJECT)
    def test_no_json_object_is_too_strange_for_a_page(self, answer: dict[str, object]) -> None:
        page = read_page(Call, answer)
        assert page.total_count is None or page.total_count >= 0

    def test_every_property_may_be_missing(self) -> None:
        assert len(EVERY_MODEL) == 21
        for model in EVERY_MODEL:
            assert read(model, {}) == model()

    def test_nothing_can_be_changed(self) -> None:
        with pytest.raises(AttributeError):
            setattr(Contact(id=1), "id", 2)  # noqa: B010 - mypy would not let us assign it
        assert CallRecord().labels == ()
