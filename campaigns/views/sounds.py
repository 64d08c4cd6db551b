"""The library of sounds, its audio, and what a text sounds like."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from campaigns.forms.sounds import LibraryForm, PreviewForm, picker
from campaigns.htmx import HtmxHttpRequest, render_page, vary_on_htmx, wants_fragment
from campaigns.permissions import Permission, needs
from campaigns.services import sounds
from campaigns.views import audio


@require_safe
@needs(Permission.LOOK)
def sound_list(request: HtmxHttpRequest) -> HttpResponseBase:
    slot = request.GET.get("slot", "")
    if slot in sounds.SLOTS and wants_fragment(request):
        shown = {"picker": picker(request.GET, slot)}
        return vary_on_htmx(render(request, "components/sound_picker.html#choices", shown))
    text, page, _ = LibraryForm(request.GET).to_query()
    context = {"library": sounds.find(text, page=page)}
    return render_page(request, "campaigns/sounds/list.html", context, partials=frozenset({"results"}))


@require_safe
@needs(Permission.LOOK)
def sound_audio(request: HtmxHttpRequest, sound_id: int) -> HttpResponseBase:
    with sounds.opened(sound_id) as opened:
        return audio.answer(request, opened)


@require_POST
@needs(Permission.TEST_CALL)
def sound_preview(request: HtmxHttpRequest) -> HttpResponseBase:
    form = PreviewForm.of_request(request.POST)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        told = form.cleaned_data
        context["preview"] = sounds.preview(
            told["message"], told["voice"], by=request.user, request_id=request.request_id
        )
    part = "#preview" if wants_fragment(request) else ""
    status = 200 if form.is_valid() else 422
    return vary_on_htmx(render(request, f"campaigns/sounds/preview.html{part}", context, status=status))
