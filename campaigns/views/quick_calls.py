"""Quick calls: typed, looked at, placed once, and what became of them."""

from __future__ import annotations

import uuid

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from callfire_api import CallFireError
from campaigns.forms.quick_calls import QuickCallsForm
from campaigns.forms.sounds import is_searching
from campaigns.htmx import HtmxHttpRequest, render_page
from campaigns.permissions import Permission, needs
from campaigns.services import adding, audit, library, quick_calls, quick_question
from campaigns.services.quick_question import Question

TICK_SECONDS = 2


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CALL)
def call_new(request: HtmxHttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return _show(request, QuickCallsForm())
    if is_searching(request.POST):
        return _show(request, QuickCallsForm.reopened(request.POST))
    form = QuickCallsForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    if placed := audit.by_token(form.to_token(), action=quick_calls.CALL):
        return redirect("campaigns:call_sent", placed.token)
    calls = form.to_calls()
    try:
        question = quick_question.ask(calls, by=request.user)
    except CallFireError as error:
        form.add_error("broadcast", error.user_message)
        return _show(request, form, status=422)
    if request.POST.get("step") != "send":
        return _show(request, form, question)
    if form.is_sealed(calls, question.shown) and not question.refusal:
        if question.odd and not form.cleaned_data["agreed"]:
            form.add_error("agreed", "Tick that you want these calls all the same.")
            return _show(request, form, question, status=422)
        event = quick_calls.call(
            calls,
            to=question.to,
            by=request.user,
            token=form.to_token(),
            request_id=request.request_id,
            agreed=question.odd,
        )
        return redirect("campaigns:call_sent", event.token)
    form.add_error(None, "Something changed since this was shown. Nobody was called. Look again, then call.")
    return _show(request, form, question, status=409)


@require_safe
@needs(Permission.CALL)
def call_sent(request: HtmxHttpRequest, token: uuid.UUID) -> HttpResponseBase:
    event = quick_calls.get(token)
    context = {
        "event": event,
        "rows": adding.result(event),
        "every": TICK_SECONDS if event.settled_at is None else None,
    }
    return render_page(request, "campaigns/calls/sent.html", context, partials=frozenset({"outcome"}))


def _show(
    request: HtmxHttpRequest, form: QuickCallsForm, question: Question | None = None, *, status: int = 200
) -> HttpResponseBase:
    token = uuid.uuid4()
    context = {
        "form": form,
        "question": question,
        "token": token,
        "seal": form.to_calls().seal(token, question.shown) if question is not None else "",
        "caller_ids": library.choices().caller_ids,
        "most": quick_calls.MOST,
        "left": quick_calls.left_this_hour(request.user),
    }
    return render_page(request, "campaigns/calls/new.html", context, status=status)
