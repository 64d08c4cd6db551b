"""/calls/ and /broadcasts/<id>/calls/"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.forms.calls import CallFilterForm
from campaigns.models import BroadcastSnapshot
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import link, links, markup, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from django.http import HttpResponseBase

    from callfire_api.sandbox import Sandbox


def asked(sandbox: Sandbox) -> dict[str, str]:
    """The filters that CallFire was asked for; what is asked after that is about newer calls."""
    first = next(entry for entry in sandbox.requests if entry.path.endswith("/calls"))
    return {key: ",".join(values) for key, values in first.query.items()}


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

    def test_a_viewer_sees_no_whole_number(self, viewer: SignedIn, seen: Seen) -> None:
        seen(recipients=2, status="FINISHED")
        assert all(number.endswith("-••••") for number in numbers_on(viewer.get("/calls/")))

    def test_nobody_called_yet_is_said(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        assert "Nobody was called yet." in words(viewer.get("/calls/"))

    def test_what_callfire_leaves_out_or_dates_to_the_seventies_is_no_trouble(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        snapshot = seen(recipients=0)
        broadcast = sandbox.world.broadcasts[snapshot.pk]
        sandbox.world.add_call(broadcast, created=213231, modified=213231, state="NEW_WORD", toNumber=None)
        page = operator.get("/calls/")
        assert page.status_code == 200
        assert "Other (NEW_WORD)" in words(page)

    def test_a_silent_callfire_is_told(self, operator: SignedIn, sandbox: Sandbox) -> None:
        sandbox.fail_next("GET", "/calls", status=503, times=5)
        page = operator.get("/calls/?label=vip")
        assert page.status_code in {502, 503}
        assert "CallFire" in words(page)

    def test_what_callfire_refuses_is_said_and_nothing_lost(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        sandbox.fail_next("GET", "/calls", status=400)
        page = operator.get("/calls/?label=vip")
        assert page.status_code == 422
        assert "CallFire refused these filters" in words(page)
        assert 'value="vip"' in markup(page)

    def test_a_page_that_was_read_a_moment_ago_is_not_asked_for_again(
        self, operator: SignedIn, admin: SignedIn, sandbox: Sandbox
    ) -> None:
        operator.get("/calls/?label=vip")
        admin.get("/calls/?label=vip")
        assert len([entry for entry in sandbox.requests if entry.path.endswith("/calls")]) == 1


FILTERS = [
    ("broadcast=42", {"campaignId": "42"}),
    ("broadcast=0", {"campaignId": "0"}),
    ("batch=7", {"batchId": "7"}),
    ("from=%2B1+%28213%29+555-0111", {"fromNumber": "12135550111"}),
    ("to=213.555.0142", {"toNumber": "12135550142"}),
    ("id=7&id=9", {"id": "7,9"}),
    ("id=7,9", {"id": "7,9"}),
    ("direction=inbound", {"inbound": "true"}),
    ("direction=outbound", {"inbound": "false"}),
    ("label=vip", {"label": "vip"}),
    ("result=LA&result=AM", {"results": "LA,AM"}),
    ("state=FINISHED&state=READY", {"states": "FINISHED,READY"}),
    ("begin=2026-11-20T09:00&zone=America/Los_Angeles", {"intervalBegin": "1795194000000"}),
    ("begin=2026-11-20&zone=UTC", {"intervalBegin": "1795132800000"}),
    ("end=2026-11-20T09:00&zone=UTC", {"intervalEnd": "1795165200000"}),
    ("until=1795165200000&period=24h", {"intervalBegin": "1795078800000", "intervalEnd": "1795165200000"}),
    ("until=1795165200000&period=7d", {"intervalBegin": "1794560400000"}),
    (
        "until=1795165200000&period=today&zone=America/Los_Angeles",
        {"intervalBegin": "1795161600000"},
    ),
    ("offset=50", {"offset": "50"}),
    ("size=100", {"limit": "101"}),
]


class TestFilters:
    @pytest.mark.parametrize(("query", "sent"), FILTERS)
    def test_callfire_is_asked_for_each(
        self, operator: SignedIn, sandbox: Sandbox, query: str, sent: dict[str, str]
    ) -> None:
        assert operator.get(f"/calls/?{query}").status_code == 200
        filters = asked(sandbox)
        assert {key: filters.get(key) for key in sent} == sent

    def test_they_all_go_out_together(self, operator: SignedIn, sandbox: Sandbox) -> None:
        operator.get("/calls/?broadcast=42&to=2135550142&result=LA&label=vip&direction=outbound")
        assert asked(sandbox).keys() >= {"campaignId", "toNumber", "results", "label", "inbound"}

    def test_a_broadcast_is_found_by_its_name(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        broadcast = seen("Grid 14")
        assert operator.get("/calls/?broadcast=grid+14")["Location"] == f"/calls/?broadcast={broadcast.pk}"
        page = operator.get(f"/calls/?broadcast={broadcast.pk}")
        assert f'value="Grid 14 (ID {broadcast.pk})"' in markup(page)
        named = operator.get("/calls/", {"broadcast": f"Grid 14 (ID {broadcast.pk})"})
        assert named["Location"] == f"/calls/?broadcast={broadcast.pk}"

    def test_a_name_that_two_broadcasts_have_is_asked_about(self, operator: SignedIn, seen: Seen) -> None:
        seen("Grid 14")
        seen("Grid 14")
        page = operator.get("/calls/?broadcast=grid+14")
        assert page.status_code == 422
        assert "Several broadcasts are called like this." in words(page)

    def test_the_form_leads_to_a_short_address(self, operator: SignedIn, sandbox: Sandbox) -> None:
        form = {
            "to": "(213) 555-0142",
            "broadcast": "",
            "period": "",
            "zone": "UTC",
            "label": "",
            "size": "25",
        }
        assert operator.get("/calls/", form)["Location"] == "/calls/?to=12135550142"

    def test_each_that_is_on_is_told_and_taken_off_with_one_click(
        self, operator: SignedIn, seen: Seen
    ) -> None:
        broadcast = seen("Grid 14")
        page = operator.get(f"/calls/?broadcast={broadcast.pk}&result=LA&result=AM&direction=outbound")
        told = words(page)
        assert f"Broadcast Grid 14 (ID {broadcast.pk})" in told
        assert "Result Answered or Voicemail" in told
        assert "Direction Outbound" in told
        assert f"?broadcast={broadcast.pk}&direction=outbound" in links(page)
        assert "?direction=outbound&result=LA&result=AM" in links(page)

    @time_machine.travel("2026-11-23 20:05:07Z")
    def test_of_many_ids_some_are_told(self, operator: SignedIn, sandbox: Sandbox) -> None:
        page = operator.get(f"/calls/?id={','.join(map(str, range(1, 101)))}")
        assert "IDs 1, 2, 3, 4, 5 and 95 more, remove this filter" in words(page)

    def test_an_address_means_the_same_to_readers_in_other_zones(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        operator.cookies["tz"] = "Europe/Berlin"
        page = operator.get("/calls/?begin=2026-11-20T09:00&zone=America/Los_Angeles")
        assert asked(sandbox)["intervalBegin"] == "1795194000000"
        assert "From Nov 20, 09:00 PST" in words(page)
        assert "Times are Pacific (PST)." in words(page)

    def test_an_interval_is_told_to_the_second_and_with_the_year_of_another(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        page = operator.get("/calls/?begin=2020-11-20T09:00:17&end=2020-11-20T10:00&zone=UTC")
        assert "From Nov 20, 2020, 09:00:17" in words(page)
        assert "Until Nov 20, 2020, 10:00" in words(page)


class TestQuickCalls:
    def test_they_are_found_and_lead_to_no_page_that_does_not_exist(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        seen(recipients=3, status="FINISHED")
        hidden = sandbox.world.individual_calls
        sandbox.world.add_call(hidden, fromNumber="12135550111", toNumber="12135550142")
        page = operator.get("/calls/?broadcast=0")
        assert [number[-8:] for number in numbers_on(page)] == ["555-0142"]
        assert "do not fit" not in words(page)
        assert f"/broadcasts/{hidden.id}/" not in links(operator.get("/calls/"))
        assert str(hidden.id) in words(operator.get("/calls/"))


class TestLabelsToChooseFrom:
    def test_a_number_in_one_is_not_for_viewers(
        self, viewer: SignedIn, operator: SignedIn, seen: Seen
    ) -> None:
        seen(labels=["vip", "call 213-555-0188"])
        assert "213-555-0188" in markup(operator.get("/calls/"))
        page = markup(viewer.get("/calls/"))
        assert 'value="vip"' in page
        assert "0188" not in page


class TestWhatCallFireLeavesInDoubt:
    @pytest.fixture
    def odd(self, sandbox: Sandbox, seen: Seen) -> int:
        """A broadcast with calls of several kinds, whose id makes CallFire forget other filters."""
        snapshot = seen(recipients=0)
        broadcast = sandbox.world.broadcasts[snapshot.pk]
        person = {"fromNumber": "12135550111", "toNumber": "12135550142"}
        self.ids = [
            sandbox.world.add_call(broadcast, finalCallResult=result, labels=["vip"], **person)["id"]
            for result in ("LA", "AM", "BUSY")
        ]
        return broadcast.id

    def test_calls_that_do_not_fit_are_left_out_and_counted(
        self, operator: SignedIn, sandbox: Sandbox, odd: int
    ) -> None:
        query = "&".join(f"id={each}" for each in self.ids)
        page = operator.get(f"/calls/?{query}&result=LA")
        assert len(numbers_on(page)) == 1
        assert "CallFire sent 2 calls on this page that do not fit these filters." in words(page)

    def test_nothing_is_said_when_all_fit(self, operator: SignedIn, odd: int) -> None:
        page = operator.get(f"/calls/?broadcast={odd}&label=vip")
        assert len(numbers_on(page)) == 3
        assert "do not fit" not in words(page)


class TestPages:
    def test_older_and_newer_go_on_under_a_frozen_upper_time(self, operator: SignedIn, seen: Seen) -> None:
        seen(recipients=60, status="FINISHED")
        first = operator.get("/calls/")
        older = link(first, "next")
        assert older["offset"] == ["25"]
        second = operator.get("/calls/", older)
        assert link(second, "next") == {"offset": ["50"], "until": older["until"]}
        assert link(second, "prev") == {"until": older["until"]}
        assert not set(numbers_on(first)) & set(numbers_on(second))
        third = operator.get("/calls/", link(second, "next"))
        assert len(numbers_on(third)) == 10
        assert not link(third, "next")

    def test_their_addresses_keep_the_seconds_of_an_interval(self, operator: SignedIn, seen: Seen) -> None:
        seen(recipients=60, status="FINISHED")
        first = operator.get("/calls/?begin=2020-11-20T09:00:17&end=2090-11-20T09:00&zone=UTC")
        older = link(first, "next")
        assert (older["begin"], older["end"]) == (["2020-11-20T09:00:17"], ["2090-11-20T09:00"])

    def test_they_do_not_depend_on_a_total(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        seen(recipients=60, status="FINISHED")
        sandbox.switches.omit_total_count = True
        first = operator.get("/calls/")
        assert "CallFire does not say how many match." in words(first)
        assert link(first, "next")["offset"] == ["25"]

    def test_a_known_total_is_told_as_roughly_right(self, operator: SignedIn, seen: Seen) -> None:
        seen(recipients=60, status="FINISHED")
        assert "About 60 match, newest first" in words(operator.get("/calls/"))

    def test_past_the_end_is_said(self, operator: SignedIn, seen: Seen) -> None:
        seen(recipients=3)
        page = operator.get("/calls/?offset=500")
        assert page.status_code == 200
        assert "There are no calls this far" in words(page)


class TestWhatIsNewer:
    @pytest.fixture
    def frozen(self, sandbox: Sandbox, seen: Seen) -> tuple[str, BroadcastSnapshot]:
        """The address of a page that somebody opened a minute ago, and the broadcast that goes on."""
        broadcast = seen(recipients=3, status="FINISHED")
        until = round(sandbox.clock.now() * 1000)
        sandbox.clock.advance(60)
        return f"/calls/?until={until}", broadcast

    def call_again(self, sandbox: Sandbox, snapshot: BroadcastSnapshot, times: int, **told: Any) -> None:
        """Calls that were made just now."""
        now = round(sandbox.clock.now() * 1000)
        for _ in range(times):
            broadcast = sandbox.world.broadcasts[snapshot.pk]
            sandbox.world.add_call(broadcast, created=now, modified=now, **told)

    def test_calls_since_a_frozen_page_are_counted_beside_the_link_to_them(
        self, operator: SignedIn, sandbox: Sandbox, frozen: tuple[str, BroadcastSnapshot]
    ) -> None:
        address, broadcast = frozen
        self.call_again(sandbox, broadcast, 4)
        page = operator.get(address)
        assert len(numbers_on(page)) == 3
        assert re.search(r"frozen at .{5,20} 4 new or changed since Show newest", words(page))

    def test_many_are_not_counted_to_the_end(
        self, operator: SignedIn, sandbox: Sandbox, frozen: tuple[str, BroadcastSnapshot]
    ) -> None:
        address, broadcast = frozen
        self.call_again(sandbox, broadcast, 40)
        assert "more than 25 new or changed since" in words(operator.get(address))
        assert sandbox.requests[-1].query["limit"] == ["26"]

    def test_only_those_that_fit_count(
        self, operator: SignedIn, sandbox: Sandbox, frozen: tuple[str, BroadcastSnapshot]
    ) -> None:
        address, broadcast = frozen
        self.call_again(sandbox, broadcast, 2, labels=["vip"])
        self.call_again(sandbox, broadcast, 2)
        assert "2 new or changed since" in words(operator.get(f"{address}&label=vip"))

    def test_nothing_is_said_where_nothing_is_newer(
        self, operator: SignedIn, sandbox: Sandbox, frozen: tuple[str, BroadcastSnapshot]
    ) -> None:
        address, broadcast = frozen
        assert "since" not in words(operator.get(address))
        self.call_again(sandbox, broadcast, 2)
        assert "since" not in words(operator.get(f"{address}&end=2026-11-20T09:00&zone=UTC"))

    def test_the_page_does_without_when_callfire_does_not_say(
        self, operator: SignedIn, sandbox: Sandbox, frozen: tuple[str, BroadcastSnapshot]
    ) -> None:
        address, broadcast = frozen
        self.call_again(sandbox, broadcast, 2)
        operator.get(address.replace("/calls/", "/calls/export/"))  # reads the page, not what is newer
        sandbox.fail_next("GET", "/calls", status=503, times=None)
        page = operator.get(address)
        assert page.status_code == 200
        assert len(numbers_on(page)) == 3
        assert "since" not in words(page)

    def test_the_newest_calls_are_not_frozen(self, operator: SignedIn, sandbox: Sandbox) -> None:
        told = words(operator.get("/calls/"))
        assert "as of" in told
        assert "frozen" not in told


class TestOfABroadcast:
    def test_its_own_list_is_read(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        broadcast = seen(recipients=30, status="FINISHED")
        page = operator.get(f"/broadcasts/{broadcast.pk}/calls/?offset=10")
        last = sandbox.requests[-1]
        assert (last.path, last.query["offset"]) == (f"/calls/broadcasts/{broadcast.pk}/calls", ["10"])
        assert len(numbers_on(page)) == 10
        assert f"/calls/?broadcast={broadcast.pk}" in links(page)
        assert f"/calls/?broadcast={broadcast.pk}&result=LA" in links(page)

    def test_one_batch_of_it(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        broadcast = seen(recipients=30)
        batch = sandbox.world.broadcasts[broadcast.pk].roster.batches[0].id
        operator.get(f"/broadcasts/{broadcast.pk}/calls/?batch={batch}")
        assert sandbox.requests[-1].query["batchId"] == [str(batch)]

    def test_a_fragment_for_the_page_of_the_broadcast(self, operator: SignedIn, seen: Seen) -> None:
        broadcast = seen(recipients=3)
        headers = {"HX-Request": "true", "HX-Target": "calls"}
        page = operator.get(f"/broadcasts/{broadcast.pk}/calls/", headers=headers)
        assert 'id="calls"' in page.text
        assert "<html" not in page.text
        assert (
            f'hx-get="/broadcasts/{broadcast.pk}/calls/"' in operator.get(f"/broadcasts/{broadcast.pk}/").text
        )

    def test_a_viewer_sees_no_whole_number(self, viewer: SignedIn, seen: Seen) -> None:
        page = viewer.get(f"/broadcasts/{seen(recipients=2).pk}/calls/")
        assert all(number.endswith("-••••") for number in numbers_on(page))

    def test_older_and_newer(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        broadcast = seen(recipients=30, status="FINISHED")
        address = f"/broadcasts/{broadcast.pk}/calls/"
        page = operator.get(f"{address}?offset=10")
        assert f"{address}?" in links(page)
        assert link(page, "next") == {"offset": ["20"]}
        assert operator.get(address, link(page, "next")).status_code == 200

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("batch=x", "An ID of CallFire is a whole number"),
            ("batch=99999999999999999999", "An ID of CallFire is a whole number"),
            ("offset=-1", "Go back to the first page"),
            ("result=LA", "There is no filter called “result”."),
        ],
    )
    def test_a_malformed_one_gets_a_sentence(
        self, operator: SignedIn, seen: Seen, query: str, sentence: str
    ) -> None:
        page = operator.get(f"/broadcasts/{seen().pk}/calls/?{query}")
        assert page.status_code == 422
        assert sentence in words(page)


class TestBadFilters:
    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("id=abc", "An ID of CallFire is a whole number"),
            ("id=1,99999999999999999999", "An ID of CallFire is a whole number"),
            (
                "id=" + ",".join(map(str, range(1, 201))),
                "Look for at most 100 calls at a time. These are 200.",
            ),
            ("batch=-7", "An ID of CallFire is a whole number"),
            ("broadcast=nothing+like+it", "No broadcast is called like this."),
            ("to=21355501", "Two digits are missing."),
            ("to=%2B44+20+7946+0958", "country code +44"),
            ("from=CALLFIRE", "There is no number in it."),
            ("begin=20.11.2026", "Write the time as 2026-11-23T09:00."),
            ("begin=2026-02-30", "Write the time as 2026-11-23T09:00."),
            ("end=yesterday", "Write the time as 2026-11-23T09:00."),
            ("begin=2026-11-20T10:00&end=2026-11-20T09:00", "The last moment lies before the first."),
            ("period=24h&begin=2026-11-20", "Choose a period or enter times, not both."),
            ("period=month", "Choose today, 24 hours or 7 days, or enter times."),
            ("zone=Nowhere/Land", "Name the time zone like America/Los_Angeles."),
            ("zone=../../etc/passwd", "Name the time zone like America/Los_Angeles."),
            ("direction=up", "Calls are inbound or outbound."),
            ("result=GREAT", "CallFire knows no result called “GREAT”."),
            ("state=GREAT", "CallFire knows no state called “GREAT”."),
            ("offset=-25", "Go back to the first page"),
            ("offset=x", "Go back to the first page"),
            ("until=0&period=7d", "Go back to the first page"),
            ("size=1000", "Show 25, 50 or 100 calls a page."),
            ("results=LA&states=READY", "There is no filter called “results” or “states”."),
        ],
    )
    def test_each_gets_a_sentence_and_callfire_is_not_asked(
        self, operator: SignedIn, sandbox: Sandbox, query: str, sentence: str
    ) -> None:
        page = operator.get(f"/calls/?{query}")
        assert page.status_code == 422
        assert sentence in words(page)
        assert not [entry for entry in sandbox.requests if entry.path.endswith("/calls")]

    def test_what_was_typed_is_still_there(self, operator: SignedIn, sandbox: Sandbox) -> None:
        page = markup(operator.get("/calls/?to=12345&label=vip&batch=x&result=LA&begin=soon"))
        for kept in (
            'type="text" name="begin" value="soon"',
            'value="12345"',
            'value="vip"',
            'value="x"',
            'value="LA" checked',
        ):
            assert kept in page

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        filters=st.dictionaries(
            st.sampled_from([*CallFilterForm.base_fields, "from"]),
            st.text(max_size=30) | st.integers().map(str) | st.datetimes().map(str),
            max_size=5,
        )
    )
    def test_whatever_stands_in_an_address_never_breaks_the_page(
        self, operator: SignedIn, sandbox: Sandbox, filters: dict[str, str]
    ) -> None:
        assert operator.get("/calls/", filters, follow=True).status_code in {200, 422}
