"""The account behind the credentials: `/me`."""

from datetime import datetime

from callfire_api.models import Account, CallerId, CreditUsage, PlanUsage
from callfire_api.pagination import read_items
from callfire_api.resources.base import Resource
from callfire_api.wire import query, read


class AccountResource(Resource):
    """What the account is, what it has left, and which numbers it may call from."""

    def get(self, *, fields: str | None = None) -> Account:
        """The account. Also the cheapest way to learn whether the credentials work."""
        return read(Account, self._transport.read("/me/account", query(fields=fields)))

    def plan_usage(self) -> PlanUsage:
        """Credits that are left."""
        return read(PlanUsage, self._transport.read("/me/billing/plan-usage"))

    def credit_usage(
        self, *, interval_begin: datetime | None = None, interval_end: datetime | None = None
    ) -> CreditUsage:
        """Credits that were used in an interval, or ever."""
        parameters = query(interval_begin=interval_begin, interval_end=interval_end)
        return read(CreditUsage, self._transport.read("/me/billing/credit-usage", parameters))

    def caller_ids(self) -> list[CallerId]:
        """The numbers verified as the account's own; per the OpenAPI, rented ones are listed elsewhere."""
        return list(read_items(CallerId, self._transport.read("/me/callerids")))
