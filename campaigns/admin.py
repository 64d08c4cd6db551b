"""The admin pages: people, and a look at what Callboard keeps. Nothing CallFire owns is changed here."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from campaigns.models import AuditEvent, BroadcastSnapshot, User
from campaigns.services import audit

admin.site.site_header = admin.site.site_title = "Callboard admin"
admin.site.index_title = "People and records"
admin.site.unregister(Group)  # roles are a field of the person; groups would be a second way to grant rights


@admin.register(User)
class PersonAdmin(UserAdmin):
    """People and their roles. Somebody who leaves is switched off, not deleted: the activity names them."""

    list_display = ("username", "first_name", "last_name", "email", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Rights", {"fields": ("role", "is_active")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "role", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changed = {name: str(form.cleaned_data[name]) for name in form.changed_data if "password" not in name}
        audit.note(
            action="change person" if change else "add person",
            by=request.user if isinstance(request.user, User) else None,
            request_id=getattr(request, "request_id", ""),
            detail={"changed": changed},
            sentence=", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in changed.items()),
            **audit.about(obj),
        )

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Django's page for somebody's password, which passes ``save_model`` by."""
        person = User.objects.filter(pk=id).first() if id.isdecimal() else None
        response = super().user_change_password(request, id, form_url)
        if person is not None and person.password != User.objects.get(pk=person.pk).password:
            audit.note(
                action="change password",
                by=request.user if isinstance(request.user, User) else None,
                request_id=getattr(request, "request_id", ""),
                **audit.about(person),
            )
        return response


class ReadOnlyAdmin(admin.ModelAdmin):
    """A table that is looked at and never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "by_name", "action", "object_name", "outcome", "sentence")
    list_filter = ("action", "outcome")
    search_fields = ("by_name", "object_name", "object_id", "request_id")
    date_hierarchy = "at"


@admin.register(BroadcastSnapshot)
class BroadcastSnapshotAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "status", "last_modified", "seen_at", "counters_at", "gone_at", "trouble")
    list_filter = ("status",)
    search_fields = ("id", "name")
