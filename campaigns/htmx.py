"""Pages and fragments: one address answers with either, and the server decides which.

Partial name, element id and HX-Target are one word. A problem is a page of its own for a browser and a notice
for htmx, which puts it into ``#notices`` and leaves everything else on the screen as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from campaigns.models import User


Answer = TypeVar("Answer", bound=HttpResponse)


class HtmxHttpRequest(HttpRequest):
    """A request as our views see it: signed in, and with what the middleware found out."""

    htmx: HtmxDetails
    user: User
    request_id: str
    theme: str


def render_page(
    request: HtmxHttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    partials: frozenset[str] = frozenset(),
    status: int = 200,
) -> TemplateResponse:
    """The page, or only the partial that htmx is about to replace.

    Args:
        partials: the partials of ``template`` that may be asked for. Any other target gets the whole page.
    """
    target = request.htmx.target if wants_fragment(request) else None
    name = f"{template}#{target}" if target in partials else template
    response = TemplateResponse(request, name, dict(context), status=status)
    return vary_on_htmx(response)


def render_problem(
    request: HttpRequest,
    *,
    status: int,
    title: str,
    detail: str = "",
    template: str = "errors/problem.html",
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """What happened and what to do: a page, or for htmx a notice in ``#notices``.

    Args:
        title: what happened, without a full stop.
        detail: what to do about it, as whole sentences.
        template: the page; notices always look alike.
    """
    words = {"status": status, "title": title, "detail": detail, **(context or {})}
    if wants_fragment(request):
        return as_notice(render(request, "errors/notice.html", words, status=status))
    is_reader = getattr(request, "user", None) is not None and request.user.is_authenticated
    words["layout"] = "base.html" if is_reader else "document.html"
    before = page_before(request)
    words["back"] = "" if before == request.get_full_path() else before
    return vary_on_htmx(render(request, template, words, status=status))


def as_notice(response: HttpResponse) -> HttpResponse:
    """The response, addressed to ``#notices`` wherever htmx meant to put it."""
    response["HX-Retarget"] = "#notices"
    response["HX-Reswap"] = "innerHTML"
    response["HX-Reselect"] = "unset"
    return vary_on_htmx(response)


def unchanged(panel_id: str, as_of: str) -> HttpResponse:
    """The answer to a panel that shows everything already: only the age of its figures moves on."""
    response = HttpResponse(status=204)
    response["HX-Trigger"] = json.dumps({"fresh": {"id": panel_id, "asOf": as_of}})
    return response


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page. Boosted links and restored history need the whole page."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not (htmx.boosted or htmx.history_restore_request)


def vary_on_htmx(response: Answer) -> Answer:
    """Say that page and fragment share an address, so that no cache hands out one for the other."""
    patch_vary_headers(response, ("HX-Request", "HX-Target"))
    return response


def page_before(request: HttpRequest) -> str:
    """The page of ours that led here, as a path; empty when there was none."""
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, allowed_hosts={request.get_host()}):
        return ""
    return urlsplit(referer)._replace(scheme="", netloc="").geturl()
