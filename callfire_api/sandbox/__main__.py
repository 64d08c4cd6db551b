"""The practice CallFire as a process of its own."""

import argparse
import os
import signal
import sys
import threading
import time

from .clock import SystemClock
from .sandbox import DEFAULT_LOGIN, Sandbox
from .scenario import SCENARIOS

# Ids last for 80 days before they come again, and stay small enough for the largest of them.
_IDS_EVERY_SECONDS = 10
_MOST_ORDINALS = 700_000


def main() -> None:
    """Serves until SIGINT or SIGTERM; the one line it prints means that it is ready."""
    parser = argparse.ArgumentParser(
        prog="python -m callfire_api.sandbox", description="A practice CallFire."
    )
    parser.add_argument("--port", type=int, default=8900, help="0 picks a free one (default: %(default)s)")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="demo", help="default: %(default)s")
    options = parser.parse_args()

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    sandbox = Sandbox(
        options.scenario,
        port=options.port,
        clock=SystemClock(),
        login=os.environ.get("SANDBOX_LOGIN", DEFAULT_LOGIN),
        password=os.environ.get("SANDBOX_PASSWORD", DEFAULT_LOGIN),
    )
    # Whoever remembers the world of an earlier process must not take new broadcasts for those.
    sandbox.world.skip_ids(int(time.time() / _IDS_EVERY_SECONDS) % _MOST_ORDINALS)
    try:
        sandbox.start_listening()
    except OSError as error:
        sys.exit(f"The practice CallFire cannot use port {options.port}: {error.strerror}.")
    sys.stdout.write(f"The practice CallFire ({options.scenario}) answers at {sandbox.url}\n")
    sys.stdout.flush()
    stop.wait()
    sandbox.stop_listening()


if __name__ == "__main__":
    main()
