"""The front page: what is running, what needs somebody, what today brought."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.htmx import HtmxHttpRequest, render_page
from campaigns.permissions import Permission, may, needs
from campaigns.services import board


@require_safe
@needs(Permission.LOOK)
def overview(request: HtmxHttpRequest) -> HttpResponseBase:
    """The page, or the board alone when its clock asks for it."""
    context = {
        "board": board.read(),
        "may_stop": may(request.user, Permission.STOP),
        "may_edit": may(request.user, Permission.EDIT),
        "today": timezone.now(),
    }
    return render_page(request, "dashboard/overview.html", context, partials=frozenset({"board"}))
