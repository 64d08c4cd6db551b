"""What is done to one broadcast: stop at once, start and archive after a question."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from callfire_api import CallFireError
from campaigns.actions import ARCHIVE, START, STOP, Action
from campaigns.forms.broadcasts import IntentForm
from campaigns.forms.starting import StartForm
from campaigns.htmx import HtmxHttpRequest, render_page, render_problem
from campaigns.models import AuditEvent
from campaigns.permissions import Permission, check, needs
from campaigns.services import broadcasts, starting
from campaigns.services.start_question import Question


@require_POST
@needs(Permission.STOP)
def broadcast_stop(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    event = broadcasts.stop(
        broadcast_id=broadcast_id,
        by=request.user,
        token=IntentForm(request.POST).to_token(),
        request_id=request.request_id,
    )
    return _told(request, STOP, event)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.START)
def broadcast_start(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    form = StartForm(
        request.POST if request.method == "POST" else None, reader=request.user, broadcast_id=broadcast_id
    )
    if not form.is_bound:
        return _ask_to_start(request, starting.ask(broadcast_id), form, [])
    with starting.one_at_a_time(form.to_token()):
        return _pressed_start(request, form, broadcast_id)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ARCHIVE)
def broadcast_archive(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    if request.method == "POST":
        event = broadcasts.carry_out(
            broadcasts.intend(
                ARCHIVE,
                broadcast_id=broadcast_id,
                by=request.user,
                token=IntentForm(request.POST).to_token(),
                request_id=request.request_id,
            )
        )
        return _told(request, ARCHIVE, event)
    prospect = broadcasts.prospect(ARCHIVE, broadcast_id=broadcast_id)
    context = {
        "action": ARCHIVE,
        "prospect": prospect,
        "snapshot": prospect.snapshot,
        "token": uuid.uuid4(),
    }
    return render_page(
        request,
        "campaigns/broadcasts/archive.html",
        context,
        partials=frozenset({"dialog"}),
        status=409 if prospect.refusal else 200,
    )


def stop_first(request: HtmxHttpRequest, broadcast_id: int) -> None:
    """Stop the broadcast from a page that adds people to it, and say on the next page what came of it."""
    check(request.user, STOP.permission)
    event = broadcasts.stop(broadcast_id=broadcast_id, by=request.user, request_id=request.request_id)
    messages.info(request, broadcasts.sentence_for(event))


def _pressed_start(request: HtmxHttpRequest, form: StartForm, broadcast_id: int) -> HttpResponseBase:
    """Start what was shown, unless this very form did, or the question has to be asked again."""
    token = form.to_token()
    event = starting.pressed_before(token, broadcast_id=broadcast_id)
    if event is not None:
        return _told(request, START, event)
    try:
        question = starting.ask(broadcast_id)
    except CallFireError:
        event = starting.pressed_before(token, broadcast_id=broadcast_id)
        if event is None:
            raise
        return _told(request, START, event)
    changes = form.changes(question)
    form.hold_typed_against(question)
    if form.is_valid() and form.was_shown is not None and not changes and not question.is_barred:
        event = starting.start(form.was_shown, by=request.user, token=token, request_id=request.request_id)
    else:
        # Another click on the same button may have started it while this one looked.
        event = starting.pressed_before(token, broadcast_id=broadcast_id)
    if event is not None:
        return _told(request, START, event)
    return _ask_to_start(request, question, form, changes)


def _ask_to_start(
    request: HtmxHttpRequest, question: Question, form: StartForm, changes: list[str]
) -> HttpResponseBase:
    """The confirmation, with what is wrong in the form and what changed since it was shown last."""
    context = {
        "action": START,
        "snapshot": question.snapshot,
        "question": question,
        "form": form,
        "changes": changes,
        "token": form.to_token(),
        "shown": question.shown.seal(request.user),
    }
    return render_page(
        request,
        "campaigns/broadcasts/start.html",
        context,
        partials=frozenset({"dialog"}),
        status=409 if question.is_barred else 422 if form.errors else 409 if changes else 200,
    )


def _told(request: HtmxHttpRequest, action: Action, event: AuditEvent) -> HttpResponseBase:
    """What came of it: back to the broadcast with a message, or why nothing was done."""
    if event.outcome in {AuditEvent.Outcome.REFUSED, AuditEvent.Outcome.FAILED}:
        return render_problem(
            request,
            status=409 if event.outcome == AuditEvent.Outcome.REFUSED else 503,
            title=f"{event.object_name or 'The broadcast'} was not {action.past}",
            detail=event.sentence,
            template="campaigns/broadcasts/not_done.html",
            context={"broadcast_id": event.object_id, "action": action},
        )
    say = {
        AuditEvent.Outcome.DONE: messages.success,
        AuditEvent.Outcome.PENDING: messages.info,
        AuditEvent.Outcome.UNKNOWN: messages.warning,
    }[AuditEvent.Outcome(event.outcome)]
    say(request, broadcasts.sentence_for(event))
    return redirect("campaigns:broadcast_detail", event.object_id)
