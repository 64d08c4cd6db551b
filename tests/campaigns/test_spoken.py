"""campaigns/services/spoken.py: words that CallFire tells once, wherever somebody needs them later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from callfire_api import Broadcast
from callfire_api.wire import read
from campaigns.models import AuditEvent, BroadcastSnapshot, SpokenText
from campaigns.services import spoken
from tests.campaigns.conftest import Seen, status_at_callfire
from tests.campaigns.reading import form_on, words
from tests.campaigns.test_broadcast_edit import SETTINGS
from tests.campaigns.test_broadcast_start import look, press
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


def a_broadcast(**sounds: Any) -> Broadcast:
    """A broadcast with these sounds."""
    return read(Broadcast, {"id": 7, "sounds": sounds})


def told(**sounds: Any) -> dict[str, Any]:
    """The sounds of a broadcast, with the words that are known besides."""
    found = spoken.told(a_broadcast(**sounds)).raw["sounds"]
    assert isinstance(found, dict)
    return found


@pytest.fixture
def outage(seen: Seen) -> BroadcastSnapshot:
    """A stopped broadcast that speaks two texts."""
    return seen("Outage notice", **SETTINGS)


def change_something_else(browser: SignedIn, broadcast: BroadcastSnapshot) -> None:
    """Save another setting, which sends every message by the id of its sound."""
    form = form_on(browser.get(f"/broadcasts/{broadcast.pk}/edit/").text)
    browser.post(f"/broadcasts/{broadcast.pk}/edit/", form | {"max_active": "25"})


class TestAfterAChange:
    @pytest.fixture(autouse=True)
    def _changed(self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot) -> None:
        change_something_else(operator, outage)
        assert "liveSoundText" not in sandbox.world.broadcasts[outage.pk].to_json()["sounds"]

    def test_the_page_still_tells_the_words_and_the_voice(
        self, operator: SignedIn, outage: BroadcastSnapshot
    ) -> None:
        page = words(operator.get(f"/broadcasts/{outage.pk}/"))
        assert "“Power will be off.” Text, Female 1" in page
        assert "“Power will be off. Call us.”" in page

    def test_the_form_still_shows_the_words(self, operator: SignedIn, outage: BroadcastSnapshot) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        assert form["live_text"] == "Power will be off."
        assert form["live_voice"] == "FEMALE1"

    def test_a_further_change_sends_the_sounds_by_their_ids(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        answer = operator.post(f"/broadcasts/{outage.pk}/edit/", form | {"max_active": "30"}, follow=True)
        assert "Changed: Calls at once." in answer.text
        bodies = [
            put.body for put in sandbox.requests_to("PUT", f"/{outage.pk}") if isinstance(put.body, dict)
        ]
        assert [set(body["sounds"]) for body in bodies] == [{"liveSoundId", "machineSoundId"}] * 2
        assert sandbox.violations == []

    def test_a_further_change_of_the_words_is_taken_over(
        self, operator: SignedIn, outage: BroadcastSnapshot
    ) -> None:
        form = form_on(operator.get(f"/broadcasts/{outage.pk}/edit/").text)
        answer = operator.post(
            f"/broadcasts/{outage.pk}/edit/", form | {"live_text": "Power is back."}, follow=True
        )
        assert "Changed: Live message." in answer.text
        assert "“Power is back.”" in words(operator.get(f"/broadcasts/{outage.pk}/"))


class TestTheQuestionBeforeAStart:
    def test_words_that_became_an_id_meanwhile_are_no_change(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot
    ) -> None:
        form = look(operator, outage)
        sounds = sandbox.world.broadcasts[outage.pk].settings["sounds"]
        for slot in ("live", "machine"):
            del sounds[f"{slot}SoundText"], sounds[f"{slot}SoundTextVoice"]
        press(operator, outage, form)
        assert status_at_callfire(sandbox, outage) == "RUNNING"

    @pytest.mark.parametrize(
        "change",
        [{"liveSoundText": "Power is back."}, {"liveSoundText": None, "liveSoundId": 4711}],
        ids=["other words under the same id", "another sound"],
    )
    def test_another_message_is_one(
        self, operator: SignedIn, sandbox: Sandbox, outage: BroadcastSnapshot, change: dict[str, Any]
    ) -> None:
        form = look(operator, outage)
        sandbox.world.broadcasts[outage.pk].settings["sounds"].update(change)
        answer = press(operator, outage, form)
        assert answer.status_code == 409
        assert "Changed on CallFire since you looked: Live message." in words(answer)
        assert status_at_callfire(sandbox, outage) == "STOPPED"


@pytest.mark.django_db
class TestKeeping:
    def test_words_beside_their_id_are_kept(self) -> None:
        spoken.keep(a_broadcast(liveSoundText="Hello.", liveSoundTextVoice="MALE1", liveSoundId=5))
        assert told(liveSoundId=5) == {
            "liveSoundId": 5,
            "liveSoundText": "Hello.",
            "liveSoundTextVoice": "MALE1",
        }

    def test_they_belong_to_the_sound_not_to_the_slot(self) -> None:
        spoken.keep(a_broadcast(liveSoundText="Hello.", liveSoundId=5))
        assert told(dncSoundId=5)["dncSoundText"] == "Hello."
        assert told(liveSoundId=6) == {"liveSoundId": 6}

    def test_what_callfire_says_itself_comes_first(self) -> None:
        spoken.keep(a_broadcast(liveSoundText="Hello.", liveSoundId=5))
        assert told(liveSoundText="Good day.", liveSoundId=5)["liveSoundText"] == "Good day."
        spoken.keep(a_broadcast(liveSoundText="Good day.", liveSoundId=5))
        assert SpokenText.objects.get().text == "Good day."

    def test_words_just_sent_belong_to_the_sound_that_appeared(self) -> None:
        sent = {"sounds": {"liveSoundText": "Hello.", "liveSoundTextVoice": "MALE1"}}
        spoken.keep(a_broadcast(liveSoundId=5), sent=sent, before=a_broadcast(liveSoundId=4))
        assert told(liveSoundId=5)["liveSoundText"] == "Hello."

    def test_words_just_sent_are_not_those_of_a_sound_that_was_there_before(self) -> None:
        sent = {"sounds": {"liveSoundText": "Hello."}}
        spoken.keep(a_broadcast(liveSoundId=4), sent=sent, before=a_broadcast(liveSoundId=4))
        assert not SpokenText.objects.exists()

    @pytest.mark.parametrize("odd", [None, "", "x", -(2**70), 2**63, 1.5, [], True])
    def test_an_id_that_cannot_be_one_breaks_nothing(self, odd: Any) -> None:
        sounds = {"liveSoundText": "Hello.", "liveSoundId": odd}
        spoken.keep(a_broadcast(**sounds))
        assert told(liveSoundId=odd) == {"liveSoundId": odd}

    def test_words_no_database_holds_are_kept_without_what_makes_them_so(self) -> None:
        spoken.keep(a_broadcast(liveSoundText="Hel\0lo \ud800.", liveSoundTextVoice="V" * 99, liveSoundId=5))
        assert told(liveSoundId=5)["liveSoundText"].startswith("Hel")

    def test_a_new_broadcast_keeps_the_words_that_callfire_never_tells(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        original = seen("Outage notice", **SETTINGS)
        form = form_on(operator.get(f"/broadcasts/{original.pk}/clone/").text)
        form |= {"live_source": "text", "live_text": "Power is back."}
        silent = {"id": original.pk + 1000, "sounds": {"liveSoundId": 99}}
        sandbox.fail_next("GET", f"/{original.pk + 1000}", status=200, body=json.dumps(silent))
        sandbox.fail_next("POST", "/broadcasts", status=201, body=json.dumps({"id": original.pk + 1000}))
        operator.post("/broadcasts/new/", form)
        event = AuditEvent.objects.get(action="create")
        assert event.outcome == "done"
        assert told(liveSoundId=99)["liveSoundText"] == "Power is back."
