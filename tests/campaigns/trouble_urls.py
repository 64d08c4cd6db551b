"""The product's addresses, and a few views that get into trouble for real."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from campaigns.gateway import get_callfire_quickly
from campaigns.models import BroadcastSnapshot
from campaigns.permissions import Permission, needs
from dashboard import urls

handler400 = urls.handler400
handler403 = urls.handler403
handler404 = urls.handler404
handler500 = urls.handler500


def read_from_callfire(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_callfire_quickly().broadcasts.get(4711).name)


def write_to_callfire(request: HttpRequest) -> HttpResponse:
    get_callfire_quickly().broadcasts.start(4711)
    return HttpResponse("started")


def ask_redis(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Redis(port=9, retry=Retry(NoBackoff(), 0)).ping())


@login_not_required
def ask_database(request: HttpRequest) -> HttpResponse:
    return HttpResponse(BroadcastSnapshot.objects.count())


def fall_over(request: HttpRequest) -> HttpResponse:
    raise ValueError("a bug")


def is_missing(request: HttpRequest) -> HttpResponse:
    raise Http404("There is no such batch.")


@needs(Permission.MANAGE)
def for_admins(request: HttpRequest) -> HttpResponse:
    return HttpResponse("welcome")


def say_and_show(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Stopped <now>.")
    return HttpResponse("<p>part</p>")


def say_and_leave(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Stopped.")
    return redirect("/broadcasts/")


def show_form_data(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.POST.get("name"))


urlpatterns = [
    path("t/read/", read_from_callfire),
    path("t/write/", write_to_callfire),
    path("t/redis/", ask_redis),
    path("t/database/", ask_database),
    path("t/bug/", fall_over),
    path("t/missing/", is_missing),
    path("t/admins/", for_admins),
    path("t/say/", say_and_show),
    path("t/leave/", say_and_leave),
    path("t/form/", show_form_data),
    path("", include(urls)),
]
