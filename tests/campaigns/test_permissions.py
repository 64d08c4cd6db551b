"""campaigns/permissions.py"""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from campaigns.models import User
from campaigns.permissions import PERMISSIONS, Permission, Role, check, may, needs

EVERYTHING = list(Permission)
ALLOWED = {
    Role.VIEWER: {Permission.LOOK, Permission.LISTEN, Permission.EXPORT, Permission.REVEAL},
    Role.OPERATOR: set(Permission) - {Permission.MANAGE},
    Role.ADMIN: set(Permission),
}


def person(role: str, *, is_active: bool = True) -> User:
    return User(username="somebody", role=role, is_active=is_active)


class TestWhoMayDoWhat:
    def test_the_table_names_every_role(self) -> None:
        assert set(PERMISSIONS) == set(Role) == set(ALLOWED)

    @pytest.mark.parametrize("role", list(Role))
    @pytest.mark.parametrize("permission", EVERYTHING)
    def test_a_role_may_exactly_what_it_is_for(self, role: Role, permission: Permission) -> None:
        assert may(person(role), permission) == (permission in ALLOWED[role])

    @pytest.mark.parametrize("permission", EVERYTHING)
    def test_nobody_who_is_signed_out_may_do_anything(self, permission: Permission) -> None:
        assert not may(AnonymousUser(), permission)

    @pytest.mark.parametrize("permission", EVERYTHING)
    def test_nobody_who_is_switched_off_may_do_anything(self, permission: Permission) -> None:
        assert not may(person(Role.ADMIN, is_active=False), permission)

    @pytest.mark.parametrize("permission", EVERYTHING)
    def test_a_role_nobody_knows_may_do_nothing(self, permission: Permission) -> None:
        assert not may(person("emperor"), permission)

    def test_nobody_at_all_may_do_nothing(self) -> None:
        assert not may(None, Permission.LOOK)


class TestChecking:
    def test_whoever_may_passes(self) -> None:
        check(person(Role.OPERATOR), Permission.STOP)

    def test_whoever_may_not_is_told_what_and_whom_to_ask(self) -> None:
        with pytest.raises(PermissionDenied, match=r"^You may not stop broadcasts\. Ask an admin"):
            check(person(Role.VIEWER), Permission.STOP)


class TestAGuardedView:
    @staticmethod
    def request(role: str) -> HttpRequest:
        request = RequestFactory().get("/")
        request.user = person(role)
        return request

    def test_it_is_reached_by_whoever_may_with_its_arguments(self) -> None:
        @needs(Permission.STOP)
        def stop(request: HttpRequest, broadcast_id: int) -> HttpResponse:
            return HttpResponse(f"stopped {broadcast_id}")

        answer = stop(self.request(Role.OPERATOR), broadcast_id=7)
        assert isinstance(answer, HttpResponse)
        assert answer.content == b"stopped 7"

    def test_it_is_never_entered_by_whoever_may_not(self) -> None:
        entered = []

        @needs(Permission.STOP)
        def stop(request: HttpRequest) -> HttpResponse:
            entered.append(request)
            return HttpResponse()

        with pytest.raises(PermissionDenied):
            stop(self.request(Role.VIEWER))
        assert not entered


class TestPeople:
    @pytest.mark.parametrize(
        ("role", "reaches_admin"), [("viewer", False), ("operator", False), ("admin", True)]
    )
    def test_only_admins_reach_the_admin_pages(self, db: None, role: str, reaches_admin: bool) -> None:
        somebody = User.objects.create_user("somebody", role=role, is_staff=True, is_superuser=True)
        assert (somebody.is_staff, somebody.is_superuser) == (reaches_admin, reaches_admin)

    def test_an_admin_who_becomes_an_operator_leaves_the_admin_pages(self, db: None) -> None:
        ada = User.objects.create_user("ada", role=Role.ADMIN)
        ada.role = Role.OPERATOR
        ada.save()
        assert not ada.is_staff

    def test_a_person_without_a_name_goes_by_the_name_to_sign_in_with(self) -> None:
        assert User(username="dana").display_name == "dana"
        assert User(username="dana", first_name="Dana", last_name="Ruiz").display_name == "Dana Ruiz"
