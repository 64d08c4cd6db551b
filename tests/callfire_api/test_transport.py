"""Over the wire: what is sent, what every answer and silence becomes, and who gets the credentials."""

import gzip
import json
import logging
import shutil
import socket
import ssl
import subprocess
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from callfire_api import (
    BadCredentials,
    BadRequest,
    BroadcastDraft,
    CallFire,
    CallFireError,
    Forbidden,
    LocalPacer,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    ServerTrouble,
    UnreadableAnswer,
)
from callfire_api.sandbox import Sandbox
from tests.callfire_api.conftest import fast_client
from tests.callfire_api.wire_server import Reply, WireServer, raw_server

SHORT_SECONDS = 0.15


def read_something(client: CallFire) -> object:
    """Any read."""
    return client.broadcasts.get(1)


def create_something(client: CallFire) -> object:
    """A write whose answer matters."""
    return client.broadcasts.create(BroadcastDraft(name="x"))


def start_something(client: CallFire) -> None:
    """A write whose answer is only a yes."""
    client.broadcasts.start(1)


class TestWhatIsSent:
    def test_credentials_and_who_we_are(self, client: CallFire, wire: WireServer) -> None:
        read_something(client)
        assert wire.last.headers["Authorization"] == "Basic " + b64encode(b"the-login:the-password").decode()
        assert wire.last.headers["User-Agent"] == "Callboard/0.1"
        assert wire.last.headers["Accept"] == "application/json"
        assert "Cookie" not in wire.last.headers

    def test_credentials_of_any_alphabet(self, wire: WireServer) -> None:
        with fast_client("büro", "пароль", wire.url) as client:
            read_something(client)
        assert wire.last.headers["Authorization"] == "Basic " + b64encode("büro:пароль".encode()).decode()

    @pytest.mark.parametrize("write", [start_something, create_something])
    def test_every_write_says_it_is_json_even_without_a_body(
        self, client: CallFire, wire: WireServer, write: Callable[[CallFire], object]
    ) -> None:
        wire.reply_json({"id": 1})
        write(client)
        assert wire.last.headers["Content-Type"] == "application/json; charset=utf-8"
        assert int(wire.last.headers["Content-Length"]) == len(wire.last.body)

    def test_text_of_any_alphabet_and_even_broken_text(self, client: CallFire, wire: WireServer) -> None:
        wire.reply_json({"id": 1})
        client.broadcasts.create(BroadcastDraft(name="Grüße 小明 \U0001f600 \ud83d"))
        assert wire.last.json == {"name": "Grüße 小明 \U0001f600 \ud83d"}

    def test_no_cookie_comes_back(self, client: CallFire, wire: WireServer) -> None:
        wire.reply_json({}, Set_Cookie="session=1; Path=/")
        read_something(client)
        read_something(client)
        assert "Cookie" not in wire.last.headers

    def test_netrc_is_not_asked(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, client: CallFire, wire: WireServer
    ) -> None:
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password other\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        read_something(client)
        assert wire.last.headers["Authorization"] == "Basic " + b64encode(b"the-login:the-password").decode()

    def test_one_connection_serves_many_requests(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(
            Reply(body=b'{"id": 1}'),
            Reply(404, b'{"message": "no"}'),
            Reply(body=b""),
            Reply(body=b'{"id": 2}'),
        )
        read_something(client)
        with pytest.raises(NotFound):
            read_something(client)
        start_something(client)
        read_something(client)
        assert len(wire.requests) == 4
        assert wire.connections == 1


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (400, BadRequest),
            (401, BadCredentials),
            (403, Forbidden),
            (404, NotFound),
            (405, BadRequest),
            (408, ServerTrouble),
            (409, BadRequest),
            (422, BadRequest),
            (429, RateLimited),
            (500, ServerTrouble),
            (502, ServerTrouble),
            (503, ServerTrouble),
            (504, ServerTrouble),
            (301, Refused),
        ],
    )
    @pytest.mark.parametrize(
        "body", [b"", b"<html>Bad Gateway</html>", b'{"message": "the reason"}', b"[1]", b'{"message": {}}']
    )
    def test_each_status_has_its_error_whatever_the_body(
        self, client: CallFire, wire: WireServer, status: int, kind: type[Refused], body: bytes
    ) -> None:
        wire.reply(Reply(status, body))
        with pytest.raises(Refused) as caught:
            read_something(client)
        assert type(caught.value) is kind
        assert caught.value.status == status
        assert caught.value.message == ("the reason" if b"reason" in body else "")
        assert caught.value.safe_to_repeat

    def test_it_carries_all_that_callfire_says(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(400, Path(__file__).with_name("wire_examples").joinpath("error.json").read_bytes()))
        with pytest.raises(BadRequest) as caught:
            start_something(client)
        refusal = caught.value
        assert refusal.status == 400
        assert refusal.code == "2"
        assert refusal.user_message == refusal.message == "The caller id 14155550199 is not verified"
        assert refusal.developer_message == "fromNumber must be one of the account's numbers"
        assert refusal.help_link == "https://help.example.invalid/caller-ids"
        assert not refusal.may_have_applied

    def test_a_code_may_be_text(self, client: CallFire, wire: WireServer) -> None:
        wire.reply_json({"internalCode": "400.17"}, 400)
        with pytest.raises(BadRequest) as caught:
            read_something(client)
        assert caught.value.code == "400.17"
        assert caught.value.user_message == "CallFire refused the request."

    def test_a_link_that_is_none_is_dropped(self, client: CallFire, wire: WireServer) -> None:
        wire.reply_json({"helpLink": "javascript:alert(1)"}, 400)
        with pytest.raises(BadRequest) as caught:
            read_something(client)
        assert caught.value.help_link == ""

    def test_a_write_after_which_callfire_has_trouble_may_have_happened(
        self, client: CallFire, wire: WireServer
    ) -> None:
        wire.reply(Reply(500, b""))
        with pytest.raises(ServerTrouble) as caught:
            create_something(client)
        assert caught.value.may_have_applied
        assert len(wire.requests) == 1

    def test_a_redirect_is_not_followed(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(302, b"", {"Location": wire.url + "/elsewhere"}))
        with pytest.raises(Refused, match="redirect"):
            read_something(client)
        assert [request.path for request in wire.requests] == ["/v2/calls/broadcasts/1"]


class TestRateLimits:
    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (429, b""),
            (400, b'{"message": "Rate limit reached"}'),
            (400, b'{"developerMessage": "API rate-limit exceeded"}'),
            (503, b'{"message": "Too many requests, please wait"}'),
            (503, b"<h1>Too Many Requests</h1>"),
        ],
    )
    def test_each_way_of_saying_it_is_understood(
        self, client: CallFire, wire: WireServer, status: int, body: bytes
    ) -> None:
        wire.reply(Reply(status, body))
        with pytest.raises(RateLimited) as caught:
            create_something(client)
        assert caught.value.safe_to_repeat
        assert caught.value.status == status
        assert len(wire.requests) == 1

    @pytest.mark.parametrize(
        "message", ["More than the limit of 10 recipients", "The rate of pay is limited"]
    )
    def test_other_limits_are_not_mistaken_for_it(
        self, client: CallFire, wire: WireServer, message: str
    ) -> None:
        wire.reply_json({"message": message}, 400)
        with pytest.raises(BadRequest):
            create_something(client)

    @pytest.mark.parametrize(
        "headers", [{"Retry-After": "77"}, {"X-Rate-Limit-Retry-After-Milliseconds": "77000"}]
    )
    def test_everybody_who_shares_the_pace_holds_back(
        self, wire: WireServer, headers: dict[str, str]
    ) -> None:
        pacer = LocalPacer(1000, 10)
        wire.reply(Reply(429, b"", headers), Reply())
        with (
            CallFire("a", "b", wire.url, pacer=pacer, patience=5) as one,
            pytest.raises(RateLimited) as caught,
        ):
            read_something(one)
        assert caught.value.retry_after == 77
        assert 70 < pacer.usage().paused_seconds <= 77
        with CallFire("c", "d", wire.url, pacer=pacer, patience=5) as other:
            with pytest.raises(NotSent, match="waiting") as held:
                read_something(other)
            assert held.value.retry_after is not None
            assert held.value.retry_after > 70
            other.broadcasts.stop(1)
        assert [request.method for request in wire.requests] == ["GET", "POST"]

    def test_a_read_waits_as_long_as_it_is_asked_to(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(
            Reply(429, b"", {"X-Rate-Limit-Retry-After-Milliseconds": "120"}), Reply(body=b'{"id": 5}')
        )
        began = time.monotonic()
        assert client.broadcasts.get(5).id == 5
        assert time.monotonic() - began >= 0.12


class TestRepeating:
    def test_a_read_is_repeated_until_it_works(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(503, b""), Reply(before="hang up"), Reply(body=b"<html>"), Reply(body=b'{"id": 7}'))
        assert client.broadcasts.get(7).id == 7
        assert len(wire.requests) == 4

    def test_it_stops_after_the_agreed_number(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(500, b""))
        with pytest.raises(ServerTrouble):
            read_something(client)
        assert len(wire.requests) == 4
        with pytest.raises(ServerTrouble):
            read_something(client.with_options(read_attempts=1))
        assert len(wire.requests) == 5

    @pytest.mark.parametrize("status", [400, 401, 403, 404])
    def test_a_plain_no_is_not_asked_again(self, client: CallFire, wire: WireServer, status: int) -> None:
        wire.reply(Reply(status))
        with pytest.raises(Refused):
            read_something(client)
        assert len(wire.requests) == 1

    @pytest.mark.parametrize("write", [start_something, create_something])
    @pytest.mark.parametrize("drop", ["before", "after"])
    def test_a_write_is_sent_once_whatever_happens(
        self, callfire: CallFire, sandbox: Sandbox, write: Callable[[CallFire], object], drop: str
    ) -> None:
        sandbox.fail_next("POST", drop="before" if drop == "before" else "after")
        with pytest.raises(OutcomeUnknown) as caught:
            write(callfire)
        assert caught.value.may_have_applied
        assert not caught.value.safe_to_repeat
        assert len(sandbox.requests_to("POST", "")) == 1

    def test_a_write_that_was_applied_is_not_applied_twice(
        self, callfire: CallFire, sandbox: Sandbox
    ) -> None:
        sandbox.fail_next("POST", "/calls/broadcasts", drop="after")
        with pytest.raises(OutcomeUnknown):
            callfire.broadcasts.create(BroadcastDraft(name="Once", from_number="12135550100"))
        assert [found.name for found in callfire.broadcasts.find(name="Once").items] == ["Once"]

    def test_a_connection_closed_while_idle_costs_a_write_nothing(
        self, client: CallFire, wire: WireServer
    ) -> None:
        wire.reply(Reply(body=b"{}", then="hang up"), Reply(body=b'{"id": 3}'))
        read_something(client)
        wait_until(lambda: wire.closed == 1)
        assert create_something(client) == 3
        assert (wire.connections, len(wire.requests)) == (2, 2)


def wait_until(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Return once `condition` holds; fail after `seconds`."""
    give_up_at = time.monotonic() + seconds
    ticker = threading.Event()
    while not condition():
        assert time.monotonic() < give_up_at, "it never happened"
        ticker.wait(0.005)


class TestSilenceAndGarbage:
    @pytest.mark.parametrize(
        ("act", "applied"), [(read_something, False), (start_something, True), (create_something, True)]
    )
    def test_no_answer_in_time(
        self, client: CallFire, wire: WireServer, act: Callable[[CallFire], object], applied: bool
    ) -> None:
        wire.reply(Reply(before="fall silent"))
        with pytest.raises(OutcomeUnknown) as caught:
            act(client.with_options(read_timeout=SHORT_SECONDS, read_attempts=1))
        assert caught.value.may_have_applied == applied
        assert caught.value.detail == "TimeoutError"
        assert len(wire.requests) == 1

    @pytest.mark.parametrize("then", ["drip", "fall silent"])
    def test_an_answer_that_never_ends_is_given_up(
        self, client: CallFire, wire: WireServer, then: str
    ) -> None:
        wire.reply(
            Reply(body=b'{"id": 1', announce=100_000, then="drip" if then == "drip" else "fall silent")
        )
        hurried = client.with_options(read_timeout=SHORT_SECONDS, read_attempts=1)
        began = time.monotonic()
        with pytest.raises(UnreadableAnswer):
            read_something(hurried)
        with pytest.raises(OutcomeUnknown) as caught:
            create_something(hurried)
        assert caught.value.may_have_applied
        assert time.monotonic() - began < 10 * SHORT_SECONDS

    def test_a_yes_whose_rest_is_lost_is_still_a_yes(self, client: CallFire, wire: WireServer) -> None:
        wire.reply(Reply(body=b"half", announce=100, then="hang up"))
        start_something(client)
        assert len(wire.requests) == 1

    @pytest.mark.parametrize("body", [b"", b"<html>", b'{"id": 1', b"[]", b'"yes"', b"null", b"\x00\xff"])
    def test_a_yes_that_is_no_answer(self, client: CallFire, wire: WireServer, body: bytes) -> None:
        wire.reply(Reply(body=body))
        with pytest.raises(UnreadableAnswer):
            read_something(client)
        start_something(client)
        with pytest.raises(OutcomeUnknown) as caught:
            create_something(client)
        assert caught.value.may_have_applied

    @pytest.mark.parametrize("answer", [{}, {"id": None}, {"id": "new"}, {"id": []}])
    def test_a_creation_without_an_id_has_an_unknown_outcome(
        self, client: CallFire, wire: WireServer, answer: object
    ) -> None:
        wire.reply_json(answer, 201)
        with pytest.raises(OutcomeUnknown) as caught:
            create_something(client)
        assert caught.value.may_have_applied

    def test_an_answer_that_is_no_http(self) -> None:
        with (
            raw_server(answering(b"SSH-2.0-OpenSSH_9.2\r\n")) as port,
            fast_client("a", "b", f"http://127.0.0.1:{port}") as client,
            pytest.raises(OutcomeUnknown) as caught,
        ):
            create_something(client)
        assert caught.value.may_have_applied

    def test_packed_answers_are_unpacked(self, client: CallFire, wire: WireServer) -> None:
        packed = gzip.compress(json.dumps({"id": 4, "name": "x" * 200_000}).encode())
        wire.reply(Reply(body=packed, headers={"Content-Encoding": "gzip"}))
        assert len(client.broadcasts.get(4).name or "") == 200_000
        wire.reply(Reply(body=packed[:-20], headers={"Content-Encoding": "gzip"}))
        with pytest.raises(UnreadableAnswer):
            client.broadcasts.get(4)
        wire.reply(Reply(body=b"not packed", headers={"Content-Encoding": "gzip"}))
        with pytest.raises(UnreadableAnswer):
            client.broadcasts.get(4)


class TestWhenNothingCouldBeSent:
    @pytest.mark.parametrize("act", [read_something, start_something, create_something])
    def test_a_refused_connection(
        self, callfire: CallFire, sandbox: Sandbox, act: Callable[[CallFire], object]
    ) -> None:
        sandbox.stop_listening()
        with pytest.raises(NotSent) as caught:
            act(callfire)
        assert caught.value.safe_to_repeat
        assert caught.value.detail == "ConnectionRefusedError"

    def test_a_connection_that_works_later(self, callfire: CallFire, sandbox: Sandbox) -> None:
        sandbox.stop_listening()
        with pytest.raises(NotSent):
            create_something(callfire)
        sandbox.start_listening()
        assert create_something(callfire)

    def test_a_name_that_does_not_exist(self) -> None:
        with fast_client("a", "b", "https://callfire.invalid/v2") as client, pytest.raises(NotSent) as caught:
            create_something(client)
        assert caught.value.safe_to_repeat

    @pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
    def test_a_handshake_that_fails(self, greeting: bytes) -> None:
        with (
            raw_server(answering(greeting)) as port,
            fast_client("a", "b", f"https://127.0.0.1:{port}/v2") as client,
            pytest.raises(NotSent) as caught,
        ):
            create_something(client)
        assert caught.value.safe_to_repeat

    @pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
    def test_a_server_that_cannot_prove_who_it_is(self, tmp_path: Path) -> None:
        seen: list[bytes] = []
        certificate = self_signed(tmp_path)

        def over_tls(connection: socket.socket) -> None:
            with certificate.wrap_socket(connection, server_side=True) as secure:
                seen.append(secure.recv(65536))

        with (
            raw_server(over_tls) as port,
            fast_client("a", "b", f"https://127.0.0.1:{port}/v2") as client,
            pytest.raises(NotSent) as caught,
        ):
            create_something(client)
        assert caught.value.detail == "SSLCertVerificationError"
        assert seen == []


def answering(reply: bytes, seen: list[bytes] | None = None) -> Callable[[socket.socket], None]:
    """Serve a connection by reading once into `seen`, sending `reply` and closing."""

    def serve(connection: socket.socket) -> None:
        received = connection.recv(65536)
        if seen is not None:
            seen.append(received)
        connection.sendall(reply)

    return serve


def self_signed(folder: Path) -> ssl.SSLContext:
    """What a server needs to speak TLS with a certificate that nobody has signed."""
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


class TestTheAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "https://api.callfire.com/v2",
            "https://api.callfire.com/v2/",
            "http://127.0.0.1:8900/v2",
            "http://localhost:8900/v2",
            "http://[::1]:8900/v2",
        ],
    )
    def test_https_and_this_machine_will_do(self, url: str) -> None:
        with CallFire("a", "b", url) as client:
            assert client.base_url == url.rstrip("/")

    @pytest.mark.parametrize(
        "url",
        [
            "http://api.callfire.com/v2",
            "http://127.0.0.1.example.com/v2",
            "http://localhost.example.com/v2",
            "ftp://127.0.0.1/v2",
            "api.callfire.com/v2",
            "https:///v2",
            "https://[broken/v2",
            "",
        ],
    )
    def test_nothing_else_will(self, url: str) -> None:
        with pytest.raises(ValueError, match="must begin with https"):
            CallFire("a", "b", url)

    @pytest.mark.parametrize(
        "url", ["https://u:secret@api.callfire.com/v2", "https://x.com/v2?a=1", "https://x.com/v2#f"]
    )
    def test_it_is_a_host_and_a_path(self, url: str) -> None:
        with pytest.raises(ValueError, match="host and a path") as caught:
            CallFire("a", "b", url)
        assert "secret" not in str(caught.value)


class TestTheProxy:
    def test_https_goes_through_it_and_it_never_sees_the_credentials(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[bytes] = []
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with raw_server(answering(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", seen)) as port:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
            with fast_client("the-login", "the-password", "https://callfire.invalid/v2") as client:
                monkeypatch.delenv("HTTPS_PROXY")  # it is read once
                with pytest.raises(NotSent) as caught:
                    create_something(client)
        assert caught.value.safe_to_repeat
        assert seen
        assert all(request.startswith(b"CONNECT callfire.invalid:443 ") for request in seen)
        assert not any(b"Authorization" in request for request in seen)

    def test_hosts_that_need_none_are_reached_without_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[bytes] = []
        with raw_server(answering(b"", seen)) as port:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
            monkeypatch.setenv("NO_PROXY", "callfire.invalid")
            with fast_client("a", "b", "https://callfire.invalid/v2") as client, pytest.raises(NotSent):
                create_something(client)
        assert seen == []

    def test_this_machine_is_reached_without_it(
        self, monkeypatch: pytest.MonkeyPatch, wire: WireServer
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
        with fast_client("a", "b", wire.url) as client:
            read_something(client)
        assert len(wire.requests) == 1


class TestTheLog:
    def test_each_request_is_one_line_without_secrets(
        self, client: CallFire, wire: WireServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG, logger="callfire_api"):
            wire.reply_json({"number": "13035550142", "id": 1, "items": []})
            client.do_not_contacts.get("13035550142")
            client.do_not_contacts.universals("13035550142", from_number="14155550170")
            client.calls.find(to_number="13035550142", label="secret label")
            create_something(client)
            wire.reply(Reply(503, b""))
            with pytest.raises(ServerTrouble):
                read_something(client.with_options(read_attempts=1))
        lines = [(record.levelname, record.getMessage().rsplit(" ", 2)[0]) for record in caplog.records]
        assert lines == [
            ("DEBUG", "GET /v2/contacts/dncs/*********42 200"),
            ("DEBUG", "GET /v2/contacts/dncs/universals/*********42 200"),
            ("DEBUG", "GET /v2/calls 200"),
            ("INFO", "POST /v2/calls/broadcasts 200"),
            ("INFO", "GET /v2/calls/broadcasts/1 503"),
        ]
        logged = caplog.text
        for secret in ("13035550142", "14155550170", "secret label", "the-password", "Basic "):
            assert secret not in logged

    @pytest.mark.parametrize("listening", [True, False])
    def test_a_failure_is_logged_without_secrets_too(
        self, callfire: CallFire, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, listening: bool
    ) -> None:
        number = "13035550142"  # a traceback shows the lines of this test too
        sandbox.fail_next("GET", drop="before")
        if not listening:
            sandbox.stop_listening()
        with caplog.at_level(logging.DEBUG, logger="callfire_api"):
            try:
                callfire.with_options(read_attempts=1).calls.find(to_number=number)
            except CallFireError:
                logging.getLogger("callfire_api").exception("It failed")
        assert "GET /v2/calls no answer" in caplog.text
        assert "It failed" in caplog.text
        for secret in (number, "Basic "):
            assert secret not in caplog.text

    def test_a_client_shows_its_address_only(self, client: CallFire, wire: WireServer) -> None:
        assert repr(client) == f"CallFire('{wire.url}')"
        assert "the-password" not in f"{vars(client)}{vars(client.broadcasts)}"
