"""Who is behind the proxy that speaks HTTPS for us."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of the machine the request came from, so that wrong passwords close its door alone.

    With HTTPS_ONLY it is what the proxy wrote last into ``X-Forwarded-For``: whatever stands before that
    anybody may have claimed. Otherwise, or where that is no address, it is who is connected.
    """
    connected = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.HTTPS_ONLY:
        return connected
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        return str(ip_address(told))
    except ValueError:
        return connected
