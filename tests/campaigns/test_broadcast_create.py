"""/broadcasts/new/"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from campaigns.models import AuditEvent
from tests.campaigns.conftest import token_of
from tests.campaigns.reading import form_on
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

NEW = "/broadcasts/new/"


def filled(**changes: Any) -> dict[str, Any]:
    """A form of a careful broadcast; ``changes`` replace or, with None, take away fields."""
    form = {
        "name": "Planned outage – Grid 9",
        "from_number": "(213) 555-0111",
        "labels": "outage, grid-9",
        "kind": "sounds",
        "live_source": "text",
        "live_text": "Power will be off on Thursday from 8 to 2. Press 9 to stop these calls.",
        "live_voice": "FEMALE1",
        "machine_source": "text",
        "machine_text": "Power will be off on Thursday from 8 to 2.",
        "machine_voice": "MALE1",
        "transfer_source": "none",
        "dnc_source": "text",
        "dnc_text": "You will not be called again.",
        "dnc_voice": "FEMALE1",
        "dnc_digit": "9",
        "machines": "AM_AND_LIVE",
        "hours_on": "on",
        "hours_begin": "09:00",
        "hours_end": "20:00",
        "max_active": "10",
        "tries": "1",
        "minutes_between": "60",
        "retry_results": ["BUSY", "NO_ANS"],
        "strict": "on",
        "schedules-TOTAL_FORMS": "0",
        "schedules-INITIAL_FORMS": "0",
    } | changes
    return {name: value for name, value in form.items() if value is not None}


def body_of(sandbox: Sandbox) -> dict[str, Any]:
    """What CallFire was sent to make a broadcast."""
    (sent,) = sandbox.requests_to("POST", "/calls/broadcasts")
    assert isinstance(sent.body, dict)
    return sent.body


class TestTheForm:
    def test_it_begins_with_careful_settings(self, operator: SignedIn, sandbox: Sandbox) -> None:
        page = operator.get(NEW).text
        assert 'name="hours_begin" value="09:00"' in page
        assert 'name="hours_end" value="20:00"' in page
        assert "Nobody is called by making it" in page

    def test_a_viewer_may_not(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        assert viewer.get(NEW).status_code == 403
        assert viewer.post(NEW, filled()).status_code == 403
        assert not sandbox.requests

    def test_it_works_while_callfire_is_away(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.stop_listening()
        assert operator.get(NEW).status_code == 200


class TestCreating:
    def test_everything_typed_arrives(self, operator: SignedIn, sandbox: Sandbox) -> None:
        answer = operator.post(
            NEW,
            filled(
                **{
                    "transfer_source": "text",
                    "transfer_text": "One moment.",
                    "transfer_voice": "MALE1",
                    "transfer_digit": "1",
                    "transfer_number": "213-555-0190",
                    "next_day": "on",
                    "max_active_transfers": "6",
                    "retry_phone_types": ["FIRST_NUMBER", "MOBILE_PHONE"],
                    "schedules-TOTAL_FORMS": "1",
                    "schedules-0-start_date": "2031-11-26",
                    "schedules-0-start_time": "10:00",
                    "schedules-0-stop_date": "2031-11-27",
                    "schedules-0-stop_time": "18:00",
                    "schedules-0-days": ["THURSDAY", "FRIDAY"],
                    "schedules-0-zone": "America/Los_Angeles",
                }
            ),
        )
        sent = sandbox.requests_to("POST", "/calls/broadcasts")
        assert len(sent) == 1
        body = sent[0].body
        assert isinstance(body, dict)
        reference = [label for label in body.pop("labels") if label.startswith("cb-ref-")]
        assert len(reference) == 1
        assert body == {
            "name": "Planned outage – Grid 9",
            "fromNumber": "12135550111",
            "sounds": {
                "liveSoundText": "Power will be off on Thursday from 8 to 2. Press 9 to stop these calls.",
                "liveSoundTextVoice": "FEMALE1",
                "machineSoundText": "Power will be off on Thursday from 8 to 2.",
                "machineSoundTextVoice": "MALE1",
                "transferSoundText": "One moment.",
                "transferSoundTextVoice": "MALE1",
                "transferDigit": "1",
                "transferNumber": "12135550190",
                "dncSoundText": "You will not be called again.",
                "dncSoundTextVoice": "FEMALE1",
                "dncDigit": "9",
            },
            "answeringMachineConfig": "AM_AND_LIVE",
            "maxActive": 10,
            "maxActiveTransfers": 6,
            "localTimeRestriction": {
                "enabled": True,
                "beginHour": 9,
                "beginMinute": 0,
                "endHour": 20,
                "endMinute": 0,
            },
            "retryConfig": {
                "maxAttempts": 1,
                "minutesBetweenAttempts": 60,
                "retryResults": ["BUSY", "NO_ANS"],
                "retryPhoneTypes": ["FIRST_NUMBER", "MOBILE_PHONE"],
            },
            "schedules": [
                {
                    "startDate": {"year": 2031, "month": 11, "day": 26},
                    "startTimeOfDay": {"hour": 10, "minute": 0, "second": 0},
                    "stopDate": {"year": 2031, "month": 11, "day": 27},
                    "stopTimeOfDay": {"hour": 18, "minute": 0, "second": 0},
                    "timeZone": "America/Los_Angeles",
                    "daysOfWeek": ["THURSDAY", "FRIDAY"],
                }
            ],
            "resumeNextDay": True,
        }
        assert sandbox.violations == []
        (made,) = sandbox.world.broadcasts
        assert answer["Location"] == f"/broadcasts/{made}/"

    def test_it_is_stopped_and_calls_nobody(self, operator: SignedIn, sandbox: Sandbox) -> None:
        page = operator.post(NEW, filled(people="213 555 0123\n(213) 555-0124"), follow=True).text
        (made,) = sandbox.world.broadcasts.values()
        assert made.status == "STOPPED"
        assert len(sandbox.world.calls(made.id)) == 2
        assert "cb-ref-" not in page

    def test_people_bring_what_the_message_speaks_of(self, operator: SignedIn, sandbox: Sandbox) -> None:
        text = {"live_text": "Hello ${name}. Press 9 to stop these calls."}
        answer = operator.post(NEW, filled(people="2135550123", **text))
        assert answer.status_code == 422
        assert "The message speaks of name" in answer.text
        operator.post(NEW, filled(people="number, name\n2135550123, Ana", **text))
        body = sandbox.requests_to("POST", "/calls/broadcasts")[0].body
        assert isinstance(body, dict)
        assert body["recipients"] == [{"phoneNumber": "12135550123", "attributes": {"name": "Ana"}}]

    def test_create_and_start_goes_on_to_the_question(self, operator: SignedIn, sandbox: Sandbox) -> None:
        answer = operator.post(NEW, filled(create_and_start="1", people="2135550123"))
        (made,) = sandbox.world.broadcasts
        assert answer["Location"] == f"/broadcasts/{made}/start/"
        assert not sandbox.requests_to("POST", "/start")

    @pytest.mark.parametrize(
        ("mode", "sent"),
        [
            ("AM_AND_LIVE", {"live", "machine", "transfer", "dnc"}),
            ("AM_ONLY", {"machine"}),
            ("LIVE_WITH_AMD", {"live", "transfer", "dnc"}),
            ("LIVE_IMMEDIATE", {"live", "transfer", "dnc"}),
        ],
    )
    def test_only_the_messages_that_are_heard_are_sent(
        self, operator: SignedIn, sandbox: Sandbox, mode: str, sent: set[str]
    ) -> None:
        transfer = {"transfer_source": "text", "transfer_text": "One moment.", "transfer_digit": "1"}
        operator.post(NEW, filled(machines=mode, transfer_number="213-555-0190", **transfer))
        body = body_of(sandbox)
        assert body["answeringMachineConfig"] == mode
        assert {key.removesuffix("SoundText") for key in body["sounds"] if key.endswith("SoundText")} == sent
        assert ("dncDigit" in body["sounds"], "transferNumber" in body["sounds"]) == (
            "dnc" in sent,
            "transfer" in sent,
        )

    @pytest.mark.parametrize(
        ("mode", "changes"),
        [
            ("AM_ONLY", {"live_source": "none", "live_text": "", "dnc_digit": ""}),
            ("LIVE_WITH_AMD", {"machine_source": "none", "machine_text": ""}),
            ("LIVE_IMMEDIATE", {"machine_text": ""}),
        ],
    )
    def test_a_message_nobody_hears_is_not_asked_for(
        self, operator: SignedIn, sandbox: Sandbox, mode: str, changes: dict[str, str]
    ) -> None:
        assert operator.post(NEW, filled(machines=mode, **changes)).status_code == 302
        assert len(sandbox.world.broadcasts) == 1

    def test_keys_may_play_sounds_from_the_library(self, operator: SignedIn, sandbox: Sandbox) -> None:
        hold, goodbye = (sandbox.world.add_sound(name=name) for name in ("Please hold", "Goodbye"))
        operator.post(
            NEW,
            filled(
                transfer_source="sound",
                transfer_sound_id=str(hold),
                transfer_digit="1",
                transfer_number="213-555-0190",
                dnc_source="sound",
                dnc_sound_id=str(goodbye),
            ),
        )
        sounds = body_of(sandbox)["sounds"]
        assert (sounds["transferSoundId"], sounds["dncSoundId"]) == (hold, goodbye)
        assert not {"transferSoundText", "transferSoundTextVoice", "dncSoundText"} & set(sounds)
        assert sandbox.violations == []

    @pytest.mark.parametrize(("strict", "told"), [("on", "true"), (None, "false")])
    def test_callfire_is_told_whether_one_bad_number_refuses_all(
        self, operator: SignedIn, sandbox: Sandbox, strict: str | None, told: str
    ) -> None:
        operator.post(NEW, filled(people="2135550123", strict=strict))
        (sent,) = sandbox.requests_to("POST", "/calls/broadcasts")
        assert sent.query["strictValidation"] == [told]

    def test_a_label_may_have_a_comma(self, operator: SignedIn, sandbox: Sandbox) -> None:
        labels = 'outage, "Grid 9, north", 5" pipe, "say ""hi"", please"'
        operator.post(NEW, filled(labels=labels))
        (made,) = sandbox.world.broadcasts.values()
        told = [label for label in made.to_json()["labels"] if not label.startswith("cb-ref-")]
        assert told == ["outage", "Grid 9, north", '5" pipe', 'say "hi", please']
        form = form_on(operator.get(f"/broadcasts/{made.id}/edit/").text)
        assert form["labels"] == 'outage, "Grid 9, north", "5"" pipe", "say ""hi"", please"'

    def test_a_script_instead_of_sounds(self, operator: SignedIn, sandbox: Sandbox) -> None:
        script = '<dialplan name="Root"><play type="tts">Hello</play></dialplan>'
        operator.post(NEW, filled(kind="script", script=script))
        body = sandbox.requests_to("POST", "/calls/broadcasts")[0].body
        assert isinstance(body, dict)
        assert body["dialplanXml"] == script
        assert "sounds" not in body


class TestNeverTwice:
    def test_a_form_sent_twice_makes_one(self, operator: SignedIn, sandbox: Sandbox) -> None:
        form = filled(token=token_of(operator.get(NEW).text))
        answers = [operator.post(NEW, form) for _ in range(2)]
        assert len(sandbox.world.broadcasts) == 1
        assert answers[0]["Location"] == answers[1]["Location"]

    def test_a_form_changed_after_it_made_one_is_not_lost(self, operator: SignedIn, sandbox: Sandbox) -> None:
        form = filled(token=token_of(operator.get(NEW).text))
        operator.post(NEW, form)
        answer = operator.post(NEW, form | {"name": "Another one"})
        assert answer.status_code == 409
        assert "Send it again to make another one." in answer.text
        assert "Another one" in answer.text
        assert len(sandbox.world.broadcasts) == 1

    def test_people_changed_after_it_made_one_are_not_lost(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        form = filled(token=token_of(operator.get(NEW).text), people="2135550123")
        operator.post(NEW, form)
        answer = operator.post(NEW, form | {"people": "2135550123\n2135550124"})
        assert answer.status_code == 409
        assert "Send it again to make another one." in answer.text
        assert form_on(answer.text)["people"] == "2135550123\n2135550124"
        (made,) = sandbox.world.broadcasts.values()
        assert len(sandbox.world.calls(made.id)) == 1
        assert "2135550123" not in str(AuditEvent.objects.values())

    def test_a_lost_answer_is_looked_up(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.fail_next("POST", "/calls/broadcasts", drop="after")
        answer = operator.post(NEW, filled())
        (made,) = sandbox.world.broadcasts
        assert answer["Location"] == f"/broadcasts/{made}/"
        assert len(sandbox.requests_to("POST", "/calls/broadcasts")) == 1

    def test_a_success_without_an_id_is_looked_up(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.fail_next("POST", "/calls/broadcasts", status=200, body="<html>")
        operator.post(NEW, filled())
        assert AuditEvent.objects.get().outcome == "done"
        assert len(sandbox.world.broadcasts) == 1

    @pytest.mark.parametrize("more", [{}, {"create_and_start": "1"}])
    def test_one_that_callfire_made_before_it_fell_silent_is_said_to_be_made(
        self, operator: SignedIn, sandbox: Sandbox, more: dict[str, str]
    ) -> None:
        sandbox.fail_share("GET", share=1.0, drop="before")
        answer = operator.post(NEW, filled(**more), follow=True)
        (made,) = sandbox.world.broadcasts
        assert answer.status_code == 200
        assert f"Made as broadcast {made}." in answer.text
        assert f'href="/broadcasts/{made}/"' in answer.text

    def test_one_that_never_arrived_is_not_sent_again_and_nothing_typed_is_lost(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        sandbox.fail_next("POST", "/calls/broadcasts", drop="before")
        answer = operator.post(NEW, filled(), follow=True)
        event = AuditEvent.objects.get()
        assert answer.redirect_chain == [(f"/broadcasts/new/{event.token}/", 302)]
        assert "we look for it" in answer.text
        assert len(sandbox.requests_to("POST", "/calls/broadcasts")) == 1
        kept = operator.get(f"{NEW}?from={event.token}").text
        assert "Planned outage – Grid 9" in kept
        assert "Press 9 to stop these calls." in kept

    def test_its_people_are_kept_too(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.fail_next("POST", "/calls/broadcasts", drop="before")
        page = operator.post(NEW, filled(people="2135550123\n2135550124"))
        assert page.status_code == 202
        assert "2135550123" not in str(AuditEvent.objects.values())
        hidden = dict(re.findall(r'<input type="hidden" name="(kept\w*)" value="([^"]*)">', page.text))
        form = form_on(operator.post(NEW, hidden).text)
        assert form["people"] == "2135550123\n2135550124"
        assert form["name"] == "Planned outage – Grid 9"
        operator.post(NEW, form)
        (made,) = sandbox.world.broadcasts.values()
        assert len(sandbox.world.calls(made.id)) == 2

    def test_people_nobody_sealed_are_not_taken(self, operator: SignedIn, sandbox: Sandbox) -> None:
        page = operator.post(NEW, {"kept": "made-up", "kept_people": "2135550123"})
        assert page.status_code == 200
        assert form_on(page.text)["people"] == ""


class TestRefusals:
    def test_callfires_own_refusal_comes_back_onto_the_form(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        sandbox.switches.from_number_must_be_verified = True
        answer = operator.post(NEW, filled(from_number="(646) 555-0142"))
        assert answer.status_code == 422
        assert AuditEvent.objects.get().sentence in answer.text.replace("&#x27;", "'")
        assert "Press 9 to stop these calls." in answer.text
        assert not sandbox.world.broadcasts

    def test_no_browser_cuts_what_is_pasted_into_it(self, operator: SignedIn, sandbox: Sandbox) -> None:
        page = operator.get(NEW).text
        for name in ("name", "labels", "live_text", "script", "people"):
            tag = re.search(rf'<(?:input|textarea)[^>]*name="{name}"[^>]*>', page)
            assert tag is not None
            assert "maxlength" not in tag.group()

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"name": " "}, "Give it a name"),
            ({"name": "x" * 10_000}, "at most 200 characters"),
            ({"name": "\x07\u200b"}, "Give it a name"),
            ({"live_text": "\x07 …"}, "Write what is said"),
            ({"from_number": "555-0111"}, "10-digit number"),
            ({"live_source": "none"}, "People who answer need a message"),
            ({"live_text": ""}, "Write what is said"),
            ({"machine_source": "none"}, "leaves a message on machines"),
            ({"transfer_digit": "1"}, "Enter the number this key connects to."),
            ({"transfer_digit": "1"}, "Choose what people hear before they are connected"),
            (
                {"transfer_digit": "1", "transfer_number": "2135550190"},
                "Choose what people hear before they are connected",
            ),
            ({"transfer_source": "text", "transfer_text": "One moment."}, "needs a key and a number."),
            ({"dnc_source": "none"}, "Choose what people hear when they opted out"),
            ({"dnc_digit": ""}, "An opt-out sound needs a key."),
            ({"transfer_number": "2135550190"}, "Choose the key that connects"),
            ({"transfer_digit": "9", "transfer_number": "2135550190"}, "One key cannot do both."),
            ({"hours_end": "21:30"}, "End by 21:00."),
            ({"hours_begin": "07:00"}, "Begin at 08:00 or later."),
            ({"hours_begin": "19:00", "hours_end": "10:00"}, "End later than you begin."),
            ({"hours_on": None}, "Say why people may be called outside"),
            ({"hours_end": "20:30"}, "Say why people may be called outside"),
            ({"kind": "script"}, "Paste the script"),
            ({"kind": "script", "script": "<a>\n<b></a>"}, "look at line 2, column 6"),
            ({"kind": "script", "script": "\n\n  <a></b>"}, "look at line 3, column 8"),
            (
                {"kind": "script", "script": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'},
                "declares a document type or entities",
            ),
            ({"retry_results": []}, "Choose after which results"),
            ({"people": "2135550123\n123"}, "Line 2:"),
            ({"people": "2135550123," + "x" * 20_000}, "at most 20000 characters; these are 20011"),
            ({"labels": "x" * 80}, "at most 60 characters"),
            ({"labels": "outage, cb-ref-123"}, "“cb-ref-123” cannot be a label"),
            (
                {"kind": "script", "script": '<?xml version="1.0" encoding="foo"?><a/>'},
                "The first line of the script may only say",
            ),
            (
                {"kind": "script", "script": '<?xml version="1.1"?><a/>'},
                "The first line of the script may only say",
            ),
            ({"kind": "script", "script": "<a>" * 51 + "</a>" * 51}, "more than 50 elements inside"),
            ({"live_source": "sound", "live_sound_id": "987654"}, "CallFire has no sound 987654"),
            ({"schedules-TOTAL_FORMS": "25"}, "Use at most 20 schedules."),
            ({"max_active": "many"}, "Enter a whole number from 1 to 1,000."),
            ({"max_active": "5000"}, "Enter a whole number from 1 to 1,000."),
            ({"tries": ""}, "Enter a whole number from 0 to 10."),
            ({"machines": "WHATEVER"}, "“WHATEVER” is not one of the choices."),
            ({"retry_results": ["WHATEVER"]}, "“WHATEVER” is not one of the choices."),
            ({"hours_begin": "9 o’clock"}, "Enter a time like 09:30."),
            ({"schedules-TOTAL_FORMS": "x"}, "The schedule arrived damaged."),
        ],
    )
    def test_bad_input_gets_a_sentence_and_keeps_everything(
        self, operator: SignedIn, sandbox: Sandbox, changes: dict[str, Any], sentence: str
    ) -> None:
        answer = operator.post(NEW, filled(**changes))
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "Power will be off on Thursday from 8 to 2." in answer.text
        assert not sandbox.requests_to("POST", "/calls/broadcasts")

    def test_a_script_may_say_that_it_is_xml(self, operator: SignedIn, sandbox: Sandbox) -> None:
        script = '<?xml version="1.0" encoding="UTF-8"?>\n<dialplan name="Root"/>'
        assert operator.post(NEW, filled(kind="script", script=script)).status_code == 302

    @pytest.mark.parametrize(("status", "answer"), [("ACTIVE", 302), ("UPLOAD", 422)])
    def test_a_sound_must_be_one_that_can_be_played(
        self, operator: SignedIn, sandbox: Sandbox, status: str, answer: int
    ) -> None:
        sound = sandbox.world.add_sound(name="Notice", status=status)
        chosen = filled(live_source="sound", live_sound_id=str(sound))
        assert operator.post(NEW, chosen).status_code == answer

    def test_where_the_library_does_not_answer_nobody_is_kept_from_sending(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        sound = sandbox.world.add_sound(name="Notice")
        sandbox.fail_next("GET", "/sounds", status=500, times=20)
        chosen = filled(live_source="sound", live_sound_id=str(sound))
        assert operator.post(NEW, chosen).status_code == 302

    def test_a_sound_nobody_touched_is_not_looked_for(self, operator: SignedIn, sandbox: Sandbox) -> None:
        held = sandbox.world.add_broadcast(name="Held", fromNumber="12135550111", sounds={"liveSoundId": 55})
        form = form_on(operator.get(f"/broadcasts/{held.id}/edit/").text)
        answer = operator.post(f"/broadcasts/{held.id}/edit/", form | {"name": "Renamed"})
        assert answer.status_code == 302


class TestTrouble:
    @pytest.mark.parametrize(
        ("answer", "status", "title"),
        [
            ({"status": 401}, 502, "CallFire rejects our API credentials"),
            ({"status": 403}, 502, "CallFire does not let our API key do this"),
            ({"status": 429, "headers": {"Retry-After": "7"}}, 503, "CallFire asks us to slow down"),
        ],
    )
    def test_it_is_not_called_a_mistake_and_nothing_typed_is_lost(
        self, operator: SignedIn, sandbox: Sandbox, answer: dict[str, Any], status: int, title: str
    ) -> None:
        sandbox.fail_next("POST", "/calls/broadcasts", times=10, **answer)
        page = operator.post(NEW, filled())
        assert page.status_code == status
        assert page.text.count(title) == 1
        assert "This needs fixing" not in page.text
        assert "Press 9 to stop these calls." in page.text
        assert not sandbox.world.broadcasts

    def test_a_bad_value_is_called_a_mistake(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.fail_next("POST", "/calls/broadcasts", status=400, message="fromNumber is odd")
        page = operator.post(NEW, filled())
        assert page.status_code == 422
        assert "fromNumber is odd" in page.text


class TestSchedules:
    def test_a_row_is_added_without_a_script_and_nothing_is_lost(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        answer = operator.post(NEW, filled(add_schedule="1", name=""))
        assert answer.status_code == 200
        assert "Give it a name" not in answer.text
        assert 'name="schedules-0-start_date"' in answer.text
        assert "This needs fixing" not in answer.text
        assert "Press 9 to stop these calls." in answer.text
        assert not sandbox.world.broadcasts

    def test_a_removed_row_is_not_sent(self, operator: SignedIn, sandbox: Sandbox) -> None:
        row = {
            "schedules-TOTAL_FORMS": "1",
            "schedules-0-start_date": "2031-11-26",
            "schedules-0-start_time": "10:00",
            "schedules-0-zone": "America/New_York",
            "schedules-0-DELETE": "on",
        }
        operator.post(NEW, filled(**row))
        body = sandbox.requests_to("POST", "/calls/broadcasts")[0].body
        assert isinstance(body, dict)
        assert "schedules" not in body

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-01-01"])
    def test_a_day_that_cannot_be_meant_gets_a_sentence(
        self, operator: SignedIn, sandbox: Sandbox, day: str
    ) -> None:
        row = {
            "schedules-TOTAL_FORMS": "1",
            "schedules-0-start_date": day,
            "schedules-0-start_time": "10:00",
            "schedules-0-zone": "America/New_York",
        }
        answer = operator.post(NEW, filled(**row))
        assert answer.status_code == 422
        assert "Choose a day between 2005 and 2100." in answer.text
        assert not sandbox.requests_to("POST", "/calls/broadcasts")

    def test_a_start_that_is_over_is_refused(self, operator: SignedIn, sandbox: Sandbox) -> None:
        row = {
            "schedules-TOTAL_FORMS": "1",
            "schedules-0-start_date": "2024-11-26",
            "schedules-0-start_time": "10:00",
            "schedules-0-zone": "America/New_York",
        }
        answer = operator.post(NEW, filled(**row))
        assert answer.status_code == 422
        assert "This start is over already." in answer.text
        assert not sandbox.requests_to("POST", "/calls/broadcasts")

    def test_an_end_before_the_start_gets_a_sentence(self, operator: SignedIn, sandbox: Sandbox) -> None:
        row = {
            "schedules-TOTAL_FORMS": "1",
            "schedules-0-start_date": "2031-11-26",
            "schedules-0-start_time": "10:00",
            "schedules-0-stop_date": "2031-11-20",
            "schedules-0-zone": "America/New_York",
        }
        answer = operator.post(NEW, filled(**row))
        assert answer.status_code == 422
        assert "The last day lies before the first." in answer.text
