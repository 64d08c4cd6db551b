"""GET /broadcasts/"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from callfire_api import Broadcast
from callfire_api.wire import milliseconds, read
from campaigns import shared, tasks
from campaigns.models import BroadcastSnapshot
from campaigns.services import snapshots
from tests.campaigns.conftest import Seen
from tests.campaigns.outages import cut_off_redis
from tests.campaigns.reading import link, links, markup, panel, row_names, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

HTMX = {"HX-Request": "true", "HX-Target": "results"}
Known = Callable[..., BroadcastSnapshot]


@pytest.fixture
def known(operator: SignedIn, sandbox: Sandbox) -> Known:
    """Lets Callboard know a broadcast without a reading; the list was read a moment ago."""
    shared.remember("snapshots:refreshed-at", timezone.now(), None)
    numbers = iter(range(1, 10_000))

    def make(name: str = "Outage notice", *, ago: float | None = None, **settings: Any) -> BroadcastSnapshot:
        number = next(numbers)
        changed = timezone.now() - timedelta(seconds=number if ago is None else ago)
        about = {"id": 6_000 + number, "status": "STOPPED", "lastModified": milliseconds(changed)}
        return snapshots.record(read(Broadcast, {"name": name} | about | settings))

    return make


def many(count: int, **settings: Any) -> None:
    """Lets Callboard know many broadcasts, each changed a second before the one before."""
    now = timezone.now()
    shared.remember("snapshots:refreshed-at", now, None)
    listed = [
        {
            "id": 100_000 + n,
            "name": f"Notice {n:05}",
            "status": "STOPPED",
            "labels": [f"area {n % 7}"],
            "lastModified": milliseconds(now - timedelta(seconds=n)),
        }
        | settings
        for n in range(count)
    ]
    snapshots.record_many([read(Broadcast, each) for each in listed], seen_at=now)


class TestSearching:
    @pytest.mark.parametrize(
        ("name", "typed"),
        [
            ("Storm warning Los Angeles", "warning"),
            ("Storm warning Los Angeles", "STORM"),
            ("Ενημέρωση Αθήνα", "αθήνα"),
            ("Ενημέρωση Αθήνας", "ΑΘΉΝΑΣ"),
            ("Größere Straße", "GRÖSSERE STRASSE"),
            ("Größere Straße", "straße"),
            ("DİYARBAKIR duyurusu", "di̇yarbakir"),
            ("Напоминание Москва", "москва"),
            ("臺北停電通知", "停電"),
        ],
    )
    def test_any_part_of_the_name_finds_it_in_any_case_and_script(
        self, operator: SignedIn, known: Known, name: str, typed: str
    ) -> None:
        known(name)
        known("Something else")
        assert row_names(operator.get("/broadcasts/", {"q": typed})) == [name]

    def test_the_whole_id_finds_it(self, operator: SignedIn, known: Known) -> None:
        wanted = known("By its number")
        known("Another")
        assert row_names(operator.get("/broadcasts/", {"q": str(wanted.pk)})) == ["By its number"]

    def test_digits_find_names_too(self, operator: SignedIn, known: Known) -> None:
        known("Area 911")
        assert row_names(operator.get("/broadcasts/", {"q": "911"})) == ["Area 911"]

    def test_spaces_around_the_words_do_not_matter(self, operator: SignedIn, known: Known) -> None:
        known("Storm warning")
        assert row_names(operator.get("/broadcasts/", {"q": "  storm "})) == ["Storm warning"]

    @pytest.mark.parametrize("typed", ["%", "_", "\\", "'", "100%"])
    def test_signs_that_mean_something_to_databases_mean_themselves(
        self, operator: SignedIn, known: Known, typed: str
    ) -> None:
        known(f"Up {typed} now")
        known("Plain")
        assert row_names(operator.get("/broadcasts/", {"q": typed})) == [f"Up {typed} now"]

    @pytest.mark.parametrize("typed", ["9" * 30, "²", "٣"])
    def test_numbers_that_are_no_id_find_nothing_and_break_nothing(
        self, operator: SignedIn, known: Known, typed: str
    ) -> None:
        known()
        answer = operator.get("/broadcasts/", {"q": typed})
        assert (answer.status_code, row_names(answer)) == (200, [])

    def test_the_words_stay_in_the_field(self, operator: SignedIn, known: Known) -> None:
        known("Storm")
        assert 'value="storm &amp; &quot;flood&quot;"' in markup(
            operator.get("/broadcasts/", {"q": 'storm & "flood"'})
        )


class TestFilteringByStatus:
    @pytest.fixture(autouse=True)
    def _broadcasts(self, known: Known) -> None:
        for status in ("RUNNING", "RUNNING", "STOPPED", "SUSPENDED", "DECLINED", "ARCHIVED", "A_NEW_WORD"):
            known(f"{status} one", status=status)

    def test_one_word_shows_that_status(self, operator: SignedIn) -> None:
        assert row_names(operator.get("/broadcasts/?status=RUNNING")) == ["RUNNING one"] * 2

    def test_repeated_words_show_any_of_them(self, operator: SignedIn) -> None:
        found = row_names(operator.get("/broadcasts/?status=STOPPED&status=DECLINED"))
        assert sorted(found) == ["DECLINED one", "STOPPED one"]

    def test_a_word_nobody_knows_can_be_filtered_by(self, operator: SignedIn) -> None:
        assert row_names(operator.get("/broadcasts/?status=A_NEW_WORD")) == ["A_NEW_WORD one"]

    def test_a_word_no_broadcast_has_matches_nothing(self, operator: SignedIn) -> None:
        answer = operator.get("/broadcasts/?status=NEVER_SEEN")
        assert answer.status_code == 200
        assert "Nothing matches" in words(answer)

    def test_groups_say_how_many_they_would_show(self, operator: SignedIn) -> None:
        said = words(operator.get("/broadcasts/"))
        assert (
            "All 6 Running 2 Starting 0 Scheduled 0 Stopped 1 Blocked 2 Draft 0 Finished 0 Archived 1" in said
        )

    def test_counts_follow_the_words_but_not_the_chosen_status(self, operator: SignedIn) -> None:
        said = words(operator.get("/broadcasts/?q=running&status=RUNNING"))
        assert "All 2 Running 2" in said
        assert "Blocked 0" in said

    def test_a_group_leads_to_all_its_words(self, operator: SignedIn) -> None:
        (blocked,) = {each for each in links(operator.get("/broadcasts/")) if "SUSPENDED" in each}
        assert sorted(row_names(operator.get(f"/broadcasts/{blocked}"))) == ["DECLINED one", "SUSPENDED one"]

    def test_the_chosen_group_is_marked(self, operator: SignedIn) -> None:
        chosen = operator.get("/broadcasts/?status=RUNNING")
        assert markup(chosen).count('aria-current="true"') == 1
        assert 'aria-current="true">Running' in markup(chosen)
        assert 'aria-current="true">All' in markup(operator.get("/broadcasts/"))

    def test_running_alone_can_be_asked_for(self, operator: SignedIn) -> None:
        assert row_names(operator.get("/broadcasts/?running=true")) == ["RUNNING one"] * 2

    def test_whatever_does_not_run_can_be_asked_for(self, operator: SignedIn) -> None:
        found = row_names(operator.get("/broadcasts/?running=false"))
        assert "RUNNING one" not in found
        assert len(found) == 4

    def test_a_running_filter_can_be_taken_away(self, operator: SignedIn) -> None:
        answer = operator.get("/broadcasts/?running=true&q=one")
        assert "Only running" in words(answer)
        assert "?q=one" in links(answer)


class TestFilteringByLabel:
    def test_only_broadcasts_that_carry_it_are_shown(self, operator: SignedIn, known: Known) -> None:
        known("North one", labels=["north", "urgent"])
        known("South one", labels=["south"])
        assert row_names(operator.get("/broadcasts/?label=urgent")) == ["North one"]

    def test_part_of_a_label_is_not_that_label(self, operator: SignedIn, known: Known) -> None:
        known("North one", labels=["north"])
        assert row_names(operator.get("/broadcasts/?label=nor")) == []

    def test_every_label_is_offered_once(self, operator: SignedIn, known: Known) -> None:
        for name in ("One", "Two"):
            known(name, labels=["shared"])
        assert markup(operator.get("/broadcasts/")).count('<option value="shared"') == 1

    def test_the_chosen_one_is_selected(self, operator: SignedIn, known: Known) -> None:
        known(labels=["north"])
        assert '<option value="north" selected>' in markup(operator.get("/broadcasts/?label=north"))

    def test_the_labels_stand_under_the_name(self, operator: SignedIn, known: Known) -> None:
        known("North one", labels=["north", "urgent"])
        assert "North one north, urgent" in words(operator.get("/broadcasts/"))

    def test_filters_narrow_each_other(self, operator: SignedIn, known: Known) -> None:
        known("Storm north", labels=["north"], status="RUNNING")
        known("Storm south", labels=["south"], status="RUNNING")
        known("Storm north ended", labels=["north"], status="FINISHED")
        answer = operator.get("/broadcasts/?q=storm&label=north&status=RUNNING")
        assert row_names(answer) == ["Storm north"]


class TestSorting:
    @pytest.fixture(autouse=True)
    def _broadcasts(self, known: Known) -> None:
        known("banana", status="FINISHED", ago=10)
        known("Zulu", status="A_NEW_WORD", ago=20)
        known("Cherry", status="RUNNING", ago=30)
        known("apple", status="STOPPED", ago=40)

    @pytest.mark.parametrize(
        ("sort", "names"),
        [
            ("", ["banana", "Zulu", "Cherry", "apple"]),
            ("-changed", ["banana", "Zulu", "Cherry", "apple"]),
            ("changed", ["apple", "Cherry", "Zulu", "banana"]),
            ("name", ["apple", "banana", "Cherry", "Zulu"]),
            ("-name", ["Zulu", "Cherry", "banana", "apple"]),
            ("status", ["Cherry", "apple", "banana", "Zulu"]),
            ("-status", ["Zulu", "banana", "apple", "Cherry"]),
        ],
    )
    def test_every_order_is_kept(self, operator: SignedIn, sort: str, names: list[str]) -> None:
        assert row_names(operator.get("/broadcasts/", {"sort": sort})) == names

    def test_the_column_in_use_says_so_and_leads_to_its_reverse(self, operator: SignedIn) -> None:
        answer = operator.get("/broadcasts/?sort=name")
        assert markup(answer).count("aria-sort=") == 1
        assert 'aria-sort="ascending"' in markup(answer)
        assert "?sort=-name" in links(answer)

    @pytest.mark.parametrize("sort", ["changed", "-changed"])
    def test_a_broadcast_without_a_date_comes_last_either_way(
        self, operator: SignedIn, known: Known, sort: str
    ) -> None:
        known("Undated", lastModified=None)
        assert row_names(operator.get("/broadcasts/", {"sort": sort}))[-1] == "Undated"

    def test_equal_names_keep_one_order_from_page_to_page(self, operator: SignedIn) -> None:
        many(60, name="The same")
        pages = [operator.get(f"/broadcasts/?sort=name&q=same&page={page}") for page in (1, 2, 3)]
        ids = [link for answer in pages for link in set(links(answer)) if link.startswith("/broadcasts/1000")]
        assert len(ids) == len(set(ids)) == 60


class TestPages:
    @pytest.fixture(autouse=True)
    def _broadcasts(self, operator: SignedIn, sandbox: Sandbox) -> None:
        many(110)

    @pytest.mark.parametrize("size", [25, 50, 100])
    def test_a_page_has_as_many_rows_as_chosen(self, operator: SignedIn, size: int) -> None:
        assert len(row_names(operator.get(f"/broadcasts/?per_page={size}"))) == size

    def test_a_page_has_25_rows_unless_chosen(self, operator: SignedIn) -> None:
        assert len(row_names(operator.get("/broadcasts/"))) == 25

    def test_pages_follow_each_other(self, operator: SignedIn) -> None:
        names = [
            name for page in range(1, 6) for name in row_names(operator.get(f"/broadcasts/?page={page}"))
        ]
        assert names == [f"Notice {n:05}" for n in range(110)]

    def test_it_says_which_part_is_shown(self, operator: SignedIn) -> None:
        said = words(operator.get("/broadcasts/?page=2"))
        assert "26 –\N{WORD JOINER} 50 of 110" in said

    def test_a_page_past_the_end_gives_the_last_one(self, operator: SignedIn) -> None:
        answer = operator.get("/broadcasts/?page=999")
        assert answer.status_code == 200
        assert row_names(answer)[-1] == "Notice 00109"
        assert "101 –\N{WORD JOINER} 110 of 110" in words(answer)
        assert not link(answer, "next")

    def test_the_first_page_has_no_way_back(self, operator: SignedIn) -> None:
        answer = operator.get("/broadcasts/")
        assert not link(answer, "prev")
        assert link(answer, "next") == {"page": ["2"]}

    def test_links_keep_everything_that_was_chosen(self, operator: SignedIn) -> None:
        asked = {
            "q": "notice",
            "status": ["STOPPED", "RUNNING"],
            "label": "area 3",
            "running": "false",
            "sort": "name",
            "per_page": "25",
            "page": "1",
        }
        many(200, labels=["area 3"])
        following = link(operator.get("/broadcasts/", asked), "next")
        assert following == {
            "q": ["notice"],
            "status": ["STOPPED", "RUNNING"],
            "label": ["area 3"],
            "running": ["false"],
            "sort": ["name"],
            "per_page": ["25"],
            "page": ["2"],
        }

    def test_another_order_begins_on_the_first_page(self, operator: SignedIn) -> None:
        answer = operator.get("/broadcasts/?page=3&q=notice")
        assert "?q=notice&sort=name" in links(answer)

    def test_the_filter_form_keeps_what_it_does_not_show(self, operator: SignedIn) -> None:
        sent = markup(operator.get("/broadcasts/?status=STOPPED&status=RUNNING&running=false&sort=name"))
        for field in ('"status" value="STOPPED"', '"status" value="RUNNING"', '"running" value="false"'):
            assert f'<input type="hidden" form="filters" name={field}>' in sent
        assert '<input type="hidden" form="filters" name="sort" value="name">' in sent


class TestArchivedBroadcasts:
    def test_they_are_shown_only_when_asked_for(self, operator: SignedIn, known: Known) -> None:
        known("Put away", status="ARCHIVED")
        known("At hand")
        assert row_names(operator.get("/broadcasts/")) == ["At hand"]
        assert row_names(operator.get("/broadcasts/?status=ARCHIVED")) == ["Put away"]

    def test_they_are_not_counted_among_all(self, operator: SignedIn, known: Known) -> None:
        known("Put away", status="ARCHIVED")
        known("At hand")
        said = words(operator.get("/broadcasts/"))
        assert "All 1" in said
        assert "Archived 1" in said

    def test_they_stay_findable_after_callfire_stopped_listing_them(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        put_away = seen("Old storm", status="STOPPED", labels=["storm"])
        sandbox.world.broadcasts[put_away.pk].archive(sandbox.clock.now())
        snapshots.refresh()
        answer = operator.get("/broadcasts/?status=ARCHIVED&q=storm&label=storm")
        assert row_names(answer) == ["Old storm"]

    def test_a_search_that_finds_nothing_says_where_archived_ones_are(
        self, operator: SignedIn, known: Known
    ) -> None:
        known("Old storm", status="ARCHIVED")
        assert "Archived broadcasts are behind the Archived filter." in words(
            operator.get("/broadcasts/?q=storm")
        )

    def test_broadcasts_callfire_no_longer_knows_are_in_no_list(
        self, operator: SignedIn, known: Known
    ) -> None:
        snapshots.forget(known("Gone").pk)
        for address in ("/broadcasts/", "/broadcasts/?q=gone", "/broadcasts/?status=STOPPED"):
            assert row_names(operator.get(address)) == []


class TestWhenThereIsNothingToShow:
    def test_an_empty_account_is_told_apart(self, operator: SignedIn, sandbox: Sandbox) -> None:
        snapshots.refresh()
        said = words(operator.get("/broadcasts/"))
        assert "No broadcasts yet" in said
        assert "CallFire holds no broadcasts for this account." in said

    def test_filters_that_fit_nothing_name_themselves(self, operator: SignedIn, known: Known) -> None:
        known()
        said = words(operator.get("/broadcasts/?q=storm&label=north&status=RUNNING"))
        assert "Nothing matches" in said
        assert "No broadcast fits the words “storm”, the label “north” and the chosen status." in said
        assert "Show all broadcasts" in said

    def test_a_number_that_is_no_broadcast_leads_to_the_call_and_the_recording_of_this_id(
        self, operator: SignedIn, known: Known
    ) -> None:
        known()
        led = links(operator.get("/broadcasts/?q=1955000236003"))
        assert {"/calls/?id=1955000236003", "/recordings/?id=1955000236003"} <= set(led)
        assert not [each for each in links(operator.get("/broadcasts/?q=storm")) if "?id=" in each]

    def test_a_list_that_was_never_read_says_that_it_is_being_read(
        self, operator: SignedIn, settings: Settings
    ) -> None:
        shared.claim("snapshots:refreshing", 60)
        said = words(operator.get("/broadcasts/"))
        assert "Reading the list from CallFire" in said
        assert "No broadcasts yet" not in said

    def test_a_list_that_was_never_read_because_callfire_is_down_says_why(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        sandbox.stop_listening()
        said = words(operator.get("/broadcasts/"))
        assert "This list could not be read yet. CallFire could not be reached." in said
        assert "No broadcasts yet" not in said


class TestBadFilters:
    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("sort=price", "Sort by changed, name or status."),
            ("page=0", "The first page is 1."),
            ("page=two", "The page is a number."),
            ("per_page=1000", "Show 25, 50 or 100 a page."),
            ("q=" + "x" * 201, "Search for at most 200 characters."),
            ("status=" + "X" * 65, "This status is not one of CallFire’s words."),
        ],
    )
    def test_each_answers_422_with_a_sentence_and_the_list_all_the_same(
        self, operator: SignedIn, known: Known, query: str, sentence: str
    ) -> None:
        known("Still here")
        answer = operator.get(f"/broadcasts/?{query}")
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert row_names(answer) == ["Still here"]

    def test_what_was_right_is_not_lost(self, operator: SignedIn, known: Known) -> None:
        known("Storm one")
        known("Flood one")
        answer = operator.get("/broadcasts/?sort=price&q=storm&status=STOPPED")
        assert row_names(answer) == ["Storm one"]
        assert 'value="storm"' in markup(answer)

    @pytest.mark.parametrize("query", ["q=a%00b", "status=%00", "label=%00", "page=99999999999999999999"])
    def test_no_byte_breaks_the_page(self, operator: SignedIn, known: Known, query: str) -> None:
        known("Still here")
        answer = operator.get(f"/broadcasts/?{query}")
        assert answer.status_code == 422
        assert row_names(answer) == ["Still here"]

    def test_htmx_gets_the_sentence_inside_the_results(self, operator: SignedIn, known: Known) -> None:
        answer = operator.get("/broadcasts/?sort=price", headers=HTMX)
        assert answer.status_code == 422
        assert "Sort by changed, name or status." in words(answer)


class TestPageAndFragment:
    def test_a_browser_gets_the_page(self, operator: SignedIn, known: Known) -> None:
        assert markup(operator.get("/broadcasts/")).lstrip().lower().startswith("<!doctype html>")

    def test_htmx_gets_the_results_alone(self, operator: SignedIn, known: Known) -> None:
        known("Only this")
        answer = operator.get("/broadcasts/", headers=HTMX)
        assert markup(answer).lstrip().startswith('<div class="stack" id="results"')
        assert "<html" not in markup(answer)
        assert row_names(answer) == ["Only this"]

    @pytest.mark.parametrize(
        "headers",
        [
            {"HX-Request": "true", "HX-Target": "stale"},
            {"HX-Request": "true", "HX-Target": "results", "HX-Boosted": "true"},
            {"HX-Request": "true", "HX-Target": "results", "HX-History-Restore-Request": "true"},
            {"HX-Target": "results"},
        ],
        ids=["a target that is no fragment", "a boosted link", "restored history", "not htmx"],
    )
    def test_everything_else_gets_the_page(
        self, operator: SignedIn, known: Known, headers: dict[str, str]
    ) -> None:
        assert "<html" in markup(operator.get("/broadcasts/", headers=headers))

    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
    def test_no_cache_confuses_the_two(
        self, operator: SignedIn, known: Known, headers: dict[str, str]
    ) -> None:
        varies = operator.get("/broadcasts/", headers=headers)["Vary"]
        assert {"HX-Request", "HX-Target"} <= {word.strip() for word in varies.split(",")}

    def test_a_viewer_sees_the_list_without_ways_to_change_it(self, viewer: SignedIn, known: Known) -> None:
        known("Only looking")
        answer = viewer.get("/broadcasts/")
        assert row_names(answer) == ["Only looking"]
        assert "data-select-all" not in markup(answer)
        assert 'id="selection"' not in markup(answer)

    def test_an_operator_can_select_rows(self, operator: SignedIn, known: Known) -> None:
        chosen = known()
        assert f'name="id" value="{chosen.pk}" form="selection"' in markup(operator.get("/broadcasts/"))

    def test_it_changes_nothing(self, operator: SignedIn, known: Known) -> None:
        assert operator.post("/broadcasts/").status_code == 405


class TestWhatItCosts:
    def test_the_page_waits_for_no_answer_of_callfire(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        seen(status="RUNNING")
        assert row_names(operator.get("/broadcasts/")) == ["Outage notice"]
        assert not sandbox.requests

    @pytest.mark.parametrize("count", [30, 5_000])
    def test_the_number_of_queries_does_not_grow(
        self,
        operator: SignedIn,
        sandbox: Sandbox,
        django_assert_num_queries: DjangoAssertNumQueries,
        count: int,
    ) -> None:
        many(count, status="RUNNING", labels=["one", "two"])
        operator.get("/broadcasts/")
        for size in (25, 100):
            with django_assert_num_queries(9):  # two of them for the uploads in the shell
                answer = operator.get(f"/broadcasts/?per_page={size}&sort=status&q=notice&label=one")
            assert len(row_names(answer)) == min(size, count)

    def test_5000_broadcasts_are_one_page_of_bounded_size(self, operator: SignedIn, sandbox: Sandbox) -> None:
        many(5_000)
        answer = operator.get("/broadcasts/")
        assert len(row_names(answer)) == 25
        assert "1 –\N{WORD JOINER} 25 of 5,000" in words(answer)
        assert len(answer.content) < 100_000

    def test_a_list_that_is_due_is_read_once_however_many_look(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, settings: Settings
    ) -> None:
        seen()
        later = timezone.now() + timedelta(seconds=settings.SNAPSHOT_INTERVAL_SECONDS + 1)
        with time_machine.travel(later, tick=False):
            for _ in range(5):
                operator.get("/broadcasts/")
        assert len(sandbox.requests_to("GET", "/calls/broadcasts")) == 1


class TestNamesFromOutside:
    NASTY = '<script>alert("x")</script>&amp;'

    def test_markup_in_a_name_is_text(self, operator: SignedIn, known: Known) -> None:
        known(self.NASTY, labels=["<img src=x onerror=alert(1)>"])
        answer = operator.get("/broadcasts/")
        assert row_names(answer) == [self.NASTY]
        assert "<script>alert" not in markup(answer)
        assert "<img src=x" not in markup(answer)

    def test_markup_in_a_search_or_a_filter_is_text(self, operator: SignedIn, known: Known) -> None:
        answer = operator.get("/broadcasts/", {"q": self.NASTY, "label": '"><b>x', "status": "<i>"})
        assert "<script>alert" not in markup(answer)
        assert '"><b>x' not in markup(answer)
        assert "<i>" not in markup(answer)

    def test_a_broadcast_without_a_name_goes_by_its_id(self, operator: SignedIn, known: Known) -> None:
        nameless = known("")
        assert row_names(operator.get("/broadcasts/")) == [f"Broadcast {nameless.pk}"]

    def test_a_status_nobody_knows_is_shown_as_it_came(self, operator: SignedIn, known: Known) -> None:
        known(status="PAUSED")
        assert "Other (PAUSED)" in words(operator.get("/broadcasts/"))


class TestTheRows:
    def test_figures_that_were_read_are_shown(self, operator: SignedIn, sandbox: Sandbox, seen: Seen) -> None:
        done = seen(status="FINISHED", recipients=40, fromNumber="12135550111")
        tasks.refresh_stats(done.pk)
        said = words(operator.get("/broadcasts/"))
        assert "100%" in said
        assert "(213) 555-0111" in said

    def test_figures_that_were_never_read_are_not_zeros(self, operator: SignedIn, known: Known) -> None:
        known()
        assert "Not counted yet – –" in words(operator.get("/broadcasts/"))

    def test_a_broadcast_without_people_says_so(self, operator: SignedIn, seen: Seen) -> None:
        empty = seen(recipients=0)
        tasks.refresh_stats(empty.pk)
        assert "No people yet" in words(operator.get("/broadcasts/"))

    def test_rows_that_run_refresh_themselves(self, operator: SignedIn, known: Known) -> None:
        running = known(status="RUNNING")
        known(status="STOPPED")
        clock = panel(operator.get("/broadcasts/"), "rows-clock")
        assert clock["data-every"] == "5"
        assert clock["data-url"].startswith(f"/broadcasts/rows/?id={running.pk}&v=")

    def test_a_list_in_which_nothing_runs_keeps_still(self, operator: SignedIn, known: Known) -> None:
        known(status="FINISHED")
        assert "data-every" not in panel(operator.get("/broadcasts/"), "rows-clock")


class TestItsAge:
    @pytest.fixture(autouse=True)
    def now(self) -> Iterator[time_machine.Traveller]:
        """Five past noon where the people are, before anybody signs in."""
        with time_machine.travel("2026-11-23 20:05:07Z", tick=False) as traveller:
            yield traveller

    @staticmethod
    def fails(sandbox: Sandbox) -> None:
        """CallFire refuses the next reading of the list."""
        sandbox.fail_next("GET", "/calls/broadcasts", status=403)
        tasks.read_snapshots()

    def test_it_says_when_it_was_read(self, operator: SignedIn, seen: Seen) -> None:
        seen()
        assert "list as of 12:05:07" in words(operator.get("/broadcasts/"))

    def test_a_fresh_list_has_no_warning(self, operator: SignedIn, seen: Seen) -> None:
        seen()
        assert "data-age" not in markup(operator.get("/broadcasts/", headers=HTMX))

    def test_callfire_being_down_is_told_with_since_when(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        seen("Still here")
        sandbox.stop_listening()
        now.shift(100)
        tasks.read_snapshots()
        answer = operator.get("/broadcasts/", headers=HTMX)
        assert row_names(answer) == ["Still here"]
        assert "This list is from 12:05:07. CallFire could not be reached" in words(answer)
        assert "Since 12:06:47." in words(answer)
        assert "list as of 12:05:07" in words(answer)

    def test_since_when_is_the_first_failure(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen, now: time_machine.Traveller
    ) -> None:
        seen()
        for _ in range(2):
            now.shift(60)
            self.fails(sandbox)
        assert "Since 12:06:07." in words(operator.get("/broadcasts/", headers=HTMX))

    def test_the_warning_goes_when_the_list_was_read_again(
        self, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        seen()
        self.fails(sandbox)
        assert "This API key may not do that" in words(operator.get("/broadcasts/", headers=HTMX))
        tasks.read_snapshots()
        assert "This API key may not do that" not in words(operator.get("/broadcasts/", headers=HTMX))

    def test_a_list_nobody_read_for_long_says_so(
        self, operator: SignedIn, seen: Seen, now: time_machine.Traveller
    ) -> None:
        seen()
        shared.claim("snapshots:refreshing", 60)
        now.shift(3600)
        assert "has not read the list" in words(operator.get("/broadcasts/", headers=HTMX))

    def test_a_list_without_redis_is_shown_and_says_so(
        self, operator: SignedIn, seen: Seen, now: time_machine.Traveller, settings: Settings
    ) -> None:
        seen("Still here")
        now.shift(3600)
        cut_off_redis(settings)
        answer = operator.get("/broadcasts/")
        assert row_names(answer) == ["Still here"]
        assert "short-term memory (Redis) does not answer" in words(answer)


class TestSignedOut:
    def test_it_leads_to_the_sign_in_page_and_back(self, client: SignedIn, db: None) -> None:
        answer = client.get("/broadcasts/?q=storm")
        assert answer.status_code == 302
        assert answer["Location"] == "/accounts/login/?next=/broadcasts/%3Fq%3Dstorm"
