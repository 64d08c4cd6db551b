"""Partial responses: ``?fields=id,name`` and ``?fields=limit,items(id,contact(firstName))``."""

import re
from collections.abc import Mapping
from typing import Any

from .errors import ViolationError

_TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[(),])")

_KNOWN = frozenset({
    "agentCall", "answerTime", "answeringMachineConfig", "answeringMachineCount", "attributes", "batchId",
    "billedAmount", "billedDuration", "broadcastId", "busyCount", "call", "callId", "callback",
    "callerName", "callsAttempted", "callsAwaitingRedial", "callsDuration", "callsLiveAnswer",
    "callsPlaced", "callsRemaining", "campaignId", "contact", "created", "createdAt", "dialedCount",
    "dialplanXml", "doNotCallCount", "duplicate", "duration", "email", "enabled", "errorCount", "events",
    "expiresAt", "fields", "finalCallResult", "finishTime", "firstName", "fromNumber", "hash", "homePhone",
    "id", "inbound", "inboundCall", "inboundText", "items", "labels", "lastModified", "lastName",
    "lengthInBytes", "lengthInSeconds", "limit", "liveCount", "localTimeRestriction", "maxActive",
    "maxActiveTransfers", "miscCount", "mobilePhone", "modified", "mp3Url", "name", "noAnswerCount",
    "nonStrictSsl", "notes", "number", "offset", "originateTime", "outboundCall", "outboundText",
    "permissions", "phoneNumber", "properties", "questionResponses", "recordings", "records", "remaining",
    "remainingOutboundCount", "resource", "responseRatePercent", "result", "resumeNextDay", "retryConfig",
    "schedules", "secret", "singleUse", "size", "sounds", "source", "state", "status", "supportedEvents",
    "switchId", "text", "toNumber", "totalCount", "totalOutboundCount", "transferCount", "updatedAt",
    "workPhone", "zipcode",
})  # fmt: skip

Selector = dict[str, "Selector | None"]


def parse(text: str) -> Selector:
    """The names asked for, each with a selector of its own or None for all of it."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise ViolationError(f"fields: cannot read {text!r}")
    selector, rest = _group(tokens, text)
    if rest or not selector:
        raise ViolationError(f"fields: cannot read {text!r}")
    return selector


def _group(tokens: list[str], text: str) -> tuple[Selector, list[str]]:
    selector: Selector = {}
    while tokens and tokens[0] != ")":
        name, *tokens = tokens
        if name in "(),":
            raise ViolationError(f"fields: cannot read {text!r}")
        inner: Selector | None = None
        if tokens and tokens[0] == "(":
            inner, tokens = _group(tokens[1:], text)
            if not tokens or not inner:
                raise ViolationError(f"fields: cannot read {text!r}")
            tokens = tokens[1:]
        selector[name] = inner
        if tokens and tokens[0] == ",":
            tokens = tokens[1:]
        elif tokens and tokens[0] != ")":
            raise ViolationError(f"fields: cannot read {text!r}")
    return selector, tokens


def refuse_unknown(selector: Selector) -> None:
    """Raises ViolationError for a name that no documented answer has."""
    for name, inner in selector.items():
        if inner is not None:
            refuse_unknown(inner)
        elif name not in _KNOWN:
            raise ViolationError(f"fields: there is no {name}")


def select(value: Any, selector: Selector) -> Any:
    """``value`` without the properties that were not asked for."""
    if isinstance(value, list):
        return [select(item, selector) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: value[name] if inner is None else select(value[name], inner)
        for name, inner in selector.items()
        if name in value
    }
