"""A real browser on a real server: the system's Chromium, driven by Playwright, against the live server.

Every page is watched while a test uses it: a breach of the security policy or an exception in a script
fails the test, whatever else it was about.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from campaigns.models import User
from campaigns.permissions import Role

CHROMIUM: Final = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Width and theme: a desk and a phone, by day and by night.
LOOKS: Final = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]
# A hand is slower than the scripts of a page: nothing is clicked before it has loaded.
_WATCH: Final = """
new MutationObserver((_, watcher) => {
  watcher.disconnect();
  document.documentElement.style.pointerEvents = "none";
}).observe(document, { childList: true });
addEventListener("load", () => document.documentElement.removeAttribute("style"));
document.addEventListener("securitypolicyviolation", (event) => window.isExamined ||
  reportTrouble(`policy ${event.violatedDirective} forbids ${event.blockedURI} at ${event.sourceFile}`));
"""

# A busy machine is slow, and waiting costs nothing where all is well.
_PATIENCE: Final = 20_000
expect.set_options(timeout=_PATIENCE)

OpenPage = Callable[..., Page]


class Answering:
    """How many requests the live server is answering."""

    def __init__(self) -> None:
        self._requests = 0
        self._changed = threading.Condition()

    def begin(self, **_: object) -> None:
        self._count(1)

    def end(self, **_: object) -> None:
        self._count(-1)

    def ends(self) -> bool:
        """Wait until there are none."""
        with self._changed:
            return self._changed.wait_for(lambda: self._requests <= 0, timeout=30)

    def _count(self, change: int) -> None:
        with self._changed:
            self._requests += change
            self._changed.notify_all()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder is a browser test; without Chromium all are skipped for one reason."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium: apt-get install chromium"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def _answering(live_server: LiveServer) -> Iterator[None]:
    """What a page asked for as it was closed does not reach into the next test."""
    answering = Answering()
    request_started.connect(answering.begin)
    request_finished.connect(answering.end)
    yield
    assert answering.ends()
    request_started.disconnect(answering.begin)
    request_finished.disconnect(answering.end)


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer, _answering: None) -> Iterator[OpenPage]:
    """A function that opens an empty page of its own session: ``open_page(width=390, theme="dark")``."""
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def report(sentence: str) -> None:
        trouble.append(sentence)

    def open_it(
        *, width: int = 1440, theme: str = "light", zone: str = "America/Los_Angeles", scripts: bool = True
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            has_touch=width < 600,
            timezone_id=zone,
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        context.expose_function("reportTrouble", report)
        context.add_init_script(_WATCH)
        page = context.new_page()
        page.on("pageerror", lambda error: report(str(error)))
        page.set_default_timeout(1.5 * _PATIENCE)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page as wide as a desk, by day."""
    return open_page()


@pytest.fixture
def people(transactional_db: None) -> dict[Role, User]:
    """Viv, Otto and Ada, one for each role, who sign in with ``<role>-password``."""
    names = {Role.VIEWER: "Viv Viewer", Role.OPERATOR: "Otto Operator", Role.ADMIN: "Ada Admin"}
    return {
        role: User.objects.create_user(
            role.value,
            password=f"{role.value}-password",
            first_name=name.split()[0],
            last_name=name.split()[1],
            role=role,
        )
        for role, name in names.items()
    }


def sign_in(page: Page, role: Role, *, then: str = "/accounts/password/") -> None:
    """Sign in as the person of this role, and end on the page ``then``."""
    page.goto(f"/accounts/login/?next={then}")
    page.get_by_label("Name").fill(role.value)
    page.get_by_label("Password").fill(f"{role.value}-password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Account:")).to_be_attached()
    page.wait_for_load_state()


@contextmanager
def resting(page: Page) -> Iterator[None]:
    """While this lasts, the page is complete, asks nothing by itself, and waits for no answer."""
    everything_is_here(page)
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    expect(page.locator(".htmx-request")).to_have_count(0)
    yield
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")


def everything_is_here(page: Page) -> None:
    """Wait for the parts that a page fetches as it opens."""
    expect(page.locator("[hx-trigger=load]")).to_have_count(0)


def axe_violations(page: Page) -> list[str]:
    """What axe finds against the page, one line for each element; empty when it is clean."""
    everything_is_here(page)
    page.evaluate("window.isExamined = true")  # axe itself writes styles, which is no breach of ours
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
