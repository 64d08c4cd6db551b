"""POST /broadcasts/refresh/"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from campaigns import shared
from campaigns.models import BroadcastSnapshot
from tests.campaigns.outages import cut_off_redis
from tests.campaigns.reading import words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

REFRESH = "/broadcasts/refresh/"


def readings(sandbox: Sandbox) -> int:
    return len(sandbox.requests_to("GET", "/calls/broadcasts"))


class TestReadingTheListAgain:
    def test_it_reads_the_list_and_says_so(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.world.add_broadcast(name="Fresh from CallFire")
        answer = operator.post(REFRESH, follow=True)
        assert answer.redirect_chain == [("/broadcasts/", 302)]
        assert "Reading the list from CallFire." in words(answer)
        assert BroadcastSnapshot.objects.get().name == "Fresh from CallFire"

    def test_while_somebody_reads_it_nobody_else_does(self, operator: SignedIn, sandbox: Sandbox) -> None:
        shared.claim("snapshots:refreshing", 60)
        answer = operator.post(REFRESH, follow=True)
        assert "The list is being read from CallFire already." in words(answer)
        assert readings(sandbox) == 0

    def test_it_can_be_asked_for_again_when_the_reading_is_over(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        operator.post(REFRESH)
        operator.post(REFRESH)
        assert readings(sandbox) == 2

    def test_it_can_be_asked_for_again_after_a_reading_that_failed(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        sandbox.fail_next("GET", "/calls/broadcasts", status=403)
        operator.post(REFRESH)
        sandbox.world.add_broadcast()
        operator.post(REFRESH)
        assert BroadcastSnapshot.objects.count() == 1

    def test_htmx_is_led_back_by_a_page_load(self, operator: SignedIn, sandbox: Sandbox) -> None:
        answer = operator.post(REFRESH, headers={"HX-Request": "true"})
        assert (answer.status_code, answer["HX-Redirect"]) == (204, "/broadcasts/")


class TestTheWayBack:
    def test_it_leads_back_to_the_list_as_it_was_filtered(self, operator: SignedIn, sandbox: Sandbox) -> None:
        answer = operator.post(REFRESH, {"next": "/broadcasts/?q=storm&page=2"})
        assert answer["Location"] == "/broadcasts/?q=storm&page=2"

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://evil.example/",
            "//evil.example/",
            "///evil.example",
            "\\\\evil.example",
            "http:evil.example",
            "javascript:alert(1)",
            "https://testserver/broadcasts/",
            "",
        ],
    )
    def test_it_never_leads_to_another_host(
        self, operator: SignedIn, sandbox: Sandbox, elsewhere: str
    ) -> None:
        assert operator.post(REFRESH, {"next": elsewhere})["Location"] == "/broadcasts/"


class TestWithoutRedis:
    def test_the_list_stays_and_the_page_says_so(
        self, operator: SignedIn, sandbox: Sandbox, settings: Settings
    ) -> None:
        cut_off_redis(settings)
        answer = operator.post(REFRESH, follow=True)
        assert answer.status_code == 200
        assert readings(sandbox) == 0
        assert "being read from CallFire already" not in words(answer)


class TestWhoMay:
    def test_a_viewer_may_ask_for_it(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        assert viewer.post(REFRESH).status_code == 302
        assert readings(sandbox) == 1

    def test_get_does_nothing(self, operator: SignedIn, sandbox: Sandbox) -> None:
        assert operator.get(REFRESH).status_code == 405
        assert readings(sandbox) == 0

    def test_without_the_token_of_our_page_it_is_refused(self, operator: SignedIn, sandbox: Sandbox) -> None:
        operator.handler.enforce_csrf_checks = True
        assert operator.post(REFRESH).status_code == 403
        assert readings(sandbox) == 0

    def test_signed_out_it_is_refused(self, client: SignedIn, sandbox: Sandbox, db: None) -> None:
        assert client.post(REFRESH)["Location"].startswith("/accounts/login/")
        assert readings(sandbox) == 0
