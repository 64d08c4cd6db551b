"""/uploads/news/ and what every page tells of uploads that ended"""

from __future__ import annotations

from typing import TYPE_CHECKING

from campaigns.models import Upload
from tests.campaigns.handing import begun, look, send_everything
from tests.campaigns.reading import links, panel, words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


def end(upload: Upload, sandbox: Sandbox) -> None:
    """Let the upload come to its end."""
    send_everything()
    sandbox.clock.advance(60)
    look(upload)


class TestOnAnyPage:
    def test_whoever_brought_it_is_told_once_that_it_has_ended(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, by=operator.user)
        end(upload, sandbox)
        page = operator.get("/activity/")
        assert "members.csv has ended: CallFire has 30 of 30 people." in words(page)
        assert f"/uploads/{upload.pk}/" in links(page)
        assert "has ended" not in words(operator.get("/accounts/password/"))

    def test_nobody_else_is_told(self, operator: SignedIn, viewer: SignedIn, sandbox: Sandbox) -> None:
        end(begun(sandbox, by=operator.user), sandbox)
        assert "has ended: CallFire" not in words(viewer.get("/accounts/password/"))

    def test_what_ended_before_they_signed_in_is_no_news(self, operator: SignedIn, sandbox: Sandbox) -> None:
        end(begun(sandbox, by=operator.user), sandbox)
        operator.logout()
        operator.force_login(operator.user, backend="django.contrib.auth.backends.ModelBackend")
        assert "has ended: CallFire" not in words(operator.get("/accounts/password/"))

    def test_a_page_looks_for_news_only_while_something_of_theirs_is_on_its_way(
        self, operator: SignedIn, viewer: SignedIn, sandbox: Sandbox
    ) -> None:
        assert "data-every" not in panel(operator.get("/accounts/password/"), "news")
        upload = begun(sandbox, by=operator.user)
        assert panel(operator.get("/accounts/password/"), "news")["data-url"] == "/uploads/news/"
        assert "data-every" not in panel(viewer.get("/accounts/password/"), "news")
        end(upload, sandbox)
        assert "data-every" not in panel(operator.get("/accounts/password/"), "news")


class TestTheClock:
    def test_while_nothing_ended_it_has_nothing_to_say(self, operator: SignedIn, sandbox: Sandbox) -> None:
        begun(sandbox, by=operator.user)
        assert operator.get("/uploads/news/").status_code == 204

    def test_the_end_is_told_where_messages_are_and_the_clock_stops(
        self, operator: SignedIn, sandbox: Sandbox
    ) -> None:
        upload = begun(sandbox, by=operator.user)
        operator.get("/accounts/password/")
        end(upload, sandbox)
        answer = operator.get("/uploads/news/")
        assert '<div hx-swap-oob="beforeend:#toasts">' in answer.text
        assert "members.csv has ended: CallFire has 30 of 30 people." in words(answer)
        assert "data-every" not in panel(answer, "news")

    def test_nobody_is_told_without_signing_in(self, client: SignedIn, db: None) -> None:
        assert client.get("/uploads/news/").status_code in {302, 401}
