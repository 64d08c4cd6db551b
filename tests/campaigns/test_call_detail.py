"""/calls/<id>/"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from campaigns.models import BroadcastSnapshot
from tests.campaigns import handing
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import links, markup, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

AT = 1_793_000_000_000
PERSON = "13235550172"
OWN = "12135550111"


@pytest.fixture
def desk(seen: Seen) -> BroadcastSnapshot:
    """The broadcast that the calls belong to."""
    return seen("Planned outage – Grid 14", recipients=0)


def add_call(sandbox: Sandbox, desk: BroadcastSnapshot, **properties: Any) -> int:
    """A call written by hand; returns its id."""
    blank = {"fromNumber": OWN, "toNumber": PERSON, "created": AT, "modified": AT + 60_000}
    return int(sandbox.world.add_call(sandbox.world.broadcasts[desk.pk], **(blank | properties))["id"])


def a_try(result: str, minute: int, **properties: Any) -> dict[str, Any]:
    """One attempt, so many minutes after the call was created."""
    at = AT + minute * 60_000
    return {
        "id": minute,
        "result": result,
        "originateTime": at,
        "duration": 0,
        "billedAmount": 0,
    } | properties


class TestTheStory:
    def test_it_says_who_was_called_from_where_and_for_which_broadcast(
        self, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot
    ) -> None:
        contact = {"firstName": "Elena", "lastName": "Marsh", "zipcode": "90026", "homePhone": PERSON}
        call = add_call(sandbox, desk, contact=contact, finalCallResult="LA")
        answer = operator.get(f"/calls/{call}/")
        page = words(answer)
        assert "(323) 555-0172" in page
        assert "We called · Elena Marsh · from (213) 555-0111 · Planned outage – Grid 14" in page
        assert "ZIP code 90026" in page
        assert "Pacific" in page
        assert f"/broadcasts/{desk.pk}/" in links(answer)
        assert any(link.startswith("/numbers/?q=") for link in links(answer))

    def test_every_try_has_its_result_its_times_and_its_cost(
        self, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot
    ) -> None:
        tries = [
            a_try("NO_ANS", 1),
            a_try("AM", 61, duration=31, billedAmount=0.6, answerTime=AT + 61 * 60_000 + 9_000),
            a_try("XFER", 121, duration=74, billedAmount=1.1667),
            a_try("XFER_LEG", 122, toNumber="12135550190"),
        ]
        call = add_call(sandbox, desk, finalCallResult="XFER", records=tries)
        page = words(operator.get(f"/calls/{call}/"))
        assert "3 tries, 1.7667 credits" in page
        assert "Try 1: No answer" in page
        assert "Try 2: Voicemail 0.6 An answering machine picked up. Lasted 31 s." in page
        assert re.search(r"answered (\w+ \d+, (\d{4}, )?)?\d\d:\d\d:29", page)
        assert "Try 3: Transferred 1.1667" in page
        assert "Transfer: Transfer leg" in page
        assert "With (213) 555-0190." in page

    def test_a_call_is_explained_by_its_result_not_by_its_state(
        self, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot
    ) -> None:
        call = add_call(sandbox, desk, finalCallResult="CARRIER_ERROR")
        assert "Network refused. The phone network refused: overloaded, or a dead number." in words(
            operator.get(f"/calls/{call}/")
        )

    @pytest.mark.parametrize(
        ("state", "sentence"),
        [
            ("DNC", "Do not call. On a do-not-call list. Not called."),
            ("TIMEOUT", "Outcome unknown. Tried, but nobody reported how it went."),
            ("READY", "Waiting. In the queue, not called yet."),
            ("ESCALATED", "Other (ESCALATED). CallFire uses a word"),
        ],
    )
    def test_a_call_without_a_result_is_explained_by_its_state(
        self, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot, state: str, sentence: str
    ) -> None:
        call = add_call(sandbox, desk, state=state)
        page = words(operator.get(f"/calls/{call}/"))
        assert sentence in page
        assert "Not tried" in page

    def test_notes_answers_labels_and_attributes_are_shown_as_texts(
        self, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot
    ) -> None:
        record = a_try(
            "LA",
            1,
            callerName="<i>MARSH</i>",
            notes=[{"text": "asked for <b>Monday</b>", "created": AT}],
            questionResponses=[{"question": "confirm", "response": "1<script>"}],
            labels=["vip"],
        )
        call = add_call(
            sandbox,
            desk,
            finalCallResult="LA",
            records=[record],
            notes=[{"text": "Sent to the field", "created": AT}],
            attributes={"street": "1180 Fargo St", "unit": "UNDEFINED"},
            labels=["grid-14", "cb-ref-0123456789ab"],
        )
        answer = operator.get(f"/calls/{call}/")
        page = words(answer)
        for text in ("“asked for <b>Monday</b>”", "confirm: 1<script>", "<i>MARSH</i>", "vip", "grid-14"):
            assert text in page
        assert "Sent to the field" in page
        assert "street 1180 Fargo St unit –" in page
        assert "<script>" not in markup(answer).replace("<script src", "")
        assert 'class="label">cb-ref' not in markup(answer)

    def test_an_inbound_call_is_told_the_other_way_round(
        self, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot
    ) -> None:
        call = add_call(sandbox, desk, fromNumber=PERSON, toNumber=OWN, inbound=True, finalCallResult="LA")
        page = words(operator.get(f"/calls/{call}/"))
        assert "(323) 555-0172" in page
        assert "Called us · at (213) 555-0111" in page

    def test_somebody_from_an_upload_has_a_row_and_a_part(self, operator: SignedIn, sandbox: Sandbox) -> None:
        upload = handing.begun(sandbox)
        handing.send_everything()
        part = handing.chunk(upload)
        sandbox.clock.advance(3600)
        call = next(
            call for call in sandbox.world.calls(upload.broadcast_id) if call["attributes"]["row"] == "7"
        )
        answer = operator.get(f"/calls/{call['id']}/")
        assert f"Handed over in part {part.number}, as batch {part.batch_id}" in words(answer)
        assert "Row 7 of members.csv, uploaded by Otto" in words(answer)
        assert f"/uploads/{upload.pk}/" in links(answer)


class TestWhatCallFireLeavesOut:
    def test_times_that_cannot_be_true_are_unknown(
        self, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot
    ) -> None:
        record = a_try("LA", 1, originateTime=213_231, duration=34)
        call = add_call(sandbox, desk, finalCallResult="LA", created=213_231, records=[record])
        page = words(operator.get(f"/calls/{call}/"))
        assert "CallFire sent times that cannot be true." in page
        assert "Time unknown" in page
        assert "1970" not in page
        assert "Lasted 34 s." in page

    def test_a_result_without_tries_says_that_they_are_missing(
        self, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot
    ) -> None:
        call = add_call(sandbox, desk, finalCallResult="LA")
        assert "none of its tries" in words(operator.get(f"/calls/{call}/"))
        assert sandbox.requests_to("GET", f"/calls/{call}/recordings")

    def test_an_almost_empty_call_is_a_page(
        self, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot
    ) -> None:
        call = add_call(
            sandbox, desk, state=None, fromNumber=None, toNumber=None, created=None, modified=None
        )
        page = words(operator.get(f"/calls/{call}/"))
        assert "CallFire did not say." in page

    def test_the_raw_answer_is_there_without_callfires_addresses(
        self, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot
    ) -> None:
        recording = {"state": "READY", "mp3Url": "https://recordings.callfire.invalid/7", "name": "transfer"}
        record = a_try("XFER", 1, recordings=[recording])
        call = add_call(sandbox, desk, finalCallResult="XFER", records=[record])
        answer = operator.get(f"/calls/{call}/")
        assert f'"id": {call}' in words(answer)
        assert "callfire.invalid" not in markup(answer)
        assert "transfer" in words(answer)

    def test_in_the_raw_answer_numbers_of_people_are_masked_and_ids_are_not(
        self, viewer: SignedIn, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot
    ) -> None:
        call = add_call(
            sandbox,
            desk,
            contact={"id": 700_000_000_001, "homePhone": "12135550181", "properties": {"cell": 2135550182}},
            attributes={"mobile": "213\n555\t0183", "2135550184": "is a key"},
            notes=[{"text": "ring 213\n555\n0185", "created": AT}],
        )
        shown = words(viewer.get(f"/calls/{call}/"))
        for kept in (f'"id": {call}', f'"created": {AT}', '"id": 700000000001', '"state": "FINISHED"'):
            assert kept in shown
        assert [each for each in ("0172", "0181", "0182", "0183", "0184", "0185") if each in shown] == []
        whole = words(operator.get(f"/calls/{call}/"))
        assert '"cell": 2135550182' in whole
        assert '"toNumber": "13235550172"' in whole

    def test_a_broadcast_that_callboard_does_not_know_is_named_without_a_link(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        hidden = sandbox.world.individual_calls
        call = sandbox.world.add_call(hidden, fromNumber=OWN, toNumber=PERSON)["id"]
        page = operator.get(f"/calls/{call}/")
        assert f"broadcast {hidden.id}" in words(page)
        assert f"/broadcasts/{hidden.id}/" not in links(page)

    def test_another_call_than_asked_for_is_not_shown(
        self, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot
    ) -> None:
        call = add_call(sandbox, desk)
        sandbox.fail_next("GET", f"/calls/{call}", status=200, body='{"id": 4711}')
        assert operator.get(f"/calls/{call}/").status_code == 502

    def test_a_call_callfire_does_not_know_is_not_found(self, operator: SignedIn, sandbox: Sandbox) -> None:
        assert operator.get("/calls/4711/").status_code == 404
        assert operator.get("/calls/99999999999999999999/").status_code == 404

    def test_without_callfire_the_page_says_so(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.stop_listening()
        assert operator.get("/calls/4711/").status_code == 503


class TestBesideOthersOfAList:
    @pytest.fixture(autouse=True)
    def _called(self, seen: Seen) -> None:
        """More calls than fit on a page."""
        seen(recipients=30, status="FINISHED")

    def rows(self, operator: SignedIn, query: str = "") -> list[str]:
        """Where the rows of the log lead, from the top."""
        return re.findall(r'class="row-link" href="([^"]*)"', markup(operator.get(f"/calls/{query}")))

    def test_previous_and_next_follow_the_list_somebody_came_from(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        rows = self.rows(operator)
        sandbox.clear_requests()
        page = markup(operator.get(html.unescape(rows[1])))
        assert f'rel="prev" href="{rows[0]}"' in page
        assert f'rel="next" href="{rows[2]}"' in page
        assert len(sandbox.requests) == 1
        assert 'rel="prev"' not in markup(operator.get(html.unescape(rows[0])))

    def test_they_go_on_over_the_end_of_a_page(self, operator: SignedIn, sandbox: Sandbox) -> None:
        first = self.rows(operator)
        last = markup(operator.get(html.unescape(first[-1])))
        after = html.unescape(re.findall(r'rel="next" href="([^"]*)"', last)[0])
        assert "offset=25" in after
        beyond = markup(operator.get(after))
        assert f'rel="prev" href="{first[-1]}"' in beyond
        ahead = html.unescape(re.findall(r'rel="next" href="([^"]*)"', beyond)[0])
        assert "offset=25" in ahead

    def test_the_way_back_leads_to_the_same_list(self, operator: SignedIn, sandbox: Sandbox) -> None:
        row = html.unescape(self.rows(operator, "?result=LA")[0])
        assert f"/calls/?{row.partition('?')[2]}" in links(operator.get(row))

    def test_to_see_the_number_takes_nobody_off_the_list(self, viewer: SignedIn) -> None:
        row = self.rows(viewer)[1]
        page = markup(viewer.get(html.unescape(row)))
        reveal = row.replace("/?", "/reveal/?")
        assert f'action="{reveal}"' in page
        shown = markup(viewer.post(html.unescape(reveal)))
        assert re.findall(r'rel="\w+" href="[^"]*"', shown) == re.findall(r'rel="\w+" href="[^"]*"', page)
        assert 'rel="next"' in shown

    @pytest.mark.parametrize(
        "query", ["", "?result=BUSY&to=2135550199", "?result=GREAT", "?page=2", "?until=0"]
    )
    def test_a_call_that_is_not_on_the_list_stands_alone(
        self, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot, query: str
    ) -> None:
        page = operator.get(f"/calls/{add_call(sandbox, desk, finalCallResult='LA')}/{query}")
        assert page.status_code == 200
        assert 'rel="next"' not in markup(page)
        assert 'rel="prev"' not in markup(page)

    def test_a_call_is_shown_though_its_list_cannot_be_read(
        self, operator: SignedIn, sandbox: Sandbox, desk: BroadcastSnapshot
    ) -> None:
        call = add_call(sandbox, desk, finalCallResult="LA")
        sandbox.fail_next("GET", "/calls", status=503, times=None)
        page = operator.get(f"/calls/{call}/?until=1795165200000")
        assert page.status_code == 200
        assert 'rel="next"' not in markup(page)
