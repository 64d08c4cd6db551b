"""Broadcasts, their batches, people and figures."""

from typing import Any

from callfire_api.sandbox import paging
from callfire_api.sandbox.broadcast import Broadcast
from callfire_api.sandbox.errors import RefusalError
from callfire_api.sandbox.exchange import Json, Reply, json_reply
from callfire_api.sandbox.recipients import number_of, refuse_bad_numbers
from callfire_api.sandbox.search import CallQuery
from callfire_api.sandbox.settings import reconfigure, refuse_conflicts
from callfire_api.sandbox.stats import statistics
from callfire_api.sandbox.visit import Visit

from .calls import calls_page


def find(visit: Visit) -> Json:
    wanted = [broadcast for broadcast in visit.world.newest_first() if _is_wanted(broadcast, visit)]

    def rows(offset: int, limit: int) -> tuple[list[Json], int]:
        return [broadcast.to_json() for broadcast in wanted[offset : offset + limit]], len(wanted)

    default = visit.switches.broadcasts_default_limit
    return paging.answer(visit.query, visit.switches, rows, default_limit=default)


def create(visit: Visit) -> Reply:
    body = visit.body
    refuse_conflicts(body, visit.switches)
    _refuse_unverified_caller(visit, body)
    recipients = body.get("recipients") or []
    _refuse_too_many(visit, recipients)
    if visit.query.get("strictValidation"):
        refuse_bad_numbers(recipients, visit.account)
    broadcast = visit.world.create_broadcast(body)
    if visit.query.get("start"):
        _start_new(visit, broadcast)
    return created(visit, broadcast.id)


def get(visit: Visit, broadcast_id: int) -> Json:
    return visit.world.broadcast(broadcast_id).to_json()


def update(visit: Visit, broadcast_id: int) -> None:
    broadcast = visit.world.broadcast(broadcast_id)
    refuse_conflicts(visit.body, visit.switches)
    _refuse_unverified_caller(visit, visit.body)
    settings = reconfigure(broadcast.settings, visit.body, visit.switches, visit.world.new_sound)
    broadcast.reconfigure(settings, visit.now)


def start(visit: Visit, broadcast_id: int) -> None:
    visit.world.broadcast(broadcast_id).start(visit.now)


def stop(visit: Visit, broadcast_id: int) -> None:
    visit.world.broadcast(broadcast_id).stop(visit.now)


def archive(visit: Visit, broadcast_id: int) -> None:
    visit.world.broadcast(broadcast_id).archive(visit.now)


def stats(visit: Visit, broadcast_id: int) -> Json:
    broadcast = visit.world.broadcast(broadcast_id)
    begin, end = visit.seconds("begin"), visit.seconds("end")
    return visit.world.lagging(
        ("stats", broadcast_id, begin, end), lambda: statistics(broadcast, visit.switches, begin, end)
    )


def find_batches(visit: Visit, broadcast_id: int) -> Json:
    rows = visit.world.batches(broadcast_id)
    return paging.answer(visit.query, visit.switches, paging.of(rows))


def add_batch(visit: Visit, broadcast_id: int) -> Reply:
    broadcast = visit.world.broadcast(broadcast_id)
    _refuse_archived(broadcast)
    body = visit.body
    recipients = body.get("recipients")
    readable = True
    if recipients is None:
        recipients, readable = visit.world.people_of_list(body["contactListId"])
    else:
        _refuse_too_many(visit, recipients)
        if visit.query.get("strictValidation"):
            refuse_bad_numbers(recipients, visit.account)
    name = body.get("name") or f"API {broadcast_id}"
    scrub = bool(body.get("scrubDuplicates"))
    batch = broadcast.add_batch(name, recipients, visit.now, scrub=scrub, readable=readable)
    return created(visit, batch.id)


def find_calls(visit: Visit, broadcast_id: int) -> Json:
    broadcast = visit.world.broadcast(broadcast_id)
    return calls_page(visit, [broadcast], CallQuery(batch_id=visit.query.get("batchId")))


def add_recipients(visit: Visit, broadcast_id: int) -> Json:
    broadcast = visit.world.broadcast(broadcast_id)
    _refuse_archived(broadcast)
    _refuse_too_many(visit, visit.body)
    if visit.query.get("strictValidation"):
        refuse_bad_numbers(visit.body, visit.account)
    added = broadcast.add_recipients(visit.body, visit.now)
    answer = {"items": [visit.world.call_json(broadcast, person) for person in added]}
    visit.world.catch_up()
    return answer


def toggle_recipients(visit: Visit, broadcast_id: int) -> None:
    broadcast = visit.world.broadcast(broadcast_id)
    numbers = {number_of(recipient, visit.account) for recipient in visit.body}
    people = broadcast.roster.people
    chosen = [person for person in range(len(people)) if people.number(person) in numbers]
    broadcast.roster.enable(chosen, bool(visit.query.get("enable")), visit.now)


def get_batch(visit: Visit, batch_id: int) -> Json:
    broadcast, position = visit.world.find_batch(batch_id)
    return broadcast.batch_json(broadcast.roster.batches[position])


def update_batch(visit: Visit, batch_id: int) -> None:
    broadcast, position = visit.world.find_batch(batch_id)
    broadcast.roster.enable_batch(broadcast.roster.batches[position], visit.body["enabled"], visit.now)


def created(visit: Visit, number: int) -> Reply:
    """The answer to every create."""
    return json_reply({"id": number}, visit.switches.create_status)


def _start_new(visit: Visit, broadcast: Broadcast) -> None:
    try:
        broadcast.start(visit.now)
    except RefusalError:
        if not visit.switches.failed_start_keeps_broadcast:
            visit.world.take_back(broadcast)
        raise


def _is_wanted(broadcast: Broadcast, visit: Visit) -> bool:
    query: dict[str, Any] = visit.query
    status = broadcast.status
    begin, end = visit.seconds("intervalBegin"), visit.seconds("intervalEnd")
    return (
        status != "ARCHIVED"
        and query.get("name", "").casefold() in broadcast.name.casefold()
        and ("label" not in query or query["label"] in broadcast.settings.get("labels", ()))
        and ("running" not in query or query["running"] == (status == "RUNNING"))
        and ("scheduled" not in query or query["scheduled"] == (status == "SCHEDULED"))
        and (begin is None or broadcast.modified >= begin)
        and (end is None or broadcast.modified <= end)
    )


def _refuse_archived(broadcast: Broadcast) -> None:
    if broadcast.status == "ARCHIVED":
        raise RefusalError(400, "Nobody can be added to an archived broadcast.")


def _refuse_too_many(visit: Visit, recipients: list[Json]) -> None:
    most = visit.switches.max_recipients_per_request
    if len(recipients) > most:
        raise RefusalError(400, f"At most {most} recipients are accepted in one request.")


def _refuse_unverified_caller(visit: Visit, body: Json) -> None:
    number = body.get("fromNumber")
    if not number or not visit.switches.from_number_must_be_verified:
        return
    if number_of({"phoneNumber": number}, visit.account) not in visit.account.verified_caller_ids():
        raise RefusalError(400, f"{number} is not a valid from number.")
