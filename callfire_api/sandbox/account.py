"""What belongs to the account as a whole: credits, caller ids, contacts, do-not-contact entries."""

from dataclasses import dataclass, field

from .exchange import Json, milliseconds


@dataclass
class Account:
    """``opened_at`` is when the world began; what happened earlier is history and is not charged again."""

    opened_at: float
    credits_e4: int = 20_000_000
    caller_ids: dict[str, str | None] = field(default_factory=dict)  # number -> awaited code, None: verified
    do_not_contact: dict[str, Json] = field(default_factory=dict)
    contacts: dict[int, Json] = field(default_factory=dict)
    reached: set[int] = field(default_factory=set)

    def charge(self, at: float, credits_e4: int) -> None:
        """Takes credits for a call that ended at ``at``; the balance may fall below zero."""
        if at >= self.opened_at:
            self.credits_e4 -= credits_e4

    def has_credits(self, at: float) -> bool:
        return at < self.opened_at or self.credits_e4 > 0

    def opt_out(self, at: float, number: str, campaign_id: int) -> None:
        """Somebody pressed the do-not-call digit."""
        if at >= self.opened_at:
            self.do_not_contact[number] = do_not_contact(number, at, source="API", campaign_id=campaign_id)

    def refuses_calls(self, number: str) -> bool:
        entry = self.do_not_contact.get(number)
        return entry is not None and bool(entry["call"])

    def verified_caller_ids(self) -> list[str]:
        return [number for number, code in self.caller_ids.items() if code is None]


def do_not_contact(
    number: str,
    at: float,
    *,
    call: bool = True,
    text: bool = False,
    source: str = "",
    campaign_id: int | None = None,
) -> Json:
    """A do-not-contact entry as it is shown."""
    entry: Json = {
        "number": number,
        "call": call,
        "text": text,
        "inboundCall": False,
        "inboundText": False,
        "source": source,
        "created": milliseconds(at),
    }
    return entry if campaign_id is None else entry | {"campaignId": campaign_id}
