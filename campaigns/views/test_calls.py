"""Proving a number of one's own, and hearing a broadcast on it before anybody else does."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from campaigns.forms.test_calls import CodeForm, OwnForm, OwnNumberForm, TestCallForm
from campaigns.htmx import HtmxHttpRequest, render_page, render_problem
from campaigns.labels import nice_number
from campaigns.models import AuditEvent
from campaigns.permissions import Permission, needs
from campaigns.services import own_numbers, test_calls
from campaigns.services.test_calls import Rehearsal

Outcome = AuditEvent.Outcome

TICK_SECONDS = 2
_NOT_DONE = {Outcome.REFUSED: 409, Outcome.FAILED: 503}


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Why a code was not taken, and for which number it was typed."""

    own: int | None
    sentence: str


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.TEST_CALL)
def own_number(request: HtmxHttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return _show_numbers(request)
    steps = {"call": _call_with_code, "confirm": _confirm_code, "remove": _remove_number}
    return steps.get(request.POST.get("step", ""), _call_with_code)(request)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.TEST_CALL)
def test_call(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    if request.method == "POST":
        return _make_test_call(request, broadcast_id)
    if made := request.GET.get("call"):
        return _show_test_call(request, broadcast_id, made)
    rehearsal = test_calls.rehearse(broadcast_id, by=request.user)
    form = TestCallForm(by=request.user)
    return _ask(request, rehearsal, form, status=409 if rehearsal.refusal else 200)


def _call_with_code(request: HtmxHttpRequest) -> HttpResponseBase:
    form = OwnNumberForm(request.POST, by=request.user)
    if not form.is_valid():
        return _show_numbers(request, form=form, status=422)
    event = own_numbers.call(
        form.cleaned_data["number"], by=request.user, token=form.to_token(), request_id=request.request_id
    )
    if event.outcome in _NOT_DONE:
        form.add_error("number", event.sentence)
        return _show_numbers(request, form=form, status=_NOT_DONE[Outcome(event.outcome)])
    return redirect("campaigns:own_number")


def _confirm_code(request: HtmxHttpRequest) -> HttpResponseBase:
    form = CodeForm(request.POST)
    if not form.is_valid():
        sentence = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _show_numbers(request, wrong=_Wrong(form.cleaned_data.get("own"), sentence), status=422)
    own, code = form.cleaned_data["own"], form.cleaned_data["code"]
    problem = own_numbers.confirm(own, code, by=request.user, request_id=request.request_id)
    if problem:
        return _show_numbers(request, wrong=_Wrong(own, problem), status=422)
    messages.success(request, "The number is confirmed: test calls can go there.")
    return redirect("campaigns:own_number")


def _remove_number(request: HtmxHttpRequest) -> HttpResponseBase:
    form = OwnForm(request.POST)
    if form.is_valid():
        removed = own_numbers.remove(form.cleaned_data["own"], by=request.user, request_id=request.request_id)
        if removed is not None:
            messages.success(request, f"{nice_number(removed.number)} was removed.")
    return redirect("campaigns:own_number")


def _show_numbers(
    request: HtmxHttpRequest,
    *,
    form: OwnNumberForm | None = None,
    wrong: _Wrong | None = None,
    status: int = 200,
) -> TemplateResponse:
    event = own_numbers.newest_call(request.user)
    context = {
        "form": form or OwnNumberForm(by=request.user),
        "wrong": wrong,
        "token": uuid.uuid4(),
        "numbers": own_numbers.of(request.user),
        "event": event,
        "panel": _panel(event, reverse("campaigns:own_number")),
    }
    return render_page(
        request,
        "campaigns/test_calls/own_number.html",
        context,
        partials=frozenset({"call_state"}),
        status=status,
    )


def _make_test_call(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    form = TestCallForm(request.POST, by=request.user)
    if not form.is_valid():
        return _ask(request, test_calls.rehearse(broadcast_id, by=request.user), form, status=422)
    event = test_calls.call(
        broadcast_id,
        own=form.cleaned_data["own"],
        seal=form.cleaned_data["seal"],
        by=request.user,
        token=form.to_token(),
        request_id=request.request_id,
    )
    if event.outcome in _NOT_DONE:
        return render_problem(
            request,
            status=_NOT_DONE[Outcome(event.outcome)],
            title="You were not called",
            detail=event.sentence,
            template="campaigns/test_calls/not_made.html",
            context={"broadcast_id": broadcast_id},
        )
    return redirect(f"{reverse('campaigns:test_call', args=[broadcast_id])}?call={event.token}")


def _show_test_call(request: HtmxHttpRequest, broadcast_id: int, made: str) -> TemplateResponse:
    try:
        event = test_calls.get(broadcast_id, uuid.UUID(made), by=request.user)
    except ValueError:
        event = None
    if event is None:
        raise Http404("There is no such test call.")
    context = {
        "broadcast_id": broadcast_id,
        "event": event,
        "panel": _panel(event, request.get_full_path()),
    }
    return render_page(request, "campaigns/test_calls/made.html", context, partials=frozenset({"call_state"}))


def _ask(
    request: HtmxHttpRequest, rehearsal: Rehearsal, form: TestCallForm, *, status: int
) -> TemplateResponse:
    context = {
        "rehearsal": rehearsal,
        "snapshot": rehearsal.snapshot,
        "form": form,
        "token": uuid.uuid4(),
    }
    return render_page(
        request,
        "campaigns/test_calls/test_call.html",
        context,
        partials=frozenset({"dialog"}),
        status=status,
    )


def _panel(event: AuditEvent | None, url: str) -> dict[str, Any]:
    """Where the state of a call is read again, and how often; never once it is over."""
    return {"url": url, "every": TICK_SECONDS if event is not None and event.settled_at is None else None}
