"""What CallFire tells us, typed and frozen.

Every property may be missing: None, or () for a list. Ids are 64-bit integers, times are aware UTC datetimes,
money is credits as Decimal, durations are seconds. `raw` holds each object as received. Texts are third-party
texts: escape them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from callfire_api.vocabulary import (
    AnsweringMachineConfig,
    BatchStatus,
    BroadcastStatus,
    CallResult,
    CallState,
    ContactListStatus,
    DayOfWeek,
    RecordingState,
    RetryPhoneType,
    SoundStatus,
    TrustLevel,
    Voice,
)
from callfire_api.wire import WireModel, wire_names

# --- broadcasts ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds(WireModel):
    """What a broadcast plays: four slots, each a text read by a voice or the id of a sound.

    CallFire answers with both the text and the id of the sound it made of it (SDK's sample), but takes only
    one per slot (schema of the older API).
    """

    live_sound_text: str | None = None
    live_sound_text_voice: Voice | None = None
    live_sound_id: int | None = None
    machine_sound_text: str | None = None
    machine_sound_text_voice: Voice | None = None
    machine_sound_id: int | None = None
    transfer_sound_text: str | None = None
    transfer_sound_text_voice: Voice | None = None
    transfer_sound_id: int | None = None
    transfer_digit: str | None = None
    transfer_number: str | None = None
    dnc_sound_text: str | None = None
    dnc_sound_text_voice: Voice | None = None
    dnc_sound_id: int | None = None
    dnc_digit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTimeRestriction(WireModel):
    """The hours in which people may be called, by each number's area code (docs of the older API).

    CallFire fills in hours even where `enabled` is False (SDK's sample): hours shown are not hours enforced.
    """

    enabled: bool | None = None
    begin_hour: int | None = None
    begin_minute: int | None = None
    end_hour: int | None = None
    end_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryConfig(WireModel):
    """When a person is tried again.

    Whether `max_attempts` counts the first attempt is unclear: the OpenAPI counts retries, and defaults to 1.
    """

    max_attempts: int | None = None
    minutes_between_attempts: int | None = None
    retry_results: tuple[CallResult, ...] = ()
    retry_phone_types: tuple[RetryPhoneType, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(WireModel):
    """When a broadcast runs by itself: wall-clock times in `time_zone`, an IANA name."""

    id: int | None = None
    campaign_id: int | None = None
    start_date: date | None = None
    start_time_of_day: time | None = None
    stop_date: date | None = None
    stop_time_of_day: time | None = None
    days_of_week: tuple[DayOfWeek, ...] = ()
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast(WireModel):
    """A voice broadcast. Its people are its calls, for no answer lists its recipients (SDK's tests)."""

    id: int | None = None
    name: str | None = None
    status: BroadcastStatus | None = None
    last_modified: datetime | None = None
    from_number: str | None = None
    sounds: Sounds | None = None
    dialplan_xml: str | None = None
    answering_machine_config: AnsweringMachineConfig | None = None
    max_active: int | None = None
    max_active_transfers: int | None = None
    labels: tuple[str, ...] = ()
    local_time_restriction: LocalTimeRestriction | None = None
    retry_config: RetryConfig | None = None
    schedules: tuple[Schedule, ...] = ()
    resume_next_day: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastStats(WireModel):
    """A broadcast's counters, any of which may be missing.

    CallFire publishes names only. In both published samples `total_count` is the sum of the eight outcome
    counts, while `calls_live_answer`, `response_rate_percent` and `calls_remaining` contradict them, and
    the unit of `calls_duration` is unclear: prefer the outcome counts.
    """

    total_count: int | None = None
    dialed_count: int | None = None
    live_count: int | None = None
    transfer_count: int | None = None
    answering_machine_count: int | None = None
    busy_count: int | None = None
    no_answer_count: int | None = None
    do_not_call_count: int | None = None
    error_count: int | None = None
    misc_count: int | None = None
    total_outbound_count: int | None = None
    remaining_outbound_count: int | None = None
    calls_attempted: int | None = None
    calls_placed: int | None = None
    calls_remaining: int | None = None
    calls_awaiting_redial: int | None = None
    calls_live_answer: int | None = None
    response_rate_percent: int | None = None
    calls_duration: int | None = None
    billed_duration: int | None = None
    billed_amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(WireModel):
    """People added to a broadcast together. `remaining` are those not yet dialled (per the OpenAPI)."""

    id: int | None = None
    name: str | None = None
    status: BatchStatus | None = None
    broadcast_id: int | None = None
    created: datetime | None = None
    size: int | None = None
    remaining: int | None = None
    enabled: bool | None = None


# --- calls --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(WireModel):
    """Who a number belongs to, as far as the account knows."""

    id: int | None = None
    first_name: str | None = None
    last_name: str | None = None
    zipcode: str | None = None
    home_phone: str | None = None
    work_phone: str | None = None
    mobile_phone: str | None = None
    extra_phone1: str | None = None
    extra_phone2: str | None = None
    extra_phone3: str | None = None
    external_id: str | None = None
    external_system: str | None = None
    deleted: bool | None = None
    properties: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(WireModel):
    """Something somebody wrote about a call."""

    text: str | None = None
    created: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionResponse(WireModel):
    """A key a person pressed, or words they said, when a script asked."""

    question: str | None = None
    response: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording(WireModel):
    """About the audio of a call. The audio itself is `CallFire.recordings.open_mp3(id)`, never `mp3_url`."""

    id: int | None = None
    call_id: int | None = None
    campaign_id: int | None = None
    name: str | None = None
    created: datetime | None = None
    length_in_bytes: int | None = None
    length_in_seconds: int | None = None
    hash: str | None = None
    mp3_url: str | None = None
    state: RecordingState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord(WireModel):
    """One attempt, or one leg of one. Older API samples spell the result `callResult`."""

    id: int | None = None
    result: CallResult | None = field(default=None, metadata=wire_names("result", "callResult"))
    originate_time: datetime | None = None
    answer_time: datetime | None = None
    finish_time: datetime | None = None
    duration: int | None = None
    billed_amount: Decimal | None = None
    to_number: str | None = None
    caller_name: str | None = None
    switch_id: str | None = None
    labels: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    recordings: tuple[Recording, ...] = ()
    question_responses: tuple[QuestionResponse, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(WireModel):
    """One person to be called, or one inbound call. `campaign_id` is the id of the broadcast."""

    id: int | None = None
    from_number: str | None = None
    to_number: str | None = None
    state: CallState | None = None
    final_call_result: CallResult | None = None
    campaign_id: int | None = None
    batch_id: int | None = None
    contact: Contact | None = None
    inbound: bool | None = None
    agent_call: bool | None = None
    created: datetime | None = None
    modified: datetime | None = None
    labels: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)
    notes: tuple[Note, ...] = ()
    records: tuple[CallRecord, ...] = ()


# --- the account and what belongs to it ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound(WireModel):
    """Audio that a broadcast can play."""

    id: int | None = None
    name: str | None = None
    status: SoundStatus | None = None
    created: datetime | None = None
    length_in_seconds: int | None = None
    duplicate: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactList(WireModel):
    """A list of contacts kept at CallFire."""

    id: int | None = None
    name: str | None = None
    status: ContactListStatus | None = None
    size: int | None = None
    created: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(WireModel):
    """The account behind the credentials, as far as it matters to broadcasts; the rest is in `raw`.

    Documents and samples disagree widely about this object. The later properties can explain a refused start.
    """

    id: int | None = None
    name: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    permissions: tuple[str, ...] = ()
    active: bool | None = None
    status: str | None = None
    trust_level: TrustLevel | None = None
    start_capable: bool | None = None
    allowed_to_create_campaign: bool | None = None
    outbound_threshold: int | None = None
    api_call_limit: int | None = None
    auto_add_do_not_contact: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanUsage(WireModel):
    """Credits left in the current billing interval, rounded by CallFire (per the OpenAPI)."""

    interval_start: datetime | None = None
    interval_end: datetime | None = None
    remaining_plan_credits: Decimal | None = None
    remaining_pay_as_you_go_credits: Decimal | None = None
    total_remaining_credits: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditUsage(WireModel):
    """What was used in an interval."""

    interval_begin: datetime | None = None
    interval_end: datetime | None = None
    calls_duration_minutes: int | None = None
    texts_sent: int | None = None
    credits_used: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerId(WireModel):
    """A number the account has proved to be its own."""

    phone_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotContact(WireModel):
    """A number on the account's do-not-contact list, and what it is kept from."""

    number: str | None = None
    call: bool | None = None
    text: bool | None = None
    inbound_call: bool | None = None
    inbound_text: bool | None = None
    campaign_id: int | None = None
    source: str | None = None
    created: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UniversalDoNotContact(WireModel):
    """What CallFire as a whole keeps between two numbers."""

    to_number: str | None = None
    from_number: str | None = None
    inbound_call: bool | None = None
    inbound_text: bool | None = None
    outbound_call: bool | None = None
    outbound_text: bool | None = None
