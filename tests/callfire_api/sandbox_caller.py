"""Plain HTTP to the practice CallFire, with no client in between."""

from typing import Any

import requests

from callfire_api.sandbox import Sandbox


def call(
    sandbox: Sandbox,
    method: str,
    path: str,
    body: Any = None,
    *,
    auth: tuple[str, str] | None = None,
    headers: dict[str, str] | None = None,
    **query: Any,
) -> requests.Response:
    """One request with the full credentials unless others are given."""
    return requests.request(
        method,
        sandbox.url + path,
        json=body,
        params=query,
        auth=auth or (sandbox.login, sandbox.password),
        headers=headers,
        timeout=10,
        allow_redirects=False,
    )


def get(sandbox: Sandbox, path: str, **query: Any) -> Any:
    """The JSON of a read that succeeds."""
    response = call(sandbox, "GET", path, **query)
    assert response.status_code == 200, response.text
    return response.json()


def control(sandbox: Sandbox, method: str, path: str, body: Any = None) -> requests.Response:
    """One request to the control address, which asks for no credentials."""
    address = sandbox.url.removesuffix("/v2") + "/_sandbox/" + path
    return requests.request(method, address, json=body, timeout=10)


def numbers(count: int, first: int = 100) -> list[dict[str, Any]]:
    """Recipients with numbers reserved for fiction."""
    return [{"phoneNumber": f"1213555{first + n:04}"} for n in range(count)]
