"""The environment's typed readers, and the sentences with which they refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from dashboard import env


@pytest.fixture(autouse=True)
def _nothing_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests ask for is not part of the product's table."""
    monkeypatch.setattr(env, "VARIABLES", {})
    monkeypatch.delenv("X", raising=False)
    monkeypatch.delenv("X_FILE", raising=False)


class TestText:
    def test_it_is_the_value_without_blanks_around_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("X", "  two words \n")
        assert env.text("X", "other") == "two words"

    def test_an_empty_value_counts_as_unset(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("X", " ")
        assert env.text("X", "other") == "other"

    def test_what_was_asked_for_is_remembered_with_the_default_people_read(self) -> None:
        env.text("X", "/long/path", shown_default="var/")
        assert env.VARIABLES["X"] == env.Variable("X", "var/")


class TestSecret:
    def test_it_comes_from_the_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("X", "hidden")
        assert env.secret("X") == "hidden"

    def test_it_comes_from_the_file_that_is_named(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "secret").write_text("from a file\n", encoding="utf-8")
        monkeypatch.setenv("X_FILE", str(tmp_path / "secret"))
        assert env.secret("X") == "from a file"

    def test_it_is_empty_when_neither_is_set(self) -> None:
        assert env.secret("X") == ""

    def test_both_variables_are_remembered(self) -> None:
        env.secret("X")
        assert set(env.VARIABLES) == {"X", "X_FILE"}

    def test_a_file_that_cannot_be_read_is_named_in_the_refusal(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("X_FILE", str(tmp_path / "absent"))
        with pytest.raises(ImproperlyConfigured, match=r"X_FILE names .*absent, which cannot be read"):
            env.secret("X")

    def test_a_file_that_is_not_text_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "secret").write_bytes(b"\xff\xfe\x00")
        monkeypatch.setenv("X_FILE", str(tmp_path / "secret"))
        with pytest.raises(ImproperlyConfigured, match="UnicodeDecodeError"):
            env.secret("X")


class TestFlag:
    @pytest.mark.parametrize("word", ["1", "true", "YES", "On"])
    def test_these_words_switch_on(self, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
        monkeypatch.setenv("X", word)
        assert env.flag("X") is True

    @pytest.mark.parametrize("word", ["0", "false", "No", "off"])
    def test_these_words_switch_off(self, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
        monkeypatch.setenv("X", word)
        assert env.flag("X", default=True) is False

    def test_anything_else_is_refused_with_what_to_write(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("X", "perhaps")
        with pytest.raises(ImproperlyConfigured, match=r"^X is 'perhaps'\. Write on or off\.$"):
            env.flag("X")


class TestNumbers:
    def test_a_whole_number_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("X", "8080")
        assert env.whole("X", 1) == 8080

    def test_the_least_whole_number_is_still_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("X", "0")
        assert env.whole("X", 1, least=0) == 0

    def test_a_smaller_one_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("X", "0")
        with pytest.raises(ImproperlyConfigured, match=r"^X is 0\. Write 1 or more\.$"):
            env.whole("X", 4)

    def test_a_number_may_have_decimals(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("X", "0.5")
        assert env.number("X", 3) == 0.5

    @pytest.mark.parametrize("word", ["0", "-1", "nan"])
    def test_a_number_that_is_no_amount_of_time_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, word: str
    ) -> None:
        monkeypatch.setenv("X", word)
        with pytest.raises(ImproperlyConfigured, match="Write a number above 0"):
            env.number("X", 3)

    @given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1))
    def test_whatever_is_written_is_a_number_or_refused(self, word: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("X", word)
            assert _number_or_refusal(lambda: env.whole("X", 1))
            assert _number_or_refusal(lambda: env.number("X", 1))


def _number_or_refusal(read: Callable[[], float]) -> bool:
    try:
        return read() > 0
    except ImproperlyConfigured as refusal:
        return str(refusal).startswith("X is ")


class TestWords:
    def test_they_are_separated_by_commas_and_blanks_do_not_matter(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("X", "a.example.com, b.example.com,,")
        assert env.words("X", "") == ["a.example.com", "b.example.com"]


class TestFolder:
    def test_a_relative_one_counts_from_where_the_process_started(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("X", "data")
        assert env.folder("X", Path("/other"), shown_default="var/") == tmp_path.resolve() / "data"


class TestAddress:
    @pytest.mark.parametrize(
        "address",
        [
            "https://api.callfire.com/v2",
            "http://127.0.0.1:8900/v2",
            "http://localhost/v2",
            "http://[::1]:1/v2",
        ],
    )
    def test_https_is_taken_and_http_on_this_machine(
        self, monkeypatch: pytest.MonkeyPatch, address: str
    ) -> None:
        monkeypatch.setenv("X", address + "/")
        assert env.address("X", "") == address

    @pytest.mark.parametrize(
        "address", ["http://api.callfire.com/v2", "ftp://127.0.0.1/", "api.callfire.com", "https://"]
    )
    def test_credentials_never_go_over_a_plain_line(
        self, monkeypatch: pytest.MonkeyPatch, address: str
    ) -> None:
        monkeypatch.setenv("X", address)
        with pytest.raises(ImproperlyConfigured, match=r"starts with https://"):
            env.address("X", "")


class TestRedis:
    def test_its_address_is_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("X", "redis://:pw@redis.internal:6379/0")
        assert env.redis("X", shown_default="") == "redis://:pw@redis.internal:6379/0"

    def test_anything_else_is_refused_without_repeating_the_password(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("X", "http://:swordfish@redis.internal:6379/0")
        with pytest.raises(ImproperlyConfigured, match=r"^X names no Redis") as refusal:
            env.redis("X", shown_default="")
        assert "swordfish" not in str(refusal.value)


class TestLoopback:
    @pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
    def test_this_machine(self, host: str) -> None:
        assert env.is_loopback(host)

    @pytest.mark.parametrize(
        "host", ["0.0.0.0", "::", "10.0.0.1", "example.com", "", "127.0.0.1.evil.example"]
    )
    def test_anything_else(self, host: str) -> None:
        assert not env.is_loopback(host)
