"""/broadcasts/<id>/edit/"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import time_machine
from django.utils import timezone

from campaigns import tasks
from campaigns.models import AuditEvent, BroadcastSnapshot
from campaigns.services import snapshots
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import form_on, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

HOURS = {"enabled": True, "beginHour": 9, "beginMinute": 0, "endHour": 20, "endMinute": 0}
SCRIPT = '<dialplan name="Root"><play type="tts">Hello</play></dialplan>'
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


def as_a_browser(form: dict[str, Any]) -> dict[str, Any]:
    """The fields with their lines ended as browsers end them."""
    return {
        name: re.sub(r"\r?\n", "\r\n", value) if isinstance(value, str) else value
        for name, value in form.items()
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
        strange = seen("Strange", **SETTINGS, pacing={"curve": "gentle", "steps": [1, 2.5]})
        form = form_on(operator.get(f"/broadcasts/{strange.pk}/edit/").text)
        operator.post(f"/broadcasts/{strange.pk}/edit/", form | {"name": "Stranger"})
        (put,) = sandbox.requests_to("PUT", f"/{strange.pk}")
        assert isinstance(put.body, dict)
        assert put.body["name"] == "Stranger"
        assert put.body["pacing"] == {"curve": "gentle", "steps": [1, 2.5]}

    def test_a_put_that_replaces_everything_loses_nothing(
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

    def test_what_we_do_not_know_of_a_touched_setting_goes_back_too(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        retries = {**SETTINGS["retryConfig"], "jitter": "little"}
        strange = seen("Strange", **{**SETTINGS, "retryConfig": retries})
        form = form_on(operator.get(f"/broadcasts/{strange.pk}/edit/").text)
        operator.post(f"/broadcasts/{strange.pk}/edit/", form | {"minutes_between": "30"})
        (put,) = sandbox.requests_to("PUT", f"/{strange.pk}")
        assert isinstance(put.body, dict)
        assert put.body["retryConfig"] == {**retries, "minutesBetweenAttempts": 30}

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

    @pytest.mark.parametrize(
        "odd",
        [
            {"maxActive": 5000, "maxActiveTransfers": 2000},
            {"name": "x" * 300},
            {"name": "  Spaces around  "},
            {"retryConfig": {"maxAttempts": 25, "minutesBetweenAttempts": 60, "retryResults": ["BUSY"]}},
            {"retryConfig": {"maxAttempts": 1, "minutesBetweenAttempts": 60}},
            {"fromNumber": None},
            {"sounds": {"machineSoundText": "Only this."}},
            {"sounds": {**SETTINGS["sounds"], "dncDigit": "9", "transferDigit": "9"}},
            {"sounds": {**SETTINGS["sounds"], "liveSoundText": "One.\nTwo.\r\nThree.  "}},
            {"localTimeRestriction": {**HOURS, "beginHour": 6, "endHour": 23}},
            {"labels": [f"label-{number}" for number in range(30)] + ["y" * 100]},
            {"schedules": [{"startDate": {"year": 2019, "month": 1, "day": 2}, "timeZone": "Europe/Berlin"}]},
        ],
        ids=lambda odd: next(iter(odd)),
    )
    @pytest.mark.parametrize("status", ["STOPPED", "RUNNING"])
    def test_what_is_odd_at_callfire_blocks_no_other_change(
        self, operator: SignedIn, sandbox: Sandbox, odd: dict[str, Any], status: str
    ) -> None:
        settings = {key: value for key, value in {"name": "Odd", **SETTINGS, **odd}.items() if value}
        strange = sandbox.world.add_broadcast(status=status, **settings)
        form = form_on(operator.get(f"/broadcasts/{strange.id}/edit/").text)
        answer = operator.post(f"/broadcasts/{strange.id}/edit/", as_a_browser(form) | {"next_day": "on"})
        assert answer.status_code == 302
        assert AuditEvent.objects.get().detail["changed"] == ["Next day"]
        assert sandbox.world.broadcasts[strange.id].to_json()["resumeNextDay"] is True

    def test_one_try_stays_one_when_another_setting_of_it_changes(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        retries = {"maxAttempts": 1, "minutesBetweenAttempts": 60}
        plain = sandbox.world.add_broadcast(name="Plain", **{**SETTINGS, "retryConfig": retries})
        form = form_on(operator.get(f"/broadcasts/{plain.id}/edit/").text)
        operator.post(f"/broadcasts/{plain.id}/edit/", form | {"retry_phone_types": ["MOBILE_PHONE"]})
        told = sandbox.world.broadcasts[plain.id].to_json()["retryConfig"]
        assert (told["maxAttempts"], told["retryPhoneTypes"]) == (1, ["MOBILE_PHONE"])

    def test_a_script_of_many_lines_is_not_changed_by_how_browsers_end_them(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        script = '<dialplan name="Root">\n  <play type="tts">Hello</play>\n</dialplan>\n'
        settings = {key: value for key, value in SETTINGS.items() if key != "sounds"}
        ivr = sandbox.world.add_broadcast(name="Menu", **settings, dialplanXml=script)
        form = form_on(operator.get(f"/broadcasts/{ivr.id}/edit/").text)
        operator.post(f"/broadcasts/{ivr.id}/edit/", as_a_browser(form) | {"name": "Menu 2"})
        assert AuditEvent.objects.get().detail["changed"] == ["Name"]
        assert sandbox.world.broadcasts[ivr.id].to_json()["dialplanXml"] == script

    def test_a_schedule_nobody_touched_goes_back_as_it_came(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        held = {
            "startDate": {"year": 2019, "month": 1, "day": 2},
            "startTimeOfDay": {"hour": 22, "minute": 0, "second": 30},
            "stopTimeOfDay": {"hour": 2, "minute": 0, "second": 0},
            "timeZone": "America/New_York",
            "season": "winter",
        }
        planned = sandbox.world.add_broadcast(name="Planned", **SETTINGS, schedules=[held])
        form = form_on(operator.get(f"/broadcasts/{planned.id}/edit/").text)
        added = {
            "schedules-TOTAL_FORMS": "2",
            "schedules-1-start_date": "2031-01-02",
            "schedules-1-start_time": "10:00",
            "schedules-1-zone": "America/New_York",
        }
        operator.post(f"/broadcasts/{planned.id}/edit/", form | added)
        (put,) = sandbox.requests_to("PUT", f"/{planned.id}")
        assert isinstance(put.body, dict)
        first, second = put.body["schedules"]
        assert first == held
        assert second["startDate"] == {"year": 2031, "month": 1, "day": 2}

    def test_a_message_the_new_mode_never_plays_stays_at_callfire(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        before = sandbox.world.broadcasts[outage.pk].to_json()["sounds"]["machineSoundId"]
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        changes = {"machines": "LIVE_WITH_AMD", "machine_text": "Typed, and not heard."}
        operator.post(f"/broadcasts/{outage.pk}/edit/", form | changes)
        assert AuditEvent.objects.get().detail["changed"] == ["If a machine answers"]
        assert sandbox.world.broadcasts[outage.pk].to_json()["sounds"]["machineSoundId"] == before

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


class TestWhatCannotBe:
    BOTH: ClassVar = {**SETTINGS, "dialplanXml": SCRIPT}

    def test_messages_and_a_script_at_once_are_refused_before_anything_is_intended(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        odd = sandbox.world.add_broadcast(name="Odd", **self.BOTH)
        form = form_on(operator.get(f"/broadcasts/{odd.id}/edit/").text)
        answer = operator.post(f"/broadcasts/{odd.id}/edit/", form | {"name": "Typed with care"})
        assert answer.status_code == 422
        assert "takes only one of them" in answer.text
        assert "Typed with care" in answer.text
        assert not AuditEvent.objects.exists()
        assert not sandbox.requests_to("PUT", f"/{odd.id}")

    def test_choosing_one_of_them_is_the_way_out(self, operator: SignedIn, sandbox: Sandbox) -> None:
        odd = sandbox.world.add_broadcast(name="Odd", **self.BOTH)
        form = form_on(operator.get(f"/broadcasts/{odd.id}/edit/").text)
        assert operator.post(f"/broadcasts/{odd.id}/edit/", form | {"kind": "sounds"}).status_code == 302
        (put,) = sandbox.requests_to("PUT", f"/{odd.id}")
        assert isinstance(put.body, dict)
        assert "dialplanXml" not in put.body


class TestPlaceholders:
    ANA: ClassVar = {"phoneNumber": "12135550123", "attributes": {"name": "Ana"}}
    BOB: ClassVar = {"phoneNumber": "12135550124", "attributes": {"street": "Elm"}}

    def test_a_new_one_must_be_known_of_everybody_who_waits(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        outage = seen("Outage", recipients=[self.ANA, self.BOB], **SETTINGS)
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        answer = operator.post(
            f"/broadcasts/{outage.pk}/edit/", form | {"live_text": "Hello ${name}, power is back."}
        )
        assert answer.status_code == 422
        assert "Not everybody who waits for a call brings name." in answer.text
        assert not sandbox.requests_to("PUT", f"/{outage.pk}")

    @pytest.mark.parametrize("recipients", [[ANA], []], ids=["brought", "nobody waits"])
    def test_one_that_is_known_or_cannot_be_is_saved(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, recipients: list[dict[str, Any]]
    ) -> None:
        outage = seen("Outage", recipients=recipients, **SETTINGS)
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        answer = operator.post(
            f"/broadcasts/{outage.pk}/edit/", form | {"live_text": "Hello ${name}, power is back."}
        )
        assert answer.status_code == 302

    def test_where_callfire_does_not_say_nobody_is_kept_from_saving(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        outage = seen("Outage", recipients=[self.BOB], **SETTINGS)
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        sandbox.fail_next("GET", "/calls", status=500, times=5)
        answer = operator.post(
            f"/broadcasts/{outage.pk}/edit/", form | {"live_text": "Hello ${name}, power is back."}
        )
        assert answer.status_code == 302


def hidden_on(page: str) -> dict[str, str]:
    """What the page of a conflict carries unseen."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def conflict(
    me: SignedIn,
    broadcast: BroadcastSnapshot,
    *,
    mine: dict[str, Any],
    theirs: dict[str, Any],
    by: SignedIn | None = None,
) -> Any:
    """The page I see when ``by``, or I in another window, saved while I changed it."""
    address, other = f"/broadcasts/{broadcast.pk}/edit/", by or me
    form = form_on(me.get(address).text)
    assert other.post(address, form_on(other.get(address).text) | theirs).status_code == 302
    answer = me.post(address, form | mine)
    assert answer.status_code == 409
    return answer


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

    def test_what_both_changed_alike_is_not_asked(
        self, operator: SignedIn, outage: BroadcastSnapshot
    ) -> None:
        page = conflict(
            operator,
            outage,
            mine={"max_active": "60", "name": "N"},
            theirs={"max_active": "60", "labels": "a"},
        ).text
        assert set(re.findall(r'name="take-(\w+)"', page)) == {"name", "labels"}

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

    def test_where_only_one_changed_something_either_may_be_taken(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        page = conflict(operator, outage, mine={"name": "New name"}, theirs={"max_active": "60"}).text
        operator.post(
            f"/broadcasts/{outage.pk}/edit/",
            hidden_on(page) | {"take-max_active": "yours", "take-name": "yours"},
        )
        after = sandbox.world.broadcasts[outage.pk].to_json()
        assert (after["maxActive"], after["name"]) == (10, "New name")

    def test_it_says_since_when_and_who(
        self, operator: SignedIn, admin: SignedIn, outage: BroadcastSnapshot
    ) -> None:
        answer = conflict(operator, outage, mine={"name": "New name"}, theirs={"max_active": "60"}, by=admin)
        assert re.search(
            r"Ada Admin changed this broadcast \(.+\) after you opened it \(.+\)\.", words(answer)
        )

    def test_oneself_in_another_window_is_told_so(
        self, operator: SignedIn, outage: BroadcastSnapshot
    ) -> None:
        answer = conflict(operator, outage, mine={"name": "New name"}, theirs={"max_active": "60"})
        assert "You (in another window) changed this broadcast" in words(answer)

    def test_nobody_is_named_for_what_was_changed_at_callfire_itself(
        self, operator: SignedIn, admin: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        address = f"/broadcasts/{outage.pk}/edit/"
        admin.post(address, form_on(admin.get(address).text) | {"max_active": "60"})
        form = form_on(operator.get(address).text)
        sandbox.world.broadcasts[outage.pk].settings["maxActive"] = 70
        answer = operator.post(address, form | {"max_active": "50"})
        assert "Somebody at CallFire itself or elsewhere changed this broadcast" in words(answer)
        assert "Ada Admin" not in words(answer)

    def test_both_are_told_where_one_changed_it_here_and_somebody_elsewhere(
        self, operator: SignedIn, admin: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        address = f"/broadcasts/{outage.pk}/edit/"
        form = form_on(operator.get(address).text)
        admin.post(address, form_on(admin.get(address).text) | {"max_active": "60"})
        sandbox.world.broadcasts[outage.pk].settings["name"] = "Changed there"
        answer = operator.post(address, form | {"max_active": "50"})
        assert "Ada Admin and somebody at CallFire itself or elsewhere changed" in words(answer)

    @pytest.mark.parametrize("take", ["yours", "theirs", None])
    def test_messages_and_a_script_are_one_choice(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot, take: str | None
    ) -> None:
        script = {"kind": "script", "script": SCRIPT}
        answer = conflict(operator, outage, mine={"live_text": "Power is back."}, theirs=script)
        assert answer.text.count('name="take-') == 2
        assert "IVR script" in words(answer)
        choice = {"take-message": take} if take else {}
        saved = operator.post(f"/broadcasts/{outage.pk}/edit/", hidden_on(answer.text) | choice)
        assert saved.status_code == 302
        after = sandbox.world.broadcasts[outage.pk].to_json()
        if take == "theirs":
            assert after["dialplanXml"] == SCRIPT
            assert not after.get("sounds")
        else:
            assert not after.get("dialplanXml")
            assert after["sounds"]["liveSoundText"] == "Power is back."
            assert after["sounds"]["machineSoundId"]
        assert sandbox.violations == []

    def test_the_other_way_round_too(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        script = {"kind": "script", "script": SCRIPT}
        answer = conflict(operator, outage, mine=script, theirs={"live_text": "Power is back."})
        operator.post(f"/broadcasts/{outage.pk}/edit/", hidden_on(answer.text))
        after = sandbox.world.broadcasts[outage.pk].to_json()
        assert after["dialplanXml"] == SCRIPT
        assert not after.get("sounds")

    def test_what_comes_of_both_is_checked_as_a_whole(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        opt_out = {"dnc_source": "text", "dnc_text": "You will not be called again.", "dnc_digit": "9"}
        transfer = {"transfer_source": "text", "transfer_text": "One moment.", "transfer_digit": "9"}
        page = conflict(
            operator, outage, mine=transfer | {"transfer_number": "213-555-0190"}, theirs=opt_out
        ).text
        sandbox.clear_requests()
        answer = operator.post(f"/broadcasts/{outage.pk}/edit/", hidden_on(page))
        assert answer.status_code == 422
        assert "One key cannot do both." in answer.text
        assert not sandbox.requests_to("PUT", f"/{outage.pk}")
        assert AuditEvent.objects.filter(action="update").count() == 1
        form = form_on(answer.text)
        assert (form["transfer_text"], form["dnc_text"]) == ("One moment.", "You will not be called again.")
        operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"transfer_digit": "1"})
        sounds = sandbox.world.broadcasts[outage.pk].to_json()["sounds"]
        assert (sounds["transferDigit"], sounds["dncDigit"]) == ("1", "9")

    def test_a_schedule_i_removed_is_removed_beside_their_change(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        row = {
            "startDate": {"year": 2030, "month": 1, "day": 2},
            "startTimeOfDay": {"hour": 10, "minute": 0, "second": 0},
            "timeZone": "America/New_York",
        }
        planned = seen("Planned", **SETTINGS, schedules=[row])
        page = conflict(
            operator, planned, mine={"schedules-0-DELETE": "on"}, theirs={"max_active": "60"}
        ).text
        operator.post(f"/broadcasts/{planned.pk}/edit/", hidden_on(page))
        after = sandbox.world.broadcasts[planned.pk].to_json()
        assert (after.get("schedules") or [], after["maxActive"]) == ([], 60)

    def test_why_people_may_be_called_late_goes_along(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        wide = {"hours_end": "20:45", "hours_reason": "The water is not safe tonight."}
        page = conflict(operator, outage, mine=wide, theirs={"max_active": "60"}).text
        operator.post(f"/broadcasts/{outage.pk}/edit/", hidden_on(page))
        event = AuditEvent.objects.filter(action="update").latest("id")
        assert event.detail["changed"] == ["Calling hours"]
        assert event.detail["reason_for_hours"] == "The water is not safe tonight."

    @pytest.mark.parametrize(
        ("method", "trouble", "status", "sentence"),
        [
            ("PUT", {"status": 400, "message": "maxActive is odd"}, 422, "maxActive is odd"),
            ("GET", {"status": 500}, 502, "What you typed is still here."),
            ("GET", {"drop": "before"}, 504, "What you typed is still here."),
        ],
    )
    def test_when_it_cannot_be_saved_nothing_chosen_is_lost(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        outage: BroadcastSnapshot,
        method: str,
        trouble: dict[str, Any],
        status: int,
        sentence: str,
    ) -> None:
        address = f"/broadcasts/{outage.pk}/edit/"
        mine = {"max_active": "50", "name": "Typed with care", "live_text": "Power is back."}
        page = conflict(operator, outage, mine=mine, theirs={"max_active": "60"}).text
        sandbox.fail_next(method, f"/{outage.pk}", times=9, **trouble)
        answer = operator.post(address, hidden_on(page) | {"take-max_active": "yours"})
        assert answer.status_code == status
        assert sentence in answer.text
        form = form_on(answer.text)
        assert {name: form[name] for name in mine} == mine
        sandbox.clear_faults()
        assert operator.post(address, form).status_code == 302
        after = sandbox.world.broadcasts[outage.pk].to_json()
        assert (after["maxActive"], after["name"]) == (50, "Typed with care")

    def test_what_has_to_wait_since_it_calls_is_refused_and_not_dropped(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        address = f"/broadcasts/{outage.pk}/edit/"
        form = form_on(operator.get(address).text)
        sandbox.world.broadcasts[outage.pk].settings["maxActive"] = 60
        sandbox.world.broadcasts[outage.pk].status = "RUNNING"
        page = operator.post(address, form | {"from_number": "6465550142"})
        assert page.status_code == 409
        answer = operator.post(address, hidden_on(page.text))
        assert answer.status_code == 422
        assert "Stop it first." in answer.text
        assert form_on(answer.text)["from_number"] == "(646)\N{NO-BREAK SPACE}555-0142"

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

    @pytest.mark.parametrize("is_seen", [True, False])
    def test_a_setting_locked_since_the_form_was_opened_is_refused_and_not_dropped(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot, is_seen: bool
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        sandbox.world.broadcasts[outage.pk].status = "RUNNING"
        if is_seen:
            snapshots.refresh()
        answer = operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"from_number": "6465550142"})
        assert answer.status_code == 422
        assert "Stop it first." in answer.text
        assert 'value="6465550142"' in answer.text

    def test_a_form_opened_while_it_called_is_saved_after_it_stopped(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        running = seen("Running", status="RUNNING", **SETTINGS)
        form = form_on(operator.get(f"/broadcasts/{running.pk}/edit/").text)
        sandbox.world.broadcasts[running.pk].status = "STOPPED"
        snapshots.refresh()
        answer = operator.post(f"/broadcasts/{running.pk}/edit/", form | {"name": "Ran"})
        assert answer.status_code == 302
        assert AuditEvent.objects.get().detail["changed"] == ["Name"]

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

    @pytest.mark.parametrize(
        ("status", "ours", "title"),
        [
            (401, 502, "CallFire rejects our API credentials"),
            (403, 502, "CallFire does not let our API key do this"),
            (429, 503, "CallFire asks us to slow down"),
        ],
    )
    def test_trouble_is_not_called_a_mistake_and_keeps_what_was_typed(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        outage: BroadcastSnapshot,
        status: int,
        ours: int,
        title: str,
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        sandbox.fail_next("PUT", f"/{outage.pk}", status=status, times=10)
        answer = operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"name": "Typed with care"})
        assert answer.status_code == ours
        assert title in answer.text
        assert "This needs fixing" not in answer.text
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
