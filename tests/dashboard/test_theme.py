"""The theme: a choice kept in a cookie, made without any script."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.conftest import SignedIn

THEME = "/accounts/theme/"


class TestChoosingATheme:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_the_choice_is_on_the_next_page(self, operator: SignedIn, theme: str) -> None:
        assert operator.post(THEME, {"theme": theme, "next": "/broadcasts/"})["Location"] == "/broadcasts/"
        page = operator.get("/accounts/password/").content.decode()
        assert f'<html lang="en" data-theme="{theme}"' in page
        assert f'value="{theme}" aria-pressed="true">' in page

    def test_the_system_decides_until_then_and_again_when_chosen(self, operator: SignedIn) -> None:
        assert "data-theme" not in operator.get("/accounts/password/").content.decode()
        operator.post(THEME, {"theme": "dark"})
        operator.post(THEME, {"theme": "system"})
        assert "data-theme" not in operator.get("/accounts/password/").content.decode()

    def test_the_cookie_lasts_and_is_out_of_reach_of_scripts(self, operator: SignedIn) -> None:
        cookie = operator.post(THEME, {"theme": "dark"}).cookies["theme"]
        assert cookie["max-age"] == 365 * 24 * 3600
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", ""])
    def test_it_never_leads_elsewhere(self, operator: SignedIn, elsewhere: str) -> None:
        assert operator.post(THEME, {"theme": "dark", "next": elsewhere})["Location"] == "/"

    def test_a_theme_that_does_not_exist_is_422(self, operator: SignedIn) -> None:
        page = operator.post(THEME, {"theme": "<neon>"})
        assert page.status_code == 422
        assert "There is no such theme" in page.content.decode()

    def test_a_cookie_nobody_set_here_is_ignored(self, operator: SignedIn) -> None:
        operator.cookies["theme"] = 'x" onload="alert(1)'
        assert "data-theme" not in operator.get("/accounts/password/").content.decode()

    def test_it_changes_nothing_by_get(self, operator: SignedIn) -> None:
        assert operator.get(THEME).status_code == 405

    @pytest.mark.django_db
    def test_it_works_signed_out(self, client: Client) -> None:
        assert (
            client.post(THEME, {"theme": "dark", "next": "/accounts/login/"})["Location"]
            == "/accounts/login/"
        )
