"""For whoever watches over Callboard: ``/healthz`` for load balancers, ``/metrics`` for monitoring.

Both read what was recorded and ask CallFire nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from campaigns import shared
from campaigns.gateway import get_pacer
from campaigns.models import AuditEvent, BroadcastSnapshot
from campaigns.services import health
from dashboard import env

# A reverse proxy sets these; a request without them that comes from loopback was made on this machine.
_PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded")


@require_safe
@never_cache
@login_not_required
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 while this process can serve pages, which takes the database; 503 otherwise.

    Without Redis, the worker or CallFire pages still answer and say what is missing: ``degraded``.
    """
    database, redis = _database_answers(), shared.is_up()
    worker_age, trouble = _seconds_since(health.worker_seen_at()), health.trouble()
    uploads_worker = health.worker_seen_at(health.UPLOADS) is not None
    status = "ok"
    if not redis or worker_age is None or not uploads_worker or trouble is not None:
        status = "degraded"
    if not database:
        status = "down"
    return JsonResponse(
        {
            "status": status,
            "database": database,
            "redis": redis,
            "worker": worker_age is not None,
            "worker_seen_seconds_ago": worker_age,
            "uploads_worker": uploads_worker,
            "callfire": trouble is None,
            "callfire_trouble_since": trouble.since.isoformat() if trouble else None,
        },
        status=HTTPStatus.OK if database else HTTPStatus.SERVICE_UNAVAILABLE,
    )


@require_safe
@never_cache
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in Prometheus' text format, for the bearer of METRICS_TOKEN and for this machine itself."""
    if not _may_read_metrics(request):
        return HttpResponse(
            "Send the header Authorization: Bearer METRICS_TOKEN, or ask from this machine itself.\n",
            status=HTTPStatus.FORBIDDEN,
            content_type="text/plain; charset=utf-8",
        )
    registry = CollectorRegistry()
    registry.register(Figures())
    ProcessCollector(registry=registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Figures(Collector):
    """What is known at the moment of asking; what cannot be read is left out."""

    def collect(self) -> Iterator[Metric]:
        """The figures, read anew."""
        database, redis = _database_answers(), shared.is_up()
        up = GaugeMetricFamily("callboard_up", "Whether a part answers.", labels=["part"])
        for part, answers in (("database", database), ("redis", redis)):
            up.add_metric([part], answers)
        up.add_metric(["worker"], health.worker_seen_at() is not None)
        up.add_metric(["uploads_worker"], health.worker_seen_at(health.UPLOADS) is not None)
        up.add_metric(["callfire"], health.trouble() is None)
        yield up
        if database:
            yield from _recorded()
        if redis:
            yield from _shared()


def _recorded() -> Iterator[Metric]:
    broadcasts = GaugeMetricFamily(
        "callboard_broadcasts", "Broadcasts as last seen, by CallFire's status.", labels=["status"]
    )
    present = BroadcastSnapshot.objects.filter(gone_at=None).order_by()
    for status, count in present.values_list("status").annotate(count=Count("pk")):
        broadcasts.add_metric([status], count)
    yield broadcasts
    yield GaugeMetricFamily(
        "callboard_actions_pending",
        "Actions whose outcome is not known yet.",
        value=AuditEvent.objects.filter(outcome=AuditEvent.Outcome.PENDING).count(),
    )


def _shared() -> Iterator[Metric]:
    age = _seconds_since(health.worker_seen_at())
    if age is not None:
        yield GaugeMetricFamily(
            "callboard_worker_seen_seconds", "Seconds since the worker's last sign of life.", value=age
        )
    yield GaugeMetricFamily(
        "callboard_callfire_requests_last_hour",
        "Requests to CallFire in the last hour, of all processes.",
        value=get_pacer().usage().requests_last_hour,
    )


def _may_read_metrics(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    sent = request.headers.get("Authorization", "")
    if token and secrets.compare_digest(sent.encode(), f"Bearer {token}".encode()):
        return True
    is_proxied = any(header in request.headers for header in _PROXY_HEADERS)
    return not is_proxied and env.is_loopback(request.META.get("REMOTE_ADDR", ""))


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _seconds_since(moment: datetime | None) -> float | None:
    return None if moment is None else round((timezone.now() - moment).total_seconds(), 1)
