"""The call log, that of one broadcast, and the views people saved of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from callfire_api import BadRequest
from campaigns.forms.calls import BroadcastCallsForm, CallFilterForm, SavedViewForm
from campaigns.htmx import HtmxHttpRequest, render_page, render_problem
from campaigns.labels import zone_name
from campaigns.permissions import Permission, may, needs
from campaigns.services import audit, call_chips, call_pages, listing, numbers, saved_views, snapshots
from campaigns.services.call_log import SIZES, CallQuery
from campaigns.services.call_pages import CallPage
from campaigns.services.masking import Numbers

_MORE: Final = ("begin", "end", "batch", "from", "direction", "label", "id", "size")


@require_safe
@needs(Permission.LOOK)
def call_list(request: HtmxHttpRequest) -> HttpResponseBase:
    form, seen = CallFilterForm(request.GET), Numbers(request.user)
    found, newer, chips = None, "", []
    if form.is_valid():
        query = form.to_query()
        if "" in request.GET.values() or not request.GET.get("broadcast", "0").isdigit():
            return redirect(_address(query))
        chips = call_chips.chips(query, seen)
        try:
            found, newer = call_pages.page(query, seen), call_pages.newer(query)
        except BadRequest as error:
            form.add_error(None, f"CallFire refused these filters: {numbers.masked(error.user_message)}")
    zone = form.cleaned_data.get("zone") or timezone.get_current_timezone_name()
    pages = _pages(found) if found is not None else {}
    context = {
        "form": form,
        "found": found,
        "newer": newer,
        "chips": chips,
        "pages": pages,
        "current_view": saved_views.named(request.user, pages.get("filters", "")),
        "broadcast_shown": _broadcast_shown(form),
        "more_open": any(name in form.errors for name in _MORE),
        "zone": zone,
        "zone_shown": zone_name(zone),
        "broadcasts": call_chips.newest_broadcasts(),
        "known_labels": [label for label in listing.known_labels() if label == seen.text(label)],
        "may_export": may(request.user, Permission.EXPORT),
        "may_call": may(request.user, Permission.CALL),
    }
    status = 422 if form.errors else 200
    return render_page(request, "campaigns/calls/list.html", context, status=status)


@require_safe
@needs(Permission.LOOK)
def broadcast_calls(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    snapshot, form = snapshots.get(broadcast_id), BroadcastCallsForm(request.GET)
    if not form.is_valid():
        sentences = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return render_problem(request, status=422, title="These calls cannot be shown", detail=sentences)
    found = call_pages.page_of_broadcast(form.to_query(broadcast_id), Numbers(request.user))
    context = {
        "snapshot": snapshot,
        "found": found,
        "pages": _around(found, replace(found.query, broadcast=None, size=SIZES[0])),
        "search": CallQuery(broadcast=broadcast_id, batch=found.query.batch).to_querystring(),
        "outcomes": call_chips.of_broadcast(broadcast_id),
    }
    return render_page(request, "campaigns/calls/of_broadcast.html", context, partials=frozenset({"calls"}))


@require_POST
@needs(Permission.LOOK)
def saved_view_create(request: HtmxHttpRequest) -> HttpResponseBase:
    form = SavedViewForm(request.POST)
    if not form.is_valid():
        sentences = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return render_problem(request, status=422, title="This view was not saved", detail=sentences)
    query, name = form.to_query(), form.cleaned_data["name"]
    try:
        replaced = saved_views.save(request.user, name=name, query=query)
    except saved_views.TooMany:
        detail = f"{saved_views.MOST} views fit beside a page. Delete one first."
        return render_problem(request, status=422, title="This view was not saved", detail=detail)
    audit.note(
        action="save view",
        by=request.user,
        request_id=request.request_id,
        object_kind="view",
        object_name=name,
    )
    messages.success(request, f"“{name}” now shows these filters." if replaced else f"Saved as “{name}”.")
    return redirect(_address(query))


@require_POST
@needs(Permission.LOOK)
def saved_view_delete(request: HtmxHttpRequest, view_id: int) -> HttpResponseBase:
    view = saved_views.delete(request.user, view_id)
    if view is None:
        raise Http404
    audit.note(
        action="delete view",
        by=request.user,
        request_id=request.request_id,
        object_kind="view",
        object_name=view.name,
    )
    messages.success(request, f"Deleted the view “{view.name}”. Its calls are where they were.")
    return redirect("campaigns:call_list")


def _address(query: CallQuery) -> str:
    return f"{reverse('campaigns:call_list')}?{query.to_querystring()}".rstrip("?")


def _pages(found: CallPage) -> dict[str, str]:
    """This page of the log, its first one with the newest calls, and those around it, as of ``_around``."""
    newest = replace(found.query, until=None, offset=0)
    pages = {"here": found.query.to_querystring(), "filters": newest.to_querystring()}
    return pages | _around(found, found.query)


def _around(found: CallPage, query: CallQuery) -> dict[str, str]:
    """The pages beside this one, each as the part after the ``?`` of an address that asks for ``query``."""
    size, pages = found.query.size, {}
    if query.offset:
        pages["newer"] = replace(query, offset=max(0, query.offset - size)).to_querystring()
    if found.has_next:
        pages["older"] = replace(query, offset=query.offset + size).to_querystring()
    return pages


def _broadcast_shown(form: CallFilterForm) -> str:
    """What stands in the field of the broadcast: its name, or what was typed and is none."""
    known = form.cleaned_data.get("broadcast")
    return str(form["broadcast"].value() or "") if known is None else call_chips.broadcast_name(known)
