"""A file from the desk to CallFire: dropped, looked at, handed over, followed, and its rejects put right."""

from __future__ import annotations

import csv
import re
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from campaigns.models import Upload
from campaigns.permissions import Role
from campaigns.services import health, snapshots
from tests.browser.conftest import OpenPage, axe_violations, scrolls_sideways, sign_in
from tests.browser.test_upload_before import drop
from tests.campaigns.handing import called, look
from tests.campaigns.uploading import PEOPLE

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture
def broadcast_id(sandbox: Sandbox) -> int:
    """A stopped broadcast without people."""
    broadcast = sandbox.world.add_broadcast(name="Planned outage – Grid 14", status="STOPPED", recipients=0)
    snapshots.refresh()
    health.beat(health.UPLOADS)
    return broadcast.id


def settle(sandbox: Sandbox) -> Upload:
    """Let CallFire finish its checks, and look at what it says."""
    sandbox.clock.advance(60)
    return look(Upload.objects.latest("pk"))


class TestTheWholeWay:
    @pytest.mark.parametrize("width", [1440, 390])
    def test_from_the_broadcast_to_the_end_and_the_rejects_back_in(
        self, open_page: OpenPage, sandbox: Sandbox, broadcast_id: int, width: int
    ) -> None:
        page = open_page(width=width)
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{broadcast_id}/")
        page.get_by_label("More actions").click()
        page.get_by_role("link", name="Add people from a file…").click()
        drop(page, PEOPLE)
        page.get_by_role("button", name="Check this file").click()
        page.get_by_role("button", name="Hand over 3 people").click()

        expect(page.locator(".page-head .badge")).to_have_text(re.compile("Handing over|Being confirmed"))
        expect(page.get_by_text("3 of 3 people")).to_be_visible()
        assert not scrolls_sideways(page)
        upload = settle(sandbox)
        expect(page.locator(".page-head .badge")).to_have_text("Complete")
        expect(page.locator(".panel", has_text="Do the books balance?")).to_contain_text("Yes")
        assert axe_violations(page) == []
        assert called(sandbox, upload).total() == 3

        with page.expect_download() as download:
            page.get_by_role("link", name="Rows left out (2)").click()
        corrected = put_right(Path(download.value.path()))
        page.get_by_role("link", name="Upload a corrected file").click()
        drop(page, corrected, "corrected.csv")
        page.get_by_role("button", name="Check this file").click()
        page.get_by_role("button", name="Hand over 1 person").click()
        expect(page.get_by_text("1 of 1 person")).to_be_visible()
        assert set(called(sandbox, upload).values()) == {1}
        assert called(sandbox, upload).total() == 4

    def test_without_scripts(
        self, open_page: OpenPage, sandbox: Sandbox, broadcast_id: int, tmp_path: Path
    ) -> None:
        page = open_page(scripts=False)
        file = tmp_path / "people.csv"
        file.write_text(PEOPLE)
        sign_in(page, Role.OPERATOR, then=f"/broadcasts/{broadcast_id}/uploads/new/")
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Check this file").click()
        page.get_by_role("button", name="Hand over 3 people").click()
        expect(page.get_by_text("3 of 3 people")).to_be_visible()
        upload = settle(sandbox)
        page.reload()
        expect(page.locator(".page-head .badge")).to_have_text("Complete")
        assert called(sandbox, upload).total() == 3


def put_right(rejects: Path) -> str:
    """The rows that were left out, as somebody corrects them: the number that was cut is completed."""
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows[1:]:
        row[0] = "(213) 555-0199" if "E+" in row[0] else row[0]
    corrected = StringIO()
    csv.writer(corrected).writerows(rows)
    return corrected.getvalue()
