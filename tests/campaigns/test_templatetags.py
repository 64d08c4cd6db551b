"""What templates write: figures, numbers, moments on the reader's clock, badges, bars and fields."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django import forms
from django.template import Context, Template
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from campaigns.labels import broadcast_badge
from campaigns.services.outcomes import Share
from campaigns.templatetags import campaigns as tags

NOON = datetime(2026, 11, 23, 20, 0, 0, tzinfo=UTC)  # 12:00 in Los Angeles


def render(template: str, **context: object) -> str:
    return Template(template).render(Context(context))


class TestFigures:
    @pytest.mark.parametrize(
        ("number", "shown"),
        [(48210, "48,210"), (0, "0"), (None, "–"), (212.4, "212"), (10**9, "1,000,000,000")],
    )
    def test_a_count_has_thousands_and_unknown_is_a_dash(self, number: float | None, shown: str) -> None:
        assert tags.count(number) == shown

    @pytest.mark.parametrize(
        ("share", "shown"),
        [
            (None, "–"),
            (0, "0%"),
            (0.6485, "64.8%"),
            (1, "100%"),
            (0.00001, "0.1%"),
            (0.99999, "99.9%"),
        ],
    )
    def test_a_share_never_claims_nothing_or_everything_too_early(
        self, share: float | None, shown: str
    ) -> None:
        assert tags.percent(share) == shown

    @pytest.mark.parametrize(
        ("amount", "shown"), [(Decimal("9412.35"), "9,412.35"), (Decimal(0), "0.00"), (None, "–")]
    )
    def test_credits_have_two_decimals(self, amount: Decimal | None, shown: str) -> None:
        assert tags.credits(amount) == shown

    @pytest.mark.parametrize(
        ("seconds", "shown"),
        [(900, "15 minutes"), (60, "1 minute"), (61, "2 minutes"), (7200, "120 minutes")],
    )
    def test_a_span_is_rounded_up_to_minutes(self, seconds: int, shown: str) -> None:
        assert tags.minutes(timedelta(seconds=seconds)) == shown


class TestPhoneNumbers:
    @pytest.mark.parametrize("number", ["2135550111", "12135550111", "+12135550111"])
    def test_north_american_numbers_read_alike(self, number: str) -> None:
        assert tags.phone(number) == "(213)\N{NO-BREAK SPACE}555-0111"

    @pytest.mark.parametrize(
        "number", ["67076", "+442079460000", "anonymous", "(213) 555-0111", "²135550111"]
    )
    def test_other_forms_stay_as_they_came(self, number: str) -> None:
        assert tags.phone(number) == number

    def test_no_number_is_a_dash(self) -> None:
        assert tags.phone("") == tags.phone(None) == "–"

    @given(st.text(min_size=1))
    def test_no_text_loses_a_digit(self, number: str) -> None:
        digits = [char for char in number if char.isdigit()]
        shown = [char for char in tags.phone(number) if char.isdigit()]
        assert shown in (digits, digits[1:])


@pytest.fixture
def in_los_angeles() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False), timezone.override("America/Los_Angeles"):
        yield


@pytest.mark.usefixtures("in_los_angeles")
class TestMoments:
    def test_today_shows_the_clock(self) -> None:
        shown = tags.moment(NOON - timedelta(minutes=3))
        assert shown == '<time datetime="2026-11-23T19:57:00+00:00">11:57:00</time>'

    def test_another_day_shows_the_day(self) -> None:
        assert ">Nov 21, 19:46</time>" in tags.moment(datetime(2026, 11, 22, 3, 46, tzinfo=UTC))

    def test_exact_moments_of_another_day_show_their_second(self) -> None:
        at = datetime(2026, 11, 22, 3, 46, 7, tzinfo=UTC)
        assert ">Nov 21, 19:46:07</time>" in tags.moment(at, exact=True)

    def test_another_year_shows_the_year(self) -> None:
        assert ">Nov 21, 2025, 12:00</time>" in tags.moment(datetime(2025, 11, 21, 20, 0, tzinfo=UTC))

    def test_today_ends_at_the_readers_midnight(self) -> None:
        before_midnight_in_utc_only = datetime(2026, 11, 23, 7, 59, tzinfo=UTC)
        assert ">Nov 22, 23:59</time>" in tags.moment(before_midnight_in_utc_only)

    def test_a_clock_and_a_day_are_the_readers(self) -> None:
        assert (tags.clock(NOON), tags.day(NOON)) == ("12:00:00", "Monday, November 23")

    def test_unknown_moments_are_dashes(self) -> None:
        assert (tags.moment(None), tags.clock(None), tags.day(None)) == ("–", "–", "–")


class TestDrawings:
    def test_a_badge_has_glyph_word_and_tone(self) -> None:
        shown = render("{% badge b %}", b=broadcast_badge("RUNNING"))
        assert 'class="badge badge--live" data-tone="good"' in shown
        assert "icons.svg#dot" in shown
        assert "Running</span>" in shown

    def test_a_plain_badge(self) -> None:
        assert 'class="badge badge--plain"' in render('{% badge b "plain" %}', b=broadcast_badge("FINISHED"))

    def test_a_word_from_callfire_cannot_become_markup(self) -> None:
        shown = render("{% badge b %}", b=broadcast_badge("<script>"))
        assert "<script>" not in shown
        assert "Other (&lt;script&gt;)" in shown

    def test_an_icon_takes_kinds(self) -> None:
        shown = render('{% icon "stop" "solid s" %}')
        drawing = '<use href="/static/icons.svg#stop"/>'
        assert shown == f'<svg class="icon icon--solid icon--s" aria-hidden="true">{drawing}</svg>'

    def test_the_outcome_bar_says_in_words_what_it_shows(self) -> None:
        shares = [Share("live", 0.0, 23.664), Share("am", 23.664, 10.0)]
        shown = render('{% strip shares "34% done" "thin stale" %}', shares=shares)
        assert '<svg class="strip strip--thin strip--stale" role="img" aria-label="34% done">' in shown
        assert '<rect data-o="live" x="0.00%" width="23.66%" height="100%"/>' in shown
        assert '<rect data-o="am" x="23.66%" width="10.00%" height="100%"/>' in shown


class TestFresh:
    def test_it_shows_an_age_that_a_script_can_count_on(self) -> None:
        shown = render('{% include "components/fresh.html" %}', as_of=NOON, age="", reason="")
        assert 'data-as-of="2026-11-23T20:00:00+00:00"' in shown
        assert "data-age" not in shown
        assert "as of <time" in shown

    def test_old_figures_say_why(self) -> None:
        shown = render('{% include "components/fresh.html" %}', as_of=NOON, age="lost", reason="no answer")
        assert 'data-age="lost"' in shown
        assert ", no answer" in shown

    def test_final_figures_do_not_age(self) -> None:
        shown = render('{% include "components/fresh.html" %}', as_of=NOON, age="final", reason="")
        assert "final, <time" in shown
        assert "data-ago" not in shown

    def test_figures_that_were_never_read_say_so(self) -> None:
        assert "not read yet" in render('{% include "components/fresh.html" %}', as_of=None, age="late")


class NameForm(forms.Form):
    name = forms.CharField(
        help_text="Shown to operators.", widget=forms.TextInput(attrs={"class": "input--m"})
    )
    loud = forms.BooleanField(required=False)
    voice = forms.ChoiceField(choices=[("f", "Female 1"), ("m", "Male 1")], widget=forms.RadioSelect)


class TestFields:
    def test_a_field_has_a_label_a_hint_and_its_class(self) -> None:
        shown = str(NameForm()["name"].as_field_group())
        assert '<label class="field__label" for="id_name">Name</label>' in shown
        assert 'class="input input--m"' in shown
        assert 'aria-describedby="id_name_helptext"' in shown
        assert 'id="id_name_helptext">Shown to operators.' in shown

    def test_an_error_is_tied_to_its_field(self) -> None:
        shown = str(NameForm({"name": ""})["name"].as_field_group())
        assert 'aria-invalid="true"' in shown
        assert 'aria-describedby="id_name_helptext id_name_error"' in shown
        assert 'id="id_name_error"' in shown
        assert "This field is required." in shown

    def test_a_tick_box_stands_before_its_label(self) -> None:
        shown = str(NameForm()["loud"].as_field_group())
        assert shown.index('type="checkbox"') < shown.index("Loud")
        assert 'class="input' not in shown

    def test_a_choice_is_a_named_group(self) -> None:
        shown = str(NameForm()["voice"].as_field_group())
        assert 'role="group"' in shown
        assert 'aria-labelledby="id_voice_label"' in shown
        assert shown.count('type="radio"') == 2

    def test_the_summary_leads_to_every_field_that_needs_fixing(self) -> None:
        form = NameForm({"name": ""})
        shown = render('{% include "components/errors.html" %}', form=form)
        assert 'role="alert"' in shown
        assert '<a href="#id_name">Name</a>: This field is required.' in shown

    def test_a_form_without_errors_has_no_summary(self) -> None:
        shown = render('{% include "components/errors.html" %}', form=NameForm({"name": "a", "voice": "f"}))
        assert shown.strip() == ""
