"""People on their way into a broadcast: batches, recipients, one-off calls, switching them on and off."""

from typing import Any

import pytest

from callfire_api.sandbox import Sandbox
from tests.callfire_api.sandbox_caller import call, get, numbers

LIST = "/calls/broadcasts"


@pytest.fixture
def broadcast(sandbox: Sandbox) -> Any:
    return sandbox.world.add_broadcast(recipients=0)


def add_batch(sandbox: Sandbox, broadcast_id: int, **body: Any) -> int:
    response = call(sandbox, "POST", f"{LIST}/{broadcast_id}/batches", {"name": "B"} | body)
    assert response.status_code == 201, response.text
    return int(response.json()["id"])


class TestValidation:
    def test_a_batch_becomes_active_with_time(self, sandbox: Sandbox, broadcast: Any) -> None:
        batch = add_batch(sandbox, broadcast.id, recipients=numbers(5))
        seen = []
        for seconds in (0, 2, 3):
            sandbox.clock.advance(seconds)
            shown = get(sandbox, f"/campaigns/batches/{batch}")
            seen.append((shown["status"], shown["size"], shown["remaining"]))
        assert seen == [("NEW", 5, 5), ("VALIDATING", 5, 5), ("ACTIVE", 5, 5)]
        assert len(sandbox.world.calls(broadcast.id)) == 5

    @pytest.mark.parametrize("outcome", ["ERRORS", "SOURCE_ERROR"])
    def test_it_can_go_wrong_by_switch(self, sandbox: Sandbox, broadcast: Any, outcome: str) -> None:
        sandbox.switches.batch_outcome = outcome
        batch = add_batch(sandbox, broadcast.id, recipients=numbers(5))
        sandbox.clock.advance(60)
        assert get(sandbox, f"/campaigns/batches/{batch}")["status"] == outcome
        assert sandbox.world.calls(broadcast.id) == []

    def test_a_start_waits_for_the_batch(self, sandbox: Sandbox, broadcast: Any) -> None:
        add_batch(sandbox, broadcast.id, recipients=numbers(5))
        assert call(sandbox, "POST", f"{LIST}/{broadcast.id}/start").status_code == 200
        assert broadcast.status == "START_PENDING"
        sandbox.clock.advance(5)
        assert broadcast.status == "RUNNING"
        first = sandbox.clock.now() * 1000
        sandbox.clock.advance(600)
        assert all(row["records"][0]["originateTime"] >= first for row in sandbox.world.calls(broadcast.id))

    def test_a_new_batch_is_hidden_from_the_list_for_a_while_by_switch(
        self, sandbox: Sandbox, broadcast: Any
    ) -> None:
        sandbox.switches.batch_visible_after_seconds = 20
        add_batch(sandbox, broadcast.id, recipients=numbers(1))
        assert get(sandbox, f"{LIST}/{broadcast.id}/batches")["items"] == []
        sandbox.clock.advance(20)
        assert [row["name"] for row in get(sandbox, f"{LIST}/{broadcast.id}/batches")["items"]] == ["B"]

    def test_duplicates_are_scrubbed_when_asked(self, sandbox: Sandbox, broadcast: Any) -> None:
        call(sandbox, "POST", f"{LIST}/{broadcast.id}/recipients", numbers(2))
        people = [*numbers(4), *numbers(4), {"phoneNumber": "(213) 555-0103"}]
        add_batch(sandbox, broadcast.id, recipients=people, scrubDuplicates=True)
        sandbox.clock.advance(60)
        dialled = [row["toNumber"] for row in sandbox.world.calls(broadcast.id)]
        assert sorted(dialled) == [entry["phoneNumber"] for entry in numbers(4)]

    def test_duplicates_stay_otherwise(self, sandbox: Sandbox, broadcast: Any) -> None:
        add_batch(sandbox, broadcast.id, recipients=[*numbers(2), *numbers(2)])
        sandbox.clock.advance(60)
        assert len(sandbox.world.calls(broadcast.id)) == 4

    def test_a_contact_list_is_read(self, sandbox: Sandbox, broadcast: Any) -> None:
        good = sandbox.world.add_contact_list(name="Grid 14", size=12)
        bad = sandbox.world.add_contact_list(name="Broken", size=12, status="PARSE_FAILED")
        batches = [add_batch(sandbox, broadcast.id, contactListId=number) for number in (good, bad, 4242)]
        sandbox.clock.advance(60)
        shown = [get(sandbox, f"/campaigns/batches/{number}") for number in batches]
        assert [row["status"] for row in shown] == ["ACTIVE", "SOURCE_ERROR", "SOURCE_ERROR"]
        assert len(sandbox.world.calls(broadcast.id)) == 12

    def test_more_than_a_hundred_batches_are_paged(self, sandbox: Sandbox) -> None:
        many = sandbox.world.add_broadcast(recipients=240, batches=120)
        first = get(sandbox, f"{LIST}/{many.id}/batches")["items"]
        rest = get(sandbox, f"{LIST}/{many.id}/batches", offset=100)["items"]
        assert (len(first), len(rest)) == (100, 20)
        assert len({row["id"] for row in first + rest}) == 120

    def test_remaining_falls_as_people_are_called(self, sandbox: Sandbox) -> None:
        running = sandbox.world.add_broadcast(status="RUNNING", recipients=40, batches=2, maxActive=5)
        sandbox.clock.advance(150)
        batches = sandbox.world.batches(running.id)
        assert sum(row["remaining"] for row in batches) < 40
        stats = get(sandbox, f"{LIST}/{running.id}/stats")
        assert sum(row["remaining"] for row in batches) == stats["remainingOutboundCount"]

    def test_an_archived_broadcast_takes_nobody(self, sandbox: Sandbox) -> None:
        gone = sandbox.world.add_broadcast(status="ARCHIVED")
        body = {"name": "B", "recipients": numbers(1)}
        assert call(sandbox, "POST", f"{LIST}/{gone.id}/batches", body).status_code == 400
        assert call(sandbox, "POST", f"{LIST}/{gone.id}/recipients", numbers(1)).status_code == 400


class TestSwitchingOff:
    def test_a_disabled_batch_is_not_called(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(recipients=20, batches=2)
        off = sandbox.world.batches(broadcast.id)[0]["id"]
        batch = get(sandbox, f"/campaigns/batches/{off}")
        assert call(sandbox, "PUT", f"/campaigns/batches/{off}", batch | {"enabled": False}).ok
        call(sandbox, "POST", f"{LIST}/{broadcast.id}/start")
        sandbox.clock.advance(3_600)
        states = {row["batchId"]: row["state"] for row in sandbox.world.calls(broadcast.id)}
        assert states[off] == "DISABLED"
        assert set(states.values()) == {"DISABLED", "FINISHED"}
        assert broadcast.status == "FINISHED"

    def test_and_can_be_switched_on_again(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(recipients=20, batches=2)
        off = sandbox.world.batches(broadcast.id)[0]["id"]
        for enabled in (False, True):
            call(sandbox, "PUT", f"/campaigns/batches/{off}", {"enabled": enabled})
        call(sandbox, "POST", f"{LIST}/{broadcast.id}/start")
        sandbox.clock.advance(3_600)
        assert {row["state"] for row in sandbox.world.calls(broadcast.id)} == {"FINISHED"}

    def test_single_people_are_switched_by_number(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(recipients=numbers(3))
        path = f"{LIST}/{broadcast.id}/toggleRecipientsStatus"

        def states() -> list[str]:
            return [row["state"] for row in reversed(sandbox.world.calls(broadcast.id))]

        assert call(sandbox, "POST", path, numbers(2)).status_code == 200
        assert states() == ["DISABLED", "DISABLED", "READY"]
        assert call(sandbox, "POST", path, numbers(1), enable="true").status_code == 200
        assert states() == ["READY", "DISABLED", "READY"]


class TestRecipients:
    def test_the_answer_is_a_list_of_ready_calls(self, sandbox: Sandbox, broadcast: Any) -> None:
        people = [{"phoneNumber": "2135550142", "attributes": {"client_ref": "r-1"}}]
        answer = call(sandbox, "POST", f"{LIST}/{broadcast.id}/recipients", people).json()
        assert answer.keys() == {"items"}
        (row,) = answer["items"]
        assert (row["toNumber"], row["state"]) == ("12135550142", "READY")
        assert row["attributes"] == {"client_ref": "r-1"}
        assert row["campaignId"] == broadcast.id
        assert sandbox.world.batches(broadcast.id)[0]["name"] == f"API {broadcast.id}"

    def test_a_running_broadcast_calls_them_at_once(self, sandbox: Sandbox) -> None:
        running = sandbox.world.add_broadcast(status="RUNNING", recipients=1, maxActive=5)
        call(sandbox, "POST", f"{LIST}/{running.id}/recipients", numbers(1))
        sandbox.clock.advance(20)
        assert "READY" not in {row["state"] for row in sandbox.world.calls(running.id)}

    def test_bad_numbers_are_invalid_or_refused(self, sandbox: Sandbox, broadcast: Any) -> None:
        path = f"{LIST}/{broadcast.id}/recipients"
        people = [*numbers(1), {"phoneNumber": "111111"}, {"phoneNumber": "call me"}]
        assert call(sandbox, "POST", path, people, strictValidation="true").status_code == 400
        assert sandbox.world.calls(broadcast.id) == []
        rows = call(sandbox, "POST", path, people).json()["items"]
        assert [(row["toNumber"], row["state"]) for row in rows] == [
            ("12135550100", "READY"), ("111111", "INVALID"), ("call me", "INVALID"),
        ]  # fmt: skip

    def test_some_may_not_be_called(self, sandbox: Sandbox, broadcast: Any) -> None:
        call(sandbox, "POST", "/contacts/dncs", {"call": True, "numbers": ["12135550101"]})
        people = [*numbers(2), {"phoneNumber": "19005550123"}]
        rows = call(sandbox, "POST", f"{LIST}/{broadcast.id}/recipients", people).json()["items"]
        assert [row["state"] for row in rows] == ["READY", "DNC", "RESTRICTED_NUMBER"]

    def test_people_reached_before_are_held_back_by_switch(self, sandbox: Sandbox, broadcast: Any) -> None:
        sandbox.switches.period_limit = True
        first = sandbox.world.add_broadcast(recipients=numbers(60))
        call(sandbox, "POST", f"{LIST}/{first.id}/start")
        sandbox.clock.advance(3_600)
        rows = call(sandbox, "POST", f"{LIST}/{broadcast.id}/recipients", numbers(60)).json()["items"]
        assert {row["state"] for row in rows} >= {"READY", "PERIOD_LIMIT"}

    def test_too_many_are_refused(self, sandbox: Sandbox, broadcast: Any) -> None:
        sandbox.switches.max_recipients_per_request = 3
        path = f"{LIST}/{broadcast.id}/recipients"
        assert call(sandbox, "POST", path, numbers(4)).status_code == 400
        assert call(sandbox, "POST", path, numbers(3)).status_code == 200

    @pytest.mark.parametrize(("resumes", "status"), [(False, "FINISHED"), (True, "RUNNING")])
    def test_adding_to_a_finished_broadcast(self, sandbox: Sandbox, resumes: bool, status: str) -> None:
        sandbox.switches.adding_resumes_finished = resumes
        done = sandbox.world.add_broadcast(status="FINISHED", recipients=5)
        call(sandbox, "POST", f"{LIST}/{done.id}/recipients", numbers(2))
        assert done.status == status

    def test_a_contact_is_called_on_its_number(self, sandbox: Sandbox, broadcast: Any) -> None:
        sandbox.world.account.contacts[77] = {"id": 77, "mobilePhone": "12135550155"}
        path = f"{LIST}/{broadcast.id}/recipients"
        (row,) = call(sandbox, "POST", path, [{"contactId": 77}]).json()["items"]
        assert row["toNumber"] == "12135550155"
        assert row["contact"]["id"] == 77


class TestOneOffCalls:
    def test_they_are_placed_at_once_and_found_under_campaign_zero(self, sandbox: Sandbox) -> None:
        sandbox.world.add_broadcast()
        answer = call(sandbox, "POST", "/calls", [*numbers(1), *numbers(1)]).json()
        assert [row["state"] for row in answer["items"]] == ["READY", "READY"]
        sandbox.clock.advance(300)
        found = get(sandbox, "/calls", campaignId=0)["items"]
        assert {row["id"] for row in found} == {row["id"] for row in answer["items"]}
        assert "READY" not in {row["state"] for row in found}
        assert len(get(sandbox, LIST)["items"]) == 1

    def test_they_can_join_a_broadcast(self, sandbox: Sandbox, broadcast: Any) -> None:
        call(sandbox, "POST", "/calls", numbers(2), campaignId=broadcast.id)
        assert len(sandbox.world.calls(broadcast.id)) == 2
        assert broadcast.status == "RUNNING"

    @pytest.mark.parametrize("status", ["ARCHIVED", "SUSPENDED", "SETUP"])
    def test_they_cannot_wake_a_broadcast_that_may_not_run(self, sandbox: Sandbox, status: str) -> None:
        broadcast = sandbox.world.add_broadcast(status=status, recipients=0)
        assert call(sandbox, "POST", "/calls", numbers(1), campaignId=broadcast.id).status_code == 400
        assert (broadcast.status, sandbox.world.calls()) == (status, [])

    def test_eleven_are_refused(self, sandbox: Sandbox) -> None:
        assert call(sandbox, "POST", "/calls", numbers(11)).status_code == 400
        assert call(sandbox, "POST", "/calls", numbers(10)).status_code == 200

    def test_a_bare_array_is_required(self, sandbox: Sandbox) -> None:
        assert call(sandbox, "POST", "/calls", {"name": "n", "recipients": numbers(1)}).status_code == 400
        assert sandbox.world.calls() == []
        assert len(sandbox.violations) == 1

    def test_no_credits_no_calls(self, sandbox: Sandbox) -> None:
        sandbox.world.account.credits_e4 = 0
        assert call(sandbox, "POST", "/calls", numbers(1)).status_code == 400
