"""Pages for when something is wrong: each says what happened and what to do, and survives what it reports."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from tests.conftest import SignedIn

pytestmark = pytest.mark.urls("tests.campaigns.trouble_urls")

HTMX = {"HX-Request": "true", "HX-Target": "stats"}


@pytest.fixture
def database_away(transactional_db: None) -> Iterator[None]:
    """The database cannot be opened; comes back afterwards."""
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = "/there/is/no/such/database"
    yield
    connection.settings_dict["NAME"] = name
    connection.close()


@pytest.fixture
def visitor() -> Client:
    """A browser that, like a real one, gets the error page instead of the exception."""
    return Client(raise_request_exception=False)


class TestForbidden:
    def test_it_says_what_is_not_allowed_which_role_one_has_and_that_nothing_changed(
        self, viewer: SignedIn
    ) -> None:
        page = viewer.get("/t/admins/")
        assert page.status_code == 403
        text = page.content.decode()
        assert '<h1 tabindex="-1">You may not manage people and settings</h1>' in text
        assert "Your role is viewer." in text
        assert "Nothing was changed." in text

    def test_htmx_gets_a_notice(self, viewer: SignedIn) -> None:
        notice = viewer.get("/t/admins/", headers=HTMX)
        assert (notice.status_code, notice["HX-Retarget"]) == (403, "#notices")

    def test_an_admin_page_is_forbidden_with_the_same_words(self, operator: SignedIn) -> None:
        page = operator.get("/admin/", follow=True)
        assert page.status_code == 403
        assert "You may not manage people and settings" in page.content.decode()

    def test_an_old_form_token_says_how_to_go_on(self, operator: SignedIn) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = operator.cookies
        page = strict.post("/t/form/", {"name": "x"})
        assert page.status_code == 403
        text = page.content.decode()
        assert "This page is out of date" in text
        assert "Nothing was changed." in text

    def test_the_token_on_every_page_lets_htmx_write(self, operator: SignedIn) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = operator.cookies
        page = strict.get("/accounts/password/")
        token = page.content.decode().split('hx-headers=\'{"X-CSRFToken": "')[1].split('"')[0]
        answer = strict.post("/t/form/", {"name": "x"}, headers={**HTMX, "X-CSRFToken": token})
        assert answer.content == b"x"


class TestNotFound:
    def test_it_says_so_and_offers_the_search(self, operator: SignedIn) -> None:
        page = operator.get("/no/such/page/")
        assert page.status_code == 404
        text = page.content.decode()
        assert "There is no such page" in text
        assert 'aria-label="Find a broadcast"' in text

    def test_it_repeats_what_the_page_itself_said(self, operator: SignedIn) -> None:
        assert "There is no such batch</h1>" in operator.get("/t/missing/").content.decode()

    @pytest.mark.django_db
    def test_somebody_who_is_signed_out_sees_no_figures(self, visitor: Client) -> None:
        page = visitor.get("/no/such/page/")
        assert page.status_code == 404
        text = page.content.decode()
        assert 'class="sidenav"' not in text
        assert ">Sign in</a>" in text


class TestBadRequest:
    def test_a_host_that_is_not_ours_is_refused_in_words(self, visitor: Client) -> None:
        page = visitor.get("/accounts/login/", headers={"Host": "evil.example"})
        assert page.status_code == 400
        text = page.content.decode()
        assert "We cannot read this request" in text
        assert "evil" not in text


class TestBugs:
    def test_a_bug_is_a_page_with_a_reference_and_no_stack(self, operator: SignedIn) -> None:
        operator.raise_request_exception = False
        page = operator.get("/t/bug/", headers={"X-Request-ID": "reference-4711"})
        assert page.status_code == 500
        text = page.content.decode()
        assert "Something went wrong in Callboard" in text
        assert "Reference reference-4711" in text
        assert "ValueError" not in text

    def test_a_bug_during_htmx_is_a_notice(self, operator: SignedIn) -> None:
        operator.raise_request_exception = False
        notice = operator.get("/t/bug/", headers=HTMX)
        assert (notice.status_code, notice["HX-Retarget"]) == (500, "#notices")

    def test_it_keeps_the_readers_theme(self, operator: SignedIn) -> None:
        operator.raise_request_exception = False
        operator.cookies["theme"] = "dark"
        assert '<html lang="en" data-theme="dark"' in operator.get("/t/bug/").content.decode()


@pytest.mark.usefixtures("database_away")
class TestDatabaseAway:
    def test_a_page_that_asks_for_it_says_so(self, visitor: Client) -> None:
        page = visitor.get("/t/database/?page=2")
        assert page.status_code == 503
        text = page.content.decode()
        assert "Callboard cannot reach its database" in text
        assert 'href="/t/database/?page=2"' in text

    def test_htmx_gets_a_notice(self, visitor: Client) -> None:
        notice = visitor.get("/t/database/", headers=HTMX)
        assert (notice.status_code, notice["HX-Retarget"]) == (503, "#notices")

    def test_so_does_a_session_that_cannot_be_read(self, visitor: Client) -> None:
        visitor.cookies["sessionid"] = "a" * 32
        page = visitor.get("/broadcasts/")
        assert page.status_code == 503
        assert "Callboard cannot reach its database" in page.content.decode()

    def test_the_cause_is_logged(self, visitor: Client, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.ERROR, "campaigns"):
            visitor.get("/t/database/")
        assert any(record.exc_info for record in caplog.records if record.name == "campaigns.middleware")
