"""The README tells the truth: every variable with its default, every command, every file it points to."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands

from dashboard import env

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

OUR_COMMANDS = {name for name, app in get_commands().items() if app == "dashboard"}


def table(heading: str) -> list[list[str]]:
    """The rows of the first table under that heading, cell by cell."""
    section = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows[2:]]


class TestTheEnvironmentTable:
    def test_it_names_every_variable_that_is_read_and_no_other(self) -> None:
        assert sorted(row[0].strip("`") for row in table("Environment")) == sorted(env.VARIABLES)

    @pytest.mark.parametrize("variable", env.VARIABLES.values(), ids=lambda variable: variable.name)
    def test_it_gives_the_default(self, variable: env.Variable) -> None:
        (default,) = (row[1] for row in table("Environment") if row[0] == f"`{variable.name}`")
        assert default.strip("`") == variable.default

    def test_every_variable_is_explained(self) -> None:
        assert all(len(row[2]) > 10 for row in table("Environment"))

    def test_the_environment_is_read_in_one_place_only(self) -> None:
        readers = [
            str(path.relative_to(ROOT))
            for package in ("campaigns", "dashboard")
            for path in (ROOT / package).rglob("*.py")
            if re.search(r"os\.(environ\.get|environ\[\"|getenv)", path.read_text(encoding="utf-8"))
        ]
        assert readers == ["dashboard/env.py"]

    def test_the_example_names_only_variables_there_are(self) -> None:
        example = (ROOT / ".env.example").read_text(encoding="utf-8")
        assert set(re.findall(r"^#?([A-Z_]+)=", example, re.M)) <= set(env.VARIABLES)


class TestTheCommandsTable:
    def test_it_has_every_goal_of_the_makefile(self) -> None:
        goals = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
        assert {f"`make {goal}`" for goal in goals} <= {row[0] for row in table("Commands")}
        assert {"run", "test", "check", "fix", "bench"} <= set(goals)

    @pytest.mark.parametrize("command", sorted(OUR_COMMANDS))
    def test_it_has_every_command_of_ours(self, command: str) -> None:
        assert any(row[0].startswith(f"`python manage.py {command}") for row in table("Commands"))

    def test_it_has_those_that_are_promised(self) -> None:
        assert {"up", "web", "worker", "create_user"} <= OUR_COMMANDS

    def test_it_has_the_practice_callfire(self) -> None:
        assert any(
            "python -m callfire_api.sandbox --port 8900 --scenario demo" in row[0]
            for row in table("Commands")
        )


class TestTheMap:
    ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")

    def test_it_names_every_service(self) -> None:
        services = {path.stem for path in (ROOT / "campaigns" / "services").glob("*.py")} - {"__init__"}
        row = self.ARCHITECTURE.split("| `campaigns/services/` |")[1].split("| `campaigns/tasks.py` |")[0]
        assert services - set(re.findall(r"`(\w+)`", row)) == set()

    def test_what_it_names_is_there(self) -> None:
        code = "\n".join(
            path.read_text(encoding="utf-8")
            for package in ("callfire_api", "campaigns", "dashboard", "templates", "static")
            for path in (ROOT / package).rglob("*.*")
            if path.suffix in {".py", ".html", ".js"}
        )
        named = re.findall(r"`([a-z_]+)`", self.ARCHITECTURE)
        files = {path.stem for path in (ROOT / "campaigns").rglob("*.py")}
        assert {name for name in named if name not in files and not re.search(rf"\b{name}\b", code)} == set()

    def test_a_function_it_leads_to_is_where_it_says(self) -> None:
        rooms = {path.stem: path for path in (ROOT / "campaigns" / "services").glob("*.py")}
        rooms["tasks"] = ROOT / "campaigns" / "tasks.py"
        steps = [
            step for step in re.findall(r"`(\w+)\.(\w+)(?:\(\w*\))?`", self.ARCHITECTURE) if step[0] in rooms
        ]
        assert ("broadcasts", "stop") in steps
        for room, function in steps:
            assert f"def {function}(" in rooms[room].read_text(encoding="utf-8"), f"{room}.{function}"


class TestTheFiles:
    @pytest.mark.parametrize("document", ["README.md", "callfire_api/README.md", "ARCHITECTURE.md"])
    def test_links_lead_somewhere(self, document: str) -> None:
        path = ROOT / document
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
        assert [link for link in links if not (path.parent / link).exists()] == []

    def test_continuous_integration_runs_what_people_run(self) -> None:
        script = ROOT / ".ci" / "run"
        assert script.stat().st_mode & 0o111
        assert script.read_text(encoding="utf-8").endswith("\nmake check\nmake test\n")
        assert subprocess.run(["sh", "-n", str(script)], check=False).returncode == 0
