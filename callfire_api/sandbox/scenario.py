"""The worlds a sandbox can begin with."""

from collections.abc import Callable, Mapping

from .busy import busy
from .clock import Clock
from .demo import demo
from .switches import Switches
from .world import World


def build_world(scenario: str, clock: Clock, switches: Switches, seed: int) -> World:
    """A new world; raises ValueError for a scenario that does not exist."""
    if scenario not in SCENARIOS:
        raise ValueError(f"no such scenario: {scenario}")
    world = World(clock, switches, seed=seed)
    SCENARIOS[scenario](world)
    return world


def empty(world: World) -> None:
    """An account with two caller ids and credits, and nothing else."""
    world.account.caller_ids |= {"12135550100": None, "13125550101": None}


SCENARIOS: Mapping[str, Callable[[World], None]] = {"empty": empty, "demo": demo, "busy": busy}
