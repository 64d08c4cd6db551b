"""Workers that are killed or replaced while they export calls: every call is in the file, once."""

from __future__ import annotations

import random
import uuid

import pytest

from campaigns.models import Export, User
from campaigns.permissions import Role
from campaigns.services import exports
from campaigns.services.call_log import CallQuery
from tests.campaigns.exporting_of import ids, ids_at_callfire
from tests.process.stage import Stage

pytestmark = pytest.mark.process

PEOPLE, PAGE = 300, 20


@pytest.fixture
def export(stage: Stage) -> Export:
    """An export of 300 calls that are sent slowly, on pages of 20."""
    stage.sandbox.world.add_broadcast(name="Outage", status="FINISHED", recipients=PEOPLE)
    stage.sandbox.switches.smaller_limit = PAGE
    stage.sandbox.fail_share("GET", "/calls", share=1, delay_seconds=0.1)
    person = User.objects.create_user("otto", role=Role.OPERATOR)
    return exports.begin(CallQuery(), kind="csv", token=uuid.uuid4(), by=person, request_id="r")


def until_rows(stage: Stage, export: Export, rows: int) -> None:
    """Wait until so many rows are kept, or all."""
    told = Export.objects.filter(pk=export.pk)
    stage.until(lambda: told.filter(rows__gte=min(rows, PEOPLE)).exists(), f"{rows} rows to be written")


def whole(stage: Stage, export: Export) -> bool:
    """Whether, once it is done, its file has every call of CallFire once."""
    done = Export.objects.filter(pk=export.pk, state=Export.State.DONE)
    stage.until(done.exists, "the export to be done")
    export.refresh_from_db()
    (broadcast,) = stage.sandbox.world.broadcasts.values()
    found = ids(export)
    return len(found) == PEOPLE and set(found) == ids_at_callfire(broadcast, stage.sandbox)


def test_killed_at_any_moment_again_and_again(stage: Stage, export: Export) -> None:
    moments = random.Random(5)
    worker = stage.start_worker()
    stage.enqueue("run_export", export.pk)
    for times in range(1, 3):
        until_rows(stage, export, times * 80 + moments.randrange(40))
        stage.kill(worker)
        worker = stage.start_worker()
    assert whole(stage, export)


def test_frozen_beyond_its_lease_and_woken_when_another_had_finished(stage: Stage, export: Export) -> None:
    sleeper = stage.start_worker()
    stage.enqueue("run_export", export.pk)
    until_rows(stage, export, 100)
    stage.freeze(sleeper)
    stage.start_worker()
    assert whole(stage, export)
    stage.wake(sleeper)
    stage.until(lambda: "taken over" in sleeper.output, "the late worker to notice")
    assert whole(stage, export)


def test_replaced_by_a_new_version_it_goes_on_at_once(stage: Stage, export: Export) -> None:
    worker = stage.start_worker()
    stage.enqueue("run_export", export.pk)
    until_rows(stage, export, 60)
    stage.deploy(worker)
    assert whole(stage, export)
