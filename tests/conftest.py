"""What every test may ask for: a practice CallFire, and the cast of people, signed in."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from callfire_api.sandbox import ManualClock, Sandbox
from campaigns.models import AuditEvent, User
from campaigns.permissions import Role

# Machines are noisy: speed is measured by the benchmarks, never by a test that fails when it was slow once.
hypothesis.settings.register_profile("callboard", deadline=None)
hypothesis.settings.load_profile("callboard")


class SignedIn(Client):
    """A browser in which somebody is signed in."""

    user: User


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Claims, shared facts, pace and queues of the test before."""
    cache.clear()


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[Sandbox]:
    """An empty practice CallFire with a clock the test moves; the product's settings name it."""
    with Sandbox(scenario="empty", port=0, clock=ManualClock()) as practice:
        settings.CALLFIRE_BASE_URL = practice.url
        settings.CALLFIRE_LOGIN = practice.login
        settings.CALLFIRE_PASSWORD = practice.password
        yield practice


@pytest.fixture
def viewer(db: None) -> SignedIn:
    """Viv, who may look and nothing else."""
    return _signed_in("viewer", "Viv", "Viewer", Role.VIEWER)


@pytest.fixture
def operator(db: None) -> SignedIn:
    """Otto, who runs broadcasts."""
    return _signed_in("operator", "Otto", "Operator", Role.OPERATOR)


@pytest.fixture
def admin(db: None) -> SignedIn:
    """Ada, who also manages people."""
    return _signed_in("admin", "Ada", "Admin", Role.ADMIN)


def _signed_in(username: str, first_name: str, last_name: str, role: Role) -> SignedIn:
    browser = SignedIn()
    browser.user = User.objects.create_user(
        username, password=f"{username}-password", first_name=first_name, last_name=last_name, role=role
    )
    browser.force_login(browser.user, backend="django.contrib.auth.backends.ModelBackend")
    AuditEvent.objects.filter(by=browser.user).delete()  # tests begin after signing in
    return browser
