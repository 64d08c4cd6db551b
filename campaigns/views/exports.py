"""Exports of the call log: small ones at once, others in the background, and the list of them."""

from __future__ import annotations

import io
import uuid
from typing import Final

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import tasks
from campaigns.forms.calls import CallFilterForm
from campaigns.forms.exports import ExportForm, ExportListForm
from campaigns.htmx import HtmxHttpRequest, render_page, render_problem
from campaigns.models import Export
from campaigns.permissions import Permission, needs
from campaigns.services import export_rows, exports
from campaigns.services.call_log import CallQuery
from campaigns.services.exports import Gone

_CSV: Final = "text/csv; charset=utf-8"
_TYPES: Final = {
    Export.Format.CSV: _CSV,
    Export.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_NO_WORKER: Final = "The background worker cannot be reached. It begins as soon as the worker is back."


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.EXPORT)
def call_export(request: HtmxHttpRequest) -> HttpResponseBase:
    filters = CallFilterForm(request.GET)
    if not filters.is_valid():
        return _back_to_the_filters(request, filters)
    query = filters.to_query()
    if request.method != "POST":
        return _ask(request, query, ExportForm(initial={"token": uuid.uuid4()}))
    form = ExportForm(request.POST)
    if not form.is_valid() or exports.refusal(query):
        return _ask(request, query, form)
    export = exports.begin(
        query,
        kind=form.cleaned_data["format"],
        token=form.cleaned_data["token"],
        by=request.user,
        request_id=request.request_id,
    )
    if not tasks.enqueue(tasks.run_export, export.pk):
        messages.warning(request, _NO_WORKER)
    return redirect("campaigns:export_detail", export.pk)


@require_safe
@needs(Permission.EXPORT)
def call_export_csv(request: HtmxHttpRequest) -> HttpResponseBase:
    filters = CallFilterForm(request.GET)
    if not filters.is_valid():
        return _back_to_the_filters(request, filters)
    rows = exports.few(filters.to_query(), by=request.user, request_id=request.request_id)
    if rows is None:
        messages.info(request, f"These are more than {exports.MOST_AT_ONCE:,} calls, so they take a while.")
        return redirect(f"{reverse('campaigns:call_export')}?{request.GET.urlencode()}")
    text = io.StringIO(newline="")
    export_rows.write_csv(text, rows)
    response = HttpResponse(text.getvalue().encode(export_rows.ENCODING), content_type=_CSV)
    response["Content-Disposition"] = f'attachment; filename="calls {timezone.localtime():%Y-%m-%d %H%M}.csv"'
    return _private(response)


@require_safe
@needs(Permission.EXPORT)
def export_list(request: HtmxHttpRequest) -> HttpResponseBase:
    form = ExportListForm(request.GET)
    is_valid = form.is_valid()
    context = {
        "form": form,
        "found": exports.find(reader=request.user, page=form.cleaned_data.get("page") or 1),
    }
    return render_page(
        request,
        "campaigns/exports/list.html",
        context,
        partials=frozenset({"results"}),
        status=200 if is_valid else 422,
    )


@require_safe
@needs(Permission.EXPORT)
def export_detail(request: HtmxHttpRequest, export_id: int) -> HttpResponseBase:
    export = exports.get_for(request.user, export_id)
    context = {"export": export, "row": exports.row_of(export, reader=request.user)}
    return render_page(request, "campaigns/exports/detail.html", context, partials=frozenset({"progress"}))


@require_safe
@needs(Permission.EXPORT)
def export_file(request: HtmxHttpRequest, export_id: int) -> HttpResponseBase:
    export = exports.get_for(request.user, export_id)
    try:
        file = exports.open_file(export, by=request.user, request_id=request.request_id)
    except Gone as why:
        return render_problem(request, status=410, title="There is no file", detail=why.sentence)
    name = f"calls {timezone.localtime(export.until):%Y-%m-%d %H%M}.{export.format}"
    return _private(
        FileResponse(
            file, as_attachment=True, filename=name, content_type=_TYPES[Export.Format(export.format)]
        )
    )


@require_POST
@needs(Permission.EXPORT)
def export_cancel(request: HtmxHttpRequest, export_id: int) -> HttpResponseBase:
    export = exports.get_for(request.user, export_id)
    if exports.cancel(export, by=request.user, request_id=request.request_id):
        messages.success(request, "Cancelled. Nothing of it is kept.")
    else:
        messages.info(request, "It had ended before.")
    return redirect("campaigns:export_detail", export.pk)


def _ask(request: HtmxHttpRequest, query: CallQuery, form: ExportForm) -> HttpResponseBase:
    question = exports.ask(query, by=request.user)
    return render_page(
        request,
        "campaigns/exports/new.html",
        {"question": question, "form": form, "most_at_once": exports.MOST_AT_ONCE},
        partials=frozenset({"dialog"}),
        status=422 if form.errors or question.refusal else 200,
    )


def _back_to_the_filters(request: HtmxHttpRequest, filters: CallFilterForm) -> HttpResponseBase:
    sentences = dict.fromkeys(str(error) for errors in filters.errors.values() for error in errors)
    return render_problem(
        request,
        status=422,
        title="These filters cannot be exported",
        detail=" ".join(sentences),
        template="campaigns/exports/wrong_filters.html",
    )


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "private, no-store"
    return response
