"""What may be done to a broadcast. Buttons, the guard behind each POST and the audit all read this table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from callfire_api import BroadcastStatus
from campaigns.permissions import Permission, may

STARTING: Final = frozenset({BroadcastStatus.VALIDATING_START, BroadcastStatus.START_PENDING})
DIALLING: Final = STARTING | {BroadcastStatus.RUNNING}
ENDED: Final = frozenset({BroadcastStatus.STOPPED, BroadcastStatus.FINISHED, BroadcastStatus.ARCHIVED})

# The reasons an action is not offered, by status; a status that is not named allows it.
_NO_START: Final[dict[BroadcastStatus, str]] = {
    BroadcastStatus.RUNNING: "It is calling already.",
    BroadcastStatus.VALIDATING_START: "It is starting already.",
    BroadcastStatus.START_PENDING: "It is starting already.",
    BroadcastStatus.SUSPENDED: "CallFire suspended it. Contact CallFire.",
    BroadcastStatus.BLOCKED_SUSPICIOUS: "CallFire flagged its content. Contact CallFire.",
    BroadcastStatus.VALIDATING_EMAIL: "CallFire waits for an e-mail to be confirmed.",
    BroadcastStatus.DECLINED: "CallFire declined it. Contact CallFire.",
    BroadcastStatus.ARCHIVED: "It is archived, and CallFire has no way back.",
}
_NO_STOP: Final[dict[BroadcastStatus, str]] = {
    BroadcastStatus.SETUP: "It was never started.",
    BroadcastStatus.STOPPED: "It is stopped already.",
    BroadcastStatus.FINISHED: "It has finished; nobody is being called.",
    BroadcastStatus.ARCHIVED: "It is archived; nobody is being called.",
}
_NO_ARCHIVE: Final[dict[BroadcastStatus, str]] = {
    BroadcastStatus.RUNNING: "Stop it first.",
    BroadcastStatus.VALIDATING_START: "Stop it first.",
    BroadcastStatus.START_PENDING: "Stop it first.",
    BroadcastStatus.SCHEDULED: "Stop it first, so that its schedule cannot start it.",
    BroadcastStatus.ARCHIVED: "It is archived already.",
}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing an operator may do to a broadcast.

    ``label`` is on the button, ``verb`` before a count of broadcasts, ``past`` completes "Dana Ruiz … it".
    ``asks_first`` means that a page of its own says what will happen before anything does. ``refusals`` holds
    the reason for each status that forbids it; ``unknown_refusal`` is the reason for a status nobody has
    documented, empty when that allows it.
    """

    name: str
    verb: str
    label: str
    past: str
    icon: str
    permission: Permission
    asks_first: bool
    refusals: dict[BroadcastStatus, str]
    unknown_refusal: str = ""

    def why_not(self, status: str) -> str:
        """The reason why a broadcast of this status does not allow it; empty when it does."""
        word = BroadcastStatus(status)
        if not word.is_known:
            return self.unknown_refusal
        return self.refusals.get(word, "")


START: Final = Action(
    name="start",
    verb="Start",
    label="Start calling",
    past="started",
    icon="play",
    permission=Permission.START,
    asks_first=True,
    refusals=_NO_START,
    unknown_refusal="We do not know this status. Look at the broadcast on CallFire first.",
)
# Stopping is the safe direction, so a status we do not know allows it.
STOP: Final = Action(
    name="stop",
    verb="Stop",
    label="Stop calling",
    past="stopped",
    icon="stop",
    permission=Permission.STOP,
    asks_first=False,
    refusals=_NO_STOP,
)
ARCHIVE: Final = Action(
    name="archive",
    verb="Archive",
    label="Archive",
    past="archived",
    icon="box",
    permission=Permission.ARCHIVE,
    asks_first=True,
    refusals=_NO_ARCHIVE,
    unknown_refusal="We do not know this status. Stop it first.",
)
ACTIONS: Final[dict[str, Action]] = {action.name: action for action in (STOP, START, ARCHIVE)}


def offered(status: str, person: object, *, among: Iterable[Action] = ACTIONS.values()) -> list[Action]:
    """The actions this status allows and this person may take; Stop comes first."""
    return [action for action in among if not action.why_not(status) and may(person, action.permission)]


def took_effect(action: Action, status: str) -> bool:
    """Whether CallFire's status shows that the action did what it is for."""
    word = BroadcastStatus(status)
    if action is START:
        return word in DIALLING or word == BroadcastStatus.FINISHED
    if action is STOP:
        return word in ENDED
    return word == BroadcastStatus.ARCHIVED
