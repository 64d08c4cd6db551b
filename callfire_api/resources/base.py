"""What every resource stands on."""

from urllib.parse import quote

from callfire_api.transport import Transport
from callfire_api.wire import clean_text


class Resource:
    """A group of operations that share a transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport


def path_segment(text: str) -> str:
    """`text` as one segment of a path.

    Raises:
        ValueError: it is empty, or would climb up the path.
    """
    if text in ("", ".", ".."):
        raise ValueError(f"{text!r} cannot be part of a CallFire address.")
    return quote(clean_text(text), safe="")
