"""Telling a person that an upload of theirs has ended: once, by e-mail."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.core.mail import send_mail
from django.utils import timezone

from campaigns.models import Upload, User
from campaigns.services import audit, books
from campaigns.states import UploadState

logger = logging.getLogger(__name__)


def tell(upload: Upload) -> None:
    """Tell those who brought and confirmed the upload that it is done; nobody is told twice."""
    untold = Upload.objects.filter(pk=upload.pk, state=UploadState.DONE, told_at=None)
    if not untold.update(told_at=timezone.now()):
        return
    summary = in_words(upload)
    audit.note(
        action="end of upload",
        by=None,
        sentence=summary,
        object_kind=audit.BROADCAST,
        object_id=upload.broadcast_id,
        object_name=upload.broadcast_name,
        detail={"upload": upload.pk},
    )
    people = User.objects.filter(pk__in=[upload.by_id, upload.confirmed_by_id], is_active=True)
    addresses = sorted({person.email for person in people if person.email})
    if addresses:
        _send(f"Upload {upload.pk} has ended: {' '.join(upload.name.split())}", f"{summary}\n", addresses)


def in_words(upload: Upload) -> str:
    """What became of the people in it, as one or two sentences without any number of theirs."""
    figures = books.of(upload)
    name = f"“{upload.name}” for broadcast “{upload.broadcast_name or upload.broadcast_id}” has ended:"
    if figures.is_list:
        sentences = [f"{name} CallFire has {figures.batch_total or 0:,} people of the list."]
    else:
        sentences = [f"{name} CallFire has {figures.confirmed:,} of {upload.accepted:,} people."]
        missing = upload.accepted - figures.confirmed
        if missing:
            sentences.append(f"{missing:,} were not handed over.")
    if figures.faulty:
        sentences.append(f"{figures.faulty:,} are in batches in which CallFire found errors.")
    if not figures.balances:
        sentences.append("The books do not balance: look at the upload.")
    return " ".join(sentences)


def _send(subject: str, text: str, addresses: list[str]) -> None:
    for address in addresses:
        try:
            send_mail(subject, text, None, [address])
        except (OSError, SMTPException) as error:
            logger.warning("An e-mail was not sent: %s", error.__class__.__name__)
