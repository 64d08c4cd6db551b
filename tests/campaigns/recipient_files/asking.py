"""Lays a file down and asks what the reading makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from campaigns.recipient_files.reading import Preview, Reading, Unreadable, batches, detect, preview


@dataclass(frozen=True)
class Laid:
    """A file where an upload keeps it: its name there says nothing."""

    path: Path

    @property
    def reading(self) -> Reading:
        """What was detected."""
        return detect(self.path, name="people.csv")

    @property
    def preview(self) -> Preview:
        """What is shown of it."""
        return preview(self.path, self.reading)

    @property
    def rows(self) -> list[tuple[int, list[str]]]:
        """Every row after the header, with its number."""
        return list(numbered(self.path, self.reading))

    @property
    def cells(self) -> list[list[str]]:
        """Every row after the header."""
        return [row for _, row in self.rows]

    @property
    def refusal(self) -> str:
        """Why it is not taken: at once, or while it is read to its end."""
        with pytest.raises(Unreadable) as refused:
            list(numbered(self.path, self.reading))
        return refused.value.sentence


def laid(folder: Path, content: bytes | str) -> Laid:
    """The content as a file in the folder."""
    path = folder / "original"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Laid(path)


def numbered(path: Path, reading: Reading, *, size: int = 5000) -> Iterator[tuple[int, list[str]]]:
    """The rows of the file with their numbers."""
    for batch in batches(path, reading, size=size):
        yield from enumerate(batch.rows, start=batch.first)
