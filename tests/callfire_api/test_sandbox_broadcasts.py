"""Creating, changing, listing and steering broadcasts."""

from typing import Any

import pytest

from callfire_api.sandbox import Sandbox
from tests.callfire_api.sandbox_caller import call, get, numbers

LIST = "/calls/broadcasts"


def perform(sandbox: Sandbox, broadcast_id: int, action: str) -> int:
    return call(sandbox, "POST", f"{LIST}/{broadcast_id}/{action}").status_code


class TestCreating:
    def test_a_new_broadcast_is_stopped_and_shows_no_recipients(self, sandbox: Sandbox) -> None:
        body = {"name": "Outage", "recipients": numbers(3), "sounds": {"liveSoundText": "Hello"}}
        response = call(sandbox, "POST", LIST, body)
        assert response.status_code == 201
        shown = get(sandbox, f"{LIST}/{response.json()['id']}")
        assert shown["status"] == "STOPPED"
        assert "recipients" not in shown
        assert shown["sounds"]["liveSoundText"] == "Hello"
        assert isinstance(shown["sounds"]["liveSoundId"], int)
        assert get(sandbox, f"{LIST}/{shown['id']}/calls")["totalCount"] == 3

    def test_it_answers_200_by_switch(self, sandbox: Sandbox) -> None:
        sandbox.switches.create_status = 200
        assert call(sandbox, "POST", LIST, {"name": "n"}).status_code == 200

    def test_start_true_runs_it_at_once(self, sandbox: Sandbox) -> None:
        created = call(sandbox, "POST", LIST, {"name": "n", "recipients": numbers(3)}, start="true").json()
        assert get(sandbox, f"{LIST}/{created['id']}")["status"] == "RUNNING"

    @pytest.mark.parametrize("kept", [True, False])
    def test_a_refused_start_keeps_the_broadcast_or_not(self, sandbox: Sandbox, kept: bool) -> None:
        sandbox.switches.failed_start_keeps_broadcast = kept
        bad: list[dict[str, Any]] = [{"phoneNumber": "12"}]
        for recipients in ([], bad):
            body = {"name": "n", "recipients": recipients}
            assert call(sandbox, "POST", LIST, body, start="true").status_code == 400
        assert len(sandbox.world.broadcasts) == (2 if kept else 0)
        created = call(sandbox, "POST", LIST, {"name": "next", "recipients": numbers(1)}).json()["id"]
        assert get(sandbox, f"{LIST}/{created}")["name"] == "next"

    def test_ids_can_lie_beyond_javascript(self, sandbox: Sandbox) -> None:
        sandbox.switches.huge_ids = True
        created = call(sandbox, "POST", LIST, {"name": "n", "recipients": numbers(1)}).json()["id"]
        assert created > 2**53
        (row,) = get(sandbox, f"{LIST}/{created}/calls")["items"]
        assert row["id"] > 2**53
        assert get(sandbox, f"/calls/{row['id']}") == row

    def test_an_unverified_caller_id_can_be_refused(self, sandbox: Sandbox) -> None:
        sandbox.switches.from_number_must_be_verified = True
        assert call(sandbox, "POST", LIST, {"name": "n", "fromNumber": "14155550199"}).status_code == 400
        assert call(sandbox, "POST", LIST, {"name": "n", "fromNumber": "12135550100"}).status_code == 201


class TestUpdating:
    BODY = {"name": "Old", "labels": ["a"], "maxActive": 7, "sounds": {"liveSoundText": "One"}}

    def change(self, sandbox: Sandbox, change: dict[str, Any]) -> Any:
        created = call(sandbox, "POST", LIST, self.BODY).json()["id"]
        sandbox.clock.advance(5)
        assert call(sandbox, "PUT", f"{LIST}/{created}", change).status_code == 200
        return get(sandbox, f"{LIST}/{created}")

    def test_it_merges(self, sandbox: Sandbox) -> None:
        shown = self.change(sandbox, {"name": "New", "id": 9, "status": "RUNNING", "lastModified": 1})
        assert (shown["name"], shown["labels"], shown["maxActive"]) == ("New", ["a"], 7)
        assert shown["status"] == "STOPPED"
        assert shown["lastModified"] == sandbox.clock.now() * 1000

    def test_it_replaces_by_switch(self, sandbox: Sandbox) -> None:
        sandbox.switches.put_replaces = True
        shown = self.change(sandbox, {"name": "New"})
        assert shown["maxActive"] == 100
        assert "labels" not in shown
        assert "sounds" not in shown

    def test_it_ignores_a_property_by_switch(self, sandbox: Sandbox) -> None:
        sandbox.switches.put_ignores = ("name",)
        shown = self.change(sandbox, {"name": "New", "maxActive": 8})
        assert (shown["name"], shown["maxActive"]) == ("Old", 8)

    def test_a_slot_with_text_and_id_is_a_violation_by_switch(self, sandbox: Sandbox) -> None:
        created = call(sandbox, "POST", LIST, self.BODY).json()["id"]
        both = {"sounds": get(sandbox, f"{LIST}/{created}")["sounds"]}
        assert call(sandbox, "PUT", f"{LIST}/{created}", both).status_code == 400
        assert len(sandbox.violations) == 1
        sandbox.switches.refuse_text_and_id = False
        assert call(sandbox, "PUT", f"{LIST}/{created}", both).status_code == 200

    def test_a_script_takes_the_place_of_sounds(self, sandbox: Sandbox) -> None:
        shown = self.change(sandbox, {"dialplanXml": "<dialplan/>"})
        assert "sounds" not in shown


class TestListing:
    def test_filters(self, sandbox: Sandbox) -> None:
        world = sandbox.world
        outage = world.add_broadcast(name="Planned outage – Grid 14", labels=["outage"], status="RUNNING")
        bill = world.add_broadcast(name="Payment reminder", labels=["billing"], status="SCHEDULED")
        archived = world.add_broadcast(name="Planned outage – Grid 13", status="ARCHIVED")

        def found(**query: Any) -> list[int]:
            return [row["id"] for row in get(sandbox, LIST, **query)["items"]]

        assert set(found()) == {outage.id, bill.id}
        assert found(name="grid 14") == [outage.id]
        assert found(label="billing") == [bill.id]
        assert found(running="true") == [outage.id]
        assert found(running="false") == [bill.id]
        assert found(scheduled="true") == [bill.id]
        assert found(intervalBegin=int(sandbox.clock.now() * 1000) + 1) == []
        assert get(sandbox, f"{LIST}/{archived.id}")["status"] == "ARCHIVED"

    def test_fields_drop_what_was_not_asked_for(self, sandbox: Sandbox) -> None:
        sandbox.world.add_broadcast(name="One")
        answer = get(sandbox, LIST, fields="items(id, localTimeRestriction(enabled))")
        assert answer.keys() == {"items"}
        assert answer["items"][0].keys() == {"id", "localTimeRestriction"}
        assert answer["items"][0]["localTimeRestriction"] == {"enabled": False}

    def test_an_unknown_field_is_ignored_or_refused_by_switch(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(name="One")
        path = f"{LIST}/{broadcast.id}"
        assert get(sandbox, path, fields="name,colour") == {"name": "One"}
        sandbox.switches.ignore_unknown_fields = False
        for unknown in ("name,colour", "colour(name)", "sounds(colour)"):
            assert call(sandbox, "GET", path, fields=unknown).status_code == 400
        assert get(sandbox, path, fields="name,sounds(liveSoundText)") == {"name": "One"}

    @pytest.mark.parametrize("selector", ["(", "items(", "items()", "a b", "a,,b", ")", "items(id))"])
    def test_a_selector_that_cannot_be_read_is_refused(self, sandbox: Sandbox, selector: str) -> None:
        assert call(sandbox, "GET", LIST, fields=selector).status_code == 400


class TestTransitions:
    @pytest.mark.parametrize(
        ("status", "action", "answer", "becomes"),
        [
            ("STOPPED", "start", 200, "RUNNING"),
            ("SCHEDULED", "start", 200, "RUNNING"),
            ("APPROVED", "start", 200, "RUNNING"),
            ("RUNNING", "start", 200, "RUNNING"),
            ("SETUP", "start", 400, "SETUP"),
            ("TEST", "start", 400, "TEST"),
            ("SUSPENDED", "start", 400, "SUSPENDED"),
            ("BLOCKED_SUSPICIOUS", "start", 400, "BLOCKED_SUSPICIOUS"),
            ("DECLINED", "start", 400, "DECLINED"),
            ("VALIDATING_EMAIL", "start", 400, "VALIDATING_EMAIL"),
            ("ARCHIVED", "start", 400, "ARCHIVED"),
            ("FINISHED", "start", 400, "FINISHED"),
            ("RUNNING", "stop", 200, "STOPPED"),
            ("SCHEDULED", "stop", 200, "STOPPED"),
            ("START_PENDING", "stop", 200, "STOPPED"),
            ("VALIDATING_START", "stop", 200, "STOPPED"),
            ("STOPPED", "stop", 200, "STOPPED"),
            ("FINISHED", "stop", 200, "FINISHED"),
            ("ARCHIVED", "stop", 400, "ARCHIVED"),
            ("STOPPED", "archive", 200, "ARCHIVED"),
            ("FINISHED", "archive", 200, "ARCHIVED"),
            ("SUSPENDED", "archive", 200, "ARCHIVED"),
            ("RUNNING", "archive", 400, "RUNNING"),
            ("ARCHIVED", "archive", 400, "ARCHIVED"),
        ],
    )
    def test_what_each_action_does(
        self, sandbox: Sandbox, status: str, action: str, answer: int, becomes: str
    ) -> None:
        broadcast = sandbox.world.add_broadcast(status=status)
        assert perform(sandbox, broadcast.id, action) == answer
        assert broadcast["status"] == becomes

    def test_a_start_passes_through_other_statuses_by_switch(self, sandbox: Sandbox) -> None:
        sandbox.switches.start_via = ("VALIDATING_START", "START_PENDING")
        broadcast = sandbox.world.add_broadcast()
        perform(sandbox, broadcast.id, "start")
        seen = [broadcast.status]
        for _ in range(2):
            sandbox.clock.advance(2)
            seen.append(broadcast.status)
        assert seen == ["VALIDATING_START", "START_PENDING", "RUNNING"]

    def test_a_start_can_be_stopped_on_its_way(self, sandbox: Sandbox) -> None:
        sandbox.switches.start_via = ("VALIDATING_START",)
        broadcast = sandbox.world.add_broadcast()
        perform(sandbox, broadcast.id, "start")
        perform(sandbox, broadcast.id, "stop")
        sandbox.clock.advance(60)
        assert broadcast.status == "STOPPED"
        assert get(sandbox, f"{LIST}/{broadcast.id}/stats")["callsAttempted"] == 0

    def test_starting_a_running_one_is_refused_by_switch(self, sandbox: Sandbox) -> None:
        sandbox.switches.start_when_running_is_refused = True
        assert perform(sandbox, sandbox.world.add_broadcast(status="RUNNING").id, "start") == 400

    def test_stopping_a_stopped_one_is_refused_by_switch(self, sandbox: Sandbox) -> None:
        sandbox.switches.stop_is_idempotent = False
        assert perform(sandbox, sandbox.world.add_broadcast().id, "stop") == 400

    def test_archiving_a_running_one_ends_it_by_switch(self, sandbox: Sandbox) -> None:
        sandbox.switches.archive_running_is_refused = False
        broadcast = sandbox.world.add_broadcast(status="RUNNING")
        assert perform(sandbox, broadcast.id, "archive") == 200
        assert broadcast.status == "ARCHIVED"

    def test_a_start_without_credits_is_refused(self, sandbox: Sandbox) -> None:
        sandbox.world.account.credits_e4 = 0
        assert perform(sandbox, sandbox.world.add_broadcast().id, "start") == 400

    def test_an_unknown_status_word_by_switch(self, sandbox: Sandbox) -> None:
        sandbox.switches.status_words = (("STOPPED", "NAPPING"),)
        broadcast = sandbox.world.add_broadcast()
        assert get(sandbox, f"{LIST}/{broadcast.id}")["status"] == "NAPPING"


class TestSchedules:
    SCHEDULE = {
        "startDate": {"year": 2026, "month": 11, "day": 23},
        "startTimeOfDay": {"hour": 13, "minute": 0},
        "stopDate": {"year": 2026, "month": 11, "day": 23},
        "stopTimeOfDay": {"hour": 13, "minute": 10},
        "timeZone": "America/New_York",
    }

    def test_it_starts_and_stops_by_its_own_wall_clock(self, sandbox: Sandbox) -> None:
        sandbox.switches.schedule_on_create = True
        body = {"name": "n", "schedules": [self.SCHEDULE], "recipients": numbers(90), "maxActive": 1}
        created = call(sandbox, "POST", LIST, body).json()["id"]
        broadcast = sandbox.world.broadcasts[created]
        assert broadcast.status == "SCHEDULED"
        sandbox.clock.advance(3599)
        assert broadcast.status == "SCHEDULED"
        sandbox.clock.advance(1)  # 18:00 UTC is 13:00 in New York
        assert broadcast.status == "RUNNING"
        sandbox.clock.advance(600)
        assert broadcast.status == "STOPPED"

    def test_it_is_stopped_after_create_unless_switched(self, sandbox: Sandbox) -> None:
        created = call(sandbox, "POST", LIST, {"name": "n", "schedules": [self.SCHEDULE]}).json()["id"]
        assert sandbox.world.broadcasts[created].status == "STOPPED"

    def test_its_schedules_have_ids_which_a_put_may_send_back(self, sandbox: Sandbox) -> None:
        created = call(sandbox, "POST", LIST, {"name": "n", "schedules": [self.SCHEDULE]}).json()["id"]
        (first,) = get(sandbox, f"{LIST}/{created}")["schedules"]
        assert first.items() >= self.SCHEDULE.items()
        assert first["campaignId"] == created
        body = {"schedules": [first, self.SCHEDULE]}
        assert call(sandbox, "PUT", f"{LIST}/{created}", body).status_code == 200
        same, second = get(sandbox, f"{LIST}/{created}")["schedules"]
        assert same == first
        assert second["id"] not in (None, first["id"])

    def test_a_stop_clears_the_schedules_by_switch(self, sandbox: Sandbox) -> None:
        sandbox.switches.stop_clears_schedules = True
        broadcast = sandbox.world.add_broadcast(status="SCHEDULED", schedules=[self.SCHEDULE])
        perform(sandbox, broadcast.id, "stop")
        assert "schedules" not in get(sandbox, f"{LIST}/{broadcast.id}")
