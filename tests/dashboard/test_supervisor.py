"""The supervisor, on small parts made for the purpose: real processes, real signals."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.dashboard.processes import ROOT, Talking, environment, wait_until

pytestmark = pytest.mark.process

PRELUDE = """
import sys
from dashboard.supervisor import Console, Supervisor
from dashboard.parts import Part

def python(name, code, **more):
    return Part(name, [sys.executable, "-c", code], **more)

SLEEPER = "import time; print('awake', flush=True); time.sleep(600)"
"""
MAIN = """
with Supervisor(Console(sys.stdout)) as supervisor:
    for part in PARTS:
        supervisor.start(part)
    if supervisor.wait_until_ready():
        print("all ready", flush=True)
        supervisor.run()
print("over", flush=True)
"""


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[[str], Talking]]:
    """Start a supervisor over the parts that this Python expression names."""
    started: list[Talking] = []

    def start(parts: str) -> Talking:
        script = tmp_path / "supervise.py"
        script.write_text(f"{PRELUDE}\nPARTS = {parts}\n{MAIN}", encoding="utf-8")
        settings = environment(tmp_path, PYTHONPATH=str(ROOT), DJANGO_SETTINGS_MODULE="dashboard.settings")
        started.append(Talking([sys.executable, str(script)], settings))
        return started[-1]

    yield start
    for supervisor in started:
        supervisor.clean_up()


class TestReadiness:
    def test_each_part_is_announced_once_it_says_so(self, supervise: Callable[[str], Talking]) -> None:
        supervisor = supervise("[python('one', SLEEPER, ready_line='awake', remark='at your service')]")
        supervisor.says("all ready")
        assert "one      ready: at your service" in supervisor.lines
        assert not any("awake" in line for line in supervisor.lines)

    def test_a_part_that_is_asked_is_ready_when_it_answers(
        self, supervise: Callable[[str], Talking], tmp_path: Path
    ) -> None:
        marker = tmp_path / "answered"
        supervisor = supervise(
            f"[python('one', SLEEPER, answers=__import__('pathlib').Path({str(marker)!r}).exists)]"
        )
        wait_until(lambda: bool(supervisor.descendants()), 60, "the part to be started")
        assert not any("ready" in line for line in supervisor.lines)
        marker.touch()
        supervisor.says("one      ready")

    def test_what_a_part_writes_appears_under_its_name_and_noise_does_not(
        self, supervise: Callable[[str], Talking]
    ) -> None:
        code = "import time; print('boring'); print('something happened'); print('awake'); time.sleep(600)"
        supervisor = supervise(f"[python('one', {code!r}, ready_line='awake', noise=('boring',))]")
        supervisor.says("all ready")
        assert "one      something happened" in supervisor.lines
        assert "boring" not in supervisor.output


class TestDeath:
    def test_a_part_that_dies_is_started_again_and_said_so(self, supervise: Callable[[str], Talking]) -> None:
        supervisor = supervise("[python('one', SLEEPER, ready_line='awake')]")
        supervisor.says("all ready")
        killed = supervisor.child("time.sleep(600)")
        seen = len(supervisor.lines)
        killed.kill()
        supervisor.says("one      was ended by SIGKILL; starting again in 1 s", after=seen)
        supervisor.says("one      ready", after=seen)
        assert supervisor.child("time.sleep(600)").pid != killed.pid

    def test_the_pause_grows_while_it_keeps_dying(self, supervise: Callable[[str], Talking]) -> None:
        supervisor = supervise("[python('one', 'raise SystemExit(3)', ready_line='never')]")
        supervisor.says("one      ended with code 3; starting again in 1 s")
        supervisor.says("one      ended with code 3; starting again in 2 s")
        supervisor.says("one      ended with code 3; starting again in 4 s")

    def test_what_it_had_started_dies_with_it(self, supervise: Callable[[str], Talking]) -> None:
        code = (
            "import subprocess, sys, time\n"
            "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(599)'])\n"
            "print('awake', flush=True)\ntime.sleep(600)"
        )
        supervisor = supervise(f"[python('one', {code!r}, ready_line='awake')]")
        supervisor.says("all ready")
        wait_until(lambda: len(supervisor.descendants()) == 2, 60, "a part and its child")
        part = supervisor.child("time.sleep(600)")
        (orphan,) = part.children()
        part.kill()
        supervisor.says("was ended by SIGKILL")
        wait_until(lambda: not orphan.is_running(), 60, "the child of the part to be gone")


class TestStopping:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_nothing_is_left_behind(
        self, supervise: Callable[[str], Talking], number: signal.Signals
    ) -> None:
        supervisor = supervise(
            "[python('one', SLEEPER, ready_line='awake'), python('two', SLEEPER, ready_line='awake')]"
        )
        supervisor.says("all ready")
        assert len(supervisor.descendants()) == 2
        supervisor.send(number)
        assert supervisor.ends() == 0
        assert supervisor.lines[-1] == "over"
        assert supervisor.descendants() == []

    def test_those_that_serve_others_are_stopped_last(self, supervise: Callable[[str], Talking]) -> None:
        code = (
            "import signal, sys, time\n"
            "def end(*_):\n    print('going', flush=True)\n    sys.exit()\n"
            "signal.signal(signal.SIGTERM, end)\nprint('awake', flush=True)\ntime.sleep(600)"
        )
        supervisor = supervise(
            f"[python('store', {code!r}, ready_line='awake', serves_others=True),"
            f" python('web', {code!r}, ready_line='awake')]"
        )
        supervisor.says("all ready")
        supervisor.send(signal.SIGTERM)
        supervisor.ends()
        goodbyes = [line for line in supervisor.lines if line.endswith("going")]
        assert goodbyes == ["web      going", "store    going"]

    def test_a_second_signal_does_not_wait_for_a_part_that_will_not_stop(
        self, supervise: Callable[[str], Talking]
    ) -> None:
        code = (
            "import signal, time\nsignal.signal(signal.SIGTERM, lambda *_: print('no', flush=True))\n"
            "print('awake', flush=True)\nwhile True: time.sleep(600)"
        )
        supervisor = supervise(f"[python('one', {code!r}, ready_line='awake')]")
        supervisor.says("all ready")
        supervisor.send(signal.SIGTERM)
        supervisor.says("one      no")
        supervisor.send(signal.SIGTERM)
        assert supervisor.ends(seconds=7) == 0
        assert "one      did not stop in time and was killed" in supervisor.lines
        assert supervisor.descendants() == []

    @pytest.mark.skipif(not psutil.LINUX, reason="only Linux tells a process that its parent is gone")
    def test_not_even_killing_the_supervisor_leaves_a_part(self, supervise: Callable[[str], Talking]) -> None:
        supervisor = supervise("[python('one', SLEEPER, ready_line='awake')]")
        supervisor.says("all ready")
        assert len(supervisor.descendants()) == 1
        supervisor.send(signal.SIGKILL)
        wait_until(lambda: supervisor.descendants() == [], 60, "the part to follow its supervisor")
