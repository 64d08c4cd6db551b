"""Phone numbers as CallFire reads and shows them: eleven digits, United States and Canada."""

import re

_PUNCTUATION = re.compile(r"[\s().+-]")
_VALID = re.compile(r"1[2-9]\d{2}[2-9]\d{6}")
_PREMIUM = ("1900", "1976")

AREA_CODES = (
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228,
    229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302,
    303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330,
    331, 334, 336, 337, 339, 347, 351, 352, 360, 361, 385, 386, 401, 402, 404, 405, 406, 407, 408, 409,
    410, 412, 413, 414, 415, 417, 419, 423, 424, 425, 430, 432, 434, 435, 440, 443, 458, 469, 470, 475,
    478, 479, 480, 484, 501, 502, 503, 504, 505, 507, 508, 509, 510, 512, 513, 515, 516, 517, 518, 520,
    530, 531, 534, 540, 541, 551, 559, 561, 562, 563, 567, 570, 571, 573, 574, 575, 580, 585, 586, 601,
    602, 603, 605, 606, 607, 608, 609, 610, 612, 614, 615, 616, 617, 618, 619, 620, 623, 626, 630, 631,
    636, 641, 646, 650, 651, 657, 660, 661, 662, 678, 682, 701, 702, 703, 704, 706, 707, 708, 712, 713,
    714, 715, 716, 717, 718, 719, 720, 724, 727, 731, 732, 734, 737, 740, 747, 754, 757, 760, 762, 763,
)  # fmt: skip


def normalise(text: str) -> str:
    """Eleven digits where ten or a punctuated spelling were given; anything else is left as it is."""
    digits = _PUNCTUATION.sub("", text)
    if not digits.isascii() or not digits.isdigit():
        return text
    return f"1{digits}" if len(digits) == 10 else digits


def is_valid(number: str) -> bool:
    """Whether a normalised number can be dialled at all."""
    return _VALID.fullmatch(number) is not None


def is_restricted(number: str) -> bool:
    """Premium numbers are not called."""
    return number.startswith(_PREMIUM)


def fictitious(position: int) -> int:
    """The position-th number reserved for fiction: 1 + area code + 555 + 0100 to 0199."""
    area, line = divmod(position, 100)
    return 10_000_000_000 + AREA_CODES[area % len(AREA_CODES)] * 10_000_000 + 555_0100 + line
