"""Partial responses: ``?fields=id,name`` and ``?fields=limit,items(id,contact(firstName))``."""

import re
from collections.abc import Mapping
from typing import Any

from .errors import ViolationError

_TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[(),])")

# Every property of an answer, per the OpenAPI, and what samples of the account have besides.
_KNOWN = frozenset({
    "active", "address", "age", "agencyManagedAccounts", "agentCall", "allowedToCreateCampaign",
    "answerTime", "answeringMachineConfig", "answeringMachineCount", "apiCallLimit", "archived",
    "attributes", "autoAddDoNotContact", "batchId", "beginHour", "beginMinute", "billedAmount",
    "billedDuration", "brand", "broadcastId", "busyCount", "call", "callId", "callback", "callerName",
    "callsAttempted", "callsAwaitingRedial", "callsDuration", "callsDurationMinutes", "callsLiveAnswer",
    "callsPlaced", "callsRemaining", "campaignId", "canceled", "canceledOrArchived", "city",
    "companyName", "contact", "country", "countryOrDefault", "created", "createdAt", "creditsUsed",
    "dateTimeZone", "day", "daysOfWeek", "defaultNotificationTtlMillis", "defaultNumberId", "deleted",
    "dialedCount", "dialplanXml", "dncDigit", "dncSoundId", "dncSoundText", "dncSoundTextVoice",
    "doNotCallCount", "duplicate", "duration", "ein", "email", "enabled", "endHour", "endMinute",
    "entityType", "errorCount", "events", "expiresAt", "externalId", "externalSystem", "extraPhone1",
    "extraPhone2", "extraPhone3", "ez", "failedVerificationAttempts", "fields", "finalCallResult",
    "finishTime", "firstName", "fromNumber", "fromNumberPool", "hash", "homePhone", "hour", "id",
    "inbound", "inboundCall", "inboundText", "industry", "industryName", "intervalBegin", "intervalEnd",
    "intervalStart", "items", "key", "labels", "lastModified", "lastName", "lengthInBytes",
    "lengthInSeconds", "limit", "liveCount", "liveSoundId", "liveSoundText", "liveSoundTextVoice",
    "localTimeRestriction", "localTimeZoneRestriction", "locale", "machineSoundId", "machineSoundText",
    "machineSoundTextVoice", "maxActive", "maxActiveTransfers", "maxAgents", "maxAttempts",
    "messageClass", "messageFlows", "minute", "minutesBetweenAttempts", "miscCount", "mobilePhone",
    "modified", "month", "mp3Url", "name", "nano", "noAnswerCount", "nonStrictSsl", "notes", "number",
    "offset", "originateTime", "outboundCall", "outboundText", "outboundThreshold", "permissions",
    "phoneNumber", "properties", "question", "questionResponses", "receiverPeriodCall",
    "receiverPeriodEnabled", "receiverPeriodGlobal", "receiverPeriodText", "receiverPeriodTimeUnit",
    "recordings", "records", "remaining", "remainingOutboundCount", "remainingPayAsYouGoCredits",
    "remainingPlanCredits", "resource", "response", "responseRatePercent", "result", "resumeNextDay",
    "retainOnlyMetadata", "retainOnlyMetadataLastDetailRecordId", "retainOnlyMetadataLastModified",
    "retryConfig", "retryPhoneTypes", "retryResults", "schedules", "scrub", "second", "secret",
    "sharedShortCodeAllowed", "sharedShortCodeId", "singleUse", "size", "soaAccount", "sounds", "source",
    "startCapable", "startDate", "startTimeOfDay", "state", "status", "stopDate", "stopTimeOfDay",
    "supportedEvents", "switchId", "text", "textOutboundThreshold", "textsSent", "timeZone", "timeZoneId",
    "toNumber", "totalCount", "totalOutboundCount", "totalRemainingCredits", "transferCount",
    "transferDigit", "transferNumber", "transferSoundId", "transferSoundText", "transferSoundTextVoice",
    "trustLevel", "tsrAgreement", "tsrInitials", "uiContext", "universal", "updatedAt", "website",
    "workPhone", "year", "zipcode",
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
        if name not in _KNOWN:
            raise ViolationError(f"fields: there is no {name}")
        refuse_unknown(inner or {})


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
