"""What was looked at before calls begin: what is unusual, one caution each, and what is as it should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callfire_api import Account, Broadcast
from campaigns.models import BroadcastSnapshot
from campaigns.services import cautions, outlook
from campaigns.services.estimates import Estimate
from campaigns.services.headcount import Headcount
from campaigns.services.health import Credits
from campaigns.services.on_again import OnAgain
from campaigns.services.outlook import Rule
from campaigns.services.summary import Warning
from campaigns.services.windows import Reach


@dataclass(frozen=True, slots=True)
class Checks:
    """Everything that was looked at; what could not be is in neither."""

    warnings: Sequence[Warning]
    passed: Sequence[Rule]


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to look at; None where CallFire did not say.

    ``broadcast`` brings the words of its messages, ``caller_id`` and ``caller_ids`` are 11 digits each.
    """

    snapshot: BroadcastSnapshot
    broadcast: Broadcast
    people: Headcount
    on_again: Sequence[OnAgain]
    reach: Reach
    caller_id: str
    caller_ids: list[str] | None
    estimate: Estimate | None
    balance: Credits | None
    account: Account | None


def check(facts: Facts) -> Checks:
    """Hold a start against every rule there is; none of them forbids it."""
    rules = outlook.rules_of(facts.broadcast)
    return Checks(
        warnings=[
            *cautions.of_status(facts.snapshot, has_schedule=bool(facts.broadcast.schedules)),
            *cautions.of_people(facts.people),
            *cautions.of_batches(facts.on_again),
            *(_as_warning(rule) for rule in rules if rule.state != "good"),
            *cautions.of_hours(facts.reach),
            *cautions.of_caller_id(facts.caller_id, facts.caller_ids),
            *cautions.of_money(facts.estimate, facts.balance),
            *cautions.of_account(facts.account),
        ],
        passed=[rule for rule in rules if rule.state == "good"] + list(_passed(facts)),
    )


def _as_warning(rule: Rule) -> Warning:
    return Warning(f"{rule.headline.removesuffix('.')}.", rule.detail)


def _passed(facts: Facts) -> Iterator[Rule]:
    if facts.caller_ids is not None and facts.caller_id in facts.caller_ids:
        yield Rule("good", "The caller ID is yours", "It is verified at CallFire.")
    if not (facts.reach.is_closed or facts.reach.at_night):
        day = "It is day for everybody who can be called, as far as area codes tell."
        yield Rule("good", "No phone rings at night now", day)
    if facts.people.to_call and not facts.people.contradictions:
        yield Rule("good", "CallFire’s figures add up", "None of them contradicts another.")
    may_run_out = list(cautions.of_money(facts.estimate, facts.balance))
    if facts.estimate is not None and facts.balance is not None and not may_run_out:
        yield Rule("good", "Credits last", "They cover the highest estimate.")
    if facts.account is not None and not list(cautions.of_account(facts.account)):
        yield Rule("good", "The account is in order", "CallFire holds nothing against it.")
