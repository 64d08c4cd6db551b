"""The errors: what each tells its catcher."""

import copy
import pickle

import pytest

from callfire_api import errors

EVERY_ERROR = [
    errors.NotSent,
    errors.OutcomeUnknown,
    errors.UnreadableAnswer,
    errors.Refused,
    errors.BadRequest,
    errors.BadCredentials,
    errors.Forbidden,
    errors.NotFound,
    errors.RateLimited,
    errors.ServerTrouble,
]


@pytest.mark.parametrize("kind", EVERY_ERROR)
class TestEveryError:
    def test_it_has_a_sentence_for_people(self, kind: type[errors.CallFireError]) -> None:
        assert kind().user_message.endswith(".")
        assert kind("Something else.").user_message == "Something else."

    def test_it_is_safe_to_repeat_unless_it_may_have_applied(self, kind: type[errors.CallFireError]) -> None:
        assert kind().safe_to_repeat
        assert not kind(may_have_applied=True).safe_to_repeat

    def test_it_survives_the_way_to_another_process(self, kind: type[errors.CallFireError]) -> None:
        error = kind("A sentence.", may_have_applied=True, retry_after=2.5)
        for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            assert type(twin) is kind
            assert (twin.user_message, twin.may_have_applied, twin.retry_after) == ("A sentence.", True, 2.5)
            assert str(twin) == str(error)


def test_the_log_gets_the_technical_words_too() -> None:
    assert (
        str(errors.NotSent(detail="gaierror"))
        == "CallFire could not be reached. Nothing was sent. (gaierror)"
    )
    assert str(errors.BadRequest("No.", status=400)) == "No. (HTTP 400)"
