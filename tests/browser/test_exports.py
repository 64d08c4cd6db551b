"""Calls become a file: asked for in a dialog, followed to its end, fetched, with and without scripts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from campaigns.models import Export, User
from campaigns.permissions import Role
from campaigns.services import exporting
from tests.browser.conftest import LOOKS, OpenPage, axe_violations, scrolls_sideways, sign_in
from tests.campaigns.exporting_of import begun, called, read_csv, run

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _files(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.mark.parametrize("scripts", [True, False])
def test_filtered_calls_are_exported_and_the_file_is_fetched(
    open_page: OpenPage, sandbox: Sandbox, people: dict[Role, User], scripts: bool
) -> None:
    called(sandbox, 20, name="Other")
    wanted = called(sandbox, 12)
    page = open_page(scripts=scripts)
    sign_in(page, Role.VIEWER, then=f"/calls/?broadcast={wanted.id}")
    page.get_by_role("link", name="Export…").click()
    expect(page.get_by_text("Partly hidden: you may not see them whole")).to_be_visible()
    expect(page.get_by_text("About 12", exact=True)).to_be_visible()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_text("12 calls.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    rows = read_csv(Path(download.value.path()).read_bytes())
    assert {row["Broadcast ID"] for row in rows} == {str(wanted.id)}
    assert len(rows) == 12
    assert all(row["Person’s number"].endswith("••••") for row in rows)


def test_the_page_keeps_up_while_callfire_is_waited_for(
    page: Page, sandbox: Sandbox, people: dict[Role, User]
) -> None:
    called(sandbox, 12)
    sandbox.fail_next("GET", "/calls", status=503)
    export = run(begun(people[Role.OPERATOR]))
    sign_in(page, Role.OPERATOR, then=f"/calls/exports/{export.pk}/")
    expect(page.get_by_text("It waits and goes on by itself")).to_be_visible()
    Export.objects.update(not_before=timezone.now())
    exporting.run(export.pk)
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    expect(page.get_by_text("It waits and goes on by itself")).to_have_count(0)


def test_one_under_way_is_cancelled(page: Page, sandbox: Sandbox, people: dict[Role, User]) -> None:
    export = begun(people[Role.OPERATOR])
    sign_in(page, Role.OPERATOR, then="/calls/exports/")
    page.get_by_role("link", name="All calls").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled. Nothing of it is kept.")).to_be_visible()
    expect(page.get_by_role("link", name="Export again")).to_be_visible()
    export.refresh_from_db()
    assert export.state == Export.State.CANCELLED


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_page_can_be_read_by_everybody(
    open_page: OpenPage, sandbox: Sandbox, people: dict[Role, User], width: int, theme: str
) -> None:
    called(sandbox, 3)
    sandbox.fail_next("GET", "/calls", status=503)
    waiting, done = run(begun(people[Role.OPERATOR])), run(begun(people[Role.OPERATOR]))
    page = open_page(width=width, theme=theme)
    sign_in(page, Role.OPERATOR, then="/calls/export/?result=LA")
    for path in (None, "/calls/exports/", f"/calls/exports/{waiting.pk}/", f"/calls/exports/{done.pk}/"):
        if path:
            page.goto(path)
        expect(page.locator("h1")).to_be_visible()
        assert axe_violations(page) == []
        assert not scrolls_sideways(page)
