"""Several broadcasts at once: one confirmation that lists them, one result per row."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import tasks
from campaigns.actions import ACTIONS
from campaigns.forms.broadcasts import SelectionForm
from campaigns.htmx import HtmxHttpRequest, render_page
from campaigns.permissions import Permission, check, needs
from campaigns.services import audit, selections

# A page waits this long for what it asked for; the worker does the rest.
WAIT = timedelta(seconds=10)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.LOOK)
def selection_confirm(request: HtmxHttpRequest) -> HttpResponseBase:
    is_post = request.method == "POST"
    form = SelectionForm(request.POST if is_post else request.GET)
    if not form.is_valid():
        context = {"form": form, "token": uuid.uuid4()}
        return render_page(request, "campaigns/selection/confirm.html", context, status=422)
    action = form.to_action()
    check(request.user, action.permission)
    if not is_post:
        choices = selections.choices(action, broadcast_ids=form.cleaned_data["id"])
        context = {"form": form, "action": action, "choices": choices, "token": uuid.uuid4()}
        return render_page(request, "campaigns/selection/confirm.html", context)
    group, left = selections.perform(
        action,
        broadcast_ids=form.cleaned_data["id"],
        by=request.user,
        token=form.to_token(),
        request_id=request.request_id,
        within=WAIT,
    )
    for event_id in left:
        tasks.enqueue(tasks.carry_out, event_id)
    return redirect("campaigns:selection_result", group)


@require_safe
@needs(Permission.LOOK)
def selection_result(request: HtmxHttpRequest, group: uuid.UUID) -> HttpResponseBase:
    events = audit.of_group(group)
    if not events:
        raise Http404("Nothing was asked for under this address.")
    context = {
        "group": group,
        "events": events,
        "action": ACTIONS[events[0].action],
        "every": 2 if any(event.settled_at is None for event in events) else None,
    }
    return render_page(request, "campaigns/selection/result.html", context, partials=frozenset({"outcome"}))
