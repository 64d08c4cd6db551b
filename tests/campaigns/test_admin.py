"""/admin/"""

from __future__ import annotations

import pytest

from campaigns.models import AuditEvent, BroadcastSnapshot, User
from tests.campaigns.conftest import Seen
from tests.conftest import SignedIn


class TestWhoMay:
    @pytest.mark.parametrize("who", ["viewer", "operator"])
    def test_only_admins_enter(self, request: pytest.FixtureRequest, who: str) -> None:
        somebody: SignedIn = request.getfixturevalue(who)
        assert somebody.get("/admin/", follow=True).status_code == 403

    def test_an_admin_enters(self, admin: SignedIn) -> None:
        assert admin.get("/admin/").status_code == 200

    def test_ones_own_password_has_one_page(self, admin: SignedIn) -> None:
        assert admin.get("/admin/password_change/")["Location"] == "/accounts/password/"


class TestPeople:
    def test_a_new_person_gets_the_role_and_nothing_else(self, admin: SignedIn) -> None:
        password = "a-long-enough-passphrase"
        form = {"username": "nora", "role": "operator", "password1": password, "password2": password}
        form["usable_password"] = "true"
        assert admin.post("/admin/campaigns/user/add/", form).status_code == 302
        nora = User.objects.get(username="nora")
        assert (nora.role, nora.is_staff, nora.is_superuser) == ("operator", False, False)

    def test_who_changed_whose_role_is_written_down(self, admin: SignedIn, operator: SignedIn) -> None:
        form = {
            "username": "operator",
            "first_name": "Otto",
            "last_name": "Operator",
            "email": "",
            "role": "admin",
            "is_active": "on",
        }
        address = f"/admin/campaigns/user/{operator.user.pk}/change/"
        assert admin.post(address, form).status_code == 302
        event = AuditEvent.objects.get(action="change person")
        assert (event.by, event.object_name, event.sentence) == (admin.user, "operator", "role: admin")
        operator.user.refresh_from_db()
        assert operator.user.is_superuser

    def test_who_set_whose_password_is_written_down(self, admin: SignedIn, operator: SignedIn) -> None:
        password = "a-long-enough-passphrase"
        form = {"password1": password, "password2": password, "usable_password": "true"}
        address = f"/admin/campaigns/user/{operator.user.pk}/password/"
        assert admin.post(address, form | {"password2": "another"}).status_code == 200
        assert not AuditEvent.objects.exists()
        assert admin.post(address, form).status_code == 302
        event = AuditEvent.objects.get()
        assert (event.action, event.by, event.object_name) == ("change password", admin.user, "operator")
        operator.user.refresh_from_db()
        assert operator.user.check_password(password)

    def test_nobody_is_deleted(self, admin: SignedIn, operator: SignedIn) -> None:
        assert admin.post(f"/admin/campaigns/user/{operator.user.pk}/delete/").status_code == 403
        assert User.objects.filter(pk=operator.user.pk).exists()


class TestRecords:
    def test_the_activity_can_be_read_but_not_changed(self, admin: SignedIn, seen: Seen) -> None:
        event = AuditEvent.objects.create(action="stop", by_name="Otto", object_name="Grid 14")
        page = f"/admin/campaigns/auditevent/{event.pk}/"
        assert admin.get(f"{page}change/").status_code == 200
        assert admin.post(f"{page}change/", {"by_name": "Somebody else"}).status_code == 403
        assert admin.post(f"{page}delete/").status_code == 403
        assert admin.get("/admin/campaigns/auditevent/add/").status_code == 403

    def test_snapshots_can_be_read(self, admin: SignedIn, seen: Seen) -> None:
        seen("Grid 14")
        assert "Grid 14" in admin.get("/admin/campaigns/broadcastsnapshot/").text
        assert BroadcastSnapshot.objects.count() == 1
