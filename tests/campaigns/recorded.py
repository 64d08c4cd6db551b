"""Recordings at the practice CallFire."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

MP3 = (Path(__file__).parents[2] / "callfire_api" / "sandbox" / "recording.mp3").read_bytes()


def recording(sandbox: Sandbox, **told: Any) -> dict[str, Any]:
    """A recording of its own call, as CallFire tells of it; ready unless told otherwise."""
    broadcast = sandbox.world.add_broadcast(name="Outage notice", status="FINISHED", recipients=1)
    ready = {"name": "message", "state": "READY", "lengthInBytes": len(MP3), "lengthInSeconds": 6}
    call = sandbox.world.add_call(broadcast, records=[{"recordings": [ready | told]}])
    made: dict[str, Any] = call["records"][0]["recordings"][0]
    return made
