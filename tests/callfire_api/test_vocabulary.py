"""CallFire's words, published and not."""

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callfire_api import BroadcastStatus, CallResult, OpenEnum


class TestPublishedWords:
    def test_a_word_is_its_member_and_its_text(self) -> None:
        assert BroadcastStatus("RUNNING") is BroadcastStatus.RUNNING
        assert BroadcastStatus.RUNNING == "RUNNING"
        assert BroadcastStatus.RUNNING.is_known
        assert {"RUNNING": 1}[BroadcastStatus.RUNNING] == 1

    def test_all_of_them_can_be_listed(self) -> None:
        assert len(BroadcastStatus.known()) == 14
        assert len(CallResult.known()) == 15

    @pytest.mark.parametrize("words", OpenEnum.__subclasses__())
    def test_every_member_is_named_as_it_is_spelled(self, words: type[OpenEnum]) -> None:
        assert words.known()
        assert all(word.name == word.value for word in words.known())


class TestUnknownWords:
    @given(st.text(min_size=1))
    def test_any_text_is_a_word(self, text: str) -> None:
        word = BroadcastStatus(text)
        assert word == text == str(word)
        assert hash(word) == hash(text)
        assert word.is_known == (text in [known.value for known in BroadcastStatus.known()])
        assert word == BroadcastStatus(text)

    def test_they_do_not_join_the_published_ones(self) -> None:
        BroadcastStatus("PAUSED")
        assert "PAUSED" not in BroadcastStatus.known()

    def test_they_can_be_stored_and_sent(self) -> None:
        word = BroadcastStatus("PAUSED")
        assert pickle.loads(pickle.dumps(word)) == word
        assert json.dumps(word) == '"PAUSED"'

    def test_something_that_is_no_text_is_no_word(self) -> None:
        number: Any = 7
        with pytest.raises(ValueError, match="7"):
            BroadcastStatus(number)
