"""States and results as small numbers, so that a hundred thousand people fit in a few byte arrays."""

from enum import IntEnum


class State(IntEnum):
    """Where a person is in the queue; the names are CallFire's words."""

    READY = 0
    SELECTED = 1
    CALLBACK = 2
    FINISHED = 3
    DISABLED = 4
    SKIPPED = 5
    DNC = 6
    DUP = 7
    INVALID = 8
    TIMEOUT = 9
    PERIOD_LIMIT = 10
    RESTRICTED_NUMBER = 11


class Result(IntEnum):
    """How an attempt went; NONE before there was one."""

    NONE = 0
    LA = 1
    XFER = 2
    AM = 3
    BUSY = 4
    NO_ANS = 5
    CARRIER_TEMP_ERROR = 6
    CARRIER_ERROR = 7
    INTERNAL_ERROR = 8
    DNC = 9
    UNDIALED = 10
    ABANDONED = 11
    SKIPPED = 12
    POSTPONED = 13
    SD = 14
    XFER_LEG = 15


UNSETTLED = frozenset({State.READY, State.SELECTED, State.CALLBACK, State.DISABLED})
STATE_NAMES = tuple(state.name for state in State)
RESULT_NAMES = tuple("" if result is Result.NONE else result.name for result in Result)
