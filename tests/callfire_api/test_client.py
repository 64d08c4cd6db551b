"""The door: options, siblings, and many threads at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

import callfire_api
from callfire_api import BASE_URL, CallFire, LocalPacer, NotSent
from callfire_api.sandbox import Sandbox
from tests.callfire_api.wire_server import Reply, WireServer


class TestOptions:
    def test_the_real_callfire_is_the_default(self) -> None:
        with CallFire("a", "b") as client:
            assert client.base_url == BASE_URL == "https://api.callfire.com/v2"

    def test_a_sibling_changes_what_it_is_told_to_and_nothing_else(
        self, client: CallFire, wire: WireServer
    ) -> None:
        quick = client.with_options(read_attempts=1, read_timeout=0.1)
        wire.reply(Reply(before="hang up"))
        for sibling, sent in ((quick, 1), (client, 4), (quick.with_options(read_timeout=5), 1)):
            before = len(wire.requests)
            with pytest.raises(callfire_api.OutcomeUnknown):
                sibling.account.get()
            assert len(wire.requests) - before == sent

    def test_a_sibling_may_be_less_patient_with_audio(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(before="fall silent"))
        hasty = client.with_options(read_attempts=1, audio_timeout=0.1)
        with pytest.raises(callfire_api.OutcomeUnknown):
            hasty.sounds.open_mp3(3)

    def test_siblings_share_connections_credentials_and_pace(
        self, client: CallFire, wire: WireServer
    ) -> None:
        client.account.get()
        client.with_options(read_timeout=1).account.get()
        assert wire.connections == 1
        assert wire.requests[0].headers == wire.requests[1].headers
        assert client.pace() == client.with_options(urgent=True).pace()
        assert client.pace().requests_last_hour == 2

    def test_a_sibling_that_is_done_leaves_the_others_working(
        self, client: CallFire, wire: WireServer
    ) -> None:
        with client.with_options(read_timeout=1) as sibling:
            sibling.account.get()
        client.account.get()
        assert len(wire.requests) == 2

    def test_a_name_of_ones_own(self, wire: WireServer) -> None:
        with CallFire("a", "b", wire.url, user_agent="Desk/3") as client:
            client.account.get()
        assert wire.last.headers["User-Agent"] == "Desk/3"


class TestUrgency:
    @pytest.fixture
    def full(self) -> LocalPacer:
        """A pace that CallFire has asked to rest."""
        pacer = LocalPacer(1, 1)
        pacer.pause(300)
        return pacer

    def test_stopping_waits_for_nobody(self, sandbox: Sandbox, full: LocalPacer) -> None:
        broadcast = sandbox.world.add_broadcast(status="RUNNING")
        with CallFire(sandbox.login, sandbox.password, sandbox.url, pacer=full, patience=1) as callfire:
            callfire.broadcasts.stop(broadcast.id)
            with pytest.raises(NotSent):
                callfire.broadcasts.start(broadcast.id)
            with pytest.raises(NotSent):
                callfire.broadcasts.get(broadcast.id)
            status = callfire.with_options(urgent=True).broadcasts.get(broadcast.id).status
        assert status == "STOPPED"
        assert [request.method for request in sandbox.requests] == ["POST", "GET"]

    def test_it_is_known_how_long_to_wait(self, sandbox: Sandbox, full: LocalPacer) -> None:
        with (
            CallFire(sandbox.login, sandbox.password, sandbox.url, pacer=full) as callfire,
            pytest.raises(NotSent) as caught,
        ):
            callfire.account.get()
        assert caught.value.retry_after == pytest.approx(300, abs=5)


class TestManyThreads:
    def test_they_share_one_client(self, callfire: CallFire, sandbox: Sandbox) -> None:
        ids = [sandbox.world.add_broadcast(name=f"No. {n}", recipients=1).id for n in range(16)]
        together = threading.Barrier(16)

        def work(broadcast_id: int) -> list[str | None]:
            together.wait()
            return [callfire.broadcasts.get(broadcast_id).name for _ in range(10)]

        with ThreadPoolExecutor(16) as pool:
            names = list(pool.map(work, ids))
        assert names == [[f"No. {n}"] * 10 for n in range(16)]

    def test_a_recording_that_is_played_holds_no_place_in_the_pace(self, wire: WireServer) -> None:
        wire.reply(Reply(body=b"ID3" + bytes(300_000)))
        with (
            CallFire("a", "b", wire.url, pacer=LocalPacer(1000, 1), patience=1) as client,
            ExitStack() as playing,
        ):
            for number in range(3):
                playing.enter_context(client.recordings.open_mp3(number))
            assert client.pace().in_flight == 0


def test_everything_the_package_promises_is_there() -> None:
    assert sorted(callfire_api.__all__) == sorted(set(callfire_api.__all__))
    for name in callfire_api.__all__:
        assert getattr(callfire_api, name) is not None
