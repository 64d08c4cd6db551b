"""Webhooks: kept and shown, never called."""

from callfire_api.sandbox import paging
from callfire_api.sandbox.errors import RefusalError, ViolationError
from callfire_api.sandbox.exchange import Json, Reply, json_reply, milliseconds
from callfire_api.sandbox.visit import Visit

_RUNS = ("Started", "Stopped", "Finished")
RESOURCES: dict[str, tuple[str, ...]] = {
    "CallBroadcast": _RUNS,
    "TextBroadcast": _RUNS,
    "CccCampaign": _RUNS,
    "OutboundCall": ("Finished",),
    "InboundCall": ("Finished",),
    "OutboundText": ("Finished",),
    "InboundText": ("Finished",),
    "ContactList": ("ValidationFinished", "ValidationFailed"),
    "LowBalance": ("Finished", "Failed"),
    "MonthlyRenewal": ("Finished", "Failed"),
}


def find(visit: Visit) -> Json:
    query = visit.query
    rows = [
        webhook
        for webhook in reversed(visit.world.webhooks.values())
        if query.get("name", "").casefold() in webhook["name"].casefold()
        and query.get("resource", webhook["resource"]) == webhook["resource"]
        and ("event" not in query or query["event"] in webhook["events"])
        and query.get("callback", webhook["callback"]) == webhook["callback"]
        and query.get("enabled", webhook["enabled"]) == webhook["enabled"]
    ]
    return paging.answer(query, visit.switches, paging.of(rows))


def create(visit: Visit) -> Reply:
    _check(visit.body)
    number, at = visit.world.serial(), milliseconds(visit.now)
    defaults = {"enabled": True, "singleUse": False, "nonStrictSsl": False}
    visit.world.webhooks[number] = defaults | visit.body | {"id": number, "createdAt": at, "updatedAt": at}
    return json_reply({"id": number}, visit.switches.create_status)


def get(visit: Visit, webhook_id: int) -> Json:
    if webhook_id not in visit.world.webhooks:
        raise RefusalError(404, f"Webhook {webhook_id} was not found.")
    return visit.world.webhooks[webhook_id]


def update(visit: Visit, webhook_id: int) -> None:
    changed = get(visit, webhook_id) | visit.body
    _check(changed)
    kept = {name: get(visit, webhook_id)[name] for name in ("id", "createdAt")}
    visit.world.webhooks[webhook_id] = changed | kept | {"updatedAt": milliseconds(visit.now)}


def delete(visit: Visit, webhook_id: int) -> Reply:
    get(visit, webhook_id)
    del visit.world.webhooks[webhook_id]
    return Reply(visit.switches.delete_status)


def find_resources(visit: Visit) -> Json:
    return {"items": [_resource(name) for name in RESOURCES]}


def get_resource(visit: Visit, name: str) -> Json:
    if name not in RESOURCES:
        raise RefusalError(404, f"There is no webhook resource {name}.")
    return _resource(name)


def _resource(name: str) -> Json:
    return {"resource": name, "supportedEvents": list(RESOURCES[name])}


def _check(webhook: Json) -> None:
    supported = RESOURCES.get(webhook["resource"])
    if supported is None:
        raise ViolationError(f"unknown webhook resource {webhook['resource']}")
    for event in webhook["events"]:
        if event not in supported:
            raise ViolationError(f"{webhook['resource']} has no event {event}")
