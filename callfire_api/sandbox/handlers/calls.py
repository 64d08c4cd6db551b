"""Calls across broadcasts, and one-off calls."""

from collections.abc import Sequence

from callfire_api.sandbox import paging
from callfire_api.sandbox.broadcast import Broadcast
from callfire_api.sandbox.errors import RefusalError, ViolationError
from callfire_api.sandbox.exchange import Json
from callfire_api.sandbox.recipients import refuse_bad_numbers
from callfire_api.sandbox.search import CallQuery
from callfire_api.sandbox.search import find as find_positions
from callfire_api.sandbox.visit import Visit

MOST_INDIVIDUAL_CALLS = 10  # per the OpenAPI


def find(visit: Visit) -> Json:
    query = visit.query
    if "id" in query:
        return _by_id(visit, query["id"])
    owners: Sequence[Broadcast] = visit.world.call_owners()
    if (campaign := query.get("campaignId")) is not None:
        owners = [owner for owner in owners if owner.id == campaign or (not campaign and not owner.ordinal)]
    wanted = CallQuery(
        batch_id=query.get("batchId"),
        from_number=query.get("fromNumber"),
        to_number=query.get("toNumber"),
        label=query.get("label"),
        states=query.get("states"),
        results=query.get("results"),
        inbound=query.get("inbound"),
        begin=visit.seconds("intervalBegin"),
        end=visit.seconds("intervalEnd"),
    )
    return calls_page(visit, owners, wanted)


def get(visit: Visit, call_id: int) -> Json:
    return visit.world.call_json(*visit.world.find_call(call_id))


def send(visit: Visit) -> Json:
    recipients = visit.body
    if not recipients:
        raise ViolationError("body must name somebody to call")
    if len(recipients) > MOST_INDIVIDUAL_CALLS:
        raise ViolationError(f"at most {MOST_INDIVIDUAL_CALLS} recipients are accepted by this operation")
    if visit.query.get("strictValidation"):
        refuse_bad_numbers(recipients, visit.account)
    for default in ("Live", "Machine"):
        if {f"default{default}Message", f"default{default}MessageSoundId"} <= visit.query.keys():
            raise ViolationError(f"default{default}Message and its SoundId exclude each other")
    if not visit.account.has_credits(visit.now):
        raise RefusalError(400, "There are not enough credits to place calls.")
    campaign = visit.query.get("campaignId")
    broadcast = visit.world.broadcast(campaign) if campaign else visit.world.individual_calls
    if campaign and not broadcast.can_run:
        raise RefusalError(400, f"A broadcast in status {broadcast.status} places no calls.")
    added = broadcast.add_recipients(recipients, visit.now)
    answer = {"items": [visit.world.call_json(broadcast, person) for person in added]}
    broadcast.status = "RUNNING"  # individual calls are placed at once
    return answer


def calls_page(visit: Visit, owners: Sequence[Broadcast], query: CallQuery) -> Json:
    """The page of calls that both list operations answer with."""

    def rows(offset: int, limit: int) -> tuple[list[Json], int]:
        found, total = find_positions(owners, query, offset, limit)
        return [visit.world.call_json(owner, person) for owner, person in found], total

    return paging.answer(visit.query, visit.switches, rows)


def _by_id(visit: Visit, numbers: list[int]) -> Json:
    rows = []
    for number in numbers:
        try:
            rows.append(get(visit, number))
        except RefusalError:
            continue
    return paging.answer(visit.query, visit.switches, paging.of(rows))
