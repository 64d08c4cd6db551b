# ruff: noqa: N818 - the names are the facts a caller acts on; "Error" after each would add nothing
"""What can go wrong, as one small tree.

CallFireError                user_message, may_have_applied, safe_to_repeat, retry_after, detail
├── NotSent                  no connection, or our own pace was full; CallFire has seen nothing
├── OutcomeUnknown           the request left us and no usable answer came; a write must be looked up first
├── UnreadableAnswer         CallFire said yes to a read and sent something that is not an answer
└── Refused                  CallFire answered no: status, code, message, developer_message, help_link
    ├── BadRequest     4xx   a value or a transition CallFire does not accept
    ├── BadCredentials 401   the login or password is wrong
    ├── Forbidden      403   the key is valid but lacks the permission
    ├── NotFound       404   no such object, or not ours
    ├── RateLimited    429   also a 400 or 503 that says so; nothing was applied
    └── ServerTrouble  5xx   also gateways; a write may have been applied

An error never carries credentials, and neither its text nor its `detail` carries a URL, for those hold
phone numbers.
"""

from typing import ClassVar


class CallFireError(Exception):
    """Anything that kept CallFire from answering as hoped.

    Attributes:
        user_message: a sentence for the person at the screen. For a 400 it is CallFire's own: escape it.
        may_have_applied: whether CallFire may have carried out the write. Always False for reads.
        retry_after: seconds CallFire asked us to wait, already capped, or None when it did not say.
        detail: a few technical words for the log.
    """

    default_message: ClassVar[str] = "CallFire could not be used."
    is_transient: ClassVar[bool] = False
    """Whether the same request may well succeed a little later."""

    def __init__(
        self,
        user_message: str = "",
        *,
        may_have_applied: bool = False,
        retry_after: float | None = None,
        detail: str = "",
    ) -> None:
        self.user_message = user_message or self.default_message
        super().__init__(self.user_message)
        self.may_have_applied = may_have_applied
        self.retry_after = retry_after
        self.detail = detail

    @property
    def safe_to_repeat(self) -> bool:
        """Whether sending the same request again cannot do the same thing twice."""
        return not self.may_have_applied

    def __str__(self) -> str:
        return f"{self.user_message} ({self.detail})" if self.detail else self.user_message


class NotSent(CallFireError):
    """The request never left us: no name, no route, no handshake, or no room in our own pace."""

    default_message = "CallFire could not be reached. Nothing was sent."
    is_transient = True


class OutcomeUnknown(CallFireError):
    """The request left us and the answer was lost.

    After a write, `may_have_applied` is True: look up what happened before anything is sent again. After a
    read it is False and repeating is harmless.
    """

    default_message = "CallFire did not answer in time."
    is_transient = True


class UnreadableAnswer(CallFireError):
    """A read was answered with success, but with a body that is no answer: HTML, nothing, or half of it."""

    default_message = "CallFire sent an answer that could not be read."
    is_transient = True


class Refused(CallFireError):
    """CallFire answered, and the answer was no. Of this very class is a redirect, which is not followed.

    Attributes:
        status: the HTTP status, which is to be trusted over the copy inside the body.
        code: CallFire's internal code as text. Its catalogue is not public: show it, never branch on it.
        message: CallFire's sentence, "" when it sent none. Third-party text.
        developer_message: CallFire's longer explanation, "" when it sent none. Third-party text.
        help_link: an http(s) address CallFire offers for reading on, "" otherwise.
    """

    default_message = "CallFire refused the request."

    def __init__(
        self,
        user_message: str = "",
        *,
        status: int = 0,
        code: str | None = None,
        message: str = "",
        developer_message: str = "",
        help_link: str = "",
        may_have_applied: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            user_message, may_have_applied=may_have_applied, retry_after=retry_after, detail=f"HTTP {status}"
        )
        self.status = status
        self.code = code
        self.message = message
        self.developer_message = developer_message
        self.help_link = help_link


class BadRequest(Refused):
    """A value, a combination or a transition that CallFire does not accept. Nothing was changed."""


class BadCredentials(Refused):
    """The API login or password is wrong. Asking again does not help: stop asking and tell an admin."""

    default_message = "CallFire rejected the API credentials."


class Forbidden(Refused):
    """The API key is valid but may not do this."""

    default_message = "This API key may not do that on CallFire."


class NotFound(Refused):
    """There is no such object on CallFire, or it belongs to somebody else."""

    default_message = "Not found on CallFire."


class RateLimited(Refused):
    """We asked too often. The request was turned away, so sending it again is safe after `retry_after`."""

    default_message = "CallFire asks us to slow down."
    is_transient = True


class ServerTrouble(Refused):
    """CallFire, or something in front of it, had a problem of its own."""

    default_message = "CallFire had a problem."
    is_transient = True
