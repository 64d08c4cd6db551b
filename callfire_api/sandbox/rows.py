"""Calls and recordings as CallFire shows them, written out only when somebody asks."""

from functools import cache
from pathlib import Path

from . import ids, names
from .broadcast import Broadcast
from .codes import RESULT_NAMES, STATE_NAMES, Result, State
from .exchange import Json, milliseconds
from .outcomes import Outcome, mix
from .switches import Switches

REACHED = (Result.LA, Result.XFER)
MP3_SECONDS = 6


@cache
def recording_bytes() -> bytes:
    """The audio behind every recording and sound."""
    return (Path(__file__).parent / "recording.mp3").read_bytes()


def call_json(broadcast: Broadcast, person: int, switches: Switches, now: float) -> Json:
    """One call of a broadcast; ``person`` is the position, hand-written calls included."""
    if person >= ids.SPECIAL_CALLS_FROM:
        return broadcast.specials[person - ids.SPECIAL_CALLS_FROM]
    people = broadcast.roster.people
    extras = people.extras(person)
    batch = broadcast.roster.batches[people.batches[person]]
    call: Json = {
        "id": ids.CALLS.make(broadcast.ordinal, person, huge=broadcast.huge),
        "fromNumber": extras.get("fromNumber") or broadcast.settings.get("fromNumber", ""),
        "toNumber": people.number(person),
        "state": STATE_NAMES[people.states[person]],
        "campaignId": broadcast.id,
        "batchId": batch.id,
        "contact": _contact(broadcast, person, extras),
        "inbound": False,
        "agentCall": False,
        "created": milliseconds(batch.created),
        "modified": milliseconds(_modified(broadcast, person, switches)),
        "labels": broadcast.settings.get("labels", []),
        "attributes": extras.get("attributes", {}),
        "records": _records(broadcast, person, switches, now),
    }
    if result := RESULT_NAMES[people.results[person]]:
        call["finalCallResult"] = _word(result, switches)
    return {name: value for name, value in call.items() if value not in ("", [], {})}


def recording_json(broadcast: Broadcast, person: int, ended: float, switches: Switches, now: float) -> Json:
    """The recording of the call to ``person``, which ended at ``ended`` seconds."""
    number = ids.RECORDINGS.make(broadcast.ordinal, person, huge=broadcast.huge)
    state = "RECORDING" if now < ended + switches.recording_seconds else "READY"
    if mix(broadcast.ordinal, person, 0xE44) % 25 == 0:
        state = "ERROR"
    recording: Json = {
        "id": number,
        "callId": ids.CALLS.make(broadcast.ordinal, person, huge=broadcast.huge),
        "campaignId": broadcast.id,
        "name": "message",
        "created": milliseconds(ended),
        "state": state,
        "mp3Url": f"https://recordings.callfire.invalid/{number}",
    }
    if state == "READY":
        recording |= {"lengthInBytes": len(recording_bytes()), "lengthInSeconds": MP3_SECONDS}
        recording["hash"] = f"{mix(number):016x}"
    return recording


def recordings_json(broadcast: Broadcast, person: int, switches: Switches, now: float) -> list[Json]:
    """The recordings of one call, hand-written ones included."""
    if person >= ids.SPECIAL_CALLS_FROM:
        records = broadcast.specials[person - ids.SPECIAL_CALLS_FROM].get("records", ())
        return [recording for record in records for recording in record.get("recordings", ())]
    if not is_recorded(broadcast, person):
        return []
    return [recording_json(broadcast, person, _ended_at(broadcast, person), switches, now)]


def is_recorded(broadcast: Broadcast, person: int) -> bool:
    """Whether the call to ``person`` left a recording."""
    people = broadcast.roster.people
    return (
        broadcast.recorded and people.results[person] in REACHED and people.states[person] != State.SELECTED
    )


def _ended_at(broadcast: Broadcast, person: int) -> float:
    """When the last finished attempt to reach ``person`` ended."""
    dialler = broadcast.roster.dialler
    attempts = dialler.people.attempts_of(person)
    return attempts[-1][1] + dialler.outcome(person, len(attempts)).seconds


def _records(broadcast: Broadcast, person: int, switches: Switches, now: float) -> list[Json]:
    if switches.omit_records:
        return []
    dialler = broadcast.roster.dialler
    attempts = dialler.people.attempts_of(person)
    finished = attempts[:-1] if dialler.people.states[person] == State.SELECTED else attempts
    records = []
    for number, (position, at) in enumerate(finished, start=1):
        record = _record(broadcast, position, at, dialler.outcome(person, number), switches)
        record["toNumber"] = dialler.people.number(person)
        if number == len(finished) and is_recorded(broadcast, person):
            ended = at + dialler.outcome(person, number).seconds
            record["recordings"] = [recording_json(broadcast, person, ended, switches, now)]
            if mix(person, 0xA5) % 2:
                record["questionResponses"] = [{"question": "confirm", "response": str(1 + mix(person) % 2)}]
        records.append(record)
    return records


def _record(broadcast: Broadcast, position: int, at: float, outcome: Outcome, switches: Switches) -> Json:
    record: Json = {
        "id": ids.RECORDS.make(broadcast.ordinal, position, huge=broadcast.huge),
        "originateTime": 213_231 if switches.absurd_timestamps else milliseconds(at),
        "finishTime": milliseconds(at + outcome.seconds),
        "duration": outcome.talk_seconds,
        "billedAmount": outcome.credits_e4 / 10_000,
    }
    if outcome.talk_seconds:
        record["answerTime"] = milliseconds(at + outcome.ring_seconds)
    if outcome.result is not Result.NONE:
        key = "callResult" if switches.call_result_alias else "result"
        record[key] = _word(RESULT_NAMES[outcome.result], switches)
    return record


def _word(result: str, switches: Switches) -> str:
    return switches.unknown_result if switches.unknown_result and result == "LA" else result


def _modified(broadcast: Broadcast, person: int, switches: Switches) -> float:
    people = broadcast.roster.people
    if switches.modified_before_created:
        return broadcast.roster.batches[people.batches[person]].created - 1
    return people.modified[person]


def _contact(broadcast: Broadcast, person: int, extras: Json) -> Json:
    people = broadcast.roster.people
    number = ids.CONTACTS.make(broadcast.ordinal, person, huge=broadcast.huge)
    contact: Json = {"id": extras.get("contactId", number), "homePhone": people.number(person)}
    if person >= broadcast.roster.seeded:
        return contact
    stirred = mix(broadcast.ordinal, person, 0xFACE)
    pool = names.AWKWARD_PEOPLE if stirred % 50 == 0 else names.PEOPLE
    first, last = pool[(stirred >> 8) % len(pool)]
    return contact | {"firstName": first, "lastName": last, "zipcode": f"{10_000 + stirred % 80_000}"}
