"""Uploads once they are on their way: the list of them, one with its books, and what is decided about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import tasks
from campaigns.forms.handing_over import ChunkFilterForm, SendAgainForm, UploadFilterForm
from campaigns.htmx import HtmxHttpRequest, render_page, render_problem, unchanged, wants_fragment
from campaigns.models import Upload
from campaigns.permissions import Permission, may, needs
from campaigns.services import chunk_listing, handing_over, progress, upload_listing, uploads
from campaigns.services import upload_news as news_of_uploads
from campaigns.services.handing_over import NotPossible
from campaigns.services.upload_listing import BEFORE

ASKING: Final = ["GET", "HEAD", "POST"]
P = ParamSpec("P")
View = Callable[Concatenate[HtmxHttpRequest, P], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Question:
    """A decision that is asked about first: what its button says, and the template of what the page says."""

    verb: str
    waiting: str
    template: str


CANCEL: Final = Question("Cancel the rest", "Cancelling…", "asked_cancel.html")
DISCARD: Final = Question("Discard", "Discarding…", "asked_cancel.html")
DISABLE: Final = Question("Disable these batches", "Disabling…", "asked_disable.html")
SEND_AGAIN: Final = Question("Send again", "Sending…", "asked_send_again.html")
LEAVE_OUT: Final = Question("Leave these people out", "Leaving out…", "asked_leave_out.html")


def says_why_not(view: View[P]) -> View[P]:
    """What is not possible now is a page with the reason, or a notice."""

    @wraps(view)
    def guarded(request: HtmxHttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotPossible as error:
            return render_problem(request, status=409, title="Nothing was changed", detail=error.sentence)

    return guarded


@require_safe
@needs(Permission.LOOK)
def upload_list(request: HtmxHttpRequest) -> HttpResponseBase:
    form = UploadFilterForm(request.GET)
    is_valid = form.is_valid()
    context = {
        "form": form,
        "found": upload_listing.find(form.to_query()),
        "may_add": may(request.user, Permission.ADD_PEOPLE),
    }
    return render_page(
        request,
        "campaigns/uploads/list.html",
        context,
        partials=frozenset({"results"}),
        status=200 if is_valid else 422,
    )


@require_safe
@needs(Permission.LOOK)
def broadcast_uploads(request: HtmxHttpRequest, broadcast_id: int) -> HttpResponseBase:
    if not wants_fragment(request):
        return redirect(f"{reverse('campaigns:upload_list')}?broadcast={broadcast_id}")
    context = {"newest": upload_listing.newest(broadcast_id)}
    return render(request, "campaigns/uploads/of_broadcast.html", context)


@require_safe
@needs(Permission.LOOK)
def upload_detail(request: HtmxHttpRequest, upload_id: int) -> HttpResponseBase:
    context = _panel(request, uploads.get_for(request.user, upload_id))
    return render_page(request, "campaigns/uploads/detail.html", context)


@require_safe
@needs(Permission.LOOK)
def upload_progress(request: HtmxHttpRequest, upload_id: int) -> HttpResponseBase:
    context = _panel(request, uploads.get_for(request.user, upload_id))
    panel = context["panel"]
    same_head = panel.head_version == request.GET.get("head")
    if same_head and panel.version == request.GET.get("v"):
        return unchanged("progress", panel.as_of.isoformat())
    return render(request, "campaigns/uploads/detail.html#tick", context | {"head_changed": not same_head})


@require_safe
@needs(Permission.LOOK)
def upload_news(request: HtmxHttpRequest) -> HttpResponseBase:
    news = news_of_uploads.for_reader(request.user, request.session)
    if news.every and not news.ended:
        return unchanged("news", "")
    return render(request, "campaigns/uploads/news.html#tick", {"news": news})


@require_POST
@needs(Permission.ADD_PEOPLE)
@says_why_not
def upload_pause(request: HtmxHttpRequest, upload_id: int) -> HttpResponseBase:
    upload = uploads.get_for(request.user, upload_id)
    handing_over.pause(upload=upload, by=request.user)
    return _told(request, upload, "Paused. Nothing more is sent until somebody resumes it.")


@require_POST
@needs(Permission.ADD_PEOPLE)
@says_why_not
def upload_resume(request: HtmxHttpRequest, upload_id: int) -> HttpResponseBase:
    upload = uploads.get_for(request.user, upload_id)
    handing_over.resume(upload=upload, by=request.user)
    tasks.enqueue(tasks.hand_over)
    return _told(request, upload, "It goes on.")


@require_http_methods(ASKING)
@needs(Permission.ADD_PEOPLE)
@says_why_not
def upload_cancel(request: HtmxHttpRequest, upload_id: int) -> HttpResponseBase:
    upload = uploads.get_for(request.user, upload_id)
    if request.method == "POST":
        handing_over.cancel(upload=upload, by=request.user)
        return _told(request, upload, "Cancelled. Nothing more is sent.")
    return _ask(request, upload, DISCARD if upload.state in BEFORE else CANCEL)


@require_POST
@needs(Permission.ADD_PEOPLE)
@says_why_not
def upload_look_now(request: HtmxHttpRequest, upload_id: int) -> HttpResponseBase:
    upload = uploads.get_for(request.user, upload_id)
    handing_over.look_now(upload=upload, by=request.user)
    tasks.enqueue(tasks.settle_upload, upload.pk)
    return _told(request, upload, "Looking through CallFire’s batches now.")


@require_http_methods(ASKING)
@needs(Permission.ADD_PEOPLE)
@says_why_not
def upload_disable_batches(request: HtmxHttpRequest, upload_id: int) -> HttpResponseBase:
    upload = uploads.get_for(request.user, upload_id)
    if request.method == "POST":
        event = handing_over.disable_batches(upload=upload, by=request.user)
        tasks.enqueue(tasks.follow_up, event.pk, expires=10)
        return _told(request, upload, "The batches are being disabled.")
    return _ask(request, upload, DISABLE)


@require_POST
@needs(Permission.ADD_PEOPLE)
@says_why_not
def upload_chunk_retry(request: HtmxHttpRequest, upload_id: int, number: int) -> HttpResponseBase:
    upload = uploads.get_for(request.user, upload_id)
    handing_over.retry(chunk=chunk_listing.chunk_of(upload, number), by=request.user)
    tasks.enqueue(tasks.settle_upload, upload.pk)
    return _told(request, upload, f"Chunk {number:,} is looked for, then sent again.")


@require_http_methods(ASKING)
@needs(Permission.ADD_PEOPLE)
@says_why_not
def upload_chunk_send_again(request: HtmxHttpRequest, upload_id: int, number: int) -> HttpResponseBase:
    upload = uploads.get_for(request.user, upload_id)
    chunk = chunk_listing.chunk_of(upload, number)
    form = SendAgainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        handing_over.send_again(chunk=chunk, by=request.user)
        tasks.enqueue(tasks.hand_over)
        return _told(request, upload, f"Chunk {number:,} is sent again.")
    return _ask(request, upload, SEND_AGAIN, chunk=chunk, form=form)


@require_http_methods(ASKING)
@needs(Permission.ADD_PEOPLE)
@says_why_not
def upload_chunk_leave_out(request: HtmxHttpRequest, upload_id: int, number: int) -> HttpResponseBase:
    upload = uploads.get_for(request.user, upload_id)
    chunk = chunk_listing.chunk_of(upload, number)
    if request.method == "POST":
        handing_over.leave_out(chunk=chunk, by=request.user)
        return _told(request, upload, f"The people of chunk {number:,} are left out.")
    return _ask(request, upload, LEAVE_OUT, chunk=chunk)


def _panel(request: HtmxHttpRequest, upload: Upload) -> dict[str, Any]:
    form = ChunkFilterForm(request.GET)
    form.is_valid()
    query = form.to_query()
    return {
        "upload": upload,
        "query": query,
        "panel": progress.read(upload, query),
        "corrections": uploads.corrections(upload),
        "may_add": may(request.user, Permission.ADD_PEOPLE),
    }


def _ask(
    request: HtmxHttpRequest, upload: Upload, asked: Question, *, form: Form | None = None, **about: Any
) -> HttpResponseBase:
    return render_page(
        request,
        "campaigns/uploads/question.html",
        _panel(request, upload)
        | about
        | {"asked": asked, "words": f"campaigns/uploads/{asked.template}", "form": form},
        partials=frozenset({"dialog"}),
        status=422 if form is not None and form.errors else 200,
    )


def _told(request: HtmxHttpRequest, upload: Upload, sentence: str) -> HttpResponseBase:
    messages.success(request, sentence)
    return redirect("campaigns:upload_detail", upload.pk)
