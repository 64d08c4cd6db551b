"""``/healthz``: whether this process can serve pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from callfire_api.sandbox import Sandbox
from campaigns import shared
from campaigns.services import health
from campaigns.tasks import check_callfire, heartbeat, look_after_uploads
from dashboard import ports


@pytest.fixture
def redis_down(settings: Settings) -> None:
    """The cache where nobody listens."""
    nobody = f"redis://127.0.0.1:{ports.free_port()}/0"
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": nobody}}


@pytest.fixture
def database_down() -> Iterator[None]:
    """A database that cannot be opened, as long as the test runs."""
    connection.close()
    name = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = "/nowhere/at/all.sqlite3"
    yield
    connection.close()
    connection.settings_dict["NAME"] = name


@pytest.mark.django_db
class TestHealthz:
    def test_all_is_well_while_the_workers_give_signs_of_life(self, client: Client) -> None:
        heartbeat.delay()
        look_after_uploads.delay()
        answer = client.get("/healthz")
        assert answer.status_code == 200
        assert answer.json()["status"] == "ok"
        assert answer.json()["worker_seen_seconds_ago"] < 5

    def test_nobody_has_to_sign_in(self, client: Client) -> None:
        assert client.get("/healthz").status_code == 200

    def test_it_is_never_cached(self, client: Client) -> None:
        assert "no-store" in client.get("/healthz")["Cache-Control"]

    def test_it_only_answers_reading(self, client: Client) -> None:
        assert client.post("/healthz").status_code == 405

    def test_without_a_worker_it_serves_and_says_so(self, client: Client) -> None:
        answer = client.get("/healthz")
        assert answer.status_code == 200
        assert answer.json()["status"] == "degraded"
        assert answer.json()["worker"] is False

    def test_without_a_worker_of_uploads_it_serves_and_says_so(self, client: Client) -> None:
        heartbeat.delay()
        answer = client.get("/healthz")
        assert answer.json()["status"] == "degraded"
        assert (answer.json()["worker"], answer.json()["uploads_worker"]) == (True, False)

    def test_while_callfire_fails_it_serves_and_says_since_when(
        self, client: Client, sandbox: Sandbox
    ) -> None:
        heartbeat.delay()
        sandbox.fail_next("GET", "", times=50, status=503)
        check_callfire.delay()
        trouble = health.trouble()
        assert trouble is not None
        answer = client.get("/healthz").json()
        assert answer["status"] == "degraded"
        assert answer["callfire"] is False
        assert answer["callfire_trouble_since"] == trouble.since.isoformat()

    @pytest.mark.usefixtures("redis_down")
    def test_without_redis_it_serves_and_says_so(self, client: Client) -> None:
        assert shared.is_up() is False
        answer = client.get("/healthz")
        assert answer.status_code == 200
        assert answer.json()["redis"] is False
        assert answer.json()["status"] == "degraded"


@pytest.mark.django_db(transaction=True)
class TestWithoutTheDatabase:
    @pytest.mark.usefixtures("database_down")
    @pytest.mark.skipif(connection.vendor != "sqlite", reason="takes the SQLite file away")
    def test_it_takes_itself_out_of_service(self, client: Client) -> None:
        heartbeat.delay()
        answer = client.get("/healthz")
        assert answer.status_code == 503
        assert answer.json()["status"] == "down"
        assert answer.json()["database"] is False


class TestTheWorkersSign:
    def test_it_counts_for_twenty_seconds(self) -> None:
        assert timedelta(seconds=20) == health.WORKER_SILENT
