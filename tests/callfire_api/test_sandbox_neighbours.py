"""The operations beside the calls: sounds, account, caller ids, contact lists, do-not-contact, webhooks."""

from typing import Any

import pytest
import requests

from callfire_api.sandbox import Sandbox
from tests.callfire_api.sandbox_caller import call, get


class TestSounds:
    def test_text_becomes_a_sound_that_can_be_heard(self, sandbox: Sandbox) -> None:
        made = call(sandbox, "POST", "/campaigns/sounds/tts", {"message": "Hello", "voice": "MALE1"}).json()
        assert get(sandbox, f"/campaigns/sounds/{made['id']}") == made
        assert made["status"] == "ACTIVE"
        audio = call(sandbox, "GET", f"/campaigns/sounds/{made['id']}.mp3")
        assert audio.headers["Content-Type"] == "audio/mpeg"
        assert audio.content[0] == 0xFF

    def test_the_library_hides_what_is_not_asked_for(self, sandbox: Sandbox) -> None:
        for status in ("ACTIVE", "ACTIVE_SYSTEM", "FAILED", "UPLOAD", "ARCHIVED", "SCRUBBED"):
            sandbox.world.add_sound(name=f"Greeting {status}", status=status)

        def found(**query: Any) -> set[str]:
            return {row["status"] for row in get(sandbox, "/campaigns/sounds", **query)["items"]}

        plain = {"ACTIVE", "ACTIVE_SYSTEM", "FAILED"}
        assert found() == plain
        assert found(includePending="true") == plain | {"UPLOAD"}
        assert found(includeArchived="true", includeScrubbed="true") == plain | {"ARCHIVED", "SCRUBBED"}
        assert found(filter="system") == {"ACTIVE_SYSTEM"}

    def test_a_sound_not_ready_cannot_be_heard(self, sandbox: Sandbox) -> None:
        number = sandbox.world.add_sound(name="New", status="UPLOAD")
        assert call(sandbox, "GET", f"/campaigns/sounds/{number}.mp3").status_code == 404
        assert call(sandbox, "GET", "/campaigns/sounds/5").status_code == 404

    def test_the_same_file_twice_is_one_sound(self, sandbox: Sandbox) -> None:
        def upload(content: bytes) -> requests.Response:
            return requests.post(
                sandbox.url + "/campaigns/sounds/files",
                files={"file": ("a.mp3", content, "audio/mpeg")},
                data={"name": "Störung"},
                auth=(sandbox.login, sandbox.password),
                timeout=10,
            )

        first, second, other = (upload(b"ID3\x00\r\n\xff" + extra).json() for extra in (b"1", b"1", b"2"))
        assert (first["duplicate"], second["duplicate"], other["duplicate"]) == (False, True, False)
        assert first["id"] == second["id"] != other["id"]
        assert first["name"] == "Störung"
        assert upload(b"not audio").status_code == 400


class TestAccount:
    def test_it_says_who_it_is(self, sandbox: Sandbox) -> None:
        account = get(sandbox, "/me/account")
        assert account["permissions"]
        assert account["email"].endswith(".example")

    def test_a_caller_id_is_verified_with_the_code(self, sandbox: Sandbox) -> None:
        number = "14155550160"
        path = f"/me/callerids/{number}"

        def listed() -> bool:
            return {"phoneNumber": number} in get(sandbox, "/me/callerids")["items"]

        assert (
            call(sandbox, "POST", f"{path}/verification-code", {"verificationCode": "1234"}).status_code
            == 404
        )
        assert call(sandbox, "POST", path).status_code == 200
        assert call(sandbox, "POST", f"{path}/verification-code", {"verificationCode": "9"}).json() is False
        assert not listed()
        assert call(sandbox, "POST", f"{path}/verification-code", {"verificationCode": "1234"}).json() is True
        assert listed()
        assert call(sandbox, "POST", path).status_code == 400


class TestContactLists:
    def test_they_are_found_by_name_and_size(self, sandbox: Sandbox) -> None:
        for name, size in (("Grid 14", 3), ("Grid 1", 9), ("Cycle", 3)):
            sandbox.world.add_contact_list(name=name, size=size)

        def found(**query: Any) -> list[str]:
            return [row["name"] for row in get(sandbox, "/contacts/lists", **query)["items"]]

        assert found() == ["Cycle", "Grid 1", "Grid 14"]
        assert found(name="grid") == ["Grid 1", "Grid 14"]
        assert found(name="grid 1", exactMatch="true") == ["Grid 1"]
        assert found(contactCount=3) == ["Cycle", "Grid 14"]
        assert found(orderBy="size")[-1] == "Grid 1"
        (row,) = get(sandbox, "/contacts/lists", name="Cycle")["items"]
        assert get(sandbox, f"/contacts/lists/{row['id']}") == row
        assert call(sandbox, "GET", "/contacts/lists/5").status_code == 404


class TestDoNotContacts:
    def test_an_entry_comes_changes_and_goes(self, sandbox: Sandbox) -> None:
        path = "/contacts/dncs/12135550180"
        assert call(sandbox, "GET", path).status_code == 404
        added = {"call": True, "text": True, "source": "web", "numbers": ["2135550180", "12135550181"]}
        assert call(sandbox, "POST", "/contacts/dncs", added).status_code == 200
        assert get(sandbox, path)["call"] is True
        assert call(sandbox, "PUT", path, {"text": False}).status_code == 200
        assert (get(sandbox, path)["call"], get(sandbox, path)["text"]) == (True, False)
        assert call(sandbox, "DELETE", path).status_code == 204
        assert (get(sandbox, path)["call"], get(sandbox, path)["text"]) == (False, False)
        assert [row["number"] for row in get(sandbox, "/contacts/dncs")["items"]] == ["12135550181"]

    def test_unless_it_says_otherwise_an_entry_stops_calls_and_texts(self, sandbox: Sandbox) -> None:
        call(sandbox, "POST", "/contacts/dncs", {"numbers": ["12135550180"]})
        entry = get(sandbox, "/contacts/dncs/12135550180")
        assert (entry["call"], entry["text"], entry["source"]) == (True, True, "Api V2")

    def test_filters(self, sandbox: Sandbox) -> None:
        for number, source in (("12135550180", "web"), ("14155550181", "phone")):
            body = {"call": True, "text": False, "source": source, "numbers": [number]}
            call(sandbox, "POST", "/contacts/dncs", body)

        def found(**query: Any) -> list[str]:
            return [row["number"] for row in get(sandbox, "/contacts/dncs", **query)["items"]]

        assert found(prefix="1415") == ["14155550181"]
        assert found(source="web") == ["12135550180"]
        assert found(number=["12135550180", "12135550199"]) == ["12135550180"]
        assert found(call="false") == []
        assert len(found(call="true", text="false")) == 2

    @pytest.mark.parametrize("listed", [True, False])
    def test_universals(self, sandbox: Sandbox, listed: bool) -> None:
        call(sandbox, "POST", "/contacts/dncs", {"call": listed, "numbers": ["12135550180"]})
        (entry,) = get(sandbox, "/contacts/dncs/universals/12135550180", fromNumber="12135550100")["items"]
        assert entry["outboundCall"] is listed
        assert (entry["toNumber"], entry["fromNumber"]) == ("12135550180", "12135550100")


class TestWebhooks:
    BODY = {
        "name": "Hook",
        "resource": "CallBroadcast",
        "events": ["Started"],
        "callback": "https://hook.example",
    }

    def test_one_comes_changes_and_goes(self, sandbox: Sandbox) -> None:
        created = call(sandbox, "POST", "/webhooks", self.BODY)
        assert created.status_code == 201
        path = f"/webhooks/{created.json()['id']}"
        assert get(sandbox, path).items() >= self.BODY.items()
        assert call(sandbox, "PUT", path, {"enabled": False}).status_code == 200
        assert get(sandbox, "/webhooks", enabled="true")["items"] == []
        assert [row["name"] for row in get(sandbox, "/webhooks", event="Started", name="hook")["items"]] == [
            "Hook"
        ]
        assert call(sandbox, "DELETE", path).status_code == 204
        assert call(sandbox, "GET", path).status_code == 404

    def test_resources(self, sandbox: Sandbox) -> None:
        resources = {
            row["resource"]: row["supportedEvents"] for row in get(sandbox, "/webhooks/resources")["items"]
        }
        assert resources["CallBroadcast"] == ["Started", "Stopped", "Finished"]
        one = get(sandbox, "/webhooks/resources/OutboundCall")
        assert one == {"resource": "OutboundCall", "supportedEvents": ["Finished"]}
        assert call(sandbox, "GET", "/webhooks/resources/Weather").status_code == 404
