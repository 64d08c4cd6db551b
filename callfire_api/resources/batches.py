"""Batches by their own id: `/campaigns/batches`. A broadcast's batches are found through the broadcast."""

from callfire_api.models import Batch
from callfire_api.resources.base import Resource
from callfire_api.wire import query, read


class Batches(Resource):
    """Operations on one batch."""

    def get(self, id: int, *, fields: str | None = None) -> Batch:
        """One batch, e.g. to see how far its validation has come."""
        return read(Batch, self._transport.read(f"/campaigns/batches/{id:d}", query(fields=fields)))

    def update(self, id: int, *, enabled: bool) -> None:
        """Hold a batch back or let it be dialled; nothing else of it can be changed (per the OpenAPI)."""
        self._transport.write("PUT", f"/campaigns/batches/{id:d}", body={"enabled": enabled})
