"""The stage, and the table of what was done to hand-overs and what became of the people in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from pytest_django import Settings

from callfire_api.sandbox import Sandbox
from callfire_api.sandbox.clock import SystemClock
from campaigns.models import Upload
from campaigns.services import books
from tests.process.oracle import Verdict
from tests.process.stage import SETTINGS, Stage

_ROW = "fault table"


class Judge(Protocol):
    """Compares what CallFire holds with whom the uploads name, and writes a row of the fault table."""

    def __call__(self, *uploads: Upload, fault: str) -> Verdict: ...


@pytest.fixture
def stage(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[Stage]:
    """A stage on which nothing runs yet but Valkey and a practice CallFire in real time."""
    with Sandbox(scenario="empty", port=0, clock=SystemClock()) as sandbox:
        sandbox.switches.batch_new_seconds = sandbox.switches.batch_validating_seconds = 0.2
        settings.DATA_DIR = tmp_path
        settings.CALLFIRE_BASE_URL = sandbox.url
        settings.CALLFIRE_LOGIN, settings.CALLFIRE_PASSWORD = sandbox.login, sandbox.password
        for name, value in SETTINGS.items():
            setattr(settings, name, value)
        built = Stage(sandbox, tmp_path)
        try:
            yield built
        finally:
            built.close()


@pytest.fixture
def judge(stage: Stage, record_property: Callable[[str, object], None]) -> Judge:
    """The oracle alone: also for a sender that does not pass."""

    def compare(*uploads: Upload, fault: str) -> Verdict:
        verdicts = [stage.judge(upload) for upload in uploads]
        total = Verdict(
            lost=sum(each.lost for each in verdicts),
            doubled=sum(each.doubled for each in verdicts),
            strangers=sum(each.strangers for each in verdicts),
        )
        people = sum(upload.accepted for upload in uploads)
        record_property(_ROW, (fault, stage.faults, people, total.lost, total.doubled))
        return total

    return compare


@pytest.fixture
def exactly_once(stage: Stage, judge: Judge) -> Callable[..., None]:
    """Holds ended uploads to the promise."""

    def check(*uploads: Upload, fault: str) -> None:
        assert judge(*uploads, fault=fault).is_exactly_once
        assert all(books.of(upload).balances for upload in uploads)
        assert stage.sandbox.violations == []
        assert stage.faults, "nothing was done to it"

    return check


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the fault table of this run."""
    rows = [
        row
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, row in report.user_properties
        if name == _ROW and report.when == "call"
    ]
    if rows:
        terminalreporter.section("what was done to hand-overs, and what became of the people")
        terminalreporter.write_line(f"{'':66}{'times':>6}{'people':>8}{'lost':>6}{'doubled':>9}")
        for fault, times, people, lost, doubled in rows:
            terminalreporter.write_line(f"{fault:66}{times:6}{people:8}{lost:6}{doubled:9}")
