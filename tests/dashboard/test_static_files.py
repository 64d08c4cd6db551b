"""Static files under hashed names: what the stylesheets and scripts refer to is found again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

STATIC = Path(settings.BASE_DIR) / "static"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Our own files after hashing: plain name to the text of the hashed file, whose names it holds."""
    folder = tmp_path_factory.mktemp("static")
    storage = ManifestStaticFilesStorage(location=folder, base_url="/static/")
    names = [path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file()]
    for name in names:
        with (STATIC / name).open("rb") as file:
            storage.save(name, file)
    done = {old: new for old, new, _ in storage.post_process({name: (storage, name) for name in names})}
    return {old: (folder / str(new)).read_text() for old, new in done.items()}


class TestHashing:
    def test_the_layers_of_the_stylesheet_are_found_again(self, collected: dict[str, str]) -> None:
        imports = re.findall(
            r'@import url\("(\w+)\.[0-9a-f]{12}\.css"\) layer\((\w+)\);', collected["css/app.css"]
        )
        layers = ["tokens", "base", "layout", "components", "pages"]
        assert imports[: len(layers)] == [(layer, layer) for layer in layers]
        assert {layer for _, layer in imports} == set(layers)
        assert {name for name, _ in imports} == {path.stem for path in (STATIC / "css").glob("*.css")} - {
            "app"
        }

    def test_drawings_in_the_stylesheet_are_found_again(self, collected: dict[str, str]) -> None:
        assert re.search(r'url\("\.\./chevron\.[0-9a-f]{12}\.svg"\)', collected["css/components.css"])


class TestSource:
    def test_colours_are_named_in_one_file_only(self) -> None:
        for path in (STATIC / "css").glob("*.css"):
            colours = re.findall(r"oklch\(\d|rgba?\(|#[0-9a-f]{6}\b", path.read_text())
            assert bool(colours) == (path.name == "tokens.css"), path.name

    def test_every_script_is_small_and_stands_alone(self) -> None:
        for path in (STATIC / "js").glob("*.js"):
            text = path.read_text()
            assert len(text.splitlines()) <= 110, path.name
            assert not re.search(r"^\s*import\b|\beval\(|new Function|innerHTML\s*=", text, re.MULTILINE), (
                path.name
            )

    def test_every_drawing_a_template_names_exists(self) -> None:
        drawings = set(re.findall(r'<symbol id="(\w+)"', (STATIC / "icons.svg").read_text()))
        templates = (Path(settings.BASE_DIR) / "templates").rglob("*.html")
        named = {name for path in templates for name in re.findall(r'{% icon "(\w+)"', path.read_text())}
        assert named <= drawings
