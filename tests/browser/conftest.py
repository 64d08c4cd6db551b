"""A real browser on a real server: the system's Chromium, driven by Playwright, against the live server.

Every page is watched while a test uses it: a breach of the security policy or an exception in a script
fails the test, whatever else it was about.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
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
_WATCH: Final = """
document.addEventListener("securitypolicyviolation", (event) => window.isExamined ||
  reportTrouble(`policy ${event.violatedDirective} forbids ${event.blockedURI} at ${event.sourceFile}`));
"""

OpenPage = Callable[..., Page]


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
def open_page(chromium: Browser, live_server: LiveServer) -> Iterator[OpenPage]:
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
        page.set_default_timeout(10_000)
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


def axe_violations(page: Page) -> list[str]:
    """What axe finds against the page, one line for each element; empty when it is clean."""
    page.evaluate("window.isExamined = true")  # axe itself writes styles, which is no breach of ours
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
