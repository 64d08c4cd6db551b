"""Audio: what is taken for it, where it may come from, and who sees the credentials on the way."""

import socket
from collections.abc import Callable

import pytest

from callfire_api import CallFire, NotFound, OutcomeUnknown, Refused, ServerTrouble, UnreadableAnswer
from callfire_api.audio import AudioStream, sniffed_type
from callfire_api.sandbox import Sandbox
from tests.callfire_api.conftest import fast_client
from tests.callfire_api.wire_server import Reply, WireServer, raw_server

MP3 = b"ID3" + bytes(range(256)) * 1000
SHORT_SECONDS = 0.15


def whole(stream: AudioStream) -> bytes:
    """All of it."""
    return b"".join(stream.iter_chunks())


def in_chunks(body: bytes, ending: bytes) -> Callable[[socket.socket], None]:
    """A server that sends `body` as one chunk without a length, and `ending` after it."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65_536)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head + b"%x\r\n" % len(body) + body + b"\r\n" + ending)

    return serve


class TestWhatIsAudio:
    @pytest.mark.parametrize(
        ("head", "kind"),
        [
            (b"ID3\x04", "audio/mpeg"),
            (b"\xff\xfb\x90", "audio/mpeg"),
            (b"\xff\xe3", "audio/mpeg"),
            (b"RIFF\x00", "audio/wav"),
            (b"\xff\x10", None),
            (b"\xff", None),
            (b"{}", None),
            (b"", None),
        ],
    )
    def test_the_first_bytes_say(self, head: bytes, kind: str | None) -> None:
        assert sniffed_type(head) == kind

    @pytest.mark.parametrize(
        "declared", ["audio/mpeg", "audio/x-wav", "text/plain", "application/octet-stream", ""]
    )
    def test_the_bytes_are_believed_rather_than_the_label(
        self, client: CallFire, wire: WireServer, declared: str
    ) -> None:
        wire.reply(Reply(body=MP3, headers={"Content-Type": declared}))
        with client.recordings.open_mp3(7) as stream:
            assert stream.content_type == "audio/mpeg"
            assert stream.declared_type == declared
            assert stream.length == len(MP3)
            assert whole(stream) == MP3
        assert wire.last.path == "/v2/calls/recordings/7.mp3"
        assert wire.last.headers["Accept"] == "audio/mpeg, */*"

    def test_a_label_is_believed_where_the_bytes_are_silent(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(body=b"\x00\x01" * 50, headers={"Content-Type": "audio/x-wav; rate=8000"}))
        with client.recordings.open_mp3(7) as stream:
            assert stream.content_type == "audio/x-wav"
            assert len(whole(stream)) == 100

    @pytest.mark.parametrize(
        ("declared", "body"),
        [
            ("application/json", b'{"message": "not ready"}'),
            ("audio/mpeg", b'{"message": "not ready"}'),
            ("audio/mpeg", b" \n<html></html>"),
            ("text/html", b"plain words"),
            ("text/html", MP3),
            ("Application/JSON; charset=utf-8", MP3),
            ("application/json", b"RIFF" + MP3),
            ("", b"plain words"),
            ("audio/mpeg", b""),
        ],
    )
    def test_everything_else_is_refused_although_callfire_said_yes(
        self, client: CallFire, wire: WireServer, declared: str, body: bytes
    ) -> None:
        wire.reply(Reply(body=body, headers={"Content-Type": declared}))
        with pytest.raises(UnreadableAnswer, match="no audio"):
            client.recordings.open_mp3(7)
        wire.reply(Reply(body=MP3))
        with client.recordings.open_mp3(7) as stream:
            assert whole(stream) == MP3


class TestItsJourney:
    def test_it_comes_in_chunks_of_the_size_asked_for(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(body=MP3))
        with client.sounds.open_mp3(3) as stream:
            chunks = list(stream.iter_chunks(1000))
        assert [len(chunk) for chunk in chunks] == [1000] * 256 + [3]
        assert b"".join(chunks) == MP3

    def test_a_length_that_is_not_stated_is_not_known(self, callfire: CallFire, sandbox: Sandbox) -> None:
        sandbox.switches.mp3_omit_length = True
        with callfire.recordings.open_mp3(a_recording(sandbox)) as stream:
            assert stream.length is None
            assert stream.ends_by_close
            assert whole(stream)

    def test_in_chunks_it_says_itself_where_it_ends(self) -> None:
        with raw_server(in_chunks(MP3, b"0\r\n\r\n")) as port:
            client = fast_client("login", "password", f"http://127.0.0.1:{port}/v2")
            with client.recordings.open_mp3(7) as stream:
                assert (stream.length, stream.ends_by_close) == (None, False)
                assert whole(stream) == MP3

    @pytest.mark.parametrize("ending", [b"", b"5\r\nab"], ids=["between two", "within one"])
    def test_in_chunks_that_break_off_it_says_so(self, ending: bytes) -> None:
        with raw_server(in_chunks(MP3, ending)) as port:
            client = fast_client("login", "password", f"http://127.0.0.1:{port}/v2")
            with client.recordings.open_mp3(7) as stream, pytest.raises(OutcomeUnknown):
                whole(stream)

    def test_what_stops_half_way_says_so(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(body=MP3, announce=2 * len(MP3), then="hang up"))
        with client.recordings.open_mp3(7) as stream, pytest.raises(OutcomeUnknown) as caught:
            whole(stream)
        assert caught.value.safe_to_repeat
        assert caught.value.user_message == "CallFire broke off in the middle of this audio."

    def test_what_falls_silent_is_given_up(self, wire: WireServer) -> None:
        wire.reply(Reply(body=MP3, announce=2 * len(MP3), then="fall silent"))
        with (
            CallFire("a", "b", wire.url, audio_timeout=SHORT_SECONDS) as client,
            client.recordings.open_mp3(7) as stream,
            pytest.raises(OutcomeUnknown, match="broke off"),
        ):
            whole(stream)

    def test_what_never_began_did_not_break_off(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(body=b"", announce=len(MP3), then="hang up"))
        with pytest.raises(OutcomeUnknown, match="did not answer in time"):
            client.recordings.open_mp3(7)

    def test_leaving_early_costs_nothing_but_the_connection(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(body=MP3))
        with client.recordings.open_mp3(7) as stream:
            next(stream.iter_chunks(10))
        with client.recordings.open_mp3(7) as stream:
            assert whole(stream) == MP3
        assert wire.connections == 2

    def test_one_that_was_read_whole_gives_its_connection_back(
        self, client: CallFire, wire: WireServer
    ) -> None:
        wire.reply(Reply(body=MP3))
        for _ in range(3):
            with client.recordings.open_mp3(7) as stream:
                whole(stream)
        assert wire.connections == 1

    def test_opening_is_repeated_like_any_read(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(503, b""), Reply(before="hang up"), Reply(body=MP3))
        with client.recordings.open_mp3(7) as stream:
            assert whole(stream) == MP3
        assert len(wire.requests) == 3

    @pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (500, ServerTrouble)])
    def test_a_no_is_the_usual_error(
        self, client: CallFire, wire: WireServer, status: int, kind: type[Refused]
    ) -> None:
        wire.reply_json({"message": "There is none"}, status)
        with pytest.raises(kind) as caught:
            client.recordings.open_mp3(7)
        assert caught.value.message == "There is none"

    def test_the_practice_callfire_plays_a_recording(self, callfire: CallFire, sandbox: Sandbox) -> None:
        recording_id = a_recording(sandbox)
        assert callfire.recordings.get(recording_id).id == recording_id
        with callfire.recordings.open_mp3(recording_id) as stream:
            assert stream.content_type == "audio/mpeg"
            assert len(whole(stream)) == stream.length


def a_recording(sandbox: Sandbox) -> int:
    """The id of a recording that is ready."""
    broadcast = sandbox.world.add_broadcast(status="FINISHED", recipients=0)
    call = sandbox.world.add_call(
        broadcast, records=[{"result": "LA", "recordings": [{"name": "message", "state": "READY"}]}]
    )
    recording_id: int = call["records"][0]["recordings"][0]["id"]
    return recording_id


class TestRedirects:
    def test_on_the_same_host_the_credentials_go_along(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(302, b"", {"Location": "/files/7"}), Reply(body=MP3))
        with client.recordings.open_mp3(7) as stream:
            assert whole(stream) == MP3
        assert wire.last.path == "/files/7"
        assert "Authorization" in wire.last.headers

    def test_on_another_host_they_stay_behind(self, client: CallFire, wire: WireServer) -> None:
        with WireServer() as other:
            other.reply(Reply(body=MP3))
            wire.reply(Reply(307, b"", {"Location": f"http://localhost:{other.port}/a?key=1"}))
            with client.recordings.open_mp3(7) as stream:
                assert whole(stream) == MP3
            assert "Authorization" not in other.last.headers
            assert other.last.query == {"key": ["1"]}

    def test_another_port_is_another_host(self, client: CallFire, wire: WireServer) -> None:
        with WireServer() as other:
            other.reply(Reply(body=MP3))
            wire.reply(Reply(302, b"", {"Location": other.url}))
            with client.recordings.open_mp3(7) as stream:
                whole(stream)
            assert "Authorization" not in other.last.headers

    @pytest.mark.parametrize(
        "location",
        [
            "http://files.example.invalid/7",
            "ftp://127.0.0.1/7",
            "file:///etc/passwd",
            "http://[broken/7",
            "http://127.0.0.1:99999999/7",
            "//files.example.invalid/7",
        ],
    )
    def test_an_unsafe_place_is_not_visited(self, client: CallFire, wire: WireServer, location: str) -> None:
        wire.reply(Reply(302, b"", {"Location": location}))
        with pytest.raises(Refused, match="not safe"):
            client.recordings.open_mp3(7)
        assert len(wire.requests) == 1

    def test_going_round_in_circles_ends(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(302, b"", {"Location": "/again"}))
        with pytest.raises(Refused, match="circles"):
            client.recordings.open_mp3(7)
        assert len(wire.requests) == 4

    def test_a_redirect_that_leads_nowhere_is_an_error(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(302, b""))
        with pytest.raises(Refused):
            client.recordings.open_mp3(7)

    def test_an_address_that_holds_credentials_does_not_get_ours(self, wire: WireServer) -> None:
        with fast_client("a", "b", wire.url) as client, WireServer() as other:
            other.reply(Reply(body=MP3))
            wire.reply(Reply(302, b"", {"Location": f"http://u:p@127.0.0.1:{other.port}/7"}))
            with client.recordings.open_mp3(7) as stream:
                whole(stream)
            assert other.last.headers.get("Authorization") != wire.last.headers["Authorization"]
