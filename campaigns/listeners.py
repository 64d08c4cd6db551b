"""Who signs in, out, or tries to: Django says so by signals, the activity keeps it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from campaigns.models import User
from campaigns.services import audit


@receiver(user_logged_in)
def signed_in(*, request: HttpRequest, user: User, **_: Any) -> None:
    """Somebody came in."""
    audit.note(action="sign in", by=user, request_id=_request_id(request), **audit.about(user))


@receiver(user_logged_out)
def signed_out(*, request: HttpRequest, user: User | None, **_: Any) -> None:
    """Somebody left; an expired session leaves nobody to name."""
    if user is not None:
        audit.note(action="sign out", by=user, request_id=_request_id(request), **audit.about(user))


@receiver(user_login_failed)
def sign_in_failed(*, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Somebody was turned away. A name nobody has is not kept: it may be a password in the wrong field."""
    user = User.objects.filter(username=credentials.get("username", "")).first()
    whom = audit.about(user) if user is not None else {}
    audit.turned_away(action="sign in", request_id=_request_id(request), **whom)


def _request_id(request: HttpRequest | None) -> str:
    return getattr(request, "request_id", "")
