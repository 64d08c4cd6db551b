"""The audit log."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from campaigns.forms.activity import ActivityFilterForm
from campaigns.htmx import HtmxHttpRequest, render_page
from campaigns.permissions import Permission, needs
from campaigns.services import audit


@require_safe
@needs(Permission.LOOK)
def activity_list(request: HtmxHttpRequest) -> HttpResponseBase:
    form = ActivityFilterForm(request.GET, me=request.user.pk)
    is_valid = form.is_valid()
    query = form.to_query()
    context = {"form": form, "query": query, "found": audit.find(query)}
    return render_page(
        request,
        "campaigns/activity/list.html",
        context,
        partials=frozenset({"results"}),
        status=200 if is_valid else 422,
    )
