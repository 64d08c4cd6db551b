"""The story of a phone number, and the search that leads to it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from campaigns.forms.numbers import NumberForm
from campaigns.htmx import HtmxHttpRequest, render_page
from campaigns.permissions import Permission, needs
from campaigns.services import number_story as stories
from campaigns.services import snapshots
from campaigns.services.masking import Numbers


@require_safe
@needs(Permission.LOOK)
def number_story(request: HtmxHttpRequest) -> HttpResponseBase:
    form = NumberForm(request.GET if "q" in request.GET else None)
    story = stories.read(form.cleaned_data["q"], Numbers(request.user)) if form.is_valid() else None
    context = {"form": form, "story": story, "digits": form.cleaned_data["q"] if story else ""}
    status = 422 if form.errors else 200
    return render_page(request, "campaigns/numbers/story.html", context, status=status)


@require_safe
@needs(Permission.LOOK)
def search(request: HtmxHttpRequest) -> HttpResponseBase:
    """A number in any spelling leads to its story, unless it is a broadcast’s id; all else to broadcasts."""
    if "q" not in request.GET:
        return render_page(request, "campaigns/numbers/search.html", {})
    wanted = request.GET.get("q", "").strip()
    is_id = wanted.isascii() and wanted.isdigit() and len(wanted) < 19
    is_known = is_id and bool(snapshots.get_many([int(wanted)]))
    place = "number_story" if not is_known and NumberForm({"q": wanted}).is_valid() else "broadcast_list"
    return redirect(f"{reverse(f'campaigns:{place}')}?{urlencode({'q': wanted})}")
