"""campaigns/services/exporting.py: a call log is read to its end, by whichever worker"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from pytest_django import Settings

from callfire_api.wire import milliseconds
from campaigns import tasks
from campaigns.models import Export
from campaigns.services import export_files, exporting, exports
from campaigns.services.call_log import CallQuery
from tests.campaigns.exporting_of import begun, called, ids, ids_at_callfire, run, table
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

State = Export.State


@pytest.fixture(autouse=True)
def _files(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def asked_for(sandbox: Sandbox, parameter: str) -> list[str]:
    """What was sent for this parameter, request by request."""
    return [request.query[parameter][0] for request in sandbox.requests_to("GET", "/calls")]


class TestReading:
    def test_every_call_is_in_the_file_once(self, sandbox: Sandbox, operator: SignedIn) -> None:
        broadcast = called(sandbox, 30)
        export = run(begun(operator.user))
        assert (export.state, export.rows) == (State.DONE, 30)
        assert set(ids(export)) == ids_at_callfire(broadcast, sandbox)
        assert len(ids(export)) == 30

    def test_a_thousand_calls_are_asked_for_at_a_time_and_only_what_is_written(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        called(sandbox, 30)
        run(begun(operator.user))
        assert asked_for(sandbox, "limit") == ["1000"]
        assert "records(" in asked_for(sandbox, "fields")[0]

    def test_where_callfire_refuses_a_property_it_is_asked_for_all_of_them(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        called(sandbox, 5)
        sandbox.fail_next("GET", "/calls", status=400, message="No such field.")
        assert run(begun(operator.user)).rows == 5

    def test_pages_smaller_than_asked_for_are_read_to_the_end(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        sandbox.switches.smaller_limit = 7
        broadcast = called(sandbox, 30)
        assert set(ids(run(begun(operator.user)))) == ids_at_callfire(broadcast, sandbox)

    def test_rows_that_shift_between_pages_are_written_once(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        sandbox.switches.smaller_limit = 7
        sandbox.switches.shift_rows = 3
        broadcast = called(sandbox, 30)
        export = run(begun(operator.user))
        assert set(ids(export)) == ids_at_callfire(broadcast, sandbox)
        assert len(ids(export)) == export.rows == 30

    def test_calls_that_leave_the_list_between_two_pages_take_no_other_with_them(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        sandbox.switches.smaller_limit = 40
        broadcast = called(sandbox, 0)
        waiting = [sandbox.world.add_call(broadcast, state="READY") for _ in range(50)]
        export = run(begun(operator.user, CallQuery(states=("READY",))), pages=1)
        for newest in waiting[-2:]:
            newest["state"] = "FINISHED"
        assert set(ids(run(export))) == {str(call["id"]) for call in waiting}

    def test_calls_made_after_it_began_are_left_out(self, sandbox: Sandbox, operator: SignedIn) -> None:
        sandbox.switches.smaller_limit = 7
        called(sandbox, 20)
        export = run(begun(operator.user), pages=1)
        later = timezone.now() + timedelta(hours=1)
        broadcast = called(sandbox, 1, name="Later")
        sandbox.world.add_call(
            broadcast,
            created=round(later.timestamp() * 1000),
            modified=round(later.timestamp() * 1000),
            toNumber="12135550199",
        )
        run(export)
        assert set(asked_for(sandbox, "intervalEnd")) == {str(milliseconds(export.until))}
        assert "12135550199" not in {row["Person’s number"] for row in table(export)}

    def test_what_callfire_filtered_in_another_way_is_left_out(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        called(sandbox, 30)
        sandbox.switches.unknown_result = "WAS_OUT"
        export = run(begun(operator.user, CallQuery(results=("LA",))))
        assert export.rows == len([row for row in table(export) if row["Result"] == "Answered"])

    def test_nothing_found_is_a_file_with_the_names_of_its_columns(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        export = run(begun(operator.user))
        assert (export.state, export.rows, table(export)) == (State.DONE, 0, [])
        assert export_files.ready(export).read_text(encoding="utf-8-sig").startswith("Call ID,Broadcast ID,")


class TestGoingOn:
    def test_a_worker_goes_on_where_the_one_before_was_told_to_stop(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        sandbox.switches.smaller_limit = 7
        broadcast = called(sandbox, 30)
        export = run(begun(operator.user), pages=2)
        assert (export.state, export.rows, export.offset) == (State.RUNNING, 14, 14)
        sandbox.clear_requests()
        run(export)
        assert asked_for(sandbox, "offset")[0] == "14"
        assert set(ids(export)) == ids_at_callfire(broadcast, sandbox)
        assert len(ids(export)) == 30

    def test_what_a_killed_worker_wrote_and_did_not_tell_is_read_again(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        sandbox.switches.smaller_limit = 7
        called(sandbox, 30)
        export = run(begun(operator.user), pages=2)
        (kept,) = export_files.folder(export.pk).iterdir()
        with kept.open("ab") as file:
            file.write(b'["5", "half a ro')
        run(export)
        assert len(ids(export)) == len(set(ids(export))) == 30

    def test_without_what_was_written_it_begins_again(self, sandbox: Sandbox, operator: SignedIn) -> None:
        sandbox.switches.smaller_limit = 7
        called(sandbox, 30)
        export = run(begun(operator.user), pages=2)
        export_files.remove(export)
        assert (run(export).rows, len(ids(export))) == (30, 30)

    def test_one_that_somebody_works_on_is_left_alone(self, sandbox: Sandbox, operator: SignedIn) -> None:
        called(sandbox, 5)
        export = begun(operator.user)
        Export.objects.update(state=State.RUNNING, lease_until=timezone.now() + timedelta(seconds=60))
        assert exporting.due() == []
        run(export)
        assert sandbox.requests_to("GET", "/calls") == []

    def test_one_whose_worker_went_away_is_found_and_finished(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        called(sandbox, 5)
        export = begun(operator.user)
        Export.objects.update(state=State.RUNNING, lease_until=timezone.now() - timedelta(seconds=1))
        tasks.look_after_uploads()
        export.refresh_from_db()
        assert (export.state, export.rows) == (State.DONE, 5)

    def test_a_worker_that_wakes_up_late_changes_nothing(self, sandbox: Sandbox, operator: SignedIn) -> None:
        """While it slept, another took over and finished."""
        sandbox.switches.smaller_limit = 7
        called(sandbox, 30)
        export = begun(operator.user)
        others: list[Export] = []

        def asleep() -> bool:
            if not others:
                Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
                others.append(run(Export.objects.get()))
            return False

        assert not exporting.run(export.pk, should_stop=asleep)
        export.refresh_from_db()
        assert (export.state, export.fence, export.rows) == (State.DONE, others[0].fence, 30)
        assert len(ids(export)) == len(set(ids(export))) == 30


class TestTrouble:
    def test_callfire_without_an_answer_is_waited_for(self, sandbox: Sandbox, operator: SignedIn) -> None:
        called(sandbox, 5)
        sandbox.fail_next("GET", "/calls", status=503)
        export = run(begun(operator.user))
        assert export.state == State.RUNNING
        assert export.problem
        assert exporting.due() == []
        Export.objects.update(not_before=timezone.now())
        assert exporting.due() == [export.pk]
        assert (run(export).state, export.rows, export.problem) == (State.DONE, 5, "")

    def test_as_long_as_callfire_asks_for(self, sandbox: Sandbox, operator: SignedIn) -> None:
        sandbox.fail_next("GET", "/calls", status=429, headers={"Retry-After": "40"})
        export = run(begun(operator.user))
        assert export.not_before is not None
        assert 30 < (export.not_before - timezone.now()).total_seconds() <= 40

    def test_a_rejected_key_ends_it_with_a_sentence(self, sandbox: Sandbox, operator: SignedIn) -> None:
        sandbox.fail_next("GET", "/calls", status=401)
        export = run(begun(operator.user))
        assert (export.state, export.problem) == (State.FAILED, "CallFire rejected the API credentials.")
        assert not export_files.folder(export.pk).exists()

    def test_a_disk_that_takes_no_file_ends_it_with_a_sentence(
        self, sandbox: Sandbox, operator: SignedIn, settings: Settings, tmp_path: Path
    ) -> None:
        (tmp_path / "taken").write_text("a file where a folder should be")
        settings.DATA_DIR = tmp_path / "taken"
        export = run(begun(operator.user))
        assert export.state == State.FAILED
        assert "could not be written to the disk" in export.problem

    def test_cancelling_ends_it_between_two_pages(self, sandbox: Sandbox, operator: SignedIn) -> None:
        sandbox.switches.smaller_limit = 7
        called(sandbox, 30)
        export = begun(operator.user)

        def cancelled() -> bool:
            exports.cancel(Export.objects.get(), by=operator.user, request_id="r")
            return False

        assert not exporting.run(export.pk, should_stop=cancelled)
        export.refresh_from_db()
        assert export.state == State.CANCELLED
        assert not list(export_files.folder(export.pk).glob("calls-*"))


class TestForgetting:
    def test_the_file_is_removed_after_a_while(
        self, sandbox: Sandbox, operator: SignedIn, settings: Settings
    ) -> None:
        settings.EXPORT_RETENTION_DAYS = 7
        export = run(begun(operator.user))
        assert export.expires_at is not None
        assert export.ended_at is not None
        assert export.expires_at - export.ended_at == timedelta(days=7)
        assert exports.expire() == 0
        Export.objects.update(expires_at=timezone.now())
        tasks.forget_files()
        export.refresh_from_db()
        assert export.state == State.EXPIRED
        assert not export_files.folder(export.pk).exists()

    def test_one_that_never_ends_is_given_up(self, sandbox: Sandbox, operator: SignedIn) -> None:
        export = begun(operator.user)
        Export.objects.update(at=timezone.now() - timedelta(days=30))
        assert exports.expire() == 1
        export.refresh_from_db()
        assert export.state == State.FAILED
        assert export.problem
