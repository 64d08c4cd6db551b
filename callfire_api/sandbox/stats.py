"""The counters of a broadcast, by CallFire's names and with their published relations."""

from collections import Counter
from collections.abc import Iterable
from math import inf

from .broadcast import Broadcast
from .codes import Result, State
from .dialler import GROUPS, Dialler, Totals
from .exchange import Json
from .switches import Switches

_WAITING = (State.READY, State.SELECTED, State.CALLBACK, State.DISABLED)
_SETTLED = (State.FINISHED, State.TIMEOUT)


def statistics(broadcast: Broadcast, switches: Switches, begin: float | None, end: float | None) -> Json:
    """All counters; ``begin`` and ``end`` (seconds) restrict them to outcomes and attempts in between."""
    dialler = broadcast.roster.dialler
    if begin is None and end is None:
        groups, totals = dialler.settled, dialler.totals
    else:
        groups, totals = _within(dialler, begin or 0.0, inf if end is None else end)
    counters = _counters(dialler, groups, totals)
    if switches.stats == "contradictory":
        return counters | _like_the_sdk_sample(counters)
    if switches.stats == "partial":
        kept = ("totalOutboundCount", "totalCount", "liveCount", "billedAmount")
        return {name: counters[name] for name in kept}
    return counters


def spending(broadcasts: Iterable[Broadcast], begin: float | None, end: float | None) -> tuple[int, int]:
    """Seconds talked and ten-thousandths of credits spent on calls that ended between two moments."""
    seconds = credits_e4 = 0
    for broadcast in broadcasts:
        dialler = broadcast.roster.dialler
        totals = dialler.totals
        if begin is not None or end is not None:
            totals = _within(dialler, begin or 0.0, inf if end is None else end)[1]
        seconds += totals.talk_seconds
        credits_e4 += totals.credits_e4
    return seconds, credits_e4


def _counters(dialler: Dialler, groups: Counter[str], totals: Totals) -> Json:
    people = dialler.people
    blocked = people.in_state[State.DNC]
    opted_out = groups["dnc"] + blocked
    total = sum(groups.values()) + blocked
    called = len(people) - people.attempts.count(0)
    finished = total - opted_out
    return {
        "totalOutboundCount": len(people),
        "remainingOutboundCount": sum(people.in_state[state] for state in _WAITING),
        "billedAmount": totals.credits_e4 / 10_000,
        "callsAttempted": totals.attempts,
        "callsPlaced": totals.placed,
        "callsDuration": totals.talk_seconds,
        "billedDuration": totals.billed_seconds,
        "responseRatePercent": min(100, 100 * finished // totals.placed) if totals.placed else 0,
        "callsRemaining": len(people) - called,
        "callsAwaitingRedial": people.in_state[State.CALLBACK],
        "callsLiveAnswer": finished,
        "totalCount": total,
        "answeringMachineCount": groups["machine"],
        "busyCount": groups["busy"],
        "dialedCount": total - opted_out,
        "doNotCallCount": opted_out,
        "errorCount": groups["error"],
        "liveCount": groups["live"],
        "miscCount": groups["misc"],
        "noAnswerCount": groups["no_answer"],
        "transferCount": groups["transfer"],
    }


def _within(dialler: Dialler, begin: float, end: float) -> tuple[Counter[str], Totals]:
    people = dialler.people
    groups: Counter[str] = Counter()
    for state, result, at in zip(people.states, people.results, people.modified, strict=True):
        if state in _SETTLED and begin <= at <= end:
            groups[GROUPS.get(Result(result), "misc")] += 1
    totals = Totals()
    made: Counter[int] = Counter()
    for person, at in people.all_attempts():
        made[person] += 1
        outcome = dialler.outcome(person, made[person])
        if begin <= at + outcome.seconds <= end and not dialler.is_in_progress(person, made[person]):
            totals.add(outcome)
    return groups, totals


def _like_the_sdk_sample(counters: Json) -> Json:
    """Everybody finished, nobody reached, and yet a response rate of a hundred."""
    return {
        "liveCount": 0,
        "errorCount": counters["errorCount"] + counters["liveCount"] + 1,
        "callsLiveAnswer": counters["totalCount"],
        "responseRatePercent": 100,
        "callsRemaining": counters["remainingOutboundCount"] + 1,
    }
