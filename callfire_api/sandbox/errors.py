"""How the sandbox says no, in CallFire's words and shape."""

from typing import Any

from .switches import Switches

_TITLES = {
    400: "The request was refused.",
    401: "The API credentials are missing or wrong.",
    403: "These API credentials may not do that.",
    404: "No such object.",
    429: "Too many requests, please slow down.",
    500: "Something went wrong on our side.",
    502: "Bad gateway.",
    503: "The service is unavailable, please try again later.",
    504: "The gateway waited too long.",
}


class RefusalError(Exception):
    """Ends a request with an ErrorResponse."""

    def __init__(self, status: int, message: str | None = None, *, detail: str = "") -> None:
        super().__init__(message or title(status))
        self.status = status
        self.message = message or title(status)
        self.detail = detail


class ViolationError(RefusalError):
    """A 400 because the request broke the documented shape; the sandbox keeps a list of these."""

    def __init__(self, detail: str) -> None:
        super().__init__(400, f"Invalid request: {detail}", detail=detail)


def title(status: int) -> str:
    """The sentence used when an error brings none of its own."""
    return _TITLES.get(status, f"The request ended with status {status}.")


def error_body(status: int, message: str, detail: str, switches: Switches) -> dict[str, Any]:
    """An ErrorResponse; its optional parts come and go with the switches."""
    if switches.minimal_errors:
        return {"message": message}
    return {
        "httpStatusCode": status,
        "internalCode": status if switches.int_internal_code else str(status),
        "message": message,
        "developerMessage": detail or message,
        "helpLink": "https://developers.callfire.com/results-responses-errors.html",
    }
