"""Numbers that people proved to be theirs: we call, say four digits, and they type them here.

Only a digest of the digits is kept. What is proved is that this person hears that phone, which is all a test
call needs: nobody can have strangers hear a broadcast.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F, QuerySet
from django.utils import timezone

from callfire_api import CallFireError, CallRecipient, Voice
from campaigns.gateway import get_callfire_quickly
from campaigns.models import AuditEvent, OwnNumber, User
from campaigns.services import audit, single_calls

Outcome = AuditEvent.Outcome

CONFIRM: Final = "confirm number"
REMOVE: Final = "remove number"
CALLS_PER_HOUR: Final = 3
MOST_WRONG_CODES: Final = 5
CODE_LASTS: Final = timedelta(minutes=10)
_START_OVER: Final = "Have the number called again for a new code."
_SHOWN: Final = timedelta(minutes=15)


def of(person: User) -> QuerySet[OwnNumber]:
    """The numbers of a person, proved or not, oldest first."""
    return person.own_numbers.order_by("pk")


def confirmed(person: User) -> QuerySet[OwnNumber]:
    """The numbers that are proved to be this person's."""
    return of(person).filter(confirmed_at__isnull=False)


def newest_call(person: User) -> AuditEvent | None:
    """The call with a code that the person asked for last, if that was a moment ago."""
    since = timezone.now() - _SHOWN
    calls = AuditEvent.objects.filter(action=CONFIRM, by=person, at__gt=since, detail__has_key="own_number")
    return calls.first()


def call(number: str, *, by: User, token: uuid.UUID | None = None, request_id: str = "") -> AuditEvent:
    """Call this number and say a code; the same token again calls nobody.

    Args:
        number: 11 digits.

    Outcomes: those of ``single_calls.send_once``; refused also after too many calls within an hour.
    """
    own, _ = OwnNumber.objects.get_or_create(user=by, number=number)
    event, _ = audit.intend(
        action=CONFIRM,
        by=by,
        object_kind="person",
        object_name=single_calls.ending(number),
        token=token,
        request_id=request_id,
        detail={"own_number": own.pk},
    )
    if event.action != CONFIRM or not audit.claim_try(event):
        return event
    if single_calls.placed_within_an_hour(CONFIRM, by=by, before=event) >= CALLS_PER_HOUR:
        return audit.settle(
            event,
            Outcome.REFUSED,
            f"You were called {CALLS_PER_HOUR} times within an hour. Wait a while, then try again.",
        )
    code = settings.PRACTICE_CODE if settings.PRACTICE_MODE else f"{secrets.randbelow(10_000):04}"
    try:
        caller_id = _caller_id()
    except CallFireError as error:
        return audit.settle(event, Outcome.FAILED, f"{error.user_message} Nobody was called.")
    OwnNumber.objects.filter(pk=own.pk).update(
        code_digest=make_password(code), asked_at=timezone.now(), wrong_codes=0
    )
    spoken = _spoken(code)
    recipient = CallRecipient(
        phone_number=number,
        from_number=caller_id,
        live_message=spoken,
        machine_message=spoken,
        voice=Voice.FEMALE1,
    )
    return single_calls.send_once(event, recipient)


def confirm(own_id: int, code: str, *, by: User, request_id: str = "") -> str:
    """Why this code does not prove the number; empty when it does."""
    own = of(by).filter(pk=own_id).first()
    if own is None or not own.code_digest:
        return f"There is no code to compare with. {_START_OVER}"
    if own.asked_at is None or timezone.now() - own.asked_at > CODE_LASTS:
        return f"This code is older than 10 minutes. {_START_OVER}"
    # Counted before it is compared, so that guesses at the same moment all count.
    counted = of(by).filter(pk=own.pk, code_digest=own.code_digest, wrong_codes__lt=MOST_WRONG_CODES)
    if not counted.update(wrong_codes=F("wrong_codes") + 1):
        return f"That was the wrong code {MOST_WRONG_CODES} times. {_START_OVER}"
    if not check_password(code, own.code_digest):
        own.refresh_from_db()
        left = MOST_WRONG_CODES - own.wrong_codes
        if left <= 0:
            return f"That was the wrong code {MOST_WRONG_CODES} times. {_START_OVER}"
        return f"That is not the code we said. You can try {left} more time{'s' if left > 1 else ''}."
    of(by).filter(pk=own.pk).update(code_digest="", wrong_codes=0, confirmed_at=timezone.now())
    audit.note(
        action=CONFIRM,
        by=by,
        object_kind="person",
        object_name=single_calls.ending(own.number),
        request_id=request_id,
        sentence="The code was right.",
    )
    return ""


def remove(own_id: int, *, by: User, request_id: str = "") -> OwnNumber | None:
    """Forget a number of this person; returns what it was, None when there was none."""
    own = of(by).filter(pk=own_id).first()
    if own is None:
        return None
    own.delete()
    audit.note(
        action=REMOVE,
        by=by,
        object_kind="person",
        object_name=single_calls.ending(own.number),
        request_id=request_id,
    )
    return own


def _caller_id() -> str | None:
    """The number the call comes from: the account's first."""
    return next((each.phone_number for each in get_callfire_quickly().account.caller_ids()), None)


def _spoken(code: str) -> str:
    """The code for the ear: each digit a sentence, so that no voice reads a number, and all of it twice."""
    slowly = " ".join(f"{digit}." for digit in code)
    return f"Hello. This is Callboard with your code. {slowly} Once more. {slowly} Goodbye."
