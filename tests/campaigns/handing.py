"""Uploads on their way: checked ones as a check leaves them, and what the practice CallFire has of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from callfire_api.sandbox.phone import fictitious
from campaigns.models import Chunk, Upload, User
from campaigns.permissions import Role
from campaigns.services import handing_over, reconciling, upload_files
from campaigns.states import ChunkState, UploadState

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox


def otto() -> User:
    """An operator."""
    person, _ = User.objects.get_or_create(
        username="otto", email="otto@example.invalid", role=Role.OPERATOR, first_name="Otto"
    )
    return person


def checked(sandbox: Sandbox, *, people: int = 30, first: int = 0, **more: Any) -> Upload:
    """A checked upload of so many people to a stopped broadcast of its own."""
    if "broadcast_id" not in more:
        more["broadcast_id"] = sandbox.world.add_broadcast(name="Outage", recipients=0).id
    upload = Upload.objects.create(
        **{
            "broadcast_name": "Outage",
            "by": otto(),
            "name": "members.csv",
            "state": UploadState.CHECKED,
            "check_number": 1,
            "rows": people,
            "accepted": people,
            "scrub_duplicates": False,
        }
        | more
    )
    path = upload_files.accepted(upload)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines(numbers(people, first=first))), encoding="ascii")
    return upload


def lines(people: Iterable[str]) -> Iterable[str]:
    """The file of accepted people."""
    for row, number in enumerate(people, start=2):
        yield f"{row}\t{json.dumps({'phoneNumber': number, 'attributes': {'row': str(row)}})}\n"


def numbers(people: int, *, first: int = 0) -> list[str]:
    """So many different numbers reserved for fiction."""
    return [str(fictitious(first + position)) for position in range(people)]


def begun(sandbox: Sandbox, **more: Any) -> Upload:
    """An upload whose hand-over somebody has confirmed; nothing of it is sent yet."""
    upload = checked(sandbox, **more)
    handing_over.begin(upload=upload, by=upload.by)
    return upload


def send_everything() -> int:
    """Send until there is nothing to send now; how many chunks were sent."""
    sent = 0
    while handing_over.send_next():
        sent += 1
    return sent


def wait(upload: Upload, **time: float) -> None:
    """Let time pass for everything that rests, is leased, or was seen."""
    ago = timedelta(**time or {"hours": 1})
    for chunk in upload.chunks.all():
        for name in ("not_before", "lease_until", "settled_at", "sent_at"):
            moment = getattr(chunk, name)
            setattr(chunk, name, moment and moment - ago)
        chunk.save()
    upload.refresh_from_db()
    upload.looked_at = upload.looked_at and upload.looked_at - ago
    upload.save()


def look(upload: Upload, *, times: int = 1) -> Upload:
    """Hold the upload against CallFire so many times, each when it is due."""
    for _ in range(times):
        wait(upload)
        reconciling.look(upload.pk)
    upload.refresh_from_db()
    return upload


def chunk(upload: Upload, number: int = 1) -> Chunk:
    """One chunk as it is now."""
    return upload.chunks.select_related("upload").get(number=number)


def states(upload: Upload) -> list[str]:
    """The states of the chunks, in their order."""
    return [ChunkState(state).value for state in upload.chunks.values_list("state", flat=True)]


def called(sandbox: Sandbox, upload: Upload) -> Counter[str]:
    """Whom the enabled batches of the broadcast call, and how many times each."""
    with sandbox.world.moment():
        roster = sandbox.world.broadcast(upload.broadcast_id).roster
        enabled = {batch.position for batch in roster.batches if batch.enabled}
        people = roster.people
        found = Counter(
            str(people.number(person)) for person in range(len(people)) if people.batches[person] in enabled
        )
        for batch in roster.pending_batches():
            if batch.enabled:
                found.update(str(newcomer["phoneNumber"]) for newcomer in batch.newcomers)
    return found


def once(upload: Upload, *, first: int = 0) -> Counter[str]:
    """Everybody of the upload, each once."""
    return Counter(numbers(upload.accepted, first=first))
