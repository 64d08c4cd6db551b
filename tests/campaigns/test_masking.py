"""Whose number a reader sees whole."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callfire_api import Call
from campaigns.services import adding, pasted, people
from campaigns.services.masking import Numbers, own_number, person_number
from tests.campaigns import handing
from tests.campaigns.conftest import Seen
from tests.campaigns.reading import words
from tests.conftest import SignedIn

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

HIDDEN, WHOLE = Numbers.of(whole=False), Numbers.of(whole=True)


class TestNumbers:
    @pytest.mark.parametrize(
        ("number", "shown"),
        [
            ("12135550142", "(213)\N{NO-BREAK SPACE}555-••••"),
            ("2135550142", "(213)\N{NO-BREAK SPACE}555-••••"),
            ("442079460958", "442079••••••"),
            ("5550142", "555••••"),
            ("", "–"),
            (None, "–"),
        ],
    )
    def test_area_code_and_exchange_are_left(self, number: str | None, shown: str) -> None:
        assert HIDDEN.show(number) == shown

    def test_who_has_the_right_sees_it_whole(self) -> None:
        assert WHOLE.show("12135550142") == "(213)\N{NO-BREAK SPACE}555-0142"

    def test_the_role_decides(self, viewer: SignedIn, operator: SignedIn, admin: SignedIn) -> None:
        assert [Numbers(who.user).whole for who in (viewer, operator, admin)] == [False, True, True]
        assert not Numbers(None).whole


class TestTexts:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("Call 213-555-0142 back", "Call 213-555-•••• back"),
            ("or 1 (213) 555-0142.", "or 1 (213) 555-••••."),
            ("+12135550142", "+1213555••••"),
            ("213.555.0142", "213.555.••••"),
            ("213/555/0142", "213/555/••••"),
            ("213 – 555 – 0142", "213 – 555 – ••••"),
            ("2135550142 2135550143", "213555•••• ••••••••••"),
            ("Flat 12, floor 3", "Flat 12, floor 3"),
            ("2026-11-23 213-555-0142", "2026-11-23 213-555-••••"),
            ("2026-11-23213-555-0142", "2026-11-•••••-•••-••••"),
            ("", ""),
        ],
    )
    def test_numbers_in_them_are_masked(self, text: str, shown: str) -> None:
        assert HIDDEN.text(text) == shown
        assert WHOLE.text(text) == text

    @pytest.mark.parametrize(
        "day",
        ["2026-11-23", "Seen 11/23/2026.", "3.1.2027, 4.1.2027", "2026-11-23T09:00:30", "2026-11-23 09:00"],
    )
    def test_a_day_in_them_is_no_number(self, day: str) -> None:
        assert HIDDEN.text(day) == day

    @given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["", " ", "-", ".", " - ", "/"]))
    def test_no_text_around_a_number_shows_it(self, before: str, after: str, between: str) -> None:
        number = between.join(("213", "555", "0142"))
        shown = HIDDEN.text(f"{before}{number}{after}")
        assert number not in shown
        assert len(shown) == len(f"{before}{number}{after}")


class TestWhoIsThePerson:
    def test_whom_we_called(self) -> None:
        call = Call(from_number="12135550111", to_number="12135550142", inbound=False)
        assert (person_number(call), own_number(call)) == ("12135550142", "12135550111")

    def test_who_called_us(self) -> None:
        call = Call(from_number="12135550142", to_number="12135550111", inbound=True)
        assert (person_number(call), own_number(call)) == ("12135550142", "12135550111")


class TestPages:
    """Every page a viewer may open that tells of people."""

    def test_people_added_by_hand(
        self, viewer: SignedIn, operator: SignedIn, sandbox: Sandbox, seen: Seen
    ) -> None:
        snapshot = seen(recipients=0)
        event = adding.add(
            pasted.read("2135550190").people,
            to=people.standing(snapshot.pk),
            strict=True,
            by=operator.user,
            token=uuid.uuid4(),
            request_id="a-test",
        ).event
        address = f"/broadcasts/{snapshot.pk}/recipients/{event.token}/"
        assert "(213) 555-0190" in words(operator.get(address))
        assert "(213) 555-•••• Waiting" in words(viewer.get(address))

    @pytest.mark.parametrize(
        "address", ["/calls/", "/calls/?to=2135550190", "/broadcasts/{}/calls/", "/broadcasts/{}/"]
    )
    def test_calls(self, viewer: SignedIn, seen: Seen, address: str) -> None:
        snapshot = seen(recipients=[{"phoneNumber": "12135550190"}], fromNumber="12135550111")
        told = words(viewer.get(address.format(snapshot.pk)))
        assert not re.search(r"555\D?0190", told)

    def test_caller_ids_are_nobody_s(self, viewer: SignedIn, seen: Seen) -> None:
        snapshot = seen(fromNumber="12135550111")
        assert "(213) 555-0111" in words(viewer.get(f"/broadcasts/{snapshot.pk}/"))

    def test_an_upload(self, viewer: SignedIn, sandbox: Sandbox) -> None:
        upload = handing.begun(sandbox, people=3)
        handing.send_everything()
        told = words(viewer.get(f"/uploads/{upload.pk}/"))
        assert not [number for number in handing.numbers(3) if number[-7:-4] + "-" + number[-4:] in told]

    @pytest.mark.parametrize("page", ["mapping/", "confirm/", "rejects.csv"])
    def test_the_rows_of_a_file_are_not_for_viewers(
        self, viewer: SignedIn, sandbox: Sandbox, page: str
    ) -> None:
        assert viewer.get(f"/uploads/{handing.checked(sandbox).pk}/{page}").status_code == 403
