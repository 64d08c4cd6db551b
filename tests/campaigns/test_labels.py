"""The words on screen: every table is total, every glyph exists, a new word of CallFire's breaks nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

import callfire_api
from callfire_api import (
    BatchStatus,
    BroadcastStatus,
    CallFireError,
    CallResult,
    CallState,
    NotSent,
    OutcomeUnknown,
    RecordingState,
    ServerTrouble,
)
from campaigns import labels
from campaigns.labels import Badge, Tone
from campaigns.models import AuditEvent, Export
from campaigns.recipient_files.reasons import Reason
from campaigns.states import ChunkState, UploadState

STATIC = Path(settings.BASE_DIR) / "static"
TONES: set[Tone] = {"neutral", "info", "good", "warn", "bad", "muted"}
ALL_BADGES: list[Badge] = [
    *labels.BROADCASTS.values(),
    *labels.BATCHES.values(),
    *labels.CALL_STATES.values(),
    *labels.RECORDINGS.values(),
    *labels.AUDIT_OUTCOMES.values(),
    *labels.REASONS.values(),
    *labels.UPLOADS.values(),
    *labels.CHUNKS.values(),
    labels.WITH_A_GAP,
    labels.NO_RECORDING,
    labels.SWITCHED_OFF,
    labels.broadcast_badge("PAUSED"),
]


class TestTotality:
    @pytest.mark.parametrize(
        ("table", "words"),
        [
            (labels.BROADCASTS, BroadcastStatus.known()),
            (labels.BATCHES, BatchStatus.known()),
            (labels.CALL_STATES, CallState.known()),
            (labels.RECORDINGS, RecordingState.known()),
            (labels.AUDIT_OUTCOMES, tuple(AuditEvent.Outcome)),
            (labels.UPLOADS, tuple(UploadState)),
            (labels.REASONS, tuple(Reason)),
            (labels.CHUNKS, tuple(ChunkState)),
        ],
    )
    def test_every_published_word_has_a_badge(self, table: Collection[str], words: tuple[str, ...]) -> None:
        assert set(words) == set(table)

    def test_every_published_call_result_has_an_outcome(self) -> None:
        assert set(CallResult.known()) <= set(labels.CALL_RESULTS)

    def test_every_call_result_belongs_to_a_segment_of_the_outcome_bar(self) -> None:
        keys = {outcome.key for outcome in labels.OUTCOMES}
        assert {outcome.key for outcome in labels.CALL_RESULTS.values()} <= keys

    def test_every_broadcast_status_is_behind_exactly_one_filter(self) -> None:
        grouped = [status for group in labels.STATUS_GROUPS for status in group.statuses]
        assert sorted(grouped) == sorted(BroadcastStatus.known())

    def test_every_error_of_the_client_is_told_in_its_own_words(self) -> None:
        leaves = [
            kind
            for kind in vars(callfire_api).values()
            if isinstance(kind, type) and issubclass(kind, CallFireError) and not kind.__subclasses__()
        ]
        assert set(leaves) == set(labels.PROBLEMS)
        assert len({problem.title for problem in labels.PROBLEMS.values()}) == len(labels.PROBLEMS)


class TestBadges:
    @pytest.mark.parametrize("badge", ALL_BADGES, ids=lambda badge: badge.label)
    def test_a_badge_has_a_drawing_a_tone_and_a_sentence(self, badge: Badge) -> None:
        drawings = re.findall(r'<symbol id="(\w+)"', (STATIC / "icons.svg").read_text())
        assert badge.glyph in drawings
        assert badge.tone in TONES
        assert badge.help.endswith(".")

    def test_glyphs_differ_inside_a_tone_where_the_words_differ(self) -> None:
        seen = {(badge.tone, badge.glyph) for badge in labels.CALL_STATES.values()}
        assert len(seen) == len(labels.CALL_STATES)

    def test_colours_of_tones_and_outcomes_exist(self) -> None:
        tokens = (STATIC / "css/tokens.css").read_text()
        assert all(f"--{tone}-fg:" in tokens for tone in TONES)
        assert all(f"--o-{outcome.key}:" in tokens for outcome in labels.OUTCOMES)

    @given(st.text(min_size=1).filter(lambda word: not BroadcastStatus(word).is_known))
    @pytest.mark.parametrize(
        "badge_of",
        [labels.broadcast_badge, labels.batch_badge, labels.call_state_badge, labels.recording_badge],
    )
    def test_a_word_nobody_published_is_shown_as_it_came(
        self, badge_of: Callable[[str], Badge], word: str
    ) -> None:
        badge = badge_of(f"NEW {word}")
        assert (badge.label, badge.tone, badge.glyph) == (f"Other (NEW {word})", "muted", "q")

    def test_no_word_at_all_is_unknown(self) -> None:
        assert labels.broadcast_badge(None).label == labels.broadcast_badge("").label == "Unknown"

    def test_a_call_without_a_recording_says_so(self) -> None:
        assert labels.recording_badge(None) is labels.NO_RECORDING

    def test_an_unpublished_result_counts_as_other(self) -> None:
        outcome = labels.call_result("SENT")
        assert (outcome.key, outcome.label) == ("other", "Other (SENT)")


class TestBatches:
    def test_a_batch_that_is_switched_off_says_so_instead_of_ready(self) -> None:
        assert labels.batch_badge("ACTIVE", enabled=False) is labels.SWITCHED_OFF

    def test_a_broken_batch_says_so_even_when_it_is_switched_off(self) -> None:
        assert labels.batch_badge("SOURCE_ERROR", enabled=False).label == "List unreadable"

    def test_not_knowing_whether_it_is_on_changes_nothing(self) -> None:
        assert labels.batch_badge("ACTIVE", enabled=None).label == "Ready to call"


class TestProblems:
    def test_a_write_that_may_have_been_applied_is_not_to_be_repeated(self) -> None:
        advice = labels.problem(OutcomeUnknown(may_have_applied=True)).advice
        assert "may have done it" in advice
        assert "Try again in a moment" not in advice

    def test_what_never_left_us_may_be_tried_again(self) -> None:
        assert "Nothing was sent" in labels.problem(NotSent()).advice
        assert "Nothing was sent" not in labels.problem(NotSent(), reading=True).advice

    def test_that_nothing_was_sent_is_said_once(self) -> None:
        assert labels.not_sent(NotSent()) == "CallFire could not be reached. Nothing was sent."
        assert labels.not_sent(OutcomeUnknown()) == "CallFire did not answer in time. Nothing was sent."

    def test_an_error_added_later_is_told_like_its_parent(self) -> None:
        class NewTrouble(ServerTrouble):
            """A kind the table does not name."""

        assert labels.problem(NewTrouble()).title == labels.PROBLEMS[ServerTrouble].title


class TestWhatWasGivenUp:
    @pytest.mark.parametrize(
        "badge",
        [
            labels.upload_badge(UploadState.CANCELLED),
            labels.chunk_badge(ChunkState.CANCELLED),
            labels.chunk_badge(ChunkState.LEFT_OUT),
            labels.export_badge(Export.State.CANCELLED),
        ],
        ids=lambda badge: badge.label,
    )
    def test_it_never_looks_like_a_success(self, badge: Badge) -> None:
        assert badge.tone != "good"
