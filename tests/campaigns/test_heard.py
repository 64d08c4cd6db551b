"""campaigns/services/heard.py: what people hear where a text has a merge field"""

from __future__ import annotations

from campaigns.models import SpokenText
from campaigns.services import heard
from campaigns.services.heard import MergeField, Piece, Text
from tests.campaigns.conftest import Seen


def test_a_field_becomes_what_the_person_brings() -> None:
    text = Text("Live message", "Hello ${name}, it is ${ street }.")
    assert heard.spoken(text, {"name": "Elena", "street": ""}) == [
        Piece("Hello "),
        Piece("Elena", is_value=True),
        Piece(", it is "),
        Piece("${street}", is_missing=True),
        Piece("."),
    ]


def test_a_text_without_fields_is_said_as_it_is() -> None:
    assert heard.spoken(Text("Opt-out", "Costs $5 {now}"), {}) == [Piece("Costs $5 {now}")]


def test_each_field_is_told_once_with_the_texts_that_speak_it() -> None:
    said = [Text("Live message", "${a} ${b} ${a}"), Text("Voicemail", "${b}")]
    assert heard.merge_fields(said) == [
        MergeField("a", ("Live message",)),
        MergeField("b", ("Live message", "Voicemail")),
    ]


def test_the_texts_come_in_the_order_they_are_heard(seen: Seen) -> None:
    sounds = {"dncSoundText": "Bye", "liveSoundText": "Hello", "machineSoundText": "Beep"}
    assert [text.label for text in heard.texts(seen(sounds=sounds))] == [
        "Live message",
        "Voicemail",
        "Opt-out",
    ]


def test_words_callfire_tells_no_more_are_those_that_were_kept(seen: Seen) -> None:
    SpokenText.objects.create(sound_id=17, text="Hello ${name}")
    assert heard.texts(seen(sounds={"liveSoundId": 17})) == [Text("Live message", "Hello ${name}")]


def test_a_script_speaks_fields_but_is_not_read_out(seen: Seen) -> None:
    (text,) = heard.texts(seen(dialplanXml='<dialplan name="Root"><play>${name}</play></dialplan>'))
    assert (text.is_script, text.fields) == (True, ("name",))
