"""Changing one's own password."""

from __future__ import annotations

import pytest
from django.test import Client

from campaigns.models import AuditEvent
from tests.conftest import SignedIn

PASSWORD = "/accounts/password/"
NEW = "seven red wheelbarrows"


def form(*, old: str = "operator-password", new: str = NEW, again: str = NEW) -> dict[str, str]:
    return {"old_password": old, "new_password1": new, "new_password2": again}


class TestChangingThePassword:
    def test_it_asks_for_the_present_one_and_the_new_one_twice(self, operator: SignedIn) -> None:
        page = operator.get(PASSWORD).content.decode()
        for label in ("Present password", "New password", "New password once more"):
            assert f">{label}</label>" in page

    def test_it_takes_effect_and_the_person_stays_signed_in(self, operator: SignedIn) -> None:
        assert operator.post(PASSWORD, form())["Location"] == "/accounts/password/done/"
        done = operator.get("/accounts/password/done/")
        assert done.status_code == 200
        assert '<h1 tabindex="-1">Password changed</h1>' in done.content.decode()
        operator.user.refresh_from_db()
        assert operator.user.check_password(NEW)

    def test_it_ends_every_other_session(self, operator: SignedIn) -> None:
        elsewhere = Client()
        elsewhere.force_login(operator.user, backend="django.contrib.auth.backends.ModelBackend")
        assert elsewhere.get(PASSWORD).status_code == 200
        operator.post(PASSWORD, form())
        assert elsewhere.get(PASSWORD).status_code == 302

    def test_it_is_written_down_without_the_password(self, operator: SignedIn) -> None:
        operator.post(PASSWORD, form())
        event = AuditEvent.objects.get()
        assert (event.action, event.by, event.object_name) == ("change password", operator.user, "operator")
        assert NEW not in f"{event.sentence}{event.detail}"

    def test_a_refused_one_is_no_change(self, operator: SignedIn) -> None:
        operator.post(PASSWORD, form(old="wrong"))
        assert not AuditEvent.objects.exists()

    @pytest.mark.parametrize(
        ("old", "new", "again", "field"),
        [
            ("wrong", NEW, NEW, "id_old_password"),
            ("operator-password", NEW, "another", "id_new_password2"),
            ("operator-password", "short", "short", "id_new_password2"),
            ("operator-password", "12345678901234", "12345678901234", "id_new_password2"),
            ("operator-password", "operator12", "operator12", "id_new_password2"),
        ],
        ids=["wrong present one", "typed differently", "too short", "digits alone", "like the name"],
    )
    def test_a_refusal_is_told_on_top_and_at_its_field(
        self, operator: SignedIn, old: str, new: str, again: str, field: str
    ) -> None:
        page = operator.post(PASSWORD, form(old=old, new=new, again=again))
        assert page.status_code == 422
        text = page.content.decode()
        assert "Your password was not changed." in text
        assert f'<a href="#{field}">' in text
        assert f'id="{field}_error"' in text
        operator.user.refresh_from_db()
        assert operator.user.check_password("operator-password")
