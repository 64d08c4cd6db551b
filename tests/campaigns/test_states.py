"""campaigns/states.py against its drawing in ARCHITECTURE.md, and campaigns/services/moves.py against both"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from campaigns.models import Chunk, Upload
from campaigns.services.moves import move_chunk, move_upload
from campaigns.states import CHUNK_TRANSITIONS, UPLOAD_TRANSITIONS, ChunkState, UploadState
from tests.campaigns.handing import begun, chunk

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

ARCHITECTURE = Path(__file__).parents[2] / "ARCHITECTURE.md"
LINE = re.compile(r" (\w+)(?: +──> (\w+(?: · \w+)*))?(?: {2,}.*)?")


def drawings() -> list[dict[str, set[str]]]:
    """The drawings under the heading, each as what every state may become."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    section = text.split("\n## What becomes of an upload\n", 1)[1].split("\n## ", 1)[0]
    found = []
    for block in re.findall(r"^```\n(.*?)^```$", section, re.M | re.S):
        lines = [LINE.fullmatch(line) for line in block.splitlines()]
        assert all(lines), block
        found.append({line[1]: set(line[2].split(" · ") if line[2] else ()) for line in lines if line})
    return found


def as_text(transitions: object) -> dict[str, set[str]]:
    assert isinstance(transitions, dict)
    return {str(state): {str(each) for each in following} for state, following in transitions.items()}


class TestTheDrawing:
    def test_it_shows_what_the_tables_allow_and_nothing_else(self) -> None:
        uploads, chunks = drawings()
        assert uploads == as_text(UPLOAD_TRANSITIONS)
        assert chunks == as_text(CHUNK_TRANSITIONS)

    def test_every_state_is_in_it(self) -> None:
        uploads, chunks = drawings()
        assert set(uploads) == set(UploadState.values)
        assert set(chunks) == set(ChunkState.values)


@pytest.mark.django_db
class TestMoves:
    def test_no_chunk_is_moved_where_the_table_does_not_lead(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        for state in ChunkState:
            for to in set(ChunkState) - CHUNK_TRANSITIONS[state]:
                Chunk.objects.update(state=state)
                with pytest.raises(ValueError, match="never goes"):
                    move_chunk(chunk(upload), to)

    def test_no_upload_is_moved_where_the_table_does_not_lead(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        for state in UploadState:
            for to in set(UploadState) - UPLOAD_TRANSITIONS[state]:
                with pytest.raises(ValueError, match="never goes"):
                    move_upload(upload, was=state, to=to)

    def test_of_two_who_hold_the_same_chunk_one_moves_it(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        first, second = chunk(upload), chunk(upload)
        assert move_chunk(first, ChunkState.SENDING)
        assert not move_chunk(second, ChunkState.SENDING)
        assert (first.state, first.fence) == (ChunkState.SENDING, 1)
        assert (second.state, second.fence) == (ChunkState.WAITING, 0)

    def test_whoever_held_it_earlier_does_not_get_it_back_in_the_same_state(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        early, late = chunk(upload), chunk(upload)
        move_chunk(late, ChunkState.SENDING)
        move_chunk(late, ChunkState.WAITING)
        assert not move_chunk(early, ChunkState.SENDING)

    def test_an_upload_that_is_elsewhere_by_now_is_not_moved(self, sandbox: Sandbox) -> None:
        upload = begun(sandbox)
        Upload.objects.update(state=UploadState.CANCELLED)
        assert not move_upload(upload, was=UploadState.HANDING_OVER, to=UploadState.PAUSED)
        assert Upload.objects.get().state == UploadState.CANCELLED
