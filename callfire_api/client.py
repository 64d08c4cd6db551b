"""`CallFire`, the door to everything."""

from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from callfire_api.pacing import LocalPacer, Pacer, PaceUsage
from callfire_api.resources.account import AccountResource
from callfire_api.resources.batches import Batches
from callfire_api.resources.broadcasts import Broadcasts
from callfire_api.resources.calls import Calls
from callfire_api.resources.contacts import ContactLists, DoNotContacts
from callfire_api.resources.recordings import Recordings
from callfire_api.resources.sounds import Sounds
from callfire_api.retries import RetryPolicy
from callfire_api.transport import Options, Transport

BASE_URL = "https://api.callfire.com/v2"


class CallFire:
    """A client of CallFire's REST API v2. Safe to use from many threads; make one and keep it.

    Reads are repeated after trouble that may pass. Writes are sent once: when their outcome is unknown,
    that is what they raise.

    Args:
        login: the API login CallFire generated, not the one of its website.
        password: the API password that goes with it.
        base_url: where CallFire is. https only, but for a stand-in on this machine.
        connect_timeout: seconds to wait for a connection.
        read_timeout: seconds to wait for an answer to begin, and again for it to be complete.
        audio_timeout: seconds to wait for the next part of a recording.
        pacer: how fast we may ask; by default `LocalPacer()`, which is for this process alone.
        user_agent: who we say we are.
        read_attempts: how often a read is tried in all, and a connection for a write.
        backoff: seconds before the second try; doubles each time, with jitter.
        patience: seconds a request may spend waiting for the pace and between tries before it fails.

    Raises:
        ValueError: `base_url` is not an address to which credentials may be sent.
    """

    broadcasts: Broadcasts
    calls: Calls
    recordings: Recordings
    batches: Batches
    sounds: Sounds
    account: AccountResource
    contact_lists: ContactLists
    do_not_contacts: DoNotContacts

    def __init__(
        self,
        login: str,
        password: str,
        base_url: str = BASE_URL,
        *,
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        audio_timeout: float = 60.0,
        pacer: Pacer | None = None,
        user_agent: str = "Callboard/0.1",
        read_attempts: int = 4,
        backoff: float = 0.25,
        patience: float = 60.0,
    ) -> None:
        options = Options(
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            audio_timeout=audio_timeout,
            patience=patience,
            retries=RetryPolicy(read_attempts, backoff),
        )
        self._use(
            Transport(
                base_url, login, password, user_agent=user_agent, pacer=pacer or LocalPacer(), options=options
            )
        )

    def _use(self, transport: Transport) -> None:
        self._transport = transport
        self.broadcasts = Broadcasts(transport)
        self.calls = Calls(transport)
        self.recordings = Recordings(transport)
        self.batches = Batches(transport)
        self.sounds = Sounds(transport)
        self.account = AccountResource(transport)
        self.contact_lists = ContactLists(transport)
        self.do_not_contacts = DoNotContacts(transport)

    def with_options(
        self,
        *,
        connect_timeout: float | None = None,
        read_timeout: float | None = None,
        audio_timeout: float | None = None,
        read_attempts: int | None = None,
        patience: float | None = None,
        urgent: bool | None = None,
    ) -> Self:
        """A cheap sibling on the same connections and pace; None keeps an option as it is.

        Args:
            connect_timeout: as in the class.
            read_timeout: as in the class.
            audio_timeout: as in the class.
            read_attempts: as in the class.
            patience: as in the class.
            urgent: let every request of the sibling go at once, whatever the pace says.
        """
        options = self._transport.options
        changes: dict[str, Any] = {
            "connect_timeout": connect_timeout,
            "read_timeout": read_timeout,
            "audio_timeout": audio_timeout,
            "patience": patience,
            "urgent": urgent,
        }
        if read_attempts is not None:
            changes["retries"] = replace(options.retries, attempts=read_attempts)
        given = {name: value for name, value in changes.items() if value is not None}
        sibling = object.__new__(type(self))
        sibling._use(self._transport.with_options(replace(options, **given)))
        return sibling

    @property
    def base_url(self) -> str:
        """Where CallFire is."""
        return self._transport.base_url

    def pace(self) -> PaceUsage:
        """How much of the pace is used."""
        return self._transport.pacer.usage()

    def close(self) -> None:
        """Close idle connections, those of siblings too."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"CallFire({self.base_url!r})"
