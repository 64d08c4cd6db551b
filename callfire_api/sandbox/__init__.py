"""A practice CallFire: the voice broadcast API over real HTTP, for tests, development and demonstration.

It is a second witness: it shares no code with the client and speaks CallFire's JSON literally.
Broadcasts progress with an injected clock, the same way every time. ``Switches`` lists the oddities
it can show, ``Fault`` what can go wrong with a request; README.md beside this file has the tables.

    with Sandbox(clock=ManualClock()) as sandbox:
        broadcast = sandbox.world.add_broadcast(name="Outage", recipients=50)
        ...  # a client with sandbox.url, sandbox.login, sandbox.password
        sandbox.clock.advance(30)
"""

from .clock import Clock, ManualClock, SystemClock
from .faults import Fault
from .request_log import RequestLog
from .sandbox import Sandbox
from .switches import Switches
from .world import World

__all__ = ["Clock", "Fault", "ManualClock", "RequestLog", "Sandbox", "Switches", "SystemClock", "World"]
