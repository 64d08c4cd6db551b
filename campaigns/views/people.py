"""People of one broadcast: a few are added by hand, some are switched off and on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from callfire_api import BadRequest, CallFireError
from campaigns.actions import STOP, offered
from campaigns.forms.people import PeopleForm, SwitchForm
from campaigns.htmx import HtmxHttpRequest, render_page, render_problem, wants_fragment
from campaigns.labels import in_a_row, problem
from campaigns.permissions import Permission, needs
from campaigns.services import adding, broadcasts, earlier, people, summary, switching
from campaigns.services.people import Plan, Standing
from campaigns.services.switching import Found
from campaigns.views.actions import stop_first


@dataclass(frozen=True, slots=True)
class Asked:
    """The question before people are added or switched, in words; ``rings`` when phones may ring at once."""

    question: str
    button: str
    says: str
    advice: str
    rings: bool


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ADD_PEOPLE)
def recipients_new(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    if request.method != "POST":
        return _ask(request, PeopleForm(), people.standing(broadcast_id), Plan())
    step = request.POST.get("step")
    if step == STOP.name:
        stop_first(request, broadcast_id)
    form = PeopleForm(request.POST)
    is_valid = form.is_valid()
    pasted = form.to_pasted()
    before = earlier.find(broadcast_id, (person.number for person in pasted.people))
    plan = people.plan(pasted, earlier=before, again=form.cleaned_data["again"])
    to = people.standing(broadcast_id)
    if is_valid and not plan.people:
        form.add_error("people", "Everybody here was added before. Nobody is left to add.")
    elif is_valid and to.is_open and (missing := people.lacking(plan.people, to)):
        form.add_error("people", _lacks(missing))
    elif is_valid and to.is_open and step == "send":
        if form.is_sealed(plan, to):
            return _add(request, form, to, plan)
        form.add_error(None, "The list or the broadcast changed since it was checked. Look again, then send.")
    return _ask(request, form, to, plan)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ADD_PEOPLE)
def recipients_switch(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    to = people.standing(broadcast_id)
    if request.method != "POST":
        return _ask_switch(request, SwitchForm(), to)
    form = SwitchForm(request.POST)
    if not form.is_valid() or to.trouble or switching.why_not(to, enable=form.enable):
        return _ask_switch(request, form, to)
    try:
        found = switching.find(broadcast_id, form.cleaned_data["people"].people)
    except CallFireError as error:
        return _ask_switch(request, form, replace(to, trouble=error.user_message))
    if not any(each.changes(enable=form.enable) for each in found):
        form.add_error("people", "Nobody here can be switched: look at what CallFire says of each.")
    elif request.POST.get("step") == "send":
        if form.is_sealed(found, to):
            return _switch(request, form, to, found)
        form.add_error(None, "The numbers or the broadcast changed since they were checked. Look again.")
    return _ask_switch(request, form, to, found)


@require_safe
@needs(Permission.LOOK)
def recipients_result(request: HtmxHttpRequest, broadcast_id: int, token: uuid.UUID) -> HttpResponseBase:
    event = adding.get(broadcast_id, token)
    look = broadcasts.look(broadcast_id)
    context = {
        "event": event,
        "look": look,
        "snapshot": look.snapshot,
        "actions": offered(look.snapshot.status, request.user),
        "rows": adding.result(event),
        "every": 2 if event.settled_at is None else None,
    }
    return render_page(request, "campaigns/people/result.html", context, partials=frozenset({"outcome"}))


def _ask(
    request: HtmxHttpRequest, form: PeopleForm, to: Standing, plan: Plan, *, status: int | None = None
) -> HttpResponseBase:
    if to.refusal and wants_fragment(request):
        return render_problem(request, status=409, title="Nobody can be added now", detail=to.refusal)
    token = uuid.uuid4()
    context = {
        "form": form,
        "to": to,
        "plan": plan,
        "snapshot": to.snapshot,
        "hours": summary.hours_in_words(to.snapshot),
        "asked": _asked_to_add(len(plan.people), to),
        "token": token,
        "seal": plan.seal(token, to),
        "may_stop": to.is_calling and STOP in offered(to.snapshot.status, request.user),
    }
    response = render_page(
        request,
        "campaigns/people/new.html",
        context,
        partials=frozenset({"check"}),
        status=status or _status(form, to),
    )
    # Where CallFire does not answer, the lines are shown all the same, with the reason.
    if wants_fragment(request) and response.status_code != 422:
        response["HX-Retarget"], response["HX-Reswap"] = "#check", "outerHTML"
    return response


def _asked_to_add(number: int, to: Standing) -> Asked:
    deed = f"{'Add and call' if to.is_calling else 'Add'} {_people(number)}"
    stop_first = "Stop first, and nobody is called until you start it again."
    return Asked(f"{deed}?", deed, to.when, stop_first if to.is_calling else "", rings=to.is_calling)


def _asked_to_switch(number: int, to: Standing, *, enable: bool) -> Asked:
    if enable:
        question = f"Let {_people(number)} through again?"
        return Asked(question, "Let them through", to.when, "", rings=to.is_calling)
    return Asked(
        f"Hold {_people(number)} back?",
        "Hold them back",
        "They are not called until somebody lets them through again.",
        "Whoever is called in the meantime stays called.",
        rings=False,
    )


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def _lacks(names: Sequence[str]) -> str:
    return (
        f"The message speaks of {in_a_row(names, 'and')}, but not everybody here brings it. "
        f"Add a first line like: number, {', '.join(names)}."
    )


def _status(form: PeopleForm, to: Standing) -> int:
    if to.refusal:
        return 409
    if form.errors:
        return 422
    return 503 if form.is_bound and to.trouble else 200


def _add(request: HtmxHttpRequest, form: PeopleForm, to: Standing, plan: Plan) -> HttpResponseBase:
    added = adding.add(
        plan.people,
        to=to,
        strict=form.cleaned_data["strict"],
        by=request.user,
        token=form.to_token(),
        request_id=request.request_id,
    )
    if added.error is None:
        return redirect("campaigns:recipients_result", to.snapshot.pk, added.event.token)
    form.add_error("people", f"Nobody was added. {added.error.user_message}")
    return _ask(request, form, to, plan, status=_refused_status(added.error))


def _refused_status(error: CallFireError) -> int:
    """What CallFire says about the list belongs on the form; anything else is trouble of its own."""
    return 422 if isinstance(error, BadRequest) else problem(error).status


def _ask_switch(
    request: HtmxHttpRequest,
    form: SwitchForm,
    to: Standing,
    found: Sequence[Found] = (),
    *,
    status: int | None = None,
) -> HttpResponseBase:
    token = uuid.uuid4()
    enable = form.is_bound and form.is_valid() and form.enable
    refusal = switching.why_not(to, enable=enable)
    changing = sum(each.changes(enable=enable) for each in found)
    context = {
        "form": form,
        "to": to,
        "refusal": refusal,
        "snapshot": to.snapshot,
        "enable": enable,
        "entries": [(each, each.changes(enable=enable)) for each in found],
        "changing": changing,
        "hours": summary.hours_in_words(to.snapshot),
        "asked": _asked_to_switch(changing, to, enable=enable),
        "token": token,
        "seal": switching.seal(found, enable=enable, to=to, token=token),
    }
    if status is None:
        status = 409 if refusal else 422 if form.errors else 503 if form.is_bound and to.trouble else 200
    return render_page(request, "campaigns/people/switch.html", context, status=status)


def _switch(
    request: HtmxHttpRequest, form: SwitchForm, to: Standing, found: Sequence[Found]
) -> HttpResponseBase:
    done = switching.switch(
        found,
        enable=form.enable,
        to=to,
        by=request.user,
        token=form.cleaned_data["token"],
        request_id=request.request_id,
    )
    if done.error is None:
        return redirect("campaigns:recipients_result", to.snapshot.pk, done.event.token)
    form.add_error("people", f"Nobody was switched. {done.error.user_message}")
    return _ask_switch(request, form, to, found, status=_refused_status(done.error))
