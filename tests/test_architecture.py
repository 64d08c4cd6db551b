"""The rules of the house that a tool can hold us to."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# Colours are named in tokens.css.
STYLES = sorted(path for path in (ROOT / "static").rglob("*.css") if path.name != "tokens.css")
CODE = sorted(
    path for package in ("callfire_api", "campaigns", "dashboard") for path in (ROOT / package).rglob("*.py")
)
# This file has to name what it looks for.
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__).resolve())

SWAPS = re.compile(
    r"(?:innerHTML|outerHTML|textContent|beforebegin|afterbegin|beforeend|afterend|delete|none|true)"
    r"(?:[ :].*)?"
)
HX_ATTRIBUTES = re.compile(
    r"boost|confirm|disabled-elt|disinherit|encoding|ext|get|headers|history|history-elt|include|indicator"
    r"|params|post|preserve|push-url|replace-url|request|select|select-oob|swap|swap-oob|sync|target|trigger"
    r"|validate|vals"
)


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def views(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address with its pattern; those of Django's admin are Django's affair."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern
        elif not route.startswith("admin/"):
            yield from views(pattern.url_patterns, route)


# Views that are classes are Django's (accounts/): they bring their own rules.
VIEWS = {
    route: pattern
    for route, pattern in views(get_resolver().url_patterns)
    if not hasattr(pattern.callback, "view_class")
}


class TestArrows:
    def test_every_import_points_down(self) -> None:
        lint_imports = Path(sys.executable).parent / "lint-imports"
        done = subprocess.run([str(lint_imports)], cwd=ROOT, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


class TestAddresses:
    def test_there_are_some(self) -> None:
        assert "broadcasts/" in VIEWS

    @pytest.mark.parametrize("route", sorted(VIEWS))
    def test_a_view_answers_reading_or_posting_and_nothing_else(self, route: str) -> None:
        """405 comes from the view's own decorator, before it looks at anything else."""
        arguments = dict.fromkeys(VIEWS[route].pattern.converters, 1)
        for method in ("PUT", "PATCH", "DELETE", "TRACE"):
            request = RequestFactory().generic(method, f"/{route}")
            answer = VIEWS[route].callback(request, **arguments, **VIEWS[route].default_args)
            assert answer.status_code == 405, f"{method} {route}"

    @pytest.mark.parametrize("route", sorted(VIEWS))
    def test_its_name_is_that_of_its_view(self, route: str) -> None:
        assert VIEWS[route].name == VIEWS[route].callback.__name__


class TestTemplates:
    @pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
    def test_styles_and_scripts_are_in_files(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", text) == []

    @pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
    def test_htmx_is_spelled_as_htmx_reads_it(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"\shx-[\w:-]+=(?![\"'])", text) == [], "attributes are quoted"
        used = re.findall(r"\shx-([a-z-]+)(?=[=\s>])", text)
        assert [name for name in used if not HX_ATTRIBUTES.fullmatch(name)] == []
        for value in re.findall(r"\shx-swap(?:-oob)?=[\"']([^\"']*)[\"']", text):
            assert "{" in value or SWAPS.fullmatch(value), value
        for value in re.findall(r"\shx-trigger=[\"']([^\"']*)[\"']", text):
            assert "[" not in value, f"filters need eval, which the content security policy forbids: {value}"

    @pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
    def test_nothing_is_fetched_from_elsewhere(self, path: Path) -> None:
        assert re.findall(r"(?:src|href)=[\"'](?:https?:)?//[^\"']*", path.read_text(encoding="utf-8")) == []


class TestStyles:
    @pytest.mark.parametrize("path", STYLES, ids=names(STYLES))
    def test_colours_have_names(self, path: Path) -> None:
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|lab)a?\(", text) == []


class TestCode:
    @pytest.mark.parametrize("path", CODE, ids=names(CODE))
    def test_nothing_is_left_for_later(self, path: Path) -> None:
        assert re.findall(r"\b(?:TODO|FIXME|XXX|HACK)\b", path.read_text(encoding="utf-8")) == []

    def test_a_client_is_built_in_one_place(self) -> None:
        builders = [
            path
            for path in CODE
            if path.parts[-2] != "callfire_api"
            and "callfire_api" not in path.parts
            and re.search(r"\bCallFire\(", path.read_text(encoding="utf-8"))
        ]
        assert names(builders) == ["campaigns/gateway.py"]

    @pytest.mark.parametrize("path", TESTS, ids=names(TESTS))
    def test_tests_do_not_replace_our_insides(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert (
            re.findall(
                r"unittest\.mock|mock\.patch|monkeypatch\.setattr\([\"']?(?:callfire_api|campaigns)", text
            )
            == []
        )
