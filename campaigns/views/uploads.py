"""Uploads until they are handed over: bringing people in, saying what the columns mean, confirming."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import tasks
from campaigns.actions import STOP, offered
from campaigns.forms.upload_review import ColumnsForm, HandOverForm, ReadingForm
from campaigns.forms.uploads import SOURCE_FORMS, SourceForm
from campaigns.htmx import HtmxHttpRequest, render_page, render_problem, vary_on_htmx, wants_fragment
from campaigns.models import Upload
from campaigns.permissions import Permission, needs
from campaigns.recipient_files.mapping import Mapping
from campaigns.recipient_files.reading import Preview, Reading, Unreadable
from campaigns.services import (
    arrivals,
    heard,
    people,
    snapshots,
    summary,
    upload_confirming,
    upload_listing,
    upload_review,
    uploads,
)
from campaigns.services.arrivals import Delivery
from campaigns.services.handing_over import NotPossible
from campaigns.services.people import Standing
from campaigns.services.upload_confirming import Question
from campaigns.states import UploadState
from campaigns.views.actions import stop_first

_MAPPING: Final = "campaigns/uploads/mapping.html"
_KINDS: Final = {
    Upload.Source.FILE: "A file",
    Upload.Source.CONTACT_LIST: "A contact list",
    Upload.Source.CONTACT_IDS: "Contact IDs",
}
_OTHERS_WERE_FIRST: Final = (
    "What was handed to this broadcast changed since the check, so it is checked again."
)
_NO_WORKER: Final = "The background worker cannot be reached. It begins as soon as the worker is back."


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ADD_PEOPLE)
def upload_new(request: HtmxHttpRequest, broadcast_id: int | None = None) -> HttpResponseBase:
    to = people.standing(broadcast_id) if broadcast_id is not None else None
    wanted = request.POST if request.method == "POST" else request.GET
    kind = wanted.get("source") or Upload.Source.FILE
    continues = uploads.named(wanted.get("continues", ""), broadcast_id=broadcast_id)
    form_type = SOURCE_FORMS.get(kind, SOURCE_FORMS[Upload.Source.FILE])
    choices = uploads.broadcasts_to_choose() if to is None else None
    if request.method != "POST":
        return _ask_for_people(request, form_type(choices=choices), kind, to, continues)
    form = form_type(request.POST, request.FILES, choices=choices)
    if not form.is_valid() or form.source is None:
        return _ask_for_people(request, form, kind, to, continues)
    to = to or people.standing(form.cleaned_data["broadcast"])
    if to.refusal:
        return _ask_for_people(request, form, kind, to, continues)
    delivery = Delivery(
        to=to.snapshot,
        by=request.user,
        token=form.to_token(),
        continues=continues,
        request_id=request.request_id,
    )
    upload = arrivals.receive(form.source, delivery)
    _check_in_background(request, upload)
    return redirect("campaigns:upload_mapping", upload.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ADD_PEOPLE)
def upload_mapping(request: HtmxHttpRequest, upload_id: int) -> HttpResponseBase:
    upload = uploads.get_for(request.user, upload_id)
    if upload.state not in uploads.BEFORE:
        return redirect("campaigns:upload_detail", upload.pk)
    if request.method != "POST" and wants_fragment(request):
        review = upload_review.of(upload, snapshots.get(upload.broadcast_id))
        context = {"upload": upload, "review": review, "ticks": True}
        return vary_on_htmx(TemplateResponse(request, f"{_MAPPING}#tick", context))
    file = _File.of(upload, request.POST if request.method == "POST" else None)
    if request.method == "POST" and _check_again(request, upload, file, request.POST.get("step", "")):
        return redirect("campaigns:upload_mapping", upload.pk)
    return _review(request, upload, file)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ADD_PEOPLE)
def upload_confirm(request: HtmxHttpRequest, upload_id: int) -> HttpResponseBase:
    upload = uploads.get_for(request.user, upload_id)
    if upload.state not in uploads.BEFORE:
        return redirect("campaigns:upload_detail", upload.pk)
    if request.method != "POST":
        return _ask_to_hand_over(request, upload, upload_confirming.ask(upload), HandOverForm(upload=upload))
    if request.POST.get("step") == STOP.name:
        stop_first(request, upload.broadcast_id)
        return redirect("campaigns:upload_confirm", upload.pk)
    file = _File.of(upload, request.POST)
    if step := file.unsaved():
        if not _check_again(request, upload, file, step):
            return _review(request, upload, file)
        return _look_again(request, upload, "You changed how the file is taken, so it is checked again.")
    return _hand_over(request, upload)


@require_safe
@needs(Permission.ADD_PEOPLE)
def upload_rejects(request: HtmxHttpRequest, upload_id: int) -> HttpResponseBase:
    upload = uploads.get_for(request.user, upload_id)
    if upload.state in (UploadState.CHECKING, UploadState.UNREADABLE):
        return render_problem(
            request, status=409, title="The check has not ended yet", detail="Come back when it has."
        )
    try:
        file = uploads.open_rejects(upload, by=request.user, request_id=request.request_id)
    except FileNotFoundError:
        return render_problem(
            request,
            status=410,
            title="These rows are no longer kept",
            detail="Callboard removes the rows of an upload after a while. Their counts and reasons stay.",
        )
    name = f"{PurePath(upload.name).stem} - rows left out.csv"
    return FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


@dataclass(frozen=True, slots=True)
class _File:
    """The file of an upload as the page shows it; None stands for what cannot be read or does not apply."""

    preview: Preview | None
    trouble: str
    reading_form: ReadingForm | None
    columns_form: ColumnsForm | None

    @classmethod
    def of(cls, upload: Upload, data: QueryDict | None) -> _File:
        if upload.source == Upload.Source.CONTACT_LIST:
            return cls(None, "", None, None)
        how, mapping = Reading.from_json(upload.reading), Mapping.from_json(upload.mapping)
        # A form that brought nothing of this kind shows what is kept.
        reads, maps = data and "header_row" in data, data and "role_0" in data
        is_file = upload.source == Upload.Source.FILE
        reading_form = ReadingForm(data if reads else None, reading=how) if is_file else None
        columns_form = ColumnsForm(data if maps else None, columns=upload.columns, mapping=mapping)
        try:
            return cls(uploads.glimpse(upload), "", reading_form, columns_form)
        except Unreadable as why:
            return cls(None, why.sentence, reading_form, None)

    def unsaved(self) -> str:
        """The step by which what somebody chose and did not have checked would be; empty when nothing was."""
        for step, form in (("read", self.reading_form), ("check", self.columns_form)):
            if form is not None and form.is_bound and form.is_other:
                return step
        return ""


def _check_again(request: HtmxHttpRequest, upload: Upload, file: _File, step: str) -> bool:
    """Whether the file is being checked in the way somebody chose; if not, the forms say why."""
    form = file.reading_form if step == "read" else file.columns_form
    if form is None or not form.is_valid():
        return False
    try:
        if isinstance(form, ReadingForm):
            uploads.read_again(upload, form.to_reading(), by=request.user, request_id=request.request_id)
        else:
            uploads.map_again(upload, form.to_mapping(), by=request.user, request_id=request.request_id)
    except Unreadable as why:
        form.add_error(None, why.sentence)
        return False
    _check_in_background(request, upload)
    return True


def _check_in_background(request: HtmxHttpRequest, upload: Upload) -> None:
    if upload.state == UploadState.CHECKING and not tasks.enqueue(tasks.check_upload, upload.pk):
        messages.warning(request, _NO_WORKER)


def _hand_over(request: HtmxHttpRequest, upload: Upload) -> HttpResponseBase:
    question = upload_confirming.ask(upload)
    form = HandOverForm(request.POST, upload=upload, question=question)
    if not form.is_valid() or not question.to.is_open:
        return _ask_to_hand_over(request, upload, question, form)
    try:
        is_begun = upload_confirming.confirm(
            upload,
            check_number=form.cleaned_data["check"],
            scrub_duplicates=form.cleaned_data["scrub_duplicates"],
            strict_validation=form.cleaned_data["strict_validation"],
            question=question,
            by=request.user,
            request_id=request.request_id,
        )
    except NotPossible as why:
        return _look_again(request, upload, why.sentence)
    if not is_begun:
        _check_in_background(request, upload)
        return _look_again(request, upload, _OTHERS_WERE_FIRST)
    if not tasks.enqueue(tasks.hand_over):
        messages.warning(request, _NO_WORKER)
    return redirect("campaigns:upload_detail", upload.pk)


def _look_again(request: HtmxHttpRequest, upload: Upload, why: str) -> HttpResponseBase:
    messages.warning(request, f"{why} Nobody was handed over. Look at the check, then hand over.")
    return redirect("campaigns:upload_mapping", upload.pk)


def _ask_for_people(
    request: HtmxHttpRequest, form: SourceForm, kind: str, to: Standing | None, continues: Upload | None
) -> HttpResponseBase:
    refusal = to.refusal if to is not None else ""
    if refusal and wants_fragment(request):
        return render_problem(request, status=409, title="Nobody can be added now", detail=refusal)
    context = {
        "form": form,
        "kind": kind if kind in SOURCE_FORMS else Upload.Source.FILE,
        "kinds": _KINDS,
        "to": to,
        "snapshot": to.snapshot if to is not None else None,
        "continues": continues,
        "token": uuid.uuid4(),
        "most_mb": settings.UPLOAD_MAX_MB,
        "recent": upload_listing.recent(),
    }
    return render_page(
        request,
        "campaigns/uploads/new.html",
        context,
        partials=frozenset({"arrival"}),
        status=409 if refusal else 422 if form.errors else 200,
    )


def _review(request: HtmxHttpRequest, upload: Upload, file: _File) -> HttpResponseBase:
    to = people.standing(upload.broadcast_id)
    fields = heard.merge_fields(heard.texts(to.snapshot))
    forms = [form for form in (file.reading_form, file.columns_form) if form is not None]
    context = {
        "upload": upload,
        "review": upload_review.of(upload, to.snapshot),
        "file": file,
        "rows": upload_review.cells(file.preview, Mapping.from_json(upload.mapping)) if file.preview else (),
        "foreign": upload_review.foreign_words(file.preview) if file.preview else (),
        "hand_over_form": HandOverForm(upload=upload),
        "to": to,
        "snapshot": to.snapshot,
        "fields": fields,
        "missing": upload_review.missing_fields(fields, upload),
        "remembered": uploads.remembered_from(upload),
    }
    has_errors = any(form.errors for form in forms)
    return vary_on_htmx(TemplateResponse(request, _MAPPING, context, status=422 if has_errors else 200))


def _ask_to_hand_over(
    request: HtmxHttpRequest, upload: Upload, question: Question, form: HandOverForm
) -> HttpResponseBase:
    """What handing over would do now. Who was not asked before has made no mistake yet."""
    to = question.to
    shows_errors = "asked" in request.POST and bool(form.errors)
    context = {
        "upload": upload,
        "question": question,
        "to": to,
        "snapshot": to.snapshot,
        "hours": summary.hours_in_words(to.snapshot),
        "form": form,
        "shows_errors": shows_errors,
        "may_stop": to.is_calling and STOP in offered(to.snapshot.status, request.user),
    }
    status = 409 if to.refusal else 503 if to.trouble else 422 if shows_errors else 200
    return render_page(request, "campaigns/uploads/confirm.html", context, status=status)
