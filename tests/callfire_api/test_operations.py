"""Every operation and every parameter, as they arrive at the practice CallFire."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from callfire_api import (
    BatchDraft,
    BatchStatus,
    BroadcastDraft,
    BroadcastStatus,
    CallFire,
    CallRecipient,
    CallResult,
    CallState,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Recipient,
    RecordingState,
    Voice,
)
from callfire_api.sandbox import Sandbox
from tests.callfire_api.conftest import fast_client
from tests.callfire_api.wire_server import Reply, WireServer

BEGIN, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
BEGIN_MS, END_MS = "1793491200000", "1796083200000"
ANA, BEN = Recipient(phone_number="12135550142"), Recipient(phone_number="12135550143")


@dataclass(frozen=True)
class World:
    """What the operations are tried on."""

    broadcast: int
    batch: int
    call: int
    recording: int
    sound: int
    contact_list: int


@dataclass(frozen=True)
class Operation:
    """One operation with all its parameters, and the request it must become."""

    name: str
    method: str
    path: str
    call: Callable[[CallFire, World], object]
    query: dict[str, list[str]] = field(default_factory=dict)
    body: Any = None


PAGE = {"fields": ["items(id)"], "limit": ["7"], "offset": ["2"]}
FIELDS = {"fields": ["id"]}

IN_SCOPE = [
    Operation(
        "findCalls",
        "GET",
        "/calls",
        lambda callfire, world: callfire.calls.find(
            ids=[5, 6],
            campaign_id=0,
            batch_id=world.batch,
            from_number="12135550100",
            to_number="12135550142",
            label="weather",
            states=[CallState.READY, CallState.FINISHED],
            results=[CallResult.LA, CallResult.AM],
            inbound=False,
            interval_begin=BEGIN,
            interval_end=END,
            fields="items(id)",
            limit=7,
            offset=2,
        ),
        PAGE
        | {
            "id": ["5", "6"],
            "campaignId": ["0"],
            "batchId": ["{batch}"],
            "fromNumber": ["12135550100"],
            "toNumber": ["12135550142"],
            "label": ["weather"],
            "states": ["READY,FINISHED"],
            "results": ["LA,AM"],
            "inbound": ["false"],
            "intervalBegin": [BEGIN_MS],
            "intervalEnd": [END_MS],
        },
    ),
    Operation(
        "sendCalls",
        "POST",
        "/calls",
        lambda callfire, world: callfire.calls.send(
            [CallRecipient(phone_number="12135550142", live_message="Hello.", attributes={"ref": "1"})],
            campaign_id=world.broadcast,
            default_live_message="Hello, you.",
            default_machine_message="Hello, machine.",
            default_voice=Voice.FEMALE1,
            fields="items(id)",
            strict_validation=True,
        ),
        {
            "campaignId": ["{broadcast}"],
            "defaultLiveMessage": ["Hello, you."],
            "defaultMachineMessage": ["Hello, machine."],
            "defaultVoice": ["FEMALE1"],
            "fields": ["items(id)"],
            "strictValidation": ["true"],
        },
        [{"phoneNumber": "12135550142", "liveMessage": "Hello.", "attributes": {"ref": "1"}}],
    ),
    Operation(
        "sendCalls",
        "POST",
        "/calls",
        lambda callfire, world: callfire.calls.send(
            [CallRecipient(phone_number="12135550142")],
            default_live_message_sound_id=world.sound,
            default_machine_message_sound_id=world.sound,
        ),
        {"defaultLiveMessageSoundId": ["{sound}"], "defaultMachineMessageSoundId": ["{sound}"]},
        [{"phoneNumber": "12135550142"}],
    ),
    Operation(
        "findCallBroadcasts",
        "GET",
        "/calls/broadcasts",
        lambda callfire, world: callfire.broadcasts.find(
            label="weather",
            name="Frost",
            running=True,
            scheduled=False,
            interval_begin=BEGIN,
            interval_end=END,
            fields="items(id)",
            limit=7,
            offset=2,
        ),
        PAGE
        | {
            "label": ["weather"],
            "name": ["Frost"],
            "running": ["true"],
            "scheduled": ["false"],
            "intervalBegin": [BEGIN_MS],
            "intervalEnd": [END_MS],
        },
    ),
    Operation(
        "createCallBroadcast",
        "POST",
        "/calls/broadcasts",
        lambda callfire, world: callfire.broadcasts.create(
            BroadcastDraft(name="New", from_number="12135550100", recipients=(ANA,)),
            start=False,
            strict_validation=True,
        ),
        {"start": ["false"], "strictValidation": ["true"]},
        {"name": "New", "fromNumber": "12135550100", "recipients": [{"phoneNumber": "12135550142"}]},
    ),
    Operation(
        "getCallBroadcast",
        "GET",
        "/calls/broadcasts/{broadcast}",
        lambda callfire, world: callfire.broadcasts.get(world.broadcast, fields="id"),
        FIELDS,
    ),
    Operation(
        "updateCallBroadcast",
        "PUT",
        "/calls/broadcasts/{broadcast}",
        lambda callfire, world: callfire.broadcasts.update(
            world.broadcast, BroadcastDraft(name="Renamed", max_active=5), strict_validation=False
        ),
        {"strictValidation": ["false"]},
        {"name": "Renamed", "maxActive": 5},
    ),
    Operation(
        "archiveVoiceBroadcast",
        "POST",
        "/calls/broadcasts/{broadcast}/archive",
        lambda callfire, world: callfire.broadcasts.archive(world.broadcast),
    ),
    Operation(
        "startVoiceBroadcast",
        "POST",
        "/calls/broadcasts/{broadcast}/start",
        lambda callfire, world: callfire.broadcasts.start(world.broadcast),
    ),
    Operation(
        "stopVoiceBroadcast",
        "POST",
        "/calls/broadcasts/{broadcast}/stop",
        lambda callfire, world: callfire.broadcasts.stop(world.broadcast),
    ),
    Operation(
        "getCallBroadcastBatches",
        "GET",
        "/calls/broadcasts/{broadcast}/batches",
        lambda callfire, world: callfire.broadcasts.find_batches(
            world.broadcast, fields="items(id)", limit=7, offset=2
        ),
        PAGE,
    ),
    Operation(
        "addCallBroadcastBatch",
        "POST",
        "/calls/broadcasts/{broadcast}/batches",
        lambda callfire, world: callfire.broadcasts.add_batch(
            world.broadcast,
            BatchDraft(name="Part 1", recipients=(ANA, BEN), scrub_duplicates=True),
            strict_validation=True,
        ),
        {"strictValidation": ["true"]},
        {
            "name": "Part 1",
            "recipients": [{"phoneNumber": "12135550142"}, {"phoneNumber": "12135550143"}],
            "scrubDuplicates": True,
        },
    ),
    Operation(
        "getCallBroadcastCalls",
        "GET",
        "/calls/broadcasts/{broadcast}/calls",
        lambda callfire, world: callfire.broadcasts.find_calls(
            world.broadcast, batch_id=world.batch, fields="items(id)", limit=7, offset=2
        ),
        PAGE | {"batchId": ["{batch}"]},
    ),
    Operation(
        "addCallBroadcastRecipients",
        "POST",
        "/calls/broadcasts/{broadcast}/recipients",
        lambda callfire, world: callfire.broadcasts.add_recipients(
            world.broadcast, [ANA, BEN], fields="items(id)", strict_validation=True
        ),
        {"fields": ["items(id)"], "strictValidation": ["true"]},
        [{"phoneNumber": "12135550142"}, {"phoneNumber": "12135550143"}],
    ),
    Operation(
        "getCallBroadcastStats",
        "GET",
        "/calls/broadcasts/{broadcast}/stats",
        lambda callfire, world: callfire.broadcasts.stats(
            world.broadcast, begin=BEGIN, end=END, fields="liveCount"
        ),
        {"begin": [BEGIN_MS], "end": [END_MS], "fields": ["liveCount"]},
    ),
    Operation(
        "getCallRecording",
        "GET",
        "/calls/recordings/{recording}",
        lambda callfire, world: callfire.recordings.get(world.recording, fields="id"),
        FIELDS,
    ),
    Operation(
        "getCallRecordingMp3",
        "GET",
        "/calls/recordings/{recording}.mp3",
        lambda callfire, world: callfire.recordings.open_mp3(world.recording).close(),
    ),
]

NEIGHBOURS = [
    Operation(
        "getCall",
        "GET",
        "/calls/{call}",
        lambda callfire, world: callfire.calls.get(world.call, fields="id"),
        FIELDS,
    ),
    Operation(
        "getCallRecordings",
        "GET",
        "/calls/{call}/recordings",
        lambda callfire, world: callfire.calls.recordings(world.call, fields="items(id)"),
        {"fields": ["items(id)"]},
    ),
    Operation(
        "getCallRecordingByName",
        "GET",
        "/calls/{call}/recordings/message",
        lambda callfire, world: callfire.calls.recording_by_name(world.call, "message", fields="id"),
        FIELDS,
    ),
    Operation(
        "getCallRecordingMp3ByName",
        "GET",
        "/calls/{call}/recordings/message.mp3",
        lambda callfire, world: callfire.calls.open_recording_by_name(world.call, "message").close(),
    ),
    Operation(
        "toggleCallBroadcastRecipientsStatus",
        "POST",
        "/calls/broadcasts/{broadcast}/toggleRecipientsStatus",
        lambda callfire, world: callfire.broadcasts.toggle_recipients(world.broadcast, [ANA], enable=False),
        {"enable": ["false"]},
        [{"phoneNumber": "12135550142"}],
    ),
    Operation(
        "getCampaignBatch",
        "GET",
        "/campaigns/batches/{batch}",
        lambda callfire, world: callfire.batches.get(world.batch, fields="id"),
        FIELDS,
    ),
    Operation(
        "updateCampaignBatch",
        "PUT",
        "/campaigns/batches/{batch}",
        lambda callfire, world: callfire.batches.update(world.batch, enabled=False),
        {},
        {"enabled": False},
    ),
    Operation(
        "findCampaignSounds",
        "GET",
        "/campaigns/sounds",
        lambda callfire, world: callfire.sounds.find(
            filter="frost",
            include_archived=True,
            include_pending=True,
            include_scrubbed=False,
            fields="items(id)",
            limit=7,
            offset=2,
        ),
        PAGE
        | {
            "filter": ["frost"],
            "includeArchived": ["true"],
            "includePending": ["true"],
            "includeScrubbed": ["false"],
        },
    ),
    Operation(
        "getCampaignSound",
        "GET",
        "/campaigns/sounds/{sound}",
        lambda callfire, world: callfire.sounds.get(world.sound, fields="id"),
        FIELDS,
    ),
    Operation(
        "postTTSCampaignSound",
        "POST",
        "/campaigns/sounds/tts",
        lambda callfire, world: callfire.sounds.text_to_speech("Hello.", Voice.FEMALE2, fields="id"),
        FIELDS,
        {"message": "Hello.", "voice": "FEMALE2"},
    ),
    Operation(
        "getCampaignSoundDataMp3",
        "GET",
        "/campaigns/sounds/{sound}.mp3",
        lambda callfire, world: callfire.sounds.open_mp3(world.sound).close(),
    ),
    Operation(
        "getAccount",
        "GET",
        "/me/account",
        lambda callfire, world: callfire.account.get(fields="id"),
        FIELDS,
    ),
    Operation(
        "getBillingPlanUsage",
        "GET",
        "/me/billing/plan-usage",
        lambda callfire, world: callfire.account.plan_usage(),
    ),
    Operation(
        "getCreditUsage",
        "GET",
        "/me/billing/credit-usage",
        lambda callfire, world: callfire.account.credit_usage(interval_begin=BEGIN, interval_end=END),
        {"intervalBegin": [BEGIN_MS], "intervalEnd": [END_MS]},
    ),
    Operation("getCallerIds", "GET", "/me/callerids", lambda callfire, world: callfire.account.caller_ids()),
    Operation(
        "findContactLists",
        "GET",
        "/contacts/lists",
        lambda callfire, world: callfire.contact_lists.find(
            name="Riverside",
            exact_match=True,
            contact_count=3,
            order_by="name",
            fields="items(id)",
            limit=7,
            offset=2,
        ),
        PAGE | {"name": ["Riverside"], "exactMatch": ["true"], "contactCount": ["3"], "orderBy": ["name"]},
    ),
    Operation(
        "getContactList",
        "GET",
        "/contacts/lists/{contact_list}",
        lambda callfire, world: callfire.contact_lists.get(world.contact_list, fields="id"),
        FIELDS,
    ),
    Operation(
        "findDoNotContacts",
        "GET",
        "/contacts/dncs",
        lambda callfire, world: callfire.do_not_contacts.find(
            prefix="1213",
            campaign_id=world.broadcast,
            source="key press",
            call=True,
            text=False,
            inbound_call=True,
            inbound_text=False,
            numbers=["12135550142", "12135550143"],
            fields="items(number)",
            limit=7,
            offset=2,
        ),
        PAGE
        | {
            "fields": ["items(number)"],
            "prefix": ["1213"],
            "campaignId": ["{broadcast}"],
            "source": ["key press"],
            "call": ["true"],
            "text": ["false"],
            "inboundCall": ["true"],
            "inboundText": ["false"],
            "number": ["12135550142", "12135550143"],
        },
    ),
    Operation(
        "getDoNotContact",
        "GET",
        "/contacts/dncs/12135550150",
        lambda callfire, world: callfire.do_not_contacts.get("12135550150"),
    ),
    Operation(
        "getUniversalDoNotContacts",
        "GET",
        "/contacts/dncs/universals/12135550142",
        lambda callfire, world: callfire.do_not_contacts.universals(
            "12135550142", from_number="12135550100", fields="items(toNumber)"
        ),
        {"fromNumber": ["12135550100"], "fields": ["items(toNumber)"]},
    ),
]

DOCUMENTED_PARAMETERS = {
    "findCalls": "id campaignId batchId fromNumber toNumber label states results inbound intervalBegin "
    "intervalEnd fields limit offset",
    "sendCalls": "campaignId defaultLiveMessage defaultMachineMessage defaultLiveMessageSoundId "
    "defaultMachineMessageSoundId defaultVoice fields strictValidation",
    "findCallBroadcasts": "label name running scheduled intervalBegin intervalEnd fields limit offset",
    "createCallBroadcast": "start strictValidation",
    "getCallBroadcast": "fields",
    "updateCallBroadcast": "strictValidation",
    "archiveVoiceBroadcast": "",
    "startVoiceBroadcast": "",
    "stopVoiceBroadcast": "",
    "getCallBroadcastBatches": "fields limit offset",
    "addCallBroadcastBatch": "strictValidation",
    "getCallBroadcastCalls": "batchId fields limit offset",
    "addCallBroadcastRecipients": "fields strictValidation",
    "getCallBroadcastStats": "begin end fields",
    "getCallRecording": "fields",
    "getCallRecordingMp3": "",
}


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    """One of everything."""
    broadcast = sandbox.world.add_broadcast(name="Frost", recipients=[{"phoneNumber": "12135550142"}])
    call = sandbox.world.add_call(
        broadcast, records=[{"result": "LA", "recordings": [{"name": "message", "state": "READY"}]}]
    )
    sandbox.world.account.opt_out(sandbox.clock.now(), "12135550150", broadcast.id)
    return World(
        broadcast=broadcast.id,
        batch=sandbox.world.batches(broadcast.id)[0]["id"],
        call=call["id"],
        recording=call["records"][0]["recordings"][0]["id"],
        sound=sandbox.world.add_sound(name="frost, spoken"),
        contact_list=sandbox.world.add_contact_list(name="Riverside", size=3),
    )


class TestEveryParameterReachesTheWire:
    @pytest.mark.parametrize("operation", IN_SCOPE + NEIGHBOURS, ids=lambda operation: operation.name)
    def test_as_documented(
        self, callfire: CallFire, sandbox: Sandbox, world: World, operation: Operation
    ) -> None:
        operation.call(callfire, world)
        (request,) = sandbox.requests
        places = vars(world)
        assert request.method == operation.method
        assert request.path == operation.path.format(**places)
        assert request.query == {
            name: [text.format(**places) for text in texts] for name, texts in operation.query.items()
        }
        assert request.body == operation.body
        assert request.status is not None
        assert request.status < 300

    def test_the_sixteen_operations_are_here_with_every_parameter(self) -> None:
        covered: dict[str, set[str]] = {}
        for operation in IN_SCOPE:
            covered.setdefault(operation.name, set()).update(operation.query)
        assert covered == {name: set(names.split()) for name, names in DOCUMENTED_PARAMETERS.items()}

    @pytest.mark.parametrize("operation", IN_SCOPE + NEIGHBOURS, ids=lambda operation: operation.name)
    def test_what_may_not_be_done_is_forbidden_or_read(
        self, sandbox: Sandbox, world: World, operation: Operation
    ) -> None:
        with fast_client(sandbox.limited_login, sandbox.limited_password, sandbox.url) as limited:
            if operation.method == "GET":
                operation.call(limited, world)
            else:
                with pytest.raises(Forbidden):
                    operation.call(limited, world)
        assert [request.applied for request in sandbox.requests] == [operation.method == "GET"]


class TestALifeOfABroadcast:
    def test_from_the_first_draft_to_the_archive(self, callfire: CallFire, sandbox: Sandbox) -> None:
        broadcasts = callfire.broadcasts
        number = broadcasts.create(BroadcastDraft(name="Frost", from_number="12135550100", max_active=10))
        assert broadcasts.get(number).status is BroadcastStatus.STOPPED

        batch_id = broadcasts.add_batch(number, BatchDraft(name="Part 1", recipients=(ANA, BEN)))
        assert callfire.batches.get(batch_id).status is BatchStatus.NEW
        sandbox.clock.advance(60)
        assert [batch.status for batch in broadcasts.iterate_batches(number)][-1] is BatchStatus.ACTIVE
        added = broadcasts.add_recipients(number, [Recipient(phone_number="12135550144")])
        assert [call.to_number for call in added] == ["12135550144"]

        broadcasts.start(number)
        assert broadcasts.get(number).status is BroadcastStatus.RUNNING
        broadcasts.stop(number)
        assert broadcasts.get(number).status is BroadcastStatus.STOPPED
        broadcasts.start(number)
        sandbox.clock.advance(3600)
        assert broadcasts.get(number).status is BroadcastStatus.FINISHED
        assert broadcasts.stats(number).total_count == 3
        calls = list(broadcasts.iterate_calls(number, page_size=2))
        assert {call.to_number for call in calls} == {"12135550142", "12135550143", "12135550144"}
        assert all(call.records for call in callfire.calls.iterate(campaign_id=number))

        broadcasts.archive(number)
        assert broadcasts.find(name="Frost").items == ()
        assert broadcasts.get(number).status is BroadcastStatus.ARCHIVED
        assert not sandbox.violations


class TestCalls:
    def test_people_are_called_at_once(self, callfire: CallFire, sandbox: Sandbox) -> None:
        sent = callfire.calls.send(
            [CallRecipient(phone_number="12135550142", live_message="Hello.")],
            default_machine_message="Hello, machine.",
        )
        assert [call.to_number for call in sent] == ["12135550142"]
        assert sent[0].id is not None
        assert callfire.calls.get(sent[0].id).to_number == "12135550142"

    @pytest.mark.parametrize("count", [0, 11])
    def test_nobody_and_more_than_ten_are_refused_before_sending(
        self, callfire: CallFire, sandbox: Sandbox, count: int
    ) -> None:
        with pytest.raises(ValueError, match="1 to 10 people"):
            callfire.calls.send([CallRecipient(phone_number="12135550142")] * count)
        assert sandbox.requests == []

    def test_an_answer_cut_down_by_fields_is_no_failure(self, client: CallFire, wire: WireServer) -> None:
        wire.reply_json({})
        assert client.calls.send([CallRecipient(phone_number="12135550142")], fields="limit") == []
        assert client.broadcasts.add_recipients(1, [ANA], fields="limit") == []

    def test_recordings_are_found_by_call_and_by_name(self, callfire: CallFire, world: World) -> None:
        assert [found.id for found in callfire.calls.recordings(world.call)] == [world.recording]
        found = callfire.calls.recording_by_name(world.call, "message")
        assert (found.id, found.call_id, found.state) == (world.recording, world.call, RecordingState.READY)
        with callfire.calls.open_recording_by_name(world.call, "message") as stream:
            assert stream.content_type == "audio/mpeg"

    def test_a_name_of_any_kind_is_one_part_of_the_path(self, client: CallFire, wire: WireServer) -> None:
        client.calls.recording_by_name(1, "a/b c?ü#.mp3")
        assert wire.last.path == "/v2/calls/1/recordings/a%2Fb%20c%3F%C3%BC%23.mp3"

    @pytest.mark.parametrize("name", ["", ".", ".."])
    def test_a_name_that_would_climb_is_refused(self, callfire: CallFire, name: str) -> None:
        with pytest.raises(ValueError, match="cannot be part"):
            callfire.calls.recording_by_name(1, name)


class TestThingsThatAreNotThere:
    def test_they_are_not_found(self, callfire: CallFire) -> None:
        for ask in (
            callfire.broadcasts.get,
            callfire.calls.get,
            callfire.recordings.get,
            callfire.batches.get,
        ):
            with pytest.raises(NotFound):
                ask(1)
        with pytest.raises(NotFound):
            callfire.recordings.open_mp3(1)

    def test_numbers_to_leave_alone_are_found(self, callfire: CallFire, world: World) -> None:
        (found,) = callfire.do_not_contacts.find(numbers=["12135550150"]).items
        assert (found.number, found.call, found.campaign_id) == ("12135550150", True, world.broadcast)
        assert callfire.do_not_contacts.get("12135550150") == found

    def test_sounds_and_lists_are_found(self, callfire: CallFire, world: World) -> None:
        assert [sound.id for sound in callfire.sounds.iterate(filter="frost")] == [world.sound]
        assert callfire.sounds.get(world.sound).name == "frost, spoken"
        assert [found.size for found in callfire.contact_lists.find(name="River").items] == [3]
        assert callfire.contact_lists.get(world.contact_list).name == "Riverside"


class TestTextToSpeech:
    def test_the_sound_that_was_made_can_be_played(self, callfire: CallFire) -> None:
        made = callfire.sounds.text_to_speech("Tonight it freezes.", Voice.MALE1)
        assert made.id is not None
        assert made.status == "ACTIVE"
        assert callfire.sounds.get(made.id) == made
        with callfire.sounds.open_mp3(made.id) as stream:
            assert stream.content_type == "audio/mpeg"

    @pytest.mark.parametrize("drop", ["before", "after"])
    def test_it_is_asked_for_once_even_when_the_answer_is_lost(
        self, callfire: CallFire, sandbox: Sandbox, drop: Literal["before", "after"]
    ) -> None:
        sandbox.fail_next("POST", "/tts", drop=drop)
        with pytest.raises(OutcomeUnknown) as caught:
            callfire.sounds.text_to_speech("Tonight it freezes.", Voice.MALE1)
        assert caught.value.may_have_applied
        assert [request.applied for request in sandbox.requests] == [drop == "after"]

    def test_an_answer_that_cannot_be_read_leaves_the_outcome_open(
        self, client: CallFire, wire: WireServer
    ) -> None:
        wire.reply(Reply(body=b"<html>"))
        with pytest.raises(OutcomeUnknown):
            client.sounds.text_to_speech("Tonight it freezes.", Voice.MALE1)
        assert len(wire.requests) == 1
