"""The operations: method, path, what they accept, and who carries them out."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from . import fields, shapes
from .errors import RefusalError
from .exchange import Reply, Request, json_reply
from .handlers import account, broadcasts, calls, contacts, recordings, sounds, webhooks
from .shapes import RESULTS, STATES, VOICES
from .validation import (
    Check,
    Reader,
    as_boolean,
    as_integer,
    as_phone,
    as_text,
    as_word,
    as_words,
    parse,
    read_query,
)
from .visit import Answer, Visit
from .world import World

PREFIX = "/v2"

_FIELDS: dict[str, Reader] = {"fields": as_text}
_PAGE: dict[str, Reader] = _FIELDS | {"limit": as_integer, "offset": as_integer}
_STRICT: dict[str, Reader] = {"strictValidation": as_boolean}
_INTERVAL: dict[str, Reader] = {"intervalBegin": as_integer, "intervalEnd": as_integer}
_WINDOW: dict[str, Reader] = {"begin": as_integer, "end": as_integer}


@dataclass(frozen=True)
class Route:
    """``path`` may hold ``{number}`` for an id and ``{word}`` for anything without a slash."""

    method: str
    path: str
    handler: Callable[..., Answer]
    query: Mapping[str, Reader] = field(default_factory=dict)
    body: Check | None = None
    repeatable: Collection[str] = ()

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        text = re.escape(PREFIX + self.path)
        return re.compile(
            text.replace(r"\{number\}", r"(\d{1,19})").replace(r"\{word\}", "([^/]+)"), re.ASCII
        )

    def match(self, path: str) -> list[int | str] | None:
        """The ids and words in ``path``, or None when this is not its route."""
        found = self._pattern.fullmatch(path)
        if found is None:
            return None
        kinds = re.findall(r"\{(number|word)\}", self.path)
        texts = zip(kinds, found.groups(), strict=True)
        return [int(text) if kind == "number" else unquote(text) for kind, text in texts]


_LIST_ORDERS = frozenset({"id", "name", "size", "created", "status"})
_B = "/calls/broadcasts"
_DNC = "/contacts/dncs"
ROUTES: tuple[Route, ...] = (
    Route("GET", _B, broadcasts.find, _PAGE | _INTERVAL | {
        "label": as_text, "name": as_text, "running": as_boolean, "scheduled": as_boolean}),
    Route("POST", _B, broadcasts.create, _STRICT | {"start": as_boolean}, shapes.new_broadcast),
    Route("GET", f"{_B}/{{number}}", broadcasts.get, _FIELDS),
    Route("PUT", f"{_B}/{{number}}", broadcasts.update, _STRICT, shapes.changed_broadcast),
    Route("POST", f"{_B}/{{number}}/start", broadcasts.start),
    Route("POST", f"{_B}/{{number}}/stop", broadcasts.stop),
    Route("POST", f"{_B}/{{number}}/archive", broadcasts.archive),
    Route("GET", f"{_B}/{{number}}/stats", broadcasts.stats, _FIELDS | _WINDOW),
    Route("GET", f"{_B}/{{number}}/batches", broadcasts.find_batches, _PAGE),
    Route("POST", f"{_B}/{{number}}/batches", broadcasts.add_batch, _STRICT, shapes.batch_request),
    Route("GET", f"{_B}/{{number}}/calls", broadcasts.find_calls, _PAGE | {"batchId": as_integer}),
    Route("POST", f"{_B}/{{number}}/recipients", broadcasts.add_recipients, _FIELDS | _STRICT,
          shapes.recipients),
    Route("POST", f"{_B}/{{number}}/toggleRecipientsStatus", broadcasts.toggle_recipients,
          {"enable": as_boolean}, shapes.recipients),
    Route("GET", "/campaigns/batches/{number}", broadcasts.get_batch, _FIELDS),
    Route("PUT", "/campaigns/batches/{number}", broadcasts.update_batch, {}, shapes.batch_update),
    Route("GET", "/calls", calls.find, _PAGE | _INTERVAL | {
        "id": as_integer, "campaignId": as_integer, "batchId": as_integer, "fromNumber": as_phone,
        "toNumber": as_phone, "label": as_text, "states": as_words(STATES), "results": as_words(RESULTS),
        "inbound": as_boolean}, repeatable=("id",)),
    Route("POST", "/calls", calls.send, _FIELDS | _STRICT | {
        "campaignId": as_integer, "defaultLiveMessage": as_text, "defaultMachineMessage": as_text,
        "defaultLiveMessageSoundId": as_integer, "defaultMachineMessageSoundId": as_integer,
        "defaultVoice": as_word(VOICES)}, shapes.call_recipients),
    Route("GET", "/calls/{number}", calls.get, _FIELDS),
    Route("GET", "/calls/recordings/{number}", recordings.get, _FIELDS),
    Route("GET", "/calls/recordings/{number}.mp3", recordings.get_mp3),
    Route("GET", "/calls/{number}/recordings", recordings.of_call, _FIELDS),
    Route("GET", "/calls/{number}/recordings/{word}.mp3", recordings.mp3_by_name),
    Route("GET", "/calls/{number}/recordings/{word}", recordings.by_name, _FIELDS),
    Route("GET", "/campaigns/sounds", sounds.find, _PAGE | {
        "filter": as_text, "includeArchived": as_boolean, "includePending": as_boolean,
        "includeScrubbed": as_boolean}),
    Route("POST", "/campaigns/sounds/tts", sounds.create_from_text, _FIELDS, shapes.text_to_speech),
    Route("POST", "/campaigns/sounds/files", sounds.create_from_file, _FIELDS),
    Route("GET", "/campaigns/sounds/{number}", sounds.get, _FIELDS),
    Route("GET", "/campaigns/sounds/{number}.mp3", sounds.get_mp3),
    Route("GET", "/me/account", account.get, _FIELDS),
    Route("GET", "/me/billing/plan-usage", account.plan_usage),
    Route("GET", "/me/billing/credit-usage", account.credit_usage, _INTERVAL),
    Route("GET", "/me/callerids", account.caller_ids),
    Route("POST", "/me/callerids/{word}", account.send_verification_code),
    Route("POST", "/me/callerids/{word}/verification-code", account.verify, {}, shapes.verification),
    Route("GET", "/contacts/lists", contacts.find_lists, _PAGE | {
        "name": as_text, "exactMatch": as_boolean, "contactCount": as_integer,
        "orderBy": as_word(_LIST_ORDERS)}),
    Route("GET", "/contacts/lists/{number}", contacts.get_list, _FIELDS),
    Route("GET", _DNC, contacts.find_dncs, _PAGE | {
        "prefix": as_text, "campaignId": as_integer, "source": as_text, "call": as_boolean,
        "text": as_boolean, "inboundCall": as_boolean, "inboundText": as_boolean, "number": as_phone},
        repeatable=("number",)),
    Route("POST", _DNC, contacts.add_dncs, {}, shapes.new_do_not_contacts),
    Route("GET", f"{_DNC}/universals/{{word}}", contacts.universals, _FIELDS | {"fromNumber": as_phone}),
    Route("GET", f"{_DNC}/{{word}}", contacts.get_dnc),
    Route("PUT", f"{_DNC}/{{word}}", contacts.update_dnc, {}, shapes.changed_do_not_contact),
    Route("DELETE", f"{_DNC}/{{word}}", contacts.delete_dnc),
    Route("GET", "/webhooks", webhooks.find, _PAGE | {
        "name": as_text, "resource": as_text, "event": as_text, "callback": as_text, "enabled": as_boolean}),
    Route("POST", "/webhooks", webhooks.create, {}, shapes.new_webhook),
    Route("GET", "/webhooks/resources", webhooks.find_resources, _FIELDS),
    Route("GET", "/webhooks/resources/{word}", webhooks.get_resource, _FIELDS),
    Route("GET", "/webhooks/{number}", webhooks.get, _FIELDS),
    Route("PUT", "/webhooks/{number}", webhooks.update, {}, shapes.changed_webhook),
    Route("DELETE", "/webhooks/{number}", webhooks.delete),
)  # fmt: skip


def carry_out(world: World, request: Request) -> Reply:
    """Finds the operation, checks what was sent and does it. Raises RefusalError or ViolationError."""
    with world.moment():
        route, parts = _find(request)
        query = read_query(request.query, route.query, route.repeatable)
        selector = fields.parse(query["fields"]) if query.get("fields") else None
        if selector is not None and not world.switches.ignore_unknown_fields:
            fields.refuse_unknown(selector)
        body: Any = None
        if route.body is not None:
            body = parse(request.raw_body, request.content_type, route.body)
        visit = Visit(world, query, body, request.raw_body, dict(request.headers))
        answer = route.handler(visit, *parts)
        if isinstance(answer, Reply):
            return answer
        if answer is None:
            return Reply()
        return json_reply(answer if selector is None else fields.select(answer, selector))


def _find(request: Request) -> tuple[Route, list[int | str]]:
    allowed = set()
    for route in ROUTES:
        parts = route.match(request.path)
        if parts is not None and route.method == request.method:
            return route, parts
        if parts is not None:
            allowed.add(route.method)
    if allowed:
        raise RefusalError(405, f"{request.path} takes {', '.join(sorted(allowed))}.")
    raise RefusalError(404, f"There is no {request.path}.")
