"""Ports on this machine: one nobody uses, and whether a given one can be had."""

from __future__ import annotations

import os
import socket
from typing import Final

_given: Final[set[int]] = set()


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on at the moment of asking, and that this process was not given before."""
    while True:
        with socket.create_server((host, 0)) as listener:
            port = int(listener.getsockname()[1])
        if port not in _given:
            _given.add(port)
            return port


def why_not_ours(host: str, port: int) -> str | None:
    """The reason why this process cannot listen there, as the system words it; None when it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            return None
    except OSError as error:
        return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
