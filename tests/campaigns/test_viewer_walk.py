"""Everything a viewer reaches by following links: no page, fragment or file of it tells a person's number."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from campaigns.services import saved_views
from campaigns.services.call_log import CallQuery
from tests.campaigns import exporting_of, handing, test_recipients_new, test_recipients_switch, uploading
from tests.campaigns.conftest import Seen
from tests.campaigns.test_call_new import call
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

NUMBER = re.compile(r"867[\W_]{0,3}53\d\d")
_LINK = re.compile(r'\b(?:href|src|action|data-url|hx-get)="([^"]*)"')
_MOST_OF_A_KIND = 5


class Walk:
    """A walk over every link from the front page on, and what was read on it."""

    def __init__(self, browser: Client) -> None:
        self.told: list[str] = []
        self.seen: dict[str, int] = {}
        self.kinds: dict[str, int] = {}
        self._browser = browser

    def go(self, *addresses: str) -> None:
        """Open these and all that they lead to, a few of each kind."""
        ahead = [*addresses]
        while ahead:
            address = ahead.pop(0)
            kind = re.sub(r"\d+|[0-9a-f-]{36}", "#", urlsplit(address).path)
            if address in self.seen or self.kinds.get(kind, 0) == _MOST_OF_A_KIND:
                continue
            self.kinds[kind] = self.kinds.get(kind, 0) + 1
            ahead += self._open(address)

    def _open(self, address: str) -> list[str]:
        answer = self._browser.get(address)
        self.seen[address] = answer.status_code
        body = b"".join(answer) if answer.streaming else answer.content
        text = html.unescape(body.decode(errors="replace"))
        heads = " ".join(answer.headers.values())
        self.told += [f"{address}: {found[0]}" for found in NUMBER.finditer(f"{heads} {text}")]
        targets = [*_LINK.findall(body.decode(errors="replace")), answer.headers.get("Location", "")]
        addresses = [
            urljoin(address, html.unescape(target)).partition("#")[0] for target in targets if target
        ]
        return [
            each
            for each in addresses
            if each.startswith("/") and not each.startswith(("/static/", "/admin/"))
        ]


@pytest.fixture
def busy(sandbox: Sandbox, seen: Seen, operator: SignedIn, viewer: SignedIn) -> list[str]:
    """People everywhere: called, calling, added by hand, held back, brought in, exported."""
    snapshot = seen("Outage", recipients=[{"phoneNumber": "12138675301"}], fromNumber="12135550111")
    world = sandbox.world.broadcasts[snapshot.pk]
    said = {"text": "Call 213-867-5302 instead", "created": sandbox.world.now()}
    record = {
        "result": "LA",
        "toNumber": "12138675303",
        "callerName": "2138675303",
        "notes": [said],
        "questionResponses": [{"question": "Your number?", "response": "2138675304"}],
        "recordings": [{"name": "for 213 867 5305", "state": "READY", "lengthInSeconds": 6}],
        "labels": ["of 2138675305"],
    }
    person = {
        "firstName": "Jo (213) 867-5306",
        "mobilePhone": "12138675307",
        "properties": {"alt": 2138675308},
    }
    for ends in ({"toNumber": "12138675303"}, {"fromNumber": "12138675303", "inbound": True}):
        sandbox.world.add_call(
            world, contact=person, attributes={"x": "2138675308"}, records=[record], notes=[said], **ends
        )
    test_recipients_new.send(operator, snapshot, "2138675310")
    test_recipients_switch.switch(operator, snapshot, "2138675301")
    call(operator, **{"p1-number": "213 867 5311", "p1-attributes": "alt: 2138675312"})
    people = "phone,alt\n2138675313,2138675314\n2138675313,2138675314\n21386753,2138675315\n"
    upload = uploading.brought(operator, snapshot, people, name="members.csv")
    operator.post(f"/uploads/{upload.pk}/confirm/", {"check": str(upload.check_number)})
    handing.send_everything()
    to_one = CallQuery(to_number="12138675301")
    for reader, query in ((operator, to_one), (viewer, CallQuery(broadcast=snapshot.pk))):
        saved_views.save(reader.user, name=f"View of {reader.user}", query=query)
        exporting_of.run(exporting_of.begun(reader.user, query))
    return [f"/broadcasts/{snapshot.pk}/"]


class TestAViewer:
    def test_is_told_nobody_s_number_anywhere(
        self, viewer: SignedIn, operator: SignedIn, sandbox: Sandbox, seen: Seen, busy: list[str]
    ) -> None:
        walk = Walk(viewer)
        walk.go("/", *busy)
        assert not walk.told, "\n".join(walk.told)
        assert not [address for address, status in walk.seen.items() if status >= 500]
        assert {
            "/calls/",
            "/calls/#/",
            "/calls/export.csv",
            "/recordings/#/",
            "/uploads/#/",
        } <= walk.kinds.keys()
        assert NUMBER.search(operator.get("/calls/").content.decode())
