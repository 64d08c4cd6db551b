"""Filtered call logs that people gave a name; each person has their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from campaigns.models import SavedView, User
from campaigns.services.call_log import CallQuery

MOST: Final = 30
LONGEST: Final = SavedView._meta.get_field("query").max_length or 0


class TooMany(Exception):  # noqa: N818 - the name is the fact
    """The person has as many saved views as fit beside a page; one has to go first."""


def of(person: User) -> list[SavedView]:
    """The views of the person, by name."""
    return list(SavedView.objects.filter(user=person))


def named(person: User, query: str) -> SavedView | None:
    """The view of the person that shows these filters."""
    return SavedView.objects.filter(user=person, query=query).first()


def kept(query: CallQuery) -> str:
    """What a view keeps: the filters, not the page; at most ``LONGEST`` characters fit."""
    return replace(query, until=None, offset=0).to_querystring()


def save(person: User, *, name: str, query: CallQuery) -> bool:
    """Keep the filters, not the page, under the name; returns whether a view of this name was replaced.

    Raises:
        TooMany: it would be one more than ``MOST``.
    """
    filters = kept(query)
    if SavedView.objects.filter(user=person, name=name).update(query=filters):
        return True
    if SavedView.objects.filter(user=person).count() >= MOST:
        raise TooMany
    _, is_new = SavedView.objects.update_or_create(user=person, name=name, defaults={"query": filters})
    return not is_new


def delete(person: User, view_id: int) -> SavedView | None:
    """Forget a view of this person; None when they have no such view."""
    view = SavedView.objects.filter(user=person, pk=view_id).first()
    if view is not None:
        SavedView.objects.filter(pk=view.pk).delete()
    return view
