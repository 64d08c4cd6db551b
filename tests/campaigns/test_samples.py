"""campaigns/services/samples.py"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import StatsSample
from campaigns.services import samples
from campaigns.services.samples import KEEP_EACH, KEEP_SAMPLES, MOST_BEFORE
from tests.campaigns.conftest import Seen

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    """Time stands still."""
    with time_machine.travel("2026-11-23 20:05:07Z", tick=False) as traveller:
        yield traveller


class TestForgetting:
    def test_old_ones_are_forgotten(self, seen: Seen) -> None:
        snapshot = seen()
        for age in (KEEP_SAMPLES + timedelta(seconds=1), KEEP_SAMPLES - timedelta(seconds=1)):
            StatsSample.objects.create(snapshot=snapshot, at=timezone.now() - age)
        assert samples.prune() == 1
        assert StatsSample.objects.get().at > timezone.now() - KEEP_SAMPLES
        assert samples.prune() == 0

    def test_a_run_of_days_leaves_no_more_of_them_than_charts_need(self, seen: Seen) -> None:
        running = seen(status="RUNNING")
        ages = [timedelta(seconds=10 * count) for count in range(3 * 8640)]
        StatsSample.objects.bulk_create(
            StatsSample(snapshot=running, at=timezone.now() - age, attempted=10**6 - count)
            for count, age in enumerate(ages)
        )
        first = StatsSample.objects.earliest("at").at
        samples.prune()
        an_hour_ago = timezone.now() - KEEP_EACH
        assert StatsSample.objects.filter(at__gte=an_hour_ago).count() == 361
        before = list(
            StatsSample.objects.filter(at__lt=an_hour_ago).order_by("at").values_list("at", flat=True)
        )
        assert MOST_BEFORE * 0.9 < len(before) <= MOST_BEFORE + 1
        assert before[0] == first
        assert max(after - at for at, after in pairwise(before)) < 2 * (an_hour_ago - first) / MOST_BEFORE
        assert samples.prune() == 0

    def test_a_run_of_an_hour_keeps_all_of_them(self, seen: Seen) -> None:
        finished = seen(status="FINISHED")
        long_ago = timezone.now() - timedelta(days=30)
        StatsSample.objects.bulk_create(
            StatsSample(snapshot=finished, at=long_ago + timedelta(seconds=10 * count))
            for count in range(360)
        )
        assert samples.prune() == 0
