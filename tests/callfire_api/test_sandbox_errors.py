"""Credentials, refusals and the log of the practice CallFire."""

import base64

import pytest
import requests

from callfire_api.sandbox import Sandbox
from tests.callfire_api.sandbox_caller import call, get, numbers

ERROR_KEYS = {"httpStatusCode", "internalCode", "message", "developerMessage", "helpLink"}


class TestCredentials:
    def test_it_answers_401_without_credentials(self, sandbox: Sandbox) -> None:
        response = requests.get(sandbox.url + "/calls/broadcasts", timeout=10)
        assert response.status_code == 401
        assert response.json().keys() == ERROR_KEYS

    @pytest.mark.parametrize(
        "pair", [("practice", "wrong"), ("wrong", "practice"), ("", ""), ("prácticé", "x")]
    )
    def test_it_answers_401_to_wrong_ones(self, sandbox: Sandbox, pair: tuple[str, str]) -> None:
        encoded = base64.b64encode(f"{pair[0]}:{pair[1]}".encode()).decode()
        response = requests.get(
            sandbox.url + "/me/account", headers={"Authorization": f"Basic {encoded}"}, timeout=10
        )
        assert response.status_code == 401

    @pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Bearer abc", "Basic bm9jb2xvbg=="])
    def test_it_answers_401_to_a_header_it_cannot_read(self, sandbox: Sandbox, header: str) -> None:
        response = requests.get(sandbox.url + "/me/account", headers={"Authorization": header}, timeout=10)
        assert response.status_code == 401

    def test_a_limited_key_reads_but_does_not_write(self, sandbox: Sandbox) -> None:
        limited = (sandbox.limited_login, sandbox.limited_password)
        assert call(sandbox, "GET", "/calls/broadcasts", auth=limited).status_code == 200
        assert call(sandbox, "POST", "/calls/broadcasts", {"name": "x"}, auth=limited).status_code == 403
        assert not sandbox.world.broadcasts


class TestErrors:
    def test_an_unknown_broadcast_is_404_in_callfires_shape(self, sandbox: Sandbox) -> None:
        response = call(sandbox, "GET", "/calls/broadcasts/77")
        assert response.status_code == 404
        assert response.json().keys() == ERROR_KEYS
        assert response.json()["httpStatusCode"] == 404
        assert response.json()["internalCode"] == "404"

    def test_the_internal_code_can_be_a_number(self, sandbox: Sandbox) -> None:
        sandbox.switches.int_internal_code = True
        assert call(sandbox, "GET", "/calls/1").json()["internalCode"] == 404

    def test_errors_can_be_bare(self, sandbox: Sandbox) -> None:
        sandbox.switches.minimal_errors = True
        assert call(sandbox, "GET", "/calls/1").json().keys() == {"message"}

    def test_an_unknown_path_is_404_and_a_wrong_method_405(self, sandbox: Sandbox) -> None:
        assert call(sandbox, "GET", "/texts").status_code == 404
        assert call(sandbox, "DELETE", "/calls/broadcasts").status_code == 405

    def test_nothing_lives_outside_v2(self, sandbox: Sandbox) -> None:
        outside = sandbox.url.removesuffix("/v2") + "/calls/broadcasts"
        credentials = (sandbox.login, sandbox.password)
        assert requests.get(outside, auth=credentials, timeout=10).status_code == 404

    def test_a_refused_transition_is_no_violation(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(recipients=0)
        assert call(sandbox, "POST", f"/calls/broadcasts/{broadcast.id}/start").status_code == 400
        assert sandbox.violations == []


class TestRequestLog:
    def test_it_keeps_method_path_query_body_status_and_time(self, sandbox: Sandbox) -> None:
        call(sandbox, "POST", "/calls/broadcasts", {"name": "Outage"}, strictValidation="true")
        (entry,) = sandbox.requests
        assert (entry.method, entry.path, entry.status) == ("POST", "/calls/broadcasts", 201)
        assert entry.query == {"strictValidation": ["true"]}
        assert entry.body == {"name": "Outage"}
        assert entry.applied
        assert entry.at == sandbox.clock.now()

    def test_it_finds_requests_by_the_end_of_their_path(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast()
        for action in ("start", "stop", "stop"):
            call(sandbox, "POST", f"/calls/broadcasts/{broadcast.id}/{action}")
        assert len(sandbox.requests_to("POST", "/stop")) == 2
        assert sandbox.requests_to("GET", "/stop") == []

    def test_a_refused_write_is_not_applied(self, sandbox: Sandbox) -> None:
        call(sandbox, "POST", "/calls/broadcasts/1/stop")
        assert [entry.applied for entry in sandbox.requests] == [False]

    def test_it_never_holds_credentials(self, sandbox: Sandbox) -> None:
        secret = ("somebody", "s3cret-passphrase")
        call(sandbox, "GET", "/me/account", auth=secret)
        text = repr(sandbox.requests) + repr([entry.to_json() for entry in sandbox.requests])
        assert "s3cret" not in text
        assert base64.b64encode(b"somebody:s3cret-passphrase").decode() not in text


class TestOutage:
    def test_it_refuses_connections_while_down_and_comes_back_unchanged(self, sandbox: Sandbox) -> None:
        broadcast = sandbox.world.add_broadcast(name="Survivor")
        session = requests.Session()
        session.auth = (sandbox.login, sandbox.password)
        url = sandbox.url
        assert session.get(url + "/calls/broadcasts", timeout=10).ok
        sandbox.stop_listening()
        with pytest.raises(requests.ConnectionError):
            session.get(url + "/calls/broadcasts", timeout=10)
        sandbox.start_listening()
        assert sandbox.url == url
        assert get(sandbox, f"/calls/broadcasts/{broadcast.id}")["name"] == "Survivor"
        session.close()

    def test_two_sandboxes_do_not_share_a_world(self, sandbox: Sandbox) -> None:
        with Sandbox() as other:
            call(other, "POST", "/calls/broadcasts", {"name": "Only there", "recipients": numbers(1)})
            assert get(sandbox, "/calls/broadcasts")["items"] == []

    def test_an_unknown_scenario_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no such scenario"):
            Sandbox("paradise")
