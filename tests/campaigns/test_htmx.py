"""One address, page or fragment: which one, and what caches are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pytest
from django.template.response import TemplateResponse
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from campaigns.htmx import HtmxHttpRequest, as_notice, render_page, render_problem, wants_fragment

PAGE = "campaigns/broadcasts/list.html"
HTMX = {"HX-Request": "true"}


def ask(headers: Mapping[str, str], path: str = "/broadcasts/") -> HtmxHttpRequest:
    request = cast(HtmxHttpRequest, RequestFactory().get(path, headers=dict(headers)))
    request.htmx = HtmxDetails(request)
    return request


def template_for(headers: Mapping[str, str]) -> TemplateResponse:
    return render_page(ask(headers), PAGE, {}, partials=frozenset({"results"}))


class TestPageOrFragment:
    @pytest.mark.parametrize(
        ("headers", "template"),
        [
            ({}, PAGE),
            ({**HTMX, "HX-Target": "results"}, f"{PAGE}#results"),
            ({**HTMX, "HX-Target": "forged"}, PAGE),
            ({"HX-Target": "results"}, PAGE),
            ({**HTMX, "HX-Target": "results", "HX-Boosted": "true"}, PAGE),
            ({**HTMX, "HX-Target": "results", "HX-History-Restore-Request": "true"}, PAGE),
        ],
        ids=["browser", "target", "forged target", "target without htmx", "boosted", "history"],
    )
    def test_only_a_known_target_of_htmx_gets_its_fragment(
        self, headers: Mapping[str, str], template: str
    ) -> None:
        assert template_for(headers).template_name == template

    @pytest.mark.parametrize("headers", [{}, {**HTMX, "HX-Target": "results"}])
    def test_caches_learn_that_the_answer_depends_on_htmx(self, headers: Mapping[str, str]) -> None:
        assert template_for(headers)["Vary"] == "HX-Request, HX-Target"

    def test_the_status_is_the_callers(self) -> None:
        assert render_page(ask({}), PAGE, {}, status=422).status_code == 422

    def test_a_request_that_met_no_middleware_wants_a_page(self) -> None:
        assert not wants_fragment(RequestFactory().get("/", headers=HTMX))


class TestProblems:
    def test_a_browser_gets_a_page_with_what_happened_and_the_way_back(self) -> None:
        request = ask({"Referer": "http://testserver/broadcasts/42/?tab=calls"}, "/broadcasts/42/start/")
        page = render_problem(request, status=409, title="It is calling already", detail="Stop it first.")
        assert page.status_code == 409
        text = page.content.decode()
        assert "<h1" in text
        assert "It is calling already" in text
        assert 'href="/broadcasts/42/?tab=calls">Back</a>' in text

    @pytest.mark.parametrize("referer", ["https://evil.example/broadcasts/", "javascript:alert(1)", ""])
    def test_the_way_back_never_leads_elsewhere(self, referer: str) -> None:
        page = render_problem(ask({"Referer": referer}), status=409, title="No").content.decode()
        assert ">Back</a>" not in page
        assert 'href="/">Overview</a>' in page

    def test_htmx_gets_a_notice_wherever_it_meant_to_put_the_answer(self) -> None:
        notice = render_problem(
            ask({**HTMX, "HX-Target": "stats"}), status=409, title="It is calling already"
        )
        assert notice["HX-Retarget"] == "#notices"
        assert notice["HX-Reswap"] == "innerHTML"
        assert notice["HX-Reselect"] == "unset"
        text = notice.content.decode()
        assert "<html" not in text
        assert 'role="alert"' in text
        assert "<strong>It is calling already.</strong>" in text

    def test_words_of_others_are_escaped(self) -> None:
        page = render_problem(ask({}), status=409, title="<b>No</b>", detail="<i>never</i>").content.decode()
        assert "<b>" not in page
        assert "<i>" not in page

    def test_page_and_notice_say_that_they_vary(self) -> None:
        for headers in ({}, HTMX):
            assert "HX-Request" in render_problem(ask(headers), status=409, title="No")["Vary"]

    def test_any_answer_can_be_addressed_to_the_notices(self) -> None:
        assert as_notice(TemplateResponse(ask({}), PAGE, {}))["HX-Retarget"] == "#notices"
