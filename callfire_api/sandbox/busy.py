"""The scenario ``busy``: an account of five thousand broadcasts and two hundred thousand calls."""

from .world import World

BROADCASTS = 5_000
CALLS = 200_000
_RUNNING = 4
_RUNNING_CALLS = 5_000
_LABELS: tuple[list[str], ...] = (["billing"], ["outage"], ["meter"], ["safety"], [])
_HOUR = 3_600.0


def busy(world: World) -> None:
    """Nobody is called, or even exists, before somebody looks at the broadcast."""
    world.account.caller_ids["12135550100"] = None
    quiet = BROADCASTS - _RUNNING
    calls = CALLS - _RUNNING * _RUNNING_CALLS
    for number in range(quiet):
        people = calls * (number + 1) // quiet - calls * number // quiet
        world.add_broadcast(
            name=f"Notice {number + 1:04}",
            status=_status(number),
            recipients=people,
            created_ago_seconds=(quiet - number + 1) * _HOUR,
            labels=_LABELS[number % len(_LABELS)],
        )
    for number in range(_RUNNING):
        world.add_broadcast(
            name=f"Running notice {number + 1}",
            status="RUNNING",
            recipients=_RUNNING_CALLS,
            progress=0.3,
            maxActive=20,
        )


def _status(number: int) -> str:
    if number % 10 == 0:
        return "STOPPED"
    return "ARCHIVED" if number % 10 == 1 else "FINISHED"
