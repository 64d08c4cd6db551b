"""Phone numbers as people write them, read into the eleven digits CallFire takes, or into what is wrong.

CallFire calls the US and Canada only, and whoever is dialled by mistake is a real person: what cannot be
read for certain is a problem, never a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import phonenumbers

from campaigns.recipient_files.reasons import Reason

ENTER: Final = "Enter a 10-digit number, like (213) 555-0190."
_ONLY_HERE: Final = "CallFire calls the US and Canada only."

_NANP: Final = 1
# The US with its territories, and Canada; the other countries that share +1 are abroad.
_CALLED_REGIONS: Final = frozenset({"US", "CA", "AS", "GU", "MP", "PR", "VI"})
_EXTENSION: Final = re.compile(r"(?:ext(?:ension)?|x|#)[\s.:]*\d+$", re.IGNORECASE)
_SCIENTIFIC: Final = re.compile(r"(\d)(?:[.,](\d*))?e\+?(\d{1,2})", re.IGNORECASE | re.ASCII)
_QUANTITY: Final = re.compile(r"(\d{7,})[.,](\d+)", re.ASCII)
_QUOTED: Final = re.compile(r'="(.*)"', re.DOTALL)
_STRANGE: Final = re.compile(r"[^\d\s().+/·•\-‐-―−（）．＋／－]")
_WORDS: Final = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True, slots=True)
class Number:
    """A number that can be called: eleven digits, the first a 1; ``note`` says what was repaired."""

    digits: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text is not a number that can be called, and how to repair it, in whole sentences."""

    sentence: str
    reason: Reason = Reason.INVALID


def parse(text: str) -> Number | Problem:
    """Read one phone number in any usual spelling; no text makes this raise.

    The area code has to be one in use, as the metadata of ``phonenumbers`` has it. Of the rest the structure
    of the North American plan decides: an exchange neither begins with 0 or 1 nor ends with 11. Which
    exchanges are open is not asked: that changes faster than any library learns of it.
    """
    text = _without_wrapping(text)
    if not text:
        return Problem(f"There is no number here. {ENTER}", Reason.EMPTY)
    if quantity := _QUANTITY.fullmatch(text):
        return _quantity(text, quantity[1], quantity[2])
    if scientific := _SCIENTIFIC.fullmatch(text):
        return _scientific(text, scientific[1], scientific[2] or "", int(scientific[3]))
    if any(letter.isalpha() for letter in text) or "#" in text:
        return _lettered(text)
    if strange := _STRANGE.search(text):
        return Problem(f"“{strange.group()}” does not belong in a phone number. {ENTER}")
    return _national(text)


def plain(texts: Sequence[str]) -> list[int]:
    """The numbers of those texts that are spelled in a plain way, 0 for each that ``parse`` must look at.

    Never another number than ``parse`` would read; twenty times as fast.
    """
    joined = "\n".join(texts).encode("ascii", "replace").translate(None, _PUNCTUATION)
    found = _PLAIN.findall(joined)
    if len(found) != len(texts):  # somebody's text has a line break in it
        return [0] * len(texts)
    if b"." in joined:
        found = b"\n".join(found).replace(b".", b"").split(b"\n")
    return [_ELEVEN_DIGITS + int(number) if number else 0 for number in found]


def _without_wrapping(text: str) -> str:
    """Without blanks around it, invisible marks, and what spreadsheets mark text with: ' or =\"…\"."""
    if not text.isascii():
        text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    visible = text.strip()
    if quoted := _QUOTED.fullmatch(visible):
        visible = quoted[1].strip()
    return visible.removeprefix("'").removeprefix("’").strip()


def _quantity(text: str, whole: str, fraction: str) -> Number | Problem:
    if fraction.strip("0"):
        return Problem(f"A spreadsheet took it for a quantity: {text}. {ENTER}", Reason.DAMAGED)
    return _repaired(text, whole)


def _scientific(text: str, first: str, fraction: str, exponent: int) -> Number | Problem:
    if len(fraction) != exponent:
        return Problem(
            f"A spreadsheet cut the digits: {text} is all that is left. Format the column as text there, "
            "and copy it again.",
            Reason.DAMAGED,
        )
    return _repaired(text, first + fraction)


def _repaired(text: str, digits: str) -> Number | Problem:
    """The number that a spreadsheet turned into a quantity without losing a digit of it."""
    read = _national(digits)
    return replace(read, note=f"A spreadsheet had made it {text}.") if isinstance(read, Number) else read


def _lettered(text: str) -> Problem:
    if _EXTENSION.search(text):
        return Problem("It has an extension, which CallFire cannot dial. Enter a direct number.")
    if any(letter.isdecimal() for letter in text):
        return Problem(f"It has letters in it. {ENTER}")
    return Problem(f"There is no number in it. {ENTER}")


def _national(text: str) -> Number | Problem:
    digits = phonenumbers.normalize_digits_only(text)
    abroad = _dialled_abroad(text, digits)
    if abroad is not None:
        country = _country_code(abroad)
        if country != _NANP:
            code = f"It has the country code +{country}." if country else "No country has this code."
            return Problem(f"{code} {_ONLY_HERE}", Reason.ABROAD)
        digits = abroad
    if 3 <= len(digits) <= 6:
        return Problem(f"Short codes and emergency numbers cannot be called. {ENTER}", Reason.SHORT_CODE)
    national = digits.removeprefix("1")
    if not national:
        return Problem(f"There is no number here. {ENTER}", Reason.EMPTY)
    if len(national) != 10:
        return Problem(_wrong_length(len(national)))
    return _broken_rule(national) or Number(f"1{national}")


def _dialled_abroad(text: str, digits: str) -> str | None:
    """The digits from the country code on, when the number is written as one dials it abroad."""
    if text.startswith(("+", "＋")):
        return digits
    for prefix in ("011", "00"):
        if digits.startswith(prefix) and len(digits) > 11:
            return digits.removeprefix(prefix)
    return None


def _country_code(digits: str) -> int | None:
    try:
        return phonenumbers.parse(f"+{digits}").country_code
    except phonenumbers.NumberParseException:
        return None


def _wrong_length(length: int) -> str:
    if length == 7:
        return f"The area code is missing. {ENTER}"
    if length < 10:
        return f"{ENTER} {_WORDS[10 - length]} digit{' is' if length == 9 else 's are'} missing."
    if length < 18:
        return f"{ENTER} {_WORDS[length - 10]} digit{' is' if length == 11 else 's are'} too many."
    return f"These are too many digits for one number. Put each number on a line of its own. {ENTER}"


def _broken_rule(national: str) -> Problem | None:
    """Which rule of the North American plan the ten digits break."""
    area, exchange = national[:3], national[3:6]
    if area[0] in "01":
        return Problem(f"An area code does not begin with {area[0]}, as {area} does.", Reason.AREA_CODE)
    if area.endswith("11"):
        return Problem(f"{area} is a service number, not an area code.", Reason.AREA_CODE)
    if exchange[0] in "01":
        return Problem(f"The digits after the area code do not begin with {exchange[0]}, as {exchange} does.")
    if exchange.endswith("11"):
        return Problem(f"The digits after the area code are not a service number, as {exchange} is.")
    if re.match(_ABROAD, national):
        return Problem(f"Area code {area} is outside the US and Canada. {_ONLY_HERE}", Reason.ABROAD)
    if not re.match(_IN_USE, national):
        return Problem(f"Area code {area} is not in use. Correct it.", Reason.AREA_CODE)
    return None


def _beginnings(regions: Iterable[str]) -> str:
    """A pattern of how numbers begin in those of these regions that share the +1 with others."""
    known = (phonenumbers.PhoneMetadata.metadata_for_region(region) for region in sorted(regions))
    return "|".join(f"(?:{entry.leading_digits})" for entry in known if entry and entry.leading_digits)


def _area_codes() -> str:
    """A pattern of the area codes in use in the US and Canada, toll-free ones included."""
    # By some exchange at least: a few area codes are open to some exchanges only.
    codes = [code for code in range(200, 1000) if any(_is_in_use(f"{code}{n}345678") for n in "2479")]
    return "|".join([*map(str, codes), _beginnings(_CALLED_REGIONS)])


def _is_in_use(national: str) -> bool:
    return phonenumbers.is_valid_number(
        phonenumbers.PhoneNumber(country_code=_NANP, national_number=int(national))
    )


_ABROAD: Final = _beginnings(set(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[_NANP]) - _CALLED_REGIONS)
_IN_USE: Final = _area_codes()

# One answer a line, the ten digits after the 1 or nothing, so that answers and lines stay side by side.
_ELEVEN_DIGITS: Final = 10_000_000_000
# A point after seven digits is that of a quantity, so points are told apart before they are removed.
_PUNCTUATION: Final = b" ()-"
_PLAIN: Final = re.compile(
    rf"^(?:(?!1\d{{6}}\.)(?:\+?1\.?)?((?!{_ABROAD})(?:{_IN_USE})\.?[2-9](?!11)\d\d\.?\d{{4}})$|.*$)".encode(),
    re.MULTILINE,
)
