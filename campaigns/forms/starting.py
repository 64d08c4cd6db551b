"""The form behind Start calling: what was shown, that everybody agreed, and for many people their number."""

from __future__ import annotations

import re
import uuid
from typing import Any, Final

from django import forms

from campaigns.models import User
from campaigns.services import start_question
from campaigns.services.start_question import Question, Shown

_SEPARATORS: Final = re.compile(r"[\s,.'’_]")


class StartForm(forms.Form):
    """What somebody confirmed. The number they type is held against CallFire's once it is read."""

    token = forms.UUIDField()
    shown = forms.CharField(max_length=500_000)
    agreed = forms.BooleanField(
        label=start_question.AGREEMENT,
        error_messages={"required": "Tick this if it is so. People who did not agree may not be called."},
    )
    typed = forms.CharField(required=False, max_length=40, label="Number of people")

    def __init__(self, data: Any, *, reader: User, broadcast_id: int) -> None:
        super().__init__(data, auto_id="start_%s")
        self._reader = reader
        self._broadcast_id = broadcast_id
        self.was_shown: Shown | None = None

    def clean_shown(self) -> str:
        sealed: str = self.cleaned_data["shown"]
        self.was_shown = start_question.unseal(sealed, self._reader, broadcast_id=self._broadcast_id)
        return sealed

    def to_token(self) -> uuid.UUID:
        """The token of the page; a fresh one where the page brought none, or was damaged on its way."""
        is_good = self.is_bound and "token" not in self.errors
        return self.cleaned_data["token"] if is_good else uuid.uuid4()

    def hold_typed_against(self, now: Question) -> None:
        """Complain of a typed number that is not the one to type, naming the one that is asked for now.

        The one that was shown will do, even if it moved a little meanwhile; not where the page is shown
        again for something else: then it asks for the number of now.
        """
        shown = start_question.needs_typing(self.was_shown.people) if self.was_shown is not None else None
        if shown is None or "typed" in self.errors:
            return
        wanted = now.typed or shown
        digits = _SEPARATORS.sub("", self.cleaned_data["typed"])
        if digits.isdecimal() and int(digits) in ({wanted} if self.errors else {shown, wanted}):
            return
        self.add_error(
            "typed",
            f"This is not {wanted:,}, the number of people who would be called."
            if digits
            else f"Type {wanted}: so many people would be called.",
        )

    def changes(self, now: Question) -> list[str]:
        """Why what was shown cannot be relied on any more, as sentences; none before anything was sent."""
        if not self.is_bound:
            return []
        if self.was_shown is None or "token" in self.errors:
            return [
                "What this page showed you is too old, or was damaged on its way. These are the figures now."
            ]
        return self.was_shown.differences(now)
