"""campaigns/services/snapshots.py"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import connection
from django.http import Http404
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from callfire_api import Broadcast, CallFireError, Forbidden
from callfire_api.wire import read
from campaigns.models import BroadcastSnapshot, SnapshotLabel
from campaigns.services import snapshots
from campaigns.services.snapshots import MOST_MISSING_LOOKED_UP
from tests.campaigns.conftest import Seen
from tests.campaigns.outages import cut_off_redis

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.django_db


def broadcast(**properties: Any) -> Broadcast:
    """A broadcast as CallFire answers with it."""
    return read(Broadcast, {"id": 5, "name": "Storm", "status": "STOPPED"} | properties)


def names() -> list[str]:
    return sorted(BroadcastSnapshot.objects.values_list("name", flat=True))


def fill(sandbox: Sandbox, count: int) -> list[str]:
    """Puts so many broadcasts into the practice CallFire; returns their names."""
    made = [f"Notice {n:03}" for n in range(count)]
    for ago, name in enumerate(made):
        sandbox.world.add_broadcast(name=name, recipients=0, created_ago_seconds=float(ago + 1))
    return made


class TestReadingTheList:
    def test_every_broadcast_of_the_account_is_kept(self, sandbox: Sandbox) -> None:
        made = fill(sandbox, 250)
        assert snapshots.refresh() == 250
        assert names() == made

    def test_pages_of_a_hundred_are_asked_for(self, sandbox: Sandbox) -> None:
        fill(sandbox, 250)
        snapshots.refresh()
        asked = [(each.query["limit"], each.query["offset"]) for each in sandbox.requests]
        assert asked == [(["100"], ["0"]), (["100"], ["100"]), (["100"], ["200"])]

    def test_what_callfire_says_of_one_is_kept_whole(self, sandbox: Sandbox, seen: Seen) -> None:
        snapshot = seen("Größe", status="RUNNING", fromNumber="12135550111", labels=["north"], maxActive=7)
        assert (snapshot.name, snapshot.name_folded, snapshot.status) == ("Größe", "grösse", "RUNNING")
        assert (snapshot.from_number, snapshot.labels) == ("12135550111", ["north"])
        assert snapshot.settings["maxActive"] == 7
        assert snapshot.last_modified is not None
        assert snapshot.gone_at is None

    def test_reading_twice_keeps_one_row_for_each(self, sandbox: Sandbox) -> None:
        fill(sandbox, 30)
        snapshots.refresh()
        snapshots.refresh()
        assert BroadcastSnapshot.objects.count() == 30

    def test_a_change_on_callfire_follows(self, sandbox: Sandbox, seen: Seen) -> None:
        snapshot = seen("Before")
        sandbox.world.broadcasts[snapshot.pk].settings["name"] = "After"
        snapshots.refresh()
        assert names() == ["After"]

    def test_figures_are_not_touched(self, sandbox: Sandbox, seen: Seen) -> None:
        snapshot = seen()
        BroadcastSnapshot.objects.update(
            counters={"liveCount": 3}, counters_at=timezone.now(), trouble="Old."
        )
        snapshots.refresh()
        snapshot.refresh_from_db()
        assert snapshot.counters == {"liveCount": 3}
        assert snapshot.trouble == "Old."

    def test_an_empty_account_is_read(self, sandbox: Sandbox) -> None:
        assert snapshots.refresh() == 0
        assert snapshots.freshness().as_of is not None

    def test_ids_beyond_53_bits_are_kept_exactly(self, sandbox: Sandbox) -> None:
        sandbox.switches.huge_ids = True
        made = sandbox.world.add_broadcast()
        snapshots.refresh()
        assert BroadcastSnapshot.objects.get().pk == made.id > 2**53

    def test_a_hundred_broadcasts_take_few_queries(
        self, sandbox: Sandbox, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        fill(sandbox, 100)
        with django_assert_max_num_queries(8):
            snapshots.refresh()


class TestOddPages:
    """CallFire's paging is loose; nothing may be lost or doubled by it."""

    @pytest.mark.parametrize(
        ("switch", "value"),
        [
            ("omit_total_count", True),
            ("omit_limit_offset", True),
            ("total_count_unknown", True),
            ("wrong_total_count", 1),
            ("wrong_total_count", 10_000),
            ("smaller_limit", 7),
            ("maximum_limit", 50),
            ("shift_rows", 3),
        ],
    )
    def test_every_broadcast_is_read_once_all_the_same(
        self, sandbox: Sandbox, switch: str, value: object
    ) -> None:
        made = fill(sandbox, 230)
        setattr(sandbox.switches, switch, value)
        assert snapshots.refresh() == 230
        assert names() == made

    def test_pages_that_say_nothing_of_themselves_end_too(self, sandbox: Sandbox) -> None:
        made = fill(sandbox, 200)
        sandbox.switches.omit_limit_offset = sandbox.switches.omit_total_count = True
        snapshots.refresh()
        assert names() == made
        assert len(sandbox.requests) <= 3

    def test_a_page_without_items_is_an_empty_list(self, sandbox: Sandbox) -> None:
        sandbox.switches.omit_items = True
        assert snapshots.refresh() == 0

    def test_one_broadcast_without_an_id_does_not_spoil_the_others(self, sandbox: Sandbox) -> None:
        sandbox.fail_next(
            "GET", "/broadcasts", status=200, body='{"items": [{"name": "No id"}, {"id": 9, "name": "Fine"}]}'
        )
        assert snapshots.refresh() == 1
        assert names() == ["Fine"]

    def test_the_same_broadcast_twice_in_a_page_is_one(self, sandbox: Sandbox) -> None:
        sandbox.fail_next(
            "GET",
            "/broadcasts",
            status=200,
            body='{"items": [{"id": 9, "name": "A"}, {"id": 9, "name": "B"}]}',
        )
        assert snapshots.refresh() == 1
        assert BroadcastSnapshot.objects.count() == 1

    @pytest.mark.parametrize(
        "sent",
        [
            '{"id": 9, "name": null, "status": null, "labels": null}',
            '{"id": 9, "name": 7, "status": 5, "labels": "north", "lastModified": "soon"}',
            '{"id": 9, "name": "'
            + "x" * 20_000
            + '", "labels": ["'
            + "y" * 5_000
            + '", "'
            + "y" * 5_001
            + '"]}',
            '{"id": 9, "fromNumber": "' + "1" * 200 + '", "status": "' + "S" * 200 + '"}',
            '{"id": 9, "name": "a\\u0000b", "labels": ["c\\u0000d", "c\\u0000d"], "status": "\\u0000"}',
            '{"id": 9, "name": "half \\ud800 a pair", "sounds": {"liveSoundText": "\\ud800 \\u0000"}}',
            '{"id": 9, "lastModified": 99999999999999999}',
            '{"id": 9, "lastModified": -62135596800001}',
            '{"id": 9, "maxActive": 1.5, "new": {"deep": [1.25, null, true]}}',
        ],
        ids=["nulls", "wrong kinds", "long", "longer", "NUL", "surrogate", "far future", "far past", "extra"],
    )
    def test_whatever_a_broadcast_holds_it_can_be_kept(self, sandbox: Sandbox, sent: str) -> None:
        sandbox.fail_next("GET", "/broadcasts", status=200, body=f'{{"items": [{sent}]}}')
        assert snapshots.refresh() == 1
        assert BroadcastSnapshot.objects.get().pk == 9


class TestBroadcastsThatLeftTheList:
    def test_one_that_was_archived_elsewhere_stays_as_archived(self, sandbox: Sandbox, seen: Seen) -> None:
        snapshot = seen()
        sandbox.world.broadcasts[snapshot.pk].archive(sandbox.clock.now())
        snapshots.refresh()
        snapshot.refresh_from_db()
        assert (snapshot.status, snapshot.gone_at) == ("ARCHIVED", None)

    def test_an_archived_one_is_not_asked_for_again(self, sandbox: Sandbox, seen: Seen) -> None:
        snapshot = seen()
        sandbox.world.broadcasts[snapshot.pk].archive(sandbox.clock.now())
        snapshots.refresh()
        sandbox.clear_requests()
        snapshots.refresh()
        assert not sandbox.requests_to("GET", f"/{snapshot.pk}")

    def test_one_callfire_no_longer_knows_is_gone(self, sandbox: Sandbox) -> None:
        snapshots.record(broadcast(id=5), seen_at=timezone.now() - timedelta(hours=1))
        snapshots.refresh()
        assert BroadcastSnapshot.objects.get(pk=5).gone_at is not None
        with pytest.raises(Http404):
            snapshots.get(5)

    def test_one_that_comes_back_is_back(self, sandbox: Sandbox, seen: Seen) -> None:
        snapshot = seen()
        snapshots.forget(snapshot.pk)
        snapshots.refresh()
        assert snapshots.get(snapshot.pk).gone_at is None

    def test_only_a_few_are_asked_for_at_a_time_those_unseen_longest_first(self, sandbox: Sandbox) -> None:
        now = timezone.now()
        for n in range(MOST_MISSING_LOOKED_UP + 5):
            snapshots.record(broadcast(id=100 + n), seen_at=now - timedelta(hours=100 - n))
        snapshots.refresh()
        gone = BroadcastSnapshot.objects.exclude(gone_at=None).values_list("pk", flat=True)
        assert sorted(gone) == [100 + n for n in range(MOST_MISSING_LOOKED_UP)]
        snapshots.refresh()
        assert not BroadcastSnapshot.objects.filter(gone_at=None).exists()

    def test_one_that_cannot_be_asked_for_does_not_make_the_list_old(
        self, sandbox: Sandbox, seen: Seen
    ) -> None:
        seen("Listed")
        snapshots.record(broadcast(id=77), seen_at=timezone.now() - timedelta(hours=1))
        sandbox.fail_next("GET", "/77", status=403)
        snapshots.refresh()
        assert not snapshots.freshness().trouble


class TestAnswersOutOfOrder:
    def test_an_older_answer_never_overwrites_a_newer_one(self) -> None:
        now = timezone.now()
        snapshots.record(broadcast(status="STOPPED", labels=["new"]), seen_at=now)
        kept = snapshots.record(
            broadcast(status="RUNNING", labels=["old"]), seen_at=now - timedelta(seconds=5)
        )
        assert (kept.status, kept.labels, kept.seen_at) == ("STOPPED", ["new"], now)
        assert [row.label for row in SnapshotLabel.objects.all()] == ["new"]

    def test_a_list_that_was_read_slowly_does_not_undo_what_was_read_meanwhile(
        self, sandbox: Sandbox, seen: Seen
    ) -> None:
        snapshot = seen(status="RUNNING")
        with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
            snapshots.record(broadcast(id=snapshot.pk, status="STOPPED"))
        snapshots.refresh()
        snapshot.refresh_from_db()
        assert snapshot.status == "STOPPED"

    def test_a_newer_answer_overwrites_an_older_one(self) -> None:
        now = timezone.now()
        snapshots.record(broadcast(status="RUNNING"), seen_at=now - timedelta(seconds=5))
        assert snapshots.record(broadcast(status="STOPPED"), seen_at=now).status == "STOPPED"

    def test_two_readings_of_the_same_moment_keep_the_later_word(self) -> None:
        now = timezone.now()
        snapshots.record(broadcast(status="RUNNING"), seen_at=now)
        assert snapshots.record(broadcast(status="STOPPED"), seen_at=now).status == "STOPPED"


class TestLabels:
    def test_they_follow_what_callfire_says(self) -> None:
        now = timezone.now()
        snapshots.record(broadcast(labels=["a", "b"]), seen_at=now)
        snapshots.record(broadcast(labels=["b", "c"]), seen_at=now + timedelta(seconds=1))
        assert sorted(SnapshotLabel.objects.values_list("label", flat=True)) == ["b", "c"]

    def test_one_that_is_named_twice_is_one(self) -> None:
        snapshots.record(broadcast(labels=["a", "a"]))
        assert SnapshotLabel.objects.count() == 1

    def test_without_any_there_are_none(self) -> None:
        now = timezone.now()
        snapshots.record(broadcast(labels=["a"]), seen_at=now)
        snapshots.record(broadcast(labels=[]), seen_at=now + timedelta(seconds=1))
        assert not SnapshotLabel.objects.exists()

    def test_labels_that_stayed_are_not_written_again(self) -> None:
        now = timezone.now()
        snapshots.record(broadcast(labels=["a"]), seen_at=now)
        row = SnapshotLabel.objects.get()
        snapshots.record(broadcast(labels=["a"]), seen_at=now + timedelta(seconds=1))
        assert SnapshotLabel.objects.get() == row


class TestSettling:
    def test_counters_settle_for_a_minute_after_the_dialling_ended(self) -> None:
        now = timezone.now()
        snapshots.record(broadcast(status="RUNNING"), seen_at=now)
        kept = snapshots.record(broadcast(status="STOPPED"), seen_at=now + timedelta(seconds=10))
        assert kept.settles_until == now + timedelta(seconds=70)

    def test_it_is_not_prolonged_by_looking_again(self) -> None:
        now = timezone.now()
        snapshots.record(broadcast(status="RUNNING"), seen_at=now)
        snapshots.record(broadcast(status="FINISHED"), seen_at=now + timedelta(seconds=10))
        kept = snapshots.record(broadcast(status="FINISHED"), seen_at=now + timedelta(seconds=50))
        assert kept.settles_until == now + timedelta(seconds=70)

    def test_what_never_dialled_has_nothing_to_settle(self) -> None:
        assert snapshots.record(broadcast(status="STOPPED")).settles_until is None


class TestWhenTheListCannotBeRead:
    def test_the_error_is_raised_and_what_was_read_is_kept(self, sandbox: Sandbox) -> None:
        made = fill(sandbox, 150)
        sandbox.fail_next("GET", "/broadcasts", times=1)  # the first page is as it should be
        sandbox.fail_next("GET", "/broadcasts", status=403)
        with pytest.raises(Forbidden):
            snapshots.refresh()
        assert names() == made[:100]

    def test_nothing_that_was_known_is_lost(self, sandbox: Sandbox, seen: Seen) -> None:
        seen("Still here")
        sandbox.fail_next("GET", "/broadcasts", status=403)
        with pytest.raises(CallFireError):
            snapshots.refresh()
        assert names() == ["Still here"]
        assert snapshots.get_many(BroadcastSnapshot.objects.values_list("pk", flat=True))[0].gone_at is None

    def test_the_reason_and_the_first_failure_are_remembered(self, sandbox: Sandbox, seen: Seen) -> None:
        seen()
        sandbox.fail_next("GET", "/broadcasts", status=403, times=2)
        with time_machine.travel(timezone.now(), tick=False) as now:
            began = timezone.now()
            for _ in range(2):
                with pytest.raises(CallFireError):
                    snapshots.refresh()
                now.shift(60)
            fresh = snapshots.freshness()
        assert fresh.trouble == "This API key may not do that on CallFire."
        assert fresh.trouble_since == began
        assert fresh.is_stale

    def test_the_claim_is_given_back(self, sandbox: Sandbox) -> None:
        sandbox.fail_next("GET", "/broadcasts", status=403)
        assert snapshots.may_refresh()
        with pytest.raises(CallFireError):
            snapshots.refresh()
        assert snapshots.may_refresh()


class TestFreshness:
    def test_a_list_never_read_has_no_age(self) -> None:
        fresh = snapshots.freshness()
        assert (fresh.as_of, fresh.is_stale) == (None, False)

    def test_a_list_is_stale_after_two_intervals_without_a_reading(
        self, sandbox: Sandbox, settings: Settings
    ) -> None:
        settings.SNAPSHOT_INTERVAL_SECONDS = 100
        snapshots.refresh()
        read_at = timezone.now()
        with time_machine.travel(read_at + timedelta(seconds=210), tick=False):
            assert not snapshots.freshness().is_stale
        with time_machine.travel(read_at + timedelta(seconds=220), tick=False):
            stale = snapshots.freshness()
        assert stale.is_stale
        assert "background worker has not read the list" in stale.trouble

    def test_without_redis_the_newest_row_tells_the_age(
        self, sandbox: Sandbox, seen: Seen, settings: Settings
    ) -> None:
        snapshot = seen()
        cut_off_redis(settings)
        assert snapshots.freshness().as_of == snapshot.seen_at

    def test_one_caller_alone_is_told_that_a_reading_is_due(self, sandbox: Sandbox) -> None:
        assert [snapshots.is_due() for _ in range(3)] == [True, False, False]

    def test_nothing_is_due_within_the_interval(self, sandbox: Sandbox, settings: Settings) -> None:
        snapshots.refresh()
        assert not snapshots.is_due()
        later = timezone.now() + timedelta(seconds=settings.SNAPSHOT_INTERVAL_SECONDS + 1)
        with time_machine.travel(later, tick=False):
            assert snapshots.is_due()


class TestLookingUp:
    def test_many_come_in_the_order_asked_for_each_once(self) -> None:
        for number in (1, 2, 3):
            snapshots.record(broadcast(id=number))
        assert [each.pk for each in snapshots.get_many([3, 99, 1, 3])] == [3, 1]

    def test_what_dials_is_listed_newest_change_first(self) -> None:
        for number, status in enumerate(("RUNNING", "STOPPED", "START_PENDING", "VALIDATING_START"), start=1):
            snapshots.record(broadcast(id=number, status=status, lastModified=1_790_000_000_000 + number))
        assert [each.pk for each in snapshots.running()] == [4, 3, 1]
        assert snapshots.running_count() == 1

    def test_what_callfire_holds_back_needs_attention(self) -> None:
        for number, status in enumerate(("RUNNING", "SUSPENDED", "DECLINED", "STOPPED"), start=1):
            snapshots.record(broadcast(id=number, status=status))
        assert {each.status for each in snapshots.needing_attention()} == {"SUSPENDED", "DECLINED"}

    def test_a_broadcast_without_an_id_cannot_be_kept(self) -> None:
        with pytest.raises(ValueError, match="without an id"):
            snapshots.record(Broadcast(name="No id"))


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_two_readings_at_once_keep_each_broadcast_once(self, sandbox: Sandbox) -> None:
        made = fill(sandbox, 150)
        for each in sandbox.world.broadcasts.values():
            each.settings["labels"] = ["one", "two"]
        together = threading.Barrier(3)

        def work() -> int:
            try:
                together.wait(timeout=10)
                return snapshots.refresh()
            finally:
                connection.close()

        with ThreadPoolExecutor(3) as pool:
            counts = [each.result(timeout=60) for each in [pool.submit(work) for _ in range(3)]]
        assert counts == [150, 150, 150]
        assert names() == made
        assert SnapshotLabel.objects.count() == 300

    def test_only_one_of_many_gets_to_read(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            claims = list(pool.map(lambda _: snapshots.may_refresh(), range(8)))
        assert sorted(claims) == [False] * 7 + [True]
