"""What happens around every request: its id, its security headers, its reader, htmx, and trouble.

In the order of ``settings.MIDDLEWARE``, outermost first. A problem becomes a page of its own for a browser
and a notice for htmx; nothing an operator does ends in a stack trace or a dead panel.
"""

from __future__ import annotations

import logging
import re
import secrets
import zoneinfo
from collections.abc import Callable
from functools import cache
from http.client import responses
from typing import Any, Final, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_cache_control
from redis.exceptions import RedisError

from callfire_api import CallFireError, NotFound, Refused
from campaigns import labels
from campaigns.context_processors import Shell
from campaigns.htmx import HtmxHttpRequest, as_notice, page_before, render_problem, wants_fragment

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_PERMISSIONS: Final = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
THEMES: Final = frozenset({"system", "light", "dark"})


class RequestIdMiddleware:
    """Gives every request an id that is in its answer, its log lines and its audit events."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        cast(HtmxHttpRequest, request).request_id = request_id
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class ContentSecurityPolicyMiddleware:
    """Lets pages load scripts, styles and drawings from this host alone; nothing written into a page runs."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response["Content-Security-Policy"] = _POLICY
        response["Permissions-Policy"] = _PERMISSIONS
        return response


class SignInMiddleware(LoginRequiredMiddleware):
    """Asks strangers to sign in, and leads them back to the page they were on."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseRedirect:
        """What a stranger sent is not done, and its address is not one to be led back to."""
        if request.method in {"GET", "HEAD"} or wants_fragment(request):
            return super().handle_no_permission(request, view_func)
        messages.warning(request, "You were signed out, so nothing was changed. Do it again.")
        return redirect_to_login(page_before(request) or resolve_url(settings.LOGIN_REDIRECT_URL))


class ReaderMiddleware:
    """Shows times on the reader's clock, pages in the reader's theme, and keeps both out of shared caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        theme = request.COOKIES.get("theme", "")
        cast(HtmxHttpRequest, request).theme = theme if theme in THEMES else "system"
        zone = request.COOKIES.get("tz", "")
        with timezone.override(zone if zone in _zones() else settings.DISPLAY_TIME_ZONE):
            response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return response


class HtmxAnswersMiddleware:
    """Puts answers into the form htmx can use.

    A sign-in page never lands inside a panel: the reader gets a notice and the panel stops. A redirect
    becomes a page load. Messages that wait for a page arrive with the fragment, out of band.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not wants_fragment(request):
            return response
        location = response.get("Location", "")
        if location.startswith(f"{resolve_url(settings.LOGIN_URL)}?"):
            return _signed_out(cast(HtmxHttpRequest, request))
        if location and 300 <= response.status_code < 400:
            response.status_code = 204
            response["HX-Redirect"] = location
            del response["Location"]
            return response
        if isinstance(response, HttpResponse) and response.status_code != 204:
            _append_messages(request, response)
        return response


class TroubleMiddleware:
    """Turns what we expect to fail at times into an answer that says what to do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        return _not_allowed(request, response) if isinstance(response, HttpResponseNotAllowed) else response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The answer for CallFire, the database or Redis being in trouble; other exceptions are bugs."""
        if isinstance(exception, CallFireError):
            return _callfire_trouble(request, exception)
        return own_trouble(request, exception)


def own_trouble(request: HttpRequest, exception: BaseException | None) -> HttpResponse | None:
    """The answer when our database or Redis is away, made without either; None for any other exception."""
    if isinstance(exception, OperationalError | InterfaceError):
        title = "Callboard cannot reach its database"
    elif isinstance(exception, RedisError):
        title = "Callboard cannot reach its short-term memory"
    else:
        return None
    logger.error("%s: %s", title, exception, exc_info=exception)
    detail = "Nothing was changed. This is on our side, not CallFire’s. Tell an admin if it lasts."
    return lone_problem(request, status=503, title=title, detail=detail)


def lone_problem(request: HttpRequest, *, status: int, title: str, detail: str) -> HttpResponse:
    """A problem page or notice that needs no database, no Redis and no session."""
    fragment = wants_fragment(request)
    words = {
        "title": title,
        "detail": detail,
        "shell": Shell(request),
        "retry": request.get_full_path() if request.method == "GET" else "",
        "reference": getattr(request, "request_id", ""),
    }
    content = render_to_string("errors/notice.html" if fragment else "errors/alone.html", words)
    response = HttpResponse(content, status=status)
    return as_notice(response) if fragment else response


def _not_allowed(request: HttpRequest, response: HttpResponseNotAllowed) -> HttpResponse:
    """In words what Django answers with an empty page: somebody opened the address of a button."""
    problem = render_problem(
        request,
        status=405,
        title="There is nothing to look at here",
        detail="This is what a button of Callboard sends. Nothing was changed. Go back and press it there.",
    )
    problem["Allow"] = response["Allow"]
    return problem


def _callfire_trouble(request: HttpRequest, error: CallFireError) -> HttpResponse:
    is_reading = request.method in {"GET", "HEAD"}
    told = labels.problem(error, reading=is_reading)
    logger.warning("%s %s: %s", request.method, request.path, error)
    response = render_problem(
        request,
        status=told.status,
        title=told.title,
        detail=told.advice,
        template="errors/404.html" if isinstance(error, NotFound) else "errors/callfire.html",
        context={
            "said": _said(error),
            "retry": request.get_full_path() if is_reading else "",
        },
    )
    if error.retry_after is not None:
        response["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


def _said(error: CallFireError) -> str:
    """CallFire's own words, with the HTTP status in words; empty when nothing came back."""
    if not isinstance(error, Refused) or error.status not in responses:
        return ""
    answer = f"{error.status} {responses[error.status]}"
    return f"{answer}: “{error.message}”" if error.message else answer


def _signed_out(request: HtmxHttpRequest) -> HttpResponse:
    back = request.htmx.current_url_abs_path or resolve_url(settings.LOGIN_REDIRECT_URL)
    return render_problem(
        request,
        status=401,
        title="You are signed out",
        detail="Nothing was changed. What you see is no longer updated.",
        context={
            "href": f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}",
            "action": "Sign in again",
        },
    )


def _append_messages(request: HttpRequest, response: HttpResponse) -> None:
    waiting = messages.get_messages(request)
    if (
        getattr(waiting, "used", True)
        or not len(waiting)
        or not response["Content-Type"].startswith("text/html")
    ):
        return
    toasts = render_to_string("components/toasts.html", {"messages": waiting})
    response.content += f'<div hx-swap-oob="beforeend:#toasts">{toasts}</div>'.encode()


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
