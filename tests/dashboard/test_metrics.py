"""``/metrics``: who may read it, and what it tells."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import AuditEvent, BroadcastSnapshot
from campaigns.tasks import heartbeat

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


def figures(client: Client) -> dict[str, float]:
    """Every figure by its name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    lines = answer.content.decode().splitlines()
    return {
        found[1]: float(found[2])
        for line in lines
        if (found := re.match(r"([a-z_]+(?:\{[^}]*\})?) (\S+)$", line)) is not None
    }


@pytest.mark.django_db
class TestWhoMayReadIt:
    def test_this_machine_may(self, client: Client) -> None:
        assert client.get("/metrics").status_code == 200

    def test_another_machine_may_not(self, client: Client) -> None:
        answer = client.get("/metrics", **ELSEWHERE)  # type: ignore[arg-type]
        assert answer.status_code == 403
        assert "METRICS_TOKEN" in answer.content.decode()

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"])
    def test_what_a_proxy_on_this_machine_passes_on_comes_from_elsewhere(
        self, client: Client, header: str
    ) -> None:
        assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403

    def test_the_bearer_of_the_token_may(self, client: Client, settings: Settings) -> None:
        settings.METRICS_TOKEN = "open sesame"
        answer = client.get("/metrics", headers={"Authorization": "Bearer open sesame"}, **ELSEWHERE)  # type: ignore[arg-type]
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        "sent", ["Bearer open", "Bearer ", "open sesame", "Basic open sesame", "Bearer é"]
    )
    def test_another_token_opens_nothing(self, client: Client, settings: Settings, sent: str) -> None:
        settings.METRICS_TOKEN = "open sesame"
        answer = client.get("/metrics", headers={"Authorization": sent}, **ELSEWHERE)  # type: ignore[arg-type]
        assert answer.status_code == 403

    def test_without_a_token_set_an_empty_one_opens_nothing(self, client: Client) -> None:
        answer = client.get("/metrics", headers={"Authorization": "Bearer "}, **ELSEWHERE)  # type: ignore[arg-type]
        assert answer.status_code == 403


@pytest.mark.django_db
class TestWhatItTells:
    def test_broadcasts_by_the_status_last_seen(self, client: Client) -> None:
        now = timezone.now()
        for number, (status, gone_at) in enumerate(
            [("RUNNING", None), ("RUNNING", None), ("NEW_WORD", None), ("STOPPED", now)], start=1
        ):
            BroadcastSnapshot.objects.create(id=number, status=status, seen_at=now, gone_at=gone_at)
        told = figures(client)
        assert told['callboard_broadcasts{status="RUNNING"}'] == 2
        assert told['callboard_broadcasts{status="NEW_WORD"}'] == 1
        assert 'callboard_broadcasts{status="STOPPED"}' not in told

    def test_actions_whose_outcome_is_open(self, client: Client) -> None:
        AuditEvent.objects.create(by_name="Otto", action="stop")
        AuditEvent.objects.create(by_name="Otto", action="stop", outcome=AuditEvent.Outcome.DONE)
        assert figures(client)["callboard_actions_pending"] == 1

    def test_whether_each_part_answers(self, client: Client) -> None:
        assert figures(client)['callboard_up{part="worker"}'] == 0
        heartbeat.delay()
        told = figures(client)
        assert told['callboard_up{part="worker"}'] == 1
        assert told['callboard_up{part="uploads_worker"}'] == 0
        assert told['callboard_up{part="database"}'] == 1
        assert told['callboard_up{part="redis"}'] == 1
        assert told["callboard_worker_seen_seconds"] < 5

    def test_how_much_callfire_was_asked(self, client: Client) -> None:
        assert figures(client)["callboard_callfire_requests_last_hour"] == 0

    def test_what_the_process_uses(self, client: Client) -> None:
        assert figures(client)["process_resident_memory_bytes"] > 1_000_000

    def test_reading_it_costs_callfire_nothing_and_the_database_little(
        self, client: Client, django_assert_max_num_queries: pytest.FixtureRequest
    ) -> None:
        with django_assert_max_num_queries(3):  # type: ignore[operator]
            figures(client)
