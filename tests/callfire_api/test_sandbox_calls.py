"""Calls, their filters and oddities, their recordings and the audio."""

from typing import Any

import pytest

from callfire_api.sandbox import Sandbox
from tests.callfire_api.sandbox_caller import call, get, numbers

OTHER_HOST = "https://audio.example.invalid/x.mp3"


def ids(answer: Any) -> list[int]:
    return [row["id"] for row in answer["items"]]


class TestFilters:
    @pytest.fixture
    def run(self, sandbox: Sandbox) -> Any:
        sandbox.world.add_broadcast(status="FINISHED", recipients=50, labels=["other"])
        return sandbox.world.add_broadcast(
            status="RUNNING", recipients=300, progress=0.5, maxActive=20, labels=["outage"], batches=3
        )

    def test_states_and_results(self, sandbox: Sandbox, run: Any) -> None:
        rows = sandbox.world.calls(run.id)
        for name, key, words in (
            ("states", "state", {"READY", "SELECTED"}),
            ("states", "state", {"FINISHED"}),
            ("results", "finalCallResult", {"LA"}),
            ("results", "finalCallResult", {"BUSY", "NO_ANS"}),
        ):
            wanted = [row["id"] for row in rows if row.get(key) in words]
            answer = get(sandbox, "/calls", campaignId=run.id, limit=1000, **{name: ",".join(sorted(words))})
            assert ids(answer) == wanted
            assert answer["totalCount"] == len(wanted) > 0

    def test_campaign_batch_and_label(self, sandbox: Sandbox, run: Any) -> None:
        batch = sandbox.world.batches(run.id)[1]["id"]
        of_run = ids(get(sandbox, "/calls", campaignId=run.id, limit=1000))
        of_batch = ids(get(sandbox, "/calls", batchId=batch, limit=1000))
        assert len(of_run) == 300
        assert len(of_batch) == 100
        assert set(of_batch) < set(of_run)
        assert ids(get(sandbox, f"/calls/broadcasts/{run.id}/calls", batchId=batch)) == of_batch
        assert ids(get(sandbox, "/calls", label="outage", limit=1000)) == of_run
        assert get(sandbox, "/calls", campaignId=424242)["items"] == []

    def test_numbers_in_any_spelling(self, sandbox: Sandbox, run: Any) -> None:
        number = sandbox.world.calls(run.id)[7]["toNumber"]
        spelt = f"({number[1:4]}) {number[4:7]}-{number[7:]}"
        found = get(sandbox, "/calls", campaignId=run.id, toNumber=spelt)["items"]
        assert {row["toNumber"] for row in found} == {number}
        assert get(sandbox, "/calls", fromNumber="12135550100", limit=1)["totalCount"] == 350
        assert get(sandbox, "/calls", fromNumber="12135550111")["items"] == []

    def test_interval(self, sandbox: Sandbox, run: Any) -> None:
        now = int(sandbox.clock.now() * 1000)
        sandbox.clock.advance(60)
        recent = get(sandbox, "/calls", intervalBegin=now, limit=1000)["items"]
        assert 0 < len(recent) < 300
        assert all(row["modified"] >= now for row in recent)
        assert get(sandbox, "/calls", intervalEnd=now - 10**10)["items"] == []

    def test_ids_override_other_filters(self, sandbox: Sandbox, run: Any) -> None:
        wanted = [row["id"] for row in sandbox.world.calls(run.id)[:3]]
        assert ids(get(sandbox, "/calls", id=[*wanted, 99], states="DNC")) == wanted

    def test_direction(self, sandbox: Sandbox, run: Any) -> None:
        row = sandbox.world.add_call(run, inbound=True, fromNumber="12135550150")
        assert ids(get(sandbox, "/calls", inbound="true")) == [row["id"]]
        assert row["id"] not in ids(get(sandbox, "/calls", inbound="false", limit=1000))
        assert get(sandbox, f"/calls/{row['id']}")["inbound"] is True

    def test_the_newest_come_first_and_pages_do_not_overlap(self, sandbox: Sandbox, run: Any) -> None:
        pages = [get(sandbox, "/calls", limit=100, offset=offset) for offset in range(0, 400, 100)]
        assert [len(page["items"]) for page in pages] == [100, 100, 100, 50]
        assert {page["totalCount"] for page in pages} == {350}
        everything = [row for page in pages for row in ids(page)]
        assert len(set(everything)) == 350
        created = [row["created"] for page in pages for row in page["items"]]
        assert created == sorted(created, reverse=True)


class TestRows:
    def test_a_person_not_called_has_no_result_and_no_records(self, sandbox: Sandbox) -> None:
        (row,) = sandbox.world.calls(sandbox.world.add_broadcast(recipients=1).id)
        assert "finalCallResult" not in row
        assert "records" not in row

    def test_a_call_and_its_attempt_agree(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="FINISHED", recipients=60)
        for row in sandbox.world.calls(broadcast.id):
            (record,) = row["records"]
            assert record.get("result") == row.get("finalCallResult")
            assert record["originateTime"] < record["finishTime"] == row["modified"]
            assert ("answerTime" in record) == (record["duration"] > 0)
            assert (record["billedAmount"] >= 1) == (record["duration"] > 0)

    def test_odd_records_by_switch(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="FINISHED", recipients=60)
        switches = sandbox.switches
        switches.absurd_timestamps = switches.modified_before_created = switches.call_result_alias = True
        switches.unknown_result = "CHARMED"
        rows = sandbox.world.calls(broadcast.id)
        assert all(row["modified"] < row["created"] for row in rows)
        records = [record for row in rows for record in row["records"]]
        assert {record["originateTime"] for record in records} == {213_231}
        assert not any("result" in record for record in records)
        assert "CHARMED" in {record.get("callResult") for record in records}
        assert "LA" not in {row.get("finalCallResult") for row in rows}

    def test_records_can_be_missing(self, sandbox: Sandbox) -> None:
        sandbox.switches.omit_records = True
        broadcast = sandbox.world.add_broadcast(status="FINISHED", recipients=5)
        assert not any("records" in row for row in sandbox.world.calls(broadcast.id))

    def test_an_unknown_call_is_404(self, sandbox: Sandbox) -> None:
        call_id = sandbox.world.calls(sandbox.world.add_broadcast(recipients=1).id)[0]["id"]
        assert call(sandbox, "GET", f"/calls/{call_id}").status_code == 200
        assert call(sandbox, "GET", f"/calls/{call_id + 1000}").status_code == 404
        assert call(sandbox, "GET", f"/calls/{call_id + 1}").status_code == 404


class TestRecordings:
    @pytest.fixture
    def recording(self, sandbox: Sandbox) -> Any:
        broadcast = sandbox.world.add_broadcast(status="FINISHED", recipients=80, recorded=True)
        return next(
            recording
            for row in sandbox.world.calls(broadcast.id)
            for record in row["records"]
            for recording in record.get("recordings", ())
            if recording["state"] == "READY"
        )

    def test_it_is_found_by_its_id_by_its_call_and_by_name(self, sandbox: Sandbox, recording: Any) -> None:
        of_call = f"/calls/{recording['callId']}/recordings"
        assert get(sandbox, f"/calls/recordings/{recording['id']}") == recording
        assert get(sandbox, of_call) == {"items": [recording]}
        assert get(sandbox, f"{of_call}/message") == recording
        assert call(sandbox, "GET", f"{of_call}/nothing").status_code == 404
        assert call(sandbox, "GET", f"/calls/recordings/{recording['callId']}").status_code == 404

    def test_the_audio_is_mpeg_of_the_stated_size(self, sandbox: Sandbox, recording: Any) -> None:
        for path in (
            f"/calls/recordings/{recording['id']}",
            f"/calls/{recording['callId']}/recordings/message",
        ):
            response = call(sandbox, "GET", f"{path}.mp3")
            assert response.headers["Content-Type"] == "audio/mpeg"
            assert response.content[0] == 0xFF
            assert response.content[1] & 0xE0 == 0xE0
            assert len(response.content) == recording["lengthInBytes"] <= 60_000

    def test_its_length_is_true(self, sandbox: Sandbox, recording: Any) -> None:
        audio = call(sandbox, "GET", f"/calls/recordings/{recording['id']}.mp3").content
        assert len(audio) * 8 / 32_000 == pytest.approx(recording["lengthInSeconds"], abs=0.5)

    def test_it_is_being_written_for_a_while(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(status="RUNNING", recipients=60, maxActive=60, recorded=True)
        sandbox.clock.advance(45)
        sandbox.switches.recording_seconds = 3_600
        rows = [row for row in sandbox.world.calls(broadcast.id) if row.get("finalCallResult") == "LA"]
        (fresh,) = rows[0]["records"][0]["recordings"]
        assert fresh["state"] == "RECORDING"
        assert "lengthInBytes" not in fresh
        assert call(sandbox, "GET", f"/calls/recordings/{fresh['id']}.mp3").status_code == 404
        sandbox.switches.recording_not_ready_status = 400
        assert call(sandbox, "GET", f"/calls/recordings/{fresh['id']}.mp3").status_code == 400
        sandbox.clock.advance(3_600)
        assert get(sandbox, f"/calls/recordings/{fresh['id']}")["state"] in ("READY", "ERROR")

    def test_some_fail(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(
            status="FINISHED", recipients=500, maxActive=50, recorded=True
        )
        rows = sandbox.world.calls(broadcast.id)
        made = [r for row in rows for record in row["records"] for r in record.get("recordings", ())]
        failed = next(r for r in made if r["state"] == "ERROR")
        assert call(sandbox, "GET", f"/calls/recordings/{failed['id']}.mp3").status_code == 404

    def test_the_audio_can_claim_to_be_something_else(self, sandbox: Sandbox, recording: Any) -> None:
        sandbox.switches.mp3_content_type = "text/html"
        response = call(sandbox, "GET", f"/calls/recordings/{recording['id']}.mp3")
        assert response.headers["Content-Type"] == "text/html"

    def test_it_can_lie_on_another_host(self, sandbox: Sandbox, recording: Any) -> None:
        sandbox.switches.mp3_redirect_to = OTHER_HOST
        response = call(sandbox, "GET", f"/calls/recordings/{recording['id']}.mp3")
        assert (response.status_code, response.headers["Location"]) == (302, OTHER_HOST)

    def test_it_can_be_an_error_with_status_200(self, sandbox: Sandbox, recording: Any) -> None:
        sandbox.switches.mp3_json_error = True
        response = call(sandbox, "GET", f"/calls/recordings/{recording['id']}.mp3")
        assert response.status_code == 200
        assert "message" in response.json()

    @pytest.mark.parametrize(
        ("asked", "content_range", "part"),
        [
            ("bytes=0-99", "bytes 0-99/22674", slice(0, 100)),
            ("bytes=22000-", "bytes 22000-22673/22674", slice(22_000, None)),
            ("bytes=-10", "bytes 22664-22673/22674", slice(-10, None)),
            ("bytes=22000-99999", "bytes 22000-22673/22674", slice(22_000, None)),
        ],
    )
    def test_ranges_by_switch(
        self, sandbox: Sandbox, recording: Any, asked: str, content_range: str, part: slice
    ) -> None:
        path = f"/calls/recordings/{recording['id']}.mp3"
        whole = call(sandbox, "GET", path, headers={"Range": asked})
        assert (whole.status_code, len(whole.content)) == (200, 22_674)
        sandbox.switches.mp3_supports_range = True
        response = call(sandbox, "GET", path, headers={"Range": asked})
        assert (response.status_code, response.headers["Content-Range"]) == (206, content_range)
        assert response.content == whole.content[part]
        assert call(sandbox, "GET", path, headers={"Range": "bytes=30000-"}).status_code == 416

    def test_it_can_come_without_a_length(self, sandbox: Sandbox, recording: Any) -> None:
        sandbox.switches.mp3_omit_length = True
        response = call(sandbox, "GET", f"/calls/recordings/{recording['id']}.mp3")
        assert "Content-Length" not in response.headers
        assert len(response.content) == recording["lengthInBytes"]

    def test_it_can_break_off(self, sandbox: Sandbox, recording: Any) -> None:
        sandbox.switches.mp3_cut_after_bytes = 5_000
        with pytest.raises(OSError, match="IncompleteRead"):
            call(sandbox, "GET", f"/calls/recordings/{recording['id']}.mp3")

    def test_it_can_drip(self, sandbox: Sandbox, recording: Any) -> None:
        sandbox.switches.mp3_drip_bytes_per_second = 200_000
        response = call(sandbox, "GET", f"/calls/recordings/{recording['id']}.mp3")
        assert len(response.content) == recording["lengthInBytes"]
        assert response.elapsed.total_seconds() < 10


class TestIndividualContent:
    def test_what_a_recipient_carries_is_accepted(self, sandbox: Sandbox) -> None:
        recipient = numbers(1)[0] | {"liveMessage": "Hello", "voice": "MALE1", "attributes": {"ref": "1"}}
        answer = call(sandbox, "POST", "/calls", [recipient], defaultVoice="FEMALE1").json()
        assert answer["items"][0]["attributes"] == {"ref": "1"}
