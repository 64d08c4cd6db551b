"""Contact lists, and people who must not be called."""

from callfire_api.sandbox import paging, phone
from callfire_api.sandbox.account import do_not_contact
from callfire_api.sandbox.errors import RefusalError, ViolationError
from callfire_api.sandbox.exchange import Json, Reply
from callfire_api.sandbox.visit import Visit

_KINDS = ("call", "text", "inboundCall", "inboundText")


def find_lists(visit: Visit) -> Json:
    query = visit.query
    name = query.get("name", "").casefold()
    exact = query.get("exactMatch", False)
    rows = [
        contact_list
        for contact_list in reversed(visit.world.contact_lists.values())
        if (
            not name
            or (contact_list["name"].casefold() == name if exact else name in contact_list["name"].casefold())
        )
        and query.get("contactCount", contact_list["size"]) == contact_list["size"]
    ]
    if order := query.get("orderBy"):
        rows.sort(key=lambda row: row[order])
    return paging.answer(query, visit.switches, paging.of(rows))


def get_list(visit: Visit, list_id: int) -> Json:
    if list_id not in visit.world.contact_lists:
        raise RefusalError(404, f"Contact list {list_id} was not found.")
    return visit.world.contact_lists[list_id]


def find_dncs(visit: Visit) -> Json:
    rows = [entry for entry in reversed(visit.account.do_not_contact.values()) if _is_wanted(entry, visit)]
    return paging.answer(visit.query, visit.switches, paging.of(rows))


def add_dncs(visit: Visit) -> None:
    """Neither calls nor texts unless the request says otherwise (defaults per the OpenAPI)."""
    kinds = {kind: visit.body[kind] for kind in _KINDS if visit.body.get(kind) is not None}
    source = visit.body.get("source") or "Api V2"
    for text in visit.body["numbers"]:
        number = phone.normalise(text)
        entry = do_not_contact(number, visit.now, text=True, source=source)
        visit.account.do_not_contact[number] = entry | kinds


def get_dnc(visit: Visit, number: str) -> Json:
    """After a delete this still answers, with everything allowed (per the SDK's integration tests)."""
    number = _checked(number)
    if number not in visit.account.do_not_contact:
        raise RefusalError(404, f"{number} is not on the do-not-contact list.")
    return visit.account.do_not_contact[number]


def update_dnc(visit: Visit, number: str) -> None:
    entry = get_dnc(visit, number)
    entry |= {name: visit.body[name] for name in (*_KINDS, "source") if visit.body.get(name) is not None}


def delete_dnc(visit: Visit, number: str) -> Reply:
    entry = get_dnc(visit, number)
    entry |= dict.fromkeys(_KINDS, False)
    return Reply(visit.switches.delete_status)


def universals(visit: Visit, to_number: str) -> Json:
    blocked = visit.account.refuses_calls(_checked(to_number))
    entry: Json = {
        "toNumber": _checked(to_number),
        "inboundCall": False,
        "inboundText": False,
        "outboundCall": blocked,
        "outboundText": False,
    }
    if sender := visit.query.get("fromNumber"):
        entry["fromNumber"] = sender
    return {"items": [entry]}


def _is_wanted(entry: Json, visit: Visit) -> bool:
    query = visit.query
    return (
        entry["number"].startswith(query.get("prefix", ""))
        and any(entry[kind] for kind in _KINDS)
        and entry["number"] in query.get("number", [entry["number"]])
        and all(entry[kind] == query[kind] for kind in _KINDS if kind in query)
        and query.get("source", entry["source"]) == entry["source"]
        and query.get("campaignId", entry.get("campaignId")) == entry.get("campaignId")
    )


def _checked(number: str) -> str:
    number = phone.normalise(number)
    if not phone.is_valid(number):
        raise ViolationError(f"not a phone number: {number}")
    return number
