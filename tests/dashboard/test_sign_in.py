"""Signing in and out: closed by default, throttled, and never leading elsewhere."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt
from django.test import Client
from pytest_django import Settings

from campaigns.models import User
from campaigns.permissions import Role
from tests.conftest import SignedIn

LOGIN = "/accounts/login/"
SECRET = "a long enough password"


@pytest.fixture
def dana(db: None) -> User:
    """Dana Ruiz, an operator who is not signed in yet."""
    return User.objects.create_user(
        "dana", password=SECRET, first_name="Dana", last_name="Ruiz", role=Role.OPERATOR
    )


@pytest.mark.django_db
class TestClosedByDefault:
    @pytest.mark.parametrize(
        "path", ["/", "/broadcasts/", "/broadcasts/1/", "/activity/", "/admin/", "/accounts/password/"]
    )
    def test_every_page_asks_for_sign_in(self, client: Client, path: str) -> None:
        assert client.get(path, follow=True).request["PATH_INFO"] == LOGIN

    def test_the_admin_has_no_door_of_its_own(self, client: Client) -> None:
        answer = client.get("/admin/login/?next=/admin/campaigns/user/")
        assert answer["Location"] == f"{LOGIN}?next=/admin/campaigns/user/"

    def test_an_admin_goes_straight_in(self, admin: SignedIn) -> None:
        assert admin.get("/admin/login/")["Location"] == "/admin/"
        assert admin.get("/admin/").status_code == 200


@pytest.mark.usefixtures("dana")
class TestSigningIn:
    def test_it_leads_to_the_overview(self, client: Client) -> None:
        answer = client.post(LOGIN, {"username": "dana", "password": SECRET})
        assert answer["Location"] == "/"

    def test_it_leads_back_to_the_page_that_was_asked_for(self, client: Client) -> None:
        page = client.get(f"{LOGIN}?next=/broadcasts/%3Fq%3Dspring").content.decode()
        assert "You will return to the page you opened." in page
        answer = client.post(LOGIN, {"username": "dana", "password": SECRET, "next": "/broadcasts/?q=spring"})
        assert answer["Location"] == "/broadcasts/?q=spring"

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
    def test_it_never_leads_elsewhere(self, client: Client, elsewhere: str) -> None:
        answer = client.post(LOGIN, {"username": "dana", "password": SECRET, "next": elsewhere})
        assert answer["Location"] == "/"

    def test_the_shell_names_the_person_and_the_role(self, client: Client) -> None:
        client.post(LOGIN, {"username": "dana", "password": SECRET})
        page = client.get("/accounts/password/").content.decode()
        assert "Account: Dana Ruiz, operator" in page
        assert '<span class="avatar" aria-hidden="true">DR</span>' in page

    def test_somebody_signed_in_does_not_see_the_form_again(self, operator: SignedIn) -> None:
        assert operator.get(LOGIN)["Location"] == "/"

    def test_it_says_nothing_of_returning_when_there_is_nowhere_to(self, client: Client) -> None:
        assert "You will return" not in client.get(LOGIN).content.decode()


@pytest.mark.usefixtures("dana")
class TestWrongPasswords:
    def test_each_counts_down_beside_the_field(self, client: Client) -> None:
        for left in ("4 tries", "3 tries", "2 tries", "1 try"):
            page = client.post(LOGIN, {"username": "dana", "password": "guess"})
            assert page.status_code == 422
            text = page.content.decode()
            assert f"Name and password do not match. {left} left." in text
            assert 'aria-invalid="true" aria-describedby="password_error"' in text
            assert "guess" not in text

    def test_the_fifth_closes_the_door_and_says_for_how_long(self, client: Client) -> None:
        for _ in range(4):
            client.post(LOGIN, {"username": "dana", "password": "guess"})
        page = client.post(LOGIN, {"username": "dana", "password": "guess"})
        assert page.status_code == 429
        text = page.content.decode()
        assert "Too many tries to sign in" in text
        assert "Wait 15 minutes" in text

    def test_the_right_password_does_not_open_a_closed_door(self, client: Client) -> None:
        for _ in range(5):
            client.post(LOGIN, {"username": "dana", "password": "guess"})
        assert client.post(LOGIN, {"username": "dana", "password": SECRET}).status_code == 429

    def test_other_people_at_the_same_address_still_get_in(self, client: Client) -> None:
        User.objects.create_user("tom", password=SECRET)
        for _ in range(5):
            client.post(LOGIN, {"username": "dana", "password": "guess"})
        assert client.post(LOGIN, {"username": "tom", "password": SECRET}).status_code == 302

    @pytest.mark.parametrize(
        ("stranger", "hers"),
        [("198.51.100.7", "203.0.113.9"), ("203.0.113.9, 198.51.100.7", "203.0.113.9"), ("?", "2001:db8::9")],
        ids=["two addresses", "one that claims to be hers", "one the proxy does not know"],
    )
    def test_behind_a_proxy_a_stranger_closes_no_door_but_their_own(
        self, client: Client, settings: Settings, stranger: str, hers: str
    ) -> None:
        settings.HTTPS_ONLY = True
        for _ in range(5):
            wrong = {"username": "dana", "password": "guess"}
            client.post(LOGIN, wrong, headers={"X-Forwarded-For": stranger})
        right, here = {"username": "dana", "password": SECRET}, {"X-Forwarded-For": hers}
        assert client.post(LOGIN, right, headers=here).status_code == 302

    def test_without_a_proxy_nobody_comes_from_an_address_they_claim(self, client: Client) -> None:
        for attempt in range(5):
            wrong, claim = (
                {"username": "dana", "password": "guess"},
                {"X-Forwarded-For": f"192.0.2.{attempt}"},
            )
            answer = client.post(LOGIN, wrong, headers=claim)
        assert answer.status_code == 429

    def test_getting_in_forgets_the_wrong_tries(self, client: Client) -> None:
        for password in ("guess", "guess", SECRET):
            client.post(LOGIN, {"username": "dana", "password": password})
        assert not AccessAttempt.objects.exists()

    def test_somebody_switched_off_hears_the_same_words(self, client: Client, dana: User) -> None:
        dana.is_active = False
        dana.save()
        page = client.post(LOGIN, {"username": "dana", "password": SECRET})
        assert "Name and password do not match." in page.content.decode()

    def test_a_name_nobody_has_hears_the_same_words(self, client: Client) -> None:
        page = client.post(LOGIN, {"username": "nobody", "password": "guess"})
        assert "Name and password do not match. 4 tries left." in page.content.decode()

    def test_an_empty_form_is_not_a_try(self, client: Client) -> None:
        page = client.post(LOGIN, {"username": "", "password": ""})
        assert page.status_code == 422
        assert "This field is required." in page.content.decode()
        assert not AccessAttempt.objects.exists()

    def test_the_form_is_protected_from_other_sites(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        assert strict.post(LOGIN, {"username": "dana", "password": SECRET}).status_code == 403


class TestSigningOut:
    def test_it_takes_a_post(self, operator: SignedIn) -> None:
        assert operator.get("/accounts/logout/").status_code == 405
        assert operator.post("/accounts/logout/")["Location"] == LOGIN
        assert operator.get("/accounts/password/").status_code == 302

    def test_twice_is_once(self, operator: SignedIn) -> None:
        for _ in range(2):
            assert operator.post("/accounts/logout/")["Location"] == LOGIN
        login = {"username": "operator", "password": "operator-password"}
        assert "nothing was changed" not in operator.post(LOGIN, login, follow=True).text


@pytest.mark.django_db
class TestPractice:
    def test_the_sign_in_page_names_the_practice_logins(self, client: Client, settings: Settings) -> None:
        settings.PRACTICE_MODE = True
        page = client.get(LOGIN).content.decode()
        assert "Practice: nobody is called" in page
        assert '<td class="mono">practice-operator</td>' in page

    def test_without_practice_it_names_nobody(self, client: Client) -> None:
        assert "practice" not in client.get(LOGIN).content.decode().lower()

    def test_every_page_says_that_nobody_is_called(self, operator: SignedIn, settings: Settings) -> None:
        assert "nobody is called" not in operator.get("/accounts/password/").content.decode()
        settings.PRACTICE_MODE = True
        assert "Practice: nobody is called" in operator.get("/accounts/password/").content.decode()
