"""Exports as tests need them: begun, run to some point, and their files read back."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from campaigns.models import Export, User
from campaigns.services import export_files, exporting, exports
from campaigns.services.call_log import CallQuery

if TYPE_CHECKING:
    from callfire_api.sandbox import Sandbox
    from callfire_api.sandbox.broadcast import Broadcast


def called(sandbox: Sandbox, people: int = 30, *, name: str = "Outage notice") -> Broadcast:
    """A broadcast that has called so many people."""
    return sandbox.world.add_broadcast(name=name, status="FINISHED", recipients=people)


def begun(by: User, query: CallQuery | None = None, *, kind: str = "csv") -> Export:
    """An export that waits for a worker."""
    return exports.begin(query or CallQuery(), kind=kind, token=uuid.uuid4(), by=by, request_id="r")


def run(export: Export, *, pages: int | None = None) -> Export:
    """Let a worker go on with it, until it lets it go after so many pages, or to the end."""
    exporting.run(export.pk, should_stop=stop_after(pages) if pages is not None else lambda: False)
    export.refresh_from_db()
    return export


def stop_after(pages: int) -> Callable[[], bool]:
    """Says stop after so many pages."""
    left = [pages]

    def should_stop() -> bool:
        left[0] -= 1
        return left[0] < 0

    return should_stop


def table(export: Export) -> list[dict[str, str]]:
    """The rows of its finished CSV, by the names of the columns."""
    return read_csv(export_files.ready(export).read_bytes())


def read_csv(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV, by the names of its columns."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def ids(export: Export) -> list[str]:
    """The ids of the calls in its finished CSV, in their order."""
    return [row["Call ID"] for row in table(export)]


def ids_at_callfire(broadcast: Broadcast, sandbox: Sandbox) -> set[str]:
    """The ids of all calls of the broadcast, asked directly."""
    return {str(sandbox.world.call_json(broadcast, n)["id"]) for n in range(broadcast.roster.size)}
