"""The filters of the list of uploads, and which chunks of one are shown."""

from __future__ import annotations

from django import forms

from campaigns.services.chunk_listing import ChunkQuery
from campaigns.services.upload_listing import SHOWN, UploadQuery

PAGE_ERRORS = {"invalid": "The page is a number.", "min_value": "The first page is 1."}


class UploadFilterForm(forms.Form):
    """The query string of ``/uploads/``."""

    show = forms.ChoiceField(
        required=False,
        choices=[(name, name) for name in SHOWN],
        error_messages={"invalid_choice": "Show those that need somebody, are under way or have ended."},
    )
    broadcast = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        error_messages={"invalid": "A broadcast’s ID is a whole number."},
    )
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000, error_messages=PAGE_ERRORS)

    def to_query(self) -> UploadQuery:
        """The query; what is wrong or missing is left out, so that the page always shows something."""
        wanted = self.cleaned_data
        return UploadQuery(
            shown=wanted.get("show") or "",
            broadcast_id=wanted.get("broadcast"),
            page=wanted.get("page") or 1,
        )


class ChunkFilterForm(forms.Form):
    """The query string of ``/uploads/<id>/``."""

    chunks = forms.ChoiceField(
        required=False,
        choices=[("all", "all")],
        error_messages={"invalid_choice": "Show a few chunks, or all of them."},
    )
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000, error_messages=PAGE_ERRORS)

    def to_query(self) -> ChunkQuery:
        """The query; what is wrong or missing is left out, so that the page always shows something."""
        wanted = self.cleaned_data
        return ChunkQuery(everything=wanted.get("chunks") == "all", page=wanted.get("page") or 1)


class SendAgainForm(forms.Form):
    """Sending people again of whom it is not known whether CallFire has them."""

    agreed = forms.BooleanField(
        error_messages={"required": "Look on CallFire’s own site first, then tick this."}
    )
