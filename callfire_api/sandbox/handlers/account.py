"""The account: who it is, what is left to spend, and which numbers may be shown to those who are called."""

from callfire_api.sandbox import phone
from callfire_api.sandbox.errors import RefusalError, ViolationError
from callfire_api.sandbox.exchange import Json, milliseconds
from callfire_api.sandbox.stats import spending
from callfire_api.sandbox.visit import Visit

VERIFICATION_CODE = "1234"  # what the practice CallFire says on the phone
_MONTH_SECONDS = 30 * 86_400


def get(visit: Visit) -> Json:
    return {
        "id": 1_000_003,
        "email": "operations@utility.example",
        "name": "Practice Utility",
        "firstName": "Practice",
        "lastName": "Operator",
        "permissions": ["ACCOUNT_HOLDER", "API"],
    }


def plan_usage(visit: Visit) -> Json:
    left = visit.account.credits_e4 / 10_000
    return {
        "intervalStart": milliseconds(visit.account.opened_at - _MONTH_SECONDS / 2),
        "intervalEnd": milliseconds(visit.account.opened_at + _MONTH_SECONDS / 2),
        "remainingPlanCredits": 0.0,
        "remainingPayAsYouGoCredits": left,
        "totalRemainingCredits": left,
    }


def credit_usage(visit: Visit) -> Json:
    begin, end = visit.seconds("intervalBegin"), visit.seconds("intervalEnd")
    seconds, credits_e4 = spending(visit.world.call_owners(), begin, end)
    return {
        "intervalBegin": milliseconds(begin or 0),
        "intervalEnd": milliseconds(visit.now if end is None else end),
        "callsDurationMinutes": seconds // 60,
        "textsSent": 0,
        "creditsUsed": credits_e4 / 10_000,
    }


def caller_ids(visit: Visit) -> Json:
    return {"items": [{"phoneNumber": number} for number in visit.account.verified_caller_ids()]}


def send_verification_code(visit: Visit, number: str) -> None:
    number = _checked(number)
    if number in visit.account.verified_caller_ids():
        raise RefusalError(400, f"Caller id {number} is already verified.")
    visit.account.caller_ids[number] = VERIFICATION_CODE


def verify(visit: Visit, number: str) -> bool:
    number = _checked(number)
    if number not in visit.account.caller_ids:
        raise RefusalError(404, f"No verification of {number} is under way.")
    code = visit.account.caller_ids[number]
    if code not in (None, visit.body["verificationCode"]):
        return False
    visit.account.caller_ids[number] = None
    return True


def _checked(number: str) -> str:
    number = phone.normalise(number)
    if not phone.is_valid(number):
        raise ViolationError(f"not a phone number: {number}")
    return number
