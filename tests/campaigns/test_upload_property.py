"""Whatever is in a file, and whatever goes wrong on its way: the books balance, and everybody accepted is at
CallFire exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from callfire_api.sandbox import Sandbox
from callfire_api.sandbox.phone import fictitious
from campaigns import tasks
from campaigns.models import Upload, User
from campaigns.permissions import Role
from campaigns.recipient_files import reading
from campaigns.recipient_files.checking import Mapping
from campaigns.services import books, checks, claims, handing_over, numbers, sending, upload_files
from campaigns.services.claims import Claim
from campaigns.states import ChunkState, UploadState
from tests.process.oracle import verdict

ROWS_IN_A_CHUNK: Final = 3
TICK_SECONDS: Final = 10
# An hour and a half: longer than every rest, look and lease together.
MOST_TICKS: Final = 540
# Five minutes: for so long what was sent late is watched. CallFire lists everything sooner than that.
WATCHED_TICKS: Final = 31

ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "cut before": {"drop": "before"},
    "cut after": {"drop": "after"},
    "500": {"status": 500},
    "503, applied": {"status": 503, "applied": True},
    "201, rubbish": {"status": 201, "body": "<html>"},
    "201, empty": {"status": 201, "body": ""},
    "429": {"status": 429, "headers": {"Retry-After": "0"}},
    "400, too fast": {"status": 400, "message": "Rate limit reached"},
    "400": {"status": 400, "message": "The broadcast is being edited."},
    "400, applied": {"status": 400, "message": "The broadcast is being edited.", "applied": True},
    "401": {"status": 401},
    "well": {},
}
# What happens around the requests. A frozen worker wakes up in the end and sends what it had claimed.
EVENTS: Final = (
    "nothing",
    "a worker dies",
    "a worker freezes",
    "a worker wakes",
    "CallFire is down",
    "a pause",
)

SPELLINGS: Final = ("{}", "+{}", "{}.0", "  {} ")
RUBBISH: Final = (
    "",
    " ",
    "n/a",
    "911",
    "72345",
    "1.32E+10",
    "+44 20 7946 0958",
    "12135",
    "'",
    "call me",
    "\xa0",
)

phone_texts = st.one_of(
    st.builds(
        lambda position, spelling: spelling.format(fictitious(position)),
        st.integers(min_value=0, max_value=11),
        st.sampled_from(SPELLINGS),
    ),
    st.sampled_from(RUBBISH),
)
files = st.fixed_dictionaries(
    {
        "phones": st.lists(phone_texts, min_size=1, max_size=24),
        "delimiter": st.sampled_from(",;\t|"),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
        "newline": st.sampled_from(["\n", "\r\n"]),
    }
)
scripts = st.fixed_dictionaries(
    {
        "answers": st.lists(st.sampled_from(sorted(ANSWERS)), max_size=10),
        "looks": st.lists(st.sampled_from(["cut before", "500", "201, empty", "429", "well"]), max_size=4),
        "events": st.lists(st.sampled_from(EVENTS), max_size=8),
        "listed_after": st.sampled_from([0, 45, 250]),
    }
)


@pytest.fixture
def sender(db: None, settings: Any) -> User:
    """Somebody who hands people over, in small chunks."""
    settings.UPLOAD_CHUNK_ROWS = ROWS_IN_A_CHUNK
    return User.objects.create_user("otto", role=Role.OPERATOR)


@pytest.mark.timeout(600)  # a failing example is made smaller for five minutes at most
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    file={"phones": ["12015550100"], "delimiter": ",", "encoding": "utf-8", "newline": "\n"},
    script={"answers": [], "looks": [], "events": ["a worker freezes"], "listed_after": 45},
)
@given(file=files, script=scripts)
def test_every_file_under_every_fault_keeps_its_books(
    sandbox: Sandbox, sender: User, file: dict[str, Any], script: dict[str, Any]
) -> None:
    Upload.objects.all().delete()
    sandbox.reset()
    with moving_time(sandbox) as run:
        upload = checked(sandbox, sender, file)
        expected = accepted_numbers(file["phones"])
        assert upload.accepted == len(expected)
        assert books.of(upload).balances
        if not expected:
            return
        run.play(upload, script)
        kept = books.of(upload)
        assert upload.state == UploadState.DONE
        assert kept.balances, kept
        assert kept.confirmed == kept.accepted == kept.batch_total
        assert verdict(sandbox.world, upload.broadcast_id, expected).is_exactly_once
        assert sandbox.violations == []


def accepted_numbers(phones: Sequence[str]) -> list[str]:
    """Whom the product's own rule for single numbers would call, each once."""
    found = (numbers.parse(text) for text in phones)
    return list(dict.fromkeys(number.digits for number in found if isinstance(number, numbers.Number)))


def checked(sandbox: Sandbox, sender: User, file: dict[str, Any]) -> Upload:
    """The file, uploaded and checked."""
    delimiter, newline = file["delimiter"], file["newline"]
    lines = [delimiter.join(("Phone", "Name"))]
    lines += [delimiter.join((phone, f"Zoë {row}")) for row, phone in enumerate(file["phones"])]
    upload = Upload.objects.create(
        broadcast_id=sandbox.world.add_broadcast(name="Outage", recipients=0).id,
        by=sender,
        name="members.csv",
        scrub_duplicates=False,  # CallFire must not hide what was sent twice
        columns=["Phone", "Name"],
        mapping=Mapping(phones=(0,), contact_id=None, attributes=((1, "name"),)).to_json(),
    )
    path = upload_files.original(upload)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(newline.join([*lines, ""]).encode(file["encoding"]))
    upload.reading = reading.detect(path, name=upload.name).to_json()
    upload.save()
    checks.run(upload.pk)
    upload.refresh_from_db()
    assert upload.state == UploadState.CHECKED, upload.problem
    return upload


class Run:
    """Lets time pass, ours and CallFire's, and everything happen that falls due in it."""

    def __init__(self, sandbox: Sandbox, moment: time_machine.Traveller) -> None:
        self._sandbox = sandbox
        self._moment = moment
        self._frozen: list[Claim] = []

    def play(self, upload: Upload, script: dict[str, Any]) -> None:
        """Hand the upload over while the script goes wrong, and see it through."""
        self._sandbox.switches.batch_visible_after_seconds = float(script["listed_after"])
        for method, names in (("POST", script["answers"]), ("GET", script["looks"])):
            for name in names:
                self._sandbox.fail_next(method, "/batches", **ANSWERS[name])
        handing_over.begin(upload=upload, by=upload.by)
        for event in script["events"]:
            self._happen(event, upload)
            self._tick(upload)
        self._sandbox.start_listening()
        self._sandbox.clear_faults()
        self._see_through(upload)
        while self._frozen:
            sending.send(self._frozen.pop())
        for _ in range(WATCHED_TICKS):
            self._tick(upload)

    def _happen(self, event: str, upload: Upload) -> None:
        if event == "a worker dies":
            claims.take()
        elif event == "a worker freezes" and (claim := claims.take()):
            self._frozen.append(claim)
        elif event == "a worker wakes" and self._frozen:
            sending.send(self._frozen.pop(0))
        elif event == "CallFire is down":
            self._sandbox.stop_listening()
        elif event == "a pause" and upload.state == UploadState.HANDING_OVER:
            handing_over.pause(upload=upload, by=upload.by)

    def _see_through(self, upload: Upload) -> None:
        for _ in range(MOST_TICKS):
            self._tick(upload)
            if upload.state == UploadState.PAUSED:
                handing_over.resume(upload=upload, by=upload.by)
            for chunk in upload.chunks.filter(state=ChunkState.REFUSED).select_related("upload"):
                handing_over.retry(chunk=chunk, by=upload.by)
            upload.refresh_from_db()
            if upload.state == UploadState.DONE:
                return

    def _tick(self, upload: Upload) -> None:
        tasks.look_after_uploads.delay()
        self._moment.shift(TICK_SECONDS)
        self._sandbox.clock.advance(TICK_SECONDS)
        upload.refresh_from_db()


@contextmanager
def moving_time(sandbox: Sandbox) -> Iterator[Run]:
    """Our clock stands still but for the ticks of the run."""
    with time_machine.travel(timezone.now(), tick=False) as moment:
        yield Run(sandbox, moment)
        sandbox.start_listening()
