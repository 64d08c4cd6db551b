"""One call: its whole story, and its number for those who have to ask for it."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.views.decorators.http import require_POST, require_safe

from campaigns.forms.calls import CallFilterForm
from campaigns.htmx import HtmxHttpRequest, render_page
from campaigns.permissions import Permission, may, needs
from campaigns.services import audit, call_pages, call_story
from campaigns.services.call_pages import Beside
from campaigns.services.call_story import CallStory
from campaigns.services.masking import Numbers


@require_safe
@needs(Permission.LOOK)
def call_detail(request: HtmxHttpRequest, call_id: int) -> HttpResponseBase:
    numbers = Numbers(request.user)
    return _show(request, call_story.read(call_id, numbers), is_masked=not numbers.whole)


@require_POST
@needs(Permission.REVEAL)
def call_reveal(request: HtmxHttpRequest, call_id: int) -> HttpResponseBase:
    story = call_story.read(call_id, Numbers(request.user), reveal=True)
    audit.note(
        action=call_story.REVEAL,
        by=request.user,
        object_kind="call",
        object_id=call_id,
        object_name=f"Call {call_id}",
        request_id=request.request_id,
        sentence="The phone number of this call was shown whole.",
    )
    return _show(request, story, is_masked=False)


def _show(request: HtmxHttpRequest, story: CallStory, *, is_masked: bool) -> HttpResponseBase:
    context = {
        "story": story,
        "beside": _beside(request, story.id),
        "sees_numbers": may(request.user, Permission.SEE_NUMBERS),
        "may_reveal": is_masked and may(request.user, Permission.REVEAL),
        "may_listen": may(request.user, Permission.LISTEN),
        "may_download": may(request.user, Permission.DOWNLOAD),
    }
    response = render_page(
        request, "campaigns/calls/detail.html", context, partials=frozenset({"call-number"})
    )
    response["Cache-Control"] = "no-store"
    return response


def _beside(request: HtmxHttpRequest, call_id: int) -> Beside | None:
    """The calls beside this one, when the address names the list that somebody came from."""
    filters = CallFilterForm(request.GET)
    is_from_a_list = bool(request.GET) and filters.is_valid()
    return call_pages.beside(filters.to_query(), call_id) if is_from_a_list else None
