"""What the client's tests may ask for: a practice CallFire, and a client that waits for nothing."""

from collections.abc import Iterator

import pytest

from callfire_api import CallFire, LocalPacer
from callfire_api.sandbox import ManualClock, Sandbox
from tests.callfire_api.wire_server import WireServer


def fast_client(login: str, password: str, url: str) -> CallFire:
    """A client with a pace that never holds it back and no pause between tries."""
    pacer = LocalPacer(requests_per_second=100_000, max_in_flight=64)
    return CallFire(login, password, url, pacer=pacer, backoff=0)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An empty practice CallFire whose clock the test moves."""
    with Sandbox(scenario="empty", clock=ManualClock()) as practice:
        yield practice


@pytest.fixture
def callfire(sandbox: Sandbox) -> Iterator[CallFire]:
    """A client of the practice CallFire."""
    with fast_client(sandbox.login, sandbox.password, sandbox.url) as client:
        yield client


@pytest.fixture
def wire() -> Iterator[WireServer]:
    """A server that answers exactly what a test tells it to."""
    with WireServer() as server:
        yield server


@pytest.fixture
def client(wire: WireServer) -> Iterator[CallFire]:
    """A client of that server."""
    with fast_client("the-login", "the-password", wire.url) as client:
        yield client
