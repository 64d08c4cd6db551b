"""What surrounds every request: its id, security headers, the reader's clock and theme, htmx, and trouble."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django import Settings

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox
    from tests.conftest import SignedIn

pytestmark = pytest.mark.urls("tests.campaigns.trouble_urls")

HTMX = {
    "HX-Request": "true",
    "HX-Target": "stats",
    "HX-Current-URL": "http://testserver/broadcasts/42/?tab=a",
}


class TestRequestId:
    def test_every_answer_carries_one_of_its_own(self, operator: SignedIn) -> None:
        first, second = (operator.get("/accounts/password/")["X-Request-ID"] for _ in range(2))
        assert re.fullmatch(r"[0-9a-f]{16}", first)
        assert first != second

    def test_one_from_a_proxy_is_kept(self, client: Client) -> None:
        answer = client.get("/accounts/login/", headers={"X-Request-ID": "edge-2026.11_23-0001"})
        assert answer["X-Request-ID"] == "edge-2026.11_23-0001"

    @pytest.mark.parametrize("given", ["short", "x" * 65, "a\tb c d e f", "<script>alert(1)</script>"])
    def test_one_that_could_do_harm_is_replaced(self, client: Client, given: str) -> None:
        assert client.get("/accounts/login/", headers={"X-Request-ID": given})["X-Request-ID"] != given


@pytest.mark.django_db
class TestSecurityHeaders:
    @pytest.mark.parametrize(
        "path", ["/", "/accounts/login/", "/nowhere/", "/t/bug/", "/t/admins/", "/admin/", "/healthz"]
    )
    def test_every_kind_of_answer_has_them(self, operator: SignedIn, path: str) -> None:
        operator.raise_request_exception = False
        answer = operator.get(path)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "microphone=()" in answer["Permissions-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"

    @pytest.mark.parametrize("path", ["/", "/accounts/password/", "/nowhere/", "/t/admins/"])
    def test_no_page_needs_what_the_policy_forbids(self, operator: SignedIn, path: str) -> None:
        page = operator.get(path).content.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)", page)
        assert not re.search(r"\s(style|on\w+)=", page)
        assert "<style" not in page
        assert "hx-on" not in page

    def test_pages_stay_out_of_shared_caches(self, operator: SignedIn) -> None:
        assert operator.get("/")["Cache-Control"] == "private, no-cache"


@pytest.mark.django_db
class TestReader:
    def test_times_are_the_readers(self, operator: SignedIn) -> None:
        operator.cookies["tz"] = "Europe/Berlin"
        assert re.search(r"Times are Berlin \(CES?T\)", operator.get("/accounts/password/").content.decode())

    @pytest.mark.parametrize("zone", [None, "Mars/Olympus", "../../etc/passwd", "America", ""])
    def test_without_a_zone_they_are_the_companys(self, operator: SignedIn, zone: str | None) -> None:
        if zone is not None:
            operator.cookies["tz"] = zone
        assert re.search(
            r"Times are Pacific \(P[SD]T\)", operator.get("/accounts/password/").content.decode()
        )

    def test_the_company_may_be_elsewhere(self, operator: SignedIn, settings: Settings) -> None:
        settings.DISPLAY_TIME_ZONE = "Asia/Dubai"
        assert "Times are Dubai (UTC+04)" in operator.get("/accounts/password/").content.decode()


@pytest.mark.django_db
class TestSignedOutDuringHtmx:
    def test_a_panel_gets_a_notice_and_never_a_sign_in_page(self, client: Client) -> None:
        answer = client.get("/broadcasts/42/stats/", headers=HTMX)
        assert answer.status_code == 401
        assert answer["HX-Retarget"] == "#notices"
        text = answer.content.decode()
        assert "You are signed out." in text
        assert "<form" not in text

    def test_signing_in_again_leads_back_to_the_page(self, client: Client) -> None:
        text = client.get("/broadcasts/42/stats/", headers=HTMX).content.decode()
        assert 'href="/accounts/login/?next=%2Fbroadcasts%2F42%2F%3Ftab%3Da">Sign in again</a>' in text

    def test_a_page_of_another_site_is_not_led_back_to(self, client: Client) -> None:
        headers = HTMX | {"HX-Current-URL": "https://evil.example/"}
        text = client.get("/broadcasts/42/stats/", headers=headers).content.decode()
        assert "evil" not in text
        assert "?next=%2F" in text

    @pytest.mark.parametrize("more", [{}, {"HX-Request": "true", "HX-Boosted": "true"}])
    def test_a_page_goes_to_the_sign_in_page(self, client: Client, more: dict[str, str]) -> None:
        answer = client.get("/broadcasts/", headers=more)
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/broadcasts/")


@pytest.mark.django_db
class TestSignedOutMeanwhile:
    """A form is sent from a page that was open for longer than its reader stayed signed in."""

    STOP = "/broadcasts/42/stop/"

    def test_signing_in_leads_back_to_the_page_and_says_that_nothing_was_changed(
        self, operator: SignedIn
    ) -> None:
        operator.logout()
        sent_from = {"Referer": "http://testserver/accounts/password/?from=here"}
        answer = operator.post(self.STOP, headers=sent_from)
        assert answer["Location"] == "/accounts/login/?next=/accounts/password/%3Ffrom%3Dhere"
        login = {"username": "operator", "password": "operator-password"}
        page = operator.post(answer["Location"], login, follow=True)
        assert page.redirect_chain[-1][0] == "/accounts/password/?from=here"
        assert "You were signed out, so nothing was changed. Do it again." in page.text

    @pytest.mark.parametrize("referer", ["", "https://evil.example/"])
    def test_from_no_page_of_ours_it_leads_to_the_overview(self, client: Client, referer: str) -> None:
        answer = client.post(self.STOP, headers={"Referer": referer})
        assert answer["Location"] == "/accounts/login/?next=/"


class TestTheAddressOfAButton:
    @pytest.mark.parametrize("path", ["/broadcasts/42/stop/", "/accounts/logout/"])
    def test_opened_as_a_page_it_says_what_it_is(self, operator: SignedIn, path: str) -> None:
        page = operator.get(path)
        assert page.status_code == 405
        assert "POST" in page["Allow"]
        assert '<h1 tabindex="-1">There is nothing to look at here</h1>' in page.text
        assert "Nothing was changed." in page.text


class TestHtmxAnswers:
    def test_a_redirect_becomes_a_page_load_and_keeps_its_message(self, operator: SignedIn) -> None:
        answer = operator.post("/t/leave/", headers=HTMX)
        assert answer.status_code == 204
        assert answer["HX-Redirect"] == "/broadcasts/"
        assert not answer.has_header("Location")
        assert "Stopped." in operator.get("/accounts/password/").content.decode()

    def test_a_message_arrives_with_the_fragment_once(self, operator: SignedIn) -> None:
        text = operator.get("/t/say/", headers=HTMX).content.decode()
        assert text.startswith("<p>part</p>")
        assert '<div hx-swap-oob="beforeend:#toasts">' in text
        assert "Stopped &lt;now&gt;." in text
        assert 'class="toast"' not in operator.get("/accounts/password/").content.decode()

    def test_a_page_shows_it_itself_also_when_htmx_asked_for_it(self, operator: SignedIn) -> None:
        operator.get("/t/leave/")
        page = operator.get("/accounts/password/", headers=HTMX).content.decode()
        assert page.count("Stopped.") == 1
        assert "hx-swap-oob" not in page

    def test_a_browser_gets_the_redirect(self, operator: SignedIn) -> None:
        assert operator.post("/t/leave/").status_code == 302


class TestCallFireTrouble:
    def test_down_is_a_page_with_a_way_to_try_again(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.stop_listening()
        page = operator.get("/t/read/?page=2")
        assert page.status_code == 503
        text = page.content.decode()
        assert "CallFire cannot be reached" in text
        assert "Running broadcasts keep calling." in text
        assert 'href="/t/read/?page=2"' in text

    def test_down_is_a_notice_for_htmx(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.stop_listening()
        notice = operator.get("/t/read/", headers=HTMX)
        assert notice.status_code == 503
        assert notice["HX-Retarget"] == "#notices"
        text = notice.content.decode()
        assert "<html" not in text
        assert "data-until-back" in text
        assert "Nothing was sent" not in text

    @pytest.mark.parametrize(
        ("at_callfire", "here", "title"),
        [
            (500, 502, "CallFire had a problem"),
            (401, 502, "CallFire rejects our API credentials"),
            (403, 502, "CallFire does not let our API key do this"),
            (404, 404, "CallFire does not know this"),
            (429, 503, "CallFire asks us to slow down"),
            (400, 409, "CallFire refused this"),
        ],
    )
    def test_each_answer_of_callfire_is_told_in_its_own_words(
        self, operator: SignedIn, sandbox: Sandbox, at_callfire: int, here: int, title: str
    ) -> None:
        sandbox.fail_next("GET", "/4711", times=9, status=at_callfire)
        page = operator.get("/t/read/")
        assert page.status_code == here
        assert f'<h1 tabindex="-1">{title}</h1>' in page.content.decode()

    def test_callfires_own_words_are_shown_and_escaped(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.fail_next("GET", "/4711", times=9, status=400, message="Insufficient <credits>.")
        text = operator.get("/t/read/").content.decode()
        assert "400 Bad Request: “Insufficient &lt;credits&gt;.”" in text

    def test_being_asked_to_slow_down_says_how_long(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.fail_next("GET", "/4711", times=9, status=429, headers={"Retry-After": "7"})
        assert operator.get("/t/read/")["Retry-After"] == "7"

    def test_a_lost_answer_to_a_write_warns_against_repeating_it(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        sandbox.fail_next("POST", "/start", drop="after")
        page = operator.post("/t/write/")
        assert page.status_code == 504
        text = page.content.decode()
        assert "CallFire may have done it all the same." in text
        assert "Try again" not in text

    def test_it_is_logged_without_a_stack(
        self, operator: SignedIn, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        sandbox.fail_next("GET", "/4711", times=9, status=500)
        with caplog.at_level(logging.WARNING, "campaigns"):
            operator.get("/t/read/")
        record = next(record for record in caplog.records if record.name == "campaigns.middleware")
        assert "GET /t/read/" in record.getMessage()
        assert record.exc_info is None


class TestRedisTrouble:
    def test_it_is_a_page_that_says_whose_fault_it_is(self, operator: SignedIn) -> None:
        page = operator.get("/t/redis/")
        assert page.status_code == 503
        text = page.content.decode()
        assert "Callboard cannot reach its short-term memory" in text
        assert 'href="/t/redis/"' in text

    def test_it_is_a_notice_for_htmx(self, operator: SignedIn) -> None:
        notice = operator.get("/t/redis/", headers=HTMX)
        assert (notice.status_code, notice["HX-Retarget"]) == (503, "#notices")
