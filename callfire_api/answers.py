"""What an HTTP answer of CallFire's means: the JSON object it holds, or the error it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from callfire_api.errors import (
    BadCredentials,
    BadRequest,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    ServerTrouble,
    UnreadableAnswer,
)
from callfire_api.retries import stated_wait
from callfire_api.wire import WireModel, parse_json, read

BY_STATUS: Mapping[int, type[Refused]] = {
    HTTPStatus.UNAUTHORIZED: BadCredentials,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.REQUEST_TIMEOUT: ServerTrouble,
    HTTPStatus.TOO_EARLY: ServerTrouble,
    HTTPStatus.TOO_MANY_REQUESTS: RateLimited,
}
# 400 per the SDK's docs; the OpenAPI has no 429.
MAY_MEAN_RATE_LIMIT = (HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE)
SAYS_RATE_LIMIT = re.compile(r"rate[\s_-]*limit|too many requests|throttl", re.IGNORECASE)
REDIRECT_MESSAGE = (
    "CallFire's address answers with a redirect, which is not followed. Check the configured address."
)
LONGEST_TEXT = 2000


def lost_answer(detail: str) -> OutcomeUnknown:
    """CallFire said yes to a write and then nothing that could be read: it has probably happened."""
    return OutcomeUnknown(UnreadableAnswer.default_message, may_have_applied=True, detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ErrorResponse(WireModel):
    """CallFire's error object. Its copy of the HTTP status is not read: the SDK's sample says 100."""

    internal_code: str | None = None
    message: str | None = None
    developer_message: str | None = None
    help_link: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether CallFire said yes: any 2xx, for the OpenAPI and the older swagger disagree on the code."""
        return 200 <= self.status < 300

    def json_object(self, *, is_read: bool) -> dict[str, object]:
        """The JSON object in a successful answer.

        Raises:
            UnreadableAnswer: there is none in the answer to a read.
            OutcomeUnknown: there is none in the answer to a write, which has probably happened.
        """
        value = self._json()
        if isinstance(value, dict):
            return value
        detail = f"HTTP {self.status} without a JSON object"
        if is_read:
            raise UnreadableAnswer(detail=detail)
        raise lost_answer(detail)

    def refusal(self, *, is_read: bool) -> Refused:
        """The error that an unsuccessful answer is."""
        said = read(_ErrorResponse, self._json())
        message, developer_message = said.message or "", said.developer_message or ""
        kind = self._kind(f"{message} {developer_message}".strip() or self._text())
        help_link = said.help_link or ""
        return kind(
            self._user_message(kind, message),
            status=self.status,
            code=said.internal_code,
            message=message[:LONGEST_TEXT],
            developer_message=developer_message[:LONGEST_TEXT],
            help_link=help_link if help_link.startswith(("https://", "http://")) else "",
            may_have_applied=not is_read and kind in (ServerTrouble, Refused),
            retry_after=stated_wait(self.headers),
        )

    def _kind(self, text: str) -> type[Refused]:
        if self.status in MAY_MEAN_RATE_LIMIT and SAYS_RATE_LIMIT.search(text):
            return RateLimited
        if self.status >= 500:
            return ServerTrouble
        return BY_STATUS.get(self.status, BadRequest if self.status >= 400 else Refused)

    def _user_message(self, kind: type[Refused], message: str) -> str:
        if kind is Refused:
            return REDIRECT_MESSAGE
        return message[:LONGEST_TEXT] if kind is BadRequest else ""

    def _json(self) -> object:
        try:
            return parse_json(self.body)
        except ValueError:
            return None

    def _text(self) -> str:
        return self.body[:LONGEST_TEXT].decode("utf-8", errors="replace")
