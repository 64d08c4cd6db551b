"""Who was brought to a broadcast before: with its making, by hand, or by an upload.

A number that is there twice is called twice, because CallFire does not promise to notice. Of people who were
not in a file we keep the digests of ``handed_over``, by which one is known again and cannot be read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from campaigns.models import AuditEvent, Upload
from campaigns.services import audit, drafts, handed_over, people
from campaigns.services.handed_over import NotKept
from campaigns.services.people import Earlier
from campaigns.states import UploadState

Outcome = AuditEvent.Outcome


def by_hand(broadcast_id: int) -> list[AuditEvent]:
    """The events by which people were or may have been brought without a file; the oldest first."""
    sent = AuditEvent.objects.filter(
        object_kind=audit.BROADCAST, object_id=broadcast_id, action__in=(people.ADD, drafts.CREATE)
    )
    sent = sent.exclude(outcome__in=(Outcome.REFUSED, Outcome.FAILED))
    return [event for event in sent.order_by("id") if event.detail.get("digests")]


def find(broadcast_id: int, numbers: Iterable[str]) -> dict[str, Earlier]:
    """Those of these numbers that were or may have been brought before, by hand or else by an upload."""
    plain = {int(number): number for number in numbers}
    digested = dict(zip(handed_over.digests(plain), plain.values(), strict=True))
    found = _by_uploads(broadcast_id, plain, digested) if plain else {}
    for event in by_hand(broadcast_id):
        told = Earlier(event.at, event.by_name, is_sure=event.outcome == Outcome.DONE)
        found |= {digested[each]: told for each in event.detail["digests"] if each in digested}
    return found


def _by_uploads(
    broadcast_id: int, plain: Mapping[int, str], digested: Mapping[int, str]
) -> dict[str, Earlier]:
    found: dict[str, Earlier] = {}
    uploads = Upload.objects.filter(broadcast_id=broadcast_id, confirmed_at__isnull=False)
    for upload in uploads.exclude(source=Upload.Source.CONTACT_LIST).order_by("confirmed_at"):
        try:
            kept = handed_over.of(upload)
        except NotKept:
            continue
        ours = digested if kept.is_digested else plain
        told = Earlier(
            upload.confirmed_at or upload.at,
            upload.confirmed_by.display_name if upload.confirmed_by else "",
            is_sure=upload.state == UploadState.DONE,
        )
        found |= {ours[each]: told for each in ours.keys() & {*kept.people, *kept.maybe_called}}
    return found
