"""/broadcasts/<id>/edit/"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.utils import timezone

from campaigns import tasks
from campaigns.models import AuditEvent, BroadcastSnapshot
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import form_on
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

HOURS = {"enabled": True, "beginHour": 9, "beginMinute": 0, "endHour": 20, "endMinute": 0}
SETTINGS: dict[str, Any] = {
    "fromNumber": "12135550111",
    "labels": ["outage"],
    "sounds": {
        "liveSoundText": "Power will be off.",
        "liveSoundTextVoice": "FEMALE1",
        "machineSoundText": "Power will be off. Call us.",
        "machineSoundTextVoice": "FEMALE1",
    },
    "answeringMachineConfig": "AM_AND_LIVE",
    "localTimeRestriction": HOURS,
    "retryConfig": {"maxAttempts": 1, "minutesBetweenAttempts": 60, "retryResults": ["BUSY"]},
    "maxActive": 10,
}


@pytest.fixture
def outage(seen: Seen) -> BroadcastSnapshot:
    """A stopped broadcast with settings of every kind."""
    return seen("Outage notice", **SETTINGS)


class TestSaving:
    def test_only_what_was_touched_changes(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        before = sandbox.world.broadcasts[outage.pk].to_json()
        answer = operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"max_active": "25"}, follow=True)
        assert "Changed: Calls at once." in answer.text
        after = sandbox.world.broadcasts[outage.pk].to_json()
        changed = {key for key in after if after[key] != before.get(key)}
        assert changed == {"maxActive", "lastModified", "sounds"}
        for slot in ("liveSoundId", "machineSoundId"):
            assert after["sounds"][slot] == before["sounds"][slot]

    def test_the_whole_broadcast_is_sent_with_each_sound_by_its_id_alone(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"max_active": "25"})
        (put,) = sandbox.requests_to("PUT", f"/{outage.pk}")
        assert isinstance(put.body, dict)
        assert set(put.body["sounds"]) == {"liveSoundId", "machineSoundId"}
        assert put.body["localTimeRestriction"] == HOURS
        assert put.body["fromNumber"] == "12135550111"
        assert "status" not in put.body
        assert sandbox.violations == []

    def test_a_changed_text_is_sent_as_text_and_the_other_slot_by_id(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"live_text": "Power is back."})
        (put,) = sandbox.requests_to("PUT", f"/{outage.pk}")
        assert isinstance(put.body, dict)
        assert set(put.body["sounds"]) == {"liveSoundText", "liveSoundTextVoice", "machineSoundId"}

    def test_nothing_changed_sends_nothing(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        answer = operator.post(f"/broadcasts/{outage.pk}/edit/", form, follow=True)
        assert "Nothing was changed." in answer.text
        assert not sandbox.requests_to("PUT", f"/{outage.pk}")

    def test_properties_we_do_not_know_go_back_as_they_came(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        strange = seen("Strange", **SETTINGS)
        form = form_on(operator.get(f"/broadcasts/{strange.pk}/edit/").text)
        sandbox.switches.put_replaces = True
        operator.post(f"/broadcasts/{strange.pk}/edit/", form | {"name": "Stranger"})
        after = sandbox.world.broadcasts[strange.pk].to_json()
        assert after["name"] == "Stranger"
        assert after["retryConfig"]["retryResults"] == ["BUSY"]
        assert after["labels"] == ["outage"]

    def test_what_callfire_ignores_is_said(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        sandbox.switches.put_ignores = ("maxActive",)
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        answer = operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"max_active": "25"}, follow=True)
        assert "CallFire shows something else for: Calls at once." in answer.text


class TestWhatNobodyTouched:
    def test_words_of_callfire_that_we_do_not_know_stay(self, operator: SignedIn, sandbox: Sandbox) -> None:
        strange = sandbox.world.add_broadcast(
            name="Strange", **{**SETTINGS, "answeringMachineConfig": "NEW_MODE"}
        )
        page = operator.get(f"/broadcasts/{strange.id}/edit/").text
        assert "Other (NEW_MODE)" in page
        operator.post(f"/broadcasts/{strange.id}/edit/", form_on(page) | {"name": "Renamed"})
        (event,) = AuditEvent.objects.filter(action="update")
        assert event.detail["changed"] == ["Name"]

    def test_a_schedule_that_is_removed_is_sent_as_none(self, operator: SignedIn, sandbox: Sandbox) -> None:
        row = {
            "startDate": {"year": 2030, "month": 1, "day": 2},
            "startTimeOfDay": {"hour": 10, "minute": 0, "second": 0},
            "timeZone": "America/New_York",
        }
        planned = sandbox.world.add_broadcast(name="Planned", **SETTINGS, schedules=[row])
        form = form_on(operator.get(f"/broadcasts/{planned.id}/edit/").text)
        operator.post(f"/broadcasts/{planned.id}/edit/", form | {"schedules-0-DELETE": "on"})
        (put,) = sandbox.requests_to("PUT", f"/{planned.id}")
        assert isinstance(put.body, dict)
        assert put.body["schedules"] == []
        assert not sandbox.world.broadcasts[planned.id].to_json().get("schedules")

    def test_a_pace_is_not_taken_away_by_leaving_it_empty(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        answer = operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"max_active": ""})
        assert answer.status_code == 422
        assert "CallFire keeps the old number when this is empty." in answer.text

    def test_why_people_may_be_called_late_is_kept(
        self, operator: SignedIn, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        wide = {"hours_end": "20:45", "hours_reason": "The water is not safe tonight."}
        operator.post(f"/broadcasts/{outage.pk}/edit/", form | wide)
        (event,) = AuditEvent.objects.filter(action="update")
        assert event.detail["reason_for_hours"] == "The water is not safe tonight."


class TestTwoPeople:
    def test_somebody_elses_change_is_never_buried(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        other = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        operator.post(f"/broadcasts/{outage.pk}/edit/", other | {"max_active": "60", "labels": "a, b"})
        answer = operator.post(
            f"/broadcasts/{outage.pk}/edit/", form | {"max_active": "50", "name": "New name"}
        )
        assert answer.status_code == 409
        assert "Nothing is saved yet." in answer.text
        assert re.search(r"Calls at once.*?10.*?60.*?50", answer.text, re.DOTALL)
        assert sandbox.world.broadcasts[outage.pk].to_json()["maxActive"] == 60

    @pytest.mark.parametrize(("take", "calls"), [("yours", 50), ("theirs", 60)])
    def test_each_setting_is_taken_from_either(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot, take: str, calls: int
    ) -> None:
        address = f"/broadcasts/{outage.pk}/edit/"
        form, other = (form_on(operator.get(address).text) for _ in range(2))
        operator.post(address, other | {"max_active": "60", "labels": "a, b"})
        page = operator.post(address, form | {"max_active": "50", "name": "New name"}).text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        operator.post(address, hidden | {"take-max_active": take})
        after = sandbox.world.broadcasts[outage.pk].to_json()
        assert (after["maxActive"], after["name"], after["labels"]) == (calls, "New name", ["a", "b"])

    def test_the_same_change_by_both_is_no_conflict(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        address = f"/broadcasts/{outage.pk}/edit/"
        form, other = (form_on(operator.get(address).text) for _ in range(2))
        assert operator.post(address, other | {"max_active": "60"}).status_code == 302
        assert operator.post(address, form | {"max_active": "60"}).status_code == 302

    def test_a_third_change_while_comparing_is_compared_again(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        address = f"/broadcasts/{outage.pk}/edit/"
        form, other = (form_on(operator.get(address).text) for _ in range(2))
        operator.post(address, other | {"max_active": "60"})
        page = operator.post(address, form | {"max_active": "50"}).text
        third = form_on(operator.get(address).text)
        operator.post(address, third | {"max_active": "70"})
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        answer = operator.post(address, hidden | {"take-max_active": "yours"})
        assert answer.status_code == 409
        assert sandbox.world.broadcasts[outage.pk].to_json()["maxActive"] == 70

    def test_what_the_form_began_with_cannot_be_made_up(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        answer = operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"opened": "e30:made-up"})
        assert answer.status_code == 422
        assert not sandbox.requests_to("PUT", f"/{outage.pk}")


class TestWhileItCalls:
    def test_what_cannot_change_is_locked_with_the_reason(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen("Running", status="RUNNING", **SETTINGS)
        page = operator.get(f"/broadcasts/{running.pk}/edit/").text
        assert "CallFire does not promise that this changes while it is calling." in page
        form = form_on(page)
        assert "from_number" not in form
        operator.post(f"/broadcasts/{running.pk}/edit/", form | {"from_number": "6465550142", "name": "Ran"})
        after = sandbox.world.broadcasts[running.pk].to_json()
        assert (after["fromNumber"], after["name"]) == ("12135550111", "Ran")

    def test_one_that_began_to_call_meanwhile_keeps_what_is_locked(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        sandbox.world.broadcasts[outage.pk].status = "RUNNING"
        answer = operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"from_number": "6465550142"})
        assert answer.status_code == 422
        assert "Stop it first." in answer.text
        assert not sandbox.requests_to("PUT", f"/{outage.pk}")


class TestDoubt:
    def test_a_lost_answer_is_looked_up(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        sandbox.fail_next("PUT", f"/{outage.pk}", drop="after")
        operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"max_active": "25"})
        assert AuditEvent.objects.get().outcome == "done"

    def test_a_change_that_never_arrived_is_told_in_the_end(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        sandbox.fail_next("PUT", f"/{outage.pk}", drop="before")
        operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"max_active": "25"})
        assert AuditEvent.objects.get().outcome == "unknown"
        with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=False):
            tasks.follow_up_open_actions()
        event = AuditEvent.objects.get()
        assert (event.outcome, event.sentence) == ("failed", "CallFire did not take over: Calls at once.")

    def test_callfire_away_keeps_what_was_typed(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        sandbox.stop_listening()
        answer = operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"name": "Typed with care"})
        assert answer.status_code == 503
        assert "Typed with care" in answer.text


class TestWhoMay:
    def test_a_viewer_may_not(self, viewer: SignedIn, outage: BroadcastSnapshot) -> None:
        assert viewer.get(f"/broadcasts/{outage.pk}/edit/").status_code == 403

    def test_an_archived_one_is_not_edited(self, operator: SignedIn, seen: Seen, sandbox: Sandbox) -> None:
        archived = seen("Old")
        sandbox.world.broadcasts[archived.pk].status = "ARCHIVED"
        answer = operator.get(f"/broadcasts/{archived.pk}/edit/")
        assert answer.status_code == 409
        assert "archived" in answer.text


class TestCloning:
    def test_a_copy_begins_with_everything_but_what_must_be_new(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        page = operator.get(f"/broadcasts/{outage.pk}/clone/").text
        form = form_on(page)
        assert form["name"] == "Outage notice (copy)"
        operator.post("/broadcasts/new/", form)
        copy = max(sandbox.world.broadcasts.values(), key=lambda each: each.id).to_json()
        original = sandbox.world.broadcasts[outage.pk].to_json()
        assert copy["sounds"]["liveSoundId"] == original["sounds"]["liveSoundId"]
        assert copy["localTimeRestriction"] == HOURS
        assert copy["status"] == "STOPPED"
        assert len(sandbox.world.broadcasts) == 2
