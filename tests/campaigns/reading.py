"""Reading an answer as a person does: its words, its rows, where its links lead."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from django.http import HttpResponseBase

_TAG = re.compile(r"<[^>]*>")
_ROW = re.compile(r'<a class="row-link" href="/broadcasts/\d+/"><bdi>(.*?)</bdi>', re.DOTALL)
_PANEL = re.compile(r"<live-panel\b[^>]*>")
_INPUT = re.compile(r"<input([^>]*)>")
_TEXTAREA = re.compile(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', re.DOTALL)
_SELECT = re.compile(r'<select name="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)


def markup(answer: HttpResponseBase) -> str:
    """The answer as it was sent, whatever the layout of its templates: no blanks between its tags."""
    content: bytes = getattr(answer, "content", b"")
    single = _TAG.sub(lambda tag: " ".join(tag[0].split()), content.decode())
    return re.sub(r">\s+<", "><", single)


def words(answer: HttpResponseBase) -> str:
    """The text of the answer without its tags, each space single, none before a full stop or comma."""
    text = " ".join(html.unescape(_TAG.sub(" ", markup(answer))).split())
    return re.sub(r" ([.,;:?!])", r"\1", text)


def row_names(answer: HttpResponseBase) -> list[str]:
    """The names of the broadcasts in the table, from the top."""
    return [html.unescape(name) for name in _ROW.findall(markup(answer))]


def links(answer: HttpResponseBase) -> list[str]:
    """Where the links of the answer lead, as written there."""
    return [html.unescape(target) for target in re.findall(r'\bhref="([^"]*)"', markup(answer))]


def link(answer: HttpResponseBase, rel: str) -> dict[str, list[str]]:
    """What the link to the next or previous page asks for, by parameter; empty when there is no such link."""
    found = re.search(rf'rel="{rel}" href="([^"]*)"', markup(answer))
    return parse_qs(urlsplit(html.unescape(found[1])).query) if found else {}


def panel(answer: HttpResponseBase, panel_id: str) -> dict[str, str]:
    """The attributes of the panel with this id; empty when there is no such panel."""
    for tag in _PANEL.findall(markup(answer)):
        attributes = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if attributes.get("id") == panel_id:
            return attributes
    return {}


def form_on(page: str) -> dict[str, Any]:
    """Every field of the form on the page, as a browser would send it."""
    page = page.partition('id="draft"')[2].partition("</form>")[0]
    form: dict[str, Any] = {}
    for attributes in _INPUT.findall(page):
        name = re.search(r'name="([^"]+)"', attributes)
        kind = re.search(r'type="([^"]+)"', attributes)
        value = re.search(r'value="([^"]*)"', attributes)
        if name is None or " disabled" in attributes:
            continue
        if kind and kind[1] in {"checkbox", "radio"}:
            if " checked" in attributes:
                form.setdefault(name[1], []).append(html.unescape(value[1]) if value else "on")
            continue
        form[name[1]] = html.unescape(value[1]) if value else ""
    for name, text in _TEXTAREA.findall(page):
        form[name] = html.unescape(text).removeprefix("\n")
    for name, options in _SELECT.findall(page):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        form[name] = html.unescape(chosen[1]) if chosen else ""
    return form
