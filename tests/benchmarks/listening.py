"""Listening through the whole product, against fetching the same audio from the practice CallFire directly.

``manage.py up`` serves in processes of its own, and CallFire takes a tenth of a second to answer. Also how
long a live panel takes while fifty people listen over lines so slow that they never have enough.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import urllib3
from django.conf import settings

from callfire_api import CallFire, LocalPacer
from dashboard import parts, ports

ROUNDS: Final = 40
LISTENERS: Final = 50
TICKS: Final = 300
LONG: Final = 8 * 2**20
ANSWER_SECONDS: Final = 0.1
# Cold, Callboard first reads what the recording is, then fetches it: two requests for one. Eight megabytes
# come straight from memory at the practice CallFire, and through a page with all its middleware from us.
COLD, WARM, RATE, POLLING = 2.8, 0.4, 6.0, 2.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A running product, somebody signed in, and the practice CallFire behind it."""

    url: str
    headers: dict[str, str]
    callfire: str
    key: dict[str, str]
    recordings: list[int]
    running: int

    @property
    def sandbox(self) -> str:
        """Where the practice CallFire is told how to behave."""
        return f"{self.callfire.removesuffix('/v2')}/_sandbox"

    def ours(self, path: str, **headers: str) -> int:
        """How many bytes Callboard answers with."""
        answer = _pool.request("GET", self.url + path, headers=self.headers | headers)
        assert answer.status in (200, 204, 206), (path, answer.status)
        return len(answer.data)

    def direct(self, recording: int) -> int:
        """How many bytes CallFire itself answers with."""
        address = f"{self.callfire}/calls/recordings/{recording}.mp3"
        return len(_pool.request("GET", address, headers=self.key).data)

    def first_byte(self, recording: int) -> float:
        """Seconds until CallFire's own first byte is here."""
        began = time.perf_counter()
        address = f"{self.callfire}/calls/recordings/{recording}.mp3"
        answer = _pool.request("GET", address, headers=self.key, preload_content=False)
        answer.read(1)
        seconds = time.perf_counter() - began
        answer.drain_conn()
        answer.release_conn()
        return seconds


_pool: Final = urllib3.PoolManager(maxsize=4, retries=False)


def run() -> bool:
    """Print a line each; False when one is over its limit."""
    with _stage() as stage:
        heard, long = stage.recordings[:ROUNDS], stage.recordings[ROUNDS]
        _spoil(stage, path="", delay_seconds=ANSWER_SECONDS)
        direct = [stage.first_byte(number) for number in heard]
        cold = [_seconds(lambda n=number: _ear(stage, n)) for number in heard]  # type: ignore[misc]
        warm = [_seconds(lambda: _ear(stage, heard[0])) for _ in heard]
        results = [
            _told("first byte, cold : direct", cold, direct, COLD),
            _told("first byte, warm : direct", warm, direct, WARM),
        ]
        _pool.request("DELETE", f"{stage.sandbox}/faults")
        _spoil(stage, path=".mp3", content_type="audio/mpeg", body="ID3" + "x" * (LONG - 3))
        assert stage.ours(f"/recordings/{long}/download") == LONG
        ours = [_seconds(lambda: stage.ours(f"/recordings/{long}/download")) for _ in range(10)]
        bare = [_seconds(lambda: stage.direct(long)) for _ in range(10)]
        results.append(_told("8 MB downloaded, warm : direct", ours, bare, RATE))
        results.append(_polling(stage, long))
    return all(results)


def _ear(stage: Stage, recording: int) -> None:
    assert stage.ours(f"/recordings/{recording}/audio", Range="bytes=0-1") == 2


def _polling(stage: Stage, recording: int) -> bool:
    """The slowest tick in a hundred, alone and with everybody listening, in turns; the best of each."""
    alone, among = [], []
    for _ in range(3):
        alone.append(_slowest_in_a_hundred(stage))
        with _slow_listeners(stage, recording):
            among.append(_slowest_in_a_hundred(stage))
    return _told(f"tick p99, {LISTENERS} listen : nobody", [min(among)], [min(alone)], POLLING)


def _slowest_in_a_hundred(stage: Stage) -> float:
    ticks = [_seconds(lambda: stage.ours(f"/broadcasts/{stage.running}/stats/")) for _ in range(TICKS)]
    return statistics.quantiles(ticks, n=100)[-1]


@contextmanager
def _slow_listeners(stage: Stage, recording: int) -> Iterator[None]:
    over, begun = threading.Event(), threading.Semaphore(0)
    listening = (stage, recording, begun, over)
    ears = [threading.Thread(target=_listen, args=listening) for _ in range(LISTENERS)]
    for ear in ears:
        ear.start()
    try:
        assert all(begun.acquire(timeout=30) for _ in ears), "not everybody hears something"
        yield
    finally:
        over.set()
        for ear in ears:
            ear.join()


def _listen(stage: Stage, recording: int, begun: threading.Semaphore, over: threading.Event) -> None:
    """Take 16 kB a second through a small window, and ask for the next part when this one is through."""
    port = int(stage.url.rpartition(":")[2])
    head = f"GET /recordings/{recording}/audio HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in stage.headers.items())
    while not over.is_set():
        with suppress(OSError), socket.socket() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.settimeout(5)
            line.connect(("127.0.0.1", port))
            line.sendall(f"{head}Connection: close\r\n\r\n".encode())
            if line.recv(4096).startswith(b"HTTP/1.1 206"):
                begun.release()
            while not over.wait(0.25) and line.recv(4096):
                pass


def _told(name: str, ours: list[float], bare: list[float], limit: float) -> bool:
    mine, theirs = statistics.median(ours), statistics.median(bare)
    passed = mine / theirs <= limit
    sys.stdout.write(
        f"{'ok    ' if passed else 'OVER  '} {name:34} {mine * 1000:8.2f} ms : "
        f"{theirs * 1000:7.2f} ms = {mine / theirs:5.1f}   (limit {limit:g})\n"
    )
    sys.stdout.flush()
    return passed


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def _stage() -> Iterator[Stage]:
    port = ports.free_port()
    with tempfile.TemporaryDirectory(prefix="callboard-listening-") as folder:
        fast = {"CALLFIRE_MAX_REQUESTS_PER_SECOND": "1000", "CALLFIRE_MAX_IN_FLIGHT": "16"}
        ours = {"DATA_DIR": folder, "PORT": str(port), "DJANGO_SETTINGS_MODULE": "dashboard.settings"}
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "up"]
        with subprocess.Popen(
            command, env=os.environ | fast | ours, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as product:
            try:
                while not parts.http_answers("127.0.0.1", port, "/healthz"):
                    time.sleep(0.1)
                yield _signed_in(f"http://127.0.0.1:{port}", Path(folder))
            finally:
                product.send_signal(signal.SIGTERM)
                product.wait(30)


def _signed_in(url: str, folder: Path) -> Stage:
    callfire = (folder / "practice" / "practice.url").read_text().strip()
    login, password, host = re.fullmatch(r"http://([^:]*):([^@]*)@(.*)", callfire).groups()  # type: ignore[union-attr]
    page = _pool.request("GET", f"{url}/accounts/login/")
    token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.data)[1].decode()  # type: ignore[index]
    form = {"username": "operator", "password": "practice-operator", "csrfmiddlewaretoken": token}
    answer = _pool.request(
        "POST",
        f"{url}/accounts/login/",
        fields=form,
        encode_multipart=False,
        redirect=False,
        headers={"Cookie": page.headers["Set-Cookie"].partition(";")[0], "Referer": f"{url}/"},
    )
    session = re.search(r"(\w*sessionid)=([^;]+)", str(answer.headers.getlist("Set-Cookie")))
    assert session, answer.status
    pacer = LocalPacer(requests_per_second=1000, max_in_flight=16)
    with CallFire(login, password, f"http://{host}", pacer=pacer) as client:
        running = next(client.broadcasts.iterate(running=True)).id
        recorded = [
            recording.id
            for broadcast in client.broadcasts.iterate()
            for call in client.broadcasts.find_calls(broadcast.id or 0, limit=200).items
            for record in call.records
            for recording in record.recordings
            if recording.state == "READY" and recording.id
        ]
    return Stage(
        url=url,
        headers={"Cookie": f"{session[1]}={session[2]}"},
        callfire=f"http://{host}",
        key=urllib3.make_headers(basic_auth=f"{login}:{password}"),
        recordings=recorded[: ROUNDS + 1],
        running=running or 0,
    )


def _spoil(stage: Stage, **how: object) -> None:
    """From now on CallFire answers reads this way."""
    fault = {"method": "GET", "times": None, **how}
    answer = _pool.request("POST", f"{stage.sandbox}/faults", json=fault)
    assert answer.status < 300, answer.data


if __name__ == "__main__":
    sys.exit(not run())
