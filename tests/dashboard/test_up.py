"""``manage.py up`` as people run it: real parts in real processes, from an empty folder."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import requests

from dashboard import ports
from dashboard.celery import WORKER_READY
from tests.dashboard import servers
from tests.dashboard.processes import Talking, environment, manage, wait_until

pytestmark = pytest.mark.process

Up = Callable[..., Talking]


@contextmanager
def starting() -> Iterator[Up]:
    """Start ``up`` on a free port with its data in this folder; nothing of it is left in the end."""
    started: list[Talking] = []

    def start(data_dir: Path, **variables: str) -> Talking:
        started.append(Talking(manage("up"), environment(data_dir, **{"PORT": "0"} | variables)))
        return started[-1]

    try:
        yield start
    finally:
        for callboard in started:
            callboard.clean_up()


@pytest.fixture
def up() -> Iterator[Up]:
    """One or more for the length of a test."""
    with starting() as start:
        yield start


def address_of(callboard: Talking) -> str:
    """Where it answers, once it says so."""
    found = re.search(r"http://\S+", callboard.says("Callboard is up:"))
    assert found is not None
    return found.group().replace("localhost", "127.0.0.1")


def figure(address: str, name: str) -> float | None:
    """One figure of /metrics."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", requests.get(f"{address}metrics", timeout=60).text, re.M)
    return float(found[1]) if found else None


def sign_in(address: str, name: str, password: str) -> requests.Response:
    """Fill in the form of the sign-in page as a browser does; returns the page that follows."""
    with requests.Session() as browser:
        page = browser.get(f"{address}accounts/login/", timeout=60)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert page.status_code == 200
        assert token is not None
        form = {"username": name, "password": password, "csrfmiddlewaretoken": token[1]}
        return browser.post(f"{address}accounts/login/", data=form, timeout=60)


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Talking, str, Path]]:
    """One that runs in practice mode for all tests that leave it running: it, its address, its folder."""
    data_dir = tmp_path_factory.mktemp("practice")
    with starting() as start:
        callboard = start(data_dir)
        yield callboard, address_of(callboard), data_dir


class TestComingUp:
    def test_every_part_is_announced_before_the_address(self, practice: tuple[Talking, str, Path]) -> None:
        callboard, _, _ = practice
        announced = [line.split()[0] for line in callboard.lines if re.match(r"\w+ +ready", line)]
        assert sorted(announced[:5]) == ["sandbox", "uploads", "valkey", "web", "worker"]

    def test_it_is_well(self, practice: tuple[Talking, str, Path]) -> None:
        _, address, _ = practice
        wait_until(
            lambda: requests.get(f"{address}healthz", timeout=60).json()["status"] == "ok",
            120,
            "all to be well",
        )
        assert requests.get(f"{address}healthz", timeout=60).status_code == 200

    @pytest.mark.parametrize("name", ["viewer", "operator", "admin"])
    def test_the_practice_logins_that_were_printed_work(
        self, practice: tuple[Talking, str, Path], name: str
    ) -> None:
        callboard, address, _ = practice
        password = callboard.says(f"  {name} ").split()[1]
        page = sign_in(address, name, password)
        assert page.status_code == 200
        assert page.url == address

    def test_the_broadcasts_of_the_practice_callfire_are_read(
        self, practice: tuple[Talking, str, Path]
    ) -> None:
        _, address, _ = practice
        running = 'callboard_broadcasts{status="RUNNING"}'
        wait_until(lambda: (figure(address, running) or 0) > 0, 120, "running broadcasts to be seen")

    def test_static_files_are_served_by_a_name_that_never_changes_its_content(
        self, practice: tuple[Talking, str, Path]
    ) -> None:
        _, address, _ = practice
        page = requests.get(f"{address}accounts/login/", timeout=60).text
        stylesheet = re.search(r'href="/(static/[^"]+\.[0-9a-f]{12}\.css)"', page)
        assert stylesheet is not None
        answer = requests.get(f"{address}{stylesheet[1]}", timeout=60)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]

    def test_its_secrets_are_for_its_owner_only(self, practice: tuple[Talking, str, Path]) -> None:
        _, _, data_dir = practice
        room = data_dir / "practice"
        for name in ("secret_key", "valkey.url", "practice.url", "practice_password", "valkey/valkey.conf"):
            assert (room / name).stat().st_mode & 0o077 == 0, name

    def test_what_it_keeps_is_for_its_owner_only(self, practice: tuple[Talking, str, Path]) -> None:
        _, _, data_dir = practice
        room = data_dir / "practice"
        kept = [room, *room.glob("callboard.sqlite3*"), *room.glob("beat-schedule*")]
        assert len(kept) >= 3
        assert [path.name for path in kept if path.stat().st_mode & 0o077] == []

    @pytest.mark.parametrize("command", ["web", "worker"])
    def test_a_database_of_before_is_closed_to_others(self, tmp_path: Path, command: str) -> None:
        file = tmp_path / "practice" / "callboard.sqlite3"
        file.parent.mkdir()
        file.touch(mode=0o644)
        with Talking(manage(command), environment(tmp_path, PORT=str(ports.free_port()))) as part:
            assert part.ends() == 1
        assert file.stat().st_mode & 0o777 == 0o600

    def test_no_part_listens_beyond_this_machine(self, practice: tuple[Talking, str, Path]) -> None:
        callboard, _, _ = practice
        listening = {
            connection.laddr.ip
            for process in callboard.descendants()
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}

    def test_a_second_one_on_the_same_folder_is_refused_in_a_sentence(
        self, practice: tuple[Talking, str, Path], up: Up
    ) -> None:
        _, _, data_dir = practice
        second = up(data_dir)
        assert second.ends() == 1
        assert "Callboard is already running from" in second.output
        assert len(second.lines) == 1

    def test_a_taken_port_is_refused_in_a_sentence(
        self, practice: tuple[Talking, str, Path], up: Up, tmp_path: Path
    ) -> None:
        _, address, _ = practice
        port = address.rstrip("/").rpartition(":")[2]
        second = up(tmp_path, PORT=port)
        assert second.ends() == 1
        assert second.output == (
            f"Callboard cannot start: Port {port} on 127.0.0.1 cannot be had (Address already in use). "
            "Choose another: PORT=8080 make run"
        )

    def test_the_web_alone_refuses_a_taken_port_as_well(
        self, practice: tuple[Talking, str, Path], tmp_path: Path
    ) -> None:
        _, address, _ = practice
        port = address.rstrip("/").rpartition(":")[2]
        with Talking(manage("web"), environment(tmp_path, PORT=port)) as web:
            assert web.ends() == 1
            assert f"Port {port} on 127.0.0.1 cannot be had" in web.output


@pytest.fixture(scope="class")
def survivor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talking]:
    """One whose parts are killed, one after the other."""
    with starting() as start:
        callboard = start(tmp_path_factory.mktemp("survivor"))
        callboard.says("Callboard is up:")
        yield callboard


class TestLivingOn:
    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("web", "manage.py web"),
            ("worker", "manage.py worker --queue live"),
            ("uploads", "manage.py worker --queue uploads"),
            ("valkey", "valkey-server"),
            ("sandbox", "callfire_api.sandbox"),
        ],
    )
    def test_a_part_that_is_killed_comes_back(self, survivor: Talking, name: str, words: str) -> None:
        address = address_of(survivor)
        seen = len(survivor.lines)
        survivor.child(words).kill()
        survivor.says(f"{name:8} was ended by SIGKILL; starting again in", after=seen)
        survivor.says(f"{name:8} ready", after=seen)
        wait_until(lambda: _is_well(address), 120, "all to be well again")


def _is_well(address: str) -> bool:
    try:
        return bool(requests.get(f"{address}healthz", timeout=60).json()["status"] == "ok")
    except requests.RequestException:
        return False


class TestStopping:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_everything_stops_within_seconds_and_nothing_is_left(
        self, up: Up, tmp_path: Path, number: signal.Signals
    ) -> None:
        callboard = up(tmp_path)
        address = address_of(callboard)
        assert len(callboard.descendants()) >= 6
        started = time.monotonic()
        callboard.send(number)
        assert callboard.ends(seconds=20) == 0
        assert time.monotonic() - started < 10
        assert callboard.lines[-1] == "Stopped."
        assert "killed" not in callboard.output, callboard.output
        assert callboard.descendants() == []
        with pytest.raises(requests.ConnectionError):
            requests.get(address, timeout=5)

    def test_killing_it_leaves_nothing_and_the_next_start_works(self, up: Up, tmp_path: Path) -> None:
        callboard = up(tmp_path)
        callboard.says("Callboard is up:")
        assert len(callboard.descendants()) >= 6
        callboard.send(signal.SIGKILL)
        wait_until(lambda: callboard.descendants() == [], 120, "the parts to follow")
        again = up(tmp_path)
        assert requests.get(f"{address_of(again)}healthz", timeout=60).status_code == 200


class TestRefusing:
    def test_a_folder_that_cannot_be_written(self, up: Up, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("not a folder", encoding="ascii")
        callboard = up(tmp_path / "file")
        assert callboard.ends() == 1
        assert "Set DATA_DIR to a folder that this user may write to." in callboard.output
        assert len(callboard.lines) == 1

    def test_practising_where_others_can_reach_it(self, up: Up, tmp_path: Path) -> None:
        callboard = up(tmp_path, HOST="0.0.0.0")
        assert callboard.ends() == 1
        assert "Practice mode has well-known passwords" in callboard.output

    def test_a_redis_that_does_not_answer(self, up: Up, tmp_path: Path) -> None:
        port = ports.free_port()
        callboard = up(tmp_path, REDIS_URL=f"redis://:swordfish@127.0.0.1:{port}/0")
        assert callboard.ends() == 1
        assert f"The Redis of REDIS_URL does not answer at 127.0.0.1:{port}." in callboard.output
        assert "swordfish" not in callboard.output
        assert "Traceback" not in callboard.output
        assert callboard.descendants() == []

    def test_a_database_that_does_not_answer(self, up: Up, tmp_path: Path) -> None:
        port = ports.free_port()
        callboard = up(tmp_path, DATABASE_URL=f"postgres://callboard:swordfish@127.0.0.1:{port}/callboard")
        assert callboard.ends() == 1
        assert "The database does not answer" in callboard.output
        assert "swordfish" not in callboard.output
        assert "Traceback" not in callboard.output
        assert callboard.descendants() == []

    @pytest.mark.parametrize(
        ("variables", "sentence"),
        [
            ({"PORT": "eighty"}, "PORT is 'eighty'. Write a whole number, like 8000."),
            ({"PORT": "65536"}, "PORT is 65536. Write a port, from 0 to 65535."),
            ({"CALLFIRE_LOGIN": "login"}, "CALLFIRE_LOGIN and CALLFIRE_PASSWORD belong together."),
            ({"CALLFIRE_BASE_URL": "http://api.callfire.com/v2"}, "CALLFIRE_BASE_URL is"),
            ({"ALLOWED_HOSTS": "callboard.example.com"}, "SECRET_KEY is not set"),
            ({"DISPLAY_TIME_ZONE": "Mars/Olympus"}, "DISPLAY_TIME_ZONE is 'Mars/Olympus'."),
        ],
    )
    def test_a_setting_that_cannot_be_used(
        self, up: Up, tmp_path: Path, variables: dict[str, str], sentence: str
    ) -> None:
        callboard = up(tmp_path, **variables)
        assert callboard.ends() == 1
        (line,) = callboard.lines
        assert line.startswith(f"Callboard cannot start: {sentence}")


class TestOnePartAtATime:
    def test_the_pages_wait_for_their_tables(self, tmp_path: Path) -> None:
        with Talking(manage("web"), environment(tmp_path, PORT=str(ports.free_port()))) as web:
            assert web.ends() == 1
            assert "Run: python manage.py migrate" in web.output
            assert "Traceback" not in web.output

    def test_the_worker_says_that_it_needs_a_redis(self, tmp_path: Path) -> None:
        with Talking(manage("migrate", "--verbosity", "0"), environment(tmp_path)) as migration:
            assert migration.ends() == 0, migration.output
        with Talking(manage("worker"), environment(tmp_path)) as worker:
            assert worker.ends() == 1
            assert "The worker takes its work from Redis, and that does not answer." in worker.output
            assert "Traceback" not in worker.output

    def test_pages_and_worker_together_are_the_product(self, practice: tuple[Talking, str, Path]) -> None:
        """Beside a running ``up``, whose Redis and practice CallFire they find through the folder."""
        _, _, data_dir = practice
        port = ports.free_port()
        with (
            Talking(manage("web"), environment(data_dir, PORT=str(port))) as web,
            Talking(manage("worker"), environment(data_dir)) as worker,
        ):
            web.says(f"Serving http://127.0.0.1:{port}/ until Ctrl-C.")
            worker.says(WORKER_READY)
            wait_until(lambda: _is_well(f"http://127.0.0.1:{port}/"), 120, "the second web to be well")
            for part in (web, worker):
                part.send(signal.SIGTERM)
                assert part.ends() == 0


class TestRealParts:
    def test_it_runs_on_debians_redis_and_postgresql(self, up: Up, tmp_path: Path) -> None:
        with servers.redis() as redis_url, servers.postgresql() as database_url:
            callboard = up(tmp_path, REDIS_URL=redis_url, DATABASE_URL=database_url)
            address = address_of(callboard)
            assert not any(line.startswith("valkey") for line in callboard.lines)
            running = 'callboard_broadcasts{status="RUNNING"}'
            wait_until(lambda: (figure(address, running) or 0) > 0, 120, "running broadcasts to be seen")
            page = sign_in(address, "viewer", "practice-viewer")
            assert (page.status_code, page.url) == (200, address)
            assert not (tmp_path / "practice" / "callboard.sqlite3").exists()
            callboard.send(signal.SIGTERM)
            assert callboard.ends() == 0

    def test_credentials_switch_the_practice_people_off(
        self, up: Up, tmp_path: Path, practice: tuple[Talking, str, Path]
    ) -> None:
        database = f"sqlite:///{tmp_path / 'shared.sqlite3'}"
        practising = up(tmp_path, DATABASE_URL=database)
        assert sign_in(address_of(practising), "admin", "practice-admin").url == address_of(practising)
        practising.send(signal.SIGTERM)
        practising.ends()
        earnest = up(
            tmp_path,
            DATABASE_URL=database,
            CALLFIRE_BASE_URL="http://127.0.0.1:9/v2",
            CALLFIRE_LOGIN="login",
            CALLFIRE_PASSWORD="password",
        )
        earnest.says("Switched off the practice people: admin, operator, viewer.")
        address = address_of(earnest)
        assert sign_in(address, "admin", "practice-admin").url == f"{address}accounts/login/"
        assert "practice-admin" not in earnest.output
