"""How a recipient becomes a person: which number, and whether anybody may call it."""

from collections.abc import Iterable

from . import phone
from .account import Account
from .codes import State
from .errors import RefusalError
from .exchange import Json
from .people import People


def number_of(recipient: Json, account: Account) -> str:
    """The normalised number, the contact's first one when the recipient names a contact; may be bad."""
    if recipient.get("phoneNumber") is not None:
        return phone.normalise(str(recipient["phoneNumber"]))
    contact = account.contacts.get(recipient.get("contactId", 0), {})
    return next((contact[key] for key in ("homePhone", "mobilePhone", "workPhone") if contact.get(key)), "")


def refuse_bad_numbers(recipients: Iterable[Json], account: Account) -> None:
    """What strictValidation does: one number that cannot be called refuses the whole request."""
    for recipient in recipients:
        if not phone.is_valid(number := number_of(recipient, account)):
            raise RefusalError(400, f"Invalid phone number: {number or recipient.get('contactId')}")


def admit(
    people: People, recipient: Json, *, batch: int, at: float, account: Account, period_limit: bool
) -> int:
    """Adds the recipient to ``people`` and returns the index; READY unless something speaks against it."""
    number = number_of(recipient, account)
    extras = {key: value for key, value in recipient.items() if key != "phoneNumber" and value is not None}
    if not phone.is_valid(number):
        return people.add(0, batch, State.INVALID, at, extras | {"phoneNumber": number})
    return people.add(int(number), batch, _state(number, account, period_limit), at, extras)


def _state(number: str, account: Account, period_limit: bool) -> State:
    if account.refuses_calls(number):
        return State.DNC
    if phone.is_restricted(number):
        return State.RESTRICTED_NUMBER
    if period_limit and int(number) in account.reached:
        return State.PERIOD_LIMIT
    return State.READY
