"""``manage.py create_user``."""

from __future__ import annotations

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import AuditEvent, User
from campaigns.permissions import Role

PASSWORD = "a long walk in the rain"


def create(
    monkeypatch: pytest.MonkeyPatch, name: str, *, role: str = "operator", password: str = PASSWORD
) -> str:
    """Run the command with the password on standard input; returns what it said."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    said = io.StringIO()
    call_command("create_user", name, role=role, password_stdin=True, stdout=said)
    return said.getvalue()


@pytest.mark.django_db
class TestMakingAPerson:
    @pytest.mark.parametrize("role", Role.values)
    def test_the_person_has_the_role_and_the_password(
        self, monkeypatch: pytest.MonkeyPatch, role: str
    ) -> None:
        assert create(monkeypatch, "anna", role=role) == f"anna may sign in now, as {role}.\n"
        person = User.objects.get(username="anna")
        assert person.role == role
        assert person.check_password(PASSWORD)
        assert person.is_staff is (role == "admin")

    def test_it_is_written_down(self, monkeypatch: pytest.MonkeyPatch) -> None:
        create(monkeypatch, "anna", role="admin")
        event = AuditEvent.objects.get()
        assert (event.action, event.by_name, event.object_name) == ("add person", "Callboard", "anna")
        assert event.sentence == "role: admin, on the command line"

    def test_a_name_that_is_taken_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        create(monkeypatch, "anna")
        with pytest.raises(CommandError, match="username already exists"):
            create(monkeypatch, "anna")
        assert User.objects.count() == 1

    @pytest.mark.parametrize(
        ("password", "reason"),
        [
            ("short", "too short"),
            ("1234567890123", "numeric"),
            ("password1234", "common"),
            ("anna-banana", "similar"),
        ],
    )
    def test_a_weak_password_is_refused_with_the_reason(
        self, monkeypatch: pytest.MonkeyPatch, password: str, reason: str
    ) -> None:
        with pytest.raises(CommandError, match=reason):
            create(monkeypatch, "anna-banana", password=password)
        assert not User.objects.exists()

    def test_a_name_that_cannot_be_typed_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(CommandError, match="valid username"):
            create(monkeypatch, "anna banana")

    def test_empty_input_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(CommandError, match="Standard input is empty"):
            create(monkeypatch, "anna", password="")

    def test_without_a_terminal_it_says_how_to_send_the_password(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        with pytest.raises(CommandError, match="Send it with --password-stdin"):
            call_command("create_user", "anna", role="viewer")

    def test_an_unknown_role_is_refused_with_the_known_ones(self) -> None:
        with pytest.raises(CommandError, match=r"viewer.*operator.*admin"):
            call_command("create_user", "anna", "--role", "boss")
