"""/sounds/preview/"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import AuditEvent
from campaigns.services.sounds import PREVIEWS_PER_HOUR
from tests.campaigns.reading import markup, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.http import HttpResponseBase

    from callfire_api.sandbox import Sandbox

TEXT = {"message": "Tonight it freezes.", "voice": "FEMALE1"}
HTMX = {"HX-Request": "true", "HX-Target": "live_preview"}


@pytest.fixture(autouse=True)
def _disk(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def player(answer: HttpResponseBase) -> str | None:
    """The address that the player of the answer plays."""
    found = re.search(r'src="(/sounds/\d+/audio)"', markup(answer))
    return found and found[1]


class TestListening:
    def test_callfire_makes_a_sound_of_the_text_which_can_be_played(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        answer = operator.post("/sounds/preview/", TEXT, headers=HTMX)
        (request,) = sandbox.requests_to("POST", "/tts")
        assert request.body == TEXT
        address = player(answer)
        assert address
        assert operator.get(address)["Content-Type"] == "audio/mpeg"
        assert "About 2 s" in words(answer)
        assert sandbox.violations == []

    def test_htmx_gets_the_player_alone_and_a_browser_a_page(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        assert "<html" not in operator.post("/sounds/preview/", TEXT, headers=HTMX).text
        page = operator.post("/sounds/preview/", TEXT)
        assert "Tonight it freezes." in page.text
        assert "<audio controls" in page.text
        assert "go back in your browser" in words(page)

    def test_the_form_of_a_broadcast_names_the_slot_to_hear(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        operator.post(
            "/sounds/preview/",
            {
                "slot": "machine",
                "live_text": "Hello.",
                "live_voice": "MALE1",
                "machine_text": "Goodbye.",
                "machine_voice": "SPANISH1",
            },
        )
        assert sandbox.requests_to("POST", "/tts")[0].body == {"message": "Goodbye.", "voice": "SPANISH1"}

    def test_the_same_text_costs_one(self, operator: SignedIn, admin: SignedIn, sandbox: Sandbox) -> None:
        players = {player(who.post("/sounds/preview/", TEXT)) for who in (operator, admin, operator)}
        assert len(players) == 1
        assert len(sandbox.requests_to("POST", "/tts")) == 1

    def test_another_voice_is_another_sound(self, operator: SignedIn, sandbox: Sandbox) -> None:
        players = {
            player(operator.post("/sounds/preview/", TEXT | {"voice": voice}))
            for voice in ("FEMALE1", "FEMALE2")
        }
        assert len(players) == 2

    @pytest.mark.django_db(transaction=True)
    def test_two_clicks_at_the_same_moment_cost_one(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.fail_next("POST", "/tts", delay_seconds=0.3)

        def click(_: int) -> str | None:
            other = Client()
            other.cookies = operator.cookies
            try:
                return player(other.post("/sounds/preview/", TEXT))
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as hands:
            players = set(hands.map(click, range(4)))
        assert len(players) == 1
        assert None not in players
        assert len(sandbox.requests_to("POST", "/tts")) == 1

    def test_it_is_written_down(self, operator: SignedIn, sandbox: Sandbox) -> None:
        operator.post("/sounds/preview/", TEXT)
        event = AuditEvent.objects.get()
        assert (event.action, event.by, event.outcome) == ("preview", operator.user, "done")


class TestWhatCannotBeHeard:
    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"message": " "}, "Write what is to be said, then listen."),
            ({"message": "x" * 4001}, "Listen to at most 4,000 characters at a time."),
            ({"voice": "ROBOT"}, "Choose one of CallFire’s voices."),
            ({"voice": ""}, "Choose a voice, then listen."),
        ],
    )
    def test_it_says_what_to_change(
        self, operator: SignedIn, sandbox: Sandbox, change: dict[str, str], sentence: str
    ) -> None:
        answer = operator.post("/sounds/preview/", TEXT | change, headers=HTMX)
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert not sandbox.requests

    def test_callfires_refusal_is_told(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.fail_next("POST", "/tts", status=400, message="No swearing, please.")
        answer = operator.post("/sounds/preview/", TEXT)
        assert answer.status_code == 409
        assert "No swearing, please." in words(answer)
        assert AuditEvent.objects.get().outcome == "refused"

    def test_an_account_without_the_right_is_told(
        self, operator: SignedIn, sandbox: Sandbox, settings: Settings
    ) -> None:
        settings.CALLFIRE_LOGIN, settings.CALLFIRE_PASSWORD = sandbox.limited_login, sandbox.limited_password
        answer = operator.post("/sounds/preview/", TEXT)
        assert answer.status_code == 502
        assert "does not let our API key do this" in words(answer)

    @pytest.mark.parametrize(("drop", "applied"), [("before", False), ("after", True)])
    def test_a_lost_answer_is_not_asked_for_again_by_itself(
        self, operator: SignedIn, sandbox: Sandbox, drop: Literal["before", "after"], applied: bool
    ) -> None:
        sandbox.fail_next("POST", "/tts", drop=drop)
        assert operator.post("/sounds/preview/", TEXT).status_code == 504
        assert [request.applied for request in sandbox.requests_to("POST", "/tts")] == [applied]
        assert AuditEvent.objects.get().outcome == "unknown"

    def test_without_callfire_nothing_is_sent(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.stop_listening()
        assert operator.post("/sounds/preview/", TEXT).status_code == 503
        assert AuditEvent.objects.get().outcome == "failed"

    def test_a_sound_that_is_still_being_made_is_heard_later(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        operator.post("/sounds/preview/", TEXT)
        (number,) = sandbox.world.sounds
        sandbox.world.sounds[number]["status"] = "UPLOAD"
        answer = operator.post("/sounds/preview/", TEXT)
        assert player(answer) is None
        assert "CallFire is still making it." in words(answer)
        sandbox.world.sounds[number]["status"] = "ACTIVE"
        assert player(operator.post("/sounds/preview/", TEXT)) == f"/sounds/{number}/audio"
        assert len(sandbox.requests_to("POST", "/tts")) == 1

    def test_an_account_without_spoken_previews_is_told_what_that_means(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        sandbox.fail_next("POST", "/tts", status=404)
        answer = operator.post("/sounds/preview/", TEXT)
        assert answer.status_code == 200
        assert "no such service for this account" in words(answer)
        assert "A broadcast can speak it all the same." in words(answer)
        assert AuditEvent.objects.get().outcome == "refused"

    def test_a_sound_that_is_gone_is_made_anew(self, operator: SignedIn, sandbox: Sandbox) -> None:
        operator.post("/sounds/preview/", TEXT)
        (number,) = sandbox.world.sounds
        del sandbox.world.sounds[number]
        assert "CallFire no longer has the sound" in words(operator.post("/sounds/preview/", TEXT))
        assert player(operator.post("/sounds/preview/", TEXT))

    def test_a_viewer_makes_no_sounds(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        assert viewer.post("/sounds/preview/", TEXT).status_code == 403
        assert not sandbox.requests

    def test_reading_is_not_enough(self, operator: SignedIn) -> None:
        assert operator.get("/sounds/preview/").status_code == 405


class TestTheLimit:
    @pytest.fixture(autouse=True)
    def _heard_enough(self, operator: SignedIn) -> None:
        AuditEvent.objects.bulk_create(
            AuditEvent(action="preview", by=operator.user, by_name="Otto", outcome="done")
            for _ in range(PREVIEWS_PER_HOUR)
        )

    def test_a_new_text_has_to_wait(self, operator: SignedIn, sandbox: Sandbox) -> None:
        answer = operator.post("/sounds/preview/", TEXT)
        assert "30 new texts within an hour" in words(answer)
        assert not sandbox.requests_to("POST", "/tts")

    def test_others_may_go_on(self, operator: SignedIn, admin: SignedIn, sandbox: Sandbox) -> None:
        assert player(admin.post("/sounds/preview/", TEXT))

    def test_what_was_heard_can_be_heard_again(
        self, operator: SignedIn, admin: SignedIn, sandbox: Sandbox
    ) -> None:
        admin.post("/sounds/preview/", TEXT)
        assert player(operator.post("/sounds/preview/", TEXT))

    def test_it_is_over_after_an_hour(self, operator: SignedIn, sandbox: Sandbox) -> None:
        with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
            assert player(operator.post("/sounds/preview/", TEXT))
