"""Bringing people in as an operator does: a file through the form, and what became of it."""

from __future__ import annotations

import re
import resource
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.models import BroadcastSnapshot, Upload
from tests.campaigns.reading import markup, words

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

PEOPLE = (
    "phone,name,street\n"
    "(213) 555-0142,Elena Marsh,1180 Fargo St\n"
    "323.555.0172,Ines Calloway,902 Echo Park Ave\n"
    "1.32356E+10,Ruben Ortega,77 Delta St\n"
    "+1 626 555 0163,Grace Whitlow,1441 Lucretia Ave\n"
    "(213) 555-0142,Elena Marsh,1180 Fargo St\n"
)


def address(snapshot: BroadcastSnapshot) -> str:
    """Where a file for this broadcast is brought."""
    return f"/broadcasts/{snapshot.pk}/uploads/new/"


def send(
    browser: Client,
    snapshot: BroadcastSnapshot,
    content: str | bytes = PEOPLE,
    *,
    name: str = "people.csv",
    **more: str,
) -> HttpResponse:
    """Send a file by the form of the broadcast."""
    data = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile(name, data)
    form = {"source": "file", "token": str(uuid.uuid4()), **more, "file": file}
    return cast("HttpResponse", browser.post(address(snapshot), form))


def brought(
    browser: Client, snapshot: BroadcastSnapshot, content: str | bytes = PEOPLE, **more: str
) -> Upload:
    """The upload that became of a file; its check has run."""
    answer = send(browser, snapshot, content, **more)
    assert answer.status_code == 302, words(answer)[:400]
    return Upload.objects.get(pk=int(answer["Location"].split("/")[2]))


def review(upload: Upload) -> str:
    """The page on which somebody looks at what a check found."""
    return f"/uploads/{upload.pk}/mapping/"


def form_of(browser: Client, upload: Upload) -> dict[str, str]:
    """Everything in the form of that page as it stands, as a browser would send it."""
    shown = markup(browser.get(review(upload)))
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", shown):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        is_off = 'type="checkbox"' in tag and "checked" not in tag
        if name and not is_off and name[1] not in {"q", "csrfmiddlewaretoken", "next"}:
            fields[name[1]] = value[1] if value else "on"
    for name, options in re.findall(r'<select name="([^"]*)"[^>]*>(.*?)</select>', shown):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        fields[name] = (chosen[1] if chosen else "").replace("&#x27;", "'")
    return fields


@contextmanager
def little_room(*, megabytes: int) -> Iterator[None]:
    """The disk takes no file larger than that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (megabytes * 2**20, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
