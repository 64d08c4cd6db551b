"""Audio on our disk: fetched once, whole, bounded; and which part of it a Range header names."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from callfire_api import AudioStream, NotFound, OutcomeUnknown, UnreadableAnswer
from campaigns.gateway import get_callfire
from campaigns.services import audio, fetching
from campaigns.views.audio import MOST_AT_ONCE, span_of
from tests.callfire_api.wire_server import Reply, WireServer

if TYPE_CHECKING:
    from collections.abc import Iterator

MP3 = b"ID3" + bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """A disk of the test's own."""
    settings.DATA_DIR = tmp_path
    return tmp_path / "audio"


@pytest.fixture
def wire(settings: Settings) -> Iterator[WireServer]:
    """A CallFire that sends what the test tells it to."""
    with WireServer() as server:
        settings.CALLFIRE_BASE_URL = server.url
        server.reply(Reply(body=MP3))
        yield server


def opened(key: str = "sound-7") -> AbstractContextManager[audio.Audio]:
    """The audio under this key, from the CallFire of the test; tried once."""
    callfire = get_callfire().with_options(read_attempts=1, audio_timeout=2)
    return audio.opened(key, lambda: callfire.sounds.open_mp3(7))


def whole(key: str = "sound-7") -> bytes:
    """All of it."""
    with opened(key) as found:
        return found.read(range(found.size))


def kept(folder: Path) -> set[str]:
    """The files in the folder that are audio, and what is left of unfinished ones."""
    return {path.name for path in folder.iterdir() if path.is_file()}


class TestFetching:
    def test_it_is_fetched_once_and_read_from_disk_afterwards(self, wire: WireServer) -> None:
        assert whole() == MP3
        assert whole() == MP3
        assert len(wire.requests) == 1

    def test_everybody_who_wants_it_at_the_same_moment_waits_for_one_fetch(self, wire: WireServer) -> None:
        together = threading.Barrier(8)

        def want(_: int) -> bytes:
            together.wait()
            return whole()

        with ThreadPoolExecutor(8) as people:
            assert set(people.map(want, range(8))) == {MP3}
        assert len(wire.requests) == 1

    def test_different_audio_does_not_wait_for_each_other(self, wire: WireServer) -> None:
        with audio.alone("sound-1"):
            assert whole("sound-2") == MP3

    def test_what_it_is_shows_in_its_bytes(self, wire: WireServer) -> None:
        wire.reply(Reply(body=b"RIFF" + MP3, headers={"Content-Type": "audio/mpeg"}))
        with opened() as found:
            assert found.content_type == "audio/wav"

    def test_what_the_label_alone_calls_audio_is_played_as_mp3(self, wire: WireServer) -> None:
        wire.reply(Reply(body=b"\x00\x01" * 50, headers={"Content-Type": "audio/x-strange"}))
        with opened() as found:
            assert found.content_type == "audio/mpeg"

    def test_its_name_stays_while_its_content_does(self, wire: WireServer) -> None:
        tags = set()
        for _ in range(2):
            with opened() as found:
                tags.add(found.etag)
        with opened("sound-8") as other:
            tags.add(other.etag)
        assert len(tags) == 2

    def test_other_audio_of_the_same_size_has_another_name(self, wire: WireServer, folder: Path) -> None:
        with opened() as found:
            before = found.etag
        (folder / "sound-7").unlink()
        wire.reply(Reply(body=MP3[:-1] + b"!"))
        with opened() as found:
            assert found.size == len(MP3)
            assert found.etag != before


class TestTrouble:
    @pytest.mark.parametrize(
        ("reply", "error"),
        [
            (Reply(status=404, body=b"{}"), NotFound),
            (Reply(body=b'{"message": "not ready"}'), UnreadableAnswer),
            (Reply(before="hang up"), OutcomeUnknown),
            (Reply(body=MP3, announce=len(MP3) + 10, then="hang up"), OutcomeUnknown),
        ],
        ids=["not there", "no audio", "no answer", "cut off"],
    )
    def test_nothing_is_kept_and_the_next_one_gets_it_whole(
        self, wire: WireServer, folder: Path, reply: Reply, error: type[Exception]
    ) -> None:
        wire.reply(reply)
        with pytest.raises(error):
            whole("sound-7")
        assert kept(folder) == set()
        wire.reply(Reply(body=MP3))
        assert whole("sound-8") == MP3

    def test_those_who_waited_hear_at_once_that_it_failed(self, wire: WireServer) -> None:
        wire.reply(Reply(before="hang up"))
        together = threading.Barrier(6)

        def want(_: int) -> str:
            together.wait()
            with pytest.raises(OutcomeUnknown) as told:
                whole()
            return str(told.value.user_message)

        with ThreadPoolExecutor(6) as people:
            assert len(set(people.map(want, range(6)))) == 1
        assert len(wire.requests) == 1

    def test_audio_that_is_too_large_is_given_up(self, wire: WireServer, folder: Path) -> None:
        wire.reply(Reply(body=b"ID3" + bytes(fetching.MOST_BYTES)))
        with pytest.raises(UnreadableAnswer, match="larger than"):
            whole()
        assert kept(folder) == set()

    def test_audio_that_trickles_is_given_up(self, folder: Path) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:

            def chunks() -> Iterator[bytes]:
                for _ in range(100):
                    yield MP3
                    clock.shift(fetching.MOST_TIME / 10)

            def fetch() -> AudioStream:
                return AudioStream(chunks(), lambda: None, declared_type="audio/mpeg", length=None)

            with pytest.raises(OutcomeUnknown, match="too slowly"), audio.opened("sound-7", fetch):
                pass
        assert kept(folder) == set()


class TestRoom:
    @pytest.fixture(autouse=True)
    def _a_megabyte(self, settings: Settings, wire: WireServer) -> None:
        settings.AUDIO_CACHE_MAX_MB = 1
        wire.reply(Reply(body=b"ID3" + bytes(400_000)))

    def test_what_nobody_played_for_longest_leaves(self, folder: Path) -> None:
        whole("sound-1")
        whole("sound-2")
        whole("sound-1")
        whole("sound-3")
        assert kept(folder) == {"sound-1", "sound-3"}

    def test_who_is_listening_to_it_hears_it_to_the_end(self, folder: Path) -> None:
        with opened("sound-1") as listening:
            whole("sound-2")
            whole("sound-3")
            whole("sound-4")
            assert kept(folder) == {"sound-3", "sound-4"}
            assert len(listening.read(range(listening.size))) == 400_003

    def test_what_a_crash_left_behind_is_removed_but_not_what_is_being_fetched(self, folder: Path) -> None:
        whole("sound-1")
        (folder / ".part-old").write_bytes(b"ID3")
        (folder / ".part-new").write_bytes(b"ID3")
        os.utime(folder / ".part-old", (0, 0))
        whole("sound-2")
        assert kept(folder) == {"sound-1", "sound-2", ".part-new"}

    def test_others_on_this_machine_may_not_look(self, folder: Path) -> None:
        whole("sound-1")
        assert folder.stat().st_mode & 0o077 == 0
        assert (folder / "sound-1").stat().st_mode & 0o077 == 0


class TestRanges:
    @pytest.mark.parametrize(
        ("header", "span"),
        [
            ("bytes=0-1", range(2)),
            ("bytes=10-19", range(10, 20)),
            ("bytes=990-", range(990, 1000)),
            ("bytes=990-5000", range(990, 1000)),
            ("bytes=-10", range(990, 1000)),
            ("bytes=-5000", range(1000)),
            ("Bytes = 5 - 6", range(5, 7)),
            ("bytes=0-99999999999999999999999999", range(1000)),
            ("bytes=0000000000000000000000000001-2", range(1, 3)),
        ],
    )
    def test_it_names_a_part(self, header: str, span: range) -> None:
        assert span_of(header, 1000) == span

    @pytest.mark.parametrize(
        "header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0", "bytes=9" + "9" * 5000 + "-"]
    )
    def test_it_names_nothing_that_exists(self, header: str) -> None:
        span = span_of(header, 1000)
        assert span is not None
        assert not span

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-4",
            "bytes=0-1,4-5",
            "items=0-1",
            "bytes=١-٢",
        ],
    )
    def test_it_is_ignored(self, header: str) -> None:
        assert span_of(header, 1000) is None

    def test_an_open_end_gets_a_first_helping(self) -> None:
        assert span_of("bytes=0-", 10_000_000) == range(MOST_AT_ONCE)
        assert span_of("bytes=-9000000", 10_000_000) == range(1_000_000, 1_000_000 + MOST_AT_ONCE)

    @given(
        st.one_of(st.text(), st.from_regex(r"bytes=[0-9]{0,25}-[0-9]{0,25}", fullmatch=True)),
        st.integers(1, 10**9),
    )
    def test_whatever_is_asked_for_the_part_lies_in_the_file_and_is_small(
        self, header: str, size: int
    ) -> None:
        span = span_of(header, size)
        assert span is None or (0 <= span.start <= span.stop <= size and len(span) <= MOST_AT_ONCE)

    @given(st.integers(1, 10**7), st.data())
    def test_a_part_of_the_file_is_what_was_asked_for(self, size: int, data: st.DataObject) -> None:
        first = data.draw(st.integers(0, size - 1))
        last = data.draw(st.integers(first, size - 1))
        span = span_of(f"bytes={first}-{last}", size)
        assert span is not None
        assert span.start == first
        assert len(span) == min(last - first + 1, MOST_AT_ONCE)
