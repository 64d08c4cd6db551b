"""/calls/export/, /calls/export.csv, /calls/exports/ and what hangs below it"""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from campaigns.models import AuditEvent, Export, User
from campaigns.permissions import Role
from campaigns.services.call_log import CallQuery
from tests.campaigns.conftest import token_of
from tests.campaigns.exporting_of import begun, called, ids_at_callfire, read_csv, run
from tests.campaigns.reading import links, panel, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

State = Export.State
FRAGMENT = {"HX-Request": "true", "HX-Target": "progress"}


@pytest.fixture(autouse=True)
def _files(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def audited(action: str) -> list[AuditEvent]:
    """What was written down of this action, oldest first."""
    return list(AuditEvent.objects.filter(action=action).order_by("id"))


def post(browser: SignedIn, query: str = "", **fields: str) -> Export:
    """Fill in the form of the page and send it; the export that came of it."""
    page = browser.get(f"/calls/export/?{query}")
    answer = browser.post(
        f"/calls/export/?{query}", {"token": token_of(page.text), "format": "csv", **fields}
    )
    assert answer.status_code == 302, words(answer)
    return Export.objects.get(pk=answer["Location"].rstrip("/").rsplit("/", 1)[1])


class TestBeginning:
    def test_the_question_tells_how_many_which_and_whether_numbers_are_whole(
        self, sandbox: Sandbox, operator: SignedIn, viewer: SignedIn
    ) -> None:
        called(sandbox, 30)
        page = words(operator.get("/calls/export/?result=LA"))
        assert "Result: Answered" in page
        assert "About" in page
        assert "Whole. Keep the file safe" in page
        assert "Partly hidden" in words(viewer.get("/calls/export/"))
        assert Export.objects.count() == 0

    def test_it_is_asked_in_a_dialog_as_well(self, sandbox: Sandbox, viewer: SignedIn) -> None:
        headers = {"HX-Request": "true", "HX-Target": "dialog"}
        page = viewer.get("/calls/export/", headers=headers).text
        assert "<dialog" in page
        assert "<html" not in page

    def test_the_file_holds_the_calls_of_the_filters(self, sandbox: Sandbox, operator: SignedIn) -> None:
        called(sandbox, 30, name="Other")
        broadcast = called(sandbox, 10)
        export = post(operator, f"broadcast={broadcast.id}")
        assert (export.state, export.rows) == (State.DONE, 10)
        file = operator.get(f"/calls/exports/{export.pk}/file")
        rows = read_csv(b"".join(file))
        assert {row["Call ID"] for row in rows} == ids_at_callfire(broadcast, sandbox)

    def test_the_same_form_twice_is_one_export(self, sandbox: Sandbox, operator: SignedIn) -> None:
        sent = {"token": str(uuid.uuid4()), "format": "csv"}
        operator.post("/calls/export/", sent)
        operator.post("/calls/export/", sent)
        assert Export.objects.count() == len(audited("export calls")) == 1

    def test_where_callfire_does_not_answer_it_can_be_begun_all_the_same(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        sandbox.fail_next("GET", "/calls", status=503, times=9)
        page = operator.get("/calls/export/")
        assert page.status_code == 200
        assert "CallFire does not say how many" in words(page)

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"format": "pdf"}, "Choose CSV or XLSX."),
            ({"format": ""}, "Choose CSV or XLSX."),
            ({"token": "1"}, "Open the page again."),
        ],
    )
    def test_what_cannot_be_is_told_and_begins_nothing(
        self, sandbox: Sandbox, operator: SignedIn, fields: dict[str, str], sentence: str
    ) -> None:
        answer = operator.post("/calls/export/", {"token": str(uuid.uuid4()), "format": "csv", **fields})
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert Export.objects.count() == 0

    @pytest.mark.parametrize("path", ["/calls/export/", "/calls/export.csv"])
    @pytest.mark.parametrize(
        "query", ["id=x", "begin=31.12.2026", "result=NOPE", "offset=-1", "broadcast=%00", "until=1e9"]
    )
    def test_filters_that_cannot_be_are_told(
        self, sandbox: Sandbox, operator: SignedIn, path: str, query: str
    ) -> None:
        answer = operator.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert "These filters cannot be exported" in words(answer)
        assert f"/calls/?{QueryDict(query).urlencode()}" in links(answer)

    def test_more_filters_than_fit_are_told(self, sandbox: Sandbox, operator: SignedIn) -> None:
        query = "id=" + ",".join(str(10**18 + n) for n in range(100))
        sent = {"token": str(uuid.uuid4()), "format": "csv"}
        answer = operator.post(f"/calls/export/?{query}", sent)
        assert answer.status_code == 422
        assert "more filters than an export takes" in words(answer)

    @hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.dictionaries(
            st.sampled_from(["id", "begin", "until", "result", "to", "zone", "label", "size"]), st.text()
        )
    )
    def test_whatever_the_address_says_is_answered(
        self, sandbox: Sandbox, viewer: SignedIn, query: dict[str, str]
    ) -> None:
        assert viewer.get("/calls/export/", query).status_code in (200, 422)


class TestAtOnce:
    def test_up_to_a_thousand_calls_are_the_answer_itself(self, sandbox: Sandbox, operator: SignedIn) -> None:
        broadcast = called(sandbox, 1000)
        answer = operator.get(f"/calls/export.csv?broadcast={broadcast.id}")
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"].startswith('attachment; filename="calls ')
        assert answer["Cache-Control"] == "private, no-store"
        assert len(read_csv(answer.content)) == 1000
        (event,) = audited("export calls")
        assert event.by == operator.user
        assert "1,000 rows" in event.sentence

    def test_more_lead_to_the_question_and_change_nothing(self, sandbox: Sandbox, operator: SignedIn) -> None:
        broadcast = called(sandbox, 1001)
        answer = operator.get(f"/calls/export.csv?broadcast={broadcast.id}")
        assert answer.status_code == 302
        assert answer["Location"] == f"/calls/export/?broadcast={broadcast.id}"
        assert Export.objects.count() == 0
        assert "more than 1,000 calls" in words(operator.get(answer["Location"]))

    def test_numbers_are_hidden_from_those_who_may_not_see_them(
        self, sandbox: Sandbox, viewer: SignedIn
    ) -> None:
        called(sandbox, 3)
        rows = read_csv(viewer.get("/calls/export.csv").content)
        assert all(row["Person’s number"].endswith("••••") for row in rows)

    def test_callfire_without_an_answer_is_told(self, sandbox: Sandbox, viewer: SignedIn) -> None:
        sandbox.fail_next("GET", "/calls", status=503, times=9)
        assert viewer.get("/calls/export.csv").status_code in (502, 503)


class TestFollowing:
    def test_while_it_goes_on_the_page_tells_how_far_it_is_and_ticks(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        sandbox.switches.smaller_limit = 10
        called(sandbox, 30)
        export = run(begun(operator.user), pages=1)
        page = operator.get(f"/calls/exports/{export.pk}/")
        assert "Under way 10 calls of about 30" in words(page)
        assert panel(page, "progress")["data-every"]
        run(export)
        panel_alone = operator.get(f"/calls/exports/{export.pk}/", headers=FRAGMENT)
        assert "<html" not in panel_alone.text
        assert "Ready" in words(panel_alone)
        assert f"/calls/exports/{export.pk}/file" in links(panel_alone)
        assert "data-every" not in panel(panel_alone, "progress")

    def test_what_it_waits_for_is_told(self, sandbox: Sandbox, operator: SignedIn) -> None:
        sandbox.fail_next("GET", "/calls", status=503)
        export = run(begun(operator.user))
        assert "It waits and goes on by itself" in words(operator.get(f"/calls/exports/{export.pk}/"))

    def test_why_it_failed_is_told(self, sandbox: Sandbox, operator: SignedIn) -> None:
        sandbox.fail_next("GET", "/calls", status=401)
        export = run(begun(operator.user, CallQuery(label="a&b")))
        page = operator.get(f"/calls/exports/{export.pk}/")
        assert "CallFire rejected the API credentials." in words(page)
        assert "/calls/export/?label=a%26b" in links(page)

    def test_it_can_be_cancelled_once(self, sandbox: Sandbox, operator: SignedIn) -> None:
        export = begun(operator.user)
        page = operator.post(f"/calls/exports/{export.pk}/cancel/", follow=True)
        assert "Cancelled. Nothing of it is kept." in words(page)
        again = operator.post(f"/calls/exports/{export.pk}/cancel/", follow=True)
        assert "It had ended before." in words(again)
        assert len(audited("cancel export")) == 1

    def test_looking_at_cancelling_changes_nothing(self, sandbox: Sandbox, operator: SignedIn) -> None:
        export = begun(operator.user)
        assert operator.get(f"/calls/exports/{export.pk}/cancel/").status_code == 405


class TestDownload:
    @pytest.mark.parametrize(("kind", "begins"), [("csv", b"\xef\xbb\xbfCall ID"), ("xlsx", b"PK")])
    def test_the_file_is_theirs_alone_and_written_down(
        self, sandbox: Sandbox, operator: SignedIn, kind: str, begins: bytes
    ) -> None:
        export = run(begun(operator.user, kind=kind))
        answer = operator.get(f"/calls/exports/{export.pk}/file")
        assert b"".join(answer).startswith(begins)
        assert answer["Cache-Control"] == "private, no-store"
        assert f'.{kind}"' in answer["Content-Disposition"]
        (event,) = audited("download export")
        assert (event.by, event.detail) == (operator.user, {"export": export.pk})

    def test_one_that_is_not_finished_has_none(self, sandbox: Sandbox, operator: SignedIn) -> None:
        export = begun(operator.user)
        answer = operator.get(f"/calls/exports/{export.pk}/file")
        assert answer.status_code == 410
        assert "Its file is not finished." in words(answer)

    def test_after_its_time_it_is_not_given_out(self, sandbox: Sandbox, operator: SignedIn) -> None:
        """Even before it is removed."""
        export = run(begun(operator.user))
        Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        answer = operator.get(f"/calls/exports/{export.pk}/file")
        assert answer.status_code == 410
        assert "removed after a while" in words(answer)

    def test_one_with_whole_numbers_is_not_given_to_who_lost_that_right(
        self, sandbox: Sandbox, operator: SignedIn
    ) -> None:
        export = run(begun(operator.user))
        operator.user.role = Role.VIEWER
        operator.user.save()
        answer = operator.get(f"/calls/exports/{export.pk}/file")
        assert answer.status_code == 403
        assert audited("download export") == []


class TestWhose:
    @pytest.fixture
    def others(self, sandbox: Sandbox, viewer: SignedIn) -> Export:
        """An export of somebody else."""
        owner = User.objects.create_user("olga", first_name="Olga", role=Role.OPERATOR)
        return run(begun(owner))

    @pytest.mark.parametrize("what", ["", "file"])
    def test_only_who_began_it_and_admins_reach_it(
        self, viewer: SignedIn, operator: SignedIn, admin: SignedIn, others: Export, what: str
    ) -> None:
        path = f"/calls/exports/{others.pk}/{what}"
        assert viewer.get(path).status_code == operator.get(path).status_code == 403
        answer = admin.get(path)
        assert answer.status_code == 200
        answer.close()

    def test_nobody_else_cancels_it(self, operator: SignedIn, others: Export) -> None:
        assert operator.post(f"/calls/exports/{others.pk}/cancel/").status_code == 403

    def test_nobody_takes_it_over_by_its_token(self, operator: SignedIn, others: Export) -> None:
        sent = {"token": str(others.token), "format": "csv"}
        assert operator.post("/calls/export/", sent).status_code == 403

    def test_there_is_no_other(self, operator: SignedIn) -> None:
        assert operator.get("/calls/exports/99/").status_code == 404

    def test_who_is_not_signed_in_is_asked_to(self, db: None) -> None:
        browser = SignedIn()
        for path in ("/calls/export/", "/calls/export.csv", "/calls/exports/", "/calls/exports/1/file"):
            assert browser.get(path).status_code == 302

    def test_the_list_shows_ones_own_and_admins_all(
        self, operator: SignedIn, admin: SignedIn, others: Export
    ) -> None:
        assert "No exports yet" in words(operator.get("/calls/exports/"))
        assert "All calls Ready 0 CSV Whole Olga" in words(admin.get("/calls/exports/"))

    def test_the_list_ticks_while_one_is_under_way(self, sandbox: Sandbox, operator: SignedIn) -> None:
        export = begun(operator.user, CallQuery(to_number="12135550199"))
        page = operator.get("/calls/exports/")
        assert panel(page, "results")["data-every"]
        assert "To: (213)\N{NO-BREAK SPACE}555-0199".replace("\N{NO-BREAK SPACE}", " ") in words(page)
        run(export)
        assert "data-every" not in panel(operator.get("/calls/exports/"), "results")

    def test_a_page_that_is_no_number_is_told(self, sandbox: Sandbox, operator: SignedIn) -> None:
        answer = operator.get("/calls/exports/?page=x")
        assert answer.status_code == 422
        assert "The page is a number." in words(answer)

    def test_numbers_in_filters_stay_out_of_the_activity(self, sandbox: Sandbox, operator: SignedIn) -> None:
        begun(operator.user, CallQuery(to_number="12135550199"))
        (event,) = audited("export calls")
        assert "0199" not in event.sentence
