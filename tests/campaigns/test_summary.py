"""campaigns/services/summary.py"""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callfire_api import AnsweringMachineConfig, Voice
from campaigns.models import BroadcastSnapshot
from campaigns.services import summary

CAREFUL: dict[str, Any] = {
    "fromNumber": "12135550100",
    "answeringMachineConfig": "AM_AND_LIVE",
    "localTimeRestriction": {
        "enabled": True,
        "beginHour": 9,
        "beginMinute": 0,
        "endHour": 20,
        "endMinute": 30,
    },
    "retryConfig": {"maxAttempts": 2, "minutesBetweenAttempts": 45, "retryResults": ["BUSY", "NO_ANS", "AM"]},
    "sounds": {
        "liveSoundText": "The power is out.",
        "liveSoundTextVoice": "FEMALE1",
        "machineSoundId": 55,
        "transferDigit": "1",
        "transferNumber": "12135550199",
        "dncDigit": "9",
    },
    "maxActive": 1500,
}


def lines(settings: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The settings in words, by term."""
    return {each.term: each.lines for each in summary.in_words(BroadcastSnapshot(settings=settings))}


def headlines(settings: dict[str, Any]) -> list[str]:
    return [warning.headline for warning in summary.warnings(BroadcastSnapshot(settings=settings))]


class TestHours:
    def test_enforced_hours_are_local_to_each_person(self) -> None:
        assert lines(CAREFUL)["Hours"] == ("09:00 – 20:30 local to each person",)

    def test_hours_that_are_shown_but_not_enforced_are_off(self) -> None:
        shown = {"enabled": False, "beginHour": 8, "beginMinute": 0, "endHour": 21, "endMinute": 0}
        assert lines(CAREFUL | {"localTimeRestriction": shown})["Hours"] == (
            "At any hour: quiet hours are off",
        )

    @pytest.mark.parametrize("restriction", [None, {}, {"beginHour": 8, "endHour": 21}, {"enabled": True}])
    def test_hours_nobody_switched_on_are_off(self, restriction: dict[str, Any] | None) -> None:
        assert lines({"localTimeRestriction": restriction})["Hours"] == ("At any hour: quiet hours are off",)


class TestMessages:
    def test_a_text_is_quoted_with_its_voice(self) -> None:
        assert lines(CAREFUL)["Live message"] == ("“The power is out.”", "Text, Female 1")

    def test_a_sound_goes_by_its_id(self) -> None:
        assert lines(CAREFUL)["Voicemail"] == ("Sound 55",)

    def test_a_text_outweighs_the_sound_that_callfire_made_of_it(self) -> None:
        both = {"liveSoundText": "Hello", "liveSoundId": 77}
        assert lines({"sounds": both})["Live message"] == ("“Hello”", "Text")

    def test_a_missing_live_message_is_said(self) -> None:
        assert lines({})["Live message"] == ("None",)

    def test_a_missing_voicemail_is_left_out(self) -> None:
        assert "Voicemail" not in lines({})

    def test_an_ivr_script_replaces_the_messages(self) -> None:
        said = lines(CAREFUL | {"dialplanXml": "<dialplan/>"})
        assert said["Message"] == ("An IVR script",)
        assert "Live message" not in said

    def test_the_keys_say_what_they_do(self) -> None:
        assert lines(CAREFUL)["Keys"] == ("1 transfers to (213)\N{NO-BREAK SPACE}555-0199", "9 opts out")

    def test_a_key_that_transfers_to_nobody_is_said(self) -> None:
        assert lines({"sounds": {"transferDigit": "1"}})["Keys"] == ("1 transfers to nobody",)

    @pytest.mark.parametrize("voice", Voice.known())
    def test_every_voice_has_a_name(self, voice: str) -> None:
        (_, said) = lines({"sounds": {"liveSoundText": "Hi", "liveSoundTextVoice": voice}})["Live message"]
        assert voice not in said

    def test_a_voice_nobody_knows_is_shown_as_it_came(self) -> None:
        (_, said) = lines({"sounds": {"liveSoundText": "Hi", "liveSoundTextVoice": "ROBOT9"}})["Live message"]
        assert said == "Text, ROBOT9"


class TestMachines:
    @pytest.mark.parametrize("config", AnsweringMachineConfig.known())
    def test_every_way_to_treat_machines_has_words(self, config: str) -> None:
        (said,) = lines({"answeringMachineConfig": config})["Machines"]
        assert config not in said

    def test_a_way_nobody_knows_is_shown_as_it_came(self) -> None:
        assert lines({"answeringMachineConfig": "MAYBE"})["Machines"] == ("Other (MAYBE)",)

    def test_it_says_when_callfire_did_not(self) -> None:
        assert lines({})["Machines"] == ("CallFire did not say",)


class TestTries:
    def test_they_say_how_often_when_and_why(self) -> None:
        assert lines(CAREFUL)["Tries"] == ("Up to 2 more after 45 min if busy, no answer or voicemail",)

    @pytest.mark.parametrize(
        "retries",
        [
            None,
            {},
            {"maxAttempts": 3},
            {"retryResults": ["BUSY"]},
            {"maxAttempts": 0, "retryResults": ["BUSY"]},
        ],
    )
    def test_without_a_number_or_a_reason_nobody_is_tried_again(self, retries: dict[str, Any] | None) -> None:
        assert lines({"retryConfig": retries})["Tries"] == ("Once; nobody is tried again",)

    def test_a_result_nobody_knows_is_shown_as_it_came(self) -> None:
        retries = {"maxAttempts": 1, "minutesBetweenAttempts": 5, "retryResults": ["HICCUP"]}
        (said,) = lines({"retryConfig": retries})["Tries"]
        assert "hiccup" in said.lower()


class TestTheRest:
    def test_the_caller_id_reads_like_a_number(self) -> None:
        assert lines(CAREFUL)["Caller ID"] == ("(213)\N{NO-BREAK SPACE}555-0100",)

    def test_a_missing_caller_id_is_said(self) -> None:
        assert lines({})["Caller ID"] == ("Not chosen",)

    def test_the_pace_limit_counts_calls_and_transfers(self) -> None:
        assert lines(CAREFUL)["Pace limit"] == ("1,500 calls at once",)
        assert lines({"maxActive": 10, "maxActiveTransfers": 4})["Pace limit"] == (
            "10 calls at once, 4 transfers",
        )

    def test_labels_are_there_only_when_there_are_some(self) -> None:
        assert lines({"labels": ["north", "urgent"]})["Labels"] == ("north", "urgent")
        assert "Labels" not in lines({"labels": []})

    def test_carrying_on_the_next_day_is_said_only_when_it_does(self) -> None:
        assert "Next day" in lines({"resumeNextDay": True})
        assert "Next day" not in lines({"resumeNextDay": False})


class TestSchedules:
    def test_a_whole_schedule_names_days_hours_dates_and_zone(self) -> None:
        schedule = {
            "daysOfWeek": ["MONDAY", "TUESDAY"],
            "startDate": {"year": 2026, "month": 11, "day": 2},
            "stopDate": {"year": 2026, "month": 12, "day": 24},
            "startTimeOfDay": {"hour": 9, "minute": 0, "second": 0},
            "stopTimeOfDay": {"hour": 17, "minute": 30, "second": 0},
            "timeZone": "America/New_York",
        }
        assert lines({"schedules": [schedule]})["Schedule"] == (
            "Monday and Tuesday 09:00 – 17:30, from Nov 2, 2026 to Dec 24, 2026 (America/New_York)",
        )

    def test_an_open_end_is_no_end(self) -> None:
        schedule = {"startDate": {"year": 2026, "month": 11, "day": 2}, "startTimeOfDay": {"hour": 9}}
        assert lines({"schedules": [schedule]})["Schedule"] == (
            "Every day from 09:00, from Nov 2, 2026 (zone not given)",
        )

    def test_each_schedule_has_its_line(self) -> None:
        assert len(lines({"schedules": [{}, {}]})["Schedule"]) == 2

    def test_none_is_started_by_hand(self) -> None:
        assert lines({})["Schedule"] == ("None, started by hand",)


class TestWarnings:
    def test_careful_settings_have_none(self) -> None:
        assert headlines(CAREFUL) == []

    def test_bare_settings_have_all_that_apply(self) -> None:
        assert headlines({}) == [
            "Quiet hours are off.",
            "No caller ID is chosen.",
            "There is no live message.",
            "There is no message for machines.",
            "No opt-out key is offered.",
        ]

    def test_calling_people_again_who_answered_is_one(self) -> None:
        retries = {"maxAttempts": 1, "retryResults": ["LA"]}
        assert headlines(CAREFUL | {"retryConfig": retries}) == ["People who answered are called again."]

    def test_an_ivr_script_brings_its_own_messages_and_keys(self) -> None:
        scripted = {key: value for key, value in CAREFUL.items() if key != "sounds"}
        assert headlines(scripted | {"dialplanXml": "<dialplan/>"}) == []


_keys = st.sampled_from(
    [
        *CAREFUL,
        *CAREFUL["localTimeRestriction"],
        *CAREFUL["retryConfig"],
        *CAREFUL["sounds"],
        "schedules", "startDate", "startTimeOfDay", "stopTimeOfDay", "year", "month", "day", "hour", "minute",
        "daysOfWeek", "timeZone", "labels", "dialplanXml", "maxActiveTransfers", "resumeNextDay",
    ]
)  # fmt: skip
_scalars = st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=12)
_json = st.recursive(_scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner))


class TestWhateverComes:
    @given(st.dictionaries(_keys, _json))
    def test_any_settings_have_words(self, settings: dict[str, Any]) -> None:
        said = lines(settings)
        assert {"Caller ID", "Machines", "Hours", "Tries", "Pace limit", "Schedule"} <= set(said)
        assert all(all(each) for each in said.values())

    @given(st.dictionaries(_keys, _json))
    def test_any_settings_can_be_warned_about(self, settings: dict[str, Any]) -> None:
        assert all(each.endswith(".") for each in headlines(settings))

    @given(st.text(min_size=1))
    def test_any_caller_id_is_shown_with_all_its_digits(self, number: str) -> None:
        (shown,) = lines({"fromNumber": number})["Caller ID"]
        digits, shown_digits = (re.sub(r"\D", "", text) for text in (number, shown))
        assert shown_digits in (digits, digits[1:])
