"""Writes accepted people as lines: the number of the row, a tab, and the JSON object CallFire takes."""

from __future__ import annotations

from json.encoder import encode_basestring_ascii as json_text

from campaigns.recipient_files.judging import Verdicts, column
from campaigns.recipient_files.mapping import Mapping


class Lines:
    """Makes lines of verdicts.

    Everybody has every attribute of the mapping, an empty one too: a text that speaks of it must find it.
    The lines are put together from one pattern: encoding person by person takes several times as long.
    """

    def __init__(self, mapping: Mapping) -> None:
        self._places = [place for place, _ in mapping.attributes]
        self._may_be_contact = mapping.contact_id is not None
        names = [json_text(name).replace("%", "%%") for _, name in mapping.attributes]
        attributes = ",".join(f"{name}:%s" for name in names)
        person = "%s" if self._may_be_contact else '"phoneNumber":"%d"'
        self._pattern = "%d\t{" + person + (f',"attributes":{{{attributes}}}' if names else "") + "}\n"

    def of(self, verdicts: Verdicts) -> str:
        """A line for each person of the verdicts."""
        people = map(_person, verdicts.people) if self._may_be_contact else verdicts.people
        attributes = (map(json_text, column(verdicts.cells, place)) for place in self._places)
        return "".join(map(self._pattern.__mod__, zip(verdicts.rows, people, *attributes, strict=True)))


def _person(person: int) -> str:
    return f'"phoneNumber":"{person}"' if person > 0 else f'"contactId":{-person}'
