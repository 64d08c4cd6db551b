"""Who may do what. One table of roles; views ask it, templates only hide what it forbids."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseBase


class Role(models.TextChoices):
    """What a person is to Callboard. A person has exactly one role."""

    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    ADMIN = "admin", "Admin"


class Permission(StrEnum):
    """One thing that may be allowed; the words end the sentence "You may not …"."""

    LOOK = "look at broadcasts"
    START = "start broadcasts"
    STOP = "stop broadcasts"
    ARCHIVE = "archive broadcasts"
    EDIT = "create and change broadcasts"
    ADD_PEOPLE = "add people"
    TEST_CALL = "make test calls"
    CALL = "call people"
    LISTEN = "listen to recordings"
    DOWNLOAD = "download recordings"
    REVEAL = "reveal a phone number"
    SEE_NUMBERS = "see whole phone numbers"
    EXPORT = "export calls"
    MANAGE = "manage people and settings"


_VIEWER: Final = frozenset({Permission.LOOK, Permission.LISTEN, Permission.EXPORT, Permission.REVEAL})
_OPERATOR: Final = _VIEWER | {
    Permission.START,
    Permission.STOP,
    Permission.ARCHIVE,
    Permission.EDIT,
    Permission.ADD_PEOPLE,
    Permission.TEST_CALL,
    Permission.CALL,
    Permission.DOWNLOAD,
    Permission.SEE_NUMBERS,
}
PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: _OPERATOR | {Permission.MANAGE},
}


def may(person: object, permission: Permission) -> bool:
    """Whether this person may do this; nobody who is signed out or switched off may do anything."""
    if not getattr(person, "is_active", False):
        return False
    role = getattr(person, "role", None)
    return role in Role.values and permission in PERMISSIONS[Role(role)]


def check(person: object, permission: Permission) -> None:
    """Raises:
    PermissionDenied: with the sentence the error page shows.
    """
    if not may(person, permission):
        raise PermissionDenied(f"You may not {permission}. Ask an admin for the operator role.")


P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)


def needs(
    permission: Permission,
) -> Callable[[Callable[Concatenate[R, P], HttpResponseBase]], Callable[Concatenate[R, P], HttpResponseBase]]:
    """A view that only people with this permission reach; everybody else gets 403 and the reason."""

    def decorate(
        view: Callable[Concatenate[R, P], HttpResponseBase],
    ) -> Callable[Concatenate[R, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            check(request.user, permission)
            return view(request, *args, **kwargs)

        return guarded

    return decorate
