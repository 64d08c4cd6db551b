"""What belongs to no room of the product: signing in, the theme, and pages for when something is wrong."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import Any, Final, cast

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView, PasswordChangeView, redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from campaigns.htmx import HtmxHttpRequest, render_problem
from campaigns.middleware import THEMES, lone_problem, own_trouble
from campaigns.permissions import Permission, check
from campaigns.services import audit

A_YEAR: Final = 365 * 24 * 3600


class SignInForm(AuthenticationForm):
    """Name and password; a wrong pair says how many tries are left before the door closes for a while."""

    def get_invalid_login_error(self) -> ValidationError:
        """The sentence under the password."""
        credentials = {"username": self.cleaned_data.get("username")}
        left = settings.AXES_FAILURE_LIMIT - AxesProxyHandler.get_failures(self.request, credentials)
        tries = "1 try" if left == 1 else f"{left} tries"
        return ValidationError(f"Name and password do not match. {tries} left.", code="invalid_login")


class SignInView(LoginView):
    """Signing in, at ``/accounts/login/``."""

    template_name = "registration/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds where the reader was going and, in practice mode, the practice logins."""
        going_on = self.get_redirect_url()
        return super().get_context_data(**kwargs) | {
            "going_on": going_on if going_on != resolve_url(settings.LOGIN_REDIRECT_URL) else "",
            "practice_logins": settings.PRACTICE_LOGINS if settings.PRACTICE_MODE else {},
        }

    def form_invalid(self, form: Form) -> HttpResponse:
        """A refused form is 422, so that nobody takes it for a success."""
        return self.render_to_response(
            self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY
        )


class PasswordForm(PasswordChangeForm):
    """Django's form in our words."""

    error_messages = PasswordChangeForm.error_messages | {
        "password_incorrect": "This is not your present password.",
        "password_mismatch": "The two new passwords differ.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "Present password"
        self.fields[
            "new_password1"
        ].help_text = (
            "10 characters or more. Not digits alone, not like your name, and not one of the common ones."
        )
        self.fields["new_password2"].label = "New password once more"
        self.fields["new_password2"].help_text = ""


class PasswordView(PasswordChangeView):
    """Changing one's own password, at ``/accounts/password/``."""

    template_name = "registration/password.html"
    form_class = PasswordForm
    success_url = reverse_lazy("password_change_done")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """The new password holds from now on, and that it was changed is written down."""
        response = super().form_valid(form)
        request = cast(HtmxHttpRequest, self.request)
        audit.note(
            action="change password",
            by=request.user,
            request_id=request.request_id,
            **audit.about(request.user),
        )
        return response

    def form_invalid(self, form: Form) -> HttpResponse:
        """A refused form is 422."""
        return self.render_to_response(
            self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY
        )


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the reader's choice of theme in a cookie, and go back to where it was made."""
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        return render_problem(
            request, status=422, title="There is no such theme", detail="Choose the system’s, light or dark."
        )
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = resolve_url(settings.LOGIN_REDIRECT_URL)
    response = redirect(back)
    response.set_cookie(
        "theme", chosen, max_age=A_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
    return response


@login_not_required
@require_safe
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The admin's own sign-in page gives way to ours, which is throttled and says who is an admin."""
    if request.user.is_authenticated:
        check(request.user, Permission.MANAGE)
        return redirect("admin:index")
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a request no page of ours sends."""
    return lone_problem(
        request,
        status=400,
        title="We cannot read this request",
        detail="The address or the form is damaged. Nothing was changed. Open the page again from the start.",
    )


def permission_denied(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """403: the reason, the reader's role, and that nothing was changed."""
    title, _, rest = str(exception).partition(". ")
    role = getattr(request.user, "get_role_display", str)().lower()
    return render_problem(
        request,
        status=403,
        title=title.removesuffix(".") or "You may not do this",
        detail=" ".join(
            filter(None, (f"Your role is {role}." if role else "", rest, "Nothing was changed."))
        ),
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: what a view said is missing, or that the address leads nowhere."""
    said = exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
    return render_problem(
        request,
        status=404,
        title=said.removesuffix(".") or "There is no such page",
        detail="The address may be mistyped, or what it led to is gone.",
        template="errors/404.html",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 when the exception behind it is our database or Redis being away."""
    return own_trouble(request, sys.exc_info()[1]) or lone_problem(
        request,
        status=500,
        title="Something went wrong in Callboard",
        detail="This is a fault of ours. If you were changing something, look whether it happened before "
        "you try again, and tell an admin the reference below.",
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form whose token is missing or old; most often a page from before the reader signed in."""
    return render_problem(
        request,
        status=403,
        title="This page is out of date",
        detail="You signed in or out since it was opened, or cookies are blocked. Nothing was changed. "
        "Open the page again, then repeat what you did.",
    )
