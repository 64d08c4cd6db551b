"""No line on the console tells a phone number or a credential."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import logs


class TestMasking:
    @pytest.mark.parametrize(
        "number",
        [
            "12135550142",
            "+12135550142",
            "2135550142",
            "(213) 555-0142",
            "213-555-0142",
            "213.555.0142",
            "+1 213 555 0142",
            "+44 20 7946 0142",
        ],
    )
    def test_phone_numbers_lose_all_but_two_digits(self, number: str) -> None:
        masked = logs.mask(f"calling {number}, please wait")
        assert masked == "calling ***42, please wait"

    @given(st.from_regex(r"\+?[1-9][0-9]{9,14}", fullmatch=True), st.sampled_from(" \"'=/[,;"))
    def test_a_number_is_found_wherever_it_stands(self, number: str, before: str) -> None:
        assert number.lstrip("+") not in logs.mask(f"GET /x?toNumber{before}{number}&limit=1")

    @pytest.mark.parametrize(
        "text",
        [
            "12 broadcasts read in 340 ms",
            "2026-11-23 17:00:00 first try",
            "2026-11-23T17:00:00.123456+00:00",
            "from 192.168.100.200 port 65535",
            "broadcast 123456789",
        ],
    )
    def test_other_numbers_stay(self, text: str) -> None:
        assert logs.mask(text) == text

    def test_passwords_in_addresses_are_masked(self) -> None:
        assert logs.mask("no answer from redis://:pass@127.0.0.1:6379/0") == (
            "no answer from redis://***@127.0.0.1:6379/0"
        )

    @pytest.mark.parametrize("scheme", ["Basic", "bearer"])
    def test_authorization_headers_are_masked(self, scheme: str) -> None:
        assert "cHJhY3RpY2U6cGFzcw==" not in logs.mask(f"Authorization: {scheme} cHJhY3RpY2U6cGFzcw==")


class TestTheFormatter:
    def test_known_secrets_are_masked_also_inside_tracebacks(self) -> None:
        formatter = logs.MaskingFormatter(secrets=["swordfish", ""])
        try:
            raise ValueError("refused swordfish for 2135550142")
        except ValueError as error:
            record = logging.LogRecord(
                "campaigns",
                logging.ERROR,
                __file__,
                1,
                "no luck",
                (),
                (ValueError, error, error.__traceback__),
            )
        text = formatter.format(record)
        assert text.startswith("ERROR campaigns: no luck\nTraceback")
        assert "ValueError: refused *** for ***42" in text
        assert "swordfish" not in text.splitlines()[-1]

    def test_every_logger_that_writes_by_itself_writes_through_it(self) -> None:
        configured = logs.configuration(secrets=[])
        assert set(configured["handlers"]) == {"console"}
        assert configured["handlers"]["console"]["formatter"] == "masking"
        assert configured["loggers"]["_granian"]["handlers"] == ["console"]
        assert configured["loggers"]["django"] == {"handlers": [], "propagate": True}
