"""What is made ready before the first page."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory
from pytest_django import Settings

from campaigns.models import User
from dashboard import preparation


@pytest.mark.django_db
class TestPracticePeople:
    def test_there_is_one_for_each_role(self) -> None:
        assert preparation.practice_people() == [
            ("viewer", "practice-viewer"),
            ("operator", "practice-operator"),
            ("admin", "practice-admin"),
        ]
        assert dict(User.objects.values_list("username", "role")) == {
            "viewer": "viewer",
            "operator": "operator",
            "admin": "admin",
        }

    def test_they_are_made_once(self) -> None:
        preparation.practice_people()
        before = list(User.objects.order_by("pk").values_list("pk", "password"))
        preparation.practice_people()
        assert list(User.objects.order_by("pk").values_list("pk", "password")) == before

    def test_switching_them_off_closes_the_door(self) -> None:
        preparation.practice_people()
        assert preparation.switch_practice_people_off() == ["admin", "operator", "viewer"]
        request = RequestFactory().post("/accounts/login/")
        assert authenticate(request, username="admin", password="practice-admin") is None
        assert preparation.switch_practice_people_off() == []

    def test_practising_again_opens_it(self) -> None:
        preparation.practice_people()
        preparation.switch_practice_people_off()
        preparation.practice_people()
        request = RequestFactory().post("/accounts/login/")
        assert authenticate(request, username="admin", password="practice-admin") is not None

    def test_a_real_person_of_that_name_is_left_alone(self) -> None:
        person = User.objects.create_user("admin", "ada@example.com", "her own password", role="viewer")
        people = preparation.practice_people()
        assert ("admin", "practice-admin") not in people
        assert preparation.switch_practice_people_off() == ["operator", "viewer"]
        person.refresh_from_db()
        assert (person.is_active, person.role, person.email) == (True, "viewer", "ada@example.com")
        assert person.check_password("her own password")


@pytest.mark.django_db
class TestTables:
    def test_there_is_nothing_to_do_when_they_are_up_to_date(self) -> None:
        assert preparation.migrate() is False


class TestStaticFiles:
    @pytest.fixture
    def _own_folders(self, settings: Settings, tmp_path: Path) -> None:
        (tmp_path / "source").mkdir()
        (tmp_path / "source" / "own.css").write_text("a{}", encoding="ascii")
        settings.STATICFILES_DIRS = [tmp_path / "source"]
        settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
        settings.STATIC_ROOT = tmp_path / "collected"

    @pytest.mark.usefixtures("_own_folders")
    def test_they_are_collected_when_one_has_changed_and_only_then(self, tmp_path: Path) -> None:
        assert preparation.collect_static() is True
        assert (tmp_path / "collected" / "own.css").exists()
        assert preparation.collect_static() is False
        (tmp_path / "source" / "own.css").write_text("a{b:c}", encoding="ascii")
        assert preparation.collect_static() is True
        assert (tmp_path / "collected" / "own.css").read_text(encoding="ascii") == "a{b:c}"

    @pytest.mark.usefixtures("_own_folders")
    def test_one_that_is_gone_goes(self, tmp_path: Path) -> None:
        (tmp_path / "source" / "more.css").write_text("a{}", encoding="ascii")
        preparation.collect_static()
        (tmp_path / "source" / "more.css").unlink()
        assert preparation.collect_static() is True
        assert not (tmp_path / "collected" / "more.css").exists()
