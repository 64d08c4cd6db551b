"""/calls/ and /broadcasts/<id>/calls/"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.campaigns.conftest import Seen
from tests.campaigns.reading import link, links, markup, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.http import HttpResponseBase

    from callfire_api.sandbox import Sandbox


def asked(sandbox: Sandbox) -> dict[str, str]:
    """The filters that CallFire was last asked for."""
    last = [entry for entry in sandbox.requests if entry.path.endswith("/calls")][-1]
    return {key: ",".join(values) for key, values in last.query.items()}


def numbers_on(page: HttpResponseBase) -> list[str]:
    """The numbers of the table, from the top."""
    rows = markup(page).partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    return [row.partition('class="row-link"')[2].partition(">")[2].partition("<")[0] for row in rows]


class TestTheLog:
    def test_it_shows_who_was_called_and_what_came_of_it(self, operator: SignedIn, seen: Seen) -> None:
        broadcast = seen(recipients=3, status="FINISHED")
        page = operator.get("/calls/")
        assert page.status_code == 200
        assert len(numbers_on(page)) == 3
        assert "Outage notice" in words(page)
        assert f"/broadcasts/{broadcast.pk}/" in links(page)
