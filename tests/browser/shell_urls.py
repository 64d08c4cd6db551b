"""The product's addresses, and pages on which tests decide what the server answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import RequestContext, Template
from django.urls import include, path

from dashboard import urls

handler400 = urls.handler400
handler403 = urls.handler403
handler404 = urls.handler404
handler500 = urls.handler500

_PAGE = Template(
    """
    {% extends "base.html" %}
    {% block title %}Panel{% endblock %}
    {% block page %}
      <h1 tabindex="-1">Panel</h1>
      <live-panel id="panel" data-url="/t/panel/tick/"{% if every %} data-every="{{ every }}"{% endif %}>
        <p>tick {{ ticks }}</p>
        {% include "components/fresh.html" with as_of=as_of age="" only %}
      </live-panel>
      <a href="/t/question/" data-dialog>Start…</a>
      <form method="post" action="/t/slow/">
        {% csrf_token %}<button type="submit" data-waiting="Stopping…">Stop</button>
      </form>
      {% for word in words %}
        <label><input type="checkbox" name="id" value="{{ word }}" form="chosen">{{ word }}</label>
      {% endfor %}
      <label><input type="checkbox" data-select-all="chosen">All</label>
      <form class="bulkbar" id="chosen" action="/t/chosen/" aria-label="Chosen">
        <selection-bar data-form="chosen"></selection-bar>
        <button class="btn" type="submit">Archive…</button>
      </form>
    {% endblock %}
    """.strip()
)
_QUESTION = Template(
    """
    <dialog class="dialog" aria-labelledby="question">
      <form method="post" action="/t/slow/">
        {% csrf_token %}
        <h2 id="question">Start calling?</h2>
        <a href="/t/panel/" data-close autofocus>Not now</a>
        <button type="submit">Start calling</button>
      </form>
    </dialog>
    """
)


class Desk:
    """What the server does next, for tests to set and to count."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.ticks = 0
        self.posts = 0
        self.every = 0.1
        self.answer: Callable[[HttpRequest], HttpResponse] = self.panel

    def panel(self, request: HttpRequest) -> HttpResponse:
        """The panel, drawn again."""
        whole = _render(request)
        return HttpResponse(whole[whole.index("<live-panel") : whole.index("</live-panel>") + 13])

    def unchanged(self, request: HttpRequest) -> HttpResponse:
        """204, with a new age."""
        response = HttpResponse(status=204)
        response["HX-Trigger"] = json.dumps({"fresh": {"id": "panel", "asOf": "2026-11-23T22:02:07+00:00"}})
        return response

    def over(self, request: HttpRequest) -> HttpResponse:
        """286, with nothing more to show."""
        return HttpResponse(status=286)

    def broken(self, request: HttpRequest) -> HttpResponse:
        """A bug."""
        raise ValueError("a bug")

    def foreign(self, request: HttpRequest) -> HttpResponse:
        """An error page that is not ours, as a proxy makes them."""
        return HttpResponse("<html><body>502 Bad Gateway</body></html>", status=502)


desk = Desk()


def _render(request: HttpRequest) -> str:
    context = {
        "ticks": desk.ticks,
        "every": desk.every,
        "as_of": datetime.now(UTC),
        "words": ["one", "two"],
    }
    return _PAGE.render(RequestContext(request, context))


def panel(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_render(request))


def tick(request: HttpRequest) -> HttpResponse:
    desk.ticks += 1
    return desk.answer(request)


def question(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_QUESTION.render(RequestContext(request, {})))


def slow(request: HttpRequest) -> HttpResponse:
    desk.posts += 1
    messages.success(request, "Stopped.")
    messages.warning(request, "Not confirmed yet.")
    return redirect("/t/panel/")


@login_not_required
def chosen(request: HttpRequest) -> HttpResponse:
    return HttpResponse(" and ".join(request.GET.getlist("id")))


urlpatterns = [
    path("t/panel/", panel),
    path("t/panel/tick/", tick),
    path("t/question/", question),
    path("t/slow/", slow),
    path("t/chosen/", chosen),
    path("", include(urls)),
]
