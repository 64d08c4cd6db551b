"""What the shell around every page shows. Nothing is read until a template asks, so fragments pay nothing."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from campaigns import labels
from campaigns.models import SavedView, User
from campaigns.permissions import Permission, may
from campaigns.services import health, saved_views, snapshots, upload_listing, upload_news
from campaigns.services.health import Credits, HealthReport, Trouble
from campaigns.services.upload_news import News

_GLYPHS: Final = {"good": "ok", "warn": "warn", "bad": "error"}


class Shell:
    """The figures and words around a page."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def is_practice(self) -> bool:
        """Whether this Callboard speaks to the practice CallFire, which calls nobody."""
        return bool(settings.PRACTICE_MODE)

    @property
    def practice_code(self) -> str:
        """The digits that nobody hears in practice, when a number of one's own is called."""
        return str(settings.PRACTICE_CODE)

    @cached_property
    def running(self) -> int:
        """How many broadcasts were running when last seen."""
        return snapshots.running_count()

    @cached_property
    def uploads_waiting(self) -> int:
        """How many uploads go on only when somebody decides."""
        return upload_listing.needing_count()

    @cached_property
    def news(self) -> News:
        """What the reader is told of their uploads that ended; told once."""
        reader = self._request.user
        if not isinstance(reader, User):
            return News(ended=(), every=None)
        return upload_news.for_reader(reader, self._request.session)

    @cached_property
    def saved_views(self) -> list[SavedView]:
        """The reader's own views of the call log."""
        reader = self._request.user
        return saved_views.of(reader) if isinstance(reader, User) else []

    @cached_property
    def health(self) -> HealthReport:
        """How everything is doing."""
        return health.report()

    @property
    def health_glyph(self) -> str:
        """The drawing for the state of health."""
        return _GLYPHS[self.health.state]

    @cached_property
    def trouble(self) -> Trouble | None:
        """What is wrong between us and CallFire, None while it answers."""
        return health.trouble()

    @cached_property
    def credits(self) -> Credits | None:
        """What is left to spend, None when never read."""
        return health.credits()

    @property
    def may_manage(self) -> bool:
        """Whether the reader is an admin."""
        return may(getattr(self._request, "user", None), Permission.MANAGE)

    @property
    def may_test_call(self) -> bool:
        """Whether the reader may have test calls made."""
        return may(getattr(self._request, "user", None), Permission.TEST_CALL)

    @property
    def zone(self) -> str:
        """The reader's time zone in words, like Pacific (PST)."""
        return labels.zone_name(timezone.get_current_timezone_name())

    @property
    def themes(self) -> tuple[tuple[str, str], ...]:
        """The themes to choose from, each with its word."""
        return (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))

    @property
    def theme(self) -> str:
        """system, light or dark."""
        return getattr(self._request, "theme", "system")

    @property
    def now(self) -> str:
        """The server's clock, so that a browser whose clock is wrong still shows true ages."""
        return timezone.now().isoformat()


def shell(request: HttpRequest) -> dict[str, Shell]:
    """``shell`` in every template that is rendered with a request."""
    return {"shell": Shell(request)}
