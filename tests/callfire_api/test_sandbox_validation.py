"""What is sent is held against the documents; whatever breaks them is a 400 and a violation."""

from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callfire_api.sandbox import Sandbox
from tests.callfire_api.sandbox_caller import call, numbers

LIST = "/calls/broadcasts"
PERSON = {"phoneNumber": "12135550100"}
SCHEDULE = {
    "startDate": {"year": 2026, "month": 12, "day": 1},
    "startTimeOfDay": {"hour": 9, "minute": 0, "second": 0},
    "daysOfWeek": ["MONDAY"],
    "timeZone": "America/New_York",
}


def is_violation(sandbox: Sandbox, response: requests.Response) -> bool:
    """Refused, in the documented shape, and written down."""
    return (
        response.status_code == 400
        and response.json()["httpStatusCode"] == 400
        and len(sandbox.violations) == 1
        and sandbox.violations[0].applied is False
    )


class TestBroadcastBodies:
    @pytest.mark.parametrize(
        "change",
        [
            {"colour": "red"},
            {"dialPlanXml": "<dialplan/>"},
            {"liveSoundText": "at the top level"},
            {"name": ""},
            {"name": None},
            {"name": 7},
            {"fromNumber": "213-555-010"},
            {"fromNumber": 12135550100},
            {"maxActive": "10"},
            {"maxActive": 0},
            {"maxActive": True},
            {"labels": "outage"},
            {"labels": [1]},
            {"labels": ["outage", "outage"]},
            {"answeringMachineConfig": "AM_MAYBE"},
            {"answeringMachineConfig": ["AM_ONLY"]},
            {"sounds": {"liveSoundText": "a", "liveSoundId": 3}},
            {"sounds": {"liveSoundText": "a"}, "dialplanXml": "<dialplan/>"},
            {"sounds": {"liveSoundTextVoice": "ROBOT"}},
            {"sounds": {"transferDigit": "12"}},
            {"sounds": {"greeting": "a"}},
            {"localTimeRestriction": {"beginHour": 24}},
            {"localTimeRestriction": {"enabled": "true"}},
            {"retryConfig": {"retryResults": ["SOMETIMES"]}},
            {"retryConfig": {"retryPhoneTypes": ["FAX"]}},
            {"retryConfig": {"maxAttempts": -1}},
            {"schedules": [SCHEDULE | {"timeZone": "Mars/Olympus"}]},
            {"schedules": [SCHEDULE | {"daysOfWeek": ["SOMEDAY"]}]},
            {"schedules": [SCHEDULE | {"daysOfWeek": ["MONDAY", "MONDAY"]}]},
            {"schedules": [SCHEDULE | {"startDate": "2026-12-01"}]},
            {"schedules": [SCHEDULE | {"startDate": {"year": 2026, "month": 13, "day": 1}}]},
            {"schedules": SCHEDULE},
            {"recipients": [{}]},
            {"recipients": [PERSON | {"contactId": 5}]},
            {"recipients": [PERSON | {"attributes": {"n": 1}}]},
            {"recipients": [PERSON | {"liveMessage": "only for one-off calls"}]},
            {"resumeNextDay": "no"},
        ],
    )
    def test_a_wrong_one_is_refused(self, sandbox: Sandbox, change: dict[str, Any]) -> None:
        assert is_violation(sandbox, call(sandbox, "POST", LIST, {"name": "n"} | change))
        assert not sandbox.world.broadcasts

    def test_everything_documented_is_accepted(self, sandbox: Sandbox) -> None:
        body = {
            "name": "n",
            "fromNumber": "(213) 555-0100",
            "recipients": [PERSON | {"attributes": {"ref": "1"}, "fromNumber": "12135550101"}],
            "sounds": {
                "liveSoundText": "a",
                "liveSoundTextVoice": "MALE1",
                "machineSoundId": 3,
                "dncDigit": "9",
            },
            "answeringMachineConfig": "LIVE_WITH_AMD",
            "maxActive": 5,
            "maxActiveTransfers": 1,
            "labels": ["a"],
            "localTimeRestriction": {"enabled": True, "beginHour": 9, "endHour": 20},
            "retryConfig": {"maxAttempts": 2, "minutesBetweenAttempts": 5, "retryResults": ["BUSY"]},
            "schedules": [SCHEDULE],
            "resumeNextDay": True,
            "dialplanXml": None,
        }
        assert call(sandbox, "POST", LIST, body, start="false", strictValidation="true").status_code == 201
        assert sandbox.violations == []


class TestOtherBodies:
    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/batches", {"name": "B"}),
            ("/batches", {"name": "B", "contactListId": 1, "recipients": [PERSON]}),
            ("/batches", [PERSON]),
            ("/recipients", PERSON),
            ("/recipients", {"recipients": [PERSON]}),
            ("/recipients", [PERSON | {"name": "Ana"}]),
            ("/toggleRecipientsStatus", PERSON),
        ],
    )
    def test_people_in_a_wrong_shape(self, sandbox: Sandbox, path: str, body: Any) -> None:
        broadcast = sandbox.world.add_broadcast(recipients=0)
        assert is_violation(sandbox, call(sandbox, "POST", f"{LIST}/{broadcast.id}{path}", body))
        assert sandbox.world.calls() == []

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", "/calls", [PERSON | {"liveMessage": "a", "liveMessageSoundId": 1}]),
            ("POST", "/calls", [PERSON | {"voice": "ROBOT"}]),
            ("POST", "/calls", []),
            ("POST", "/calls", numbers(11)),
            ("POST", "/campaigns/sounds/tts", {"message": "a", "voice": "ROBOT"}),
            ("POST", "/campaigns/sounds/tts", {"voice": "MALE1"}),
            ("POST", "/contacts/dncs", {"numbers": "12135550100"}),
            ("POST", "/contacts/dncs", {"call": True}),
            ("PUT", "/campaigns/batches/5", {"name": "x"}),
            ("PUT", "/contacts/dncs/12135550100", {"call": "yes"}),
            ("POST", "/me/callerids/555/verification-code", {"verificationCode": "1"}),
            (
                "POST",
                "/webhooks",
                {"name": "w", "resource": "Weather", "events": [], "callback": "https://x.test"},
            ),
            (
                "POST",
                "/webhooks",
                {"name": "w", "resource": "CallBroadcast", "events": ["Sneezed"], "callback": "x"},
            ),
            ("POST", "/webhooks", {"name": "w"}),
        ],
    )
    def test_wrong_ones_elsewhere(self, sandbox: Sandbox, method: str, path: str, body: Any) -> None:
        assert is_violation(sandbox, call(sandbox, method, path, body))

    @pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[1,"])
    def test_what_is_not_json(self, sandbox: Sandbox, raw: bytes) -> None:
        response = requests.post(
            sandbox.url + LIST,
            data=raw,
            auth=(sandbox.login, sandbox.password),
            headers={"Content-Type": "application/json; charset=utf-8"},
            timeout=10,
        )
        assert is_violation(sandbox, response)

    def test_json_under_another_name(self, sandbox: Sandbox) -> None:
        response = requests.post(
            sandbox.url + LIST, data={"name": "n"}, auth=(sandbox.login, sandbox.password), timeout=10
        )
        assert is_violation(sandbox, response)

    def test_an_action_takes_an_empty_body(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        response = call(sandbox, "POST", f"{LIST}/{broadcast.id}/start", headers=headers)
        assert response.status_code == 200
        assert response.content == b""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        body=st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["name", "sounds", "recipients", "schedules", "phoneNumber", "id", "x"]),
                    inner,
                )
            ),
            max_leaves=6,
        )
    )
    def test_no_body_makes_it_stumble(self, sandbox: Sandbox, body: Any) -> None:
        for method, path in (("POST", LIST), ("POST", "/calls"), ("POST", "/contacts/dncs")):
            response = call(sandbox, method, path, body)
            assert response.status_code in (200, 201, 400), response.text


class TestQueries:
    @pytest.mark.parametrize(
        ("path", "query"),
        [
            (LIST, {"page": 1}),
            (LIST, {"running": "yes"}),
            (LIST, {"status": "RUNNING"}),
            (LIST, {"name": ["a", "b"]}),
            ("/calls", {"states": "READY,ASLEEP"}),
            ("/calls", {"results": "MAYBE"}),
            ("/calls", {"toNumber": "555"}),
            ("/calls", {"id": ["1", "two"]}),
            ("/calls", {"inbound": "1"}),
            ("/calls", {"intervalBegin": "2026-11-23"}),
            ("/calls", {"campaignId": "1_000"}),
            ("/calls", {"campaignId": " 7"}),
            ("/calls", {"campaignId": "7" * 5000}),
            ("/calls", {"limit": "-1"}),
            ("/contacts/lists", {"orderBy": "luck"}),
        ],
    )
    def test_a_wrong_one_is_refused(self, sandbox: Sandbox, path: str, query: dict[str, Any]) -> None:
        assert is_violation(sandbox, call(sandbox, "GET", path, **query))

    @pytest.mark.parametrize("results", ["LA", "LA,AM", "SENT,RECEIVED", "LA, BUSY"])
    def test_results_may_be_words_of_calls_or_texts(self, sandbox: Sandbox, results: str) -> None:
        assert call(sandbox, "GET", "/calls", results=results).status_code == 200
