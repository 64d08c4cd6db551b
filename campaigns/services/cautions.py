"""What an operator should know before calls begin: everything unusual about a start, one caution each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from callfire_api import Account, BroadcastStatus, TrustLevel
from campaigns.labels import in_a_row, nice_number
from campaigns.models import BroadcastSnapshot
from campaigns.services.estimates import Estimate
from campaigns.services.headcount import Headcount
from campaigns.services.health import Credits
from campaigns.services.on_again import OnAgain
from campaigns.services.summary import Warning
from campaigns.services.windows import Reach

_STATUSES: Final = {
    BroadcastStatus.SETUP: Warning("It is not set up completely.", "CallFire may refuse to start it."),
    BroadcastStatus.TEST: Warning("CallFire calls it a test.", "What starting does then is not documented."),
    BroadcastStatus.SCHEDULED: Warning(
        "It starts by its schedule.", "Started by hand, it probably calls people at once."
    ),
    BroadcastStatus.FINISHED: Warning(
        "It has finished before.", "Only people added since then are left to call."
    ),
}
_TRUST: Final = frozenset({TrustLevel.LOCKED, TrustLevel.SUSPENDED, TrustLevel.PROBATION})


def of_status(snapshot: BroadcastSnapshot, *, has_schedule: bool) -> Iterator[Warning]:
    """What its status and its schedules make of a start by hand."""
    status = BroadcastStatus(snapshot.status)
    if status in _STATUSES:
        yield _STATUSES[status]
    if has_schedule and status != BroadcastStatus.SCHEDULED:
        yield Warning("It has a schedule.", "Started by hand, it may call people before the schedule says.")


def of_people(people: Headcount) -> Iterator[Warning]:
    """Who is missing, still on the way, or counted in two ways."""
    if people.to_call is None:
        yield Warning("CallFire did not say how many people are left.", "Everybody who is will be called.")
    if people.to_call == 0:
        yield Warning("Nobody is left to call.", "CallFire may refuse to start it.")
    if people.being_checked:
        yield Warning(
            "People are still being checked by CallFire.",
            f"{people.being_checked:,} of them are called as soon as the check allows it.",
        )
    if people.broken:
        yield Warning("A batch has errors.", f"Left out: {people.broken}.")
    for sentence in people.contradictions:
        yield Warning("CallFire’s figures do not add up.", sentence)


def of_batches(on_again: Iterable[OnAgain]) -> Iterator[Warning]:
    """Batches that somebody here switched off for good, and that CallFire calls from all the same."""
    for each in on_again:
        yield Warning(
            f"Batches of “{each.name}” are on again.",
            f"They were disabled here, and CallFire has {each.batches:,} of them on: {each.people:,} people. "
            "Whoever of these was brought again meanwhile is called twice. The page of that upload disables "
            "them again.",
        )


def of_caller_id(number: str, known: list[str] | None) -> Iterator[Warning]:
    """A number the account did not verify, as far as CallFire said which it did."""
    if number and known is not None and number not in known:
        yield Warning(
            f"{nice_number(number)} is not among the account’s caller IDs.",
            "If it is not rented from CallFire either, CallFire may refuse it.",
        )


def of_hours(reach: Reach) -> Iterator[Warning]:
    """Nights in which the phone would ring."""
    if reach.at_night:
        names = [window.name for window in reach.at_night]
        where = in_a_row(names[:3] if len(names) <= 3 else [*names[:3], "elsewhere"], "and")
        yield Warning("It is night for some people right now.", f"Their phones would ring: {where}.")


def of_money(estimate: Estimate | None, balance: Credits | None) -> Iterator[Warning]:
    """Credits that may not last."""
    if balance is None:
        return
    if balance.amount <= 0:
        yield Warning("No credits are left.", "CallFire will probably refuse to start it.")
    elif estimate is not None and estimate.high > balance.amount:
        yield Warning(
            "Credits may run out.",
            "CallFire looks at the balance about every 100 numbers: it would stop early, may take the "
            "balance below zero, and leave the rest uncalled.",
        )


def of_account(account: Account | None) -> Iterator[Warning]:
    """What CallFire holds against the account itself."""
    if account is None:
        return
    if account.active is False or account.start_capable is False:
        yield Warning("This account may not start broadcasts.", "CallFire says so, and will probably refuse.")
    if account.trust_level in _TRUST:
        yield Warning(
            f"CallFire’s trust in this account is {str(account.trust_level).lower()}.",
            "It may refuse or review the start.",
        )
