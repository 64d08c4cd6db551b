"""The real CallFire, held to the shapes the models expect. Reads only: nothing here changes anything.

Runs where CALLFIRE_LOGIN and CALLFIRE_PASSWORD name an API key; CALLFIRE_BASE_URL may name another address.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from callfire_api import BASE_URL, CallFire, LocalPacer, NotFound
from callfire_api.wire import WireModel, camel_case

pytestmark = [
    pytest.mark.live,
    pytest.mark.enable_socket,
    pytest.mark.skipif(
        not (os.environ.get("CALLFIRE_LOGIN") and os.environ.get("CALLFIRE_PASSWORD")),
        reason="CALLFIRE_LOGIN and CALLFIRE_PASSWORD name no API key of the real CallFire",
    ),
]

EXAMPLES = Path(__file__).parent / "wire_examples"


@pytest.fixture(scope="module")
def live() -> Iterator[CallFire]:
    """A slow and polite client of the real CallFire."""
    with CallFire(
        os.environ["CALLFIRE_LOGIN"],
        os.environ["CALLFIRE_PASSWORD"],
        os.environ.get("CALLFIRE_BASE_URL", BASE_URL),
        pacer=LocalPacer(requests_per_second=1, max_in_flight=1),
    ) as client:
        yield client


def kinds(example: object) -> dict[str, type]:
    """The JSON type of every property in an example, wherever in it the property stands."""
    found: dict[str, type] = {}
    if isinstance(example, Mapping):
        for key, value in example.items():
            found[key] = kind_of(value)
            found |= kinds(value)
    elif isinstance(example, list):
        for each in example:
            found |= kinds(each)
    return found


def kind_of(value: object) -> type:
    """The JSON type of a value: whole and broken numbers are one."""
    return float if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else type(value)


def check(model: WireModel, example_name: str) -> None:
    """The object has the types of the hand-written example, and nothing it says got lost on the way in."""
    expected = kinds(json.loads((EXAMPLES / f"{example_name}.json").read_text()))
    for key, value in model.raw.items():
        if key in expected and value is not None:
            assert kind_of(value) is expected[key], f"{type(model).__name__}.{key}"
    for each in fields(model):
        sent = model.raw.get(camel_case(each.name))
        if sent not in (None, "", [], {}):
            assert getattr(model, each.name) not in (None, ()), (
                f"{type(model).__name__}.{each.name} was not read"
            )


def check_all(found: Iterable[WireModel], example_name: str) -> None:
    """Every object as `check` has it."""
    for model in found:
        check(model, example_name)


def test_the_account(live: CallFire) -> None:
    check(live.account.get(), "account")
    check(live.account.plan_usage(), "plan_usage")
    check(live.account.credit_usage(), "credit_usage")
    check_all(live.account.caller_ids(), "caller_ids")


def test_broadcasts_and_what_belongs_to_them(live: CallFire) -> None:
    page = live.broadcasts.find(limit=5)
    check_all(page.items, "broadcast")
    for broadcast in page.items[:2]:
        assert broadcast.id is not None
        check(live.broadcasts.get(broadcast.id), "broadcast")
        check(live.broadcasts.stats(broadcast.id), "broadcast_stats")
        check_all(live.broadcasts.find_batches(broadcast.id, limit=5).items, "batch_page")
        calls = live.broadcasts.find_calls(broadcast.id, limit=5).items
        check_all(calls, "call_page")
        for call in calls:
            check_all(call.records, "call_page")


def test_calls_and_recordings(live: CallFire) -> None:
    for call in live.calls.find(limit=5).items:
        assert call.id is not None
        check(live.calls.get(call.id), "call_page")
        check_all(live.calls.recordings(call.id), "recording")


def test_sounds_lists_and_numbers_to_leave_alone(live: CallFire) -> None:
    check_all(live.sounds.find(limit=5).items, "sound_page")
    check_all(live.contact_lists.find(limit=5).items, "contact_list_page")
    check_all(live.do_not_contacts.find(limit=5).items, "do_not_contact_page")


def test_fields_are_honoured(live: CallFire) -> None:
    for broadcast in live.broadcasts.find(fields="limit,offset,totalCount,items(id,status)", limit=2).items:
        assert set(broadcast.raw) <= {"id", "status"}


def test_what_does_not_exist_is_not_found(live: CallFire) -> None:
    with pytest.raises(NotFound):
        live.broadcasts.get(1)
