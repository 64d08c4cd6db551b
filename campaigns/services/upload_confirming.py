"""The step from a check to the hand-over: what has to be agreed to, and saying yes to just what was shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import transaction

from callfire_api import BroadcastStatus, CallFireError
from campaigns.models import Upload, User
from campaigns.recipient_files.mapping import Mapping
from campaigns.services import audit, handing_over, on_again, overlaps, people, start_question, uploads
from campaigns.services.handing_over import NotPossible
from campaigns.services.people import Standing
from campaigns.states import UploadState

AGREE: Final = "agree to calls at once"


@dataclass(frozen=True, slots=True)
class Question:
    """A broadcast as CallFire says now, and what somebody has to agree to before these people go to it.

    ``people`` says how many they are. ``typed`` is the number that has to be typed; None for so few that a
    tick will do, and where nobody is called before somebody starts the broadcast.
    """

    to: Standing
    people: str
    is_calling_at_once: bool
    typed: int | None


def ask(upload: Upload) -> Question:
    """What handing these people over would do now.

    Raises:
        NotFound: CallFire does not know the broadcast.
    """
    to = people.standing(upload.broadcast_id)
    # Nobody has shown whether CallFire goes on by itself when people are added to a finished broadcast.
    at_once = to.is_calling or to.snapshot.status == BroadcastStatus.FINISHED
    return Question(
        to, _people(upload), at_once, start_question.needs_typing(upload.accepted) if at_once else None
    )


def confirm(
    upload: Upload,
    *,
    check_number: int,
    scrub_duplicates: bool,
    strict_validation: bool,
    question: Question,
    by: User,
    request_id: str,
) -> bool:
    """Begin to hand over what this check accepted; pressed twice it begins once.

    ``question`` is what was answered with yes; where people are called at once, that is written down.
    CallFire is not asked to scrub duplicates when some of these people are on hold in batches that are off.

    False when others were handed to the same broadcast since the check, some of them were given up, or what
    was off is on again: nobody is handed over now, and the check is to be run again, so that nobody is called
    twice or lost.

    Raises:
        NotPossible: something else was checked meanwhile, or it cannot be handed over.
    """
    _look_what_is_off(upload)
    with transaction.atomic():
        _one_at_a_time(upload.broadcast_id)
        upload.refresh_from_db()
        if upload.confirmed_at is not None:
            return True
        if upload.state != UploadState.CHECKED or upload.check_number != check_number:
            raise NotPossible("Another check was begun meanwhile.")
        if overlaps.is_outdated(upload):
            mapping = Mapping.from_json(upload.mapping)
            uploads.map_again(upload, mapping, by=by, request_id=request_id)
            return False
        # CallFire would take people whom it has on hold already for duplicates, and nobody would call them.
        upload.scrub_duplicates = scrub_duplicates and not upload.findings.get("on_hold")
        upload.strict_validation = strict_validation
        upload.save(update_fields=["scrub_duplicates", "strict_validation"])
        if question.is_calling_at_once:
            _note_agreement(upload, question, by=by, request_id=request_id)
        handing_over.begin(upload=upload, by=by)
    return True


def _look_what_is_off(upload: Upload) -> None:
    """Whether people who are to be handed over once more still wait in batches that are off."""
    if upload.confirmed_at is not None or not upload.findings.get("on_hold"):
        return
    try:
        on_again.look(upload.broadcast_id)
    except CallFireError as error:
        raise NotPossible(
            f"CallFire did not say whether its batches that were off still are. {error.user_message}"
        ) from error


def _note_agreement(upload: Upload, question: Question, *, by: User, request_id: str) -> None:
    audit.note(
        action=AGREE,
        by=by,
        request_id=request_id,
        object_kind=audit.BROADCAST,
        object_id=upload.broadcast_id,
        object_name=upload.broadcast_name,
        sentence=f"{question.people.capitalize()} of “{upload.name}”. {start_question.AGREEMENT}",
        detail={"upload": upload.pk, "people": upload.accepted, "said_when": question.to.when},
    )


def _one_at_a_time(broadcast_id: int) -> None:
    """Whoever confirms another upload to the same broadcast waits until this one is through."""
    waiting = Upload.objects.filter(broadcast_id=broadcast_id, state=UploadState.CHECKED)
    list(waiting.select_for_update().order_by("pk").values_list("pk"))


def _people(upload: Upload) -> str:
    if not upload.accepted:
        return "this list"
    return "1 person" if upload.accepted == 1 else f"{upload.accepted:,} people"
