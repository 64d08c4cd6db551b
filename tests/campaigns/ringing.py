"""Phones that ring at the practice CallFire: what was said to them, and a clock that agrees with ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import time_machine
from django.utils import timezone

from campaigns import tasks
from campaigns.models import OwnNumber, User

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox

MINE = "12135550142"


def calls_sent(sandbox: Sandbox) -> list[Any]:
    """What every request to place calls asked for, in order."""
    return [request.body for request in sandbox.requests_to("POST", "/calls")]


def code_said(sandbox: Sandbox) -> str:
    """The code that the last call said, heard from its text as a person hears it: the first four digits."""
    return "".join(re.findall(r"\d", calls_sent(sandbox)[-1][0]["liveMessage"])[:4])


def other_than(code: str) -> str:
    """A code, but not this one."""
    return f"{(int(code) + 1) % 10_000:04}"


def confirmed_number(user: User, number: str = MINE) -> OwnNumber:
    """A number that the person has proved to be theirs."""
    return OwnNumber.objects.create(user=user, number=number, confirmed_at=timezone.now())


@contextmanager
def on_callfires_clock(sandbox: Sandbox) -> Iterator[time_machine.Traveller]:
    """Our clock shows what CallFire's shows, and stands still."""
    with time_machine.travel(datetime.fromtimestamp(sandbox.clock.now(), UTC), tick=False) as clock:
        yield clock


def let_pass(sandbox: Sandbox, clock: time_machine.Traveller, seconds: float) -> None:
    """Time passes here and at CallFire, then the worker looks at everything that is not settled."""
    sandbox.clock.advance(seconds)
    clock.shift(timedelta(seconds=seconds))
    tasks.follow_up_open_actions()
