"""Checking a file of a million people: time against ``csv.reader`` alone, memory against what must be known.

Both read the same file in turns, so that a busy machine slows both alike. Memory is measured in a process of
its own, as a worker is one.
"""

from __future__ import annotations

import csv
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from campaigns.recipient_files import checking, reading
from campaigns.recipient_files.checking import Mapping, Progress, Reason
from campaigns.recipient_files.reading import Reading
from tests.campaigns.recipient_files.making import xlsx

PEOPLE = 1_000_000
MANY_PEOPLE = 3_000_000
SHEET_PEOPLE = 200_000
ROUNDS = 5

# Measured 5.2 to 5.9. Five was the aim: reading in lists takes 1.1 of it, reading the numbers 0.9, telling
# people apart 1.0, writing them as JSON 1.3, and the set of a million numbers misses every cache there is.
TEXT_LIMIT = 6.5
# Opening a workbook takes half of it, once, in a process of its own; its rows are kept for every later look.
SHEET_LIMIT = 40
LOOK_LIMIT = 0.1
MEMORY_LIMIT = 150
# A set holds its old table and its new one while it grows.
GROWTH_LIMIT = 1.3

MAPPING = Mapping((0, 1), None, ((2, "name"), (3, "street"), (4, "lang")))
HEADER = ("phone_1", "phone_2", "name", "street", "lang", "internal_id")
WORDS = {reason: reason.value for reason in Reason}

_AREAS = (213, 323, 626, 818, 310, 212, 646, 718, 305, 415, 503, 206, 720, 512, 214, 713, 602, 702, 416, 604)
_EXCHANGES = tuple(exchange for exchange in range(200, 1000) if exchange % 100 != 11)
_NUMBERS = len(_AREAS) * len(_EXCHANGES) * 10_000
_STEP = (
    7_368_787  # has no divisor in common with how many numbers there are: each comes once, far from the last
)
_SPELLINGS = ("({}) {}-{}", "{}{}{}", "{}-{}-{}", "+1 {} {} {}", "{}.{}.{}")


def run() -> bool:
    """Print a line for each measure; False when one is over its limit."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        people, sheet = _written(folder / "people.csv", PEOPLE), folder / "people.xlsx"
        few = _written(folder / "few.csv", SHEET_PEOPLE)
        sheet.write_bytes(xlsx({"People": [HEADER, *_rows(SHEET_PEOPLE)]}))
        how = reading.detect(sheet, name=sheet.name)
        results = [
            _told_time("checking a million : csv.reader", lambda: _take(people), people, limit=TEXT_LIMIT),
            _told_time("checking XLSX, 200,000 : csv.reader", lambda: _take(sheet), few, limit=SHEET_LIMIT),
            _told_time("looking at it again : csv.reader", lambda: _look(sheet, how), few, limit=LOOK_LIMIT),
            _told_memory(people, _written(folder / "many.csv", MANY_PEOPLE)),
        ]
    return all(results)


def _told_time(name: str, work: Callable[[], object], bare: Path, *, limit: float) -> bool:
    rounds = [(_seconds(work), _seconds(lambda: _only_read(bare))) for _ in range(ROUNDS)]
    ours, alone = (statistics.median(seconds) for seconds in zip(*rounds, strict=True))
    return _tell(
        ours / alone <= limit,
        name,
        f"{ours * 1000:8.2f} ms : {alone * 1000:7.2f} ms = {ours / alone:6.2f}",
        f"limit {limit:g}",
    )


def _told_memory(people: Path, many: Path) -> bool:
    """A million people take little above idle, and two million more take what their numbers take."""
    taken, taken_by_many = (_in_a_process_of_its_own(path) for path in (people, many))
    known = _megabytes_of_numbers(MANY_PEOPLE) - _megabytes_of_numbers(PEOPLE)
    grown = taken_by_many - taken
    is_small = _tell(
        taken <= MEMORY_LIMIT,
        "memory of checking a million",
        f"{taken:8.1f} MB above idle",
        f"limit {MEMORY_LIMIT}",
    )
    is_steady = _tell(
        grown <= GROWTH_LIMIT * known,
        "memory for two million more",
        f"{grown:8.1f} MB : {known:7.1f} MB of numbers",
        f"limit {GROWTH_LIMIT:.0%}",
    )
    return is_small and is_steady


def _tell(passed: bool, name: str, figures: str, limit: str) -> bool:
    sys.stdout.write(f"{'ok    ' if passed else 'OVER  '} {name:34} {figures}   ({limit})\n")
    sys.stdout.flush()
    return passed


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _take(path: Path) -> None:
    """From its arrival to the end of its check."""
    _check(path, reading.detect(path, name=path.name))


def _look(path: Path, how: Reading) -> None:
    assert reading.preview(path, how).rows


def _check(path: Path, how: Reading, heartbeat: Callable[[Progress], None] = lambda progress: None) -> None:
    found = checking.check(
        path,
        how,
        MAPPING,
        columns=HEADER,
        earlier=frozenset(),
        maybe_called=frozenset(),
        words=WORDS,
        accepted_to=path.with_suffix(".accepted"),
        rejects_to=path.with_suffix(".rejects"),
        numbers_to=path.with_suffix(".numbers"),
        heartbeat=heartbeat,
    )
    assert found.counts.accepted > 0.97 * found.counts.rows


def _only_read(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass


def _in_a_process_of_its_own(path: Path) -> float:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_megabytes_above_idle, path).result()


def _megabytes_above_idle(path: Path) -> float:
    taken = [_bytes_taken()]
    _check(path, reading.detect(path, name=path.name), lambda progress: taken.append(_bytes_taken()))
    return (max(*taken, _bytes_taken()) - taken[0]) / 1e6


def _bytes_taken() -> int:
    return int(psutil.Process().memory_info().rss)


def _megabytes_of_numbers(people: int) -> float:
    numbers = set(range(12_000_000_000, 12_000_000_000 + people))
    return (sys.getsizeof(numbers) + people * sys.getsizeof(12_000_000_000)) / 1e6


def _written(path: Path, people: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file)
        written.writerow(HEADER)
        written.writerows(_rows(people))
    return path


def _rows(people: int) -> Iterator[list[str]]:
    """Mostly plain numbers in every spelling; two in a hundred are no number, or somebody's again."""
    numbers = ((row * _STEP) % _NUMBERS for row in range(people))
    for row, number in enumerate(numbers):
        prefix, line = divmod(number, 10_000)
        area, exchange = divmod(prefix, len(_EXCHANGES))
        phone = _SPELLINGS[row % 5].format(_AREAS[area], _EXCHANGES[exchange], f"{line:04}")
        if row % 100 == 0:
            phone = ("555-0107", "1.32356E+10", "(213) 555-0142", "")[row // 100 % 4]
        yield [phone, "", "Elena Marsh", f"{row % 9999} Fargo St", "en", f"A-{row}"]
