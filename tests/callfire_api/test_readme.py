"""What the package's README shows works as shown."""

import re
from pathlib import Path

import callfire_api
from callfire_api import CallFire
from callfire_api.sandbox import Sandbox
from tests.callfire_api.conftest import fast_client

README = Path(callfire_api.__file__).with_name("README.md").read_text()


def test_its_example_runs(sandbox: Sandbox) -> None:
    sandbox.world.add_broadcast(name="Frost warning", status="RUNNING", recipients=20)

    def practice(login: str, password: str) -> CallFire:
        assert (login, password) == ("api-login", "api-password")
        return fast_client(sandbox.login, sandbox.password, sandbox.url)

    for example in re.findall(r"```python\n(.+?)```", README, re.DOTALL):
        exec(compile(example.replace("CallFire(", "practice("), "README.md", "exec"), {"practice": practice})
    assert [request.path.rsplit("/", 1)[1] for request in sandbox.requests_to("POST", "")] == [
        "stop",
        "broadcasts",
        "batches",
        "start",
    ]
    assert not sandbox.violations


def test_it_names_every_error() -> None:
    for kind in callfire_api.CallFireError.__subclasses__() + callfire_api.Refused.__subclasses__():
        assert f"`{kind.__name__}`" in README
