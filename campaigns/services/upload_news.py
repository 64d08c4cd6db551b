"""What a person is told, wherever they are, of the uploads they brought or handed over: once each session."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from campaigns.models import Upload, User
from campaigns.services import upload_listing
from campaigns.services.upload_listing import Row
from campaigns.states import UploadState

EVERY_SECONDS: Final = 10
_TOLD_UNTIL: Final = "uploads_told_until"
_WILL_END: Final = (UploadState.HANDING_OVER, UploadState.FOLLOWING)


@dataclass(frozen=True, slots=True)
class News:
    """Uploads that ended since this session was last told.

    ``every`` is how many seconds later to ask again, None when no other is on its way.
    """

    ended: Sequence[Row]
    every: int | None


def for_reader(user: User, session: MutableMapping[str, Any]) -> News:
    """The news for this person, which counts as told from now on."""
    until = session.get(_TOLD_UNTIL)
    since = datetime.fromisoformat(until) if until else user.last_login or timezone.now()
    is_news = Q(state=UploadState.DONE, ended_at__gt=since)
    theirs = Upload.objects.filter(Q(by=user) | Q(confirmed_by=user))
    found = list(theirs.filter(is_news | Q(state__in=_WILL_END)).order_by("ended_at"))
    ended = [upload for upload in found if upload.state == UploadState.DONE]
    moments = [upload.ended_at for upload in ended if upload.ended_at is not None]
    if moments:
        session[_TOLD_UNTIL] = max(moments).isoformat()
    every = EVERY_SECONDS if len(found) > len(ended) else None
    return News(upload_listing.rows_of(ended), every)
