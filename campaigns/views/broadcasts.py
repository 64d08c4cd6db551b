"""The list of broadcasts, one broadcast, its live panel and its batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from campaigns import shared, tasks
from campaigns.actions import STOP, Action, offered
from campaigns.forms.broadcasts import BroadcastFilterForm, RowsForm
from campaigns.htmx import HtmxHttpRequest, render_page, render_problem, unchanged
from campaigns.models import AuditEvent, BroadcastSnapshot
from campaigns.permissions import Permission, may, needs
from campaigns.services import (
    audit,
    batches,
    broadcasts,
    health,
    listing,
    snapshots,
    spoken,
    stats,
    summary,
    upload_listing,
)
from campaigns.services.stats import StatsPanel

ROWS_EVERY_SECONDS = 5


@require_safe
@needs(Permission.LOOK)
def broadcast_list(request: HtmxHttpRequest) -> HttpResponseBase:
    form = BroadcastFilterForm(request.GET)
    is_valid = form.is_valid()
    if snapshots.is_due():
        tasks.enqueue(tasks.read_snapshots, expires=60)
    found = listing.find(form.to_query())
    context = {
        "form": form,
        "query": form.to_query(),
        "found": found,
        "clock": _rows_clock(found.rows),
        "may_select": may(request.user, Permission.STOP),
        "may_edit": may(request.user, Permission.EDIT),
    }
    return render_page(
        request,
        "campaigns/broadcasts/list.html",
        context,
        partials=frozenset({"results"}),
        status=200 if is_valid else 422,
    )


@require_safe
@needs(Permission.LOOK)
def broadcast_rows(request: HtmxHttpRequest) -> HttpResponseBase:
    form = RowsForm(request.GET)
    if not form.is_valid():
        return render_problem(
            request,
            status=422,
            title="These rows cannot be shown",
            detail=" ".join(map(str, form.errors["id"])),
        )
    rows = [listing.row_of(snapshot) for snapshot in snapshots.get_many(form.cleaned_data["id"])]
    clock = _rows_clock(rows)
    if clock.version == request.GET.get("v"):
        return unchanged("rows-clock", clock.as_of)
    return render(request, "campaigns/broadcasts/list.html#changed_rows", {"rows": rows, "clock": clock})


@require_POST
@needs(Permission.LOOK)
def broadcast_refresh(request: HtmxHttpRequest) -> HttpResponseBase:
    if not shared.is_up():
        sentence = "Callboard’s short-term memory (Redis) does not answer, so the list stays as it is."
        messages.warning(request, sentence)
    elif not snapshots.may_refresh():
        messages.info(request, "The list is being read from CallFire already.")
    elif tasks.enqueue(tasks.read_snapshots, expires=60):
        messages.success(request, "Reading the list from CallFire.")
    else:
        messages.warning(request, "The background worker cannot be reached, so the list stays as it is.")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("campaigns:broadcast_list")
    return redirect(back)


@require_safe
@needs(Permission.LOOK)
def broadcast_detail(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    look = broadcasts.look(broadcast_id)
    if stats.is_due(look.snapshot) and tasks.enqueue(tasks.refresh_stats, broadcast_id, expires=30):
        look.snapshot.refresh_from_db()
    context = _live_context(request, look.snapshot) | {
        "trouble": look.trouble,
        "is_silent": bool(look.trouble) or (health.trouble() is not None and stats.is_old(look.snapshot)),
        "settings": summary.in_words(spoken.with_words(look.snapshot)),
        "newest": upload_listing.newest(broadcast_id),
    }
    return TemplateResponse(request, "campaigns/broadcasts/detail.html", context)


@require_safe
@needs(Permission.LOOK)
def broadcast_stats(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    snapshot = snapshots.get(broadcast_id)
    if stats.is_due(snapshot) and tasks.enqueue(tasks.refresh_stats, broadcast_id, expires=30):
        snapshot.refresh_from_db()
    head = _head_of(request, snapshot)
    same_head = head.version == request.GET.get("head")
    was_silent = "silent" in request.GET
    is_silent = health.trouble() is not None and (was_silent or stats.is_old(snapshot))
    turned = is_silent != was_silent
    if same_head and not turned and stats.version_of(snapshot) == request.GET.get("v"):
        return unchanged("stats", snapshot.counters_at.isoformat() if snapshot.counters_at else "")
    context = _live_context(request, snapshot) | {
        "head_changed": not same_head,
        "is_silent": is_silent,
        "callfire_turned": turned,
    }
    response = render(request, "campaigns/broadcasts/detail.html#stats_tick", context)
    if turned and not is_silent:
        response["HX-Trigger"] = "callfire-back"
    return response


@require_safe
@needs(Permission.LOOK)
def broadcast_batches(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    wanted = request.GET.get("page", "1")
    page = int(wanted) if wanted.isascii() and wanted.isdigit() and 0 < int(wanted) <= 100_000 else 1
    context = {
        "snapshot": snapshots.get(broadcast_id),
        "found": batches.find(broadcast_id, page=page),
    }
    return render_page(request, "campaigns/broadcasts/batches.html", context, partials=frozenset({"batches"}))


@dataclass(frozen=True, slots=True)
class _Head:
    """What the head of the page shows besides the figures, and a version that names it."""

    actions: list[Action]
    stopping: AuditEvent | None
    open_events: list[AuditEvent]
    version: str


@dataclass(frozen=True, slots=True)
class _RowsClock:
    """Which rows of the list change by themselves, and how often to look."""

    ids: list[int]
    version: str
    as_of: str
    every: int | None


def _head_of(request: HtmxHttpRequest, snapshot: BroadcastSnapshot) -> _Head:
    open_events = audit.open_for(snapshot.pk)
    newest = audit.recent_for(snapshot.pk, most=1)
    parts = [snapshot.status, *(f"{event.pk}{event.outcome}" for event in [*open_events, *newest])]
    return _Head(
        actions=offered(snapshot.status, request.user),
        stopping=next((event for event in open_events if event.action == STOP.name), None),
        open_events=open_events,
        version="-".join(parts),
    )


def _live_context(request: HtmxHttpRequest, snapshot: BroadcastSnapshot) -> dict[str, object]:
    head = _head_of(request, snapshot)
    panel: StatsPanel = stats.panel(snapshot)
    every = min(panel.every or 2.0, 2.0) if head.open_events else panel.every
    return {
        "snapshot": snapshot,
        "panel": panel,
        "every": every,
        "head": head,
        "may_edit": may(request.user, Permission.EDIT),
        "events": audit.recent_for(snapshot.pk),
        "event_count": audit.count_for(snapshot.pk),
    }


def _rows_clock(rows: Sequence[listing.Row]) -> _RowsClock:
    live = [row for row in rows if row.is_live]
    read_at = [row.snapshot.counters_at for row in live if row.snapshot.counters_at]
    return _RowsClock(
        ids=[row.snapshot.pk for row in live],
        version=stats.version_of_all([row.snapshot for row in live]),
        as_of=min(read_at).isoformat() if read_at else "",
        every=ROWS_EVERY_SECONDS if live else None,
    )
