"""Who did what: every change is written down before it is tried, and completed with what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from campaigns.models import AuditEvent, User

BROADCAST: Final = "broadcast"
# Somebody may hammer a button for an hour; the newest of it is enough to tell who did.
MOST_KEPT_AGAIN: Final = 50


@dataclass(frozen=True, slots=True)
class ActivityQuery:
    """What the activity page shows. Dates are days in the reader's time zone, both included."""

    text: str = ""
    by: int | None = None
    action: str = ""
    outcome: str = ""
    broadcast_id: int | None = None
    since: date | None = None
    until: date | None = None
    page: int = 1
    per_page: int = 50


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """One page of events, newest first, and what the filters offer."""

    events: Sequence[AuditEvent]
    total: int
    page: int
    pages: int
    first: int
    last: int
    people: Sequence[User]
    actions: Sequence[str]


def intend(
    *,
    action: str,
    by: User | None,
    by_name: str = "Callboard",
    object_kind: str = "",
    object_id: int | None = None,
    object_name: str = "",
    token: uuid.UUID | None = None,
    group: uuid.UUID | None = None,
    request_id: str = "",
    detail: dict[str, Any] | None = None,
) -> tuple[AuditEvent, bool]:
    """Write down what is about to be tried; returns the event, and whether it is new.

    The same token twice is the same intent (a double click, a page sent again): the first event is returned.
    """
    token = token or uuid.uuid4()
    try:
        with transaction.atomic():
            event = AuditEvent.objects.create(
                action=action,
                by=by,
                by_name=by.display_name if by is not None else by_name,
                object_kind=object_kind,
                object_id=object_id,
                object_name=object_name,
                token=token,
                group=group,
                request_id=request_id,
                detail=detail or {},
            )
    except IntegrityError:
        return AuditEvent.objects.get(token=token), False
    return event, True


def note(
    *, action: str, by: User | None, request_id: str = "", sentence: str = "", **what: Any
) -> AuditEvent:
    """Write down something that is done already."""
    event, _ = intend(action=action, by=by, request_id=request_id, **what)
    return settle(event, AuditEvent.Outcome.DONE, sentence)


def turned_away(*, action: str, request_id: str = "", **whom: Any) -> AuditEvent:
    """Write down that somebody unknown was refused."""
    event, _ = intend(action=action, by=None, by_name="Somebody", request_id=request_id, **whom)
    return settle(
        event, AuditEvent.Outcome.REFUSED, "Name and password did not match, or the door was closed."
    )


def about(person: User) -> dict[str, Any]:
    """What names this person as the one something was done to."""
    return {"object_kind": "person", "object_id": person.pk, "object_name": person.get_username()}


def settle(event: AuditEvent, outcome: AuditEvent.Outcome, sentence: str, **detail: Any) -> AuditEvent:
    """Complete the event with what came of it; an event that is settled for good stays as it is."""
    now = timezone.now()
    final = outcome not in {AuditEvent.Outcome.PENDING, AuditEvent.Outcome.UNKNOWN}
    AuditEvent.objects.filter(pk=event.pk, settled_at=None).update(
        outcome=outcome,
        sentence=sentence,
        detail=event.detail | detail,
        settled_at=now if final else None,
    )
    event.refresh_from_db()
    return event


def asked_again(event: AuditEvent, *, by: User, request_id: str) -> bool:
    """Write down in an event that this person asked for the same again; False once it is settled."""
    with transaction.atomic():
        held = AuditEvent.objects.select_for_update().filter(pk=event.pk, settled_at=None).first()
        if held is None:
            return False
        again = {"at": timezone.now().isoformat(), "by": by.display_name, "request_id": request_id}
        held.detail["again"] = [*held.detail.get("again", []), again][-MOST_KEPT_AGAIN:]
        held.save(update_fields=["detail"])
    event.detail = held.detail
    return True


def claim_try(event: AuditEvent) -> bool:
    """Whether the caller, and nobody else ever, may try what the event intends; never once it is settled."""
    untried = AuditEvent.objects.filter(pk=event.pk, tried_at=None, settled_at=None)
    return bool(untried.update(tried_at=timezone.now()))


def open_for(broadcast_id: int) -> list[AuditEvent]:
    """What was asked of this broadcast and is not settled; newest first."""
    return list(AuditEvent.objects.filter(object_kind=BROADCAST, object_id=broadcast_id, settled_at=None))


def recent_for(broadcast_id: int, *, most: int = 6) -> list[AuditEvent]:
    """The newest events of this broadcast."""
    return list(AuditEvent.objects.filter(object_kind=BROADCAST, object_id=broadcast_id)[:most])


def count_for(broadcast_id: int) -> int:
    """How many events this broadcast has."""
    return AuditEvent.objects.filter(object_kind=BROADCAST, object_id=broadcast_id).count()


def by_token(token: uuid.UUID, *, action: str) -> AuditEvent | None:
    """The event of this action under this token."""
    return AuditEvent.objects.filter(token=token, action=action).first()


def of_group(group: uuid.UUID) -> list[AuditEvent]:
    """The events of one request about several broadcasts, in the order they were asked for."""
    return list(AuditEvent.objects.filter(group=group).order_by("id"))


def find(query: ActivityQuery) -> ActivityPage:
    """The page of events the query asks for; a page past the end gives the last one."""
    events = AuditEvent.objects.select_related("by")
    if query.text:
        wanted = Q(object_name__icontains=query.text) | Q(by_name__icontains=query.text)
        wanted |= Q(sentence__icontains=query.text) | Q(request_id=query.text)
        events = events.filter(wanted)
    if query.by is not None:
        events = events.filter(by_id=query.by)
    if query.action:
        events = events.filter(action=query.action)
    if query.outcome:
        events = events.filter(outcome=query.outcome)
    if query.broadcast_id is not None:
        events = events.filter(object_kind=BROADCAST, object_id=query.broadcast_id)
    if query.since is not None:
        events = events.filter(at__gte=_midnight(query.since))
    if query.until is not None:
        events = events.filter(at__lt=_midnight(query.until + timedelta(days=1)))
    paginator = Paginator(events, query.per_page)
    page = paginator.get_page(query.page)
    return ActivityPage(
        events=list(page.object_list),
        total=paginator.count,
        page=page.number,
        pages=paginator.num_pages,
        first=page.start_index(),
        last=page.end_index(),
        people=list(User.objects.order_by("username")),
        actions=list(AuditEvent.objects.order_by("action").values_list("action", flat=True).distinct()),
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
