"""What somebody looks for in the call log, what is asked of CallFire for it, and whether a call fits.

CallFire does the filtering. What its documents leave in doubt (states, results, label, interval) is checked
again here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qs, urlencode
from zoneinfo import ZoneInfo

from django.utils import timezone

from callfire_api import Call, is_plausible
from callfire_api.resources.calls import CallFilters
from campaigns.services.call_rows import result_of, tried_at

SIZES: Final = (25, 50, 100)
PERIODS: Final = {"today": "Today", "24h": "24 hours", "7d": "7 days"}
QUICK_CALLS: Final = 0
_SPANS: Final = {"24h": timedelta(hours=24), "7d": timedelta(days=7)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQuery:
    """What somebody looks for in the call log; equal queries find the same calls.

    Attributes:
        broadcast: of this broadcast; 0 means quick calls.
        from_number: eleven digits, or empty for any; likewise ``to_number``.
        begin: called at or after; both ends are aware.
        period: a word of ``PERIODS`` that stands for a begin, reckoned back from ``until`` or now.
        zone: the time zone in which the times of the address are written.
        until: calls after this moment are left out, so that new ones do not shift the pages.
        offset: how many calls come before this page.
        size: the most calls of a page.
    """

    broadcast: int | None = None
    batch: int | None = None
    from_number: str = ""
    to_number: str = ""
    ids: tuple[int, ...] = ()
    inbound: bool | None = None
    begin: datetime | None = None
    end: datetime | None = None
    period: str = ""
    zone: str = "UTC"
    label: str = ""
    results: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    until: datetime | None = None
    offset: int = 0
    size: int = SIZES[0]

    @property
    def earliest(self) -> datetime | None:
        """The beginning of the interval, a period turned into a moment."""
        until = self.until or timezone.now()
        if self.period == "today":
            local = until.astimezone(ZoneInfo(self.zone))
            return local.replace(hour=0, minute=0, second=0, microsecond=0)
        return until - _SPANS[self.period] if self.period else self.begin

    @property
    def latest(self) -> datetime | None:
        """The end of the interval, never after the frozen upper time."""
        return min((end for end in (self.end, self.until) if end is not None), default=None)

    def filters(self) -> CallFilters:
        """What to ask CallFire for, with `Calls.find` or `Calls.iterate`."""
        return {
            "ids": self.ids,
            "campaign_id": self.broadcast,
            "batch_id": self.batch,
            "from_number": self.from_number or None,
            "to_number": self.to_number or None,
            "label": self.label or None,
            "states": self.states,
            "results": self.results,
            "inbound": self.inbound,
            "interval_begin": self.earliest,
            "interval_end": self.latest,
        }

    def to_querystring(self) -> str:
        """The part of an address after the ``?``; defaults are left out."""
        return urlencode([(key, value) for key, value in self._parameters() if value != ""])

    def _parameters(self) -> list[tuple[str, str]]:
        direction = {None: "", True: "inbound", False: "outbound"}[self.inbound]
        timed = self.begin or self.end or self.period
        return [
            ("broadcast", "" if self.broadcast is None else str(self.broadcast)),
            ("batch", str(self.batch or "")),
            ("from", self.from_number),
            ("to", self.to_number),
            ("id", ",".join(map(str, self.ids))),
            ("direction", direction),
            ("begin", self._local(self.begin)),
            ("end", self._local(self.end)),
            ("period", self.period),
            ("zone", self.zone if timed else ""),
            ("label", self.label),
            *(("result", result) for result in self.results),
            *(("state", state) for state in self.states),
            ("until", "" if self.until is None else str(round(self.until.timestamp() * 1000))),
            ("offset", str(self.offset or "")),
            ("size", "" if self.size == SIZES[0] else str(self.size)),
        ]

    def _local(self, moment: datetime | None) -> str:
        if moment is None:
            return ""
        local = moment.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        return local.isoformat(timespec="seconds" if local.second else "minutes")

    @classmethod
    def from_querystring(cls, query: str) -> CallQuery:
        """The query that ``to_querystring`` wrote; what people type goes through the form.

        Raises:
            ValueError: it was not written by it.
        """
        given = parse_qs(query)
        first = {key: values[0] for key, values in given.items()}
        zone = first.get("zone", "UTC")

        def moment(key: str) -> datetime | None:
            return datetime.fromisoformat(first[key]).replace(tzinfo=ZoneInfo(zone)) if key in first else None

        return cls(
            broadcast=int(first["broadcast"]) if "broadcast" in first else None,
            batch=int(first["batch"]) if "batch" in first else None,
            from_number=first.get("from", ""),
            to_number=first.get("to", ""),
            ids=tuple(int(each) for each in first.get("id", "").split(",") if each),
            inbound={"inbound": True, "outbound": False}.get(first.get("direction", "")),
            begin=moment("begin"),
            end=moment("end"),
            period=first.get("period", ""),
            zone=zone,
            label=first.get("label", ""),
            results=tuple(given.get("result", ())),
            states=tuple(given.get("state", ())),
            until=datetime.fromtimestamp(int(first["until"]) / 1000, UTC) if "until" in first else None,
            offset=int(first.get("offset", "0")),
            size=int(first.get("size", SIZES[0])),
        )


def matches(query: CallQuery, call: Call) -> bool:
    """Whether the call fits what CallFire may have filtered in another way, or not at all.

    What a call does not tell fits. Whether CallFire's interval is about creation or change is not documented:
    a call that was there at any moment of the interval fits, and so does one whose times cannot be true.
    """
    times = [time for time in (call.created, call.modified, tried_at(call)) if time and is_plausible(time)]
    return (
        _is_among(call, query)
        and (not query.states or call.state in query.states)
        and (not query.results or result_of(call) in query.results)
        and (not query.label or query.label in call.labels)
        and (query.earliest is None or not times or max(times) >= query.earliest)
        and (query.latest is None or not times or min(times) <= query.latest)
    )


def _is_among(call: Call, query: CallQuery) -> bool:
    """Whether the call is one of those asked for; given ids, CallFire may ignore everything else.

    Which calls are quick ones only CallFire knows: it puts them into a broadcast of its own choice.
    """
    return (
        (not query.ids or call.id in query.ids)
        and query.broadcast in {None, QUICK_CALLS, call.campaign_id}
        and (query.batch is None or call.batch_id in {None, query.batch})
        and (query.inbound is None or call.inbound in {None, query.inbound})
        and _is_same(query.from_number, call.from_number)
        and _is_same(query.to_number, call.to_number)
    )


def _is_same(wanted: str, number: str | None) -> bool:
    return not wanted or not number or number[-10:] == wanted[-10:]
