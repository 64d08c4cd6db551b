"""Fields that say in our own words what is wrong, and see no change where nobody made one."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms

# What no phone reads aloud and XML cannot carry; new lines and tabs may stay.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ANOTHER: Final = "“%(value)s” is not one of the choices. Choose again."


def shown_text(text: str) -> str:
    """The text without what no screen shows and no phone says, every line ended alike."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


class Uncut(forms.CharField):
    """A text judged as a whole: a limit told to the browser would cut what is pasted without a word."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without the limit, which the server holds it to."""
        attrs: dict[str, Any] = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs


class Text(Uncut):
    """A text as it was typed, without control characters.

    A browser ends lines in its own way and blanks at the ends are not kept: neither is a change.
    """

    default_error_messages = {
        "required": "Fill this in.",
        "max_length": "Use at most %(limit_value)d characters; these are %(show_value)d.",
    }

    def to_python(self, value: Any) -> str:
        """The text, "" where there is none."""
        return super().to_python(shown_text(super().to_python(value) or "")) or ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether somebody typed something else."""
        return not self.disabled and self.to_python(initial) != self.to_python(data)


class Number(forms.IntegerField):
    """A whole number within bounds."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(min_value=least, max_value=most, **kwargs)
        sentence = f"Enter a whole number from {least:,} to {most:,}."
        self.error_messages |= dict.fromkeys(("required", "invalid", "min_value", "max_value"), sentence)


class Choice(forms.ChoiceField):
    """One of several."""

    default_error_messages = {"required": "Choose one of these.", "invalid_choice": _ANOTHER}


class Choices(forms.MultipleChoiceField):
    """Some of several, or none, as tick boxes."""

    widget = forms.CheckboxSelectMultiple
    default_error_messages = {
        "required": "Choose at least one of these.",
        "invalid_choice": _ANOTHER,
        "invalid_list": "Choose some of these.",
    }


class Clock(forms.TimeField):
    """A time of the day, to the minute."""

    default_error_messages = {"invalid": "Enter a time like 09:30.", "required": "Enter a time like 09:30."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **kwargs)


class Day(forms.DateField):
    """A day of the calendar."""

    default_error_messages = {
        "invalid": "Enter a day of the calendar, like 2030-01-31.",
        "required": "Enter a day of the calendar, like 2030-01-31.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}), **kwargs)
