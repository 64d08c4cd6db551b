"""Recordings of calls: found by an id, shown with their player, heard and taken away."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from callfire_api import CallFireError, NotFound
from campaigns import labels
from campaigns.forms.recordings import RecordingForm
from campaigns.htmx import HtmxHttpRequest, render_page
from campaigns.permissions import Permission, may, needs
from campaigns.services import recordings
from campaigns.services.audio import NotThereYet
from campaigns.services.masking import Numbers
from campaigns.views import audio


@require_safe
@needs(Permission.LOOK)
def recording_find(request: HtmxHttpRequest) -> HttpResponseBase:
    form = RecordingForm(request.GET or None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        context["found"] = recordings.find(form.cleaned_data["id"])
    status = 422 if form.errors else 200
    return render_page(request, "campaigns/recordings/find.html", context, status=status)


@require_safe
@needs(Permission.LOOK)
def recording_detail(request: HtmxHttpRequest, recording_id: int) -> HttpResponseBase:
    recording = recordings.read(recording_id, Numbers(request.user))
    context = {
        "recording": recording,
        "broadcast": recordings.broadcast_of(recording),
        "may_listen": may(request.user, Permission.LISTEN),
        "may_download": may(request.user, Permission.DOWNLOAD),
    }
    return render_page(request, "campaigns/recordings/detail.html", context)


@require_safe
@needs(Permission.LISTEN)
def recording_audio(request: HtmxHttpRequest, recording_id: int) -> HttpResponseBase:
    try:
        with recordings.playing(recording_id) as opened:
            answer = audio.answer(request, opened)
    except NotThereYet:
        return _not_there_yet()
    except CallFireError as error:
        return _silence(error)
    if recordings.is_doubtful(recording_id):
        answer["Callboard-Doubt"] = "incomplete"
    if request.method == "GET":
        recordings.heard(recording_id, by=request.user, request_id=request.request_id)
    return answer


@require_safe
@needs(Permission.DOWNLOAD)
def recording_download(request: HtmxHttpRequest, recording_id: int) -> HttpResponseBase:
    with recordings.whole(recording_id) as opened:
        answer = audio.answer(request, opened)
    ending = "wav" if opened.content_type == "audio/wav" else "mp3"
    answer["Content-Disposition"] = f'attachment; filename="recording-{recording_id}.{ending}"'
    if request.method == "GET":
        recordings.downloaded(recording_id, by=request.user, request_id=request.request_id)
    return answer


def _not_there_yet() -> HttpResponse:
    """What the player takes for "ask again", in words."""
    response = _sentence("CallFire is still sending this recording.", status=503)
    response["Retry-After"] = "1"
    return response


def _silence(error: CallFireError) -> HttpResponse:
    """Why nothing is heard, for the player to say: it has no room for a page."""
    told = labels.problem(error)
    if isinstance(error, NotFound):
        return _sentence(recordings.why_not(error), status=404)
    advice = " Try again in a moment." if error.is_transient else ""
    return _sentence(f"{error.user_message}{advice}", status=told.status)


def _sentence(words: str, *, status: int) -> HttpResponse:
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8", headers=headers)
