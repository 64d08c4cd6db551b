"""Making, changing and copying a broadcast."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from callfire_api import BadRequest, BroadcastStatus, CallFireError, NotFound
from campaigns import labels
from campaigns.actions import DIALLING
from campaigns.forms.broadcasts import IntentForm
from campaigns.forms.drafts import DraftForm
from campaigns.forms.merging import OpenedForm, as_typed, milliseconds, sides
from campaigns.forms.sealed import sign, unsign
from campaigns.forms.sounds import is_searching
from campaigns.htmx import HtmxHttpRequest, render_page, render_problem
from campaigns.models import AuditEvent
from campaigns.permissions import Permission, needs
from campaigns.services import audit, brought, drafts, library, merging, outlook, snapshots, sounds
from campaigns.services.drafts import Unsendable
from campaigns.services.merging import Conflict
from campaigns.services.outlook import Outlook

Outcome = AuditEvent.Outcome


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.EDIT)
def broadcast_create(request: HtmxHttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        kept = drafts.kept_wire(request.GET.get("from", ""))
        return _show(request, _form(None, before=kept), status=200)
    if "kept" in request.POST:
        return _reopen(request)
    form = _form(request.POST, before=unsign(request.POST.get("opened", "")) or {})
    if _is_unfinished(request.POST):
        return _continue(request, form)
    if form.is_valid():
        _look_up(form)
    if not form.is_valid():
        return _show(request, form, status=422)
    made = drafts.create(
        form.to_wire(),
        recipients=form.to_recipients(),
        strict=form.cleaned_data["strict"],
        reason=form.reason,
        by=request.user,
        token=IntentForm(request.POST).to_token() or uuid.uuid4(),
        request_id=request.request_id,
    )
    event = made.event
    if event.outcome in {Outcome.REFUSED, Outcome.FAILED}:
        return _turned_down(request, form, event.sentence, made.error)
    if event.outcome != Outcome.DONE:
        if not form.first_people:
            return redirect("campaigns:broadcast_creation", event.token)
        people = sign({"text": form.data["people"]}, purpose="people")
        return _creation(request, event, people=people, status=202)
    if made.is_other:
        form.add_error(
            None,
            f"{event.sentence} That was before you changed this form. Send it again to make another one.",
        )
        return _show(request, form, status=409)
    return _made(request, event, go_on="create_and_start" in request.POST)


@require_safe
@needs(Permission.EDIT)
def broadcast_creation(request: HtmxHttpRequest, token: uuid.UUID) -> HttpResponseBase:
    event = audit.by_token(token, action=drafts.CREATE)
    if event is None:
        raise Http404("Nothing was made under this address.")
    return _creation(request, event)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.EDIT)
def broadcast_edit(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    if request.method != "POST":
        broadcast = drafts.open_broadcast(broadcast_id)
        if broadcast.status == BroadcastStatus.ARCHIVED:
            return render_problem(
                request,
                status=409,
                title="It is archived",
                detail="CallFire changes nothing about it any more. Clone it to make a new one.",
            )
        return _show(request, _form(None, before=broadcast.raw))
    form = _form_of_change(request.POST)
    if form is None or form.before.get("id") != broadcast_id:
        return render_problem(
            request,
            status=422,
            title="This form is damaged",
            detail="Nothing was changed. Open the broadcast and edit it again.",
        )
    if _is_unfinished(request.POST):
        return _continue(request, form, broadcast_id=broadcast_id)
    if form.is_valid():
        _look_up(form)
        names = {name for names in form.new_placeholders.values() for name in names}
        form.refuse_placeholders(brought.lacking(broadcast_id, sorted(names)))
    if not form.is_valid():
        return _show(request, form, broadcast_id=broadcast_id, status=422)
    return _save(request, broadcast_id, form)


@require_safe
@needs(Permission.EDIT)
def broadcast_clone(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    broadcast = drafts.open_broadcast(broadcast_id)
    wire = drafts.clone_of(broadcast, today=timezone.localdate())
    return _show(request, _form(None, before=wire), cloned=broadcast)


def _creation(
    request: HtmxHttpRequest, event: AuditEvent, *, people: str = "", status: int = 200
) -> HttpResponse:
    """What became of it; ``people`` are those who were pasted, sealed, because nothing else keeps them."""
    context = {"event": event, "every": None if event.settled_at else 2, "people": people}
    return render_page(
        request,
        "campaigns/broadcasts/creation.html",
        context,
        partials=frozenset({"creation"}),
        status=status,
    )


def _reopen(request: HtmxHttpRequest) -> HttpResponse:
    """The form with what was typed for a broadcast that was not made, and with its people."""
    form = _form(None, before=drafts.kept_wire(request.POST["kept"]))
    people = unsign(request.POST.get("kept_people", ""), purpose="people") or {}
    form.initial["people"] = people.get("text", "")
    return _show(request, form)


def _form(data: Any, *, before: Mapping[str, Any]) -> DraftForm:
    """The form, locked as it was when it was opened: what became of the broadcast since, saving finds out."""
    choices = library.choices()
    return DraftForm(
        data,
        before=before,
        locked=BroadcastStatus(str(before.get("status", ""))) in DIALLING,
        caller_ids=choices.caller_ids,
        known_labels=choices.labels,
    )


def _form_of_change(data: QueryDict) -> DraftForm | None:
    """The form as it was sent, or as it would be for what was chosen of two people's changes.

    None when what it was sealed with is damaged.
    """
    before = unsign(data.get("opened", ""))
    if before is None:
        return None
    if "mine" not in data:
        return _form(data, before=before)
    began = unsign(data.get("began", ""), purpose="began")
    mine = unsign(data.get("mine", ""), purpose="mine")
    if began is None or mine is None or began.get("id") != before.get("id"):
        return None
    wire = merging.combined(began, before, mine["changes"], taken=sides(data))
    if BroadcastStatus(str(before.get("status", ""))) in DIALLING:
        before |= {"status": began.get("status")}  # what waits is refused with a sentence, never dropped
    return _form(as_typed(wire, before=before, reason=mine["reason"]), before=before)


def _look_up(form: DraftForm) -> None:
    """Have the library looked at for the sounds somebody chose."""
    form.refuse_sounds(sounds.unusable(form.new_sounds.values()))


def _is_unfinished(data: Mapping[str, Any]) -> bool:
    """Whether the form was sent to go on filling it, not to be saved."""
    return "look" in data or "add_schedule" in data or is_searching(data)


def _continue(request: HtmxHttpRequest, form: DraftForm, **more: Any) -> HttpResponse:
    beside = _outlook(form)
    if "add_schedule" in request.POST:
        form = form.with_another_schedule()
    return _show(request, form.unjudged(), outlook=beside, **more)


def _outlook(form: DraftForm) -> Outlook:
    """What stands beside the form, from the form as it was filled."""
    form.is_valid()
    if form.is_new:
        people = len(form.first_people)
        return outlook.of_new(form.as_filled(), people=people, caller_ids=form.caller_ids, faults=form.faults)
    return outlook.of_change(
        form.before,
        form.to_changes() if form.is_bound else {},
        snapshot=snapshots.get(form.before["id"]),
        caller_ids=form.caller_ids,
        faults=form.faults,
    )


def _show(request: HtmxHttpRequest, form: DraftForm, *, status: int = 200, **more: Any) -> HttpResponse:
    opened_at = OpenedForm(request.POST).to_moment()
    context = {
        "form": form,
        "opened": sign(form.before),
        "opened_at": milliseconds(opened_at or timezone.now()),
        "token": uuid.uuid4(),
        "broadcast_id": more.get("broadcast_id") or form.before.get("id"),
        "outlook": more.get("outlook") or _outlook(form),
        **more,
    }
    return render_page(
        request,
        "campaigns/broadcasts/form.html",
        context,
        partials=frozenset({"outlook"}),
        status=status,
    )


def _turned_down(
    request: HtmxHttpRequest, form: DraftForm, sentence: str, error: CallFireError | None, **more: Any
) -> HttpResponseBase:
    """The form again with everything typed: to be corrected, or sent later if CallFire is in trouble."""
    if error is None or isinstance(error, BadRequest):
        form.add_error(None, sentence)
        return _show(request, form, status=422, **more)
    problem = labels.problem(error)
    response = _show(request, form, status=problem.status, problem=problem, said=sentence, **more)
    if error.retry_after is not None:
        response["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


def _save(request: HtmxHttpRequest, broadcast_id: int, form: DraftForm) -> HttpResponseBase:
    mine, page = form.to_changes(), OpenedForm(request.POST)
    if not mine:
        messages.info(request, "Nothing was changed.")
        return redirect("campaigns:broadcast_detail", broadcast_id)
    try:
        saved = drafts.update(
            broadcast_id,
            before=form.before,
            mine=mine,
            opened_at=page.to_moment(),
            reason=form.reason,
            by=request.user,
            token=page.to_token() or uuid.uuid4(),
            request_id=request.request_id,
        )
    except NotFound:
        raise
    except CallFireError as error:
        return _turned_down(request, form, error.user_message, error, broadcast_id=broadcast_id)
    except Unsendable as why:
        return _turned_down(request, form, str(why), None, broadcast_id=broadcast_id)
    if isinstance(saved, Conflict):
        return _compare(request, saved, form, opened_at=page.to_moment())
    if saved.event.outcome in {Outcome.REFUSED, Outcome.FAILED}:
        return _turned_down(request, form, saved.event.sentence, saved.error, broadcast_id=broadcast_id)
    say = messages.warning if saved.ignored or saved.event.outcome != Outcome.DONE else messages.success
    say(request, saved.event.sentence)
    return redirect("campaigns:broadcast_detail", broadcast_id)


def _compare(
    request: HtmxHttpRequest, conflict: Conflict, form: DraftForm, *, opened_at: datetime | None
) -> HttpResponseBase:
    context = {
        "conflict": conflict,
        "broadcast": conflict.theirs,
        "broadcast_id": conflict.theirs.id,
        "both": [clash for clash in conflict.clashes if clash.by_both],
        "one": [clash for clash in conflict.clashes if not clash.by_both],
        "began_at": opened_at,
        "began": sign(form.before, purpose="began"),
        "opened": sign(conflict.theirs.raw),
        "opened_at": milliseconds(timezone.now()),
        "mine": sign({"changes": form.to_changes(), "reason": form.reason}, purpose="mine"),
        "token": uuid.uuid4(),
    }
    return render_page(request, "campaigns/broadcasts/conflict.html", context, status=409)


def _made(request: HtmxHttpRequest, event: AuditEvent, *, go_on: bool) -> HttpResponseBase:
    broadcast_id = event.object_id or 0
    if not snapshots.get_many([broadcast_id]):
        # CallFire made it and is silent since: its own page could only say that nothing can be read.
        return redirect("campaigns:broadcast_creation", event.token)
    say = messages.warning if event.detail.get("ignored") else messages.success
    say(request, event.sentence)
    return redirect("campaigns:broadcast_start" if go_on else "campaigns:broadcast_detail", broadcast_id)
